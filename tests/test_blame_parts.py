"""The parts that carry a cost and the line to look at, from layers, groups and texts that are written here."""

from __future__ import annotations

from typing import Any

import pytest

from convcalc.analysis.blame import (
    Subject,
    Written,
    all_chains,
    at,
    body,
    dearest_layer,
    dearest_parts,
    depth_of,
    evidence,
    figure,
    first_changed,
    grown,
    growth,
    largest,
    outside_words,
    part,
    place_of,
)
from convcalc.analysis.match import Pairs
from convcalc.analysis.metrics import additive
from convcalc.report.contract import GroupReport, LayerReport, ModelReport
from convcalc.report.location import Location

SHAPE = [4, 8, 8]


def layer(path: str, macs: int = 0, line: int | None = None, file: str = "net.yaml", **fields: Any) -> LayerReport:
    """A layer with MACs, written on a line; its other costs are those that are named."""
    values = {key: fields.pop(key, 0) for key in additive()} | {"macs": macs, "receptive_field": fields.pop("receptive_field", None)}
    location = Location(file, line, 3) if line is not None else None
    given = {"op": "conv", "times": 1, "input": SHAPE, "output": SHAPE, "attributes": {}, "location": location, **fields}
    return LayerReport(path=path, metrics=values, **given)


def model(*layers: LayerReport, groups: tuple[GroupReport, ...] = (), field: list[int] | None = None) -> ModelReport:
    totals = {key: sum(layer.metrics[key] for layer in layers) for key in additive()} | {"receptive_field": field}
    return ModelReport("net", {}, SHAPE, SHAPE, 1, totals, [*layers], groups)


def group(start: int, stop: int, line: int | None, file: str = "net.yaml") -> GroupReport:
    return GroupReport("g", "block", 1, start, stop, Location(file, line, 3) if line is not None else None)


# Figures and parts


@pytest.mark.parametrize(
    ("metric", "expected"),
    [
        ("macs", 36),
        ("params", 22),
        ("receptive_field", 9),
        ("layer.macs", 12),  # 24 of two passes, not 7 and not 5
        ("layer.params", 15),  # of three passes that share them
        ("layer.adds", 0),
    ],
)
def test_the_figure_that_a_limit_is_held_against(metric: str, expected: int) -> None:
    """A total as one number, or the most that a single layer has."""
    net = model(layer("a", 24, times=2, params=4), layer("b", 7, params=3), layer("c", 5, times=3, copies=1, params=15), field=[3, 9])
    assert figure(metric, net) == expected


def test_the_figure_of_nothing() -> None:
    """A network without layers has none of anything; nor has one without a field a field."""
    assert (figure("layer.macs", model()), figure("macs", model()), figure("receptive_field", model())) == (0, 0, 0)


@pytest.mark.parametrize(
    ("amounts", "expected"),
    [
        ([], []),
        ([("a", 1)], [("a", 1)]),
        ([("a", 1), ("b", 5), ("a", 3)], [("b", 5), ("a", 4)]),
        ([("a", 1), ("b", 2), ("c", 3), ("d", 4)], [("d", 4), ("c", 3), ("b", 2)]),  # three are shown
        ([("a", 2), ("b", 2), ("c", 2), ("d", 2)], [("a", 2), ("b", 2), ("c", 2)]),  # equal ones as they come
        ([("a", 0), ("b", -3), ("c", 1)], [("c", 1)]),  # what is nothing or shrank is no part
        ([("a", 5), ("a", -5), ("b", 1)], [("b", 1)]),
    ],
)
def test_the_largest_sums(amounts: list[tuple[str, int]], expected: list[tuple[str, int]]) -> None:
    """By name, the three largest, of more than nothing."""
    assert [*map(tuple, largest(amounts))] == expected


