"""Ops of ONNX that give elements other places and compute nothing."""

from __future__ import annotations

from itertools import accumulate

from convcalc.core.ops import build
from convcalc.core.shape import Map, Tensor
from convcalc.core.size import product
from convcalc.errors import Refusal
from convcalc.interop.arrays import broadcast
from convcalc.interop.assembly import Value, image, view
from convcalc.interop.onnx.constants import axes_of, axis_of, bounds, clipped, reshaped_dims, split_sizes, squeezed, unsqueezed
from convcalc.interop.onnx.graph import Node
from convcalc.interop.onnx.lower import Graph, Rule, moved


def alias(graph: Graph, node: Node, inputs: list[Value]) -> list[Value]:
    """The same value: nothing is done, or nothing that costs."""
    return [inputs[0]]


def reshape(graph: Graph, node: Node, inputs: list[Value]) -> list[Value]:
    x = inputs[0]
    array = inputs[1].array if len(inputs) > 1 else None
    wanted = list(node.attributes["shape"]) if len(inputs) < 2 else [int(size) for size in array.data] if array is not None else None
    if wanted is None:
        raise Refusal("bad-model", "its sizes are not known")
    dims = reshaped_dims(x.dims, wanted, bool(node.attributes.get("allowzero")))
    return [moved(graph, node, [x], dims, "view")]


def flatten(graph: Graph, node: Node, inputs: list[Value]) -> list[Value]:
    x, axis = inputs[0], axis_of(node, len(inputs[0].dims), 1)
    return [moved(graph, node, [x], (product(x.dims[:axis]), product(x.dims[axis:])), "view")]


def with_axes(graph: Graph, node: Node, inputs: list[Value]) -> list[Value]:
    """Squeeze and Unsqueeze: other sizes of the same value."""
    axes = axes_of(node, [value.array for value in inputs], 1)
    x = inputs[0]
    dims = unsqueezed(x.dims, axes or []) if node.op == "Unsqueeze" else squeezed(x.dims, axes)
    return [x._replace(dims=dims, array=None)]


def transpose(graph: Graph, node: Node, inputs: list[Value]) -> list[Value]:
    x = inputs[0]
    order = node.attributes.get("perm") or list(range(len(x.dims)))[::-1]
    return [moved(graph, node, [x], tuple(x.dims[axis] for axis in order), "view", order=tuple(order))]


def concat(graph: Graph, node: Node, inputs: list[Value]) -> list[Value]:
    axis, first = axis_of(node, len(inputs[0].dims)), inputs[0].dims
    if any(value.dims[:axis] + value.dims[axis + 1 :] != first[:axis] + first[axis + 1 :] for value in inputs):
        raise Refusal("shape-mismatch", "all sizes but those along the axis must be equal")
    dims = (*first[:axis], sum(value.dims[axis] for value in inputs), *first[axis + 1 :])
    shapes = [view(value.dims) for value in inputs]
    if axis == 1 and all(isinstance(shape, Map) for shape in shapes):
        op = build("concat", {"axis": "c"})
    else:
        op, shapes = build("concat", {"axis": axis}), [Tensor(value.dims) for value in inputs]
    return [graph.layer(node, op, list(zip(inputs, shapes, strict=True)), dims)]


def slices(graph: Graph, node: Node, inputs: list[Value]) -> list[Value]:
    x = inputs[0]
    dims, taken = list(x.dims), list[tuple[int, ...]]()
    for axis, start, end, step in bounds(node, [value.array for value in inputs], len(dims)):
        places = range(dims[axis])[slice(start, clipped(end, step), step)]
        taken.append((axis, places.start) if step == 1 else (axis, places.start, step))
        dims[axis] = len(places)
    return [moved(graph, node, [x], tuple(dims), "view", start=taken[0] if len(taken) == 1 else ())]


def split(graph: Graph, node: Node, inputs: list[Value]) -> list[Value]:
    x = inputs[0]
    axis = axis_of(node, len(x.dims))
    sizes = split_sizes(node, [value.array for value in inputs], x.dims[axis])
    starts = accumulate(sizes[:-1], initial=0)
    return [
        moved(graph, node, [x], (*x.dims[:axis], size, *x.dims[axis + 1 :]), "view", start=(axis, start))
        for size, start in zip(sizes, starts, strict=True)
    ]


def gather(graph: Graph, node: Node, inputs: list[Value]) -> list[Value]:
    x, index = inputs[:2]
    axis = axis_of(node, len(x.dims))
    single = index.array is not None and not index.dims
    start = (axis, int(index.array.data[0]) % x.dims[axis]) if single and index.array is not None else ()
    return [moved(graph, node, [x, index], (*x.dims[:axis], *index.dims, *x.dims[axis + 1 :]), "copy", start=start)]


