"""What outputs for people are made of: paragraphs and grids, whichever format shows them."""

from __future__ import annotations

from typing import NamedTuple

from convcalc.report.numbers import shape_text
from convcalc.report.records import ModelReport, Report


class Column(NamedTuple):
    """A column of a grid. `rank` 0 always stays; the higher, the sooner it is dropped for width."""

    header: str
    cells: list[str]
    right: bool = True
    rank: int = 0
    style: str = ""
    total: str = ""


class Paragraph(NamedTuple):
    """A line of text; `style` dim for what explains, bold for what names. A command to copy is not wrapped."""

    text: str
    style: str = ""
    wrap: bool = True


class Grid(NamedTuple):
    """A table. Its columns' totals stand in a last row where it has one."""

    columns: list[Column]
    totalled: bool = False


Part = Paragraph | Grid
Parts = list[list[Part]]  # blocks, with a blank line between them


# What stands above or below every output


def convention(report: Report) -> Paragraph:
    """How the figures were counted: it stands in every output."""
    version = f" {report.convention.version}" if report.convention.version else ""
    return Paragraph(f"Convention {report.convention.name}{version}: {report.convention.counts}", "dim")


def title(model: ModelReport) -> str:
    """Which network, on what."""
    inputs = ", ".join(shape_text(shape) for shape in model.inputs or (model.input,))
    outputs = ", ".join(shape_text(shape) for shape in model.outputs or (model.output,))
    batch = f", batch {model.batch}" if model.batch != 1 else ""
    part = f", {model.layer} alone" if model.layer else ""
    return f"{model.name}: {inputs} → {outputs}{batch}{part}"
