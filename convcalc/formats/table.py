"""Tables for terminals, and Rich's own export of them. The only file that imports rich."""

from __future__ import annotations

import io
from collections.abc import Callable

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from convcalc.formats.parts import Column, Grid, Paragraph, Parts
from convcalc.formats.text import clipped, display_width, grid_width, visible

UNLIMITED = 100_000  # columns of a pipe
GAP = 2
NARROWEST = 4  # columns of a text that is folded
WIDEST_COMMAND = 200  # columns of a picture that is as wide as a command in it
LONG = 1_000  # rows from which on a table has no styles, for the sake of time
STYLES = {"reduction": "green"}


def text(parts: Parts, width: int | None, color: bool) -> tuple[str, list[str]]:
    """Parts as text in a width (None: as wide as they like), and the headers of the columns left out.

    Whole columns go, the highest rank first; a number is never cut.
    """
    out = io.StringIO()
    console = make_console(out, width or UNLIMITED, color)
    dropped = show(console, parts, width)
    lines = out.getvalue().splitlines()
    return "\n".join(line.rstrip() for line in lines) + "\n", dropped


def export(parts: Parts, kind: str, title: str) -> str:
    """Parts as an HTML or SVG document (`kind`), by Rich's own export."""
    everything = [part for block in parts for part in block]
    widths = [natural_width(part.columns) for part in everything if isinstance(part, Grid)]
    commands = [display_width(visible(part.text)) for part in everything if isinstance(part, Paragraph) and not part.wrap]
    width = max([80, *widths, *(min(command, WIDEST_COMMAND) for command in commands)])
    console = make_console(io.StringIO(), width, True, record=True)
    show(console, parts, width)
    if kind == "svg":
        return console.export_svg(title=visible(title), unique_id="convcalc") + "\n"
    return console.export_html(inline_styles=True)


def make_console(out: io.StringIO, width: int, color: bool, record: bool = False) -> Console:
    """A console that knows nothing of the terminal and reads no markup."""
    return Console(
        file=out,
        width=width,
        height=100,
        record=record,
        force_terminal=color,
        color_system="standard" if color else None,
        no_color=not color,
        legacy_windows=False,
        markup=False,
        emoji=False,
        highlight=False,
    )


def show(console: Console, parts: Parts, width: int | None) -> list[str]:
    """Print blocks with a blank line between them; give the headers of columns that had no room."""
    dropped: list[str] = []
    for number, block in enumerate(parts):
        if number:
            console.print()
        for part in block:
            if isinstance(part, Grid):
                kept = fitted(part.columns, width)
                dropped += [column.header for column in part.columns if column not in kept and column.header not in dropped]
                if len(part.columns[0].cells) > LONG and not console.record and (width is None or natural_width(kept) <= width):
                    console.file.write("\n".join(plain_lines(part, kept)) + "\n")
                    continue
                edge = console.width
                console.width = max(edge, least_width(kept))  # a terminal wraps lines, and nobody misses digits
                console.print(table_of(part, kept))
                console.width = edge
                continue
            unwrapped = not part.wrap and not console.record  # a picture has an edge
            console.print(Text(visible(part.text), style=part.style), soft_wrap=unwrapped)
    return dropped


def table_of(part: Grid, kept: list[Column]) -> Table:
    """What Rich prints for a grid, of the columns that are kept."""
    table = Table(
        box=SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
        padding=(0, 1, 0, 0),
        header_style="bold",
        footer_style="bold",
        show_footer=part.totalled,
    )
    for column in kept:
        table.add_column(
            Text(visible(column.header)),
            Text(visible(column.total)),
            justify="right" if column.right else "left",
            style=STYLES.get(column.style, ""),
            no_wrap=column.right,
            overflow="fold",
        )
    for row in zip(*(column.cells for column in kept), strict=True):
        table.add_row(*(Text(visible(clipped(cell))) for cell in row))
    return table


def plain_lines(part: Grid, kept: list[Column]) -> list[str]:
    """The lines that Rich makes of a grid that needs no folding, without styles, in a fraction of the time."""
    padded = []
    for column in kept:
        cells = [column.header, *map(clipped, column.cells), *([column.total] if part.totalled else [])]
        texts = [visible(cell) for cell in cells]
        width = max(map(display_width, texts))
        spaces = [" " * (width - display_width(text)) for text in texts]
        padded.append([space + text if column.right else text + space for text, space in zip(texts, spaces, strict=True)])
    lines = [(" " * GAP).join(row) for row in zip(*padded, strict=True)]
    rule = "─" * display_width(lines[0])
    end = ["", lines.pop()] if part.totalled else []
    return [lines[0], rule, *lines[1:], *end]


def fitted(columns: list[Column], width: int | None) -> list[Column]:
    """The columns that fit."""
    kept = list(columns)
    while width is not None and natural_width(kept) > width:
        last = max(kept, key=lambda column: column.rank)
        if last.rank == 0:
            break  # what must stay wraps in its text column
        kept.remove(last)
    return kept


def least_width(columns: list[Column]) -> int:
    """Columns of the terminal that a table needs so that no number is cut; text is folded."""
    texts = [column for column in columns if not column.right]
    narrow = sum(max(0, natural_width([column]) - NARROWEST) for column in texts)
    return natural_width(columns) - narrow


def natural_width(columns: list[Column]) -> int:
    """Columns of the terminal that a table takes."""
    return grid_width([[column.header, column.total, *map(clipped, column.cells)] for column in columns], GAP)


def progress_bar(what: str, whole: int) -> tuple[Callable[[int], None], Callable[[], None]]:
    """Start a progress bar on standard error. Returns what updates it (how much is done), and what takes it away."""
    from rich.progress import Progress  # paid by what takes long

    bar = Progress(console=Console(stderr=True), transient=True)
    task = bar.add_task(what, total=whole)
    bar.start()
    return lambda done: bar.update(task, completed=done), bar.stop