@pytest.mark.parametrize(
    ("path", "depth", "expected"),
    [("a.b.c", 1, "a"), ("a.b.c", 2, "a.b"), ("a.b.c", 3, "a.b.c"), ("a.b.c", 4, "a.b.c"), ("a", 1, "a"), ("a", 2, "a")],
)
def test_the_part_of_a_layer(path: str, depth: int, expected: str) -> None:
    """The first names of its path."""
    assert part(layer(path), depth) == expected


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        ("a b", 1),
        ("a.x a.y b.z", 1),
        ("net.a net.b", 2),
        ("net.s.a net.s.b", 3),
        ("net.s net.s.b", 3),
        ("one", 1),
        ("net.a net.b head:0", 2),  # what costs nothing tells no parts apart
        ("net.a head:0", 1),
        ("", 1),
        ("." .join("x" * 18) + ".a " + ".".join("x" * 18) + ".b", 19),
        ("." .join("x" * 19) + ".a " + ".".join("x" * 19) + ".b", 1),  # twenty names and more are too many to look at
    ],
)  # fmt: skip
def test_how_many_names_tell_parts_apart(paths: str, expected: int) -> None:
    """As many as it takes to have two parts that cost anything, of at most 19; else one."""
    layers = [layer(path.partition(":")[0], 0 if ":" in path else 5) for path in paths.split()]
    assert depth_of("macs", model(*layers)) == expected


def test_the_dearest_parts() -> None:
    """Of a total its stages, of a limit on each layer the layers, each as one of its passes; of a field none."""
    net = model(layer("s.a", 8, times=2), layer("s.b", 6), layer("t.a", 5), layer("u", 0), layer("v", 7), layer("w", 1))
    assert [*map(tuple, dearest_parts("macs", net))] == [("s", 14), ("v", 7), ("t", 5)]
    assert [*map(tuple, dearest_parts("layer.macs", net))] == [("v", 7), ("s.b", 6), ("t.a", 5)]
    assert dearest_parts("receptive_field", net) == ()


def test_the_parts_that_grew() -> None:
    """By stage, what its layers cost more; what is gone is taken from the stage where it was."""
    old = [layer("s.a", 10), layer("s.b", 10), layer("t.a", 4), layer("u.a", 9), layer("w.a", 3)]
    new = [layer("s.a", 30), layer("t.a", 9), layer("x.a", 2), layer("u.a", 1), layer("w.a", 3)]
    pairs: Pairs = [(old[0], new[0]), (old[1], None), (old[2], new[1]), (None, new[2]), (old[3], new[3]), (old[4], new[4])]
    assert [*map(tuple, growth("macs", model(*new), pairs))] == [("s", 10), ("t", 5), ("x", 2)]
    assert growth("layer.macs", model(*new), pairs) == growth("receptive_field", model(*new), pairs) == ()
    inner: Pairs = [(layer("net.a", 1), layer("net.a", 5)), (layer("net.b", 2), layer("net.b", 9)), (layer("net.b.c", 3), None)]
    assert [*map(tuple, growth("macs", model(layer("net.a", 5), layer("net.b", 9)), inner))] == [("net.a", 4), ("net.b", 4)]


def test_the_layers_that_grew() -> None:
    """Those that grew most first, new ones by all they cost; of what does not add up in their order, of sizes by the largest."""
    a, b, c, d = layer("a", 3), layer("b", 9), layer("c", 5), layer("d", 7)
    pairs: Pairs = [
        (layer("a", 1), a),
        (layer("b", 2), b),
        (None, c),
        (layer("d", 7), d),
        (layer("e", 8), None),
        (layer("f", 2), layer("f", 1)),
    ]
    assert [one.path for one in grown("macs", pairs)] == ["b", "c", "a"]
    assert [one.path for one in grown("layer.macs", pairs)] == ["b", "c", "a"]
    equal: Pairs = [(layer("p", 1), layer("p", 3)), (None, layer("q", 2)), (layer("r", 0), layer("r", 2)), (None, layer("s", 1))]
    assert [one.path for one in grown("macs", [*equal, (None, layer("t", 0))])] == ["p", "q", "r", "s"]
    fields = [([3, 3], [3, 4]), ([3, 3], [3, 3]), (None, [1, 1]), ([9], [20]), ([5, 1], [4, 2]), ([5], None)]
    seen: Pairs = [(layer(f"{n}", receptive_field=x), layer(f"{n}", receptive_field=y)) for n, (x, y) in enumerate(fields)]
    assert [one.path for one in grown("receptive_field", seen)] == ["0", "2", "3"]
    first, _ = seen[0]
    assert first is not None
    del first.metrics["receptive_field"]  # as a saved report may
    assert [one.path for one in grown("receptive_field", seen)] == ["0", "2", "3"]


