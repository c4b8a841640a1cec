"""What became of a layer and what a change says, from layers that are written here."""

from __future__ import annotations

from typing import Any

import pytest

from convcalc.analysis.changes import attribute_changes, changed, costs, diff_models, follows, sentence
from convcalc.analysis.metrics import METRICS, additive
from convcalc.errors import ConvcalcError
from convcalc.report.contract import LayerReport, ModelReport
from convcalc.report.location import Location
from convcalc.report.results import AttributeChange, Change, ModelChange

PLACE, BEFORE = Location("net.yaml", 7, 3), Location("net.yaml", 5, 3)


def layer(path: str = "a", **fields: Any) -> LayerReport:
    """A layer of 4×8×8; its costs are those that are named, the rest none."""
    values = {key: fields.pop(key, 0) for key in additive()} | {"receptive_field": fields.pop("receptive_field", None)}
    given = {"op": "conv", "times": 1, "input": [4, 8, 8], "output": [4, 8, 8], "attributes": {"kernel": 3}, "location": PLACE, **fields}
    return LayerReport(path=path, metrics=values, **given)


def model(name: str, *layers: LayerReport) -> ModelReport:
    totals = {key: sum(layer.metrics[key] for layer in layers) for key in additive()} | {"receptive_field": [3, 5]}
    return ModelReport(name, {}, [4, 8, 8], [4, 8, 8], 1, totals, [*layers], ())


@pytest.mark.parametrize(
    ("fields", "attributes"),
    [
        ({"path": "b"}, None),
        ({"location": BEFORE}, None),
        ({"elements_read": 9}, None),  # what decides nothing
        ({"buffers": 9, "path": "b"}, None),
        ({"output": [5, 8, 8]}, None),  # nothing of it can be told
        ({"macs": 9}, []),
        ({"params": 9}, []),
        ({"activations": 9}, []),
        ({"counted": 9}, []),
        ({"attributes": {"kernel": 5}}, [("kernel", 3, 5)]),
        ({"attributes": {}}, [("kernel", 3, None)]),
        ({"attributes": {"groups": 2, "kernel": 3}}, [("groups", None, 2)]),
        ({"attributes": {"groups": 2, "kernel": 5}}, [("kernel", 3, 5), ("groups", None, 2)]),
        ({"op": "pool"}, [("op", "conv", "pool")]),
        ({"times": 4}, [("times", 1, 4)]),
        ({"times": 4, "op": "pool", "attributes": {"kernel": 1}}, [("kernel", 3, 1), ("op", "conv", "pool"), ("times", 1, 4)]),
        ({"input": [4, 9, 9]}, [("input", [4, 8, 8], [4, 9, 9])]),
        ({"input": [4, 9, 9], "macs": 9}, [("input", [4, 8, 8], [4, 9, 9])]),
        ({"input": [4, 9, 9], "times": 2}, [("times", 1, 2)]),  # an input is told where no attribute is
    ],
)
def test_what_became_of_a_layer(fields: dict[str, Any], attributes: list[tuple[str, Any, Any]] | None) -> None:
    """It changed where what decides did, or its op, times, attributes or inputs; a name or a place is no change."""
    old, new = layer(location=BEFORE), layer(**fields)
    found = changed(old, new, "net")
    if attributes is None:
        assert found is None
        return
    assert found is not None
    assert (found.model, found.status, found.path, found.old_path, found.op) == ("net", "changed", new.path, "a", new.op)
    assert found.attributes == tuple(AttributeChange(*one) for one in attributes)
    assert found.location == PLACE
    assert [key for key in additive() if found.old[key] != found.new[key]] == [key for key in fields if key in METRICS]


def test_inputs_that_changed() -> None:
    """Of several inputs those that differ, in their order."""
    old = layer(inputs=([4, 8, 8], [2, 8, 8], [1, 8, 8]))
    new = layer(inputs=([4, 9, 9], [2, 8, 8], [1, 9, 9]))
    assert attribute_changes(old, new) == (
        AttributeChange("input", [4, 8, 8], [4, 9, 9]),
        AttributeChange("input", [1, 8, 8], [1, 9, 9]),
    )
    assert attribute_changes(old, layer(inputs=([4, 8, 8], [3, 8, 8]))) == (AttributeChange("input", [2, 8, 8], [3, 8, 8]),)


