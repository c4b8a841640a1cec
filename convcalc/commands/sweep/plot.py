"""Scatters of a sweep: in a terminal, and as a picture by matplotlib."""

from __future__ import annotations

import math
from typing import Any

from convcalc.analysis.metrics import plotted
from convcalc.commands.sweep.request import chosen_by
from convcalc.formats.axis import is_logarithmic
from convcalc.formats.picture import literal, new_figure, saved
from convcalc.report.contract import Report
from convcalc.report.numbers import scaled_text

WIDTH, HEIGHT = 60, 16  # of the terminal's, in characters
NARROWEST = 24
MOST_MARKS = 200_000  # of a picture
POINT, MANY = "·", "∘"
MARKS = "●▲■◆▼★"  # of designs, and of a front
DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))  # of a braille character, by row and column
BRAILLE = 0x2800
Series = tuple[str, list[tuple[Any, Any]]]  # a design, and its points
Place = tuple[int, int]  # row and column


def plotted_names(found: Report) -> list[str]:
    """The two metrics or axes of a scatter: those that points were chosen by, else the usual ones; fewer where there are not two."""
    numbers = [axis.name for axis in found.axes if all(isinstance(value, int | float) for value in axis.values)]
    known = (*found.metrics, *numbers)
    chosen = chosen_by(found.asked) if found.asked is not None else []
    return [name for name in dict.fromkeys((*chosen, *plotted(), *known)) if name in known][:2]


def terminal(found: Report, x: str, y: str, width: int | None) -> str:
    """Points in a frame, an axis logarithmic where its values are far apart.

    Designs and fronts have a mark of their own. Points of one design that are too many for that are dots of braille.
    """
    drawn = series(found, x, y)
    xs, ys = values(drawn, 0), values(drawn, 1)
    if not xs:
        return "no points to draw\n"
    labels = [label(max(ys)), *[""] * (HEIGHT - 2), label(min(ys))]
    margin = max(map(len, labels))
    cells = WIDTH if width is None else max(NARROWEST, min(WIDTH, width - margin - 2))
    front = " on the front" if found.front is not None else ""
    places = placed(drawn, xs, ys, cells, HEIGHT)
    if len(drawn) == 1 and len(set(places[0])) < len(places[0]):
        field = dotted(placed(drawn, xs, ys, 2 * cells, 4 * HEIGHT)[0], cells)
        legend = f"a dot is a point{front}, or several"
    else:
        marks = MARKS if len(drawn) > 1 or front else POINT
        field = marked(places, marks, cells)
        legends = [f"{marks[number % len(marks)]} {name or 'a point'}{front}" for number, (name, _) in enumerate(drawn)]
        legend = "  ".join([*legends, f"{MANY} several"] if len(drawn) > 1 else legends)
    lines = [f"{text:>{margin}} │{''.join(row)}".rstrip() for text, row in zip(labels, field, strict=True)]
    left, right = label(min(xs)), label(max(xs))
    foot = f"{left}{x:^{cells - len(left) - len(right)}}{right}"
    return "\n".join([f"{'':{margin}} {y}", *lines, f"{'':{margin}} └{'─' * cells}", f"{'':{margin}}  {foot}", legend]) + "\n"


def placed(drawn: list[Series], xs: list[Any], ys: list[Any], columns: int, rows: int) -> list[list[Place]]:
    """The row and column of each point of each series, in a field of so many."""
    across, up = scale(xs, columns), scale(ys, rows)
    return [[(rows - 1 - up(b), across(a)) for a, b in points] for _, points in drawn]


def marked(places: list[list[Place]], marks: str, cells: int) -> list[list[str]]:
    """Lines with a mark for each series, and one where several meet."""
    field = [[" "] * cells for _ in range(HEIGHT)]
    for number, own in enumerate(places):
        mark = marks[number % len(marks)]
        for row, column in own:
            there = field[row][column]
            field[row][column] = mark if there in (" ", mark) else MANY
    return field


def dotted(places: list[Place], cells: int) -> list[list[str]]:
    """Lines of braille: eight dots a character, each where there is a point."""
    field = [[0] * cells for _ in range(HEIGHT)]
    for row, column in places:
        field[row // 4][column // 2] |= DOTS[row % 4][column % 2]
    return [[chr(BRAILLE + dots) if dots else " " for dots in line] for line in field]


def picture(found: Report, x: str, y: str, file: str) -> bytes:
    """A scatter as PNG or PDF (by the suffix of a file's name), the same bytes at every run."""
    every = -(-len(found.points) // MOST_MARKS) or 1
    drawn = series(found, x, y)
    xs, ys = values(drawn, 0), values(drawn, 1)
    figure = new_figure()
    axes = figure.add_subplot()
    for name, points in drawn:
        across, up = zip(*points[::every], strict=True)
        axes.scatter(across, up, s=12, label=literal(name), rasterized=len(xs) > 5_000)
    if len(drawn) > 1:
        axes.legend()
    for side, of in (("x", xs), ("y", ys)):
        getattr(axes, f"set_{side}label")(x if side == "x" else y)
        if of and is_logarithmic(of):
            getattr(axes, f"set_{side}scale")("log")
    shown = f", every {every:,}th shown" if every > 1 else ""
    axes.set_title(f"{len(found.points):,} points{' on the front' if found.front is not None else ''}{shown}")
    axes.grid(True, which="both", alpha=0.3)
    return saved(figure, file)


def series(found: Report, x: str, y: str) -> list[Series]:
    """Points by design, where there are several; those of a saved report that lack a number are passed over."""
    several = bool(found.axes) and found.axes[0].name == "design"
    by_design: dict[str, list[tuple[Any, Any]]] = {}
    for row in found.points:
        point = row.get(x), row.get(y)
        if all(isinstance(value, int | float) for value in point):
            by_design.setdefault(str(row.get("design")) if several else "", []).append(point)
    return list(by_design.items())


def values(drawn: list[Series], side: int) -> list[Any]:
    """All values on one axis."""
    return [point[side] for _, points in drawn for point in points]


def scale(numbers: list[Any], cells: int) -> Any:
    """Where of so many cells a value is."""
    ends = min(numbers), max(numbers)
    bend = math.log if is_logarithmic(numbers) else float
    low, high = bend(ends[0]), bend(ends[1])
    span = (high - low) or 1.0
    return lambda value: min(cells - 1, int((bend(value) - low) / span * (cells - 1) + 0.5))


def label(value: Any) -> str:
    return scaled_text(value) if isinstance(value, int) and value >= 0 else f"{value:g}"
