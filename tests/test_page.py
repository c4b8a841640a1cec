"""Pages: well-formed, alone in the world, complete without script, exact to the last integer, small, and deaf to hostile names."""

from __future__ import annotations

import contextlib
import io
import json
import re
import xml.etree.ElementTree as ElementTree
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import convcalc
from convcalc.analysis.kind import KINDS, by_kind, kind_of
from convcalc.cli import main
from convcalc.cli.run import rendered
from convcalc.formats.page.colors import COLORS, GROUND
from convcalc.formats.page.lifetimes import arcs
from convcalc.report.envelope import envelope
from convcalc.report.saved import read_report
from tests.conftest import ROOT, Run, Snapshot
from tests.pages import COMMANDS, Reader, digest, many_layers

SVG = "{http://www.w3.org/2000/svg}"
PICTURES = {name: COMMANDS[name] for name in ("summary", "summaries", "compare", "compare-networks", "memory", "roofline")}


@cache
def written(name: str, form: str) -> str:
    """What one of the commands writes, made once."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
        main([*COMMANDS[name], "--format", form])
    return out.getvalue()


def page_of(name: str) -> str:
    return written(name, "html")


def picture_of(name: str) -> str:
    return written(name, "svg")


def integers(value: Any) -> set[int]:
    """All integers in a JSON value."""
    if isinstance(value, bool):
        return set()
    if isinstance(value, int):
        return {value}
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return {number for part in parts for number in integers(part)}


def numbers_in(text: str) -> set[int]:
    """All whole numbers that a text shows, with or without commas."""
    return {int(found.replace(",", "")) for found in re.findall(r"\d[\d,]*", text) if found.replace(",", "")}


# Every page


@pytest.mark.parametrize("name", COMMANDS)
def test_a_page_is_well_formed(name: str) -> None:
    """Elements close in order, ids are unique, and whatever is referred to is there."""
    page = page_of(name)
    assert page.startswith("<!DOCTYPE html>\n")
    read = Reader(page)
    assert len(read.ids) == len(set(read.ids))
    assert set(read.named) <= set(read.ids)
    assert len(read.attributes("html", lang="en")) == len([tag for tag, _ in read.elements if tag == "h1"]) == 1


@pytest.mark.parametrize("name", COMMANDS)
def test_a_page_reaches_nothing(name: str) -> None:
    """No address, no style and no handler in an attribute; its policy allows nothing but its own style sheet and script."""
    page = page_of(name)
    read = Reader(page)
    markup = page.replace(read.text("style"), "").replace(read.text("script"), "")
    assert not re.search(r"https?:|//[a-z]|url\(|@import", markup)
    assert not re.search(r"url\(|@import|https?:", read.text("style"))
    assert [name for _, found in read.elements for name in found if name == "style" or name.startswith("on")] == []
    assert {tag for tag, found in read.elements if "src" in found or found.get("href", "#")[0] != "#"} == set()
    [policy] = [found["content"] for found in read.attributes("meta") if found.get("http-equiv") == "Content-Security-Policy"]
    assert policy == (
        f"default-src 'none'; style-src {digest(read.text('style'))}; script-src {digest(read.text('script'))}; "
        "base-uri 'none'; form-action 'none'"
    )
    assert sum(tag in ("style", "script") for tag, _ in read.elements) == 2


@pytest.mark.parametrize("name", COMMANDS)
def test_a_page_is_the_same_at_every_run(name: str) -> None:
    """Nothing in it depends on when and where it was made."""
    first = page_of(name)
    written.cache_clear()
    assert page_of(name) == first


@pytest.mark.parametrize("name", COMMANDS)
def test_pictures_have_colours_and_words_of_their_own(name: str) -> None:
    """Where no style sheet is read each shape still has its colour, and each picture says what it shows."""
    read = Reader(page_of(name))
    pictures = [found for tag, found in read.elements if tag == "svg" and ("role" in found or "aria-hidden" in found)]
    assert all(found.get("aria-hidden") == "true" or (found["role"] == "img" and len(found["aria-label"]) > 20) for found in pictures)
    for tag, found in read.elements:
        if tag in ("rect", "circle", "text"):
            assert re.fullmatch(r"#[0-9a-f]{6}", found["fill"])
            assert found["class"].split()[0] in COLORS


def test_the_script_is_small() -> None:
    """Fifteen kilobytes at most."""
    assert (ROOT / "convcalc" / "formats" / "page" / "page.js").stat().st_size <= 15_000


# What pages hold


@pytest.mark.parametrize("design", ["resnet50", "mobilenet_v2", "vit_b_16", "unet", "densenet121"])
def test_every_integer_of_the_report_stands_in_its_page(design: str) -> None:
    """Metrics of layers and totals, exact."""
    report = convcalc.summary(design, metrics=("peak_bytes", "bytes"))
    shown = numbers_in(" ".join(cell for row in Reader(rendered(report, "html", None, False)[0]).rows for cell in row))
    [model] = envelope(report)["models"]
    hidden = ("location", "sources", "attributes", "times")
    layers = [{key: value for key, value in layer.items() if key not in hidden} for layer in model["layers"]]
    assert integers(layers) <= shown
    assert integers(model["totals"]) - {model["totals"]["weighted_layers"]} <= shown


@pytest.mark.parametrize("name", ["summary", "summary-device", "memory"])
def test_shares_add_up(name: str) -> None:
    """The shares of the MACs of all layers are a hundred per cent, but for their rounding; so are those of parts of a map."""
    rows = Reader(page_of(name)).rows
    [head] = [row for row in rows if "% MACs" in row]
    column = head.index("% MACs")
    shares = [float(row[column]) for row in rows if len(row) == len(head) and row is not head and row[0] != "Total"]
    assert abs(sum(shares) - 100) <= 0.05 * len(shares)


def test_parts_of_a_map_stand_side_by_side() -> None:
    """In each level parts follow each other and none is wider than what it is a part of; the first level is as wide as the map."""
    [found] = [
        picture
        for picture in ElementTree.fromstring(picture_of("summary")).iter(f"{SVG}svg")
        if picture.find(f"{SVG}g") is not None and picture.find(f"{SVG}g/{SVG}svg") is not None
    ]
    parts = [
        (float(part.get("y", "")), float(part.get("x", "")[:-1]), float(part.get("width", "")[:-1]))
        for part in found.findall(f"{SVG}g/{SVG}svg")
    ]
    for level in {y for y, _, _ in parts}:
        beside = [(x, width) for y, x, width in parts if y == level]
        assert all(x + width <= after + 0.011 for (x, width), (after, _) in pairwise(beside))
    assert sum(width for y, _, width in parts if y == 0) == pytest.approx(100, abs=0.1)


def test_arcs_are_the_values_that_skip_layers() -> None:
    """In ResNet-18 the input of each block skips its body, and where there is a projection so does the body's end that."""
    [model] = convcalc.summary("resnet18", metrics="peak_bytes").models
    found = [(model.layers[arc.maker].path, model.layers[arc.reader].path) for arc in arcs(model)]
    expected = [("max_pool1", "layer1.0.add1"), ("layer1.0.activation1", "layer1.1.add1")]
    for stage in (2, 3, 4):
        expected += [
            (f"layer{stage - 1}.1.activation1", f"layer{stage}.0.shortcut.conv1"),
            (f"layer{stage}.0.conv2.norm", f"layer{stage}.0.add1"),
            (f"layer{stage}.0.activation1", f"layer{stage}.1.add1"),
        ]
    assert found == expected
    [chain] = convcalc.summary("vgg16", metrics="peak_bytes").models
    assert arcs(chain) == []


