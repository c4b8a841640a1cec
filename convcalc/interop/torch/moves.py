"""Ops of aten that give elements other places and compute nothing."""

from __future__ import annotations

from itertools import accumulate

from convcalc.core.ops import build
from convcalc.core.shape import Map, Tensor
from convcalc.interop.assembly import Dims, Value, image, view
from convcalc.interop.torch.lower import Run, moved
from convcalc.interop.torch.pointwise import first
from convcalc.interop.torch.program import Call


def alias(run: Run, call: Call) -> list[Value]:
    """The same value: nothing is done, or nothing that costs."""
    found = run.tensors(call)[:1]
    return [*found, *(found[0] for _ in call.outs[1:])] if found else moved(run, call, "copy")


def same(run: Run, call: Call) -> list[Value]:
    """Other sizes of the same value."""
    return [run.tensors(call)[0]._replace(dims=first(call).dims)]


def viewed(run: Run, call: Call) -> list[Value]:
    return moved(run, call, "view")


def copied(run: Run, call: Call) -> list[Value]:
    return moved(run, call, "copy")


def filled(run: Run, call: Call) -> list[Value]:
    """Numbers that are made; a tensor among the arguments gives its sizes alone."""
    return moved(run, call._replace(args={}), "copy")


def permuted(run: Run, call: Call) -> list[Value]:
    rank = len(first(call).dims)
    return moved(run, call, "view", order=tuple(axis % rank for axis in call.args["dims"]))


def swapped(run: Run, call: Call) -> list[Value]:
    """Two axes in each other's place."""
    order = list(range(len(first(call).dims)))
    if order:
        a, b = (call.args[key] for key in (("dim0", "dim1") if "dim0" in call.args else ("axis0", "axis1")))
        order[a], order[b] = order[b], order[a]
    return moved(run, call, "view", order=tuple(order))


def turned(run: Run, call: Call) -> list[Value]:
    """A matrix turned over."""
    rank = len(first(call).dims)
    return moved(run, call, "view", order=tuple(range(rank))[::-1] if rank == 2 else ())


def selected(run: Run, call: Call) -> list[Value]:
    x = run.tensors(call)[0]
    axis = call.args["dim"] % len(x.dims)
    return moved(run, call, "view", start=(axis, call.args["index"] % x.dims[axis]))


def sliced(run: Run, call: Call) -> list[Value]:
    """A run of one axis; all of it is the same value."""
    x, out = run.tensors(call)[0], first(call)
    if x.dims == out.dims:
        return [x]
    axis, begin = call.args.get("dim", 0) % len(x.dims), call.args.get("start") or 0
    if not isinstance(begin, int):
        return moved(run, call, "view")
    begin, step = max(begin + x.dims[axis], 0) if begin < 0 else begin, call.args.get("step", 1)
    return moved(run, call, "view", start=(axis, begin) if step == 1 else (axis, begin, step))


def split(run: Run, call: Call) -> list[Value]:
    """Runs of one axis, one after the other."""
    x = run.tensors(call)[0]
    axis = call.args.get("dim", 0) % len(x.dims)
    lengths = [1 if call.op == "unbind" or out is None else out.dims[axis] for out in call.outs]
    starts = accumulate(lengths[:-1], initial=0)
    return [moved(run, call._replace(outs=(out,)), "view", start=(axis, start))[0] for out, start in zip(call.outs, starts, strict=True)]


def cat(run: Run, call: Call) -> list[Value]:
    values = [value for value in run.tensors(call) if 0 not in value.dims]
    axis = call.args.get("dim", 0) % len(first(call).dims)
    shapes = [view(value.dims) for value in values]
    if axis == 1 and all(isinstance(shape, Map) for shape in shapes):
        op = build("concat", {"axis": "c"})
    else:
        op, shapes = build("concat", {"axis": axis}), [Tensor(value.dims) for value in values]
    return [run.layer(call, op, list(zip(values, shapes, strict=True)))] if len(values) > 1 else values


def pad(run: Run, call: Call) -> list[Value]:
    """Zeros, or copies, around a map."""
    x, out = run.tensors(call)[0], first(call)
    pads: Dims = tuple(call.args.get("pad") or call.args.get("padding") or ())
    if not any(pads):
        return [x]
    rank = len(x.dims)
    around = {rank - 1 - place: (pads[2 * place], pads[2 * place + 1]) for place in range(len(pads) // 2)}
    if 3 <= rank <= 5 and min(pads) >= 0 and all(axis > 1 or around[axis] == (0, 0) for axis in around):
        shape = image(x.dims)
        op = build("pad", {"padding": tuple(around.get(axis, (0, 0)) for axis in range(2, rank))})
        return [run.layer(call, op, [(x, shape)], out, op.out_shape(shape), (), x.dims[0])]
    return moved(run, call, "copy")


def roll(run: Run, call: Call) -> list[Value]:
    """Elements moved round along some axes."""
    dims = first(call).dims
    shift = [0] * len(dims)
    for axis, places in zip(call.args.get("dims") or (), call.args["shifts"], strict=False):
        shift[axis] = places % dims[axis]
    return moved(run, call, "copy", shift=tuple(shift))
