"""Which metrics stand where, and a metric as one number: the rules of the table that commands read."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from convcalc.analysis.metric import UNRANKED
from convcalc.analysis.metrics import (
    METRICS,
    beside_macs,
    brief,
    dear,
    decisive,
    is_counted,
    is_metric,
    of_layers,
    plotted,
    ranked,
    short_label,
    usual,
    word_of,
)
from convcalc.analysis.totals import layer_metrics, number, numbers, of_one_layer, summed
from convcalc.core.cost import Cost
from convcalc.core.ops import build
from convcalc.core.shape import Features
from convcalc.core.trace import Row
from convcalc.errors import Refusal
from tests.layouts import traced
from tests.test_counts import summary

ORDER = [
    "macs", "params", "activations", "flops", "receptive_field", "nonlinearities", "weighted_layers", "channel_mixing_layers",
]  # fmt: skip


ON_DEMAND = {
    "macs_inside",
    "backward_macs", "input_gradient_macs", "weight_gradient_macs", "training_macs", "weight_bytes", "peak_bytes", "saved_bytes",
    "gradient_bytes", "optimizer_bytes", "training_bytes",
    "bytes", "intensity", "compute_seconds", "memory_seconds", "floor_seconds", "unfused_seconds", "cycles",
}  # fmt: skip


@pytest.mark.parametrize("room", range(UNRANKED + 1))
def test_what_is_kept_where_there_is_little_room(room: int) -> None:
    """MACs last of all, then parameters and activations, then what is worked out from them, then the counts of layers."""
    assert ranked(room) == ORDER[:room]


def test_elementwise_work_is_shown_where_it_is_asked_for() -> None:
    """What has no rank is in no table of designs by default."""
    assert set(METRICS) - set(ranked()) == {
        "buffers", "adds", "multiplies", "comparisons", "divisions", "transcendentals",
        "elements_read", "elements_written", "uncounted", "counted", *ON_DEMAND,
    }  # fmt: skip


def test_the_foremost_metrics() -> None:
    """Three are brief, in the order of the table; what is counted decides too; a plot has what a design needs and what it writes."""
    assert brief() == ["params", "macs", "activations"]
    assert decisive() == ["params", "macs", "activations", "counted"]
    assert plotted() == ["macs", "activations"]


def test_of_what_less_is_better() -> None:
    """A reduction is said of costs: not of buffers, of counts of layers, of a field or of an intensity."""
    assert {key for key, metric in METRICS.items() if not metric.less_is_better} == {
        "buffers", "nonlinearities", "weighted_layers", "channel_mixing_layers", "receptive_field", "intensity",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("key", "words"),
    [("macs", "MACs"), ("params", "parameters"), ("flops", "FLOPs"), ("activations", "activations"), ("elements_read", "elements read")],
)
def test_metrics_in_a_sentence(key: str, words: str) -> None:
    """Its word, else its key without underscores."""
    assert word_of(key) == words


def test_the_convention_that_counts_stands_beside_the_macs() -> None:
    """Where that is mac, the MACs say all."""
    assert [beside_macs(name) for name in ("mac", "fvcore", "thop")] == [[], ["counted"], ["counted"]]


@pytest.mark.parametrize(
    ("limit", "is_one", "counted"),
    [
        ("macs", True, False),
        ("counted", True, True),
        ("receptive_field", True, False),
        ("layer.macs", True, False),
        ("layer.counted", True, True),
        ("layer.receptive_field", False, False),  # it does not add up
        ("layer.layer.macs", False, False),
        ("layer.", False, False),
        ("layers", False, False),
    ],
)
def test_what_a_limit_may_name(limit: str, is_one: bool, counted: bool) -> None:
    """A metric, or one that adds up of each layer; of what is counted the convention decides the figure."""
    assert (is_metric(limit), is_counted(limit)) == (is_one, counted)


@pytest.mark.parametrize(("value", "one"), [([3, 7, 5], 7), ((2,), 2), ([], None), (None, None), (0, 0), (9, 9)])
def test_a_metric_as_one_number(value: Any, one: Any) -> None:
    """Of sizes the largest; of none none."""
    assert number(value) == one


@pytest.mark.parametrize(
    ("key", "value", "times", "copies", "one"),
    [
        ("macs", 12, 3, None, 4),
        ("macs", 12, 3, 1, 4),  # each pass has its MACs, whosever weights it uses
        ("macs", 12, 3, 0, 4),
        ("params", 12, 3, None, 4),
        ("params", 12, 3, 1, 12),  # three passes share one set
        ("params", 12, 6, 2, 6),
        ("buffers", 33, 3, 1, 33),
        ("params", 0, 3, 0, 0),  # the weights are another layer's
        ("buffers", 0, 3, 0, 0),
        ("receptive_field", [3, 7], 3, None, 7),  # of sizes no pass has a part
        ("receptive_field", [], 1, None, 0),
        ("receptive_field", None, 2, None, 0),
    ],
)
def test_a_metric_of_one_of_equal_layers(key: str, value: Any, times: int, copies: int | None, one: int) -> None:
    """A pass has its part of what adds up, of parameters and buffers a set of them; the result is whole."""
    found = of_one_layer(key, value, times, copies)
    assert (found, type(found)) == (one, int)


NET = """
input: 4x8x8
layers:
  - repeat:
      times: 3
      name: r
      layers: [{conv: {name: c, cout: 4, kernel: 3, groups: 4}}, {relu: {name: a}}, {conv: {name: w, cout: 4, kernel: 1}}]
  - conv: {name: p, cout: 6, kernel: 1, norm: batch_norm, activation: sigmoid}
  - attention: {name: t, heads: 2}