@pytest.mark.parametrize(
    ("metric", "expected"),
    [
        ("macs", "s.a"),  # the first of the dearest stage, 6 + 6 of 21
        ("layer.macs", "t"),  # of one pass: 9 of t, 6 of each in s
        ("params", "ss.a"),
        ("receptive_field", "s.b"),
        ("adds", None),  # nobody has any
    ],
)
def test_the_dearest_layer(metric: str, expected: str | None) -> None:
    """The dearest of all for a limit on each and for what does not add up, else the first of the dearest part."""
    net = model(
        layer("ss.a", params=8),
        layer("s.a", 6, receptive_field=[3, 3], params=1),
        layer("s.b", 6, receptive_field=[3, 7]),
        layer("t", 9, receptive_field=[5, 5]),
    )
    found = dearest_layer(metric, net)
    assert (found.path if found is not None else None) == expected


def test_the_dearest_layer_is_of_one_pass() -> None:
    """Twelve passes of 20 MACs each are less than one of 30; of no layers there is none."""
    found = dearest_layer("layer.macs", model(layer("z", 240, times=12), layer("b", 30), layer("c", 7)))
    assert found is not None
    assert found.path == "b"
    assert (dearest_layer("layer.macs", model()), dearest_layer("macs", model()), dearest_layer("receptive_field", model())) == (None,) * 3


# Places


def test_the_lines_that_lead_to_a_layer() -> None:
    """The calls around it, the outermost first, then its own; those without a place are left out."""
    layers = [layer(f"{n}", line=20 + n) for n in range(5)]
    layers[3] = layer("3")
    groups = (group(0, 4, 1), group(0, 2, 2), group(1, 2, 3), group(2, 3, None), group(2, 4, 4), group(4, 5, 5))
    found = [[place.line for place in chain] for chain in all_chains(model(*layers, groups=groups))]
    assert found == [[1, 2, 20], [1, 2, 3, 21], [1, 4, 22], [1, 4], [5, 24]]


TEXT = [
    "name: net",  # 1
    "input: 8x16x16",  # 2
    "budgets:",  # 3
    "  macs: 1",  # 4
    "",  # 5
    "  params: 2",  # 6
    "'summary' : what",  # 7
    '"expect":',  # 8
    "  macs: 3",  # 9
    "names: 4",  # 10
    "params: {name: 2}",  # 11
    "layers:",  # 12
    "  # first",  # 13
    "  - conv:",  # 14
    "      name: a",  # 15
    "   ",  # 16
    "      cout: 8",  # 17
    "  - conv: 3",  # 18
]


def test_lines_that_a_cost_may_follow_from() -> None:
    """All but the name, what is said of it, its limits, and what is indented below them."""
    assert [*outside_words(TEXT)] == [2, 10, 11, 12, 13, 14, 15, 16, 17, 18]
    assert [*outside_words(TEXT[1:])] == [1, 9, 10, 11, 12, 13, 14, 15, 16, 17]
    assert [*outside_words([])] == []


@pytest.mark.parametrize(
    ("line", "expected"),
    [(1, [1]), (3, [3, 4, 5, 6]), (12, [12, 13, 14, 15, 16, 17, 18]), (14, [14, 15, 16, 17]), (15, [15, 16]), (17, [17]), (18, [18])],
)
def test_what_stands_below_a_line(line: int, expected: list[int]) -> None:
    """What is indented deeper, blank lines between included, up to the next that is not."""
    assert [*body(TEXT, line)] == expected


@pytest.mark.parametrize(
    ("changed", "expected"),
    [({1}, 1), ({17, 14}, 14), ({5, 13, 15}, 15), ({5, 13, 16}, None), ({40}, None), (set(), None)],
)
def test_the_first_line_that_a_change_wrote(changed: set[int], expected: int | None) -> None:
    """Blank ones and comments aside."""
    assert first_changed(Written("net.yaml", TEXT, frozenset(changed)), range(1, 19)) == expected


