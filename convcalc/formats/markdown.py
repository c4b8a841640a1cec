"""Markdown, ready to paste into a pull request."""

from __future__ import annotations

import re

from convcalc.formats.figures import in_text, settled
from convcalc.formats.parts import Column, Grid, Part, Parts
from convcalc.formats.text import clipped, display_width, visible

SPECIAL = re.compile(r"[\\`*\[\]~#]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")
MARK = "\ue000"  # of private use: what is visible text has none
ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "|": "&#124;", MARK: "&#8203;"}
# What a forge turns into links once the Markdown is read: mentions, numbers of issues, addresses. A space of no width stops it.
LINKS = re.compile(r"@|#(?=[0-9])|(?<=[A-Za-z]):(?=//)|(?<=www)\.", re.IGNORECASE)


def document(parts: Parts, units: str = "exact") -> str:
    """Blocks with a blank line between them."""
    return "\n".join(block_text(block) for block in settled(parts, units, None))


def block_text(block: list[Part]) -> str:
    """Paragraphs of a block as lines of one, and grids after a blank line; a drawing is code."""
    texts: list[str] = []
    drawing = [part.text for part in block if not isinstance(part, Grid) and part.drawn]
    if drawing:
        return "\n".join(("```text", *(visible(text).replace("`", "'") for text in drawing), "```")) + "\n"
    for part in block:
        if isinstance(part, Grid):
            texts.append(("\n" if texts else "") + table(part))
        else:
            texts.append((f"**{escape(part.text)}**" if part.style == "bold" else escape(part.text)) + "\n")
    lines = "".join(texts)
    return re.sub(r"(?<=[^\n|])\n(?=[^\n|])", "  \n", lines)  # two blanks keep the lines of a paragraph apart


def table(grid: Grid, units: str = "exact") -> str:
    """A GitHub table, padded so that it reads as text too."""
    columns = in_text(grid, units).columns
    texts = [[column.header, *column.cells, *([column.total] if grid.totalled else [])] for column in columns]
    cells = [[clipped(str(cell)) for cell in column] for column in texts]
    escaped = [[escape(cell) for cell in column] for column in cells]
    widths = [max(3, *map(display_width, column)) for column in escaped]
    padded = [[pad(cell, width, column.right) for cell in group] for group, width, column in zip(escaped, widths, columns, strict=True)]
    rows = [line(list(row)) for row in zip(*padded, strict=True)]
    rule = line([rule_cell(column, width) for column, width in zip(columns, widths, strict=True)])
    return "\n".join([rows[0], rule, *rows[1:]]) + "\n"


def rule_cell(column: Column, width: int) -> str:
    return "-" * (width - 1) + ":" if column.right else "-" * width


def line(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def pad(text: str, width: int, right: bool) -> str:
    blanks = " " * (width - display_width(text))
    return blanks + text if right else text + blanks


def escape(text: str) -> str:
    """Text that Markdown shows as it is: no markup, no mention, no link, no cell border."""
    apart = LINKS.sub(lambda match: match[0] + MARK, visible(text))
    safe = SPECIAL.sub(lambda match: "\\" + match[0], apart)
    return "".join(ENTITIES.get(character, character) for character in safe)
