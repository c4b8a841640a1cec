"""If and Loop: what is in them is counted, and no branch is chosen in silence."""

from __future__ import annotations

from convcalc.core.ops import build
from convcalc.errors import Refusal
from convcalc.interop.assembly import Value, view
from convcalc.interop.onnx.graph import Graph as Inner
from convcalc.interop.onnx.graph import Node
from convcalc.interop.onnx.lower import Graph


def branches(graph: Graph, node: Node, inputs: list[Value]) -> list[Value]:
    """An If: the branch that holds where its condition is known, else both, their MACs told."""
    then, other = (inner_of(node, key) for key in ("then_branch", "else_branch"))
    known = inputs[0].array
    if known is not None and known.data:
        return graph.inside(then if known.data[0] else other, {})
    found, macs = [], []
    for inner in (then, other):
        before = len(graph.layers)
        found.append(graph.inside(inner, {}))
        macs.append(graph.macs_since(before))
    graph.told.append(f"{node.shown}: both branches are counted, {macs[0]:,} MACs where it holds and {macs[1]:,} where it does not")
    return [either(graph, node, name, a, b) for name, a, b in zip(node.outputs, *found, strict=False)]


def either(graph: Graph, node: Node, name: str, a: Value, b: Value) -> Value:
    """What one of two branches gives: of equal sizes, or of those that the file states."""
    dims = a.dims if a.dims == b.dims else graph.sizes_stated(name)
    if dims is None:
        raise Refusal("bad-model", "its branches give other sizes, and the file states none")
    reads = [(value, view(value.dims)) for value in (a, b)]
    return graph.layer(node, build("copy", {"out": view(dims), "of": node.op}), reads, dims)


def loop(graph: Graph, node: Node, inputs: list[Value]) -> list[Value]:
    """A Loop: its body as often as it runs where that is known, else once, which is told; sizes are those of its first pass."""
    body = inner_of(node, "body")
    carried = len(inputs) - 2
    if carried < 0 or len(body.inputs) < 2 + carried or len(body.outputs) < 1 + carried:
        raise Refusal("bad-model", "its body has other inputs than it")
    trips = times_of(inputs[0], inputs[1])
    if trips == 0:
        return inputs[2:]
    names = list(body.inputs)
    given = {names[0]: Value((), floating=False), names[1]: inputs[1]}
    given |= {name: value._replace(array=None) for name, value in zip(names[2:], inputs[2:], strict=False)}
    condition, *outs = graph.inside(body, given, trips or 1)
    if trips is None:
        graph.told.append(f"{node.shown}: its body is counted once, since how often it runs is not known")
    elif condition.array is None or not all(condition.array.data):
        graph.told.append(f"{node.shown}: its body is counted {trips:,} times, the most that it runs")
    scanned = [stacked(graph, node, name, value, trips) for name, value in zip(node.outputs[carried:], outs[carried:], strict=False)]
    return [*outs[:carried], *scanned]


def times_of(limit: Value, condition: Value) -> int | None:
    """How often a loop runs at most; None where nobody knows."""
    if condition.array is not None and condition.array.data and not condition.array.data[0]:
        return 0
    return int(limit.array.data[0]) if limit.array is not None and limit.array.data else None


def stacked(graph: Graph, node: Node, name: str, value: Value, trips: int | None) -> Value:
    """What all passes give, one after the other."""
    dims = (trips, *value.dims) if trips is not None else graph.sizes_stated(name)
    if dims is None:
        raise Refusal("bad-model", "how often it runs is not known, and the file does not state the sizes of what it gives")
    return graph.layer(node, build("copy", {"out": view(dims), "of": node.op}), [(value, view(value.dims))], dims)


def inner_of(node: Node, key: str) -> Inner:
    inner = node.attributes.get(key)
    if not isinstance(inner, Inner):
        raise Refusal("bad-model", f"it has no {key}")
    return inner
