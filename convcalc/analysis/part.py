"""A part of a trace: the layers at or below a path."""

from __future__ import annotations

from convcalc.core.trace import Row, Trace
from convcalc.errors import usage
from convcalc.spelling import nearest


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
