"""Functions of elements, joins and norms of ONNX as layers."""

from __future__ import annotations

from typing import Any

from convcalc.core.ops import build
from convcalc.core.shape import Map, Tensor
from convcalc.core.size import product
from convcalc.interop.arrays import broadcast
from convcalc.interop.assembly import Dims, Value, image, view
from convcalc.interop.onnx.constants import axes_of, axis_of
from convcalc.interop.onnx.graph import Node
from convcalc.interop.onnx.lower import Graph, Rule


def elementwise(name: str) -> Rule:
    """A join; stored numbers are learned, a single one is a constant."""

    def rule(graph: Graph, node: Node, inputs: list[Value]) -> list[Value]:
        dims = broadcast(*(value.dims for value in inputs))
        live = [value for value in inputs if value.number >= 0]
        others = [value for value in inputs if value.number < 0]
        if len(live) == 1 and len(others) == 1:
            return [beside(graph, node, name, live[0], others[0], dims)]
        shapes = [view(value.dims) for value in inputs]
        if len({type(shape) for shape in shapes}) > 1 or len({len(value.dims) for value in inputs}) > 1:
            shapes = [Tensor((1,) * (len(dims) - len(value.dims)) + value.dims or (1,)) for value in inputs]
        return [graph.layer(node, build(name, {}), list(zip(inputs, shapes, strict=True)), dims)]

    return rule


def beside(graph: Graph, node: Node, name: str, x: Value, other: Value, dims: Dims) -> Value:
    """A value joined with a stored one."""
    full = Tensor(dims or (1,))
    if product(other.dims) == 1:
        number = other.array.data[0] if other.array is not None else None
        by = number if isinstance(number, int) else 0  # the figures do not depend on it
        return graph.layer(node, build(name, {"by": by}), [(x, view(x.dims))], dims)
    if name in ("add", "mul") and other.floating and other.stored and x.dims == dims:
        sizes = (1,) * (len(dims) - len(other.dims)) + other.dims
        op = build("learned", {"sizes": sizes, "join": name})
        return graph.layer(node, op, [(x, full)], dims, view(dims), (other,))
    shapes = [Tensor((1,) * (len(dims) - len(value.dims)) + value.dims) for value in (x, other)]
    return graph.layer(node, build(name, {}), list(zip((x, other), shapes, strict=True)), dims)


def function(name: str, **attributes: Any) -> Rule:
    """A function of each element."""

    def rule(graph: Graph, node: Node, inputs: list[Value]) -> list[Value]:
        x = inputs[0]
        return [graph.layer(node, build(name, attributes), [(x, view(x.dims))], x.dims)]

    return rule


def gelu(graph: Graph, node: Node, inputs: list[Value]) -> list[Value]:
    return function("gelu_tanh" if node.attributes.get("approximate") == "tanh" else "gelu")(graph, node, inputs)


def clip(graph: Graph, node: Node, inputs: list[Value]) -> list[Value]:
    """relu6 where the bounds are 0 and 6, relu where there is but 0."""

    def bound(place: int, key: str) -> Any:
        if len(inputs) > place and node.inputs[place]:
            array = inputs[place].array
            return array.data[0] if array is not None and array.data else 0
        return node.attributes.get(key)

    low, high = bound(1, "min"), bound(2, "max")
    name = "relu6" if (low, high) == (0, 6) else "relu" if low == 0 and high is None else "clip"
    attributes = {"low": int(low) if low is not None else None, "high": int(high) if high is not None else None} if name == "clip" else {}
    return function(name, **attributes)(graph, node, inputs)


def prelu(graph: Graph, node: Node, inputs: list[Value]) -> list[Value]:
    x, slope = inputs
    op = build("prelu", {"per_channel": product(slope.dims) > 1})
    return [graph.layer(node, op, [(x, view(x.dims))], x.dims, None, (slope,))]


