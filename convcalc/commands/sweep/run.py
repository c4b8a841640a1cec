"""`convcalc sweep`: every point of a design space, exactly."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any, Unpack

from convcalc.analysis.metrics import METRICS, usual
from convcalc.commands.sweep.request import Options, Request, read_request
from convcalc.commands.sweep.show import invalid_reports, invalid_text
from convcalc.errors import ConvcalcError, Diagnostic, usage
from convcalc.inputs.execution import Running, read_execution
from convcalc.inputs.goals import read_metrics
from convcalc.record import NamedTuple
from convcalc.space.designs import Designs
from convcalc.space.points import CHUNK, Coster, Invalid, Points, columns_cost, whole_columns
from convcalc.space.program import Array
from convcalc.space.selection import Kept
from convcalc.space.where import Where

Progress = Callable[[int, int], None]  # how many points more are done, and how many there are


class Swept(NamedTuple):
    """What a sweep found: points as columns, how many were looked at, and what could not be built."""

    request: Request
    points: Points
    done: int  # points that were looked at
    met: int  # of these, those that are possible, measured where there are measurements, and meet the condition
    warnings: tuple[Diagnostic, ...] = ()
    interrupted: bool = False

    @property
    def columns(self) -> dict[str, Array]:
        """NumPy columns by name: the axes, then the metrics."""
        return {name: self.points.column(name) for name in (*self.points.digits, *self.request.shown)}

    @property
    def invalid(self) -> tuple[Invalid, ...]:
        """Points that are impossible, by reason."""
        return self.points.invalid


def sweep(
    designs: str | Sequence[str],
    *,
    set: Mapping[str, Any] | Sequence[str],  # noqa: A002  # as the option is called
    dask: str | None = None,
    progress: Progress | None = None,
    **options: Unpack[Options],
) -> Swept:
    """Every point of a design space, to the integer that it would have alone.

    Args:
        designs: blocks or networks by name or path; several make an axis `design`.
        set: the axes, `{"cout": "64:512:64"}` or `["cout=64:512:64"]`; the grid is their product.
        dask: the address of a dask.distributed scheduler, whose workers compute the points.
        progress: called with how many points more are done, and how many there are.
        options: which points and metrics, as `commands.sweep.request.Options` lists them.

    Returns:
        Points as NumPy columns, 64-bit integers or Python's where those do not hold them; `invalid` counts what could
        not be built by reason.

    Raises:
        ConvcalcError: for designs, axes and conditions that cannot be used, and where every point is impossible.
    """
    request = read_request(designs, set, **options)
    kept = Kept(request.wanted, Points.none(request.axes, request.columns))
    done = valid = met = 0
    interrupted = False
    try:
        for chunk in chunks(request, dask):
            kept.add(chunk.points)
            done, valid, met = done + chunk.done, valid + chunk.valid, met + chunk.points.size
            if kept.size > MOST_KEPT:
                raise usage(f"more than {MOST_KEPT:,} points are kept", "choose: --where, --pareto, --top; or stream them: --format csv")
            if progress is not None:
                progress(chunk.done, request.size)
    except KeyboardInterrupt:
        interrupted = True
    found = kept.found()
    if not valid and not interrupted and request.is_whole:
        raise impossible(found.invalid)
    return Swept(request, found, done, met, (*request.warnings, *idle(request)), interrupted)


MOST_KEPT = 20_000_000  # points in memory


class Chunk(NamedTuple):
    """The points of a chunk that meet the condition, of how many that were looked at, and how many were possible."""

    points: Points
    done: int
    valid: int


def chunks(request: Request, dask: str | None = None) -> Iterator[Chunk]:
    """The points of a request, so many at a time, by this process or by the workers of a cluster."""
    return (cost_points(request, some) for some in numbers(request)) if dask is None else on_cluster(request, dask)


def numbers(request: Request) -> Iterator[Array]:
    """The numbers of the points of a request, so many at a time."""
    asked = request.asked
    if asked.sample is not None:
        return request.grid.sample(asked.sample, asked.seed, CHUNK)
    number, parts = asked.shard or (1, 1)
    return request.grid.chunks(CHUNK, (number, parts))


def on_cluster(request: Request, address: str) -> Iterator[Chunk]:
    """The chunks of a request from the workers of a cluster, in order; what a lost worker had is computed again.

    Raises:
        ConvcalcError: where dask is not installed, and for a cluster that does not answer.
    """
    try:
        from distributed import CancelledError, Client, KilledWorker
    except ImportError:
        raise usage("--dask needs dask.distributed", "install it: pip install 'convcalc[dask]'") from None
    try:
        client = Client(address, timeout="10s", set_as_default=False)  # type: ignore[no-untyped-call]
    except (OSError, ValueError) as error:
        why = str(error) or type(error).__name__
        raise usage(f"--dask {address}: the cluster does not answer: {why}", "dask scheduler prints its address") from None
    with client:
        waiting: list[Any] = []
        try:
            for some in numbers(request):
                waiting.append(client.submit(cost_points, request, some, pure=False, retries=3))
                if len(waiting) >= IN_FLIGHT:
                    yield waiting.pop(0).result()
            while waiting:
                yield waiting.pop(0).result()
        except (KilledWorker, CancelledError, OSError, TimeoutError) as error:
            why = str(error) or type(error).__name__
            raise usage(f"--dask {address}: the cluster lost the work: {why}", "look at its log, and start again") from None


IN_FLIGHT = 64  # chunks that a cluster has at once


def cost_columns(
    design: str, columns: Mapping[str, Any], metrics: Sequence[str] | str | None = None, **running: Unpack[Running]
) -> dict[str, Array]:
    """Metrics of points that are given as columns, instead of a grid.

    Args:
        design: a block or network by name or path.
        columns: whole numbers below 2^63 by the names of parameters, cin, hw and batch: NumPy arrays or sequences of one
            length. Decimals are axes of `sweep`.
        metrics: those to compute; all that add up unless given, but for those of memory and training.
        running: how it is run, as `inputs.execution.Running` lists it: `dtype`, `in_place`, `optimizer`, …

    Returns:
        A column a metric: 64-bit integers, or Python's where those do not hold them.

    Raises:
        ConvcalcError: for a design, columns or metrics that cannot be used, and where a point is impossible; `sweep`
            counts and explains such points.
    """
    found = Designs([design], read_execution(**running))
    found.check(list(columns))
    names = read_metrics("metrics:", metrics or usual(), list(METRICS))
    return columns_cost(found.costing(names), whole_columns(columns), names)


class Work(NamedTuple):
    """What a process has built for a request."""

    request: Request
    coster: Coster
    condition: Where | None
    measured: Mapping[tuple[int, ...], tuple[Fraction, ...]]


WORK: list[Work] = []  # that of the last request


def work_of(request: Request) -> Work:
    """What costs the points of a request, the same for all its chunks."""
    if not WORK or (WORK[0].request is not request and WORK[0].request != request):
        asked = request.asked
        designs = Designs(asked.designs, request.execution)
        if designs.digest != asked.spec:
            raise usage("the layouts have changed since the sweep began, or are others on a worker", "give all workers the same files")
        condition = Where(asked.where, request.axes, request.columns) if asked.where is not None else None
        measured = dict(request.join.rows) if request.join is not None else {}
        WORK[:] = [Work(request, Coster(designs.costing(request.metrics), request.axes, request.metrics), condition, measured)]
    return WORK[0]


def cost_points(request: Request, numbers: Array) -> Chunk:
    """The points of a request with these numbers: a plain function of plain data, so that any engine can map it."""
    work = work_of(request)
    points = work.coster.points(request.grid.digits(numbers))
    valid = points.size
    if request.join is not None:
        points = request.join.of(points, work.measured)
    if work.condition is not None:
        points = points.those(work.condition(points))
    return Chunk(points, len(numbers), valid)


def impossible(invalid: Sequence[Invalid]) -> ConvcalcError:
    """Every point is impossible: why."""
    reports = invalid_reports(invalid)
    return ConvcalcError(*(Diagnostic("every-point-impossible", invalid_text(reason), None, fix_of(reason.reason)) for reason in reports))


def fix_of(reason: str) -> str:
    """What to do where every point is impossible for one reason."""
    return "ask for other metrics" if reason == "no-such-metric" else "take other values, or a larger sample"


def idle(request: Request) -> list[Diagnostic]:
    """A warning for each axis of numbers that, of all that was computed here, changed nothing."""
    if not WORK or WORK[0].request != request:
        return []  # others have computed it
    return [
        Diagnostic("option-unused", f"{name} changes nothing in {', '.join(request.metrics)}", severity="warning")
        for name in WORK[0].coster.idle()
    ]
