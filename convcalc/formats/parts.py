"""What outputs for people are made of: paragraphs and grids, whichever format shows them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from convcalc.analysis.metrics import METRICS
from convcalc.errors import usage
from convcalc.record import NamedTuple
from convcalc.report.contract import ModelReport, Report
from convcalc.report.numbers import amount_text, shape_text


class Figure(NamedTuple):
    """A whole number in the units that are asked for; its text is chosen once all figures of its table are known."""

    value: int
    unit: str = "count"
    signed: bool = False  # a difference
    before: str = ""


Cell = str | Figure


class Column(NamedTuple):
    """A column of a grid. `rank` 0 always stays; the higher, the sooner it is dropped for width.

    Paths are shortened in the middle before anything is dropped; what is `whole` is never folded.
    """

    header: str
    cells: Sequence[Cell]
    right: bool = True
    rank: int = 0
    style: str = ""
    total: Cell = ""
    path: bool = False
    whole: bool = False


class Paragraph(NamedTuple):
    """A line of text; `style` dim for what explains, bold for what names. A command to copy is not wrapped, nor is a line of a drawing."""

    text: str
    style: str = ""
    wrap: bool = True
    drawn: bool = False  # of characters that stand in columns


class Grid(NamedTuple):
    """A table. Its columns' totals stand in a last row where it has one.

    `narrow` is what to show instead where it is wider than `widest` or the output.
    """

    columns: list[Column]
    totalled: bool = False
    narrow: Grid | None = None
    widest: int | None = None


Part = Paragraph | Grid
Parts = list[list[Part]]  # blocks, with a blank line between them


def figure(value: Any, unit: str = "count") -> Cell:
    """A cell of a metric: a whole number as a figure, sizes and decimals as text, nothing where there is none."""
    return Figure(value, unit) if isinstance(value, int) and unit != "seconds" else amount_text(value, unit)


def difference(old: Any, new: Any, unit: str = "count") -> Cell:
    """A cell of what a figure grew by; a side that is missing costs nothing."""
    change = (new or 0) - (old or 0)
    if isinstance(change, float):
        return f"{'+' if change > 0 else ''}{amount_text(change, unit)}" if change else "0"
    return Figure(change, unit, signed=True) if change else "0"


def check_there(names: Sequence[str], report: Report) -> None:
    """Refuse columns of metrics that a report does not have: those on demand, of a saved one made without them.

    Raises:
        ConvcalcError: with how to make one that has them.
    """
    for name in names:
        if name in METRICS and any(name not in found for model in report.models for found in (model.totals, *layers_with(model, name))):
            raise usage(f"--columns {name}: the report does not have it", f"make the report with --columns {name}")


def layers_with(model: ModelReport, name: str) -> list[dict[str, Any]]:
    """The metrics of the layers of which each has one."""
    return [layer.metrics for layer in model.layers] if METRICS[name].of_each_layer else []


# What stands in every output


def counted_by(report: Report) -> str:
    """How the figures were counted, in a word: ` · counted by mac`; and how networks are run where that was asked: ` · dtype int8`."""
    counted = f" · counted by {report.convention.name} {report.convention.version or ''}".rstrip()
    execution = report.asked.execution if report.asked is not None else report.models[0].execution if report.models else {}
    running = ", ".join(running_text(name, value) for name, value in execution.items())
    return f"{counted} · {running}" if running else counted


def running_text(name: str, value: object) -> str:
    """`dtype int8`, `in place none`, `cached`."""
    name = name.replace("_", " ")
    return name if value is True else f"{name} {' '.join(map(str, value)) if isinstance(value, list | tuple) else value}"


def title(model: ModelReport) -> str:
    """Which network, on what."""
    inputs = ", ".join(shape_text(shape) for shape in model.inputs or (model.input,))
    outputs = ", ".join(shape_text(shape) for shape in model.outputs or (model.output,))
    batch = f", batch {model.batch}" if model.batch != 1 else ""
    part = f", {model.layer} alone" if model.layer else ""
    return f"{model.name}: {inputs} → {outputs}{batch}{part}"
