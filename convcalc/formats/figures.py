"""Figures as text: exact, or in the units that were asked for; and of a grid's forms the one that fits."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

from convcalc.formats.parts import Cell, Column, Figure, Grid, Parts
from convcalc.formats.text import clipped, display_width, visible
from convcalc.report.numbers import PREFIXES, in_units

FEWEST_DIGITS, MOST_DIGITS = 2, 9  # after the point; what needs more to be told apart is exact
GAP = 2  # columns of the terminal between those of a table


def settled(parts: Parts, units: str, width: int | None) -> Parts:
    """Parts whose cells are all text, each grid in the form that fits a width (None: no limit)."""
    return [[settled_grid(part, units, width) if isinstance(part, Grid) else part for part in block] for block in parts]


def settled_grid(grid: Grid, units: str, width: int | None) -> Grid:
    """A grid of text. It is the narrow form where the other is too wide."""
    found = in_text(grid, units)
    limits = [limit for limit in (grid.widest, width) if limit is not None]
    if grid.narrow is not None and limits and natural_width(found.columns) > min(limits):
        return settled_grid(grid.narrow, units, width)
    return found


def in_text(grid: Grid, units: str) -> Grid:
    """A grid with its figures written out."""
    texts = figure_texts([cell for column in grid.columns for cell in (*column.cells, column.total) if isinstance(cell, Figure)], units)

    def text(cell: Cell) -> str:
        return texts[cell] if isinstance(cell, Figure) else cell

    columns = [column._replace(cells=[text(cell) for cell in column.cells], total=text(column.total)) for column in grid.columns]
    return grid._replace(columns=columns)


def figure_texts(figures: Collection[Figure], units: str) -> dict[Figure, str]:
    """The text of each figure. No two that differ look equal, and none above zero looks like zero: digits are added until they show."""
    if units == "exact":
        return {figure: exact(figure) for figure in figures}
    found = {figure: exact(figure) for figure in figures if figure.value == 0}
    left = set(figures) - found.keys()
    for digits in range(FEWEST_DIGITS, MOST_DIGITS + 1):
        alike: dict[tuple[str, str], list[Figure]] = defaultdict(list)
        for figure in left:
            alike[figure.unit, scaled(figure._replace(signed=False, before=""), units, digits)].append(figure)
        for (_, text), same in alike.items():
            if len({figure.value for figure in same}) == 1 and any(digit in text for digit in "123456789"):
                found |= {figure: scaled(figure, units, digits) for figure in same}
        left -= found.keys()
    return found | {figure: exact(figure) for figure in left}


def exact(figure: Figure) -> str:
    """`1,849,688,064`."""
    return f"{figure.before}{figure.value:{'+' if figure.signed else ''},}"


def scaled(figure: Figure, units: str, digits: int) -> str:
    """`4.09 G`, `97.49 MiB`; with `auto` the prefix that leaves one to three digits before the point."""
    sign = "-" if figure.value < 0 else "+" if figure.signed and figure.value else ""
    power = None if units == "auto" else PREFIXES.index(units)
    return f"{figure.before}{sign}{in_units(abs(figure.value), figure.unit == 'bytes', power, digits)}"


def texts(column: Column, totalled: bool) -> list[str]:
    """The header, cells and total of a column whose figures are text, safe to print."""
    cells = [column.header, *column.cells, *([column.total] if totalled else [])]
    return [visible(clipped(str(cell))) for cell in cells]


def natural_width(columns: list[Column]) -> int:
    """Columns of the terminal that a table of texts takes."""
    return sum(max(map(display_width, texts(column, True))) for column in columns) + GAP * (len(columns) - 1)
