"""`solve` for people: what was found, then the neighbours that fail."""

from __future__ import annotations

from typing import Any

from convcalc.analysis.metrics import METRICS
from convcalc.formats.csv import cell
from convcalc.formats.parts import Column, Grid, Paragraph, Parts, counted_by, figure
from convcalc.report.contract import Report
from convcalc.report.results import Candidate, Solution


def parts(report: Report, width: int | None) -> Parts:
    """A table a solution; where there is none, why."""
    if not report.solutions:
        return [[*(Paragraph(diagnostic.message) for diagnostic in report.diagnostics)]]
    names = ", ".join(report.solutions[0].values)
    title = Paragraph(f"Solved for {names}{counted_by(report)}", "bold")
    blocks: Parts = [[Grid(columns(solution))] for solution in report.solutions]
    return [[title], *blocks]


def columns(solution: Solution) -> list[Column]:
    """A line a candidate: its values, its metrics, and why it was rejected."""
    found: list[Solution | Candidate] = [solution, *solution.neighbours]
    decided = {word for row in found for word in row.why.split()}  # the metrics that a reason names
    values = [Column(name, [str(cell(row.values.get(name, ""))) for row in found]) for name in solution.values]
    metrics = [
        Column(name, [figure((row.metrics or {}).get(name), METRICS[name].unit) for row in found], rank=0 if name in decided else place + 1)
        for place, name in enumerate(solution.metrics or {})
    ]
    return [*values, *metrics, Column("Why", [solution.why or "found", *(row.why for row in solution.neighbours)], right=False)]


def rows(report: Report) -> list[dict[str, Any]]:
    """A row a candidate, each solution before its neighbours."""
    return [
        {"row": "found" if row is here else "next", **row.values, **(row.metrics or {}), "why": row.why}
        for solution in report.solutions
        for here in [Candidate(solution.values, solution.metrics, solution.why)]
        for row in [here, *solution.neighbours]
    ]
