"""`convcalc sweep --merge`: the parts of a sweep as one, chosen from again."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, Unpack

from convcalc.commands.sweep.request import Choice, Request, chosen_again, is_cut, wanted_of
from convcalc.commands.sweep.run import Swept, impossible
from convcalc.core.size import LARGEST_SIZE
from convcalc.errors import Diagnostic, for_each, usage
from convcalc.layout.source import read_text
from convcalc.record import NamedTuple
from convcalc.report.contract import Report
from convcalc.report.results import Asked, AxisReport
from convcalc.report.saved import load_report
from convcalc.space.axes import Axis, Grid, check_size
from convcalc.space.points import Invalid, Points, distinct, joined, whole
from convcalc.space.where import Where

MOST_PARTS = 10**7
OWN = ("seed", "shard")  # what parts of one sweep were asked each by itself


class Part(NamedTuple):
    """A saved sweep: its file, what it says, and its points as columns."""

    path: str
    found: Report
    asked: Asked
    points: Points


def merge_sweeps(paths: Sequence[str], **choice: Unpack[Choice]) -> Swept:
    """The points of saved parts of one sweep, in the order of the files; samples may share points.

    Parts are chosen from again as each of them was, or as is said here.

    Raises:
        ConvcalcError: for files that cannot be read, are no sweeps, or are not different parts of one; and for a choice
            from what the parts have not kept.
    """
    parts = for_each(paths, load_part)
    first = parts[0]
    for part in parts[1:]:
        check_same(first, part)
    check_size(Grid(first.points.axes), 1)
    warnings = missing(parts)
    asked = chosen_again(first.asked, choice)
    points = distinct(joined([part.points for part in parts]))
    metrics = first.found.metrics
    wanted = wanted_of(asked, points.axes, metrics)
    condition = choice.get("where")
    if condition is not None:
        points = points.those(Where(condition, points.axes, metrics)(points))
    met = sum(part.found.met for part in parts) if is_cut(first.asked) else points.size
    done = sum(part.found.done for part in parts)
    shard = None if warnings or asked.shard is None else [1, 1]
    if done and sum(reason.points for reason in points.invalid) >= done:
        raise impossible(points.invalid)
    request = Request(asked._replace(shard=shard), points.axes, metrics, metrics, wanted)
    return Swept(request, wanted.of(points), done, met, tuple(warnings))


def load_part(path: str) -> Part:
    """A saved sweep."""
    report = load_report(read_text(path, path), path)
    if report.asked is None or not report.axes:
        raise usage(f"--merge {path}: it is no sweep", "save the parts with convcalc sweep … --shard 1/8 --format json")
    shard = report.asked.shard
    if shard is not None and not shard[0] <= shard[1] < MOST_PARTS:
        raise usage(f"--merge {path}: there is no part {shard[0]} of {shard[1]}", "save it again")
    if report.met < len(report.points) or (report.met > len(report.points) and not is_cut(report.asked)):
        raise usage(f"--merge {path}: it has {len(report.points):,} of {report.met:,} points", "save it again")
    try:
        return Part(path, report, report.asked, points_of(report))
    except ValueError as error:
        raise usage(f"--merge {path}: {error}", "save it again") from None


def points_of(found: Report) -> Points:
    """A saved sweep's points as columns.

    Raises:
        ValueError: for axes and points that no sweep has.
    """
    axes = tuple(axis_of(axis) for axis in found.axes)
    names = [axis.name for axis in axes]
    if len({*names, *found.metrics}) < len(names) + len(found.metrics):
        raise ValueError("a name stands for two columns")
    places = [{repr(value): digit for digit, value in enumerate(axis.values)} for axis in found.axes]
    lacking = next((name for name in (*names, *found.metrics) if not all(name in point for point in found.points)), None)
    if lacking is not None:
        raise ValueError(f"a point has no {lacking}")
    columns = {name: [repr(point[name]) for point in found.points] for name in names}
    if any(value not in place for name, place in zip(names, places, strict=True) for value in columns[name]):
        raise ValueError("a point has a value that its axis does not have")
    digits = {name: whole([place[value] for value in columns[name]]) for name, place in zip(names, places, strict=True)}
    metrics = {name: whole([number_of(point[name]) for point in found.points]) for name in found.metrics}
    reasons = [Invalid(*reason) for reason in found.invalid]
    return Points(axes, digits, metrics, tuple(reasons))


def axis_of(axis: AxisReport) -> Axis:
    """An axis, its values as `space` has them.

    Raises:
        ValueError: for nested values, those beyond 64 bits, none, and one that stands twice.
    """
    sizes = [size for value in axis.values for size in (value if isinstance(value, list) else [value])]
    if any(size is None or isinstance(size, list) or (isinstance(size, int) and abs(size) > LARGEST_SIZE) for size in sizes):
        raise ValueError(f"{axis.name} has what is no value of an axis")
    if not axis.values or len({repr(value) for value in axis.values}) < len(axis.values):
        raise ValueError(f"{axis.name} has no values, or one twice")
    return Axis(axis.name, tuple(value_of(value) for value in axis.values))


def value_of(value: Any) -> Any:
    """A value of an axis, or a measurement, from what JSON made of it."""
    if isinstance(value, list):
        return tuple(value)
    return Fraction(str(value)) if isinstance(value, float) else value


def number_of(value: Any) -> Any:
    """A metric or measurement of a point.

    Raises:
        ValueError: for what is no number.
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("a point has a metric that is no number")
    return value_of(value)


