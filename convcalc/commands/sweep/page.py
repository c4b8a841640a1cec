"""`sweep` as a page: points on two metrics, to be chosen from by ranges and axes, and a table of them."""

from __future__ import annotations

from typing import Any

from convcalc.commands.sweep.plot import MOST_MARKS, plotted_names, series
from convcalc.commands.sweep.show import grid, remarks
from convcalc.formats.page.markup import Page, Section, drawn, standalone
from convcalc.formats.page.scatter import legend, legend_picture, scatter
from convcalc.formats.page.tables import MOST_ROWS, body
from convcalc.report.contract import Report

MOST = MOST_ROWS  # points


def page(report: Report, **_: Any) -> Page:
    """The points, as many as a page bears, and what is to be said of them."""
    designs = ", ".join(report.asked.designs) if report.asked is not None else ""
    found = [Section("Points", points(report._replace(points=report.points[:MOST])))] if report.points else []
    return Page(f"Design space of {designs}", "", [*found, Section("What was looked at", body(remarks(report, MOST), "exact", "Sweep"))])


def svg(report: Report) -> str:
    """The scatter as a picture."""
    names = plotted_names(report)
    every = -(-len(report.points) // MOST_MARKS) or 1
    front = " on the front" if report.front is not None else ""
    found = [(name, shown[::every]) for name, shown in series(report, *names)]
    title = f"{len(report.points):,} points{front}{f', every {every:,}th shown' if every > 1 else ''}"
    return standalone(title, [("", scatter(report, found, names) if found else None), ("", legend_picture([name for name, _ in found]))])


def points(report: Report) -> str:
    """A scatter, where there are two metrics or axes for one, and the table that it is of."""
    table = grid(report, MOST)
    text = body([[table]], "exact", "Points", attributes={"data-axes": " ".join(axis.name for axis in report.axes)}) if table else ""
    names = plotted_names(report)
    found = series(report, *names) if len(names) == 2 else []
    if not found:
        return text
    return drawn(scatter(report, found, names)) + legend([name for name, _ in found]) + text
