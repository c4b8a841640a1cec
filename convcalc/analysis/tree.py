"""A model as people read it: a tree of its groups and layers, equal neighbours folded, totals that add up."""

from __future__ import annotations

from typing import Any

from convcalc.analysis.metrics import ADDITIVE, summed
from convcalc.report.records import Entry, GroupReport, LayerReport, ModelReport, Node

FOLLOWERS = ("norm", "activation")  # rows that belong to the layer whose path they extend


def tree(model: ModelReport) -> tuple[Node, ...]:
    """The top-level nodes of a model."""
    return nodes(model.layers, list(model.groups), 0, len(model.layers))


def nodes(layers: list[LayerReport], groups: list[GroupReport], start: int, stop: int) -> tuple[Node, ...]:
    """The nodes of layers start … stop−1; takes the groups among them, outer ones first, from the list."""
    found: list[Node] = []
    place = start
    while place < stop:
        if groups and groups[0].start == place and groups[0].stop <= stop:
            group = groups.pop(0)
            found.append(group_node(layers, groups, group))
            place = group.stop
            continue
        layer = layers[place]
        end = place + 1
        while end < stop and layers[end].path in {f"{layer.path}.{name}" for name in FOLLOWERS}:
            end += 1
        found.append(branch(layer.path, layer.op, 1, layers[place:end], ()))
        place = end
    return tuple(folded(found))


def group_node(layers: list[LayerReport], groups: list[GroupReport], group: GroupReport) -> Node:
    """A group; the group of a single layer that has its path is that layer."""
    inner = nodes(layers, groups, group.start, group.stop)
    if len(inner) == 1 and inner[0].path == group.path:
        return inner[0]._replace(times=group.times)
    return branch(group.path, group.kind, group.times, layers[group.start : group.stop], inner)


def branch(path: str, kind: str, times: int, layers: list[LayerReport], children: tuple[Node, ...]) -> Node:
    return Node(path, kind, times, summed([layer.metrics for layer in layers]), tuple(layers), children)


def group_sum(label: str, times: int, metrics: list[dict[str, Any]]) -> Node:
    """What has sums but no place in the network."""
    return Node(label, label, times, summed(metrics), (), ())


def folded(found: list[Node]) -> list[Node]:
    """Equal neighbours as one node, their times and metrics summed."""
    result: list[Node] = []
    for node in found:
        before = result[-1] if result else None
        if before is not None and signature(before) == signature(node):
            both = added(before, node)
            result[-1] = both._replace(times=before.times + node.times, last=node.last or node.path)
        else:
            result.append(node)
    return result


def added(a: Node, b: Node) -> Node:
    """A node with the metrics of its equal in a folded neighbour."""
    metrics = {key: a.metrics[key] + b.metrics[key] for key in ADDITIVE}
    return a._replace(metrics=metrics, children=tuple(added(x, y) for x, y in zip(a.children, b.children, strict=True)))


def signature(node: Node) -> Any:
    """What makes two nodes equal: the same ops on the same shapes, in the same order."""
    return node.kind, [
        (layer.path.removeprefix(node.path), layer.op, layer.attributes, layer.inputs, layer.output, layer.metrics["params"] // node.times)
        for layer in node.layers
    ]


def entries(top: tuple[Node, ...], depth: int) -> list[Entry]:
    """The lines of a tree, as deep as `depth`."""
    found: list[Entry] = []
    walk(top, depth, "", (), found)
    return found


def walk(level: tuple[Node, ...], depth: int, prefix: str, ends: tuple[bool, ...], found: list[Entry]) -> None:
    for place, node in enumerate(level):
        here = (*ends, place == len(level) - 1)
        found.append(Entry(label(node, prefix), len(ends), node, here))
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


def leaves(model: ModelReport) -> list[Entry]:
    """A line a layer, its whole path."""
    return [Entry(layer.path, 0, branch(layer.path, layer.op, layer.times, [layer], ())) for layer in model.layers]


def by_op(model: ModelReport) -> list[Entry]:
    """A line an op, dearest first."""
    ops: dict[str, list[LayerReport]] = {}
    for layer in model.layers:
        ops.setdefault(layer.op, []).append(layer)
    found = [
        Entry(op, 0, group_sum(op, sum(layer.times for layer in layers), [layer.metrics for layer in layers])) for op, layers in ops.items()
    ]
    return sorted(found, key=lambda entry: (-entry.node.metrics["macs"], -entry.node.metrics["params"]))


def ordered(found: list[Entry], key: str, ascending: bool) -> list[Entry]:
    """Lines by a metric, equal ones in their own order."""
    return sorted(found, key=lambda entry: entry.node.metrics[key], reverse=not ascending)


def top(found: list[Entry], most: int) -> list[Entry]:
    """The first lines, and one for the rest with its sums."""
    if len(found) <= most:
        return found
    rest = found[most:]
    return [*found[:most], Entry(f"{len(rest)} more", 0, group_sum("", 1, [entry.node.metrics for entry in rest]))]