def check_same(first: Part, part: Part) -> None:
    """Refuse a part of another sweep."""
    if part.found.axes != first.found.axes or part.found.metrics != first.found.metrics:
        raise usage(f"--merge {part.path}: its axes or metrics are not those of {first.path}", "merge the parts of one sweep")
    for name, theirs, ours in zip(Asked._fields, part.asked, first.asked, strict=True):
        if name not in OWN and theirs != ours:
            what = "the layouts it was computed from" if name == "spec" else f"its {name}"
            raise usage(f"--merge {part.path}: {what} differ from those of {first.path}", "merge the parts of one sweep")


def check_numbers(part: Part, grid: Grid) -> None:
    """Refuse points that are of another part, and more than there are."""
    numbers = grid.numbers([part.points.digits[axis.name] for axis in part.points.axes])
    of = grid.part(*part.asked.shard) if part.asked.shard is not None else range(grid.size)
    if part.found.done > len(of) or (len(numbers) and not (of.start <= numbers.min() and numbers.max() < of.stop)):
        raise usage(f"--merge {part.path}: its points are not those of the part that it says it is", "save it again")


def missing(parts: Sequence[Part]) -> list[Diagnostic]:
    """Warnings for parts that are not there or were interrupted.

    Raises:
        ConvcalcError: for a part that is there twice, and for parts of different counts.
    """
    found: dict[object, str] = {}
    lacking = []
    for part in parts:
        shard, first = part.asked.shard, parts[0].asked.shard
        key: object = tuple(shard) if shard else part.asked.seed
        what = f"part {shard[0]} of {shard[1]}" if shard else f"the sample of seed {part.asked.seed}"
        if bool(shard) != bool(first) or (shard and first and shard[1] != first[1]):
            raise usage(f"--merge {part.path}: it is {what}, unlike {parts[0].path}", "merge the parts of one sweep")
        if key in found:
            raise usage(f"--merge {part.path}: it is {what}, as {found[key]} is", "drop one")
        found[key] = part.path
        if shard is None and part.asked.sample is None:
            raise usage(f"--merge {part.path}: it was merged of parts, some of which were missing", "merge all parts at once")
        grid = Grid(part.points.axes)
        check_numbers(part, grid)
        size = len(grid.part(*shard)) if shard else min(part.asked.sample or 0, grid.size)
        if part.found.done < size:
            lacking.append(f"{part.path} was interrupted after {part.found.done:,} of {size:,} points")
    if (first := parts[0].asked.shard) is not None:
        lost = [number for number in range(1, first[1] + 1) if (number, first[1]) not in found]
        if lost:
            shown = ", ".join(map(str, lost[:5])) + (f" and {len(lost) - 5} more" if len(lost) > 5 else "")
            lacking.append(f"of {first[1]} parts {shown} {'is' if len(lost) == 1 else 'are'} missing")
    return [Diagnostic("part-missing", text, None, "compute it and merge again", severity="warning") for text in lacking]