def test_layers_that_only_one_side_has() -> None:
    """A new one has no cost before and no old name; a removed one none after, and stands where it stood."""
    new, removed = changed(None, layer("n", macs=5), "net"), changed(layer("r", macs=6, location=BEFORE), None, "net")
    assert new is not None
    assert removed is not None
    assert (new.status, new.path, new.old_path, new.op, new.attributes, new.location) == ("new", "n", "", "conv", (), PLACE)
    assert (removed.status, removed.path, removed.old_path, removed.op, removed.attributes) == ("removed", "r", "r", "conv", ())
    assert removed.location == BEFORE
    assert (new.old["macs"], new.new["macs"], removed.old["macs"], removed.new["macs"]) == (None, 5, 6, None)


def test_costs_are_single_numbers() -> None:
    """Every metric on both sides: of sizes the largest, none where there is none."""
    before, after = costs({"macs": 4, "receptive_field": [3, 9, 5]}, None)
    assert [*before] == [*after] == [key for key, metric in METRICS.items() if not metric.on_demand]
    assert {key: value for key, value in before.items() if value is not None} == {"macs": 4, "receptive_field": 9}
    assert set(after.values()) == {None}


INPUT, KERNEL = AttributeChange("input", [1], [2]), AttributeChange("kernel", 1, 2)


@pytest.mark.parametrize(
    ("status", "attributes", "macs", "expected"),
    [
        ("changed", (INPUT,), (5, 5), True),
        ("changed", (INPUT, INPUT), (0, 0), True),
        ("changed", (INPUT,), (5, 6), False),  # its MACs are its own
        ("changed", (INPUT, KERNEL), (5, 5), False),
        ("changed", (KERNEL,), (5, 5), False),
        ("changed", (), (5, 5), False),
        ("new", (INPUT,), (5, 5), False),
        ("removed", (), (5, 5), False),
    ],
)
def test_what_only_follows_its_input(status: str, attributes: tuple[AttributeChange, ...], macs: tuple[int, int], expected: bool) -> None:
    """A layer changed, nothing but its inputs differs, and it has the MACs that it had."""
    assert follows(Change("net", status, "a", "a", "conv", attributes, None, {"macs": macs[0]}, {"macs": macs[1]})) is expected


NAMES = {"own": (KERNEL,), "follower": (INPUT,)}


@pytest.mark.parametrize(
    ("old", "new", "kinds", "expected"),
    [
        ((100, 50, 20), (100, 50, 20), "", "net: all costs are the same; no layer changed."),
        ((100, 50, 20), (100, 50, 20), "own", "net: all costs are the same; layers: 1 changed."),
        ((100, 50, 20), (150, 50, 20), "own own new", "net: MACs grow by 50.0% (50); layers: 2 changed, 1 new."),
        ((100, 50, 20), (50, 50, 20), "removed own", "net: MACs shrink by 50.0% (50); layers: 1 changed, 1 removed."),
        (
            (100, 50, 20),
            (150, 25, 30),
            "removed new own follower follower",
            "net: MACs grow by 50.0% (50), parameters shrink by 50.0% (25), activations grow by 50.0% (10); "
            "layers: 1 changed, 1 new, 1 removed, 2 follow their input.",
        ),
        ((None, 50, 20), (7, 50, 20), "", "net: MACs grow by 7 from none; no layer changed."),
        ((100, 50, 20), (None, 50, 20), "follower", "net: MACs shrink by 100.0% (100); layers: 1 follow their input."),
    ],
)
def test_the_sentence(old: tuple[int | None, ...], new: tuple[int | None, ...], kinds: str, expected: str) -> None:
    """The brief totals that differ, MACs first, then how many layers changed, are new, are gone or only follow."""
    sides = [dict(zip(("macs", "params", "activations"), side, strict=True)) for side in (old, new)]
    same: dict[str, Any] = {"macs": 1}
    changes = tuple(
        Change("net", kind if kind in ("new", "removed") else "changed", "a", "a", "conv", NAMES.get(kind, ()), None, same, same)
        for kind in kinds.split()
    )
    assert sentence(ModelChange("net", "net", *sides), changes) == expected


