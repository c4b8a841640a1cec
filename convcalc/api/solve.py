"""`convcalc solve`: the largest design within limits, and where two designs cost the same; exact, with a proof."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from convcalc.api.budgets import limit_of, metric_hint
from convcalc.api.designs import read_size
from convcalc.api.space import DESIGN, Designs, read_axes, takes
from convcalc.api.sweep import read_goal, value_text
from convcalc.errors import Diagnostic, usage
from convcalc.report.model import ADDITIVE, Report
from convcalc.report.views import Candidate, Solution
from convcalc.space.axes import Axis, Value, plain
from convcalc.space.points import Coster, Points, every_point

BLOCK = 1_024  # values that are looked at first; then as many as there were
LARGEST = 2**18  # values of a variable without a range of its own


class Limit(NamedTuple):
    """What a metric may be at most, or must be at least."""

    metric: str
    limit: int
    least: bool = False

    def broken(self, value: int) -> str:
        """Why a value does not meet it; empty where it does."""
        if self.least:
            return f"{self.metric} {value:,} are below {self.limit:,}" if value < self.limit else ""
        return f"{self.metric} {value:,} exceed {self.limit:,}" if value > self.limit else ""


class Question(NamedTuple):
    """Designs with fixed values, the variables and what they may be (None: any whole number), and the limits."""

    designs: tuple[str, ...]
    fixed: tuple[Axis, ...]
    variables: tuple[tuple[str, tuple[Value, ...] | None], ...]
    limits: tuple[Limit, ...]
    multiple: int
    smallest: bool
    goal: str  # the metric that is to be large

    @property
    def metrics(self) -> tuple[str, ...]:
        wanted = ("params", "macs", "activations", self.goal, *(limit.metric for limit in self.limits))
        return tuple(dict.fromkeys(wanted))


def solve(
    designs: str | Sequence[str],
    *,
    variables: str,
    max: str | Sequence[str] = (),  # noqa: A002  # as the option is called
    min: str | Sequence[str] = (),  # noqa: A002
    set: Mapping[str, Any] | Sequence[str] = (),  # noqa: A002
    multiple_of: int | str = 1,
    smallest: bool = False,
    maximize: str | None = None,
    break_even: bool = False,
) -> Report:
    """The largest value that meets limits, with the next one that does not.

    Args:
        designs: a block or network by name or path; for the break-even two of them.
        variables: what is looked for, "width", or several, "width,resolution".
        max, min: limits, "macs=300M".
        set: values of other parameters, of cin and hw; ranges of the variables.
        multiple_of: a variable without a range is a multiple of this.
        smallest: the smallest value instead.
        maximize: of several variables, the metric that is to be large; that of the first limit unless given.
        break_even: the largest value at which the first design costs no more than the second, in the metric of
            `maximize` (macs unless given).

    Returns:
        A report with `solutions`: values, metrics, and the neighbours that fail, with why. `exit_code` is 1 where
        there is none.

    Raises:
        ConvcalcError: for what cannot be used.
    """
    question = read_question(designs, variables, max, min, set, multiple_of, smallest, maximize, break_even)
    found = crossing(question) if break_even else best(question)
    notes = () if found is not None else (Diagnostic("no-solution", none_text(question, break_even), severity="warning"),)
    return Report("solve", diagnostics=notes, exit_code=int(found is None), solutions=() if found is None else (found,))


def none_text(question: Question, break_even: bool) -> str:
    names = ", ".join(name for name, _ in question.variables)
    if break_even:
        return f"{question.designs[0]} costs never less than {question.designs[1]}, or always, whatever {names} is"
    return f"no value of {names} meets the limits"


# One or several variables within limits


def best(question: Question) -> Solution | None:
    """The point that meets all limits and is largest (or smallest), of several variables the one that costs most."""
    if len(question.variables) == 1:
        values = last_that_meets(question, question.variables[0][1])
        return None if values is None else solution(question, values)
    axes = [variable_axis(question, *variable) for variable in question.variables]
    points = costed(question, axes)
    met = [place for place in range(points.size) if not broken(question, at(points, place))]
    if not met:
        return None
    sign = -1 if question.smallest else 1
    chosen = builtin_max(met, key=lambda place: (sign * int(points.metrics[question.goal][place]), -place))
    return solution(question, {axis.name: points.values(axis.name)[chosen] for axis in axes})


builtin_max, set_of = max, set  # which options of those names hide above


def last_that_meets(question: Question, given: tuple[Value, ...] | None) -> dict[str, Value] | None:
    """The largest value of the one variable, of its range or of all numbers: block by block, until a whole one fails."""
    name = question.variables[0][0]
    found: Value | None = None
    for values in [given] if given is not None else blocks(question.multiple):
        points = costed(question, [Axis(name, values)])
        met = [value for place, value in enumerate(points.values(name)) if not broken(question, at(points, place))]
        if met and question.smallest:
            return {name: met[0]}
        if not met and (found is not None or not any(limit.least for limit in question.limits)):
            break
        found = met[-1] if met else found
    else:
        if given is None and found is not None and not question.smallest and found == values[-1]:
            raise usage(f"every {name} up to {found:,} meets the limits", f"give it a range: --set {name}=1:1000")
    return None if found is None else {name: found}


def blocks(multiple: int) -> Any:
    """Multiples in blocks that double."""
    first, size = 1, BLOCK
    while first + size <= LARGEST:
        yield tuple(number * multiple for number in range(first, first + size))
        first, size = first + size, first + size - 1


def variable_axis(question: Question, name: str, values: tuple[Value, ...] | None) -> Axis:
    return Axis(name, values if values is not None else tuple(number * question.multiple for number in range(1, BLOCK + 1)))


def costed(question: Question, axes: Sequence[Axis], design: str | None = None) -> Points:
    """All points of some axes."""
    named = (Axis(DESIGN, (design or question.designs[0],)),)
    found = Designs([design or question.designs[0]])
    return every_point(Coster(found.cost, (*named, *question.fixed, *axes), question.metrics))


def at(points: Points, place: int) -> dict[str, int]:
    return {name: int(column[place]) for name, column in points.metrics.items()}


def broken(question: Question, metrics: Mapping[str, int]) -> str:
    """The first limit that is not met."""
    return next((why for limit in question.limits if (why := limit.broken(metrics[limit.metric]))), "")


def solution(question: Question, values: dict[str, Value]) -> Solution:
    """A point with its metrics, and the next value of each variable: why it is not taken."""
    here = candidate(question, values)
    neighbours = [following(question, values, name, given) for name, given in question.variables]
    return Solution(here, tuple(neighbour for neighbour in neighbours if neighbour is not None))


def following(question: Question, values: dict[str, Value], name: str, given: tuple[Value, ...] | None) -> Candidate | None:
    """The neighbour in one variable; none at the end of its range."""
    step = -1 if question.smallest else 1
    if given is None:
        value: Value = values[name] + step * question.multiple  # type: ignore[operator]  # a number
        return candidate(question, {**values, name: value}) if value > 0 else None  # type: ignore[operator]
    place = given.index(values[name]) + step
    return candidate(question, {**values, name: given[place]}) if 0 <= place < len(given) else None


def candidate(question: Question, values: Mapping[str, Value]) -> Candidate:
    """One point: its metrics, and why it does not do."""
    told = {name: plain(value) for name, value in values.items()}
    points = costed(question, [Axis(name, (value,)) for name, value in values.items()])
    if not points.size:
        return Candidate(told, None, f"impossible: {points.invalid[0].message}")
    metrics = at(points, 0)
    return Candidate(told, metrics, broken(question, metrics))


# Where two designs cost the same


def crossing(question: Question) -> Solution | None:
    """The last value at which the first design costs no more than the second, and the next, at which it costs more."""
    name, given = question.variables[0]
    goal, before = question.goal, None
    for values in [given] if given is not None else blocks(question.multiple):
        ours, theirs = (costs_at(question, design, name, values) for design in question.designs)
        for value in values:
            if value not in ours or value not in theirs:
                continue
            pays = ours[value][goal] <= theirs[value][goal]
            if before is not None and not pays:
                return Solution(before, (compared(question, name, value, ours[value], theirs[value]),))
            if not pays:
                return None
            before = compared(question, name, value, ours[value], theirs[value])
    return None


def costs_at(question: Question, design: str, name: str, values: tuple[Value, ...]) -> dict[Value, dict[str, int]]:
    """What a design costs for each value; the same for all where it has no such parameter."""
    if not takes(Designs([design]).known[design], name):
        points = costed(question, [], design)
        return dict.fromkeys(values, at(points, 0)) if points.size else {}
    points = costed(question, [Axis(name, values)], design)
    return {value: at(points, place) for place, value in enumerate(points.values(name))}


def compared(question: Question, name: str, value: Value, ours: Mapping[str, int], theirs: Mapping[str, int]) -> Candidate:
    second, goal = question.designs[1], question.goal
    more = ours[goal] - theirs[goal]
    told = f"{abs(more):,} {goal} {'more' if more > 0 else 'fewer'} than {second}" if more else f"as many {goal} as {second}"
    return Candidate({name: plain(value)}, dict(ours), told)


# Reading


def read_question(
    designs: str | Sequence[str],
    variables: str,
    most: str | Sequence[str],
    least: str | Sequence[str],
    settings: Mapping[str, Any] | Sequence[str],
    multiple_of: int | str,
    smallest: bool,
    maximize: str | None,
    break_even: bool,
) -> Question:
    """A question from texts, checked.

    Raises:
        ConvcalcError: for what cannot be used.
    """
    texts = (designs,) if isinstance(designs, str) else tuple(designs)
    if len(texts) != (2 if break_even else 1):
        raise usage(
            "the break-even is of two designs" if break_even else "one design at a time", "convcalc solve bottleneck --for reduction …"
        )
    given = [f"{name}={value_text(value)}" for name, value in settings.items()] if isinstance(settings, Mapping) else list(settings)
    axes = {axis.name: axis for axis in (read_axes(texts[:1], given) if given else ())}
    names = [name.strip() for name in variables.split(",")]
    limits = [read_limit(text, False) for text in ([most] if isinstance(most, str) else most)]
    limits += [read_limit(text, True) for text in ([least] if isinstance(least, str) else least)]
    if not limits and not break_even:
        raise usage("there is no limit", "give --max macs=300M")
    fixed = tuple(axis for name, axis in axes.items() if name not in names)
    several = next((axis for axis in fixed if len(axis.values) > 1), None)
    if several is not None:
        raise usage(f"--set {several.name}: {len(several.values)} values", f"one value, or look for it: --for {several.name}")
    goal = read_goal("--maximize", maximize, list(ADDITIVE), "", "").name if maximize else limits[0].metric if limits else "macs"
    if len(set_of(names)) < len(names):
        raise usage(f"--for {variables}: a variable stands twice", "drop one")
    free = next((name for name in names if name not in axes and len(names) > 1), None)
    if free is not None:
        raise usage(f"--for {variables}: {free} has no range", f"of several variables each needs one: --set {free}=8:512:8")
    ranges = tuple((name, axes[name].values if name in axes else None) for name in names)
    question = Question(texts, fixed, ranges, tuple(limits), read_size("--multiple-of", multiple_of), smallest, goal)
    Designs(texts).check([Axis(name, (1,)) for name in (*(axis.name for axis in fixed), *names)])
    return question


def read_limit(text: str, least: bool) -> Limit:
    option = "--min" if least else "--max"
    metric, equals, limit = (part.strip() for part in text.partition("="))
    if not equals or metric not in ADDITIVE:
        raise usage(f"{option} {text}: expected METRIC=LIMIT", metric_hint(metric) if equals else f"write {option} macs=300M")
    return Limit(metric, limit_of(metric, limit, f"{option} {metric} =")[0], least)