def softmax(graph: Graph, node: Node, inputs: list[Value]) -> list[Value]:
    """Along an axis; before opset 13 along all from it on."""
    x = inputs[0]
    old = graph.model.opsets.get("", 0) < 13
    axis = axis_of(node, len(x.dims), 1 if old else -1)
    length = product(x.dims[axis:]) if old else x.dims[axis]
    shape = Tensor((product(x.dims) // max(length, 1), length))
    return [graph.layer(node, build("softmax", {}), [(x, shape)], x.dims)]


def compared(graph: Graph, node: Node, inputs: list[Value]) -> list[Value]:
    """A comparison, or logic: a truth an element."""
    [found] = elementwise("max")(graph, node, inputs)
    return [found._replace(floating=False)]


def batch_norm(graph: Graph, node: Node, inputs: list[Value]) -> list[Value]:
    x, scale = inputs[0], inputs[1]
    shape = image(x.dims) if len(x.dims) > 2 else view(x.dims)
    weights = tuple(inputs[1:3])
    times = x.dims[0] if len(x.dims) > 2 else 1
    return [graph.layer(node, build("batch_norm", {"affine": bool(scale.stored)}), [(x, shape)], x.dims, shape, weights, times)]


def instance_norm(graph: Graph, node: Node, inputs: list[Value]) -> list[Value]:
    x = inputs[0]
    return [
        graph.layer(
            node, build("instance_norm", {"affine": True}), [(x, image(x.dims))], x.dims, image(x.dims), tuple(inputs[1:3]), x.dims[0]
        )
    ]


def group_norm(graph: Graph, node: Node, inputs: list[Value]) -> list[Value]:
    x, op = inputs[0], build("group_norm", {"groups": node.attributes["num_groups"], "affine": True})
    return [graph.layer(node, op, [(x, image(x.dims))], x.dims, image(x.dims), tuple(inputs[1:3]), x.dims[0])]


def layer_norm(graph: Graph, node: Node, inputs: list[Value]) -> list[Value]:
    """Over the axes from one on; a norm without a shift is one without parameters, times a learned factor."""
    x = inputs[0]
    axis = axis_of(node, len(x.dims), -1)
    length = product(x.dims[axis:])
    shape = Tensor((product(x.dims) // max(length, 1), length))
    if len(inputs) > 2 and inputs[2].dims:
        return [graph.layer(node, build("layer_norm", {"affine": True}), [(x, shape)], x.dims, None, tuple(inputs[1:3]))]
    found = graph.layer(node, build("layer_norm", {"affine": False}), [(x, shape)], x.dims)
    return elementwise("mul")(graph, node, [found, inputs[1]])


def local_response_norm(graph: Graph, node: Node, inputs: list[Value]) -> list[Value]:
    x = inputs[0]
    return [
        graph.layer(
            node,
            build("local_response_norm", {"size": node.attributes["size"]}),
            [(x, image(x.dims))],
            x.dims,
            image(x.dims),
            (),
            x.dims[0],
        )
    ]


def reduction(name: str) -> Rule:
    """Over axes; the mean over all of a map's is its global average pool."""

    def rule(graph: Graph, node: Node, inputs: list[Value]) -> list[Value]:
        x, rank = inputs[0], len(inputs[0].dims)
        given = axes_of(node, [value.array for value in inputs], 1)
        if not given and node.attributes.get("noop_with_empty_axes"):
            return [x]
        axes = sorted({axis % rank for axis in given}) if given else list(range(rank))
        keep = bool(node.attributes.get("keepdims", 1))
        dims = tuple(1 if axis in axes else size for axis, size in enumerate(x.dims) if keep or axis not in axes)
        if name == "mean" and rank >= 4 and axes == list(range(2, rank)) and x.dims[0] == 1:
            shape = image(x.dims)
            return [graph.layer(node, build("global_avg_pool", {}), [(x, shape)], dims, Map(shape.channels, (1,) * len(shape.spatial)))]
        return [graph.layer(node, build(name, {"axes": tuple(axes), "keep": keep}), [(x, Tensor(x.dims))], dims)]

    return rule


def place_of(name: str) -> Rule:
    """ArgMax and ArgMin: the place of the extreme along an axis."""

    def rule(graph: Graph, node: Node, inputs: list[Value]) -> list[Value]:
        axis = axis_of(node, len(inputs[0].dims))
        found = node._replace(attributes={"axes": [axis], "keepdims": node.attributes.get("keepdims", 1)})
        return [value._replace(floating=False) for value in reduction(name)(graph, found, inputs[:1])]

    return rule


def norm_over(graph: Graph, node: Node, inputs: list[Value]) -> list[Value]:
    """ReduceL2: squares, their sum, a root."""
    x = inputs[0]
    squares = graph.layer(node, build("mul", {"by": 1}), [(x, view(x.dims))], x.dims)
    [total] = reduction("sum")(graph, node, [squares, *inputs[1:]])
    return [graph.layer(node, build("sqrt", {}), [(total, view(total.dims))], total.dims)]
