"""Points of a sweep as rows of plain values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from convcalc.report.views import InvalidReport, SweepReport
from convcalc.space.axes import plain
from convcalc.space.points import Invalid, Points


def sweep_report(points: Points, front: Sequence[int] | None, done: int, metrics: Sequence[str]) -> SweepReport:
    """What a sweep found."""
    axes = tuple((axis.name, [plain(value) for value in axis.values]) for axis in points.axes)
    return SweepReport(axes, tuple(metrics), list(rows(points, metrics)), front, invalid_reports(points.invalid), done)


def rows(points: Points, metrics: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    """A row a point: the values of its axes, then its metrics, exact."""
    values = [[plain(value) for value in axis.values] for axis in points.axes]
    axes = [[table[digit] for digit in points.digits[axis.name]] for axis, table in zip(points.axes, values, strict=True)]
    yield from zip(*axes, *(points.metrics[name].tolist() for name in metrics), strict=True)


def invalid_reports(found: Sequence[Invalid]) -> tuple[InvalidReport, ...]:
    return tuple(InvalidReport(reason.reason, reason.points, {**reason.example, "message": reason.message}) for reason in found)
