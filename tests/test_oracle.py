"""The formulas against nested loops that really slide the window and count."""

from __future__ import annotations

from itertools import product
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from convcalc.core.ops import build
from convcalc.core.shape import Features, Map, Tensor

small = st.integers(1, 3)


@st.composite
def windows(draw: st.DrawFn, axes: int) -> dict[str, Any]:
    """A window with one kernel, stride, padding and dilation an axis."""

    def per_axis(least: int, most: int) -> tuple[int, ...]:
        return tuple(draw(st.integers(least, most)) for _ in range(axes))

    padding = tuple((draw(st.integers(0, 2)), draw(st.integers(0, 2))) for _ in range(axes))
    return {"kernel": per_axis(1, 3), "stride": per_axis(1, 3), "padding": padding, "dilation": per_axis(1, 2)}


@st.composite
def cases(draw: st.DrawFn) -> tuple[tuple[int, ...], dict[str, Any]]:
    """A map of 1 to 3 axes and a window that fits it."""
    axes = draw(st.integers(1, 3))
    window = draw(windows(axes))
    reach = [d * (k - 1) + 1 for k, d in zip(window["kernel"], window["dilation"], strict=True)]
    least = [max(1, r - p[0] - p[1]) for r, p in zip(reach, window["padding"], strict=True)]
    return tuple(n + draw(st.integers(0, 3)) for n in least), window


def positions(size: int, kernel: int, stride: int, padding: tuple[int, int], dilation: int) -> int:
    """How often a window fits along an axis: try each start."""
    last = size + padding[1] - dilation * (kernel - 1) - 1
    return len(list(range(-padding[0], last + 1, stride)))


def slid(spatial: tuple[int, ...], window: dict[str, Any]) -> tuple[int, ...]:
    columns = zip(spatial, *(window[key] for key in ("kernel", "stride", "padding", "dilation")), strict=True)
    return tuple(positions(*column) for column in columns)


def taps(kernel: tuple[int, ...]) -> int:
    return len(list(product(*(range(k) for k in kernel))))


