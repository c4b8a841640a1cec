"""Formulas with symbols, then with a layer's own numbers, then the result."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from convcalc.core.ops import TRAITS
from convcalc.core.ops.sliding_window import same_padding
from convcalc.core.shape import Map
from convcalc.core.trace import Row
from convcalc.record import NamedTuple
from convcalc.report.results import Formula


class Factor(NamedTuple):
    """A symbol and the number it stands for, as text where that reads better: k² and 3²."""

    symbol: str
    value: int
    text: str = ""

    @property
    def shown(self) -> str:
        return self.text or str(self.value)


Product = tuple[Factor, ...]


def summed(quantity: str, terms: list[Product]) -> Formula:
    """A formula that is a sum of products."""
    symbols = " + ".join("·".join(factor.symbol for factor in term) for term in terms)
    numbers = " + ".join("·".join(factor.shown for factor in term) for term in terms)
    return Formula(quantity, symbols, numbers, sum(times(term) for term in terms))


def times(term: Product) -> int:
    """The product of a term."""
    result = 1
    for factor in term:
        result *= factor.value
    return result


def kernel_factors(kernel: tuple[int, ...]) -> Product:
    """k² for a square kernel, else one factor an axis; none for 1×1."""
    axes = len(kernel)
    if all(size == kernel[0] for size in kernel):
        power = {1: "", 2: "²", 3: "³"}[axes]
        return (Factor(f"k{power}", kernel[0] ** axes, f"{kernel[0]}{power}"),) if kernel[0] > 1 else ()
    names = ("kd", "kh", "kw")[-axes:]
    return tuple(Factor(name, size) for name, size in zip(names, kernel, strict=True))


def position_factors(shape: Any, suffix: str = "") -> Product:
    """Positions of a map, H·W; of features, all axes but the channels."""
    if isinstance(shape, Map):
        names = ("D", "H", "W")[-len(shape.spatial) :]
        return tuple(Factor(f"{name}{suffix}", size) for name, size in zip(names, shape.spatial, strict=True))
    return tuple(Factor(f"N{suffix}", size) for size in shape.sizes[:-1])


def channel_factor(channels: int, groups: int) -> Factor:
    """Cin, or Cin/g."""
    return Factor("Cin", channels) if groups == 1 else Factor("(Cin/g)", channels // groups, f"({channels}/{groups})")


class Terms(NamedTuple):
    """What a layer's MACs, weights and biases are sums of; `values` are inner values that it makes and keeps to itself."""

    macs: list[Product]
    weights: list[Product]
    biases: list[Product]
    values: dict[str, Product] = {}


def layer_terms(row: Row, cin: str = "Cin", cout: str = "Cout") -> Terms | None:
    """The terms of a layer that has MACs; None for any other.

    `cin` and `cout` are the symbols for its channels, where it is one of several layers.
    """
    found = TERMS.get(row.op.name)
    return found(row, cin, cout) if found else None


def weighted_terms(row: Row, weights: Product, positions: Product, cout: str) -> Terms:
    """A weight works at each position, and there is a bias an output channel."""
    op: Any = row.op
    return Terms([(*positions, *weights)], [weights], [(Factor(cout, row.output.channels),)] if op.bias else [])


def linear_terms(row: Row, cin: str, cout: str) -> Terms:
    weights: Product = (Factor(cin, row.inputs[0].channels), Factor(cout, row.output.channels))
    return weighted_terms(row, weights, position_factors(row.output), cout)


def conv_terms(row: Row, cin: str, cout: str) -> Terms:
    op: Any = row.op
    source = channel_factor(row.inputs[0].channels, op.groups)
    source = source._replace(symbol=source.symbol.replace("Cin", cin))
    weights = (source, Factor(cout, row.output.channels), *kernel_factors(op.kernel))
    return weighted_terms(row, weights, position_factors(row.output), cout)