def gather_nd(graph: Graph, node: Node, inputs: list[Value]) -> list[Value]:
    x, index = inputs[:2]
    depth = index.dims[-1] + node.attributes.get("batch_dims", 0)
    return [moved(graph, node, [x, index], (*index.dims[:-1], *x.dims[depth:]), "copy")]


def filled(graph: Graph, node: Node, inputs: list[Value]) -> list[Value]:
    """ConstantOfShape: weights of a model without them where a layer has it as such, else one number everywhere."""
    array, value = inputs[0].array, node.attributes.get("value")
    if array is None:
        raise Refusal("bad-model", "its sizes are not known")
    floating = value is None or value.floating
    return [Value(tuple(int(size) for size in array.data), -1, node.outputs[0] if floating else "", False)]


def expand(graph: Graph, node: Node, inputs: list[Value]) -> list[Value]:
    array = inputs[1].array
    if array is None:
        raise Refusal("bad-model", "its sizes are not known")
    return [moved(graph, node, inputs[:1], broadcast(inputs[0].dims, tuple(int(size) for size in array.data)), "copy")]


def tile(graph: Graph, node: Node, inputs: list[Value]) -> list[Value]:
    array = inputs[1].array
    if array is None:
        raise Refusal("bad-model", "its repeats are not known")
    return [moved(graph, node, inputs[:1], tuple(size * int(n) for size, n in zip(inputs[0].dims, array.data, strict=True)), "copy")]


def pad(graph: Graph, node: Node, inputs: list[Value]) -> list[Value]:
    x, rank = inputs[0], len(inputs[0].dims)
    array = inputs[1].array if len(inputs) > 1 else None
    pads = list(node.attributes.get("pads") or ()) if array is None else [int(size) for size in array.data]
    axes = inputs[3].array if len(inputs) > 3 else None
    chosen = [int(axis) % rank for axis in axes.data] if axes is not None else list(range(rank))
    if len(pads) != 2 * len(chosen):
        raise Refusal("bad-model", "its padding is not known")
    dims = list(x.dims)
    for place, axis in enumerate(chosen):
        dims[axis] += pads[place] + pads[place + len(chosen)]
    if not any(pads):
        return [x]
    half = len(pads) // 2
    around = {axis: (pads[place], pads[place + half]) for place, axis in enumerate(chosen) if pads[place] or pads[place + half]}
    if 3 <= rank <= 5 and min(around) > 1 and min(pads) >= 0:
        shape = image(x.dims)
        op = build("pad", {"padding": tuple(around.get(axis, (0, 0)) for axis in range(2, rank))})
        return [graph.layer(node, op, [(x, shape)], tuple(dims), op.out_shape(shape), (), x.dims[0])]
    return [moved(graph, node, [x], tuple(dims), "copy")]


def depth_to_space(graph: Graph, node: Node, inputs: list[Value]) -> list[Value]:
    n, c, h, w = inputs[0].dims
    r = node.attributes["blocksize"]
    return [moved(graph, node, inputs[:1], (n, c // (r * r), h * r, w * r), "copy")]


def space_to_depth(graph: Graph, node: Node, inputs: list[Value]) -> list[Value]:
    n, c, h, w = inputs[0].dims
    r = node.attributes["blocksize"]
    return [moved(graph, node, inputs[:1], (n, c * r * r, h // r, w // r), "copy")]


def as_input(place: int) -> Rule:
    """A copy of the sizes of an input."""
    return lambda graph, node, inputs: [moved(graph, node, inputs, inputs[place].dims, "copy")]


def quantise(graph: Graph, node: Node, inputs: list[Value]) -> list[Value]:
    """DynamicQuantizeLinear: the same value as whole numbers, their scale and zero point."""
    return [inputs[0], *(moved(graph, node, inputs, (), "copy") for _ in range(2))]


def top_k(graph: Graph, node: Node, inputs: list[Value]) -> list[Value]:
    """The k largest along an axis, and their places."""
    x, number = inputs[0], inputs[1].array
    if number is None:
        raise Refusal("bad-model", "its k is not known")
    axis = axis_of(node, len(x.dims), -1)
    dims = (*x.dims[:axis], int(number.data[0]), *x.dims[axis + 1 :])
    return [moved(graph, node, [x], dims, "copy") for _ in node.outputs]


def where(graph: Graph, node: Node, inputs: list[Value]) -> list[Value]:
    return [moved(graph, node, inputs, broadcast(*(value.dims for value in inputs)), "copy")]


def column_to_image(graph: Graph, node: Node, inputs: list[Value]) -> list[Value]:
    x, image_, block = inputs[0], inputs[1].array, inputs[2].array
    assert image_ is not None and block is not None
    taps = product(int(size) for size in block.data)
    return [moved(graph, node, [x], (x.dims[0], x.dims[1] // taps, *(int(size) for size in image_.data)), "copy")]
