"""Text for terminals: its display width, and the escaping of characters that a terminal would act on."""

from __future__ import annotations

import re

LONGEST_CELL = 1_000
FIRST_COMBINING = "\u0300"  # no character before it is wide, none combines
HASHES = re.compile(r"#(?=#(?:\[|vso\[|teamcity\[))")
BRAILLE = "".join(map(chr, range(0x2800, 0x2900)))
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
    **dict.fromkeys("█▉▊▋▌", "#"),
    **dict.fromkeys("▍▎▏", "-"),
    **dict.fromkeys("▁▂▃", "."),
    **dict.fromkeys("▄▅▆▇", ":"),
    "Σ": "sum",
    "Δ": "d",
    "●": "*",
    "∘": "o",
    "▒": "+",
    "░": ".",
    "▞": "=",
    "╱": "/",
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


def shortened(text: str, most: int) -> str:
    """A path that is cut in the middle; its end says more than its beginning, and the name of a file stays whole where it can.

    >>> shortened("configs/networks/resnet.yaml:58:15", 26)
    'config…/resnet.yaml:58:15'
    """
    if display_width(text) <= most:
        return text
    end = text[text.rfind("/") :] if "/" in text else text
    if len(end) > most - 1:
        end = end[len(end) - 2 * most // 3 :]
    return f"{text[: most - 1 - len(end)]}…{end}"


def substitute(error: UnicodeError) -> tuple[str, int]:
    """An error handler for encodings that lack a glyph: its ASCII form, or an escape."""
    assert isinstance(error, UnicodeEncodeError)
    lost = error.object[error.start : error.end]
    return "".join(ascii_form(glyph) for glyph in lost), error.end


def ascii_form(glyph: str) -> str:
    """A glyph in ASCII: a character of braille by how many dots it has, what has no form as an escape."""
    if glyph in BRAILLE:
        return ".:#"[min(2, (ord(glyph) - ord(BRAILLE[0])).bit_count() // 3)]
    return GLYPHS.get(glyph, f"\\u{ord(glyph):04x}")
