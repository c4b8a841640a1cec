"""`explain` for people: a heading and a table of formulas a layer."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from convcalc.formats.parts import Cell, Column, Figure, Grid, Paragraph, Parts, counted_by
from convcalc.report.contract import Report
from convcalc.report.numbers import attribute_text, shape_text
from convcalc.report.plain import without
from convcalc.report.results import FormulaReport

HEADERS = ("Quantity", "Formula", "With the numbers")
NOT_SHOWN = ("cout",)  # what the output's shape says already


def parts(report: Report, width: int | None) -> Parts:
    """A heading and a table of formulas for each layer; where there is little width, a line each."""
    blocks: Parts = []
    for _, group in groupby(report.formulas, key=lambda formula: (formula.name, formula.kind, formula.input, formula.output)):
        found = list(group)
        blocks.append([Paragraph(heading(found[0]) + ("" if blocks else counted_by(report)), "bold"), *formulas(found, width)])
    return blocks


def rows(report: Report) -> list[dict[str, Any]]:
    """A row a formula."""
    return [without(formula._asdict(), "attributes") for formula in report.formulas]


def heading(item: FormulaReport) -> str:
    """`conv1, conv: 256×56×56 → 256×56×56, kernel 3×3, stride 1×1`."""
    attributes = [f"{key} {attribute_text(value)}" for key, value in item.attributes.items() if key not in NOT_SHOWN]
    name = item.name if item.kind in (item.name, "comparison") else f"{item.name}, {item.kind}"
    return f"{name}: {shape_text(item.input)} → {shape_text(item.output)}" + "".join(f", {text}" for text in attributes)


def formulas(found: list[FormulaReport], width: int | None) -> list[Paragraph | Grid]:
    """Each quantity: symbols = numbers = value."""
    rows = [
        (formula.quantity, *(f"= {text}" if text else "" for text in (formula.symbols, formula.numbers)), f"= {value_text(formula.value)}")
        for formula in found
    ]
    longest = sum(max((len(row[place]) for row in rows), default=0) + 2 for place in range(4))
    if longest > (width or 140):
        return [Paragraph(f"{row[0]} {' '.join(part for part in row[1:] if part)}") for row in rows]
    values: list[Cell] = [
        Figure(formula.value, before="= ") if isinstance(formula.value, int) else f"= {formula.value}" for formula in found
    ]
    texts = [Column(header, [row[place] for row in rows], right=False) for place, header in enumerate(HEADERS)]
    return [Grid([*texts, Column("Value", values, right=False)])]


def value_text(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)
