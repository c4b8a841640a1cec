"""Explanations: each figure of a layer or block as a formula with its numbers put in."""

from __future__ import annotations

from typing import Any

from convcalc.analysis.formula import Factor, Product, layer_terms, position_factors, size_formulas, summed
from convcalc.analysis.receptive_field import Fields
from convcalc.core.ops import TRAITS
from convcalc.core.shape import Map
from convcalc.core.trace import Row, Trace
from convcalc.report.numbers import times_text
from convcalc.report.results import Formula

KINDS = ("adds", "multiplies", "comparisons", "divisions", "transcendentals")


def explain_row(trace: Trace, row: Row, place: int, fields: list[Fields | None]) -> list[Formula]:
    """All formulas of one layer, one pass and one sample of it; `fields` are the receptive fields of all rows."""
    found = size_formulas(row)
    terms = layer_terms(row)
    if terms is not None:
        if terms.weights:
            found.append(summed("params", [*terms.weights, *terms.biases]))
        found += [summed("MACs", terms.macs), flops(row.cost.macs)]
        found += [summed(name, [product]) for name, product in terms.values.items()]
    elif row.cost.params:
        found.append(Formula("params", "learned per channel or position", "", row.cost.params))
    if row.cost.buffers:
        found.append(Formula("buffers", "kept and not learned", "", row.cost.buffers))
    if row.cost.activations:
        found.append(activations(row))
    found += [Formula(kind, "counted apart from the MACs", "", value) for kind in KINDS if (value := getattr(row.cost, kind))]
    if field := field_formula(trace, row, fields, fields[place]):
        found.append(field)
    return found or [Formula("MACs", "none: elements are moved, or made once", "", 0)]


def flops(macs: int) -> Formula:
    return Formula("FLOPs", "2·MACs", f"2·{macs}", 2 * macs)


def activations(row: Row) -> Formula:
    """Output elements of the weighted layer."""
    if TRAITS[row.op.name].weighted != 1 or hasattr(row.op, "depth"):
        return Formula("activations", "output elements of all its weighted layers", "", row.cost.activations)
    return summed("activations", [(Factor("Cout", row.output.channels), *position_factors(row.output))])


def field_formula(trace: Trace, row: Row, fields: list[Fields | None], after: Fields | None) -> Formula | None:
    """The receptive field after the layer, by that before it."""
    op: Any = row.op
    if after is None or not row.sources:
        return None
    source = row.sources[0] - len(trace.inputs)
    before = fields[source] if source >= 0 else tuple((1, 1, 1) for _ in getattr(trace.inputs[row.sources[0]], "spatial", ()))
    value = "×".join(str(field.size) for field in after)
    if before and TRAITS[op.name].field == "window" and before[0][2] == 1:
        numbers = f"{before[0][0]} + {op.dilation[0]}·({op.kernel[0]} − 1)·{before[0][1]}"
        return Formula("receptive field", "r + d·(k − 1)·j", numbers, value)
    return Formula("receptive field", "that of its input, or of the widest", "", value)


def explain_block(trace: Trace, mid: int | None) -> list[Formula]:
    """A block's parameters and MACs as sums over the layers that have MACs, each once however often it is repeated."""
    rows = [row for row in trace.rows if layer_terms(row) is not None]
    names = symbols_of(trace, rows, mid)
    macs: list[Product] = []
    weights: list[Product] = []
    biases: list[Product] = []
    for row in rows:
        cin, cout = names.get(row.inputs[0].channels, "C"), names.get(row.output.channels, "C")
        if row is rows[0]:
            cin = "Cin"
        if row is rows[-1] and row.output.channels == trace.output.channels:
            cout = "Cout"
        terms = layer_terms(row, cin, cout)
        assert terms is not None
        repeated, copied = ((Factor("n", count),) if count != 1 else () for count in (row.times, row.copies))
        macs += [(*repeated, *strided(term, trace, row)) for term in terms.macs]
        weights += [(*copied, *term) for term in terms.weights if row.copies]
        biases += [(*copied, *term) for term in terms.biases if row.copies]
    found = [summed("weights", weights)] if weights else []
    if biases:
        found.append(summed("biases", biases))
    if rows:
        found += [summed("MACs", macs), flops(sum(row.total.macs for row in rows))]
    other = trace.total.params - sum(row.total.params for row in rows)
    if other:
        found.append(Formula("other parameters", "norms, embeddings and what else has no MACs", "", other))
    found.append(Formula("activations", "output elements of all weighted layers", "", trace.total.activations))
    return found


def strided(term: Product, trace: Trace, row: Row) -> Product:
    """Positions by other symbols where the layer's map is not the input's."""
    traits = TRAITS[row.op.name]
    if traits.weighted != 1 or traits.field == "all":
        return term
    first = trace.inputs[0]
    shape = row.inputs[0] if traits.field == "spread" else row.output
    if isinstance(first, Map) and isinstance(shape, Map) and shape.spatial == first.spatial:
        return term
    count = len(position_factors(shape))
    renamed = tuple(factor._replace(symbol=f"{factor.symbol}′") for factor in term[:count])
    return (*renamed, *term[count:])


def symbols_of(trace: Trace, rows: list[Row], mid: int | None) -> dict[int, str]:
    """Symbols for numbers of channels: Cin, Cout, Cmid, then C₁, C₂ … in order."""
    names = {trace.output.channels: "Cout", trace.inputs[0].channels: "Cin"}
    if mid is not None:
        names = {mid: "Cmid", **names}
    subscripts = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
    count = 0
    for row in rows:
        for channels in (row.inputs[0].channels, row.output.channels):
            if channels not in names:
                count += 1
                names[channels] = f"C{str(count).translate(subscripts)}"
    return names


def ratio_formula(plain: Trace, block: Trace, mid: int, kernel: int) -> Formula:
    """Plain against bottleneck in closed form, with what both share cancelled: the positions."""
    cin, cout = block.inputs[0].channels, block.output.channels
    symbols = "k²·Cin·Cout / (Cin·Cmid + k²·Cmid² + Cmid·Cout)"
    numbers = f"{kernel}²·{cin}·{cout} / ({cin}·{mid} + {kernel}²·{mid}² + {mid}·{cout})"
    return Formula("plain ÷ bottleneck", symbols, numbers, times_text(plain.total.macs, block.total.macs))
