"""`convcalc summary`: what people see, and that its numbers add up."""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import convcalc
from convcalc.analysis.metrics import usual
from convcalc.analysis.tree import Line, Node, lines, tree
from convcalc.commands.summary.show import share as column_of_shares
from convcalc.formats import table
from convcalc.formats.parts import Column, Grid
from tests.conftest import Run, Snapshot, environment
from tests.conftest import convcalc as process

SOME = ("resnet50", "mobilenet_v3_large", "densenet121", "vgg16_bn", "vit_b_16", "unet", "inception_v3", "pan_neck")


def report(run: Run, *arguments: str) -> Any:
    return json.loads(run(*arguments, "--format", "json").out)


def plain(value: Any) -> int:
    """A metric's number; `counted` has its unit beside it."""
    number: int = value["value"] if isinstance(value, dict) else value
    return number


# Tables


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("resnet50", ("resnet50",)),
        ("resnet50-deep", ("resnet50", "--depth", "4", "--columns", "op,kernel,stride,groups,input,output,params,macs,receptive_field")),
        ("resnet50-top", ("resnet50", "--top", "5")),
        ("resnet50-op", ("resnet50", "--by", "op")),
        ("mobilenet_v2-set", ("mobilenet_v2", "--set", "width=0.5", "--input", "3x160x160", "--by", "stage", "--dtype", "int8")),
        ("pan_neck", ("pan_neck", "--batch", "2", "--depth", "1")),
    ],
)
def test_tables(run: Run, snapshot: Snapshot, name: str, arguments: tuple[str, ...]) -> None:
    """Tables to the letter."""
    ran = run("summary", *arguments)
    assert (ran.code, ran.err) == (0, "")
    snapshot(f"summary-{name}.txt", ran.out)


@pytest.mark.parametrize("width", [40, 80])
def test_widths(width: int, snapshot: Snapshot) -> None:
    """No line is wider than the terminal and no digit is cut."""
    ran = process("summary", "resnet50", COLUMNS=str(width))
    assert max(map(len, ran.out.splitlines())) <= width
    assert "4,089,184,256" in ran.out
    snapshot(f"summary-{width}.txt", ran.out + ran.err)


def test_markdown(run: Run, snapshot: Snapshot) -> None:
    """Ready for a pull request."""
    snapshot("summary.md", run("summary", "mobilenet_v1", "--format", "markdown").out)


@pytest.mark.parametrize("name", SOME)
@pytest.mark.parametrize("depth", [1, 2, 3, 9])
def test_trees_add_up(name: str, depth: int) -> None:
    """At any depth, the leaves that are shown sum to the totals in every metric, and so does each node's inside."""
    model = convcalc.summary([name]).models[0]
    top = tree(model)
    shown = [entry.node for entry in lines(top, depth)]
    leaves = [entry.node for entry in lines(top, depth) if entry.depth == depth - 1 or not entry.node.children]
    assert len(shown) >= len(leaves)
    for key in usual():
        assert sum(node.metrics[key] for node in leaves) == model.totals[key]
    for node in top:
        check(node)


def check(node: Node) -> None:
    if node.children:
        for key in usual():
            assert sum(child.metrics[key] for child in node.children) == node.metrics[key]
        for child in node.children:
            check(child)


@pytest.mark.parametrize(
    "arguments",
    [("--by", "op"), ("--by", "stage"), ("--by", "layer"), ("--top", "3"), ("--sort", "params:asc"), ("--by", "op", "--top", "2")],
)
def test_rearranged_lines_add_up(run: Run, arguments: tuple[str, ...]) -> None:
    """Whatever the lines are, the rest included, they sum to the totals."""
    [model] = report(run, "summary", "resnet50", *arguments)["models"]
    for key in usual():
        assert sum(plain(entry[key]) for entry in model["entries"]) == plain(model["totals"][key])


def test_sorting(run: Run) -> None:
    """Largest first, or smallest."""
    down = [entry["params"] for entry in report(run, "summary", "alexnet", "--sort", "params")["models"][0]["entries"]]
    up = [entry["params"] for entry in report(run, "summary", "alexnet", "--sort", "params:asc")["models"][0]["entries"]]
    assert down == sorted(down, reverse=True)
    assert up == sorted(up)


