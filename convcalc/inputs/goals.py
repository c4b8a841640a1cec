"""Metrics and goals as people write them: `macs,params`, `params:max`, `macs:desc`."""

from __future__ import annotations

from collections.abc import Sequence

from convcalc.analysis.metrics import METRICS
from convcalc.errors import usage
from convcalc.record import NamedTuple
from convcalc.spelling import nearest


class Goal(NamedTuple):
    """A metric or an axis of numbers, and whether the most of it comes first, or is best."""

    name: str
    most: bool


def read_metrics(option: str, names: str | Sequence[str], known: Sequence[str], what: str = "metric") -> tuple[str, ...]:
    """`macs,params`: names with commas between them, or one by one.

    Raises:
        ConvcalcError: for a name that is not known.
    """
    wanted = [name.strip() for name in (names.split(",") if isinstance(names, str) else names)]
    for name in wanted:
        if name not in known:
            raise usage(f"{option} {name}: there is no such {what}", nearest(name, list(known)))
    return tuple(wanted)


def read_columns(names: str | None) -> tuple[str, ...]:
    """The metrics that `--columns` names; none for None.

    Raises:
        ConvcalcError: for a name that is no metric.
    """
    return read_metrics("--columns", names, list(METRICS)) if names is not None else ()


def asked_for(metrics: str | Sequence[str], names: Sequence[str] = ()) -> list[str]:
    """Metrics that are to be worked out, and names of columns, keys and limits that may be some.

    Raises:
        ConvcalcError: for a metric that there is not.
    """
    return [*(read_metrics("metrics:", metrics, list(METRICS)) if metrics else ()), *names]


def read_goal(option: str, text: str, known: Sequence[str], most: str, least: str, most_first: bool = False, what: str = "metric") -> Goal:
    """`macs` or `macs:desc`; `most` and `least` are the words of the two directions, `most_first` which holds where there is none.

    Raises:
        ConvcalcError: for a name that is not known, and another direction.
    """
    name, colon, direction = (part.strip() for part in text.partition(":"))
    if name not in known:
        raise usage(f"{option} {text}: there is no {what} `{name}`", nearest(name, list(known)))
    if colon and direction not in (most, least):
        raise usage(f"{option} {text}: the direction is {least} or {most}", f"write {name}:{most}")
    return Goal(name, direction == most if colon else most_first)
