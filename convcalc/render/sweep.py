"""A sweep for people and for programs: a line a point."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from typing import Any

from convcalc.render.csv import cell
from convcalc.render.parts import Column, Grid, Paragraph, Parts
from convcalc.report.model import MAC, Report
from convcalc.report.numbers import exact_text
from convcalc.report.views import InvalidReport, SweepReport

MOST_SHOWN = 50  # lines of a table


def parts(report: Report, width: int | None) -> Parts:
    """The points, as many as people read; then what could not be built, and how many there are."""
    found = report.sweep
    assert found is not None
    shown = found.rows[:MOST_SHOWN]
    names = [*(name for name, _ in found.axes), *found.metrics]
    columns = []
    for place, name in enumerate(names):
        number = place >= len(found.axes) or all(not isinstance(value, str) for value in found.axes[place][1])
        columns.append(Column(name, [text(row[place]) for row in shown], number, rank=max(0, place - len(found.axes))))
    blocks: Parts = [[Grid(columns)]] if found.rows else []
    invalid = [Paragraph(invalid_text(reason)) for reason in found.invalid]
    blocks += [[*invalid]] if invalid else []
    return [*blocks, [Paragraph(verdict(found)), Paragraph(f"Convention {MAC.name}: {MAC.counts}", "dim")]]


def text(value: Any) -> str:
    return exact_text(value) if isinstance(value, int) and not isinstance(value, bool) else str(cell(value))


def invalid_text(reason: InvalidReport) -> str:
    """`12 points impossible (not-divisible), such as groups=3: groups=3 does not divide cin=128`."""
    example = ", ".join(f"{name}={value}" for name, value in reason.example.items() if name != "message")
    points = f"{reason.count:,} point{'s' * (reason.count != 1)}"
    return f"{points} impossible ({reason.reason}), such as {example}: {reason.example['message']}"


def verdict(found: SweepReport) -> str:
    count = len(found.rows)
    kind = "on the front " if found.front is not None else ""
    more = f", the first {MOST_SHOWN} shown; --top, --where or --pareto choose, --format csv has all" if count > MOST_SHOWN else ""
    return f"{count:,} point{'s' * (count != 1)} {kind}of {found.done:,}{more}"


def csv_header(names: Sequence[str]) -> str:
    return line([*names, "convention"])


def csv_rows(rows: Iterable[Sequence[Any]]) -> str:
    """Lines of points, whose values are cells already; the convention last."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows((*row, MAC.name) for row in rows)
    return out.getvalue()


def line(cells: Sequence[str]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerow(cells)
    return out.getvalue()


def jsonl_rows(names: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """An object a line."""
    return "".join(json.dumps(dict(zip(names, row, strict=True)), allow_nan=False) + "\n" for row in rows)
