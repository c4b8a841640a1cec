"""A place in a file that a person wrote, as reports hold it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcalc.record import NamedTuple

if TYPE_CHECKING:
    from convcalc.errors import Span
    from convcalc.report.codec import Positive


class Location(NamedTuple):
    """A place in a file that a person wrote; line and column count from 1."""

    path: str
    line: Positive
    column: Positive


def location_of(span: Span | None) -> Location | None:
    """Where a span begins."""
    return None if span is None else Location(span.source.path, span.line, span.column)


def location_text(location: Location | None) -> str:
    """`models/net.yaml:12:5`."""
    return f"{location.path}:{location.line}:{location.column}" if location else ""