@pytest.mark.parametrize(("line", "column"), [(1, 1), (14, 3), (17, 7)])
def test_a_line_begins_at_its_first_letter(line: int, column: int) -> None:
    """The column is that of the first letter, counted from 1."""
    assert at(Written("net.yaml", TEXT), line) == Location("net.yaml", line, column)


A, B = layer("s.a", 6, 14), layer("s.b", 9, 18)
OTHER = layer("s.b", 9, 18, "other.yaml")


@pytest.mark.parametrize(
    ("layers", "changed", "grew", "metric", "expected"),
    [
        # lines of the text that a change wrote, the layers that grew by how much, and the line and column to look at
        ((A, B), {17, 18}, {"s.a": 5, "s.b": 1}, "macs", (17, 7)),  # a grew most; its line below its first
        ((A, B), {17, 18}, {"s.a": 1, "s.b": 5}, "macs", (18, 3)),
        ((A, B), {2}, {"s.a": 5}, "macs", (2, 1)),  # the line that all follow, as none of a was written
        ((A, B), {4, 11}, {"s.a": 5}, "macs", (11, 1)),  # limits aside
        ((A, B), {4}, {"s.a": 5}, "macs", (12, 3)),  # nothing to go by: the call of the dearest part
        ((A, B), set(), {}, "macs", (12, 3)),
        ((A, B), set(), {}, "layer.macs", (18, 3)),  # the dearest layer's own
        ((A, B), {12, 17}, {"s.a": 5}, "macs", (17, 7)),  # the innermost line first
        ((A, B), {12}, {"s.a": 5}, "macs", (12, 1)),  # then that of the call
        ((A, OTHER), {18}, {"s.b": 5}, "macs", (18, 3)),  # by way of the call, not of another file's line 18
        ((A, OTHER), set(), {}, "layer.macs", (12, 3)),
        ((layer("s.a", 6), layer("s.b", 9)), set(), {}, "layer.macs", (12, 3)),
    ],
)
def test_the_line_to_look_at(
    layers: tuple[LayerReport, ...], changed: set[int], grew: dict[str, int], metric: str, expected: tuple[int, int]
) -> None:
    """A line that a change wrote where a layer grew, else one that it wrote, else where the dearest stands."""
    net = model(*layers, groups=(group(0, 2, 12),))
    pairs: Pairs = [(one._replace(metrics={**one.metrics, "macs": one.metrics["macs"] - grew.get(one.path, 0)}), one) for one in layers]
    subject = Subject("net.yaml", net, None, pairs, Written("net.yaml", TEXT, frozenset(changed)))
    assert place_of(metric, subject) == Location("net.yaml", *expected)


def test_a_file_of_whose_lines_nothing_is_known() -> None:
    """Where no layer is written there, and where there is no layer, a finding is at its start."""
    for net in (model(), model(layer("a", 5)), model(layer("a", 5, 3, "other.yaml"))):
        for metric in ("macs", "layer.macs", "receptive_field"):
            subject = Subject("net.yaml", net, None, [], Written("net.yaml", TEXT))
            assert place_of(metric, subject) == Location("net.yaml", 1, 1)


def test_what_there_is_to_say() -> None:
    """Before and after, the parts that carry it and those that grew; without a base neither before nor growth."""
    old, new = model(layer("a", 2, 14), layer("b", 3, 18)), model(layer("a", 9, 14), layer("b", 3, 18))
    pairs: Pairs = [*zip(old.layers, new.layers, strict=True)]
    written = Written("net.yaml", TEXT, frozenset({15, 18}))
    found = evidence("macs", Subject("net.yaml", new, old, pairs, written))
    assert (found.value, found.before, [*map(tuple, found.largest)], [*map(tuple, found.more)]) == (12, 5, [("a", 9), ("b", 3)], [("a", 7)])
    assert found.place == Location("net.yaml", 15, 7)
    found = evidence("macs", Subject("net.yaml", new, None, pairs, written))
    assert (found.value, found.before, found.more) == (12, None, ())
