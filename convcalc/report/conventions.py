"""One network under every convention, the bridges between them, and which of them gives a published figure."""

from __future__ import annotations

from collections.abc import Sequence

from convcalc.analysis.convention import Convention, total_and_bridge
from convcalc.core.trace import Row, Trace
from convcalc.errors import nearest, usage
from convcalc.report.quantity import Quantity
from convcalc.report.views import CountReport, Match


def counts(trace: Trace, conventions: Sequence[Convention]) -> tuple[CountReport, ...]:
    """What a trace counts for under each convention."""
    found = []
    for convention in conventions:
        total, steps = total_and_bridge(trace, convention)
        bridge = tuple((step.term, step.amount) for step in steps)
        found.append(CountReport(convention.name, convention.version, convention.unit, convention.counts, total, bridge))
    return tuple(found)


def matches(found: Sequence[CountReport], published: Quantity) -> tuple[Match, ...]:
    """Figures of all conventions and units, nearest first. MACs are published as FLOPs both as they are and doubled."""
    figures = [(count.name, count.unit, count.total) for count in found]
    figures += [(count.name, "FLOP (2 a MAC)", 2 * count.total) for count in found if count.unit == "MAC"]
    wanted = [
        Match(name, unit, figure, figure - published.value, 2 * abs(figure - published.value) <= published.precision)
        for name, unit, figure in figures
        if published.unit is None or unit.startswith(published.unit)
    ]
    return tuple(sorted(wanted, key=lambda match: (abs(match.difference), match.convention != "mac", match.convention)))


def only(trace: Trace, layer: str) -> Trace:
    """A trace with the rows of one layer, or of all below a path; one pass of a repeat by its number.

    Raises:
        ConvcalcError: when there is no such layer.
    """
    rows = [one for row in trace.rows if (one := below(row, layer)) is not None]
    if not rows:
        paths = sorted({".".join(row.path.split(".")[: depth + 1]) for row in trace.rows for depth in range(row.path.count(".") + 1)})
        raise usage(f"{trace.network} has no layer `{layer}`", nearest(layer, paths)[:400])
    return trace._replace(rows=rows, scopes=[])


def below(row: Row, layer: str) -> Row | None:
    """The row, if it stands at or below a path; `layer1.2` finds the passes `layer1.1-2`, as one of them."""
    wanted, path = layer.split("."), row.path.split(".")
    if len(wanted) > len(path):
        return None
    times = row.times
    for want, have in zip(wanted, path, strict=False):
        if want == have:
            continue
        first, dash, last = have.partition("-")
        if not (dash and want.isdecimal() and first.isdecimal() and last.isdecimal() and int(first) <= int(want) <= int(last)):
            return None
        times = times // (int(last) - int(first) + 1)
    return row._replace(times=times)