@given(cases(), small, small, small, st.booleans())
def test_convolution(case: Any, per_group_in: int, per_group_out: int, groups: int, bias: bool) -> None:
    """Each output channel at each position multiplies every tap of every channel of its group."""
    spatial, window = case
    cin, cout = per_group_in * groups, per_group_out * groups
    out = slid(spatial, window)
    multiplications = weights = 0
    for channel in range(cout):
        group = channel // per_group_out
        seen = [c for c in range(cin) if c // per_group_in == group]
        weights += len(seen) * taps(window["kernel"])
        for _ in product(*(range(n) for n in out)):
            for _ in seen:
                multiplications += taps(window["kernel"])
    op = build("conv", {"cout": cout, **window, "groups": groups, "bias": bias})
    cost = op.cost(Map(cin, spatial))
    assert op.out_shape(Map(cin, spatial)) == Map(cout, out)
    assert cost.macs == multiplications
    assert cost.params == weights + (cout if bias else 0)
    assert cost.activations == cost.written == cout * len(list(product(*(range(n) for n in out))))
    assert cost.adds == (cost.activations if bias else 0)


@given(cases(), small, small, st.booleans())
def test_depthwise_convolution_is_a_convolution_with_as_many_groups_as_channels(
    case: Any, channels: int, multiplier: int, bias: bool
) -> None:
    """depthwise_conv costs what conv with groups = cin does."""
    spatial, window = case
    x = Map(channels, spatial)
    depthwise = build("depthwise_conv", {**window, "multiplier": multiplier, "bias": bias})
    grouped = build("conv", {"cout": channels * multiplier, **window, "groups": channels, "bias": bias})
    assert depthwise.out_shape(x) == grouped.out_shape(x)
    assert depthwise.cost(x) == grouped.cost(x)


@given(cases(), small, small, small, st.data())
def test_transposed_convolution(case: Any, per_group_in: int, per_group_out: int, groups: int, data: st.DataObject) -> None:
    """Each input element meets every tap of every output channel of its group; the output holds all that is written, less the padding."""
    spatial, window = case
    extra = tuple(data.draw(st.integers(0, 1)) for _ in spatial)
    out = []
    for n, k, s, p, d, e in zip(spatial, window["kernel"], window["stride"], window["padding"], window["dilation"], extra, strict=True):
        written = {start * s + tap * d for start in range(n) for tap in range(k)}
        out.append(max(written) + 1 + e - p[0] - p[1])
    cin, cout = per_group_in * groups, per_group_out * groups
    multiplications = 0
    for _ in range(cin):
        for _ in product(*(range(n) for n in spatial)):
            for _ in range(per_group_out):
                multiplications += taps(window["kernel"])
    if min(out) < 1:
        return
    op = build("conv_transpose", {"cout": cout, **window, "output_padding": extra, "groups": groups})
    assert op.out_shape(Map(cin, spatial)) == Map(cout, tuple(out))
    assert op.cost(Map(cin, spatial)).macs == multiplications
    assert op.cost(Map(cin, spatial)).params == cin * per_group_out * taps(window["kernel"])


@given(cases(), small, st.sampled_from(["max_pool", "avg_pool"]))
def test_pooling(case: Any, channels: int, name: str) -> None:
    """A maximum of K elements takes K − 1 comparisons; an average K − 1 adds and a division."""
    spatial, window = case
    out = slid(spatial, window)
    values = steps = 0
    for _ in range(channels):
        for _ in product(*(range(n) for n in out)):
            values += 1
            steps += taps(window["kernel"]) - 1
    op = build(name, window)
    cost = op.cost(Map(channels, spatial))
    assert op.out_shape(Map(channels, spatial)) == Map(channels, out)
    assert (cost.comparisons, cost.adds, cost.divisions) == ((steps, 0, 0) if name == "max_pool" else (0, steps, values))


@given(st.integers(1, 12), st.integers(1, 4), st.integers(1, 4), st.integers(0, 2))
def test_ceil_mode(size: int, kernel: int, stride: int, padding: int) -> None:
    """ceil adds a last window that is not whole, unless it would start in the end padding (PyTorch's rule)."""
    if size + 2 * padding < kernel or padding > kernel // 2:
        return
    starts = [start for start in range(0, size + 2 * padding, stride) if start - stride + kernel < size + 2 * padding or start == 0]
    starts = [start for start in starts if start < size + padding]
    op = build("max_pool", {"kernel": (kernel,), "stride": (stride,), "padding": ((padding, padding),), "dilation": (1,), "ceil": True})
    assert op.out_shape(Map(1, (size,))).sizes[1] == len(starts)


@given(st.lists(st.tuples(st.integers(1, 9), st.integers(1, 9)), min_size=1, max_size=3), small)
def test_adaptive_pooling(axes: list[tuple[int, int]], channels: int) -> None:
    """Window i spans ⌊i·n/m⌋ … ⌈(i+1)·n/m⌉; every element of every window is read."""
    spatial, out = tuple(n for n, _ in axes), tuple(m for _, m in axes)
    spans = [[-(-(i + 1) * n // m) - i * n // m for i in range(m)] for n, m in axes]
    elements = values = 0
    for window in product(*spans):
        size = 1
        for length in window:
            size *= length
        elements += size
        values += 1
    cost = build("adaptive_avg_pool", {"size": out}).cost(Map(channels, spatial))
    assert cost.adds == channels * (elements - values)
    assert cost.divisions == channels * values


@given(st.lists(st.integers(1, 4), min_size=1, max_size=3), small, st.booleans())
def test_linear(sizes: list[int], cout: int, bias: bool) -> None:
    """Each output of each position multiplies every input channel."""
    multiplications = 0
    for _ in product(*(range(n) for n in sizes[:-1])):
        for _ in range(cout):
            multiplications += sizes[-1]
    cost = build("linear", {"cout": cout, "bias": bias}).cost(Features(tuple(sizes)))
    assert cost.macs == multiplications
    assert cost.params == sum(1 for _ in product(range(sizes[-1]), range(cout))) + (cout if bias else 0)


@given(st.lists(st.integers(1, 3), min_size=0, max_size=2), small, small, small, st.booleans())
def test_matmul(stack: list[int], n: int, k: int, m: int, transpose: bool) -> None:
    """Each of n·m outputs of each matrix multiplies k pairs."""
    multiplications = 0
    for _ in product(*(range(s) for s in stack)):
        for _ in product(range(n), range(m)):
            multiplications += k
    second = (m, k) if transpose else (k, m)
    op = build("matmul", {"transpose": transpose})
    inputs = Features((*stack, n, k)), Features((*stack, *second))
    assert op.out_shape(*inputs) == Features((*stack, n, m))
    assert op.cost(*inputs).macs == multiplications


@given(small, small, small, small, st.booleans(), st.booleans())
def test_attention_is_its_parts(tokens: int, others: int, heads: int, width: int, bias: bool, cross: bool) -> None:
    """Four linear layers and, a head, the two products QKᵀ and AV."""
    channels = heads * width
    x = Features((tokens, channels))
    y = Features((others, channels)) if cross else x
    linear = build("linear", {"cout": channels, "bias": bias})
    projections = [linear.cost(x), linear.cost(y), linear.cost(y), linear.cost(x)]
    query, key = Features((heads, tokens, width)), Features((heads, y.sizes[0], width))
    scores = build("matmul", {"transpose": True})
    mixed = build("matmul", {}).cost(scores.out_shape(query, key), key)
    cost = build("attention", {"heads": heads, "qkv_bias": bias, "out_bias": bias}).cost(*((x, y) if cross else (x,)))
    assert cost.macs == sum(p.macs for p in projections) + scores.cost(query, key).macs + mixed.macs
    assert cost.params == sum(p.params for p in projections)
    assert cost.activations == sum(p.activations for p in projections)


@given(cases())
def test_same_padding_gives_the_ceiling(case: Any) -> None:
    """`same` makes an output of ⌈size / stride⌉, and the padding that reports show makes the same output."""
    from convcalc.core.ops.sliding_window import same_padding

    spatial, window = case
    symbolic = build("conv", {"cout": 1, **window, "padding": "same"})
    rows = zip(spatial, window["kernel"], window["stride"], window["dilation"], strict=True)
    shown = build("conv", {"cout": 1, **window, "padding": tuple(same_padding(*row) for row in rows)})
    expected = tuple(len(range(0, n, s)) for n, s in zip(spatial, window["stride"], strict=True))
    assert symbolic.out_shape(Map(1, spatial)).sizes[1:] == expected
    assert shown.out_shape(Map(1, spatial)).sizes[1:] == expected


@given(small, st.lists(st.integers(1, 3), min_size=1, max_size=3), small, st.sampled_from(["nearest", "weighted"]))
def test_upsampling(channels: int, spatial: list[int], factor: int, mode: str) -> None:
    """Linear interpolation weighs two neighbours along each axis."""
    axes = len(spatial)
    name = {1: "linear", 2: "bilinear", 3: "trilinear"}[axes] if mode == "weighted" else "nearest"
    op = build("upsample", {"factor": (factor,) * axes, "mode": name})
    out = channels * len(list(product(*(range(n * factor) for n in spatial))))
    multiplies = out * len(list(product(range(2), repeat=axes))) if mode == "weighted" else 0
    cost = op.cost(Map(channels, tuple(spatial)))
    assert cost.written == out
    assert (cost.multiplies, cost.adds) == (multiplies, multiplies - out if multiplies else 0)


# Attention, windows, einsums and recurrence, multiplied out


@st.composite
def attentions(draw: st.DrawFn) -> dict[str, int]:
    """Sizes of an attention: groups, queries, keys, channels of both inputs, heads, heads of keys, width of a head, channels out."""
    kv_heads = draw(small)
    found = {name: draw(small) for name in ("groups", "queries", "keys", "channels", "context", "width", "cout")}
    return {**found, "kv_heads": kv_heads, "heads": kv_heads * draw(small)}


@given(attentions(), st.booleans(), st.booleans())
def test_attention_multiplied_out(sizes: dict[str, int], qkv_bias: bool, out_bias: bool) -> None:
    """Every product of every projection, score and mixture, of each group; keys and values have fewer heads."""
    s = sizes
    macs = biases = 0
    for _ in range(s["groups"]):
        projections = (
            (s["queries"], s["heads"], s["channels"]),
            (s["keys"], s["kv_heads"], s["context"]),
            (s["keys"], s["kv_heads"], s["context"]),
        )
        for tokens, heads, channels in projections:
            for _ in product(range(tokens), range(heads * s["width"])):
                macs += channels
                biases += qkv_bias
        for _ in product(range(s["heads"]), range(s["queries"]), range(s["keys"])):
            macs += 2 * s["width"]  # a score, and a value weighed
        for _ in product(range(s["queries"]), range(s["cout"])):
            macs += s["heads"] * s["width"]
            biases += out_bias
    op = build(
        "attention",
        {
            **{name: s[name] for name in ("heads", "kv_heads", "cout")},
            "dim": s["heads"] * s["width"], "qkv_bias": qkv_bias, "out_bias": out_bias,
        },
    )  # fmt: skip
    inputs = Tensor((s["groups"], s["queries"], s["channels"])), Tensor((s["groups"], s["keys"], s["context"]))
    cost = op.cost(*inputs)
    scores = s["groups"] * s["heads"] * s["queries"] * s["keys"]
    rows = s["groups"] * s["heads"] * s["queries"]
    assert op.out_shape(*inputs) == Tensor((s["groups"], s["queries"], s["cout"]))
    assert (cost.macs, cost.adds - (2 * scores - rows)) == (macs, biases)


@given(st.integers(1, 7), st.integers(1, 7), st.integers(1, 3), st.integers(1, 3), small, st.integers(0, 2))
def test_window_attention_is_attention_in_each_window(h: int, w: int, size: int, heads: int, width: int, shift: int) -> None:
    """Windows tile the padded map; each has an attention of its own, and one table of biases for all: a number a head and offset."""
    x = Map(heads * width, (h, w))
    grouped = build("windows", {"size": (size, size), "shift": (shift, shift)}).out_shape(x)
    corners = list(product(range(0, h, size), range(0, w, size)))
    tokens = list(product(range(size), repeat=2))
    offsets = {(a[0] - b[0], a[1] - b[1]) for a in tokens for b in tokens}
    assert grouped == Tensor((len(corners), len(tokens), x.channels))
    one = build("attention", {"heads": heads}).cost(Features((len(tokens), x.channels)))
    cost = build("attention", {"heads": heads, "window": (size, size)}).cost(grouped)
    assert cost.macs == len(corners) * one.macs
    assert cost.params == one.params + len(offsets) * heads
    assert cost.buffers == len(tokens) ** 2
    assert cost.adds == len(corners) * (one.adds + heads * len(tokens) ** 2)


@given(st.permutations("abcd"), st.data())
def test_einsum_multiplied_out(letters: list[str], data: st.DataObject) -> None:
    """Each product of two inputs is a MAC where a letter of both is summed; what one alone has is added up before."""
    left, right = (data.draw(st.lists(st.sampled_from(letters), min_size=1, max_size=3, unique=True)) for _ in range(2))
    out = data.draw(st.lists(st.sampled_from(sorted({*left, *right})), max_size=3, unique=True))
    sizes = {letter: data.draw(small) for letter in letters}
    cost = build("einsum", {"equation": f"{''.join(left)},{''.join(right)}->{''.join(out)}"}).cost(
        Tensor(tuple(sizes[letter] for letter in left)), Tensor(tuple(sizes[letter] for letter in right))
    )
    seen = {(letter, side) for side, term in (("l", left), ("r", right)) for letter in term}
    kept = [letter for letter in letters if letter in out or {(letter, "l"), (letter, "r")} <= seen]
    products = len(list(product(*(range(sizes[letter]) for letter in kept))))
    summed = [letter for letter in kept if letter not in out]
    assert (cost.macs, cost.multiplies) == ((products, 0) if summed else (0, products))


@given(st.sampled_from([("lstm", 4), ("gru", 3), ("rnn", 1)]), small, small, small, small, st.booleans(), st.booleans())
def test_recurrence_step_by_step(
    kind: tuple[str, int], steps: int, channels: int, hidden: int, layers: int, both: bool, bias: bool
) -> None:
    """Each gate of each unit multiplies the input and the state, in each step, direction and layer; two biases a gate and unit."""
    name, gates = kind
    macs = params = 0
    width = channels
    for _ in range(layers):
        for _ in range(2 if both else 1):
            for _ in range(gates * hidden):
                params += width + hidden + 2 * bias
                for _ in range(steps):
                    macs += width + hidden
        width = hidden * (2 if both else 1)
    op = build(name, {"hidden": hidden, "layers": layers, "bidirectional": both, "bias": bias})
    x = Features((steps, channels))
    assert op.out_shape(x) == Features((steps, width))
    assert (op.cost(x).macs, op.cost(x).params) == (macs, params)


@given(cases(), small)
def test_unfold_lays_out_every_tap(case: Any, channels: int) -> None:
    """A column a position, of every tap of every channel; fold adds each of them up."""
    spatial, window = case
    x = Map(channels, spatial)
    columns = build("unfold", window).out_shape(x)
    positions_ = len(list(product(*(range(n) for n in slid(spatial, window)))))
    assert columns == Tensor((channels * taps(window["kernel"]), positions_))
    fold = build("fold", {"size": spatial, **window})
    assert fold.out_shape(columns) == x
    assert fold.cost(columns).adds == columns.elements
