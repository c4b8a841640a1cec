"""Convolutions, products and recurrent layers of aten as layers: all that has MACs."""

from __future__ import annotations

from typing import Any

from convcalc.core.ops import build
from convcalc.core.shape import Map, Tensor
from convcalc.interop.assembly import Dims, Value, image, view
from convcalc.interop.torch.lower import Run, moved
from convcalc.interop.torch.pointwise import joined_of
from convcalc.interop.torch.program import Call, Out


def per_axis(value: Any, axes: int) -> Dims:
    """A number an axis, from one for all or a list."""
    if isinstance(value, int):
        return (value,) * axes
    given = tuple(int(size) for size in value)
    return given * axes if len(given) == 1 else given


def batched(value: Value, axes: int) -> Value:
    """What convolutions and pools read: with a batch of one where there is none."""
    return value._replace(dims=(1, *value.dims)) if len(value.dims) == axes + 1 else value


def conv(run: Run, call: Call) -> list[Value]:
    """Convolutions, transposed ones among them."""
    x, w, bias = run.value(call, "input"), run.value(call, "weight"), run.value(call, "bias")
    assert x is not None and w is not None
    axes = len(w.dims) - 2
    x = batched(x, axes)
    shape, groups = image(x.dims), int(call.args.get("groups", 1))
    stride, dilation = per_axis(call.args.get("stride", 1), axes), per_axis(call.args.get("dilation", 1), axes)
    given = call.args.get("padding", 0)
    if isinstance(given, str):
        padding: Any = "same" if given == "same" and set(stride) == {1} else tuple((0, 0) for _ in range(axes))
        if padding == "same":
            reach = [step * (size - 1) for size, step in zip(w.dims[2:], dilation, strict=True)]
            padding = tuple((zeros // 2, zeros - zeros // 2) for zeros in reach)
    else:
        padding = tuple((zeros, zeros) for zeros in per_axis(given, axes))
    attributes = {"kernel": w.dims[2:], "stride": stride, "padding": padding, "dilation": dilation, "bias": bias is not None}
    if "transpose" in call.op or call.args.get("transposed"):
        extra = per_axis(call.args.get("output_padding", 0), axes)
        op = build("conv_transpose", {**attributes, "cout": w.dims[1] * groups, "groups": groups, "output_padding": extra})
    elif groups > 1 and groups == shape.channels and w.dims[0] % groups == 0:
        op = build("depthwise_conv", {**attributes, "multiplier": w.dims[0] // groups})
    else:
        op = build("conv", {**attributes, "cout": w.dims[0], "groups": groups})
    out = op.out_shape(shape)
    return [run.layer(call, op, [(x, shape)], None, out, (w, bias), x.dims[0])]


def deform_conv(run: Run, call: Call) -> list[Value]:
    """A convolution whose taps a map of offsets moves, and a mask weighs where it is used."""
    values = [run.value(call, key) for key in ("input", "offset", *(["mask"] if call.args.get("use_mask", True) else []))]
    w, bias = run.value(call, "weight"), run.value(call, "bias")
    maps = [value for value in values if value is not None]
    assert w is not None
    pairs = {name: (call.args[f"{key}_h"], call.args[f"{key}_w"]) for name, key in (("stride", "stride"), ("dilation", "dilation"))}
    padding = tuple((zeros, zeros) for zeros in (call.args["pad_h"], call.args["pad_w"]))
    attributes = {"cout": w.dims[0], "kernel": w.dims[2:], **pairs, "padding": padding, "groups": call.args.get("groups", 1)}
    op = build("deform_conv", {**attributes, "bias": bias is not None})
    shapes = [image(value.dims) for value in maps]
    out = op.out_shape(*shapes)
    return [run.layer(call, op, list(zip(maps, shapes, strict=True)), None, Map(*out), (w, bias), maps[0].dims[0])]


def linear(run: Run, call: Call) -> list[Value]:
    x, w, bias = run.value(call, "input"), run.value(call, "weight"), run.value(call, "bias")
    assert x is not None and w is not None
    op = build("linear", {"cout": w.dims[0], "bias": bias is not None})
    return [run.layer(call, op, [(x, seen(x.dims))], None, None, (w, bias))]


def seen(dims: Dims) -> Any:
    """Sizes whose last one are the channels of a product."""
    return view(dims) if len(dims) <= 3 else Tensor(dims)


def by_stored(run: Run, call: Call, a: Value, b: Value, bias: Value | None, out: Out) -> Value | None:
    """A product with stored weights of two axes as a linear layer."""
    if not (b.stored and b.number < 0 and len(b.dims) == 2 and a.number >= 0 and len(a.dims) >= 2):
        return None
    own = bias is None or (bias.stored and bias.number < 0 and bias.dims == (b.dims[1],))
    op = build("linear", {"cout": b.dims[1], "bias": bias is not None})
    return run.layer(call, op, [(a, seen(a.dims))], out, None, (b, bias)) if own else None


def product_of(run: Run, call: Call, a: Value, b: Value, dims: Dims) -> Value:
    left, right = (1, *a.dims) if len(a.dims) == 1 else a.dims, (*b.dims, 1) if len(b.dims) == 1 else b.dims
    return run.layer(call, build("matmul", {}), [(a, Tensor(left)), (b, Tensor(right))], dims)


def matmul(run: Run, call: Call) -> list[Value]:
    """Products of two tensors."""
    a, b = run.tensors(call)[:2]
    out = call.outs[0]
    assert out is not None
    return [by_stored(run, call, a, b, None, out) or product_of(run, call, a, b, out.dims)]


def addmm(run: Run, call: Call) -> list[Value]:
    """A product with something added to it; a vector of stored weights is its bias."""
    c, a, b = run.tensors(call)[:3]
    out = call.outs[0]
    assert out is not None
    found = by_stored(run, call, a, b, c, out)
    if found is not None:
        return [found]
    return [joined_of(run, call, "add", [product_of(run, call, a, b, out.dims), c], out)]


def einsum(run: Run, call: Call) -> list[Value]:
    """An einsum of one or two inputs; an ellipsis is written out."""
    values, equation = run.tensors(call), call.args["equation"].replace(" ", "")
    if len(values) > 2:
        return run.unknown(call)
    terms, arrow, out = equation.partition("->")
    if not arrow:
        letters = terms.replace(",", "")
        out = "".join(sorted(letter for letter in set(letters) if letters.count(letter) == 1))
    spare = [letter for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ" if letter not in equation]
    written = []
    most = max((len(value.dims) - len(term.replace("...", "")) for term, value in zip(terms.split(","), values, strict=True)), default=0)
    for term, value in zip(terms.split(","), values, strict=True):
        missing = len(value.dims) - len(term.replace("...", ""))
        written.append(term.replace("...", "".join(spare[most - missing : most])))
    op = build("einsum", {"equation": f"{','.join(written)}->{out.replace('...', ''.join(spare[:most]))}"})
    return [run.layer(call, op, [(value, Tensor(value.dims)) for value in values])]


def attention(run: Run, call: Call) -> list[Value]:
    """Scores, their softmax, and the product with the values; a mask is added to the scores."""
    q, k, v = (run.value(call, key) for key in ("query", "key", "value"))
    mask = run.value(call, "attn_mask") or run.value(call, "attn_bias")
    out = call.outs[0]
    assert q is not None and k is not None and v is not None and out is not None
    lead, steps, keys = q.dims[:-2], q.dims[-2], k.dims[-2]
    share = [(q, Tensor(q.dims)), (k, Tensor((*lead, *k.dims[-2:])))]  # fewer heads of keys stand for all of a group
    scores = run.layer(call, build("matmul", {"transpose": True}), share, (*lead, steps, keys))
    if mask is not None:
        scores = joined_of(run, call, "add", [scores, mask], Out("", (*lead, steps, keys), True))
    shares = run.layer(call, build("softmax", {}), [(scores, Tensor(scores.dims))], scores.dims)
    reads = [(shares, Tensor(shares.dims)), (v, Tensor((*lead, *v.dims[-2:])))]
    return [run.layer(call, build("matmul", {}), reads, out), *(Value(()) for _ in call.outs[1:])]


def recurrent(run: Run, call: Call) -> list[Value]:
    """LSTM, GRU and RNN over T×N×I; the last states are views of it."""
    x = run.value(call, "input")
    weights = [run.values[ref.name] for ref in call.args.get("params") or ()]
    if x is None or len(x.dims) != 3 or not weights:
        return run.unknown(call)
    directions = 2 if call.args["bidirectional"] else 1
    per = len(weights) // (directions * call.args["num_layers"])
    hidden, bias = weights[1].dims[1], bool(call.args["has_biases"])
    if per != (4 if bias else 2):
        return run.unknown(call)  # with a projection of its states
    steps, batch = (x.dims[1], x.dims[0]) if call.args["batch_first"] else x.dims[:2]
    name = "rnn" if call.op.startswith("rnn") else call.op
    op = build(name, {"hidden": hidden, "layers": call.args["num_layers"], "bidirectional": directions == 2, "bias": bias})
    inner = Tensor((steps, batch, x.dims[2]))
    out = run.layer(call, op, [(x, inner)], None, Tensor((steps, batch, directions * hidden)), weights)
    states = call._replace(args={"of": call.args["input"]}, outs=call.outs[1:])
    return [out, *moved(run, states, "view")]
