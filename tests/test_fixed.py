"""What no input reaches is computed once."""

from __future__ import annotations

from pathlib import Path

import pytest

from convcalc.core.shape import Tensor
from tests.layouts import traced
from tests.test_counts import T, cost_of, n, out_of, summary

FIXED = """
inputs: {a: {tokens: 5x8}}
layers:
  - constant: {name: table, sizes: [5, 8], to: tokens}
  - linear: {name: made, from: table, cout: 8}
  - repeat: {name: deep, times: 4, layers: [relu: {name: cut}]}
  - add: {name: joined, from: [a, previous]}
  - linear: {name: own, cout: 3, bias: false}
"""


def test_what_no_input_reaches_is_computed_once(tmp_path: Path) -> None:
    """A table of 5×8 buffers goes through a linear layer and four ReLUs once for all of three samples; what joins it to them does not."""
    report = summary(tmp_path, FIXED, batch=3)
    kinds = ("macs", "adds", "comparisons", "params", "buffers", "elements_read", "elements_written")
    assert {layer.path: tuple(layer.metrics[kind] for kind in kinds) for layer in report.layers} == {
        "table": (0, 0, 0, 0, 40, 0, 0),
        "made": (320, 40, 0, 72, 0, 40, 40),
        "deep.0-3.cut": (0, 0, 160, 0, 0, 160, 160),
        "joined": (0, 3 * 40, 0, 0, 0, 3 * 80, 3 * 40),
        "own": (3 * 120, 0, 0, 24, 0, 3 * 40, 3 * 15),
    }
    assert report.totals["macs"] == 320 + 360


@pytest.mark.parametrize(("rule", "made", "own"), [("macs + input", 320 + 40, 360 + 120), ("batch", 1, 3), ("output", 40, 45)])
def test_conventions_count_what_no_input_reaches_once(tmp_path: Path, rule: str, made: int, own: int) -> None:
    """Whatever a convention asks of such a layer, it asks of one sample; of any other, of the batch of three."""
    path = tmp_path / "mine.yaml"
    path.write_text(f"unit: MAC\ncounts: mine\nrules: {{linear: {{it: {rule}}}}}\n", encoding="utf-8")
    report = summary(tmp_path, FIXED, batch=3, convention=str(path))
    assert {layer.path: layer.metrics["counted"] for layer in report.layers if layer.op == "linear"} == {"made": made, "own": own}
    assert report.totals["counted"] == made + own


def test_what_reads_an_input_too_is_not_fixed() -> None:
    """One value of two that no input reaches is not enough, whichever comes first; two such values are."""
    text = """
inputs: {a: {tokens: 5x8}}
outputs: [last, behind, alone]
layers:
  - constant: {name: one, sizes: [5, 8], to: tokens}
  - constant: {name: two, sizes: [5, 8], to: tokens}
  - add: {name: neither, from: [one, two]}
  - add: {name: first, from: [a, one]}
  - add: {name: last, from: [two, a]}
  - add: {name: behind, from: [neither, first]}
  - mul: {name: alone, from: [neither, one]}
"""
    assert [row.path for row in traced(text).rows if row.fixed] == ["one", "two", "neither", "alone"]


def test_what_imported_graphs_copy() -> None:
    """A view moves nothing; a copy and what nobody knows read and write each element that comes out."""
    for name, expected in (("view", {}), ("copy", n(read=24, written=24)), ("uncounted", n(read=24, written=24))):
        attributes = {"out": Tensor((2, 3, 4)), "of": "Expand"}
        assert cost_of(name, attributes, T) == expected
        assert out_of(name, attributes, T) == Tensor((2, 3, 4))
