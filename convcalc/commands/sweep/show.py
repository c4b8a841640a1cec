"""A sweep as a report, for people and for programs: a line a point."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Iterator, Sequence
from csv import writer
from typing import Any

from convcalc.analysis.metrics import METRICS, brief, usual
from convcalc.commands.sweep.request import choice_text, chosen_by, condition_text, is_front
from convcalc.errors import usage
from convcalc.formats.csv import cell
from convcalc.formats.parts import Cell, Column, Grid, Paragraph, Parts, counted_by, figure
from convcalc.report.contract import MAC, Report
from convcalc.report.results import Asked, AxisReport, InvalidReport
from convcalc.space.axes import Axis, plain
from convcalc.space.points import Invalid, Points

MOST_SHOWN = 50  # lines of a table


# As a report


def sweep_fields(points: Points, metrics: Sequence[str], done: int, met: int, asked: Asked) -> dict[str, Any]:
    """What a sweep found, as the fields of a report."""
    values = axis_values(points.axes)
    names = [*(axis.name for axis in points.axes), *metrics]
    return {
        "axes": tuple(AxisReport(axis.name, table) for axis, table in zip(points.axes, values, strict=True)),
        "metrics": tuple(metrics),
        "points": [dict(zip(names, row, strict=True)) for row in point_rows(points, values, metrics)],
        "front": list(range(points.size)) if is_front(asked) else None,
        "invalid": invalid_reports(points.invalid),
        "done": done,
        "met": met,
        "asked": asked,
    }


def axis_values(axes: Sequence[Axis]) -> list[list[Any]]:
    """The values of axes as JSON writes them."""
    return [[plain(value) for value in axis.values] for axis in axes]


def point_rows(points: Points, values: Sequence[Sequence[Any]], metrics: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    """A row a point: the values of its axes, then its metrics, exact."""
    axes = [[table[digit] for digit in points.digits[axis.name]] for axis, table in zip(points.axes, values, strict=True)]
    yield from zip(*axes, *(column(points, name) for name in metrics), strict=True)


def column(points: Points, name: str) -> list[Any]:
    """A metric point by point; measurements as the nearest numbers that JSON has."""
    values: list[Any] = points.metrics[name].tolist()
    return [plain(value) for value in values] if points.metrics[name].dtype == object else values


def invalid_reports(found: Sequence[Invalid]) -> tuple[InvalidReport, ...]:
    return tuple(InvalidReport(*reason) for reason in found)


# For people


def parts(report: Report, width: int | None) -> Parts:
    """The points, as many as people read; then what could not be built, and how many there are."""
    found = grid(report, MOST_SHOWN)
    points: Parts = [[found]] if found is not None else []
    return [*points, *remarks(report)]


def grid(report: Report, most: int) -> Grid | None:
    """A row a point, so many at most; None where there is none."""
    rows = report.points[:most]
    columns = [
        Column(axis.name, [text(row.get(axis.name)) for row in rows], all(not isinstance(value, str) for value in axis.values))
        for axis in report.axes
    ]
    columns += [
        Column(name, [metric_cell(name, row.get(name)) for row in rows], rank=rank(report, name))
        for name in report.metrics
        if name in shown_metrics(report)
    ]
    return Grid(columns) if rows and columns else None


def remarks(report: Report, shown: int = MOST_SHOWN) -> Parts:
    """What could not be built, and how many points there are."""
    invalid: Parts = [[Paragraph(invalid_text(reason)) for reason in report.invalid]] if report.invalid else []
    return [*invalid, [Paragraph(verdict(report, shown) + counted_by(report))]]


def rank(report: Report, name: str) -> int:
    """How soon a metric goes for width: never where points were chosen by it or it was measured."""
    chosen = chosen_by(report.asked) if report.asked is not None else []
    return METRICS[name].rank if name in METRICS and name not in chosen else 0


def shown_metrics(report: Report) -> list[str]:
    """Of all metrics those that people ask for first, those that points were chosen by, and what was measured."""
    if not set(usual()) <= set(report.metrics):
        return list(report.metrics)
    chosen = chosen_by(report.asked) if report.asked is not None else []
    return [name for name in report.metrics if name in (*brief(), *chosen) or name not in METRICS]


def text(value: Any) -> str:
    """The value of an axis, as people read it."""
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else "" if value is None else str(cell(value))


def metric_cell(name: str, value: Any) -> Cell:
    """A metric of a point; what was measured stands as it is."""
    of_metric = name in METRICS and isinstance(value, int | float) and not isinstance(value, bool)
    return figure(value, METRICS[name].unit) if of_metric else text(value)


def verdict(report: Report, shown: int) -> str:
    """`30 points on the front of params:max,macs, of 402 that meet macs < 300M, of 1,512`."""
    count, asked = len(report.points), report.asked
    choice, condition = (choice_text(asked), condition_text(asked)) if asked is not None else ("", "")
    first = f"{count:,} point{'s' * (count != 1)}{choice or condition}"
    steps = [first, *([f"{report.met:,}{condition}"] if choice and condition else []), f"{report.done:,}"]
    more = f"; the first {shown:,} are shown, --format csv has all" if count > shown else ""
    return (", of " if choice or condition else " of ").join(steps) + more


def invalid_text(reason: InvalidReport) -> str:
    """`12 points impossible (not-divisible), such as groups=3: groups=3 does not divide cin=128 (net.yaml:7:12)`."""
    example = ", ".join(f"{name}={value}" for name, value in reason.example.items())
    points = f"{reason.count:,} point{'s' * (reason.count != 1)}"
    where = f" ({reason.location})" if reason.location else ""
    return f"{points} impossible ({reason.reason}), such as {example}: {reason.message}{where}"


# For programs


def csv(report: Report) -> str:
    """A row a point, the convention last."""
    names = names_of(report)
    cells = ([*(cell(point.get(name)) for name in names), MAC.name] for point in report.points)
    return csv_text([[*map(cell, names), "convention"]]) + csv_text(cells)


def jsonl(report: Report) -> str:
    """An object a line, the convention last."""
    names = names_of(report)
    return "".join(json_line({name: point.get(name) for name in names}) for point in report.points)


def names_of(report: Report) -> list[str]:
    """The columns of points."""
    names = [*(axis.name for axis in report.axes), *report.metrics]
    if not names:
        raise usage("there is no sweep in the report")
    return names


def csv_text(rows: Iterable[Sequence[Any]]) -> str:
    """Rows of cells."""
    out = io.StringIO()
    writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue()


def json_line(point: dict[str, Any]) -> str:
    """A point as a line of JSON."""
    return json.dumps({**point, "convention": MAC.name}, allow_nan=False) + "\n"
