"""Text for terminals: its display width, and the escaping of characters that a terminal would act on."""

from __future__ import annotations

import re

LONGEST_CELL = 1_000
FIRST_COMBINING = "\u0300"  # no character before it is wide, none combines
HASHES = re.compile(r"#(?=#(?:\[|vso\[|teamcity\[))")
# What an encoding lacks, in ASCII. Those of one column stay one wide, so that tables keep their shape.
GLYPHS = {
    "×": "x",
    "→": "->",
    "·": "-",
    "─": "-",
    "━": "-",
    "−": "-",
    "…": "...",
    "≤": "<=",
    "²": "2",
    "√": "sqrt",
    "ᵀ": "T",
    "⌊": "(",
    "⌋": ")",
    "⌈": "(",
    "⌉": ")",
    "├": "|",
    "│": "|",
    "└": "`",
    "█": "#",
    "▌": "#",
    "▏": "|",
    "Σ": "sum",
    "Δ": "d",
    "●": "*",
    "∘": "o",
}


def visible(text: str) -> str:
    """Text with control, bidirectional and other unprintable characters escaped; tabs stay."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c == "\t" else f"\\u{ord(c):04x}" for c in text)


def broken(text: str) -> str:
    """Text without the marks that the logs of Azure Pipelines and TeamCity take for commands anywhere in a line."""
    return HASHES.sub("#\u200b", text)


def clipped(cell: str) -> str:
    """A cell that a column can bear: every row is as wide as the widest, and a tab has no width. Figures are far shorter."""
    return (cell if len(cell) <= LONGEST_CELL else cell[: LONGEST_CELL - 1] + "…").replace("\t", "\\u0009")


def display_width(text: str) -> int:
    """Columns that a text takes."""
    if text.isascii() or max(text) < FIRST_COMBINING:
        return len(text)
    return sum(character_width(character) for character in text)


def character_width(character: str) -> int:
    """0 for a combining character, 2 for a wide one."""
    import unicodedata  # only for text that is not ASCII

    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def grid_width(columns: list[list[str]], gap: int = 2) -> int:
    """Columns of the terminal that a table of these texts takes."""
    return sum(max(display_width(visible(cell)) for cell in cells) for cells in columns) + gap * (len(columns) - 1)


def substitute(error: UnicodeError) -> tuple[str, int]:
    """An error handler for encodings that lack a glyph: its ASCII form, or an escape."""
    assert isinstance(error, UnicodeEncodeError)
    lost = error.object[error.start : error.end]
    return "".join(GLYPHS.get(glyph, f"\\u{ord(glyph):04x}") for glyph in lost), error.end
