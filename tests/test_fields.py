"""Receptive fields axis by axis, behind what ends one, in any number of passes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import convcalc
from convcalc.analysis.receptive_field import extents
from convcalc.core.network import Group, Layer, Network
from convcalc.core.ops import build
from convcalc.core.shape import Map
from convcalc.core.trace import trace
from tests.test_counts import summary
from tests.test_fixed import FIXED

SEEN: list[tuple[str, str, list[Any], list[tuple[str, Any, str | None]]]] = [
    # layers, outputs, the field of the network, and by output: its field and what ended it
    (
        "{conv: {name: a, cout: 4, kernel: 3}}, {mean: {axes: w, keep: true}}, {conv: {name: b, cout: 4, kernel: 5}}",
        "b",
        [3, 3],
        [("b", [3, 3], "mean1")],
    ),
    ("{conv: {name: a, cout: 4, kernel: 3}}, {max: {name: b, axes: c, keep: true}}", "b", [3, 3], [("b", [3, 3], None)]),
    (
        "{conv: {name: a, cout: 4, kernel: [3, 5]}}, {global_avg_pool: {name: p}}, "
        "{conv: {name: b, from: input, cout: 4, kernel: [5, 3]}}, "
        "{global_max_pool: {name: q}}, {add: {name: c, from: [p, q]}}",
        "c",
        [5, 5],
        [("c", [5, 5], "q")],  # of the one whose first axis sees more
    ),
    (
        "{conv: {name: a, cout: 4, kernel: [3, 5]}}, {global_avg_pool: {name: p}}, "
        "{conv: {name: b, from: input, cout: 4, kernel: [5, 3]}}, "
        "{global_max_pool: {name: q}}, {add: {name: c, from: [q, p]}}",
        "c",
        [5, 5],
        [("c", [5, 5], "q")],
    ),
    ("{conv_transpose: {name: a, cout: 4, kernel: 3, stride: 2}}", "a", [2, 2], [("a", [2, 2], None)]),
    ("{conv_transpose: {name: a, cout: 4, kernel: 5, stride: [1, 2]}}", "a", [5, 3], [("a", [5, 3], None)]),
    (
        "{conv_transpose: {name: a, cout: 4, kernel: 3, stride: 2, dilation: [1, 2], padding: 1}}, {conv: {name: b, cout: 4, kernel: 3}}",
        "b",
        [3, 4],  # taps of 3 and 5 positions, half a step apart: 2 and 3; then two halves more
        [("b", [3, 4], None)],
    ),
    (
        "{upsample: {factor: [2, 3], mode: bilinear}}, {conv: {name: b, cout: 4, kernel: 4}}",
        "b",
        [4, 3],  # a value between two; three halves and three thirds more
        [("b", [4, 3], None)],
    ),
    (
        "{adaptive_avg_pool: {size: [4, 8]}}, {conv: {name: b, cout: 4, kernel: 3}}",
        "b",
        [12, 6],  # 16 rows by fours, columns by twos: 4 + 2·4 and 2 + 2·2
        [("b", [12, 6], None)],
    ),
    ("{conv: {name: a, cout: 4, kernel: 3}}, {adaptive_avg_pool: {name: b, size: [4, 5]}}", "b", [3, 3], [("b", [3, 3], "b")]),
    # a constant sees nothing, and takes nothing from what does
    (
        "{conv: {name: a, cout: 4, kernel: 3}}, {constant: {name: k, sizes: [4, 16, 16], to: map}}, "
        "{conv: {name: c, from: input, cout: 4, kernel: 5}}, "
        "{add: {name: b, from: [a, k]}}, {add: {name: d, from: [b, c]}}",
        "a, b, c, d",
        [5, 5],
        [("a", [3, 3], None), ("b", [3, 3], None), ("c", [5, 5], None), ("d", [5, 5], None)],
    ),
    # what sees everything ends what it joins, and that what it joins in turn
    (
        "{conv: {name: a, cout: 4, kernel: 3}}, {global_avg_pool: {name: p}}, {add: {name: s, from: [a, p]}}, "
        "{add: {name: b, from: [s, a]}}",
        "b",
        [3, 3],
        [("b", [3, 3], "p")],
    ),
    (
        "{conv: {name: a, cout: 4, kernel: 3}}, {mean: {name: m, axes: w, keep: true}}, {add: {name: b, from: [a, m]}}",
        "b",
        [3, 3],
        [("b", [3, 3], "m")],
    ),
    (
        "{conv: {name: a, cout: 4, kernel: 3}}, {repeat: {name: r, times: 3, layers: [{global_avg_pool: {name: p}}]}}, "
        "{add: {name: b, from: [a, r]}}",
        "b",
        [3, 3],
        [("b", [3, 3], "r.0.p")],
    ),
    (
        "{conv: {name: a, cout: 4, kernel: 3}}, {tokens: {name: t}}, {space_to_depth: {name: s, factor: [4]}}, {softmax: {name: b}}",
        "b",
        [3, 3],
        [("b", [3, 3], "s")],
    ),
    (
        "{max_pool: {kernel: 2, stride: 2}}, {space_to_depth: [2, 1]}, {conv: {name: b, cout: 4, kernel: 2}}",
        "b",
        [8, 4],
        [("b", [8, 4], None)],
    ),
]


@pytest.mark.parametrize(("layers", "outputs", "field", "expected"), SEEN, ids=range(len(SEEN)))
def test_fields_axis_by_axis(tmp_path: Path, layers: str, outputs: str, field: list[int], expected: list[Any]) -> None:
    """Each axis is widened by its own kernel, stride and factor; what reduces positions ends both, what reduces channels neither."""
    report = summary(tmp_path, f"input: 4x16x16\noutputs: [{outputs}]\nlayers: [{layers}]")
    assert report.totals["receptive_field"] == field
    assert [tuple(found) for found in report.receptive_fields] == expected


@pytest.mark.parametrize("outputs", ["vector, wide, map", "map, vector, wide", "wide, map, vector"])
def test_an_output_without_a_field_leaves_those_of_others(tmp_path: Path, outputs: str) -> None:
    """A vector that comes of a vector sees no map; the network sees what its other outputs do, the widest of them by axes alike."""
    text = f"""
