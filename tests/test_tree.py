"""The tree of a summary, from layers and groups that are written here: what nests, what is folded, and whose weights are used."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import convcalc
from convcalc.analysis.metrics import additive
from convcalc.analysis.tree import Node, by_op, folded, label, leaves, lines, nested, ordered, owner, top, tree
from convcalc.report.contract import GroupReport, LayerReport, ModelReport

SHAPE = [8, 4, 4]


def layer(path: str, op: str = "conv", **fields: Any) -> LayerReport:
    """A layer on maps of 8×4×4; its costs are those that are named, the rest none."""
    costs = {key: fields.pop(key, 0) for key in additive()}
    given = {"times": 1, "input": SHAPE, "output": SHAPE, "attributes": {}, "location": None, **fields}
    return LayerReport(path=path, op=op, metrics=costs, **given)


def group(path: str, start: int, stop: int, kind: str = "block", times: int = 1, shared: bool = False) -> GroupReport:
    return GroupReport(path, kind, times, start, stop, None, shared)


def model(layers: list[LayerReport], *groups: GroupReport) -> ModelReport:
    return ModelReport("net", {}, SHAPE, SHAPE, 1, {}, layers, groups)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        # of six layers, groups as start and stop; those that nest
        ([(0, 4), (1, 3), (4, 6)], [(0, 4), (1, 3), (4, 6)]),
        ([(0, 2), (2, 4), (2, 3)], [(0, 2), (2, 4), (2, 3)]),
        ([(0, 4), (1, 2), (2, 3), (3, 4), (4, 6)], [(0, 4), (1, 2), (2, 3), (3, 4), (4, 6)]),
        ([(0, 6), (0, 6), (0, 6)], [(0, 6), (0, 6), (0, 6)]),
        ([(0, 3), (2, 5), (3, 5)], [(0, 3), (3, 5)]),
        ([(2, 4), (0, 2), (4, 5)], [(2, 4), (4, 5)]),
        ([(2, 4), (1, 6)], [(2, 4)]),
        ([(0, 7), (5, 6)], [(5, 6)]),
        ([(5, 7), (6, 7), (7, 8)], []),
        ([(3, 3), (4, 2), (1, 2)], [(1, 2)]),
    ],
)
def test_groups_that_do_not_nest_are_passed_over(given: list[tuple[int, int]], kept: list[tuple[int, int]]) -> None:
    """A group of a saved report counts where it lies within the one around it and within the layers, and after those before it."""
    found = nested(tuple(group(f"{number}", *ends) for number, ends in enumerate(given)), 6)
    assert [(one.start, one.stop) for one in found] == kept


@pytest.mark.parametrize(("given", "kept"), [(199, 199), (200, 200), (201, 200), (300, 200)])
def test_groups_nest_two_hundred_deep(given: int, kept: int) -> None:
    """Two hundred groups within each other are shown, deeper ones are not."""
    assert len(nested(tuple(group(f"g{number}", 0, 1) for number in range(given)), 1)) == kept


@pytest.mark.parametrize(
    ("fields", "alike"),
    [
        ({}, True),
        ({"macs": 7}, True),  # what follows from the rest tells nothing apart
        ({"op": "linear"}, False),
        ({"attributes": {"kernel": 3}}, False),
        ({"input": [4, 4, 4]}, False),
        ({"inputs": (SHAPE, SHAPE)}, False),
        ({"output": [4, 4, 4]}, False),
        ({"params": 11}, False),
        ({"copies": 1}, False),  # passes that share are not one of its own
    ],
)
def test_what_makes_neighbours_equal(fields: dict[str, Any], alike: bool) -> None:
    """Two layers are one line where ops, attributes, shapes and parameters agree, whatever they are called."""
    found = tree(model([layer("a", params=10), layer("b", **{"params": 10, **fields})]))
    assert [(node.path, node.last, node.times) for node in found] == ([("a", "b", 2)] if alike else [("a", "", 1), ("b", "", 1)])
    assert not any(node.shared for node in found)


@pytest.mark.parametrize(
    ("first", "second", "alike"),
    [
        # times of a pass and of a pass's set of weights, parameters of all
        ((2, None, 20), (3, None, 30), True),
        ((2, None, 20), (3, None, 20), False),
        ((2, 1, 10), (3, 1, 10), True),
        ((2, 1, 20), (3, 1, 30), False),
        ((4, 2, 20), (4, 1, 10), True),
        ((4, 2, 20), (4, 1, 20), False),
        ((2, 0, 0), (3, 0, 0), True),
        ((1, None, 10), (3, 1, 10), False),
    ],
)
def test_repeats_are_equal_by_one_set_of_weights(
    first: tuple[int, int | None, int], second: tuple[int, int | None, int], alike: bool
) -> None:
    """Neighbouring repeats of a layer are equal where a set of its weights is, however many passes there are."""
    rows = [
        layer(f"{path}.c", times=times, copies=copies, params=params)
        for path, (times, copies, params) in zip("ab", (first, second), strict=True)
    ]
    groups = [
        group(f"{path}.c", place, place + 1, times=row[0]) for place, (path, row) in enumerate(zip("ab", (first, second), strict=True))
    ]
    found = tree(model(rows, *groups))
    amounts = [(node.times, node.metrics["params"]) for node in found]
    assert amounts == ([(first[0] + second[0], first[2] + second[2])] if alike else [(first[0], first[2]), (second[0], second[2])])


@pytest.mark.parametrize(
    ("kinds", "names", "count"),
    [
        (("x", "x"), ("c", "c"), 1),
        (("x", "y"), ("c", "c"), 2),  # calls of two blocks
        (("x", "x"), ("c", "d"), 2),  # layers of other names
    ],
)
def test_calls_are_equal_by_block_and_names(kinds: tuple[str, str], names: tuple[str, str], count: int) -> None:
    """Two calls are one line where they are of one block and their layers have the same names; the children's costs are sums."""
    rows = [
        layer(f"{path}.{end}", op, macs=5) for path, name in zip("ab", names, strict=True) for end, op in ((name, "conv"), ("z", "linear"))
    ]
    found = tree(model(rows, group("a", 0, 2, kinds[0]), group("b", 2, 4, kinds[1])))
    assert [[child.metrics["macs"] for child in node.children] for node in found] == [[10 // count] * 2] * count


@pytest.mark.parametrize(
    ("weights", "own", "name"),
    [
        ([], {}, ""),
        (["one"], {}, "one"),
        (["one", "one"], {}, "one"),
        (["s.a.conv"], {}, "s.a.conv"),
        (["s.a.conv", "s.a.norm"], {}, "s.a"),
        (["s.a.conv", "s.b.conv"], {}, "s"),
        (["s.a", "s.a.norm"], {}, "s.a"),
        (["s.a.norm", "s.a"], {}, "s.a"),
        (["a.conv", "b.conv"], {}, "others"),
        (["one"], {"params": 3}, ""),
        (["one"], {"buffers": 3}, ""),
    ],
)
def test_whose_weights_all_layers_use(weights: list[str], own: dict[str, int], name: str) -> None:
    """The names that all layers' owners begin with; nothing where a layer of the node has parameters or buffers of its own."""
    rows = [layer(f"n.{number}", attributes={"weights": path}) for number, path in enumerate(weights)] + [layer("n.relu", "relu")]
    costs = {key: own.get(key, 0) for key in additive()}
    assert owner(Node("n", "block", 1, costs, tuple(rows), ())) == name


def test_ops_the_dearest_first() -> None:
    """By MACs, then by parameters, then as they come; each op's layers and costs are sums."""
    rows = [
        layer("a", "relu", times=3),
        layer("b", "scale", params=2),
        layer("c", "norm", params=9),
        layer("d", "conv", macs=4, params=1, times=2),
        layer("e", "linear", macs=5, params=1),
        layer("f", "conv", macs=4, params=1),
        layer("g", "tanh"),
    ]
    found = by_op(model(rows))
    assert [(line.label, line.node.times) for line in found] == [
        ("conv", 3), ("linear", 1), ("norm", 1), ("scale", 1), ("relu", 3), ("tanh", 1),
    ]  # fmt: skip
    assert (found[0].node.metrics["macs"], found[0].node.metrics["params"]) == (8, 2)


def test_what_is_no_tree_has_no_guides() -> None:
    """Lines of layers, of ops and of the rest stand at the left; the rest has the sums of what it stands for."""
    net = model([layer("a.b", macs=3), layer("c", "relu"), layer("d", "tanh", macs=4)])
    shown = [*leaves(net), *by_op(net), *top(leaves(net), 1)]
    assert {line.depth for line in shown} == {0}
    rest = shown[-1]
    assert (rest.label, rest.node.times, rest.node.metrics["macs"]) == ("2 more", 1, 4)


def test_a_node_without_layers_has_nothing_of_what_does_not_add_up() -> None:
    """No layers, no field: a sum stands with the layers that see nothing, in their order."""
    net = model([layer("a", "relu"), layer("b")])
    net.layers[1].metrics["receptive_field"] = [3, 5]
    assert [line.node.amount("receptive_field") for line in [*by_op(net), *leaves(net)]] == [0, 0, 0, 5]
    assert [line.label for line in ordered(leaves(net), "receptive_field", ascending=False)] == ["b", "a"]


def test_a_run_of_equal_nodes_is_one() -> None:
    """Times and costs of all, the first name and the last."""
    costs = dict.fromkeys(additive(), 0)
    nodes = [Node(path, "conv", times, {**costs, "macs": macs}, (), ()) for path, times, macs in (("a", 1, 2), ("b", 2, 4), ("c", 1, 2))]
    [node] = folded(nodes)
    assert (node.path, node.last, node.times, node.metrics["macs"]) == ("a", "c", 4, 8)


def outline(nodes: tuple[Node, ...]) -> list[Any]:
    """Paths, layers and what stands below, without the costs."""
    return [(node.path, len(node.layers), outline(node.children)) if node.children else (node.path, len(node.layers)) for node in nodes]


@pytest.mark.parametrize(
    ("paths", "groups", "expected"),
    [
        ("a b c", [], [("a", 1), ("b", 1), ("c", 1)]),
        # a norm and an activation belong to the layer whose path they extend
        ("a a.norm a.activation b", [], [("a", 3), ("b", 1)]),
        ("a a.activation b b.norm", [], [("a", 2), ("b", 2)]),
        ("a a.bias a.norm", [], [("a", 1), ("a.bias", 1), ("a.norm", 1)]),
        ("a b.norm a.norm", [], [("a", 1), ("b.norm", 1), ("a.norm", 1)]),
        ("g.a g.a.norm", [("g", 0, 1)], [("g", 1, [("g.a", 1)]), ("g.a.norm", 1)]),  # not from outside the group
        # a group of one layer that has its path is that layer
        ("a b", [("b", 1, 2)], [("a", 1), ("b", 1)]),
        ("a g.b", [("g", 1, 2)], [("a", 1), ("g", 1, [("g.b", 1)])]),
        ("g g.b", [("g", 0, 2)], [("g", 2, [("g", 1), ("g.b", 1)])]),
        ("g g.norm b", [("g", 0, 2)], [("g", 2), ("b", 1)]),
        # groups within groups, and groups after them
        ("a g.b g.h.c g.h.d g.e f", [("g", 1, 5), ("g.h", 2, 4)],
         [("a", 1), ("g", 4, [("g.b", 1), ("g.h", 2, [("g.h.c", 1), ("g.h.d", 1)]), ("g.e", 1)]), ("f", 1)]),
        ("g.h.a g.i.b k.c", [("g", 0, 2), ("g.h", 0, 1), ("g.i", 1, 2), ("k", 2, 3)],
         [("g", 2, [("g.h", 1, [("g.h.a", 1)]), ("g.i", 1, [("g.i.b", 1)])]), ("k", 1, [("k.c", 1)])]),
        ("g.a g.h.b g.i.c g.d", [("g", 0, 4), ("g.h", 1, 2), ("g.i", 2, 3)],
         [("g", 4, [("g.a", 1), ("g.h", 1, [("g.h.b", 1)]), ("g.i", 1, [("g.i.c", 1)]), ("g.d", 1)])]),
    ],
)  # fmt: skip
def test_what_stands_below_what(paths: str, groups: list[tuple[str, int, int]], expected: list[Any]) -> None:
    """Each layer once, in the innermost group that it is in; no two are alike, so that nothing is folded."""
    rows = [layer(path, params=2**place) for place, path in enumerate(paths.split())]
    found = tree(model(rows, *(group(*one, kind=one[0]) for one in groups)))
    assert outline(found) == expected
    assert sum(node.metrics["params"] for node in found) == 2 ** len(rows) - 1


@pytest.mark.parametrize(("path", "layers"), [("a", 1), ("g", 1), ("g", 2)])
@pytest.mark.parametrize("shared", [False, True])
def test_a_repeat_has_its_times(path: str, layers: int, shared: bool) -> None:
    """Whether it is one layer or a group, it stands for so many passes, and is shared where they use one set of weights."""
    rows = [layer("a", times=3), layer("b", "linear", times=3)][:layers]
    [node] = tree(model(rows, group(path, 0, layers, times=3, shared=shared)))
    assert (node.path, node.times, node.shared) == (path, 3, shared)


def test_layers_that_follow_tell_lines_apart() -> None:
    """Two convolutions that end in other norms are two lines."""
    rows = [layer("a"), layer("a.norm", "batch_norm"), layer("b"), layer("b.norm", "layer_norm"), layer("c"), layer("c.norm", "layer_norm")]
    assert [(node.path, node.last, node.times) for node in tree(model(rows))] == [("a", "", 1), ("b", "c", 2)]


@pytest.mark.parametrize(
    ("path", "last", "prefix", "expected"),
    [
        ("a", "", "", "a"),
        ("g.a", "", "g.", "a"),
        ("g", "", "g.", "add"),  # the join of a group's paths has the group's path
        ("g", "", "", "g"),
        ("0", "4", "", "0-4"),
        ("0-2", "3-5", "", "0-5"),
        ("g.0-2", "g.3-5", "g.", "0-5"),
        ("g.1", "g.7", "g.", "1-7"),
        ("conv1", "conv3", "", "conv1…conv3"),
        ("g.conv1", "g.conv3", "g.", "conv1…conv3"),
        ("a-b", "a-d", "", "a…a-d"),
    ],
)
def test_names_of_lines(path: str, last: str, prefix: str, expected: str) -> None:
    """A name within its parent; of a run the first and the last, of numbers as a range."""
    assert label(Node(path, "add", 1, {}, (), (), last), prefix) == expected


@pytest.mark.parametrize("depth", [1, 2, 3, 4])
def test_lines_of_a_tree(depth: int) -> None:
    """Parents before children, as deep as is asked for; each says on every level whether nothing follows there."""
    rows = [layer(path, params=2**place) for place, path in enumerate(("a", "g.b", "g.h.c", "g.h.d", "f"))]
    top_level = tree(model(rows, group("g", 1, 4), group("g.h", 2, 4)))
    every = [
        ("a", 0, (False,)),
        ("g", 0, (False,)),
        ("b", 1, (False, False)),
        ("h", 1, (False, True)),
        ("c", 2, (False, True, False)),
        ("d", 2, (False, True, True)),
        ("f", 0, (True,)),
    ]
    assert [(line.label, line.depth, line.ends) for line in lines(top_level, depth)] == [line for line in every if line[1] < depth]


@pytest.mark.parametrize(
    ("most", "labels", "macs"),
    [
        (1, ["a", "3 more"], [1, 14]),
        (2, ["a", "b", "2 more"], [1, 2, 12]),
        (3, ["a", "b", "c", "1 more"], [1, 2, 4, 8]),
        (4, ["a", "b", "c", "d"], [1, 2, 4, 8]),
        (9, ["a", "b", "c", "d"], [1, 2, 4, 8]),
    ],
)
def test_the_first_lines_and_the_rest(most: int, labels: list[str], macs: list[int]) -> None:
    """So many lines, and one that sums up what is left, if anything is."""
    found = top(leaves(model([layer(path, macs=2**place) for place, path in enumerate("abcd")])), most)
    assert [(line.label, line.node.metrics["macs"]) for line in found] == [*zip(labels, macs, strict=True)]


@pytest.mark.parametrize(
    ("key", "ascending", "expected"),
    [("macs", False, "cadb"), ("macs", True, "badc"), ("receptive_field", False, "dbac"), ("receptive_field", True, "acbd")],
)
def test_lines_by_a_metric(key: str, ascending: bool, expected: str) -> None:
    """The most first, or the least; equal ones in their own order; of sizes the largest, none where there are none."""
    rows = [layer("a", macs=5), layer("b", macs=0), layer("c", macs=7), layer("d", macs=5)]
    for row, sizes in zip(rows, (None, [3, 4], [], [2, 9]), strict=True):
        row.metrics["receptive_field"] = sizes
    assert "".join(line.label for line in ordered(leaves(model(rows)), key, ascending)) == expected


def test_a_node_has_the_most_of_its_layers() -> None:
    """Of what does not add up that of the layer that has the most of it, of the rest the sum."""
    net = model([layer("g.a", macs=2), layer("g.b", macs=3)], group("g", 0, 2))
    for row, sizes in zip(net.layers, ([3, 7], [5, 5]), strict=True):
        row.metrics["receptive_field"] = sizes
    [node] = tree(net)
    assert (node.amount("receptive_field"), node.amount("macs")) == (7, 5)


def test_a_run_of_runs_ends_where_the_last_ends() -> None:
    """What was folded and is folded again has the last name of all."""
    costs = dict.fromkeys(additive(), 0)
    found = folded([Node("a", "conv", 2, costs, (), (), "b"), Node("c", "conv", 2, costs, (), (), "d")])
    assert [(node.path, node.last, node.times) for node in found] == [("a", "d", 4)]


def test_groups_that_nest_otherwise_are_not_folded(tmp_path: Path) -> None:
    """A saved report whose second call lacks a group inside is shown with both calls, each with what is in it."""
    (tmp_path / "net.yaml").write_text(
        "input: 4x8x8\nblocks:\n  i:\n    layers: [conv: {name: c, cout: 4, kernel: 3}, relu: {name: r}]\n"
        "  b:\n    layers: [i: {name: i}, conv: {name: d, cout: 4, kernel: 3}]\nlayers: [b: {name: x}, b: {name: y}]\n",
        encoding="utf-8",
    )
    model = convcalc.summary(str(tmp_path / "net.yaml")).models[0]
    cut = model._replace(groups=tuple(group for group in model.groups if group.path != "y.i"))
    assert [node.path for node in tree(cut)] == ["x", "y"]


def test_neighbours_that_share_stay_apart(tmp_path: Path) -> None:
    """Two repeats with a set of weights each are two sets: 9 parameters of three passes, and 9 of two."""
    text = "input: 3x8x8\nlayers:\n" + "".join(
        f"  - repeat: {{times: {times}, shared: true, layers: [{{conv: {{cout: 3, kernel: 1, bias: false}}}}]}}\n" for times in (3, 2)
    )
    (tmp_path / "net.yaml").write_text(text, encoding="utf-8")
    nodes = tree(convcalc.summary(str(tmp_path / "net.yaml")).models[0])
    assert [(node.times, node.metrics["params"]) for node in nodes] == [(3, 9), (2, 9)]
