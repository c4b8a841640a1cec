"""Pools, resizing and sampling of aten as layers."""

from __future__ import annotations

from convcalc.core.ops import build
from convcalc.core.shape import Features, Map
from convcalc.interop.assembly import Dims, Value, image
from convcalc.interop.torch.lower import Rule, Run, moved
from convcalc.interop.torch.pointwise import first
from convcalc.interop.torch.products import batched, per_axis
from convcalc.interop.torch.program import Call


def axes_in(op: str) -> int:
    """How many spatial axes an op has, as its name says: avg_pool2d."""
    return next(axes for axes in (1, 2, 3) if f"{axes}d" in op)


def pool(name: str) -> Rule:
    def rule(run: Run, call: Call) -> list[Value]:
        axes = axes_in(call.op)
        x = batched(run.tensors(call)[0], axes)
        kernel = per_axis(call.args["kernel_size"], axes)
        stride = per_axis(call.args.get("stride") or kernel, axes)
        padding = tuple((zeros, zeros) for zeros in per_axis(call.args.get("padding", 0), axes))
        dilation = per_axis(call.args.get("dilation", 1), axes)
        attributes = {"kernel": kernel, "stride": stride, "padding": padding, "dilation": dilation}
        op = build(name, {**attributes, "ceil": bool(call.args.get("ceil_mode"))})
        shape = image(x.dims)
        found = run.layer(call, op, [(x, shape)], first(call), op.out_shape(shape), (), x.dims[0])
        return [found, *(found for _ in call.outs[1:])]

    return rule


def adaptive_pool(kind: str) -> Rule:
    """To a size; to one element it is the global pool."""

    def rule(run: Run, call: Call) -> list[Value]:
        axes = axes_in(call.op)
        x = batched(run.tensors(call)[0], axes)
        out = first(call)
        size: Dims = out.dims[-axes:]
        op = build(f"global_{kind}_pool", {}) if set(size) == {1} else build(f"adaptive_{kind}_pool", {"size": size})
        shape = image(x.dims)
        found = run.layer(call, op, [(x, shape)], out, op.out_shape(shape), (), x.dims[0])
        return [found, *(found for _ in call.outs[1:])]

    return rule


def upsample(run: Run, call: Call) -> list[Value]:
    """To the sizes that it gives; what is not nearest is linear."""
    x, out = run.tensors(call)[0], first(call)
    shape = image(x.dims)
    linear = {1: "linear", 2: "bilinear", 3: "trilinear"}[len(shape.spatial)]
    op = build("upsample", {"size": out.dims[2:], "mode": "nearest" if "nearest" in call.op else linear})
    return [run.layer(call, op, [(x, shape)], None, Map(out.dims[1], out.dims[2:]), (), x.dims[0])]


def grid_sample(run: Run, call: Call) -> list[Value]:
    x, grid = run.tensors(call)[:2]
    op = build("grid_sample", {"mode": "nearest" if call.args.get("interpolation_mode") == 1 else "bilinear"})
    return [run.layer(call, op, [(x, image(x.dims)), (grid, Features(grid.dims[1:]))], first(call), None, (), x.dims[0])]


def pixel_shuffle(run: Run, call: Call) -> list[Value]:
    x = run.tensors(call)[0]
    if len(x.dims) != 4:
        return moved(run, call, "copy")
    op = build("pixel_shuffle", {"factor": call.args["upscale_factor"]})
    shape = image(x.dims)
    return [run.layer(call, op, [(x, shape)], None, op.out_shape(shape), (), x.dims[0])]
