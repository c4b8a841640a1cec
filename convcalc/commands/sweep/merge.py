"""`convcalc sweep --merge`: the parts of a sweep as one, chosen from again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from convcalc.commands.sweep.request import Plan, read_wanted
from convcalc.commands.sweep.rows import points_of
from convcalc.commands.sweep.run import Swept, impossible
from convcalc.errors import Diagnostic, for_each, usage
from convcalc.inputs.sizes import read_size
from convcalc.layout.source import read_text
from convcalc.report.records import Asked, SweepReport
from convcalc.report.saved import load_report
from convcalc.space.axes import Grid, check_size
from convcalc.space.points import Points, distinct, joined
from convcalc.space.where import Where

SAME = ("designs", "spec", "where", "pareto", "sort", "top", "sample", "join")  # of all parts of a sweep


class Part(NamedTuple):
    """A saved sweep: its file, what it says, and its points as columns."""

    path: str
    found: SweepReport
    points: Points

    @property
    def asked(self) -> Asked:
        return self.found.asked


def merge_sweeps(
    paths: Sequence[str],
    where: str | None = None,
    pareto: str | None = None,
    sort: str | None = None,
    top: int | str | None = None,
) -> Swept:
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
    asked = chosen_again(first.asked, where, pareto, sort, read_size("--top", top) if top is not None else None)
    points = distinct(joined([part.points for part in parts]))
    metrics = first.found.metrics
    wanted = read_wanted(asked.pareto, asked.sort, asked.top, points.axes, metrics)
    if where is not None:
        points = points.those(Where(where, points.axes, metrics)(points))
    is_cut = first.asked.pareto is not None or first.asked.top is not None
    met = sum(part.found.met for part in parts) if is_cut else points.size
    done = sum(part.found.done for part in parts)
    shard = None if warnings or asked.shard is None else (1, 1)
    if done and sum(reason.points for reason in points.invalid) >= done:
        raise impossible(points.invalid)
    plan = Plan(asked._replace(shard=shard), points.axes, metrics, metrics, wanted)
    return Swept(plan, wanted.of(points), done, met, tuple(warnings))


def load_part(path: str) -> Part:
    """A saved sweep."""
    report = load_report(read_text(path, path), path)
    if report.sweep is None:
        raise usage(f"--merge {path}: it is no sweep", "save the parts with convcalc sweep … --shard 1/8 --format json")
    return Part(path, report.sweep, points_of(report.sweep))


def check_same(first: Part, part: Part) -> None:
    """Refuse a part of another sweep."""
    if part.found.axes != first.found.axes or part.found.metrics != first.found.metrics:
        raise usage(f"--merge {part.path}: its axes or metrics are not those of {first.path}", "merge the parts of one sweep")
    for name in SAME:
        theirs, ours = getattr(part.asked, name), getattr(first.asked, name)
        if theirs != ours:
            what = "the layouts it was computed from" if name == "spec" else f"its {name}"
            raise usage(f"--merge {part.path}: {what} differ from those of {first.path}", "merge the parts of one sweep")


def chosen_again(asked: Asked, where: str | None, pareto: str | None, sort: str | None, top: int | None) -> Asked:
    """What is asked of the merged points: what was asked of the parts, and more where they have kept what it needs."""
    cut = f"--pareto {asked.pareto}" if asked.pareto is not None else f"--top {asked.top}" if asked.top is not None else None
    refused = {
        "where": cut is not None and where not in (None, asked.where),
        "pareto": cut is not None and pareto not in (None, asked.pareto),
        "sort": asked.top is not None and sort not in (None, asked.sort),
        "top": asked.top is not None and (top or 0) > asked.top,
    }
    for option, is_refused in refused.items():
        if is_refused:
            raise usage(f"--{option}: the parts have only kept what {cut} chose", "merge them as they are, or save all of their points")
    both = asked.where if where in (None, asked.where) else where if asked.where is None else f"({asked.where}) and ({where})"
    return asked._replace(where=both, pareto=pareto or asked.pareto, sort=sort or asked.sort, top=top or asked.top)


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
    told = []
    for part in parts:
        shard, first = part.asked.shard, parts[0].asked.shard
        key = shard or part.asked.seed
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
            told.append(f"{part.path} was interrupted after {part.found.done:,} of {size:,} points")
    if (first := parts[0].asked.shard) is not None:
        lost = [number for number in range(1, first[1] + 1) if (number, first[1]) not in found]
        if lost:
            shown = ", ".join(map(str, lost[:5])) + (f" and {len(lost) - 5} more" if len(lost) > 5 else "")
            told.append(f"of {first[1]} parts {shown} {'is' if len(lost) == 1 else 'are'} missing")
    return [Diagnostic("part-missing", text, None, "compute it and merge again", severity="warning") for text in told]
