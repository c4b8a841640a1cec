"""`convcalc sweep --merge`: the parts of a sweep as one, chosen from again."""

from __future__ import annotations

from collections.abc import Sequence

from convcalc.api.designs import read_size
from convcalc.api.sweep import Plan, Swept, read_goal
from convcalc.errors import for_each, usage
from convcalc.layout.source import read_text
from convcalc.report.saved import load_report
from convcalc.report.sweep import points_of
from convcalc.report.views import SweepReport
from convcalc.space.points import joined
from convcalc.space.select import Wanted
from convcalc.space.where import Where


def merge_sweeps(paths: Sequence[str], where: str | None, pareto: str | None, sort: str | None, top: int | str | None) -> Swept:
    """The points of saved sweeps of the same axes and metrics, in the order of the files.

    Raises:
        ConvcalcError: for files that cannot be read, are no sweeps, or are not parts of one.
    """

    def load(path: str) -> SweepReport:
        report = load_report(read_text(path, path), path)
        if report.sweep is None:
            raise usage(f"--merge {path}: it is no sweep", "save the parts with convcalc sweep … --shard 1/8 --format json")
        return report.sweep

    parts = for_each(paths, load)
    first = parts[0]
    for path, part in zip(paths, parts, strict=True):
        if part.axes != first.axes or part.metrics != first.metrics:
            raise usage(f"--merge {path}: its axes or metrics are not those of {paths[0]}", "merge the parts of one sweep")
    points = joined([points_of(part) for part in parts])
    known = [*(name for name, values in first.axes if all(isinstance(v, int | float) for v in values)), *first.metrics]
    goals = tuple(read_goal("--pareto", goal, known, most="max", least="min") for goal in pareto.split(",")) if pareto else ()
    order = read_goal("--sort", sort, known, most="desc", least="asc") if sort else None
    if where is not None:
        points = points.those(Where(where, points.axes, first.metrics)(points))
    wanted = Wanted(goals, order, read_size("--top", top) if top is not None else None)
    found = wanted.of(points)
    chosen = bool(goals) or all(part.front is not None for part in parts)
    plan = Plan((), points.axes, first.metrics, where, wanted)
    return Swept(plan, found, range(found.size) if chosen else None, sum(part.done for part in parts))