def test_a_report_without_bytes_says_how_to_have_them(run: Run, tmp_path: Path) -> None:
    """What is drawn of a saved report is what it has; what it lacks is said."""
    saved = tmp_path / "report.json"
    saved.write_text(run("summary", "lenet5", "--format", "json").out, encoding="utf-8")
    page = run("render", str(saved), "--format", "html").out
    assert "peak_bytes" in Reader(page).text("p")
    both = tmp_path / "both.json"
    html = run("summary", "lenet5", "--format", "html", "--output", str(both)).out
    assert run("render", str(both), "--format", "html").out == html


def test_kinds_of_layers() -> None:
    """Convolutions by their kernel and groups; all else that multiplies; the rest."""
    found = {kind_of(layer) for design in ("mobilenet_v2", "vit_b_16", "resnet50") for layer in convcalc.summary(design).models[0].layers}
    assert found == set(KINDS)
    kinds = {layer.path: kind_of(layer) for layer in convcalc.summary("mobilenet_v2").models[0].layers}
    assert kinds["stem"] == "window"
    assert kinds["stage1.0.depthwise_conv1"] == "grouped"
    assert kinds["stage1.0.conv1"] == "pointwise"
    assert kinds["stem.norm"] == "other"


# Sizes


def test_a_page_is_small(tmp_path: Path) -> None:
    """130 KB for ResNet-50; a megabyte for ten thousand layers, cut to the dearest, which it says."""
    assert len(page_of("summary").encode()) <= 130_000
    report = convcalc.summary(str(many_layers(tmp_path, 10_000)), metrics=("peak_bytes", "bytes"))
    page = rendered(report, "html", None, False)[0]
    assert len(page.encode()) <= 1_000_000
    assert "dearest of 10,000 layers" in page
    assert "parts are not drawn" in page
    Reader(page)


