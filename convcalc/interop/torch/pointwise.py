"""Functions of elements, joins, norms and reductions of aten as layers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from convcalc.core.ops import build
from convcalc.core.shape import Map, Tensor
from convcalc.core.size import product
from convcalc.interop.assembly import Dims, Value, image, view
from convcalc.interop.torch.lower import Rule, Run, moved
from convcalc.interop.torch.program import Call, Out

STATISTICS = ("running_mean", "running_var", "num_batches_tracked")


def first(call: Call) -> Out:
    """The first tensor that a call gives."""
    return next(out for out in call.outs if out is not None)


def joined(name: str) -> Rule:
    """A join; learned tensors are a layer's own, a number is a constant."""

    def rule(run: Run, call: Call) -> list[Value]:
        found = joined_of(run, call, name, run.tensors(call), first(call))
        return [found, *(found for _ in call.outs[1:])]

    return rule


def joined_of(run: Run, call: Call, name: str, values: Sequence[Value], out: Out) -> Value:
    """Some values joined, element by element."""
    if len(values) < 2 or any(product(value.dims) == 1 and value.number < 0 and not value.stored for value in values):
        x = max(values, key=lambda value: product(value.dims))
        return run.layer(call, build(name, {"by": 0}), [(x, view(x.dims))], out)  # the figures do not depend on the number
    live = [value for value in values if value.number >= 0]
    own = [value for value in values if value.number < 0]
    if len(live) == len(own) == 1 and name in ("add", "mul") and own[0].floating and own[0].stored and live[0].dims == out.dims:
        sizes = (1,) * (len(out.dims) - len(own[0].dims)) + own[0].dims
        if own[0].stored in run.sizes and product(sizes) == product(run.sizes[own[0].stored]) and out.dims:
            op = build("learned", {"sizes": sizes or (1,), "join": name})
            return run.layer(call, op, [(live[0], Tensor(out.dims))], out, view(out.dims), (own[0],))
    shapes: list[Any] = [view(value.dims) for value in values]
    if len({type(shape) for shape in shapes}) > 1 or len({len(value.dims) for value in values}) > 1:
        shapes = [Tensor((1,) * (len(out.dims) - len(value.dims)) + value.dims or (1,)) for value in values]
    return run.layer(call, build(name, {}), list(zip(values, shapes, strict=True)), out)


def fused(run: Run, call: Call) -> list[Value]:
    """x + y · z, or with a quotient, as the two that it is."""
    x, y, z = run.tensors(call)
    out = first(call)
    inner = joined_of(run, call, "div" if call.op == "addcdiv" else "mul", [y, z], out)
    return [joined_of(run, call, "add", [x, inner], out)]


def gated(run: Run, call: Call) -> list[Value]:
    """Half of the channels as the gate of the other half."""
    x, out = run.tensors(call)[0], first(call)
    half = moved(run, call, "view")[0]
    gate = run.layer(call, build("sigmoid", {}), [(half, view(out.dims))], out.dims)
    return [
        run.layer(call, build("mul", {}), [(x._replace(number=half.number, dims=out.dims), view(out.dims)), (gate, view(out.dims))], out)
    ]


def log_sum(run: Run, call: Call) -> list[Value]:
    """Exponentials, their sum, its logarithm."""
    x = run.tensors(call)[0]
    raised = run.layer(call, build("exp", {}), [(x, view(x.dims))], x.dims)
    [total, *_] = reduced(run, call, "sum", raised)
    return [run.layer(call, build("log", {}), [(total, view(total.dims))], first(call))]


def function(name: str, **attributes: Any) -> Rule:
    """A function of each element."""

    def rule(run: Run, call: Call) -> list[Value]:
        x = run.tensors(call)[0]
        found = run.layer(call, build(name, attributes), [(x, view(x.dims))], first(call))
        return [found, *(found for _ in call.outs[1:])]

    return rule


def gelu(run: Run, call: Call) -> list[Value]:
    return function("gelu_tanh" if call.args.get("approximate") == "tanh" else "gelu")(run, call)


