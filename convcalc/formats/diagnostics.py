"""Diagnostics as text: `file:line:col: error[code]: message`, the line, a caret under the span, the fix."""

from __future__ import annotations

from collections.abc import Sequence

from convcalc.errors import Diagnostic, Span
from convcalc.formats.text import display_width, visible

MOST_SHOWN = 20
WIDEST_LINE = 160


def diagnostics_text(diagnostics: Sequence[Diagnostic]) -> str:
    """All diagnostics, the last line of each the one that helps."""
    blocks = [diagnostic_text(diagnostic) for diagnostic in diagnostics[:MOST_SHOWN]]
    if len(diagnostics) > MOST_SHOWN:
        blocks.append(f"convcalc: {len(diagnostics) - MOST_SHOWN} more; mend these first")
        if diagnostics[-1].code == "too-many-errors":
            blocks.append(diagnostic_text(diagnostics[-1]))
    return "\n".join(blocks)


def diagnostic_text(diagnostic: Diagnostic) -> str:
    span = diagnostic.span
    place = f"{place_text(span)}: " if span else ""
    lines = [f"{place}{diagnostic.severity}[{diagnostic.code}]: {visible(diagnostic.message)}", *excerpt(span)]
    for note in diagnostic.notes:
        where = f"{place_text(note.span)}: " if note.span else ""
        lines += [f"  {where}note: {visible(note.message)}", *excerpt(note.span)]
    if diagnostic.hint:
        lines.append(f"  fix: {visible(diagnostic.hint)}")
    return "\n".join(lines)


def place_text(span: Span) -> str:
    return f"{visible(span.source.path)}:{span.line}:{span.column}"


def excerpt(span: Span | None) -> list[str]:
    """The source line and carets under the span; a window of it where the line is long."""
    if span is None or not span.text.strip():
        return []
    start = max(0, span.column - 1 - WIDEST_LINE // 2) if len(span.text) > WIDEST_LINE else 0
    line = span.text[start : start + WIDEST_LINE]
    before = line[: span.column - 1 - start]
    under = line[span.column - 1 - start : span.column - 1 - start + span.length]
    gutter = " " * len(str(span.line))
    indent = "".join("\t" if character == "\t" else " " * display_width(visible(character)) for character in before)
    carets = "^" * max(display_width(visible(under)), 1)
    return [f" {gutter} |", f" {span.line} | {visible(line)}", f" {gutter} | {indent}{carets}"]
