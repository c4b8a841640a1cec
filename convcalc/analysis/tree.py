"""A model as people read it: a tree of its groups and layers, equal neighbours folded, totals that add up."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from convcalc.analysis.metrics import METRICS
from convcalc.analysis.totals import number, summed
from convcalc.record import NamedTuple
from convcalc.report.contract import GroupReport, LayerReport, ModelReport

DEEPEST = 200  # groups within each other: more than any layout has
RUN = "run"  # the kind of a node that gathers neighbours
FOLLOWERS = ("norm", "activation")  # rows that belong to the layer whose path they extend


class Node(NamedTuple):
    """A layer or group with what stands below it. Metrics are those of all its layers, its `times` included."""

    path: str
    kind: str
    times: int
    metrics: dict[str, Any]
    layers: tuple[LayerReport, ...]
    children: tuple[Node, ...]
    last: str = ""  # the last path where several were folded
    shared: bool = False  # whether its passes use one set of parameters

    def amount(self, key: str) -> Any:
        """A metric as one number: of what does not add up that of the layer that has the most of it."""
        if METRICS[key].adds_up:
            return self.metrics[key]
        return max((number(layer.metrics[key]) or 0 for layer in self.layers if key in layer.metrics), default=0)


class Line(NamedTuple):
    """A line of a summary."""

    label: str
    depth: int
    node: Node
    ends: tuple[bool, ...] = ()  # for each level, whether nothing follows there: what a tree's guides need


def tree(model: ModelReport) -> tuple[Node, ...]:
    """The top-level nodes of a model."""
    return nodes(model.layers, nested(model.groups, len(model.layers))[::-1], 0, len(model.layers))


def nested(groups: tuple[GroupReport, ...], layers: int) -> list[GroupReport]:
    """Groups that nest as those of a network do, outer ones first; of a saved report others are passed over."""
    found: list[GroupReport] = []
    open_ = [(0, layers)]
    for group in groups:
        while len(open_) > 1 and open_[-1][1] <= group.start:
            open_.pop()
        in_order = not found or found[-1].start <= group.start
        if in_order and open_[-1][0] <= group.start < group.stop <= open_[-1][1] and len(open_) <= DEEPEST:
            found.append(group)
            open_.append((group.start, group.stop))
    return found


def nodes(layers: list[LayerReport], groups: list[GroupReport], start: int, stop: int) -> tuple[Node, ...]:
    """The nodes of layers start … stop−1; takes the groups among them, outer ones last, from the end of the list."""
    found: list[Node] = []
    place = start
    while place < stop:
        if groups and groups[-1].start == place and groups[-1].stop <= stop:
            group = groups.pop()
            found.append(group_node(layers, groups, group))
            place = group.stop
            continue
        layer = layers[place]
        end = place + 1
        followers = {f"{layer.path}.{name}" for name in FOLLOWERS}
        while end < stop and layers[end].path in followers:
            end += 1
        found.append(branch(layer.path, layer.op, 1, layers[place:end], ()))
        place = end
    return tuple(folded(found))


def group_node(layers: list[LayerReport], groups: list[GroupReport], group: GroupReport) -> Node:
    """A group; the group of a single layer that has its path is that layer."""
    inner = nodes(layers, groups, group.start, group.stop)
    if len(inner) == 1 and inner[0].path == group.path:
        return inner[0]._replace(times=group.times, shared=group.shared)
    return branch(group.path, group.kind, group.times, layers[group.start : group.stop], inner)._replace(shared=group.shared)


def branch(path: str, kind: str, times: int, layers: list[LayerReport], children: tuple[Node, ...]) -> Node:
    return Node(path, kind, times, summed([layer.metrics for layer in layers]), tuple(layers), children)


def group_sum(label: str, times: int, metrics: list[dict[str, Any]]) -> Node:
    """What has sums but no place in the network."""
    return Node(label, label, times, summed(metrics), (), ())


def folded(found: list[Node]) -> list[Node]:
    """Equal neighbours as one node, their times and metrics summed."""
    result: list[Node] = []
    for _, run in groupby(found, signature):
        first, *others = run
        if others:
            last = others[-1]
            times = first.times + sum(node.times for node in others)
            first = added([first, *others])._replace(times=times, last=last.last or last.path)
        result.append(first)
    return result


def added(equal: list[Node]) -> Node:
    """The first of equal nodes with the metrics of all."""
    children = tuple(added(list(same)) for same in zip(*(node.children for node in equal), strict=True))
    return equal[0]._replace(metrics=summed(node.metrics for node in equal), children=children)


def signature(node: Node) -> Any:
    """What makes two nodes equal: the same ops on the same shapes, in the same order and groups; passes that share are equal to none."""
    own = node.path if node.shared else ""
    return (
        node.kind,
        own,
        nest(node),
        [
            (
                layer.path.removeprefix(node.path),
                layer.op,
                layer.attributes,
                layer.every_input,
                layer.output,
                layer.metrics["params"] // (node.times if layer.copies is None else max(layer.copies, 1)),
                layer.copies is None,
            )
            for layer in node.layers
        ],
    )


def nest(node: Node) -> tuple[Any, ...]:
    """How the groups in a node stand in each other."""
    return tuple((child.kind, nest(child)) for child in node.children)


def gathered(nodes: tuple[Node, ...], most: int) -> tuple[Node, ...]:
    """Nodes that stand beside each other, neighbours of more than so many in runs of equal length: `conv1…conv100`."""
    size = -(-len(nodes) // most)
    if size < 2:
        return nodes
    return tuple(run(nodes[at : at + size]) for at in range(0, len(nodes), size))


def run(nodes: tuple[Node, ...]) -> Node:
    """Neighbours as one node."""
    first, last = nodes[0], nodes[-1]
    if first is last:
        return first
    layers = tuple(layer for node in nodes for layer in node.layers)
    return Node(first.path, RUN, 1, summed([node.metrics for node in nodes]), layers, nodes, last.last or last.path)


def lines(top: tuple[Node, ...], depth: int) -> list[Line]:
    """The lines of a tree, as deep as `depth`."""
    found: list[Line] = []
    walk(top, depth, "", (), found)
    return found


def walk(level: tuple[Node, ...], depth: int, prefix: str, ends: tuple[bool, ...], found: list[Line]) -> None:
    for place, node in enumerate(level):
        here = (*ends, place == len(level) - 1)
        found.append(Line(label(node, prefix), len(ends), node, here))
        if len(here) < depth:
            walk(node.children, depth, node.path + ".", here, found)


def label(node: Node, prefix: str) -> str:
    """The node's name within its parent, and the last one where several were folded."""
    name = node.path.removeprefix(prefix)
    if node.path + "." == prefix:
        name = node.kind  # the join of a named group's paths
    if not node.last:
        return name
    first, last = name.partition("-")[0], node.last.removeprefix(prefix)
    return f"{first}-{last.rpartition('-')[2]}" if first.isdecimal() else f"{first}…{last}"


