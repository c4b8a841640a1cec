"""Tables for terminals. The only file that imports rich."""

from __future__ import annotations

import io

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from convcalc.render.columns import Column
from convcalc.render.text import display_width, visible

UNLIMITED = 100_000  # columns of a pipe
GAP = 2
STYLES = {"reduction": "green"}


def table_text(columns: list[Column], width: int | None, color: bool) -> tuple[str, list[str]]:
    """A table in a width (None: as wide as it likes), and the headers of the columns that it left out.

    Whole columns go, the highest rank first; a number is never cut.
    """
    kept = fitted(columns, width)
    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    for column in kept:
        style = STYLES.get(column.style, "")
        header = Text(visible(column.header))
        table.add_column(header, justify="right" if column.right else "left", style=style, no_wrap=column.right, overflow="fold")
    for row in zip(*(column.cells for column in kept), strict=True):
        table.add_row(*(Text(visible(cell)) for cell in row))
    dropped = [column.header for column in columns if column not in kept]
    return printed(table, width, color), dropped


def fitted(columns: list[Column], width: int | None) -> list[Column]:
    """The columns that fit."""
    kept = list(columns)
    while width is not None and natural_width(kept) > width:
        last = max(kept, key=lambda column: column.rank)
        if last.rank == 0:
            break  # what must stay wraps in its text column
        kept.remove(last)
    return kept


def natural_width(columns: list[Column]) -> int:
    """Columns of the terminal that a table takes."""
    widths = [max(display_width(visible(text)) for text in (column.header, *column.cells)) for column in columns]
    return sum(widths) + GAP * (len(widths) - 1)


def paragraph(text: str, width: int | None, color: bool, style: str = "") -> str:
    """Text wrapped at the width, in a style where colour is on."""
    return printed(Text(visible(text), style=style), width, color)


def printed(item: Table | Text, width: int | None, color: bool) -> str:
    """What Rich makes of an item, without blanks at the ends of lines."""
    out = io.StringIO()
    console = Console(
        file=out,
        width=width or UNLIMITED,
        height=100,
        force_terminal=color,
        color_system="standard" if color else None,
        no_color=not color,
        legacy_windows=False,
        markup=False,
        emoji=False,
        highlight=False,
        soft_wrap=width is None,
    )
    console.print(item)
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()) + "\n"
