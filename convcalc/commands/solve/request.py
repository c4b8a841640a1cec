"""What `convcalc solve` is asked, read from texts and checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from convcalc.analysis.metrics import METRICS, brief
from convcalc.core.execution import Execution
from convcalc.errors import Diagnostic, usage
from convcalc.inputs.goals import Goal, read_metrics
from convcalc.inputs.limits import Limits, limit_texts, read_limit
from convcalc.layout.expression import BOOLEANS, WORDS, is_decimal
from convcalc.record import NamedTuple
from convcalc.space.axes import Axis
from convcalc.space.designs import DESIGN, Designs, axis_texts, read_axes
from convcalc.space.selection import Bound

MOST_MULTIPLE = 2**40


class Request(NamedTuple):
    """Designs with fixed values, the variables (without values: any multiple), the limits, and what is best."""

    designs: tuple[str, ...]
    fixed: tuple[Axis, ...]
    variables: tuple[Axis, ...]
    bounds: tuple[Bound, ...]
    multiple: int
    smallest: bool
    goal: Goal | None  # the metric that is to be large or small; None: the variable itself
    metric: str  # of a break-even
    warnings: tuple[Diagnostic, ...]
    execution: Execution = Execution()

    @property
    def metrics(self) -> tuple[str, ...]:
        goal = self.goal.name if self.goal is not None else self.metric
        return tuple(dict.fromkeys((*brief(), goal, *(bound.metric for bound in self.bounds))))

    @property
    def names(self) -> str:
        return ", ".join(axis.name for axis in self.variables)

    @property
    def step(self) -> int:
        """Where the neighbours are that a solution is better than."""
        return -1 if self.smallest or (self.goal is not None and not self.goal.most) else 1


def read_request(
    designs: str | Sequence[str],
    variables: str | Sequence[str],
    limits: tuple[Limits, Limits],
    settings: Mapping[str, Any] | Sequence[str],
    multiple: int,
    smallest: bool,
    goals: tuple[str | None, str | None],
    break_even: bool,
    metric: str,
    execution: Execution = Execution(),  # noqa: B008  # it cannot be changed
) -> Request:
    """A request from texts, checked.

    Raises:
        ConvcalcError: for what cannot be used.
    """
    texts = (designs,) if isinstance(designs, str) else tuple(designs)
    if len(texts) != (2 if break_even else 1):
        example = "convcalc solve bottleneck plain --break-even --for mid …" if break_even else "convcalc solve bottleneck --for mid …"
        raise usage("the break-even is of two designs" if break_even else "one design at a time", example)
    names = read_names(variables if isinstance(variables, str) else ",".join(variables), break_even)
    axes = {axis.name: axis for axis in read_axes(texts[:1], axis_texts(settings))} if settings else {}
    fixed = tuple(axis for name, axis in axes.items() if name not in names)
    several = next((axis for axis in fixed if len(axis.values) > 1), None)
    if several is not None:
        raise usage(f"--set {several.name}: {len(several.values)} values", f"one value, or look for it: --for {several.name}")
    read = tuple(
        Bound(limit.metric, limit.value, option == "--min")
        for option, given in zip(("--max", "--min"), limits, strict=True)
        for limit in (read_limit(option, text) for text in limit_texts(given))
    )
    if not read and not break_even:
        raise usage("there is no limit", "give --max macs=300M")
    if break_even and (read or smallest or any(goals)):
        raise usage("the break-even has no limits, and nothing to maximize", "choose what it compares: --metric params")
    goal = read_best(names, read, smallest, *goals)
    if multiple > MOST_MULTIPLE or (multiple > 1 and all(name in axes for name in names)):
        what = "too large" if multiple > MOST_MULTIPLE else "the variables have ranges of their own"
        raise usage(f"--multiple-of {multiple}: {what}", "write the step into the range: --set mid=8:512:8")
    if metric != "macs" and not break_even:
        raise usage("--metric is what the break-even compares", "add --break-even, or write --maximize METRIC")
    known = Designs(texts, execution)
    known.check([*(axis.name for axis in fixed), *names])
    for name in names:
        if name not in axes:
            check_free(known, name, len(names) > 1 or goal is not None)
    ranges = tuple(in_order(axes.get(name, Axis(name, ()))) for name in names)
    warnings = tuple(known.unused([axis.name for axis in fixed]))
    return Request(texts, fixed, ranges, read, multiple, smallest, goal, one_metric("--metric", metric), warnings, execution)


def read_names(text: str, break_even: bool) -> list[str]:
    """The variables of --for."""
    names = [name.strip() for name in text.split(",")]
    if len(set(names)) < len(names):
        raise usage(f"--for {text}: a variable stands twice", "drop one")
    if DESIGN in names and break_even:
        raise usage(f"--for {text}: the designs are given", "look for a parameter: --for mid")
    if break_even and len(names) > 1:
        raise usage(f"--for {text}: the break-even is of one variable", "write --for mid")
    return names


def check_free(designs: Designs, name: str, needs_range: bool) -> None:
    """Refuse a variable without a range that needs one: whole numbers are all that is tried."""
    following = [design.layout.params for text, design in designs.known.items() if text not in designs.lacking(name)]
    defaults = [params[name].default for params in following if name in params]
    texts = [default.text for default in defaults if default is not None]
    decimal = next((text for text in texts if is_decimal(text)), None)
    if name == "input":
        raise usage(f"--for {name}: it has no values", "name them: --set input=3x96x96,3x128x128,3x224x224")
    if any(text in BOOLEANS or text in WORDS for text in texts):
        raise usage(f"--for {name}: it has no values", f"name them: --set {name}={texts[0]},…")
    if decimal is not None:
        raise usage(f"--for {name}: {decimal} is a decimal, and there is no range", f"give it one: --set {name}=0.25:2:0.05")
    if needs_range:
        raise usage(f"--for {name}: there is no range", f"give it one: --set {name}=8:512:8")


def in_order(axis: Axis) -> Axis:
    """Numbers in order; words and shapes stay as they are written."""
    return axis._replace(values=tuple(sorted(axis.values))) if axis.is_number else axis


def read_best(names: Sequence[str], bounds: Sequence[Bound], smallest: bool, maximize: str | None, minimize: str | None) -> Goal | None:
    """What is to be large or small; of several variables the first limit's metric unless given."""
    given = [(option, text) for option, text in (("--maximize", maximize), ("--minimize", minimize)) if text is not None]
    if len(given) + smallest > 1:
        raise usage("--maximize, --minimize and --smallest exclude each other", "choose one")
    if given:
        [(option, text)] = given
        return Goal(one_metric(option, text), option == "--maximize")
    return Goal(bounds[0].metric, not smallest) if len(names) > 1 and bounds else None


def one_metric(option: str, text: str) -> str:
    [name] = read_metrics(option, [text], list(METRICS))
    return name
