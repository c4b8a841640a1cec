"""The points of a design space on two metrics, those of a front joined; a design has a colour of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from convcalc.analysis.metrics import METRICS
from convcalc.formats.page.colors import fill, mark, stroke
from convcalc.formats.page.markup import Picture, percent, safe, words
from convcalc.formats.page.plane import FOOT, LEFT, RIGHT, TOP, Scale, frame, scale_of
from convcalc.report.contract import Report

GRID = 1_000  # of dots, a side: those on the same place are drawn once
TALL = 420  # pixels
Series = tuple[str, list[tuple[Any, Any]]]  # a design, and its points


def scatter(report: Report, drawn: Sequence[Series], names: Sequence[str]) -> Picture:
    """The points of each series, and a line along their front; x and y are `names`."""
    every = [point for _, points in drawn for point in points]
    x, y = (scale_of(name, [point[side] for point in every], unit(name)) for side, name in enumerate(names))
    front = " on the front" if report.front is not None else ""
    plane = (
        f'<svg x="{percent(LEFT)}" y="{TOP}" width="{percent(1 - LEFT - RIGHT)}" height="{TALL - TOP - FOOT}" viewBox="0 0 {GRID} {GRID}" '
        f'preserveAspectRatio="none" overflow="visible" data-x="{axis(x)}" data-y="{axis(y)}">'
        + front_line(every, report.front is not None, x, y)
        + "".join(dots(points, x, y, place) for place, (_, points) in enumerate(drawn))
        + "</svg>"
    )
    series = [name for name, _ in drawn if name]
    of = f" of {', '.join(series[:8])}" if series else ""
    ends = " over ".join(f"{one.name} from {one.text(one.low)} to {one.text(one.high)}" for one in (y, x))
    text = f"{len(every):,} points{front}{of}: {ends}."
    line = "the front that was asked for" if front else f"where no point has less of both {names[0]} and {names[1]}"
    return Picture(TALL, frame(x, y, TALL) + plane, text, f"A dot is a point, or several; the line is {line}.", "scatter")


def legend(names: Sequence[str]) -> str:
    """The colours of designs, where there are several."""
    patch = '<svg width="12" height="12" aria-hidden="true"><circle cx="6" cy="6" r="5" {}/></svg>'
    items = "".join(f"<li>{patch.format(fill(mark(place)))} {safe(name)}</li>" for place, name in enumerate(names))
    return f'<ul class="legend">{items}</ul>' if len(names) > 1 else ""


def legend_picture(names: Sequence[str]) -> Picture | None:
    """The same in a picture, a line a design; None where there is one."""
    if len(names) < 2:
        return None
    lines = [
        f'<circle cx="6" cy="{18 * place + 9}" r="5" {fill(mark(place))}/>{words("18", 18 * place + 13, name)}'
        for place, name in enumerate(names)
    ]
    return Picture(18 * len(names), "".join(lines), "")


def unit(name: str) -> str:
    return METRICS[name].unit if name in METRICS else "count"


def axis(scale: Scale) -> str:
    """An axis as the script of the page reads it: its name, ends, and whether it is logarithmic."""
    return safe(f"{scale.name} {scale.low!r} {scale.high!r} {int(scale.is_log)}")


def front_line(points: Sequence[tuple[Any, Any]], all_on_it: bool, x: Scale, y: Scale) -> str:
    """The front as a line: through all points, where they are all on it, else through those that no other has less of both of."""
    found: list[tuple[Any, Any]] = []
    for point in sorted(set(points)):
        if all_on_it or not found or point[1] < found[-1][1]:
            found.append(point)
    path = " ".join(f"{round(GRID * x.at(a))} {round(GRID * (1 - y.at(b)))}" for a, b in found)
    return f'<polyline points="{path}" fill="none" stroke-width="1.5" vector-effect="non-scaling-stroke" {stroke("quiet")}/>'


def dots(points: Sequence[tuple[Any, Any]], x: Scale, y: Scale, place: int) -> str:
    """All dots of a series as one path of points with round ends, whose width no scaling changes."""
    places = dict.fromkeys((round(GRID * x.at(a)), round(GRID * (1 - y.at(b)))) for a, b in points)
    path = "".join(f"M{a} {b}h0" for a, b in places)
    return f'<path d="{path}" stroke-width="6" stroke-linecap="round" vector-effect="non-scaling-stroke" {stroke(mark(place))}/>'