def test_two_models() -> None:
    """Layers are matched, or are those that are handed; totals are those of the models, under both names."""
    stays, grows, goes, comes = layer("stays", macs=1), layer("s.grows", macs=2), layer("goes", op="pool"), layer("comes", op="relu")
    grown = layer("s.grows", macs=8, attributes={"kernel": 7})
    old, new = model("before", stays, grows, goes), model("after", stays, grown, comes)
    changes, totals = diff_models(old, new)
    assert [(change.model, change.status, change.path) for change in changes] == [
        ("after", "removed", "goes"), ("after", "changed", "s.grows"), ("after", "new", "comes"),
    ]  # fmt: skip
    assert (totals.name, totals.old_name, totals.old["macs"], totals.new["macs"]) == ("after", "before", 3, 9)
    assert totals.new["receptive_field"] == 5
    assert totals.sentence == "after: MACs grow by 200.0% (6); layers: 1 changed, 1 new, 1 removed."
    changes, _ = diff_models(old, new, [(grows, None), (None, grown)])
    assert [(change.status, change.path) for change in changes] == [("removed", "s.grows"), ("new", "s.grows")]


BF16, FP32 = {"dtype": "bf16"}, {"dtype": "fp32"}


def run_as(execution: dict[str, Any], **totals: Any) -> ModelReport:
    """A model of one layer that was run so, with some totals that were asked for."""
    found = model("net", layer("a", macs=5))
    usual = {key: value for key, value in found.totals.items() if not METRICS[key].on_demand}
    return found._replace(execution=execution, totals={**usual, **totals})


@pytest.mark.parametrize(
    ("old", "new", "sides"),
    [
        (run_as(FP32, peak_bytes=4), run_as(BF16, peak_bytes=2), "dtype fp32 and dtype bf16"),
        (run_as({}, peak_bytes=4), run_as(BF16, peak_bytes=2), "dtype fp32 and dtype bf16"),
        (run_as(BF16, peak_bytes=4), run_as({}, peak_bytes=2), "dtype bf16 and dtype fp32"),
        (run_as({"in_place": "none", **BF16}, peak_bytes=4), run_as({"in_place": "fused", **FP32}, peak_bytes=2),
         "dtype bf16, in_place none and dtype fp32, in_place fused"),
    ],
)  # fmt: skip
def test_bytes_of_other_types_are_not_compared(old: ModelReport, new: ModelReport, sides: str) -> None:
    """Where both sides have a figure that depends on how a network is run, they have to be run alike; both ways are said."""
    with pytest.raises(ConvcalcError) as error:
        diff_models(old, new)
    assert error.value.diagnostics[0].message == f"peak bytes of net cannot be compared: {sides}"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (run_as(FP32, peak_bytes=4), run_as(FP32, peak_bytes=2)),
        (run_as(FP32, peak_bytes=4), run_as(BF16)),  # one side alone has the figure
        (run_as(FP32), run_as(BF16, peak_bytes=2)),
        (run_as(FP32), run_as(BF16)),
        (run_as({**FP32, "replaced": "conv=depthwise_conv"}, peak_bytes=4), run_as({**FP32, "where_possible": True}, peak_bytes=2)),
    ],
)
def test_what_may_be_compared(old: ModelReport, new: ModelReport) -> None:
    """Figures of one side alone, of equal runs, and of networks with other layers in the place of some."""
    changes, _ = diff_models(old, new)
    assert changes == ()


def test_costs_that_were_asked_for() -> None:
    """A metric on demand is there where both sides have it, or the one that there is."""
    assert [side["peak_bytes"] for side in costs({"peak_bytes": 4}, {"peak_bytes": 2})] == [4, 2]
    assert [side["peak_bytes"] for side in costs({"peak_bytes": 4}, None)] == [4, None]
    assert [side["peak_bytes"] for side in costs(None, {"peak_bytes": 2})] == [None, 2]
    assert all("peak_bytes" not in side for pair in (({"peak_bytes": 4}, {}), ({}, {"peak_bytes": 2})) for side in costs(*pair))
