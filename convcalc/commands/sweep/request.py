"""What `convcalc sweep` is asked, as plain data that any process can work on, read from texts and checked."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from convcalc.analysis.metrics import ADDITIVE
from convcalc.errors import Diagnostic, nearest, usage
from convcalc.inputs.sizes import read_size
from convcalc.layout.source import read_text
from convcalc.report.records import Asked
from convcalc.space.axes import Axis, Grid, check_size
from convcalc.space.designs import Designs, read_axes, read_settings
from convcalc.space.join import Join, read_join
from convcalc.space.select import Goal, Wanted
from convcalc.space.where import Where


class Plan(NamedTuple):
    """A sweep: what was asked, its axes, what is computed and shown of each point, and which points are kept."""

    asked: Asked
    axes: tuple[Axis, ...]
    metrics: tuple[str, ...]  # that are computed
    shown: tuple[str, ...]  # the columns behind the axes: metrics, and what was measured
    wanted: Wanted
    join: Join | None = None
    warnings: tuple[Diagnostic, ...] = ()

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
        sample, shard = self.asked.sample, self.asked.shard or (1, 1)
        return len(self.grid.part(*shard)) if sample is None else min(sample, self.grid.size)

    @property
    def is_whole(self) -> bool:
        """Whether it is no part of a sweep."""
        return self.asked.shard in (None, (1, 1))


def read_plan(
    designs: str | Sequence[str],
    axes: Mapping[str, Any] | Sequence[str],
    where: str | None = None,
    pareto: str | None = None,
    sort: str | None = None,
    top: int | str | None = None,
    sample: int | str | None = None,
    seed: int = 0,
    shard: str | None = None,
    join: str | None = None,
    metrics: Sequence[str] | str | None = None,
) -> Plan:
    """A plan from texts, as `sweep` takes them, checked.

    Raises:
        ConvcalcError: for what cannot be used.
    """
    texts = (designs,) if isinstance(designs, str) else tuple(designs)
    if not texts:
        raise usage("no design is given", "convcalc sweep bottleneck --set cin=256 --set hw=56 --set reduction=2,4,8")
    if len(set(texts)) < len(texts):
        raise usage("a design is given twice", "drop one")
    found = read_axes(texts, read_settings(axes))
    names = [axis.name for axis in found]
    known = Designs(texts)
    known.check(names)
    measured = read_measurements(join, found) if join is not None else None
    columns = (*ADDITIVE, *(measured.names if measured is not None else ()))
    wanted = read_wanted(pareto, sort, top, found, columns)
    used = Where(where, found, columns).used if where is not None else set()
    chosen = [name for name in (*read_metrics(metrics, columns), *wanted.names) if name in ADDITIVE]
    shown = tuple(dict.fromkeys((*chosen, *columns[len(ADDITIVE) :])))
    if sample is not None and shard is not None:
        raise usage("--sample and --shard exclude each other", "give each job a seed of its own: --sample 1000 --seed 2")
    asked = Asked(
        texts,
        known.digest,
        where,
        pareto,
        sort,
        wanted.top,
        read_size("--sample", sample) if sample is not None else None,
        seed,
        join,
        read_shard(shard) if sample is None else None,
    )
    check_size(Grid(found), asked.sample)
    computed = [name for name in ADDITIVE if name in {*shown, *used}]
    return Plan(asked, found, tuple(computed), shown, wanted, measured, tuple(known.unused(names)))


def read_wanted(pareto: str | None, sort: str | None, top: int | str | None, axes: Sequence[Axis], metrics: Sequence[str]) -> Wanted:
    """Which points are kept, by metrics and axes of numbers."""
    known = [*(axis.name for axis in axes if axis.is_number), *metrics]
    goals = tuple(read_goal("--pareto", goal, known, most="max", least="min") for goal in pareto.split(",")) if pareto is not None else ()
    order = read_goal("--sort", sort, known, most="desc", least="asc") if sort is not None else None
    return Wanted(goals, order, read_size("--top", top) if top is not None else None)


def read_measurements(path: str, axes: tuple[Axis, ...]) -> Join:
    """The measurements of a CSV file."""
    reader = csv.reader(read_text(path, path).removeprefix("\ufeff").splitlines(keepends=True))
    try:
        lines = [(reader.line_num, line) for line in reader if line]
    except csv.Error as error:
        raise usage(f"--join {path}: line {reader.line_num}: {error}", "commas separate columns") from None
    if not lines:
        raise usage(f"--join {path}: it has no header", "the first line names the columns")
    return read_join([name.strip() for name in lines[0][1]], lines[1:], axes, ADDITIVE, path)


def read_metrics(metrics: Sequence[str] | str | None, known: Sequence[str]) -> tuple[str, ...]:
    """The columns that are asked for; all metrics unless there are such."""
    names = [name.strip() for name in (metrics.split(",") if isinstance(metrics, str) else metrics or ADDITIVE)]
    for name in names:
        if name not in known:
            raise usage(f"--columns {name}: there is no such metric", nearest(name, list(known)))
    return tuple(names)


def read_goal(option: str, text: str, known: list[str], most: str, least: str) -> Goal:
    """A metric or axis, and whether the most of it comes first."""
    name, _, direction = (part.strip() for part in text.partition(":"))
    if name not in known:
        raise usage(f"{option} {text}: there is no metric or axis `{name}`", nearest(name, known))
    if direction not in ("", most, least):
        raise usage(f"{option} {text}: the direction is {least} or {most}", f"write {name}:{most}")
    return Goal(name, direction == most)


def read_shard(text: str | None) -> tuple[int, int]:
    """`I/N`."""
    if text is None:
        return 1, 1
    part, slash, parts = text.partition("/")
    digits = [number for number in (part, parts) if number.isdecimal() and number.isascii() and len(number) <= 7]
    if not slash or len(digits) < 2 or not 1 <= int(part) <= int(parts):
        raise usage(f"--shard {text}: expected I/N", "write --shard 1/8 … --shard 8/8")
    return int(part), int(parts)
