"""`compare` for people: a header, one table, a sentence a design."""

from __future__ import annotations

from convcalc.render.columns import chosen_metrics, design_rows, layer_columns, side_by_side
from convcalc.render.parts import Grid, Paragraph, Parts
from convcalc.render.text import grid_width
from convcalc.report.model import Report
from convcalc.report.numbers import shape_text

WIDEST = 100  # side by side; beyond it designs become rows


def parts(report: Report, width: int | None, layers: bool = False, columns: str | None = None) -> Parts:
    """The comparison, for a width (None: no limit)."""
    metrics = chosen_metrics(columns, report.convention.name)
    wide = side_by_side(report, metrics)
    fits = grid_width([[column.header, *column.cells] for column in wide]) <= min(width or WIDEST, WIDEST)
    blocks: Parts = [[*header(report)], [Grid(wide if fits else design_rows(report, metrics))]]
    if layers:
        blocks += [[Paragraph(model.name, "bold"), Grid(layer_columns(model))] for model in report.models]
    sentences = [Paragraph(model.sentence) for model in report.models if model.sentence]
    return [*blocks, [*sentences]] if sentences else blocks


def convention(report: Report) -> Paragraph:
    """How the figures were counted: it stands in every output."""
    version = f" {report.convention.version}" if report.convention.version else ""
    return Paragraph(f"Convention {report.convention.name}{version}: {report.convention.counts}", "dim")


def header(report: Report) -> list[Paragraph]:
    """What was compared on what, and how it was counted."""
    base = report.models[report.baseline]
    shapes = {(tuple(model.input), tuple(model.output)) for model in report.models}
    ends = f" → {shape_text(base.output)}" if len(shapes) == 1 else ""
    batch = f", batch {base.batch}" if base.batch != 1 else ""
    return [
        Paragraph(f"Input {shape_text(base.input)}{ends}{batch}", "dim"),
        convention(report),
    ]
