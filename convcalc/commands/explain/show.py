"""`explain` for people: a heading and a table of formulas a layer."""

from __future__ import annotations

from convcalc.formats.parts import Column, Grid, Paragraph, Parts
from convcalc.report.numbers import attribute_text, shape_text
from convcalc.report.records import Explanation, Report

NOT_SHOWN = ("cout",)  # what the output's shape says already


def parts(report: Report, width: int | None) -> Parts:
    """A heading and a table of formulas for each layer; where there is little width, a line each."""
    blocks: Parts = []
    for item in report.explanations:
        blocks.append([Paragraph(heading(item), "bold"), *formulas(item, width)])
    blocks.append([Paragraph(f"Convention {report.convention.name}: {report.convention.counts}", "dim")])
    return blocks


def heading(item: Explanation) -> str:
    """`conv1, conv: 256×56×56 → 256×56×56, kernel 3×3, stride 1×1`."""
    told = [f"{key} {attribute_text(value)}" for key, value in item.attributes.items() if key not in NOT_SHOWN]
    name = item.name if item.kind in (item.name, "comparison") else f"{item.name}, {item.kind}"
    return f"{name}: {shape_text(item.input)} → {shape_text(item.output)}" + "".join(f", {text}" for text in told)


def formulas(item: Explanation, width: int | None) -> list[Paragraph | Grid]:
    """Each quantity: symbols = numbers = value."""
    rows = [
        (formula.quantity, *(f"= {text}" if text else "" for text in (formula.symbols, formula.numbers)), f"= {value_text(formula.value)}")
        for formula in item.formulas
    ]
    longest = sum(max((len(row[place]) for row in rows), default=0) + 2 for place in range(4))
    if longest > (width or 140):
        return [Paragraph(f"{row[0]} {' '.join(part for part in row[1:] if part)}") for row in rows]
    headers = ("Quantity", "Formula", "With the numbers", "Value")
    return [Grid([Column(header, [row[place] for row in rows], right=False) for place, header in enumerate(headers)])]


def value_text(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)