def test_identical_siblings_are_folded(run: Run) -> None:
    """resnet50's stages, and mobilenet's equal rows, which nobody wrote as a repeat."""
    assert "1-5 ×5" in run("summary", "resnet50").out
    assert "bneck5…bneck6 ×2" in run("summary", "mobilenet_v3_large").out


# Other formats


def test_json_rows_add_up(run: Run) -> None:
    """Rows are × times: usual keys summed over layers equal totals; groups say how they nest."""
    [model] = report(run, "summary", "resnet50")["models"]
    for key in usual():
        assert sum(plain(layer[key]) for layer in model["layers"]) == plain(model["totals"][key])
    assert model["storage"] == {"dtype": "fp32", "param_bytes": 4 * 25_557_032}
    path = {group["path"]: group for group in model["groups"]}
    assert (path["layer1.1-2"]["times"], path["layer1.1-2"]["kind"]) == (2, "unit")
    assert [layer["path"] for layer in model["layers"]][path["layer1.1-2"]["start"]] == "layer1.1-2.conv1"


def test_csv(run: Run) -> None:
    """A row a layer, or a row an op."""
    rows = list(csv.DictReader(io.StringIO(run("summary", "resnet50", "--format", "csv").out)))
    assert sum(int(row["macs"]) for row in rows) == 4_089_184_256
    assert {row["convention"] for row in rows} == {"mac"}
    ops = list(csv.DictReader(io.StringIO(run("summary", "resnet50", "--format", "csv", "--by", "op").out)))
    assert [row["label"] for row in ops][:2] == ["conv", "linear"]


@pytest.mark.parametrize(("kind", "begins"), [("html", "<!DOCTYPE html>"), ("svg", "<svg ")])
def test_pictures(run: Run, tmp_path: Path, kind: str, begins: str) -> None:
    """A page and a picture, in a file as on standard output."""
    path = tmp_path / f"report.{kind}"
    ran = run("summary", "resnet50", "--output", str(path))
    text = path.read_text(encoding="utf-8")
    assert text.startswith(begins)
    assert run("summary", "resnet50", "--format", kind).out == text
    assert ran.out == run("summary", "resnet50").out


# Specs


