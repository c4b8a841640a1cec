"""What `convcalc sweep` is asked, as plain data that any process can work on: read from texts, checked, and put in words."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from typing import Any, TypedDict, Unpack

from convcalc.analysis.metrics import METRICS, usual
from convcalc.core.execution import Execution, execution_dict
from convcalc.errors import Diagnostic, usage
from convcalc.inputs.execution import Running, read_execution, running_of
from convcalc.inputs.goals import read_goal, read_metrics
from convcalc.inputs.sizes import read_size
from convcalc.layout.source import read_text
from convcalc.record import NamedTuple
from convcalc.report.results import Asked
from convcalc.space.axes import Axis, Grid, check_size
from convcalc.space.designs import Designs, axis_texts, read_axes
from convcalc.space.join import Join, read_join
from convcalc.space.selection import Wanted
from convcalc.space.where import Where


class Choice(TypedDict, total=False):
    """Which points are kept; merged parts are chosen from again by the same words."""

    where: str | None  # a condition on metrics and axes, "macs < 300M and params < 5M"
    pareto: str | None  # metrics of a front, "macs,params:max"; only its points are kept
    sort: str | None  # a metric or axis, the smallest first; "macs:desc" the largest
    top: int | str | None  # so many points, by `sort`


class Options(Choice, Running, total=False):
    """What a sweep may be asked beside its designs and axes."""

    sample: int | str | None  # so many points of the grid at random
    seed: int  # of the sample
    shard: str | None  # "2/8", the second of eight parts of the grid
    # A CSV file of measurements, whose columns are axes, which name points, and what was measured; only points in it are
    # kept, and the choice takes its columns too.
    join: str | None
    metrics: Sequence[str] | str | None  # those that are computed; all that add up unless given


class Request(NamedTuple):
    """A sweep: what was asked, its axes, what is computed and shown of each point, and which points are kept."""

    asked: Asked
    axes: tuple[Axis, ...]
    metrics: tuple[str, ...]  # that are computed
    shown: tuple[str, ...]  # the columns behind the axes: metrics, and what was measured
    wanted: Wanted
    join: Join | None = None
    warnings: tuple[Diagnostic, ...] = ()
    execution: Execution = Execution()

    @property
    def grid(self) -> Grid:
        return Grid(self.axes)

    @property
    def columns(self) -> tuple[str, ...]:
        """What there is of each point beside its axes."""
        return (*self.metrics, *(self.join.names if self.join is not None else ()))

    @property
    def size(self) -> int:
        """How many points it looks at."""
        sample, shard = self.asked.sample, self.asked.shard or [1, 1]
        return len(self.grid.part(*shard)) if sample is None else min(sample, self.grid.size)

    @property
    def is_whole(self) -> bool:
        """Whether it is no part of a sweep."""
        return self.asked.shard in (None, [1, 1])


def read_request(designs: str | Sequence[str], axes: Mapping[str, Any] | Sequence[str], **options: Unpack[Options]) -> Request:
    """A request from texts, checked.

    Raises:
        ConvcalcError: for what cannot be used.
    """
    if unknown := next((name for name in options if name not in Options.__annotations__), None):
        raise TypeError(f"a sweep has no option {unknown!r}: {', '.join(Options.__annotations__)}")
    texts = (designs,) if isinstance(designs, str) else tuple(designs)
    if not texts:
        raise usage("no design is given", "convcalc sweep bottleneck --set cin=256 --set hw=56 --set reduction=2,4,8")
    if len(set(texts)) < len(texts):
        raise usage("a design is given twice", "drop one")
    found = read_axes(texts, axis_texts(axes))
    names = [axis.name for axis in found]
    execution = read_execution(**running_of(options))
    known = Designs(texts, execution)
    known.check(names)
    where, join = options.get("where"), options.get("join")
    sample, shard = options.get("sample"), options.get("shard")
    measured = read_measurements(join, found) if join is not None else None
    columns = (*METRICS, *(measured.names if measured is not None else ()))
    wanted = read_wanted(options, found, columns)
    used = Where(where, found, columns).used if where is not None else set()
    asked_for = read_metrics("--columns", options.get("metrics") or usual(), columns)
    chosen = [name for name in (*asked_for, *wanted.names) if name in METRICS]
    shown = tuple(dict.fromkeys((*chosen, *columns[len(METRICS) :])))
    if sample is not None and shard is not None:
        raise usage("--sample and --shard exclude each other", "give each job a seed of its own: --sample 1000 --seed 2")
    asked = Asked(
        texts,
        known.digest,
        where,
        options.get("pareto"),
        options.get("sort"),
        wanted.top,
        read_size("--sample", sample) if sample is not None else None,
        options.get("seed", 0),
        join,
        read_shard(shard) if sample is None else None,
        execution_dict(execution),
    )
    check_size(Grid(found), asked.sample)
    computed = [name for name in METRICS if name in {*shown, *used}]
    return Request(asked, found, tuple(computed), shown, wanted, measured, tuple(known.unused(names)), execution)


def read_wanted(choice: Choice | Options, axes: Sequence[Axis], metrics: Sequence[str]) -> Wanted:
    """Which points are kept, by metrics and axes of numbers."""
    known = [*(axis.name for axis in axes if axis.is_number), *metrics]
    pareto, sort, top = choice.get("pareto"), choice.get("sort"), choice.get("top")
    what = "metric or axis"
    goals = (
        [read_goal("--pareto", goal, known, most="max", least="min", what=what) for goal in pareto.split(",")] if pareto is not None else []
    )
    order = read_goal("--sort", sort, known, most="desc", least="asc", what=what) if sort is not None else None
    return Wanted(tuple(goals), order, read_size("--top", top) if top is not None else None)


def chosen_again(asked: Asked, choice: Choice) -> Asked:
    """What is asked of merged points: what was asked of the parts, and more where they have kept what it needs."""
    cut = f"--pareto {asked.pareto}" if asked.pareto is not None else f"--top {asked.top}" if asked.top is not None else None
    where, pareto, sort = choice.get("where"), choice.get("pareto"), choice.get("sort")
    top = read_size("--top", choice["top"]) if choice.get("top") is not None else None
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


def wanted_of(asked: Asked, axes: Sequence[Axis], metrics: Sequence[str]) -> Wanted:
    """Which points are kept, as it was asked."""
    return read_wanted({"pareto": asked.pareto, "sort": asked.sort, "top": asked.top}, axes, metrics)


def choice_of(options: Mapping[str, Any]) -> Choice:
    """What options say of which points are kept."""
    found: Choice = {"where": options["where"], "pareto": options["pareto"], "sort": options["sort"], "top": options["top"]}
    return found


def is_bounded(options: Mapping[str, Any]) -> bool:
    """Whether which points are kept is known only once all have been looked at."""
    return any(options[name] for name in ("pareto", "sort", "top"))


# In words


def is_cut(asked: Asked) -> bool:
    """Whether points were left out of a report though they meet what was asked."""
    return asked.pareto is not None or asked.top is not None


def is_front(asked: Asked) -> bool:
    return asked.pareto is not None


def chosen_by(asked: Asked) -> list[str]:
    """The metrics and axes that points were chosen by."""
    return [goal.partition(":")[0].strip() for goal in f"{asked.pareto or ''},{asked.sort or ''}".split(",")]


def choice_text(asked: Asked) -> str:
    """` on the front of params:max,macs, the first by macs`."""
    front = f" on the front of {asked.pareto}" if asked.pareto is not None else ""
    return front + (f", the first{f' by {asked.sort}' if asked.sort else ''}" if asked.top is not None else "")


def condition_text(asked: Asked) -> str:
    """` that are measured and meet macs < 300M`."""
    conditions = [*(["are measured"] if asked.join else []), *([f"meet {asked.where}"] if asked.where else [])]
    return f" that {' and '.join(conditions)}" if conditions else ""


def read_measurements(path: str, axes: tuple[Axis, ...]) -> Join:
    """The measurements of a CSV file."""
    reader = csv.reader(read_text(path, path).removeprefix("\ufeff").splitlines(keepends=True))
    try:
        lines = [(reader.line_num, line) for line in reader if line]
    except csv.Error as error:
        raise usage(f"--join {path}: line {reader.line_num}: {error}", "commas separate columns") from None
    if not lines:
        raise usage(f"--join {path}: it has no header", "the first line names the columns")
    return read_join([name.strip() for name in lines[0][1]], lines[1:], axes, tuple(METRICS), path)


def read_shard(text: str | None) -> list[int]:
    """`I/N`."""
    if text is None:
        return [1, 1]
    part, slash, parts = text.partition("/")
    digits = [number for number in (part, parts) if number.isdecimal() and number.isascii() and len(number) <= 7]
    if not slash or len(digits) < 2 or not 1 <= int(part) <= int(parts):
        raise usage(f"--shard {text}: expected I/N", "write --shard 1/8 … --shard 8/8")
    return [int(part), int(parts)]
