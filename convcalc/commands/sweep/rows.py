"""Points of a sweep as rows of plain values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

from convcalc.report.records import Asked, InvalidReport, SweepReport
from convcalc.space.axes import Axis, Value, plain
from convcalc.space.points import Invalid, Points, whole


def sweep_report(points: Points, metrics: Sequence[str], done: int, met: int, asked: Asked) -> SweepReport:
    """What a sweep found."""
    values = axis_values(points.axes)
    axes = tuple((axis.name, table) for axis, table in zip(points.axes, values, strict=True))
    front = range(points.size) if asked.pareto is not None else None
    return SweepReport(axes, tuple(metrics), list(rows(points, values, metrics)), front, invalid_reports(points.invalid), done, met, asked)


def axis_values(axes: Sequence[Axis]) -> list[list[Any]]:
    """The values of axes as JSON writes them."""
    return [[plain(value) for value in axis.values] for axis in axes]


def rows(points: Points, values: Sequence[Sequence[Any]], metrics: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    """A row a point: the values of its axes, then its metrics, exact."""
    axes = [[table[digit] for digit in points.digits[axis.name]] for axis, table in zip(points.axes, values, strict=True)]
    yield from zip(*axes, *(column(points, name) for name in metrics), strict=True)


def invalid_reports(found: Sequence[Invalid]) -> tuple[InvalidReport, ...]:
    return tuple(InvalidReport(*reason) for reason in found)


def invalid_text(reason: InvalidReport) -> str:
    """`12 points impossible (not-divisible), such as groups=3: groups=3 does not divide cin=128 (net.yaml:7:12)`."""
    example = ", ".join(f"{name}={value}" for name, value in reason.example.items())
    points = f"{reason.count:,} point{'s' * (reason.count != 1)}"
    where = f" ({reason.location})" if reason.location else ""
    return f"{points} impossible ({reason.reason}), such as {example}: {reason.message}{where}"


def column(points: Points, name: str) -> list[Any]:
    """A metric point by point; measurements as the nearest numbers that JSON has."""
    values: list[Any] = points.metrics[name].tolist()
    return [plain(value) for value in values] if points.metrics[name].dtype == object else values


def points_of(found: SweepReport) -> Points:
    """A saved sweep's rows as columns again."""
    axes = tuple(Axis(name, tuple(value_of(value) for value in values)) for name, values in found.axes)
    places = [{repr(value): digit for digit, value in enumerate(values)} for _, values in found.axes]
    columns = list(zip(*found.rows, strict=True)) or [()] * (len(axes) + len(found.metrics))
    digits = {
        axis.name: whole([place[repr(value)] for value in column]) for axis, place, column in zip(axes, places, columns, strict=False)
    }
    metrics = {name: whole([value_of(value) for value in column]) for name, column in zip(found.metrics, columns[len(axes) :], strict=True)}
    reasons = [Invalid(*reason) for reason in found.invalid]
    return Points(axes, digits, metrics, tuple(reasons))


def value_of(value: Any) -> Value:
    """A value of an axis from what JSON made of it."""
    if isinstance(value, list):
        return tuple(value)
    return Fraction(str(value)) if isinstance(value, float) else value
