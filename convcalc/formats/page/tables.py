"""Paragraphs and tables of reports in a page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from convcalc.errors import Diagnostic
from convcalc.formats.diagnostics import diagnostics_text
from convcalc.formats.figures import settled
from convcalc.formats.page.markup import Page, Section, safe
from convcalc.formats.parts import Column, Grid, Paragraph, Part, Parts
from convcalc.formats.text import clipped

MOST_ROWS = 1_000
STYLES = {"bold": "strong", "dim": "quiet", "red": "bad", "bold red": "bad", "yellow": "warn", "green": "good", "reduction": "good"}


def plain_page(title: str, parts: Parts, units: str) -> Page:
    """What a table says, as a page."""
    return Page(title, "", [Section("Report", body(parts, units, title))] if parts else [])


def notes(diagnostics: Sequence[Diagnostic]) -> list[Section]:
    """What is to be said besides, under a heading of its own."""
    if not diagnostics:
        return []
    failed = any(diagnostic.severity == "error" for diagnostic in diagnostics)
    return [Section("Errors" if failed else "Notes", preformatted(diagnostics_text(diagnostics)))]


def body(parts: Parts, units: str, what: str, drawings: bool = True, attributes: Mapping[str, str] = {}) -> str:
    """Blocks of paragraphs and tables, without drawings of characters where pictures stand for them.

    `what` names the tables to those who do not see them, `attributes` are what the script of the page has to know of them.
    """
    found = [part for parts_ in settled(parts, units, None) for part in joined(parts_)]
    return "\n".join(block(part, what, attributes) for part in found if drawings or not (isinstance(part, Paragraph) and part.drawn))


def joined(parts: Iterable[Part]) -> list[Part]:
    """The parts of a block, the lines of a drawing as one."""
    found: list[Part] = []
    for part in parts:
        last = found[-1] if found else None
        if isinstance(part, Paragraph) and part.drawn and isinstance(last, Paragraph) and last.drawn:
            found[-1] = last._replace(text=f"{last.text}\n{part.text}")
        else:
            found.append(part)
    return found


def block(part: Part, what: str, attributes: Mapping[str, str]) -> str:
    """One part."""
    if isinstance(part, Grid):
        return grid(part, what, attributes)
    if part.drawn:
        return preformatted(part.text)
    style = f' class="{STYLES[part.style]}"' if part.style in STYLES else ""
    return f"<p{style}>{safe(part.text)}</p>"


def preformatted(text: str) -> str:
    """Lines as they stand."""
    lines = "\n".join(map(safe, text.splitlines()))
    return f'<pre tabindex="0">{lines}</pre>'


def grid(part: Grid, what: str, attributes: Mapping[str, str]) -> str:
    """A table whose cells are text."""
    columns = [column._replace(cells=column.cells[:MOST_ROWS]) for column in part.columns]
    count = len(part.columns[0].cells)
    note = f'<p class="quiet">The first {MOST_ROWS:,} of {count:,} rows; --format csv has all.</p>' if count > MOST_ROWS else ""
    rows = zip(*(column.cells for column in columns), strict=True)
    total = [str(column.total) for column in columns] if part.totalled else None
    return table(columns, ([str(cell) for cell in row] for row in rows), total, what, attributes) + note


def table(
    columns: Sequence[Column],
    rows: Iterable[Sequence[str]],
    total: Sequence[str] | None,
    what: str,
    attributes: Mapping[str, str] = {},
) -> str:
    """A table that scrolls where it is wider than the page; its first column names a row."""
    classes = [cell_class(column) for column in columns]
    heads = "".join(
        f'<th scope="col"{kind}>{safe(column.header)}</th>' if column.header else f"<td{kind}></td>"
        for column, kind in zip(columns, classes, strict=True)
    )
    ends = [f'<th scope="row"{kind}>' if place == 0 else f"<td{kind}>" for place, kind in enumerate(classes)]
    closes = ["</th>" if place == 0 else "</td>" for place in range(len(columns))]

    def line(cells: Sequence[str]) -> str:
        return (
            "<tr>" + "".join(f"{start}{safe(clipped(cell))}{end}" for start, cell, end in zip(ends, cells, closes, strict=True)) + "</tr>"
        )

    foot = f"\n<tfoot>{line(total)}</tfoot>" if total is not None else ""
    lines = "\n".join(map(line, rows))
    known = "".join(f' {name}="{safe(value)}"' for name, value in attributes.items())
    return (
        f'<div class="scroll" role="group" tabindex="0" aria-label="{safe(what)}"><table{known}>\n'
        f"<thead><tr>{heads}</tr></thead>\n<tbody>\n{lines}\n</tbody>{foot}</table></div>"
    )


def cell_class(column: Column) -> str:
    """The class of a column's cells: numbers stand to the right."""
    if column.style in STYLES:
        return f' class="{STYLES[column.style]}"'
    return "" if column.right else ' class="t"'
