"""Formulas with symbols, then with a layer's own numbers, then the result."""

from __future__ import annotations

from typing import Any, NamedTuple

from convcalc.core.ops import WEIGHTED
from convcalc.core.ops.window import same_padding
from convcalc.core.shape import Map
from convcalc.core.trace import Row
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
    """What a layer's MACs, weights and biases are sums of."""

    macs: list[Product]
    weights: list[Product]
    biases: list[Product]


def layer_terms(row: Row, cin: str = "Cin", cout: str = "Cout") -> Terms | None:
    """The terms of a layer that has MACs; None for any other.

    `cin` and `cout` are the symbols for its channels, where it is one of several layers.
    """
    op: Any = row.op
    if op.name == "attention":
        return attention_terms(row)
    if op.name == "matmul":
        inner = Factor("K", row.inputs[0].channels)
        return Terms([(*position_factors(row.output), inner, Factor("M", row.output.channels))], [], [])
    if op.name == "custom":
        stated = Factor("MACs as stated", op.macs), Factor("parameters as stated", op.params)
        return Terms([(stated[0],)], [(stated[1],)], [])
    if op.name not in WEIGHTED:
        return None
    macs, weights = window_terms(row, cin, cout)
    return Terms([macs], [weights], [(Factor(cout, row.output.channels),)] if op.bias else [])


def attention_terms(row: Row) -> Terms:
    """Four projections and two products (Vaswani et al. 2017)."""
    op: Any = row.op
    queries, channels = row.output.sizes
    n, m, c = Factor("N", queries), Factor("M", row.inputs[-1].sizes[0]), Factor("C", channels)
    two, four = Factor("2", 2), Factor("4", 4)
    return Terms([(two, n, c, c), (two, m, c, c), (two, n, m, c)], [(four, c, c)], [(four, c)] if op.bias else [])


def window_terms(row: Row, cin: str, cout: str) -> tuple[Product, Product]:
    """Factors of the MACs and weights of a convolution or linear layer."""
    op: Any = row.op
    x, out = row.inputs[0], row.output
    if op.name == "linear":
        weights: Product = (Factor(cin, x.channels), Factor(cout, out.channels))
        return (*position_factors(out), *weights), weights
    taps = kernel_factors(op.kernel)
    if op.name == "depthwise_conv":
        weights = (Factor(cout, out.channels), *taps)
        return (*position_factors(out), *weights), weights
    source = channel_factor(x.channels, op.groups)
    source = source._replace(symbol=source.symbol.replace("Cin", cin))
    if op.name == "conv_transpose":
        target = Factor(cout, op.cout) if op.groups == 1 else Factor(f"({cout}/g)", op.cout // op.groups, f"({op.cout}/{op.groups})")
        weights = (Factor(cin, x.channels), target, *taps)
        return (*position_factors(x), *weights), weights
    weights = (source, Factor(cout, out.channels), *taps)
    return (*position_factors(out), *weights), weights


def size_formulas(row: Row) -> list[Formula]:
    """How the output's spatial sizes come about, an axis; one line where all axes are alike."""
    op: Any = row.op
    shape, out = row.inputs[0], row.output
    if op.name not in ("conv", "depthwise_conv", "max_pool", "avg_pool", "conv_transpose") or not isinstance(shape, Map):
        return []
    assert isinstance(out, Map)
    found = []
    for axis, name in enumerate(("D", "H", "W")[-len(shape.spatial) :]):
        found.append(axis_formula(op, axis, f"{name}out", name, shape.spatial[axis], out.spatial[axis]))
    alike = len({formula[2:] for formula in found}) == 1
    return [found[0]._replace(quantity=" = ".join(formula.quantity for formula in found))] if alike and len(found) > 1 else found


def axis_formula(op: Any, axis: int, quantity: str, name: str, size: int, out: int) -> Formula:
    """Length of one axis of the output."""
    k, s, d = op.kernel[axis], op.stride[axis], op.dilation[axis]
    if op.name == "conv_transpose":
        if op.padding == "same":
            return Formula(quantity, f"{name}·s", f"{size}·{s}", out)
        before, after = op.padding[axis]
        symbols = f"({name} − 1)·s − p − p′ + d·(k − 1) + e + 1"
        return Formula(quantity, symbols, f"({size} − 1)·{s} − {before} − {after} + {d}·({k} − 1) + {op.output_padding[axis]} + 1", out)
    before, after = same_padding(size, k, s, d) if op.padding == "same" else op.padding[axis]
    left, right = ("⌈", "⌉") if getattr(op, "ceil", False) else ("⌊", "⌋")
    symbols = f"{left}({name} + p + p′ − d·(k − 1) − 1) / s{right} + 1"
    return Formula(quantity, symbols, f"{left}({size} + {before} + {after} − {d}·({k} − 1) − 1) / {s}{right} + 1", out)
