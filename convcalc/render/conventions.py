"""`conventions` for people: a line a convention, then the bridge from the MACs to each."""

from __future__ import annotations

from convcalc.render.parts import Column, Grid, Paragraph, Parts
from convcalc.render.summary import title
from convcalc.report.model import ModelReport, Report
from convcalc.report.numbers import decimal_text, exact_text

MATCHES = 8  # lines of figures near a published one


def parts(report: Report, width: int | None) -> Parts:
    """The conventions of a network, or those that give a figure."""
    blocks: Parts = []
    for model in report.models:
        shown = [totals(model), bridges(model)] if model.matches is None else [matching(model, report.published or "")]
        blocks.append([Paragraph(title(model), "bold")])
        blocks += [[grid] for grid in shown]
    return blocks


def totals(model: ModelReport) -> Grid:
    """A line a convention."""
    found = model.conventions
    base = next((count.total for count in found if count.name == "mac"), 0)
    return Grid(
        [
            Column("Convention", [f"{count.name} {count.version}".strip() for count in found], right=False),
            Column("Total", [exact_text(count.total) for count in found]),
            Column("Unit", [f"{count.unit}s" for count in found], right=False, rank=1),
            Column("÷ mac", [decimal_text(count.total, base, 3) if base else "" for count in found], rank=2),
            Column("Counts", [count.counts for count in found], right=False, rank=3),
        ]
    )


def bridges(model: ModelReport) -> Grid:
    """From the MACs to each convention, term by term."""
    names: list[str] = []
    terms: list[str] = []
    amounts: list[str] = []
    for count in model.conventions:
        for place, (term, amount) in enumerate(count.bridge):
            names.append(count.name if place == 0 else "")
            terms.append(term)
            amounts.append(f"{amount:+,}")
    return Grid([Column("From mac to", names, right=False), Column("Term", terms, right=False), Column("Amount", amounts)])


def matching(model: ModelReport, published: str) -> Grid:
    """The nearest figures."""
    found = (model.matches or ())[:MATCHES]
    return Grid(
        [
            Column(f"Gives {published}", ["yes" if match.agrees else "no" for match in found], right=False),
            Column("Convention", [match.convention for match in found], right=False),
            Column("Unit", [match.unit for match in found], right=False, rank=2),
            Column("Figure", [exact_text(match.figure) for match in found]),
            Column("Difference", [f"{match.difference:+,}" for match in found], rank=1),
        ]
    )