# Hostile names


HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onload='alert(1)",
    "]]>",
    "<!--",
    "\u202egnp.exe",
    "a\x00b",
    "&lt;b&gt;",
]


def with_name(name: str) -> str:
    """The page of a report whose layers, groups and model have a name of an attacker's."""
    data = json.loads(json.dumps(envelope(convcalc.summary("lenet5", metrics=("peak_bytes", "bytes")))))
    [model] = data["models"]
    model["name"] = name
    for layer in model["layers"][:3]:
        layer["path"] = layer["op"] = name
        layer["attributes"]["kernel"] = name
    for group in model["groups"]:
        group["path"] = group["kind"] = name
    return rendered(read_report(data), "html", None, False)[0]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_stay_text(name: str) -> None:
    """A name is shown and does nothing: no element, attribute or invisible character comes of it."""
    page = with_name(name)
    usual = Reader(with_name("usual"))
    read = Reader(page)
    assert {tag for tag, _ in read.elements} <= {tag for tag, _ in usual.elements} | {"text"}
    assert [key for _, found in read.elements for key in found if key.startswith("on")] == []
    assert not set(page) & {"\u202e", "\x00"}


@given(st.text(max_size=40))
@settings(max_examples=60)
def test_any_name_gives_a_well_formed_page(name: str) -> None:
    """Whatever characters a name has."""
    read = Reader(with_name(name))
    assert sum(tag in ("style", "script") for tag, _ in read.elements) == 2


@given(st.text(max_size=40))
@settings(max_examples=40)
def test_any_name_gives_a_well_formed_picture(name: str) -> None:
    """Whatever characters a name has; SVG is XML."""
    data = json.loads(json.dumps(envelope(convcalc.summary("lenet5"))))
    data["models"][0]["name"] = name
    for layer in data["models"][0]["layers"]:
        layer["path"] = name
    ElementTree.fromstring(rendered(read_report(data), "svg", None, False)[0])


# Pictures


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_stands_alone(name: str) -> None:
    """It is XML of a fixed size with a title, reaches nothing, and is dark where the screen is."""
    text = picture_of(name)
    root = ElementTree.fromstring(text)
    assert (root.tag, root.get("role")) == (f"{SVG}svg", "img")
    assert root.get("viewBox") == f"0 0 {root.get('width')} {root.get('height')}"
    title = root.findtext(f"{SVG}title")
    assert title is not None
    assert len(title) > 40
    assert "prefers-color-scheme:dark" in (root.findtext(f"{SVG}style") or "")
    assert not re.search(r"https?:", text.replace("http://www.w3.org/2000/svg", ""))
    assert not [one for one in root.iter() for key in one.attrib if key == "style" or key.startswith("on")]


def test_a_picture_is_what_it_was(snapshot: Snapshot) -> None:
    """The founding comparison, to the letter."""
    snapshot("compare.svg", picture_of("compare"))


