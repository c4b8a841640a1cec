"""Markdown tables, ready to paste into a pull request."""

from __future__ import annotations

import re

from convcalc.render.columns import Column
from convcalc.render.text import display_width, visible

SPECIAL = re.compile(r"[\\`*\[\]~#]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")
ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "|": "&#124;", "@": "&#64;"}


def table(columns: list[Column]) -> str:
    """A GitHub table, padded so that it reads as text too."""
    grid = [[escape(text) for text in (column.header, *column.cells)] for column in columns]
    widths = [max(3, *map(display_width, column)) for column in grid]
    padded = [[pad(cell, width, column.right) for cell in cells] for cells, width, column in zip(grid, widths, columns, strict=True)]
    rows = [line(list(row)) for row in zip(*padded, strict=True)]
    rule = line(["-" * (width - 1) + ":" if column.right else "-" * width for width, column in zip(widths, columns, strict=True)])
    return "\n".join([rows[0], rule, *rows[1:]]) + "\n"


def line(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def pad(text: str, width: int, right: bool) -> str:
    blanks = " " * (width - display_width(text))
    return blanks + text if right else text + blanks


def escape(text: str) -> str:
    """Text that Markdown shows as it is: no markup, no mention, no cell border."""
    safe = SPECIAL.sub(lambda match: "\\" + match[0], visible(text))
    return "".join(ENTITIES.get(character, character) for character in safe)
