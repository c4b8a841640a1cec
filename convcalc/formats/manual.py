"""Markdown laid out for a terminal, by Rich."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, ClassVar

from rich.markdown import Markdown, TableElement
from rich.table import Table

from convcalc.formats.table import make_console

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult


class FoldedTable(TableElement):
    """A table whose long words take several lines; Rich cuts them."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for part in super().__rich_console__(console, options):
            if isinstance(part, Table):
                for column in part.columns:
                    column.overflow = "fold"
            yield part


class Manual(Markdown):
    """Markdown that loses nothing in narrow tables."""

    elements: ClassVar[dict[str, Any]] = {**Markdown.elements, "table_open": FoldedTable}


def laid_out(text: str, width: int, color: bool) -> str:
    """Headings, lists, tables and code of a Markdown text in a width."""
    out = io.StringIO()
    make_console(out, width, color).print(Manual(text, code_theme="ansi_dark", hyperlinks=False))
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()) + "\n"