def hardtanh(run: Run, call: Call) -> list[Value]:
    """relu6 where the bounds are 0 and 6."""
    bounds = call.args.get("min_val", -1), call.args.get("max_val", 1)
    return function("relu6" if bounds == (0, 6) else "hardtanh")(run, call)


def clamp(run: Run, call: Call) -> list[Value]:
    """A clip; relu6 where the bounds are 0 and 6, relu where there is but 0."""
    low, high = call.args.get("min"), call.args.get("max")
    if not all(bound is None or isinstance(bound, int | float) for bound in (low, high)):
        return joined("max")(run, call)
    if (low, high) in ((0, 6), (0, None)):
        return function("relu6" if high else "relu")(run, call)
    return function("clip", low=int(low) if low is not None else None, high=int(high) if high is not None else None)(run, call)


def prelu(run: Run, call: Call) -> list[Value]:
    x, slope = run.tensors(call)
    op = build("prelu", {"per_channel": product(slope.dims) > 1})
    return [run.layer(call, op, [(x, view(x.dims))], None, None, (slope,))]


def softmax(run: Run, call: Call) -> list[Value]:
    x = run.tensors(call)[0]
    length = x.dims[call.args["dim"]] if x.dims else 1
    shape = Tensor((product(x.dims) // max(length, 1), length))
    return [run.layer(call, build("softmax", {}), [(x, shape)])]


# Norms


def outputs(run: Run, call: Call, found: Value) -> list[Value]:
    """A norm's output, and its statistics, which nobody counts."""
    rest = call._replace(args={}, outs=call.outs[1:])
    return [found, *(moved(run, rest, "copy") if any(out is not None and product(out.dims) for out in rest.outs) else ())]


def batch_norm(run: Run, call: Call) -> list[Value]:
    x, weight, bias = run.value(call, "input"), run.value(call, "weight"), run.value(call, "bias")
    assert x is not None
    shape = image(x.dims) if len(x.dims) > 2 else view(x.dims)
    op = build("batch_norm", {"affine": weight is not None})
    found = run.layer(call, op, [(x, shape)], first(call), shape, (weight, bias), x.dims[0] if len(x.dims) > 2 else 1)
    module = call.ref("running_mean").rpartition(".")[0]
    run.with_norms |= {".".join(filter(None, (module, word))): found.number for word in STATISTICS}
    return outputs(run, call, found)


def layer_norm(run: Run, call: Call) -> list[Value]:
    """Over the last axes; a norm without a shift is one without parameters, times a learned factor."""
    x, weight, bias = run.value(call, "input"), run.value(call, "weight"), run.value(call, "bias")
    assert x is not None
    length = product(call.args["normalized_shape"])
    shape = Tensor((product(x.dims) // max(length, 1), length))
    out = first(call)
    whole = weight is not None and bias is not None
    op = build("layer_norm", {"affine": whole})
    found = run.layer(call, op, [(x, shape)], out, None, (weight, bias) if whole else ())
    if weight is not None and not whole:
        found = joined_of(run, call, "mul", [found, weight], out)
    return outputs(run, call, found)


def rms_norm(run: Run, call: Call) -> list[Value]:
    """Squares, their mean, its root, and a learned factor."""
    x, weight, out = run.value(call, "input"), run.value(call, "weight"), first(call)
    assert x is not None
    axes = len(call.args["normalized_shape"])
    squares = run.layer(call, build("mul", {"by": 1}), [(x, view(x.dims))], x.dims)
    kept = (*x.dims[:-axes], *(1,) * axes)
    places = tuple(range(len(x.dims) - axes, len(x.dims)))
    mean = run.layer(call, build("mean", {"axes": places, "keep": True}), [(squares, Tensor(x.dims))], kept)
    root = run.layer(call, build("rsqrt", {}), [(mean, Tensor(kept))], kept)
    found = run.layer(call, build("mul", {}), [(x, Tensor(x.dims)), (root, Tensor(kept))], out)
    return [joined_of(run, call, "mul", [found, weight], out) if weight is not None else found]


def group_norm(run: Run, call: Call) -> list[Value]:
    x, weight, bias = run.value(call, "input"), run.value(call, "weight"), run.value(call, "bias")
    assert x is not None
    groups = call.args.get("num_groups", call.args.get("group"))
    shape = image(x.dims) if len(x.dims) > 2 else view(x.dims)
    op = build("group_norm", {"groups": groups, "affine": weight is not None})
    return outputs(run, call, run.layer(call, op, [(x, shape)], first(call), shape, (weight, bias), x.dims[0] if len(x.dims) > 2 else 1))


def instance_norm(run: Run, call: Call) -> list[Value]:
    x, weight, bias = run.value(call, "input"), run.value(call, "weight"), run.value(call, "bias")
    assert x is not None
    op = build("instance_norm", {"affine": weight is not None})
    return [run.layer(call, op, [(x, image(x.dims))], None, image(x.dims), (weight, bias), x.dims[0])]


# Reductions


def axes_of(call: Call, rank: int) -> list[int]:
    """The axes that go."""
    given = call.args.get("dim")
    if given is None or given == []:
        return list(range(rank))
    return sorted({axis % rank for axis in ([given] if isinstance(given, int) else given)}) if rank else []


def reduction(name: str) -> Rule:
    """Over axes; the mean over all of a map's is its global average pool. Of two tensors `max` is a join."""

    def rule(run: Run, call: Call) -> list[Value]:
        tensors = run.tensors(call)
        if len(tensors) > 1:
            return joined(name)(run, call)
        return [*reduced(run, call, name, tensors[0]), *(value for out in call.outs[1:] for value in [Value(out.dims if out else ())])]

    return rule


def reduced(run: Run, call: Call, name: str, x: Value) -> list[Value]:
    """One value of all along some axes; places beside them, where there are such, are the same layer's."""
    rank, out = len(x.dims), first(call)
    axes = axes_of(call, rank)
    keep = len(out.dims) == rank
    if name == "mean" and rank >= 4 and axes == list(range(2, rank)) and x.dims[0] == 1:
        shape = image(x.dims)
        return [run.layer(call, build("global_avg_pool", {}), [(x, shape)], out, Map(shape.channels, (1,) * len(shape.spatial)))]
    if not axes:
        return [x]
    found = run.layer(call, build(name, {"axes": tuple(axes), "keep": keep}), [(x, Tensor(x.dims))], out)
    return [found, *(found for _ in call.outs[1:])]


def centred(run: Run, call: Call, x: Value) -> tuple[Value, Dims]:
    """Squared distances from the mean along axes, and the sizes of one value for all along them."""
    axes = axes_of(call, len(x.dims))
    kept = tuple(1 if axis in axes else size for axis, size in enumerate(x.dims))
    mean = run.layer(call, build("mean", {"axes": tuple(axes), "keep": True}), [(x, Tensor(x.dims))], kept)
    apart = run.layer(call, build("sub", {}), [(x, Tensor(x.dims)), (mean, Tensor(kept))], x.dims)
    return run.layer(call, build("mul", {"by": 1}), [(apart, view(x.dims))], x.dims), mean.dims


def spread(run: Run, call: Call) -> list[Value]:
    """A variance or its root, with the mean where the op gives it too."""
    x = run.tensors(call)[0]
    squares, _ = centred(run, call, x)
    [found, *_] = reduced(run, call, "mean", squares)
    if call.op.startswith("std"):
        found = run.layer(call, build("sqrt", {}), [(found, view(found.dims))], found.dims)
    return [found, *(found for _ in call.outs[1:])]


def vector_norm(run: Run, call: Call) -> list[Value]:
    """Squares, their sum, a root."""
    x = run.tensors(call)[0]
    squares = run.layer(call, build("mul", {"by": 1}), [(x, view(x.dims))], x.dims)
    [total, *_] = reduced(run, call, "sum", squares)
    return [run.layer(call, build("sqrt", {}), [(total, view(total.dims))], first(call))]
