"""`convcalc sweep --merge`: the parts of a sweep as one, chosen from again."""

from __future__ import annotations

from collections.abc import Sequence

from convcalc.api.plan import Plan, read_wanted
from convcalc.api.sweep import Swept
from convcalc.errors import Diagnostic, for_each, usage
from convcalc.layout.source import read_text
from convcalc.report.saved import load_report
from convcalc.report.sweep import points_of
from convcalc.report.views import SweepReport
from convcalc.space.axes import Grid, check_size
from convcalc.space.points import distinct, joined
from convcalc.space.where import Where


def merge_sweeps(paths: Sequence[str], where: str | None, pareto: str | None, sort: str | None, top: int | str | None) -> Swept:
    """The points of saved sweeps of the same axes and metrics, in the order of the files; samples may share points.

    Raises:
        ConvcalcError: for files that cannot be read, are no sweeps, or are not different parts of one.
    """
    parts = for_each(paths, load_part)
    first = parts[0]
    for path, part in zip(paths, parts, strict=True):
        if part.axes != first.axes or part.metrics != first.metrics:
            raise usage(f"--merge {path}: its axes or metrics are not those of {paths[0]}", "merge the parts of one sweep")
    warnings = missing(paths, parts)
    points = joined([points_of(part) for part in parts])
    check_size(Grid(points.axes), points.size)
    points = distinct(points)
    wanted = read_wanted(pareto, sort, top, points.axes, first.metrics)
    if where is not None:
        points = points.those(Where(where, points.axes, first.metrics)(points))
    on_front = bool(wanted.goals) or all(part.front is not None for part in parts)
    plan = Plan((), points.axes, first.metrics, first.metrics, where, wanted)
    return Swept(plan, wanted.of(points), on_front, sum(part.done for part in parts), tuple(warnings))


def load_part(path: str) -> SweepReport:
    """A saved sweep."""
    report = load_report(read_text(path, path), path)
    if report.sweep is None:
        raise usage(f"--merge {path}: it is no sweep", "save the parts with convcalc sweep … --shard 1/8 --format json")
    return report.sweep


def missing(paths: Sequence[str], parts: Sequence[SweepReport]) -> list[Diagnostic]:
    """Warnings for shards that are not there or were interrupted.

    Raises:
        ConvcalcError: for a shard that is there twice, and for shards of different sizes.
    """
    found: dict[tuple[int, int], str] = {}
    told = []
    for path, part in zip(paths, parts, strict=True):
        if part.shard is None:
            continue
        number, count = part.shard
        known = next(iter(found), part.shard)
        if count != known[1]:
            raise usage(f"--merge {path}: it is part {number} of {count}, {found[known]} of {known[1]}", "merge the parts of one sweep")
        if part.shard in found:
            raise usage(f"--merge {path}: it is part {number} of {count}, as {found[part.shard]} is", "drop one")
        found[part.shard] = path
        size = len(Grid(points_of(part).axes).part(number, count))
        if part.done < size:
            told.append(f"{path} was interrupted after {part.done:,} of {size:,} points")
    if found:
        count = next(iter(found))[1]
        lost = [number for number in range(1, count + 1) if (number, count) not in found]
        if lost:
            shown = ", ".join(map(str, lost[:5])) + (f" and {len(lost) - 5} more" if len(lost) > 5 else "")
            told.append(f"of {count} parts {shown} {'is' if len(lost) == 1 else 'are'} missing")
    return [Diagnostic("part-missing", text, None, "compute it and merge again", severity="warning") for text in told]
