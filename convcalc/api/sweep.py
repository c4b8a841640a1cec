"""`convcalc sweep`: every point of a design space, exactly."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from convcalc.api.designs import read_size
from convcalc.api.space import Designs, read_axes, read_settings
from convcalc.errors import ConvcalcError, Diagnostic, nearest, usage
from convcalc.layout.source import read_text
from convcalc.report.model import ADDITIVE
from convcalc.space.axes import Axis, Grid, check_size
from convcalc.space.join import Join, read_join
from convcalc.space.points import CHUNK, Coster, Invalid, Points, columns_cost
from convcalc.space.program import Array
from convcalc.space.select import Goal, Kept, Wanted
from convcalc.space.where import Where

Told = Callable[[int, int], None]  # how many points more are done, and how many there are


class Plan(NamedTuple):
    """A sweep as plain data, which any process can work on."""

    designs: tuple[str, ...]
    axes: tuple[Axis, ...]
    metrics: tuple[str, ...] = ADDITIVE
    where: str | None = None
    wanted: Wanted = Wanted()
    sample: int | None = None
    seed: int = 0
    shard: tuple[int, int] = (1, 1)
    join: Join | None = None

    @property
    def shown(self) -> tuple[str, ...]:
        """The columns behind the axes: metrics, and what was measured."""
        return (*self.metrics, *(self.join.names if self.join is not None else ()))

    @property
    def grid(self) -> Grid:
        return Grid(self.axes)

    @property
    def size(self) -> int:
        """How many points it looks at."""
        whole = self.grid.size
        part = whole * self.shard[0] // self.shard[1] - whole * (self.shard[0] - 1) // self.shard[1]
        return part if self.sample is None else min(self.sample, whole)


class Swept(NamedTuple):
    """What a sweep found: points as columns, which of them are on the front, and what could not be built."""

    plan: Plan
    points: Points
    front: range | None
    done: int  # points that were looked at
    warnings: tuple[Diagnostic, ...] = ()
    interrupted: bool = False

    @property
    def columns(self) -> dict[str, Array]:
        """NumPy columns by name: the axes, then the metrics."""
        return self.points.columns

    @property
    def invalid(self) -> tuple[Invalid, ...]:
        """Points that are impossible, by reason."""
        return self.points.invalid


def sweep(
    designs: str | Sequence[str],
    *,
    set: Mapping[str, Any] | Sequence[str],  # noqa: A002  # as the option is called
    where: str | None = None,
    pareto: str | None = None,
    sort: str | None = None,
    top: int | str | None = None,
    sample: int | str | None = None,
    seed: int = 0,
    shard: str | None = None,
    join: str | None = None,
    metrics: Sequence[str] | str | None = None,
    dask: str | None = None,
    told: Told | None = None,
) -> Swept:
    """Every point of a design space, to the integer that it would have alone.

    Args:
        designs: blocks or networks by name or path; several make an axis `design`.
        set: the axes, `{"cout": "64:512:64"}` or `["cout=64:512:64"]`; the grid is their product.
        where: a condition on metrics and axes, "macs < 300M and params < 5M".
        pareto: metrics of a front, "macs,params:max"; only its points are kept.
        sort: a metric or axis, the smallest first; `macs:desc` the largest.
        top: so many points, by `sort`.
        sample, seed: so many points of the grid at random.
        shard: "2/8", the second of eight parts of the grid.
        join: a CSV file of measurements, whose columns are axes, which name points, and what was measured; only points
            in it are kept, and `where`, `pareto` and `sort` take its columns too.
        metrics: those that are computed; all of the report's unless given.
        dask: the address of a dask.distributed scheduler, whose workers compute the points.
        told: called with how many points more are done, and how many there are.

    Returns:
        Points as NumPy columns, 64-bit integers or Python's where those do not hold them; `invalid` counts what could
        not be built by reason.

    Raises:
        ConvcalcError: for designs, axes and conditions that cannot be used, and where every point is impossible.
    """
    plan = read_plan(designs, set, where, pareto, sort, top, sample, seed, shard, join, metrics)
    warnings = checked(plan)
    kept = Kept(plan.wanted, Points.none(plan.axes, plan.shown))
    done = valid = 0
    interrupted = False
    try:
        for chunk in chunks(plan) if dask is None else on_cluster(plan, dask):
            kept.add(chunk.points)
            done, valid = done + chunk.done, valid + chunk.valid
            if told is not None:
                told(chunk.done, plan.size)
    except KeyboardInterrupt:
        interrupted = True
    found = kept.found()
    if done and not valid and not interrupted:
        raise impossible(found.invalid)
    return Swept(plan, found, range(found.size) if plan.wanted.goals else None, done, tuple(warnings), interrupted)


def checked(plan: Plan) -> list[Diagnostic]:
    """Warnings for axes that some design does not have.

    Raises:
        ConvcalcError: for those that none has.
    """
    designs, names = Designs(plan.designs), [axis.name for axis in plan.axes]
    designs.check(names)
    return designs.unused(names)


class Chunk(NamedTuple):
    """The points of a chunk that meet the condition, of how many that were looked at, and how many were possible."""

    points: Points
    done: int
    valid: int


def chunks(plan: Plan) -> Iterator[Chunk]:
    """The points of a plan, so many at a time, by whoever asks for them."""
    return (cost_points(plan, some) for some in numbers(plan))


def numbers(plan: Plan) -> Iterator[Array]:
    """The numbers of the points of a plan, so many at a time."""
    if plan.sample is not None:
        return plan.grid.sample(plan.sample, plan.seed, CHUNK)
    return plan.grid.chunks(CHUNK, plan.shard)


def on_cluster(plan: Plan, address: str) -> Iterator[Chunk]:
    """The chunks of a plan from the workers of a cluster, in order; what a lost worker had is computed again.

    Raises:
        ConvcalcError: where dask is not installed, and for a cluster that does not answer.
    """
    try:
        from distributed import Client
    except ImportError:
        raise usage("--dask needs dask.distributed", "install it: pip install 'convcalc[dask]'") from None
    try:
        client = Client(address, timeout="10s", set_as_default=False)  # type: ignore[no-untyped-call]
    except (OSError, ValueError) as error:
        why = str(error) or type(error).__name__
        raise usage(f"--dask {address}: the cluster does not answer: {why}", "dask scheduler prints its address") from None
    with client:
        waiting: list[Any] = []
        for some in numbers(plan):
            waiting.append(client.submit(cost_points, plan, some, pure=False, retries=3))
            if len(waiting) >= IN_FLIGHT:
                yield waiting.pop(0).result()
        while waiting:
            yield waiting.pop(0).result()


IN_FLIGHT = 64  # chunks that a cluster has at once


def cost_columns(design: str, columns: Mapping[str, Array], metrics: Sequence[str] = ADDITIVE) -> dict[str, Array]:
    """Metrics of points that are given as columns, instead of a grid.

    Args:
        design: a block or network by name or path.
        columns: 64-bit integers by the names of parameters, cin, hw and batch, all of one length.
        metrics: those to compute.

    Returns:
        A column a metric: 64-bit integers, or Python's where those do not hold them.

    Raises:
        ConvcalcError: for a design that cannot be used.
        ValueError: where a point is impossible; `sweep` counts and explains such points.
    """
    found = Designs([design])
    found.check(list(columns))
    return columns_cost(found.cost, columns, metrics)


COSTERS: dict[Plan, tuple[Coster, Where | None]] = {}  # of this process


def cost_points(plan: Plan, numbers: Array) -> Chunk:
    """The points of a plan with these numbers: a plain function of plain data, so that any engine can map it."""
    if plan not in COSTERS:
        coster = Coster(Designs(plan.designs).cost, plan.axes, plan.metrics)
        COSTERS.clear()
        COSTERS[plan] = coster, Where(plan.where, plan.axes, plan.shown) if plan.where is not None else None
    coster, condition = COSTERS[plan]
    points = coster.points(plan.grid.digits(numbers))
    valid = points.size
    if plan.join is not None:
        points = plan.join.of(points)
    if condition is not None:
        points = points.those(condition(points))
    return Chunk(points, len(numbers), valid)


def impossible(invalid: Sequence[Invalid]) -> ConvcalcError:
    """Every point is impossible: why."""
    reasons = [f"{reason.points:,} × {reason.message} (such as {example_text(reason)})" for reason in invalid]
    return ConvcalcError(*(Diagnostic("every-point-impossible", text, None, "take other values") for text in reasons))


def example_text(reason: Invalid) -> str:
    return ", ".join(f"{name}={value}" for name, value in reason.example.items())


# Reading


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
    names = (designs,) if isinstance(designs, str) else tuple(designs)
    if not names:
        raise usage("no design is given", "convcalc sweep bottleneck --set cin=256 --set hw=56 --set reduction=2,4,8")
    if len(set(names)) < len(names):
        raise usage("a design is given twice", "drop one")
    found = read_axes(names, read_settings(axes))
    wanted = read_metrics(metrics)
    measured = read_measurements(join, found) if join is not None else None
    known = [*(axis.name for axis in found if axis.is_number), *ADDITIVE, *(measured.names if measured is not None else ())]
    goals = tuple(read_goal("--pareto", goal, known, most="max", least="min") for goal in pareto.split(",")) if pareto else ()
    order = read_goal("--sort", sort, known, most="desc", least="asc") if sort else None
    kept = Wanted(goals, order, read_size("--top", top) if top is not None else None)
    used = [goal.name for goal in (*goals, *([order] if order else [])) if goal.name in ADDITIVE]
    plan = Plan(
        names,
        found,
        tuple(dict.fromkeys((*wanted, *used, *(name for name in ADDITIVE if where and name in where)))),
        where,
        kept,
        read_size("--sample", sample) if sample is not None else None,
        seed,
        read_shard(shard),
        measured,
    )
    check_size(plan.grid, plan.sample)
    if sample is not None and plan.shard != (1, 1):
        raise usage("--sample and --shard exclude each other", "give each job a seed of its own: --sample 1000 --seed 2")
    if where is not None:
        Where(where, found, tuple(known))
    return plan


def read_measurements(path: str, axes: tuple[Axis, ...]) -> Join:
    """The measurements of a CSV file."""
    import csv

    lines = list(csv.reader(read_text(path, path).splitlines()))
    if not lines:
        raise usage(f"--join {path}: it has no header", "the first line names the columns")
    return read_join([name.strip() for name in lines[0]], [line for line in lines[1:] if line], axes, ADDITIVE, path)


def read_metrics(metrics: Sequence[str] | str | None) -> tuple[str, ...]:
    names = metrics.split(",") if isinstance(metrics, str) else list(metrics or ADDITIVE)
    for name in names:
        if name.strip() not in ADDITIVE:
            raise usage(f"--columns {name}: there is no such metric", nearest(name, list(ADDITIVE)))
    return tuple(name.strip() for name in names)


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
    if not slash or not part.isdecimal() or not parts.isdecimal() or not 1 <= int(part) <= int(parts) <= 10**6:
        raise usage(f"--shard {text}: expected I/N", "write --shard 1/8 … --shard 8/8")
    return int(part), int(parts)