def depthwise_terms(row: Row, cin: str, cout: str) -> Terms:
    op: Any = row.op
    out = row.output.channels
    alone = (Factor(cout, out), *kernel_factors(op.kernel))
    shared = Factor(f"({cout}/heads)", out // op.heads, f"({out}/{op.heads})")
    once = alone if op.heads == 1 else (shared, *kernel_factors(op.kernel))
    return Terms([(*position_factors(row.output), *alone)], [once], [once[:1]] if op.bias else [])


def transposed_terms(row: Row, cin: str, cout: str) -> Terms:
    op: Any = row.op
    target = Factor(cout, op.cout) if op.groups == 1 else Factor(f"({cout}/g)", op.cout // op.groups, f"({op.cout}/{op.groups})")
    weights = (Factor(cin, row.inputs[0].channels), target, *kernel_factors(op.kernel))
    return weighted_terms(row, weights, position_factors(row.inputs[0]), cout)


def matmul_terms(row: Row, cin: str, cout: str) -> Terms:
    inner = Factor("K", row.inputs[0].channels)
    return Terms([(*position_factors(row.output), inner, Factor("M", row.output.channels))], [], [])


def einsum_terms(row: Row, cin: str, cout: str) -> Terms | None:
    """A product over the letters that work together; none where nothing is contracted."""
    op: Any = row.op
    if not row.cost.macs:
        return None
    return Terms([tuple(Factor(letter, size) for letter, size in op.contracted(row.inputs).items())], [], [])


def custom_terms(row: Row, cin: str, cout: str) -> Terms:
    op: Any = row.op
    return Terms([(Factor("MACs as stated", op.macs),)], [(Factor("parameters as stated", op.params),)], [])


def attention_terms(row: Row, cin: str, cout: str) -> Terms:
    """Four projections and two products (Vaswani et al. 2017); a symbol of its own for what differs from C, N and the heads."""
    op: Any = row.op
    s = op.sizes(row.inputs)
    groups = (Factor("L", s.groups),) if s.groups != 1 else ()
    n, m, c, two = Factor("N", s.queries), Factor("M", s.keys), Factor("C", s.channels), Factor("2", 2)
    d = Factor("D", s.inner) if s.inner != s.channels else c
    k = Factor("Dkv", s.inner_keys) if s.inner_keys != s.inner else d
    y = Factor("C′", s.context) if s.context != s.channels else c
    o = Factor("Cout", s.cout) if s.cout != s.channels else c
    values = {
        "queries": (*groups, n, d),
        "keys": (*groups, m, k),
        "values": (*groups, m, k),
        "scores": (*groups, Factor("heads", op.heads), n, m),
    }
    if c == d == k == y == o:
        macs: list[Product] = [(*groups, two, n, c, c), (*groups, two, m, c, c), (*groups, two, n, m, c)]
        weights: list[Product] = [(Factor("4", 4), c, c)]
    else:
        macs = [(*groups, n, c, d), (*groups, two, m, y, k), (*groups, n, d, o), (*groups, two, n, m, d)]
        weights = [(c, d), (two, y, k), (d, o)]
    if op.window is not None:
        weights.append((*(Factor("(2w − 1)", 2 * size - 1, f"(2·{size} − 1)") for size in op.window), Factor("heads", op.heads)))
    if op.cosine:
        weights.append((Factor("heads", op.heads),))
    if op.qkv_bias and op.out_bias and c == d == k == o:
        return Terms(macs, weights, [(Factor("4", 4), c)], values)
    return Terms(macs, weights, [*([(d,), (two, k)] if op.qkv_bias else []), *([(o,)] if op.out_bias else [])], values)


def recurrent_terms(row: Row, cin: str, cout: str) -> Terms:
    """A step of the first layer and of the others, a direction each: gates · hidden · (inputs + hidden)."""
    op: Any = row.op
    (first, directions), (_, others) = op.parts(row.inputs[0])
    steps = position_factors(row.inputs[0])
    units = (Factor("gates", first[0][0] // op.hidden), Factor("H", op.hidden))
    way = (Factor("dir", directions),) if directions > 1 else ()

    def sums(front: Product) -> list[Product]:
        found = [(*front, *way, *units, Factor("C", row.inputs[0].channels)), (*front, *way, *units, Factor("H", op.hidden))]
        if others:
            behind = (*front, Factor("(layers − 1)", op.layers - 1), *way, *units)
            found += [(*behind, *way, Factor("H", op.hidden)), (*behind, Factor("H", op.hidden))]
        return found

    layers = (Factor("layers", op.layers),) if others else ()
    biases = [(Factor("2", 2), *layers, *way, *units)] if op.bias else []
    return Terms(sums(steps), sums(()), biases, {"states": (*steps, *layers, *way, Factor("H", op.hidden))})


TERMS: dict[str, Callable[[Row, str, str], Terms | None]] = {
    "conv": conv_terms,
    "deform_conv": conv_terms,
    "depthwise_conv": depthwise_terms,
    "conv_transpose": transposed_terms,
    "linear": linear_terms,
    "matmul": matmul_terms,
    "einsum": einsum_terms,
    "attention": attention_terms,
    "lstm": recurrent_terms,
    "gru": recurrent_terms,
    "rnn": recurrent_terms,
    "custom": custom_terms,
}


def size_formulas(row: Row) -> list[Formula]:
    """How the output's spatial sizes come about, an axis; one line where all axes are alike."""
    op: Any = row.op
    shape, out = row.inputs[0] if row.inputs else None, row.output
    if not hasattr(op, "kernel") or not isinstance(shape, Map) or not isinstance(out, Map):
        return []
    found = []
    for axis, name in enumerate(("D", "H", "W")[-len(shape.spatial) :]):
        found.append(axis_formula(op, axis, f"{name}out", name, shape.spatial[axis], out.spatial[axis]))
    alike = len({formula[2:] for formula in found}) == 1
    return [found[0]._replace(quantity=" = ".join(formula.quantity for formula in found))] if alike and len(found) > 1 else found


def axis_formula(op: Any, axis: int, quantity: str, name: str, size: int, out: int) -> Formula:
    """Length of one axis of the output."""
    k, s, d = op.kernel[axis], op.stride[axis], op.dilation[axis]
    if TRAITS[op.name].field == "spread":
        if op.padding == "same":
            return Formula(quantity, f"{name}·s", f"{size}·{s}", out)
        before, after = op.padding[axis]
        symbols = f"({name} − 1)·s − p − p′ + d·(k − 1) + e + 1"
        return Formula(quantity, symbols, f"({size} − 1)·{s} − {before} − {after} + {d}·({k} − 1) + {op.output_padding[axis]} + 1", out)
    before, after = same_padding(size, k, s, d) if op.padding == "same" else op.padding[axis]
    left, right = ("⌈", "⌉") if getattr(op, "ceil", False) else ("⌊", "⌋")
    room = size + before + after - d * (k - 1) - 1
    whole = left == "⌈" and out == -(-room // s)  # a last window that would start in the padding is dropped
    more = "" if whole else " + 1"
    symbols = f"{left}({name} + p + p′ − d·(k − 1) − 1) / s{right}{more}"
    return Formula(quantity, symbols, f"{left}({size} + {before} + {after} − {d}·({k} − 1) − 1) / {s}{right}{more}", out)
