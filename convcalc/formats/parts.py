"""What outputs for people are made of: paragraphs and grids, whichever format shows them."""

from __future__ import annotations

from typing import NamedTuple


class Column(NamedTuple):
    """A column of a grid. `rank` 0 always stays; the higher, the sooner it is dropped for width."""

    header: str
    cells: list[str]
    right: bool = True
    rank: int = 0
    style: str = ""
    total: str = ""


class Paragraph(NamedTuple):
    """A line of text; `style` dim for what explains, bold for what names. A command to copy is not wrapped."""

    text: str
    style: str = ""
    wrap: bool = True


class Grid(NamedTuple):
    """A table. Its columns' totals stand in a last row where it has one."""

    columns: list[Column]
    totalled: bool = False


Part = Paragraph | Grid
Parts = list[list[Part]]  # blocks, with a blank line between them