def owner(node: Node) -> str:
    """The layer or call whose parameters all of a node's layers use; empty where some have their own."""
    names = [str(layer.attributes["weights"]).split(".") for layer in node.layers if "weights" in layer.attributes]
    if not names or node.metrics["params"] or node.metrics["buffers"]:
        return ""
    shortest = min(names, key=len)
    same = [part for place, part in enumerate(shortest) if all(name[: place + 1] == shortest[: place + 1] for name in names)]
    return ".".join(same) or "others"


def leaves(model: ModelReport) -> list[Line]:
    """A line a layer, its whole path."""
    return [Line(layer.path, 0, branch(layer.path, layer.op, layer.times, [layer], ())) for layer in model.layers]


def by_op(model: ModelReport) -> list[Line]:
    """A line an op, dearest first."""
    ops: dict[str, list[LayerReport]] = {}
    for layer in model.layers:
        ops.setdefault(layer.op, []).append(layer)
    found = [
        Line(op, 0, group_sum(op, sum(layer.times for layer in layers), [layer.metrics for layer in layers])) for op, layers in ops.items()
    ]
    return sorted(found, key=lambda line: (-line.node.metrics["macs"], -line.node.metrics["params"]))


def ordered(found: list[Line], key: str, ascending: bool) -> list[Line]:
    """Lines by a metric, equal ones in their own order."""
    return sorted(found, key=lambda line: line.node.amount(key), reverse=not ascending)


def top(found: list[Line], most: int) -> list[Line]:
    """The first lines, and one for the rest with its sums."""
    if len(found) <= most:
        return found
    rest = found[most:]
    return [*found[:most], Line(f"{len(rest)} more", 0, group_sum("", 1, [line.node.metrics for line in rest]))]
