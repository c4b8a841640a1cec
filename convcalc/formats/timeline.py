"""A timeline: bars over the layers in their order, with the names of the stages below."""

from __future__ import annotations

from collections.abc import Sequence

from convcalc.formats.parts import Paragraph, Part
from convcalc.formats.text import display_width, visible
from convcalc.record import NamedTuple

WIDEST = 80  # columns
HEIGHT = 4  # lines
BARS = " ▁▂▃▄▅▆▇█"
LEAST_NAME = 3  # columns that a name takes where it is cut


class Section(NamedTuple):
    """Bars first … last of one name."""

    name: str
    first: int
    last: int


def timeline(moments: Sequence[tuple[str, int]], width: int | None) -> list[Part]:
    """Bars of amounts by the paths of layers, as wide as there is room; several layers share a bar where there are more than fit."""
    columns = min(WIDEST, width or WIDEST)
    wide = max(columns // max(len(moments), 1), 1)
    places, amounts = together([amount for _, amount in moments], columns)
    most = max(amounts, default=0) or 1
    heights = [-(-amount * HEIGHT * (len(BARS) - 1) // most) for amount in amounts]
    lines = ["".join(bar(height, line) * wide for height in heights) for line in reversed(range(HEIGHT))]
    return [Paragraph(line.rstrip(), wrap=False, drawn=True) for line in (*lines, names(sections(moments, places), wide, columns))]


def together(amounts: Sequence[int], columns: int) -> tuple[list[int], list[int]]:
    """The column of each amount, and the largest in each column; several share one where there are more than columns."""
    count = min(len(amounts), columns)
    places = [number * count // len(amounts) for number in range(len(amounts))]
    largest = [0] * count
    for place, amount in zip(places, amounts, strict=True):
        largest[place] = max(largest[place], amount)
    return places, largest


def bar(height: int, line: int) -> str:
    """A line of a bar, so many eighths of a line high."""
    return BARS[min(max(height - line * (len(BARS) - 1), 0), len(BARS) - 1)]


def sections(moments: Sequence[tuple[str, int]], places: Sequence[int]) -> list[Section]:
    """Bars whose layers have the first name of their paths in common."""
    found: list[Section] = []
    for (path, _), place in zip(moments, places, strict=True):
        name = path.partition(".")[0]
        if found and found[-1].name == name:
            found[-1] = found[-1]._replace(last=place)
        else:
            found.append(Section(name, place, place))
    return found


def names(found: Sequence[Section], wide: int, columns: int) -> str:
    """The names of stages below their bars, those that there is room for, a blank between them."""
    text = ""
    for stage, after in zip(found, [*found[1:], None], strict=True):
        start, stop = stage.first * wide, after.first * wide - 1 if after is not None else columns
        known = display_width(text)
        begin = max(start, known + 1 if text else 0)
        shown = cut(stage.name, stop - begin)
        if shown == stage.name or (shown and not any(one.name != stage.name and cut(one.name, stop - begin) == shown for one in found)):
            text += " " * (begin - known) + shown
    return text


def cut(name: str, room: int) -> str:
    """A name as it is shown, cut where there is no room for all of it; empty where there is hardly any."""
    name = visible(name)
    if display_width(name) <= room:
        return name
    while name and display_width(name) > room - 1:
        name = name[:-1]
    return f"{name}…" if display_width(name) >= LEAST_NAME else ""
