"""`convcalc solve`: the largest design within limits, and where two designs cost the same; exact, with a proof."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Unpack

from convcalc.analysis.metrics import METRICS
from convcalc.commands.solve.request import Request, read_request
from convcalc.errors import Diagnostic, usage
from convcalc.inputs.execution import Running, read_execution
from convcalc.inputs.limits import Limits
from convcalc.inputs.sizes import read_size
from convcalc.record import NamedTuple
from convcalc.report.contract import Report
from convcalc.report.numbers import amount_text
from convcalc.report.results import Candidate, Solution
from convcalc.space.axes import Axis, Grid, Value, plain, shown
from convcalc.space.designs import Designs
from convcalc.space.points import CHUNK, Coster, Points, common, every_point
from convcalc.space.program import Array
from convcalc.space.selection import Kept, Wanted, meeting

BLOCK = 16  # values that are looked at first; then as many as there were
FARTHEST = 2**20  # values of a variable without a range of its own
MOST_TRIED = 10**9  # points of several ranges together


def solve(
    designs: str | Sequence[str],
    *,
    variables: str | Sequence[str],
    max: Limits = (),  # noqa: A002  # as the option is called
    min: Limits = (),  # noqa: A002
    set: Mapping[str, Any] | Sequence[str] = (),  # noqa: A002
    multiple_of: int | str = 1,
    smallest: bool = False,
    maximize: str | None = None,
    minimize: str | None = None,
    break_even: bool = False,
    metric: str = "macs",
    **running: Unpack[Running],
) -> Report:
    """The largest value that meets limits, with the next one that does not.

    Args:
        designs: a block or network by name or path; for the break-even two of them.
        variables: what is looked for, "width", or several, "width,resolution".
        max, min: limits, "macs=300M", several, or {"macs": 300_000_000}.
        set: values of other parameters, of cin and hw; ranges of the variables.
        multiple_of: a variable without a range is a multiple of this.
        smallest: the smallest value instead.
        maximize, minimize: the metric that is to be large or small, instead of the value; of several variables that
            of the first limit unless given.
        break_even: where the first design begins or ceases to cost more than the second.
        metric: what the break-even compares.
        running: how it is run, as `inputs.execution.Running` lists it: `dtype`, `in_place`, `optimizer`, …

    Returns:
        A report with `solutions`: values, metrics, and the neighbours that fail, with why. `exit_code` is 1 where
        there is none.

    Raises:
        ConvcalcError: for what cannot be used, and where a variable without a range would have to be larger than what
            is looked at.
    """
    multiple, execution = read_size("--multiple-of", multiple_of), read_execution(**running)
    request = read_request(designs, variables, (max, min), set, multiple, smallest, (maximize, minimize), break_even, metric, execution)
    answer = crossings(request) if break_even else best(request)
    return Report("solve", int(not answer.solutions), solutions=answer.solutions, diagnostics=(*request.warnings, *answer.remarks))


class Answer(NamedTuple):
    """What was found, and what has to be known of it; or why there is nothing."""

    solutions: tuple[Solution, ...]
    remarks: tuple[Diagnostic, ...] = ()


def nothing(why: str) -> Answer:
    return Answer((), (Diagnostic("no-solution", why, severity="warning"),))


# One or several variables within limits


def best(request: Request) -> Answer:
    """The best point that meets all limits, with the next values of its variables; or that there is none."""
    if request.variables[0].values:
        values = best_of_ranges(request)
        ends = [axis.name for axis in request.variables if values and following_value(request, values, axis) is None]
        remarks = (
            [Diagnostic("range-ends", f"the range of {', '.join(ends)} ends here: there is no next value", severity="warning")]
            if ends
            else []
        )
    else:
        values, remarks = last_multiple(request)
    if values is None:
        upto = "" if request.variables[0].values else ", as far as its costs grow"
        return nothing(f"no value of {request.names} meets the limits{upto}; {least_demanding(request)}")
    here = candidate(request, values)
    neighbours = [neighbour for axis in request.variables if (neighbour := following(request, here, values, axis))]
    return Answer((Solution(*here, tuple(neighbours)),), tuple(remarks))


def least_demanding(request: Request) -> str:
    """Why not even the values do that are farthest from what was asked for."""
    place = 0 if request.step > 0 else -1
    found = candidate(request, {axis.name: axis.values[place] if axis.values else request.multiple for axis in request.variables})
    return f"at {', '.join(f'{axis.name}={found.values[axis.name]}' for axis in request.variables)}, {found.why}"


def best_of_ranges(request: Request) -> dict[str, Value] | None:
    """Of all points the best by the goal, or the last; of equals the one with the last values."""
    axes = tuple(axis._replace(values=axis.values[:: -request.step]) for axis in request.variables)
    grid = Grid((*request.fixed, *axes))
    if grid.size > MOST_TRIED:
        raise usage(f"--for {request.names}: {grid.size:,} points", f"at most {MOST_TRIED:,}: take fewer values")
    coster = Coster(Designs(request.designs, request.execution).costing(request.metrics), grid.axes, request.metrics)
    kept = Kept(Wanted(sort=request.goal, top=1), Points.none(grid.axes, request.metrics))
    for numbers in grid.chunks(CHUNK):
        points = coster.points(grid.digits(numbers))
        kept.add(points.those(meeting(request.bounds, points)))
        if request.goal is None and kept.waiting:
            break
    found = kept.found()
    return {axis.name: found.values(axis.name)[0] for axis in axes} if found.size else None


def last_multiple(request: Request) -> tuple[dict[str, Value] | None, list[Diagnostic]]:
    """The last (or first) of all multiples that meets the limits, in blocks as large as everything before them.

    It ends with a block that fails a limit throughout, by more and more: a cost that falls, or goes up and down, is
    followed to the end of what is looked at.

    Raises:
        ConvcalcError: where that end says nothing of larger values.
    """
    [axis] = request.variables
    found: Value | None = None
    possible: list[Value] = []
    for values in blocks(request.multiple):
        points = costed(request, [Axis(axis.name, values)])
        possible = points.values(axis.name) or possible
        [met] = meeting(request.bounds, points).nonzero()
        if len(met):
            found = points.values(axis.name)[int(met[0 if request.smallest else -1])]
            if request.smallest:
                break
        elif any(bound.fails_on(points) for bound in request.bounds):
            break
    else:
        return unended(request, found, possible)
    return None if found is None else {axis.name: found}, []


def unended(request: Request, found: Value | None, possible: Sequence[Value]) -> tuple[dict[str, Value], list[Diagnostic]]:
    """What is known where values that are not looked at may meet the limits too.

    Raises:
        ConvcalcError: where that is nothing.
    """
    [axis] = request.variables
    last = f"{FARTHEST * request.multiple:,}"
    if found is not None and (found != possible[-1] or possible[-1] != FARTHEST * request.multiple):
        return {axis.name: found}, [Diagnostic("range-ends", f"values of {axis.name} above {last} were not looked at", severity="warning")]
    what = "is possible" if not possible else "meets the limits" if found is None else "exceeds the limits"
    hint = f"give it a range: --set {axis.name}=1:100000000:x2"
    if found is not None and all(bound.least for bound in request.bounds):
        hint = "add a --max, or ask for the --smallest"
    raise usage(f"no {axis.name} up to {last} {what}", hint)


def blocks(multiple: int) -> Iterator[tuple[int, ...]]:
    """Multiples in blocks that double."""
    first, size = 1, BLOCK
    while first + size <= FARTHEST + 1:
        yield tuple(number * multiple for number in range(first, first + size))
        first, size = first + size, first + size - 1


def costed(request: Request, axes: Sequence[Axis], design: int = 0) -> Points:
    """All points of some axes."""
    return every_point(
        Coster(Designs([request.designs[design]], request.execution).costing(request.metrics), (*request.fixed, *axes), request.metrics)
    )


def following(request: Request, here: Candidate, values: Mapping[str, Value], axis: Axis) -> Candidate | None:
    """The neighbour in one variable; none at the end of its range."""
    value = following_value(request, values, axis)
    if value is None:
        return None
    found = candidate(request, {**values, axis.name: value})
    if found.why or request.goal is None or found.metrics is None or here.metrics is None:
        return found
    more = found.metrics[request.goal.name] - here.metrics[request.goal.name]
    return found._replace(why=f"meets the limits, with {amount(more, request.goal.name)}")


def following_value(request: Request, values: Mapping[str, Value], axis: Axis) -> Value | None:
    value = values[axis.name]
    if not axis.values:
        assert isinstance(value, int)
        return value + request.step * request.multiple or None
    place = next(place for place, other in enumerate(axis.values) if other == value and type(other) is type(value)) + request.step
    return axis.values[place] if 0 <= place < len(axis.values) else None


def candidate(request: Request, values: Mapping[str, Value], design: int = 0) -> Candidate:
    """Compute one point: its metrics, and why it was rejected."""
    shown_values = {name: plain(value) for name, value in values.items()}
    points = costed(request, [Axis(name, (value,)) for name, value in values.items()], design)
    if not points.size:
        return Candidate(shown_values, None, f"impossible: {points.invalid[0].message}")
    metrics = {name: number_of(column[0]) for name, column in points.metrics.items()}
    return Candidate(shown_values, metrics, next((why for bound in request.bounds if (why := bound.broken(metrics[bound.metric]))), ""))


def number_of(value: Any) -> int | float:
    """A number of NumPy's as Python's."""
    found: int | float = value.item() if hasattr(value, "item") else value
    return found


def amount(more: int | float, metric: str) -> str:
    """`1,024 macs more`."""
    return f"{amount_text(abs(more), METRICS[metric].unit)} {metric} {'more' if more > 0 else 'fewer'}" if more else f"as many {metric}"


# Where two designs cost the same


def crossings(request: Request) -> Answer:
    """Values before which the first design begins, or ceases, to cost more than the second, each with the next value.

    Of many the first and the last; of a variable without a range those up to where a block, as large as everything
    before it, has none.
    """
    [axis] = request.variables
    first, second = request.designs
    state: bool | None = None  # whether the first costs more at the last value
    before: Value | None = None
    found: list[tuple[Value, Value]] = []
    for values in [axis.values] if axis.values else blocks(request.multiple):
        both, more = comparison(request, Axis(axis.name, values))
        here = [values[place] for place in both]
        states = [*([] if state is None else [state]), *more.tolist()]
        known = [*([] if before is None else [before]), *here]
        turned = [place for place in range(1, len(states)) if states[place] != states[place - 1]]
        found += [(known[place - 1], known[place]) for place in turned]
        if states:
            state, before = states[-1], known[-1]
        if found and not turned:
            break
    if before is None:
        return nothing(f"no value of {axis.name} is possible in both {first} and {second}")
    if not found:
        costs = "costs more" if state else "costs no more"
        return nothing(f"{first} {costs} {request.metric} than {second} at every {axis.name} up to {value_text(before)}")
    ends = found if len(found) == 1 else [found[0], found[-1]]
    solutions = [Solution(*against(request, axis.name, value), (against(request, axis.name, after),)) for value, after in ends]
    text = f"{first} and {second} cross {len(found):,} times up to {value_text(before)}; the first and the last are shown"
    return Answer(tuple(solutions), (Diagnostic("crosses-again", text, severity="warning"),) if len(found) > 2 else ())


def value_text(value: Value) -> str:
    return f"{value:,}" if isinstance(value, int) else shown(value)


def comparison(request: Request, axis: Axis) -> tuple[Array, Array]:
    """Which values both designs can have, and at which of them the first costs more."""
    ours, theirs = (costed(request, [axis], design) for design in (0, 1))
    mine, others = common(ours, theirs, axis.name)
    more: Array = ours.metrics[request.metric][mine] > theirs.metrics[request.metric][others]
    return ours.digits[axis.name][mine], more.astype(bool)


def against(request: Request, name: str, value: Value) -> Candidate:
    """The first design at a value, and how much more or less it costs than the second."""
    ours, theirs = (candidate(request, {name: value}, design) for design in (0, 1))
    assert ours.metrics is not None
    assert theirs.metrics is not None
    more, second = ours.metrics[request.metric] - theirs.metrics[request.metric], request.designs[1]
    return ours._replace(why=f"{amount(more, request.metric)} {'than' if more else 'as'} {second}")