def test_several_specs(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Names, files, directories and standard input, all in one report."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "nets").mkdir()
    for name in ("a", "b"):
        (tmp_path / "nets" / f"{name}.yaml").write_text(f"name: {name}\ninput: 3x8x8\nlayers: [relu]\n")
    assert [model["name"] for model in report(run, "summary", "lenet5", "nets")["models"]] == ["lenet5", "a", "b"]
    text = "name: typed\ninput: 3x8x8\nlayers: [relu]\n"
    command = [sys.executable, "-m", "convcalc", "summary", "-", "--format", "json"]
    done = subprocess.run(command, input=text.encode(), capture_output=True, env=environment(), check=True, timeout=60)
    assert [model["name"] for model in json.loads(done.stdout)["models"]] == ["typed"]


def test_overrides(run: Run) -> None:
    """--set, --input and --batch stand in place of the network's own."""
    [model] = report(run, "summary", "resnet50", "--input", "3x288x288", "--batch", "4", "--set", "classes=10")["models"]
    assert (model["input"], model["output"], model["batch"]) == ([3, 288, 288], [10], 4)
    assert model["totals"]["params"] == 25_557_032 - 2049 * 990
    [neck] = report(run, "summary", "pan_neck", "--input", "c3=256x40x40", "--input", "c4=512x20x20", "--input", "c5=1024x10x10")["models"]
    assert neck["outputs"] == [[256, 40, 40], [512, 20, 20], [1024, 10, 10]]


def test_expectations(run: Run, tmp_path: Path) -> None:
    """A wrong one is a warning in summary, exit 1 in validate; none, or one under an override, prints nothing."""
    path = tmp_path / "net.yaml"
    path.write_text("input: 3x8x8\nparams: {n: 4}\nexpect: {macs: 1}\nlayers: [{conv: {cout: n, kernel: 1}}]\n")
    ran = run("summary", str(path))
    assert (ran.code, "warning[expect-differs]: net: macs are 768, expected 1" in ran.err) == (0, True)
    assert run("summary", str(path), "--set", "n=5").err == ""
    assert run("validate", str(path)).code == 1
    assert report(run, "validate", str(path))["files"] == [{"path": str(path), "status": "fail"}]
    path.write_text("input: 3x8x8\nlayers: [{conv: {cout: 4, kernel: 1}}]\n")
    assert run("summary", str(path)).err == ""
    assert run("validate", str(path)).code == 0


def test_custom_layers_are_marked(run: Run, tmp_path: Path) -> None:
    """Figures that a spec states are said to be stated."""
    path = tmp_path / "net.yaml"
    path.write_text("input: 3x8x8\nlayers: [{custom: {cout: 4, macs: 100, params: 7}}]\n")
    ran = run("summary", str(path))
    assert "note[custom-layer]: net: the figures of 1 custom layer are stated, not computed: custom1" in ran.err
    assert [d["code"] for d in report(run, "summary", str(path))["diagnostics"]] == ["custom-layer"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("resnet5",), "did you mean `resnet"),
        ((), "no spec is given"),
        (("plain",), "needs `cout`"),
        (("squeeze_excite",), "gives no shape of its input"),
        (("resnet50", "--set", "depth=3"), "has no parameter `depth`"),
        (("resnet50", "--set", "d1"), "expected name=value"),
        (("resnet50", "--set", "d1=-1"), "expected at least 0, got -1"),
        (("resnet50", "--input", "3"), "takes a map, got"),
        (("resnet50", "--input", "x=3x8x8"), "has no input `x`"),
        (("resnet50", "--input", "3x8x0"), "expected at least 1"),
        (("resnet50", "--sort", "mac"), "did you mean `macs`?"),
        (("resnet50", "--sort", "macs:up"), "the direction is asc or desc"),
        (("resnet50", "--columns", "kernal"), "did you mean `kernel`?"),
        (("resnet50", "--dtype", "fp31"), "did you mean `fp32`?"),
        (("resnet50", "--depth", "0"), "0 is not in the range"),
        (("resnet50", "--batch", "none"), "expected a whole number"),
    ],
)
def test_bad_usage(run: Run, arguments: tuple[str, ...], message: str) -> None:
    """Exit 2, one message; the JSON envelope says the same."""
    ran = run("summary", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert message in ran.err
    assert report(run, "summary", *arguments)["status"] == "error"


def test_empty_directories_are_refused(run: Run, tmp_path: Path) -> None:
    """Nothing matched is no success."""
    assert run("summary", str(tmp_path)).code == 2
    assert run("validate", str(tmp_path)).code == 2


def test_all_equal_neighbours_are_folded(run: Run, tmp_path: Path) -> None:
    """However many, those with parameters too."""
    path = tmp_path / "net.yaml"
    path.write_text("input: 4\nlayers: [linear: 4, linear: 4, linear: 4, linear: 4, linear: 4, relu]\n")
    assert "linear1…linear5 ×5" in run("summary", str(path)).out
    path.write_text("input: 4\nlayers: [" + "residual: {body: [linear: 4, relu], name: %s}, " * 3 % ("a", "b", "c") + "relu]\n")
    assert run("summary", str(path), "--depth", "1").out.count("×3") == 1


def test_long_tables_are_what_short_ones_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """A long table is made without Rich, for the sake of time; it is the same to the letter."""
    cells = ["", "a", "字字", "×", "x" * 30, "\x1b[31m", "tab\there"]
    for totalled in (False, True):
        columns = [Column("Layer", cells, False, total="Total"), Column("数", [str(10**n) for n in range(7)], True, total="9")]
        part = Grid(columns if totalled else [column._replace(total="") for column in columns], totalled)
        short = table.text([[part]], None, False)
        monkeypatch.setattr(table, "LONG", 0)
        assert table.text([[part]], None, False) == short
        monkeypatch.setattr(table, "LONG", 1_000)


@pytest.mark.parametrize(
    ("share", "bar"),
    [(0, ""), (10, ""), (11, "▏"), (57, "▍"), (107, "▋"), (250, "█▌"), (500, "███"), (989, "█████▉"), (1000, "██████")],
)
def test_bars_have_eighths(share: int, bar: str) -> None:
    """Six columns are the whole, so that 5.7 % (2.7 eighths) and 10.7 % (5.1) differ; by hand, to the nearest eighth."""
    line = Line("x", 0, Node("x", "conv", 1, {"macs": share}, (), ()))
    model = convcalc.summary("lenet5").models[0]
    text = column_of_shares(line, model._replace(totals={**model.totals, "macs": 1000}))
    assert text.split()[1:] == ([bar] if bar else [])


def labels(out: str) -> list[str]:
    """The first column of a summary's table."""
    rows = out.split("\n\n")[1].splitlines()[2:]
    return [re.split(r"  +", row)[0].strip() for row in rows]


def test_stages_are_sorted_by_their_sums(run: Run) -> None:
    """MACs of whole stages: each of resnet50's, dearest first."""
    stages = json.loads(run("summary", "resnet50", "--by", "stage", "--format", "json").out)["models"][0]["entries"]
    macs = {stage["label"]: stage["macs"] for stage in stages}
    shown = json.loads(run("summary", "resnet50", "--by", "stage", "--sort", "macs", "--format", "json").out)["models"][0]["entries"]
    assert [stage["label"] for stage in shown] == sorted(macs, key=lambda label: -macs[label])
    assert shown[0]["label"] == "layer3"


def test_ops_are_sorted_by_macs_then_parameters(run: Run) -> None:
    """vgg16_bn: convolutions have more MACs, linear layers more parameters."""
    assert [label.split()[0] for label in labels(run("summary", "vgg16_bn", "--by", "op").out)][:2] == ["conv", "linear"]
    assert "more" not in run("summary", "lenet5", "--by", "op", "--top", "50").out


def test_labels_of_passes_and_joins(run: Run, tmp_path: Path) -> None:
    """Three equal passes are one line; folded ones go from the first to the last; the join of named paths is called what it is."""
    spec = tmp_path / "net.yaml"
    spec.write_text("input: 8x8x8\nlayers: [{repeat: {times: 3, layers: [{conv: {cout: 8, kernel: 3}}]}}]\n", encoding="utf-8")
    assert labels(run("summary", str(spec)).out) == ["0-2 ×3"]
    assert "0-2 ×3" in " ".join(labels(run("summary", "resnet34", "--depth", "9").out))
    assert "0-1 ×2" in " ".join(labels(run("summary", "resnet18", "--depth", "9").out))
    spec.write_text("input: 8x8x8\nlayers: [{concat: {name: cat, paths: {a: [relu], b: [tanh]}}}]\n", encoding="utf-8")
    assert labels(run("summary", str(spec)).out)[-1] == "└─ concat"


def test_what_has_no_field_sorts_last(run: Run, tmp_path: Path) -> None:
    """Layers behind a global pool have none: they count as 0, by layer and by op."""
    spec = tmp_path / "net.yaml"
    spec.write_text(
        "input: 8x8x8\nlayers: [{conv: {name: a, cout: 8, kernel: 3}}, global_avg_pool, flatten, {linear: 3}]\n", encoding="utf-8"
    )
    assert labels(run("summary", str(spec), "--sort", "receptive_field", "--columns", "op").out)[0] == "a"
    assert run("summary", "lenet5", "--by", "op", "--sort", "receptive_field").code == 0


def test_inputs_that_are_not_given_are_the_networks_own(tmp_path: Path) -> None:
    """One of several inputs may have another shape; sizes that follow a parameter follow it."""
    path = tmp_path / "cross.yaml"
    path.write_text(
        "params: {width: 4}\ninputs: {image: [width, 32, 32], text: {tokens: 77x768}}\n"
        "layers: [{conv: {cout: 64, kernel: 3, from: image}}, {attention: {heads: 8, context: text}}]\n"
    )
    model = convcalc.summary(str(path), input="text=70x48", set={"width": 6}).models[0]
    assert model.inputs == ([6, 32, 32], [70, 48])
