"""`solve` for people: what was found, then the neighbours that fail."""

from __future__ import annotations

from convcalc.formats.csv import cell, written
from convcalc.formats.parts import Column, Grid, Paragraph, Parts
from convcalc.report.numbers import exact_text
from convcalc.report.records import MAC, Candidate, Report


def parts(report: Report, width: int | None) -> Parts:
    """A table a solution."""
    blocks: Parts = []
    for solution in report.solutions:
        rows = [solution.here, *solution.neighbours]
        metrics = list(solution.here.metrics or {})
        columns = [Column(name, [str(cell(row.values[name])) for row in rows]) for name in solution.here.values]
        columns += [Column(name, [metric(row, name) for row in rows], rank=place) for place, name in enumerate(metrics)]
        blocks.append(
            [Grid([*columns, Column("", [solution.here.why or "found", *(row.why for row in solution.neighbours)], right=False)])]
        )
    if not report.solutions:
        blocks.append([*(Paragraph(diagnostic.message) for diagnostic in report.diagnostics)])
    return [*blocks, [Paragraph(f"Convention {MAC.name}: {MAC.counts}", "dim")]]


def metric(row: Candidate, name: str) -> str:
    return exact_text(row.metrics[name]) if row.metrics is not None else ""


def csv(report: Report) -> str:
    """A row a candidate, each solution before its neighbours."""
    rows = []
    for solution in report.solutions:
        for row in (solution.here, *solution.neighbours):
            values = {name: cell(value) for name, value in row.values.items()}
            kind = "found" if row is solution.here else "next"
            rows.append({"row": kind, **values, **(row.metrics or {}), "why": cell(row.why)})
    return written(rows, report)
