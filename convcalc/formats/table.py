"""Tables for terminals, and Rich's own export of them. The only file that imports rich."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.terminal_theme import SVG_EXPORT_THEME
from rich.text import Text

from convcalc.formats.figures import GAP, natural_width, settled, texts
from convcalc.formats.parts import Column, Grid, Paragraph, Parts
from convcalc.formats.text import display_width, shortened, visible

UNLIMITED = 100_000  # columns of a pipe
NARROWEST = 14  # columns of a text that is folded
SHORTEST_PATH = 20
WIDEST_COMMAND = 200  # columns of a picture that is as wide as a command in it
LONG = 1_000  # rows from which on a table has no styles, for the sake of time
STYLES = {"reduction": "green"}


def text(parts: Parts, width: int | None, color: bool, units: str = "exact") -> tuple[str, list[str]]:
    """Parts as text in a width (None: as wide as they like), and the headers of the columns left out.

    Whole columns go, the highest rank first; a number is never cut. What must stay and does not fit side by side
    stands in lines below each other.
    """
    parts = settled(parts, units, width)
    out = io.StringIO()
    console = make_console(out, width or UNLIMITED, color)
    dropped = show(console, parts, width)
    lines = out.getvalue().splitlines()
    return "\n".join(line.rstrip() for line in lines) + "\n", dropped


def drawing(parts: Parts, title: str, units: str = "exact") -> str:
    """Parts as an SVG of a terminal, by Rich's own export."""
    parts = settled(parts, units, None)
    everything = [part for block in parts for part in block]
    widths = [natural_width(part.columns) for part in everything if isinstance(part, Grid)]
    commands = [display_width(visible(part.text)) for part in everything if isinstance(part, Paragraph) and not part.wrap]
    width = max([80, *widths, *(min(command, WIDEST_COMMAND) for command in commands)])
    console = make_console(io.StringIO(), width, True, record=True)
    show(console, parts, width)
    return console.export_svg(title=visible(title), unique_id="convcalc", theme=SVG_EXPORT_THEME) + "\n"


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
                kept = fitting(part.columns, width)
                dropped += [column.header for column in part.columns if column not in kept]
                show_grid(console, part, kept, width)
                continue
            unwrapped = not part.wrap and not console.record  # a picture has an edge
            console.print(Text(visible(part.text), style=part.style), soft_wrap=unwrapped)
    return dropped


def show_grid(console: Console, part: Grid, kept: list[Column], width: int | None) -> None:
    """Print the columns that are kept: as Rich has it, faster where there are many lines, or a line a cell where they are too wide."""
    columns = narrowed(kept, width)
    if width is not None and least_width(columns) > width:
        for line, wrapped in records(part, kept):
            console.print(Text(line), soft_wrap=not wrapped)
    elif len(kept[0].cells) > LONG and not console.record and (width is None or natural_width(columns) <= width):
        console.file.write("\n".join(plain_lines(part, columns)) + "\n")
    else:
        console.print(table_of(part, columns))


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
    cells = [[Text(text) for text in texts(column, True)] for column in kept]
    for column, (header, *_, total) in zip(kept, cells, strict=True):
        table.add_column(
            header,
            total,
            justify="right" if column.right else "left",
            style=STYLES.get(column.style, ""),
            no_wrap=not folds(column),
            overflow="fold",
        )
    for row in zip(*(column[1:-1] for column in cells), strict=True):
        table.add_row(*row)
    return table


def plain_lines(part: Grid, kept: list[Column]) -> list[str]:
    """The lines that Rich makes of a grid that needs no folding, without styles, in a fraction of the time."""
    padded = []
    for column in kept:
        cells = texts(column, part.totalled)
        widths = [display_width(text) for text in cells]
        widest = max(widths)
        spaces = [" " * (widest - width) for width in widths]
        padded.append([space + text if column.right else text + space for text, space in zip(cells, spaces, strict=True)])
    lines = [(" " * GAP).join(row) for row in zip(*padded, strict=True)]
    rule = "─" * display_width(lines[0])
    end = ["", lines.pop()] if part.totalled else []
    return [lines[0], rule, *lines[1:], *end]


def records(part: Grid, kept: list[Column]) -> Iterator[tuple[str, bool]]:
    """Rows as paragraphs: what names a row, then a line a cell under its header; and whether a line may be wrapped."""
    names = 1 + next(place for place, column in enumerate(kept) if column.header)
    headers, *rows = zip(*(texts(column, part.totalled) for column in kept), strict=True)
    header_width = max(map(display_width, headers[names:]), default=0)
    value_width = max((display_width(row[place]) for row in rows for place, column in enumerate(kept) if column.right), default=0)
    for row in rows:
        named = [f"{headers[names - 1]} {row[names - 1]}"] if kept[names - 1].right else [row[names - 1]]
        yield " ".join(cell for cell in (*row[: names - 1], *named) if cell), False
        for header, cell, column in zip(headers[names:], row[names:], kept[names:], strict=True):
            if cell:
                blanks = header_width - display_width(header) + GAP + (value_width - display_width(cell) if column.right else 0)
                yield f"  {header}{' ' * blanks}{cell}", not column.right


def fitting(columns: list[Column], width: int | None) -> list[Column]:
    """The columns for which there is room, once paths are shortened."""
    kept = list(columns)
    while width is not None and natural_width([cut(column, SHORTEST_PATH) for column in kept]) > width:
        last = max(kept, key=lambda column: column.rank)
        if last.rank == 0:
            break  # what must stay
        kept.remove(last)
    return kept


def narrowed(columns: list[Column], width: int | None) -> list[Column]:
    """Columns with paths shortened to the room that there is."""
    if width is None or natural_width(columns) <= width:
        return columns
    paths = sum(column.path for column in columns)
    room = width - natural_width([cut(column, 0) for column in columns])
    return [cut(column, max(SHORTEST_PATH, room // paths)) if column.path else column for column in columns]


def cut(column: Column, most: int) -> Column:
    """A column of paths with its cells cut to so many columns of the terminal; any other as it is."""
    if not column.path:
        return column
    return column._replace(
        header=column.header if most else "", cells=[shortened(text, most) if most else "" for text in texts(column, False)[1:]]
    )


def folds(column: Column) -> bool:
    """Whether the cells of a column may take several lines."""
    return not (column.right or column.path or column.whole)


def least_width(columns: list[Column]) -> int:
    """Columns of the terminal that a table needs so that no number and no path is cut; other text is folded."""
    narrow = sum(max(0, natural_width([column]) - NARROWEST) for column in columns if folds(column))
    return natural_width(columns) - narrow


def progress_bar(what: str, whole: int) -> tuple[Callable[[int], None], Callable[[], None]]:
    """Start a progress bar on standard error. Returns what updates it (how much is done), and what takes it away."""
    from rich.progress import Progress  # paid by what takes long

    bar = Progress(console=Console(stderr=True), transient=True)
    task = bar.add_task(what, total=whole)
    bar.start()
    return lambda done: bar.update(task, completed=done), bar.stop
