"""Markdown laid out for a terminal, by Rich."""

from __future__ import annotations

import io

from convcalc.formats.table import make_console


def laid_out(text: str, width: int, color: bool) -> str:
    """Headings, lists, tables and code of a Markdown text in a width."""
    from rich.markdown import Markdown  # heavy, and paid by who reads the manual

    out = io.StringIO()
    make_console(out, width, color).print(Markdown(text, code_theme="ansi_dark", hyperlinks=False))
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()) + "\n"