inputs: {{a: {{features: 8}}, b: 4x16x16}}
outputs: [{outputs}]
layers:
  - linear: {{name: vector, from: a, cout: 4}}
  - conv: {{name: map, from: b, cout: 4, kernel: [3, 7]}}
  - conv: {{name: wide, from: b, cout: 4, kernel: [5, 1]}}
"""
    report = summary(tmp_path, text)
    assert report.totals["receptive_field"] == [5, 7]
    assert {path: field for path, field, _ in report.receptive_fields} == {"vector": None, "map": [3, 7], "wide": [5, 1]}


@pytest.mark.parametrize("times", [2, 3, 7, 10**9])
@pytest.mark.parametrize("last", ["narrow", "wide"])
def test_side_paths_in_any_number_of_passes(tmp_path: Path, times: int, last: str) -> None:
    """A pass takes the wider of its own 3 taps and the 21 beside them: 21 after the first, and 2 more with each other one."""
    body = "[{conv: {name: c, cout: 4, kernel: 3}}, {add: {name: a, from: [previous, wide]}}]"
    starts = {
        "wide": "{conv: {name: wide, from: input, cout: 4, kernel: 21}}",
        "narrow": "{conv: {name: narrow, from: input, cout: 4, kernel: 1}}",
    }
    start = ", ".join(sorted(starts.values(), key=lambda start: last in start))
    layers = f"[{start}, {{repeat: {{name: body, from: narrow, times: {times}, layers: {body}}}}}]"
    report = summary(tmp_path, f"input: 4x64\nlayers: {layers}")
    assert report.layers[-1].metrics["receptive_field"] == [21 + 2 * (times - 1)]


def test_strides_beyond_any_input_have_no_field(tmp_path: Path) -> None:
    """10¹⁸ passes that stride by two are 2^(10¹⁸) apart, which nobody works out."""
    layers = "[{conv: {cout: 4, kernel: 3}}, {repeat: {times: 1000000000000000000, layers: [{conv: {cout: 4, kernel: 3, stride: 2}}]}}]"
    report = summary(tmp_path, f"input: 4x1\nlayers: {layers}")
    assert [layer.metrics["receptive_field"] for layer in report.layers] == [[3], None]


def test_an_einsum_without_contraction_has_no_macs(tmp_path: Path) -> None:
    """An outer product multiplies, and is no sum of products."""
    path = tmp_path / "net.yaml"
    path.write_text(
        "inputs: {a: {tensor: 2x5}, b: {tensor: 2x3}}\nlayers: [einsum: {equation: 'bi,bj->bij', from: [a, b]}]\n", encoding="utf-8"
    )
    found = convcalc.explain(str(path), "einsum1").formulas
    assert [(formula.quantity, formula.value) for formula in found] == [("multiplies", 30)]


def test_a_constant_can_be_explained(tmp_path: Path) -> None:
    """It has no input whose positions a kernel could slide along, and keeps its elements."""
    (tmp_path / "net.yaml").write_text(FIXED, encoding="utf-8")
    found = convcalc.explain(str(tmp_path / "net.yaml"), "table").formulas
    assert [(formula.quantity, formula.value) for formula in found] == [("buffers", 40)]


def test_no_field_is_explained_behind_a_global_operation(tmp_path: Path) -> None:
    """A convolution that sees a window says so, a pool over all positions and what stands behind it do not."""
    path = tmp_path / "net.yaml"
    layers = "{conv: {name: a, cout: 4, kernel: 3}}, {global_avg_pool: {name: b}}, {conv: {name: c, cout: 4, kernel: 1}}"
    path.write_text(f"input: 4x9x9\nlayers: [{layers}]\n", encoding="utf-8")
    shown = {name: [f.value for f in convcalc.explain(str(path), name).formulas if f.quantity == "receptive field"] for name in "abc"}
    assert shown == {"a": ["3×3"], "b": [], "c": []}


def test_conventions_tell_what_is_fixed_from_what_is_not(tmp_path: Path) -> None:
    """Two equal linear layers of 5·8·8 MACs, one of which no input reaches: once, and once for each of three samples."""
    (tmp_path / "mine.yaml").write_text("unit: MAC\ncounts: mine\nrules: {linear: {macs: macs, more: input}}\n", encoding="utf-8")
    layers = "{constant: {name: table, sizes: [5, 8], to: tokens}}, {linear: {name: one, cout: 8}}, {linear: {name: two, from: a, cout: 8}}"
    path = tmp_path / "net.yaml"
    path.write_text(f"inputs: {{a: {{tokens: 5x8}}}}\nlayers: [{layers}, {{add: {{from: [one, two]}}}}]\n", encoding="utf-8")
    report = convcalc.conventions(str(path), convention=[str(tmp_path / "mine.yaml")], batch=3)
    [found] = [count for count in report.models[0].conventions if count.name == "mine"]
    assert found.total == 4 * 320 + 4 * 40
    assert {step.term: step.amount for step in found.bridge} == {"more": 160}
    [model] = convcalc.summary(str(path), batch=3).models
    assert {layer.path: layer.metrics["macs"] for layer in model.layers if layer.op == "linear"} == {"one": 320, "two": 960}


def test_passes_that_share_and_passes_that_do_not(tmp_path: Path) -> None:
    """Three passes of a 6×6 convolution, with weights of their own and with one set: equal layers but for their copies."""
    body = "layers: [{conv: {cout: 6, kernel: 1}}]"
    layers = f"{{repeat: {{name: own, times: 3, {body}}}}}, {{repeat: {{name: one, times: 3, shared: true, {body}}}}}"
    report = summary(tmp_path, f"input: 6x4x5\nlayers: [{layers}]")
    assert [(layer.metrics["params"], layer.metrics["macs"]) for layer in report.layers] == [(3 * 42, 3 * 720), (42, 3 * 720)]
    assert report.totals["params"] == 4 * 42


def test_passes_of_a_gate_see_what_they_gate() -> None:
    """Three passes that begin with what sees everything, and take it as the factor of a map behind 21 taps, see 21."""
    x, one = Map(4, (16,)), Map(4, (1,))
    wide = build("conv", {"cout": 4, "kernel": (21,), "stride": (1,), "padding": ((10, 10),), "dilation": (1,)})
    layers: list[Layer | Group] = [
        Layer("wide", wide, (0,), (x,), x),
        Layer("pool", build("global_avg_pool", {}), (0,), (x,), one),
        Layer("all", build("add", {}), (1, 2), (x, one), x),
        Group("0-2", "repeat", [Layer("gate", build("mul", {}), (3, 1), (x, x), x)], 3, entry=3),
    ]
    assert extents(trace(Network("gates", (x,), layers, (4,)))) == [[21], None, None, [21]]


@pytest.mark.parametrize("closer", ["upsample: {factor: 2}", "conv_transpose: {cout: 4, kernel: 2, stride: 2}"])
@pytest.mark.parametrize("grouped", [False, True])
def test_a_group_of_one_pass_sees_what_its_layers_see(tmp_path: Path, closer: str, grouped: bool) -> None:
    """A group that runs once is no repeat: what its layers do to the stride holds behind it as without the group."""
    middle = f"{{repeat: {{times: 1, layers: [{{{closer}}}]}}}}" if grouped else f"{{{closer}}}"
    report = summary(tmp_path, f"input: 4x16\nlayers: [{{conv: {{cout: 4, kernel: 3}}}}, {middle}, {{conv: {{cout: 4, kernel: 3}}}}]")
    # value j is of position ⌊j/2⌋; the last 3 taps, j − 1 … j + 1, are of two positions beside each other: 3 + 1
    assert [layer.metrics["receptive_field"] for layer in report.layers] == [[3], [3], [4]]
    assert report.totals["receptive_field"] == [4]