"""

FOUND = {
    # MACs of all passes, FLOPs, non-linearities, weighted layers, those that mix channels
    "r.0-2.c": (3 * 64 * 4 * 9, 2 * 3 * 64 * 4 * 9, 0, 3, 0),
    "r.0-2.a": (0, 0, 3, 0, 0),
    "r.0-2.w": (3 * 64 * 16, 2 * 3 * 64 * 16, 0, 3, 3),
    "p": (64 * 24, 2 * 64 * 24, 0, 1, 1),
    "p.norm": (0, 0, 0, 0, 0),
    "p.activation": (0, 0, 1, 0, 0),
    "t": (4 * 64 * 36 + 2 * 64 * 64 * 6, 2 * (4 * 64 * 36 + 2 * 64 * 64 * 6), 0, 4, 4),
}


def test_what_each_layer_is_counted_for(tmp_path: Path) -> None:
    """All passes of a repeat count; a convolution in groups mixes no channels, an attention has four projections that do."""
    model = summary(tmp_path, NET)
    keys = ("macs", "flops", "nonlinearities", "weighted_layers", "channel_mixing_layers")
    assert {layer.path: tuple(layer.metrics[key] for key in keys) for layer in model.layers} == FOUND
    assert [model.totals[key] for key in keys] == [sum(column) for column in zip(*FOUND.values(), strict=True)]
    assert (model.totals["receptive_field"], model.layers[-1].metrics["receptive_field"]) == ([7, 7], None)
    assert [*model.totals] == [key for key in METRICS if key not in ON_DEMAND]


@pytest.mark.parametrize(("op", "count"), [("uncounted", 3), ("view", 0), ("copy", 0)])
def test_layers_that_nobody_can_count(op: str, count: int) -> None:
    """Each pass of a layer of no known op is one, and of a known op none."""
    shape = Features((5,))
    row = Row("a", build(op, {"out": shape, "of": "Strange"}), (0,), (shape,), shape, Cost(), times=3, copies=3)
    rule = METRICS["uncounted"].of_row
    assert rule is not None
    assert rule(row, row.total) == count


def test_what_layers_have() -> None:
    """Whatever adds up, the field, and what lives while one runs; each is a column, with its short name where it has one."""
    assert of_layers() == [key for key in METRICS if METRICS[key].adds_up or key in ("receptive_field", "peak_bytes", "intensity")]
    assert [short_label(key) for key in ("params", "macs", "receptive_field", "adds", "divisions")] == [
        "Params",
        "MACs",
        "Field",
        "Adds",
        "Div.",
    ]


def test_equal_layers_have_fields_of_their_own(tmp_path: Path) -> None:
    """Three equal convolutions of kernel 3 cost the same, and each sees two positions more than the one before."""
    model = summary(tmp_path, "input: 4x8x8\nlayers: [" + "conv: {cout: 4, kernel: 3}, " * 3 + "]\n")
    assert [layer.metrics["receptive_field"] for layer in model.layers] == [[3, 3], [5, 5], [7, 7]]
    assert len({layer.metrics["macs"] for layer in model.layers}) == 1


def test_a_time_of_one_layer_is_a_share() -> None:
    """Seconds are shared out as a fraction, counts as whole numbers."""
    assert of_one_layer("compute_seconds", Fraction(3, 2), 4) == Fraction(3, 8)
    assert of_one_layer("macs", 12, 4) == 3


def test_sums_of_some_rows() -> None:
    """Nothing costs nothing; of rows of a saved report that lack a metric the others are summed."""
    assert summed([]) == dict.fromkeys(usual(), 0)
    assert summed([{"macs": 3, "params": 5}]) == {"macs": 3, "params": 5}
    assert summed([{"macs": 3, "params": 5}, {"macs": 4, "params": 6}]) == {"macs": 7, "params": 11}
    assert summed([{"macs": 3, "params": 5}, {"macs": 4}]) == {"macs": 7}


def test_a_metric_that_a_network_does_not_have() -> None:
    """A network of vectors has no receptive field, and says so."""
    with pytest.raises(Refusal, match="has no receptive field"):
        numbers(traced("input: 8\nlayers: [{linear: 3}]\n"), ["receptive_field"])


def test_equal_layers_that_stand_for_others() -> None:
    """A layer, and three passes of the same that share their weights: each row has the MACs of all that it stands for."""
    conv = "{conv: {cout: 4, kernel: 1, bias: false}}"
    found = traced(f"input: 4x8x8\nlayers: [{conv}, {{repeat: {{name: r, times: 3, shared: true, layers: [{conv}]}}}}]\n")
    assert [(values["macs"], values["params"]) for values in layer_metrics(found)] == [(64 * 16, 16), (3 * 64 * 16, 16)]


@pytest.mark.parametrize(
    ("keys", "unit", "exact", "written"),
    [
        (("macs_inside", "backward_macs", "input_gradient_macs", "weight_gradient_macs", "training_macs"), "count", True, "MAC"),
        (("weight_bytes", "peak_bytes", "saved_bytes", "gradient_bytes", "optimizer_bytes"), "bytes", True, ""),
        (("compute_seconds", "memory_seconds", "floor_seconds", "unfused_seconds"), "seconds", False, ""),
    ],
)
def test_units_of_what_is_asked_for(keys: tuple[str, ...], unit: str, exact: bool, written: str) -> None:
    """MACs and bytes are whole numbers, seconds are not; each is worked out where it is asked for, of layers and of networks."""
    for key in keys:
        metric = METRICS[key]
        assert (metric.unit, metric.exact, metric.written, metric.on_demand, metric.of_each_layer) == (unit, exact, written, True, True)


def test_intensity_is_a_ratio() -> None:
    """FLOPs a byte are no whole number and no sum, and more of them are better."""
    found = METRICS["intensity"]
    assert (found.unit, found.exact, found.less_is_better, found.adds_up, found.on_demand) == ("ratio", False, False, False, True)


def test_a_floor_is_no_sum() -> None:
    """The floor of a network is its own figure, a bound, though layers have parts of it; the other times are sums."""
    found = {
        key: (METRICS[key].of_trace is not None, METRICS[key].adds_up, METRICS[key].is_floor)
        for key in ("floor_seconds", "compute_seconds")
    }
    assert found == {"floor_seconds": (True, True, True), "compute_seconds": (False, True, False)}


def test_which_metrics_are_dear() -> None:
    """Of some names those that are worked out only where they are asked for, in the table's order."""
    assert dear(["peak_bytes", "macs", "backward_macs", "no metric"]) == ("backward_macs", "peak_bytes")
