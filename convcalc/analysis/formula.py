"""Formulas with symbols, then with a layer's own numbers, then the result."""

from __future__ import annotations

from typing import Any, NamedTuple

from convcalc.core.ops.window import same_padding
from convcalc.core.shape import Map
from convcalc.core.trace import Row
from convcalc.report.records import Formula


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


def weighted_terms(row: Row, cin: str = "Cin", cout: str = "Cout") -> tuple[Product, Product]:
    """Factors of a weighted layer's MACs and weights; attention has a formula of its own.

    `cin` and `cout` are the symbols for its channels, where it is one of several layers.
    """
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