def test_nothing_to_draw_is_an_error(run: Run, tmp_path: Path) -> None:
    """No picture without a mark in it."""
    path = tmp_path / "net.yaml"
    path.write_text("input: 8\nlayers: [relu]\n")
    ran = run("summary", str(path), "--format", "svg")
    assert (ran.code, ran.out) == (2, "")
    assert "there is nothing to draw" in ran.err


# Colours


def luminance(color: str) -> float:
    """Of WCAG 2.2."""
    parts = [int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Of WCAG 2.2: (L1 + 0.05) ÷ (L2 + 0.05)."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("side", ["light", "dark"])
def test_text_is_legible(side: str) -> None:
    """Text has 4.5:1 against whatever it stands on."""
    color = {name: getattr(found, side) for name, found in COLORS.items()}
    for name in (*KINDS, "group", "ground", "panel", "line"):
        assert contrast(color["text"], color[name]) >= 4.5, name
    for name in ("quiet", "accent", "good", "bad", "warn"):
        for ground in ("ground", "panel"):
            assert contrast(color[name], color[ground]) >= 4.5, (name, ground)
    assert {"text", "ground"} <= GROUND.keys()


# Notes and errors


def test_notes_are_in_the_page(run: Run) -> None:
    """What a table says on standard error, a page has below it."""
    page = run("compare", "plain", "convnext", "--cin", "8", "--hw", "8", "--stride", "2", "--format", "html").out
    assert "convnext has no parameter stride" in Reader(page).text("pre")


def test_a_run_that_failed_leaves_no_page_of_success(run: Run, tmp_path: Path) -> None:
    """A check that could not be made says so where its page was to go."""
    path = tmp_path / "check.html"
    assert run("check", "gone.yaml", "--max", "macs=1", "--output", str(path)).code == 2
    read = Reader(path.read_text(encoding="utf-8"))
    assert "there is no file gone.yaml" in read.text("pre")
    assert "met" not in read.text("h1")


KIND_OF = [
    ("conv: {cout: 4, kernel: 3}", "window"),
    ("conv: {cout: 4, kernel: 1x3}", "window"),
    ("conv: {cout: 4, kernel: 1}", "pointwise"),
    ("conv: {cout: 4, kernel: 1, groups: 2}", "grouped"),
    ("conv: {cout: 4, kernel: 3, groups: 4}", "grouped"),
    ("depthwise_conv: {kernel: 3}", "grouped"),
    ("depthwise_conv: {kernel: 1}", "grouped"),
    ("conv_transpose: {cout: 4, kernel: 2, stride: 2}", "window"),
    ("conv_transpose: {cout: 4, kernel: 1}", "pointwise"),
    ("attention: {heads: 2}", "product"),
    ("max_pool: {kernel: 3}", "other"),
    ("relu", "other"),
]


@pytest.mark.parametrize(("layer", "kind"), KIND_OF)
def test_which_kind_a_layer_is_of(tmp_path: Path, layer: str, kind: str) -> None:
    """Weighted windows are told by their size and groups, other products are products, and what multiplies nothing is other."""
    path = tmp_path / "n.yaml"
    path.write_text(f"input: 4x4x4\nlayers: [{layer if ':' not in layer else '{' + layer + '}'}]\n", encoding="utf-8")
    [found] = convcalc.summary(str(path)).models[0].layers
    assert kind_of(found) == kind


def test_how_much_is_of_each_kind(tmp_path: Path) -> None:
    """Amounts of a kind are added up in the order of the kinds; a kind that has nothing of a metric is left out."""
    layers = "relu, {conv: {cout: 4, kernel: 1}}, {conv: {cout: 4, kernel: 3}}, {conv: {cout: 4, kernel: 1}}"
    path = tmp_path / "n.yaml"
    path.write_text(f"input: 4x4x4\nlayers: [{layers}, flatten, {{linear: 10}}]\n", encoding="utf-8")
    found = convcalc.summary(str(path)).models[0].layers
    assert list(by_kind(found, "macs").items()) == [("window", 16 * 16 * 9), ("pointwise", 2 * 16 * 16), ("product", 640)]
