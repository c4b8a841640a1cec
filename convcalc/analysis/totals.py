"""What a trace comes to: the metrics of its layers and of the whole, as the table of metrics has them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import cache
from typing import Any

from convcalc.analysis.metric import Metric
from convcalc.analysis.metrics import METRICS, Values, usual, word_of
from convcalc.core.trace import Trace
from convcalc.errors import Refusal


def layer_metrics(trace: Trace, asked: Collection[str] = ()) -> list[Values]:
    """The metrics of each row of a trace, of all layers that it stands for and the whole batch; equal rows share theirs.

    `asked` are those to work out of the ones that are so on demand.
    """
    known_metrics = computed(asked)
    rules = [(key, metric.of_row) for key, metric in known_metrics.items() if metric.of_each_layer]
    columns = {key: metric.of_layers(trace) for key, metric in known_metrics.items() if metric.of_layers is not None}
    known: dict[Any, Values] = {}
    found = []
    for row, *others in zip(trace.rows, *columns.values(), strict=True):
        same = row.kind, *[tuple(value) if isinstance(value, list) else value for value in others]
        if same not in known:
            cost, beside = row.total, dict(zip(columns, others, strict=True))
            known[same] = {key: rule(row, cost) if rule is not None else beside[key] for key, rule in rules}
        found.append(known[same])
    return found


def computed(asked: Collection[str]) -> dict[str, Metric]:
    """The metrics that are worked out where some are asked for by name."""
    return {key: metric for key, metric in METRICS.items() if not metric.on_demand or key in asked}


def totals(trace: Trace, layers: list[Values] | None = None, asked: Collection[str] = ()) -> Values:
    """The metrics of a network for the whole batch (parameters and buffers once), from those of its layers where they are known."""
    known = layer_metrics(trace, asked) if layers is None else layers
    found = {key: sum([row[key] for row in known]) for key, metric in computed(asked).items() if metric.adds_up}
    for key, metric in computed(asked).items():
        if metric.of_trace is not None:
            found[key] = metric.of_trace(trace, [values[key] for values in known] if metric.of_layers is not None else None)
    return {key: found[key] for key in METRICS if key in found}


def numbers(trace: Trace, keys: Iterable[str]) -> Values:
    """Some metrics of a network, as single numbers.

    Raises:
        Refusal: for one that the network does not have.
    """
    costs = [(row, row.total) for row in trace.rows]
    found: Values = {}
    for key in keys:
        metric = METRICS[key]
        if metric.of_trace is not None:
            found[key] = number(metric.of_trace(trace, None))
        elif metric.of_row is not None:
            found[key] = sum(metric.of_row(row, cost) for row, cost in costs)
        elif metric.of_layers is not None:
            found[key] = sum(metric.of_layers(trace))
        if found[key] is None:
            raise Refusal("no-such-metric", f"{trace.network} has no {word_of(key)}", "leave it out, or ask it of another network")
    return found


@cache
def adding_up(keys: tuple[str, ...]) -> list[str]:
    """Of some metrics those that add up."""
    return [key for key in keys if METRICS[key].adds_up]


def summed(rows: Iterable[Values]) -> Values:
    """The metrics that add up, column by column; nothing costs nothing."""
    known = list(rows)
    keys = adding_up(tuple(known[0])) if known else usual()
    if len(known) == 1:
        return {key: known[0][key] for key in keys}
    try:
        return {key: sum([row[key] for row in known]) for key in keys}
    except KeyError:  # of a saved report, in which some rows lack some
        return {key: sum([row[key] for row in known]) for key in keys if all(key in row for row in known)}


# As a single number


def number(value: Any) -> Any:
    """A metric as one number, which limits and orders compare: of sizes the largest; None where there is none."""
    if isinstance(value, list | tuple):
        return max(value, default=None)
    return value


def of_one_layer(key: str, value: Any, times: int, copies: int | None = None) -> Any:
    """A metric of one of the `times` equal layers that a row stands for, as one number; 0 where it has none.

    `copies` are their sets of weights, where they share them.
    """
    one = number(value) or 0
    parts = copies if copies is not None and METRICS[key].of_copies else times
    if not METRICS[key].adds_up or not parts:
        return one
    return one // parts if METRICS[key].exact else one / parts
