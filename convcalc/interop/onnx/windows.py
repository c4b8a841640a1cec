"""Pools, resizing and sampling of ONNX as layers, and the windows that convolutions have too."""

from __future__ import annotations

from typing import Any

from convcalc.core.ops import build
from convcalc.core.shape import Features, Map
from convcalc.core.size import ceil_div
from convcalc.errors import Refusal
from convcalc.interop.assembly import Dims, Value, image
from convcalc.interop.onnx.graph import Node
from convcalc.interop.onnx.lower import Graph, Rule


def pads_of(node: Node, sizes: Dims, kernel: Dims, stride: Dims, dilation: Dims) -> tuple[tuple[int, int], ...]:
    """Zeros before and after, an axis: as stated, none, or so that the output is ⌈size / stride⌉."""
    axes, auto = len(kernel), node.attributes.get("auto_pad", "NOTSET")
    pads = node.attributes.get("pads") or [0] * (2 * axes)
    if auto in ("NOTSET", "VALID", ""):
        return tuple((pads[axis], pads[axis + axes]) if auto != "VALID" else (0, 0) for axis in range(axes))
    found = []
    for n, k, s, d in zip(sizes, kernel, stride, dilation, strict=True):
        zeros = max((ceil_div(n, s) - 1) * s + d * (k - 1) + 1 - n, 0)
        found.append((zeros // 2, zeros - zeros // 2) if auto == "SAME_UPPER" else (zeros - zeros // 2, zeros // 2))
    return tuple(found)


def window_of(node: Node, x: Map, kernel: Dims) -> dict[str, Any]:
    """The attributes of a sliding window."""
    axes = len(x.spatial)
    stride = tuple(node.attributes.get("strides") or [1] * axes)
    dilation = tuple(node.attributes.get("dilations") or [1] * axes)
    return {"kernel": kernel, "stride": stride, "padding": pads_of(node, x.spatial, kernel, stride, dilation), "dilation": dilation}


def pool(name: str) -> Rule:
    def rule(graph: Graph, node: Node, inputs: list[Value]) -> list[Value]:
        x = inputs[0]
        shape, kernel = image(x.dims), tuple(node.attributes["kernel_shape"])
        op = build(name, {**window_of(node, shape, kernel), "ceil": bool(node.attributes.get("ceil_mode"))})
        out = op.out_shape(shape)
        return [graph.layer(node, op, [(x, shape)], (x.dims[0], *out.sizes), out, (), x.dims[0])]

    return rule


def global_pool(name: str) -> Rule:
    def rule(graph: Graph, node: Node, inputs: list[Value]) -> list[Value]:
        x, op = inputs[0], build(name, {})
        shape = image(x.dims)
        out = op.out_shape(shape)
        return [graph.layer(node, op, [(x, shape)], (x.dims[0], *out.sizes), out, (), x.dims[0])]

    return rule


def resize(graph: Graph, node: Node, inputs: list[Value]) -> list[Value]:
    """To sizes, or by scales; what is not nearest is linear."""
    x = inputs[0]
    scales, sizes = (inputs[place].array if len(inputs) > place else None for place in ((1, 9) if node.op == "Upsample" else (2, 3)))
    if sizes is not None and sizes.data:
        dims = tuple(int(size) for size in sizes.data)
    elif scales is not None and scales.data:
        dims = tuple(int(size * scale) for size, scale in zip(x.dims, scales.data, strict=True))
    else:
        raise Refusal("bad-model", "its sizes are not known")
    shape = image(x.dims)
    if dims[:2] != x.dims[:2]:
        raise Refusal("bad-model", "it resizes the channels")
    linear = {1: "linear", 2: "bilinear", 3: "trilinear"}[len(shape.spatial)]
    op = build("upsample", {"size": dims[2:], "mode": "nearest" if node.attributes.get("mode", "nearest") == "nearest" else linear})
    return [graph.layer(node, op, [(x, shape)], dims, Map(dims[1], dims[2:]), (), x.dims[0])]


def grid_sample(graph: Graph, node: Node, inputs: list[Value]) -> list[Value]:
    x, grid = inputs
    dims = (*x.dims[:2], *grid.dims[1:-1])
    op = build("grid_sample", {"mode": "nearest" if node.attributes.get("mode") == "nearest" else "bilinear"})
    return [graph.layer(node, op, [(x, image(x.dims)), (grid, Features(grid.dims[1:]))], dims)]
