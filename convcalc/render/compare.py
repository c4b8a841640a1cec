"""`compare` for people: a header, one table, a sentence a design."""

from __future__ import annotations

from convcalc.render import markdown
from convcalc.render.columns import chosen_metrics, design_rows, layer_columns, side_by_side
from convcalc.report.model import Report
from convcalc.report.numbers import shape_text

WIDEST = 100  # side by side; beyond it designs become rows


def header(report: Report) -> list[str]:
    """What was compared on what, and how it was counted."""
    base = report.models[report.baseline]
    shapes = {(tuple(model.input), tuple(model.output)) for model in report.models}
    ends = f" → {shape_text(base.output)}" if len(shapes) == 1 else ""
    batch = f", batch {base.batch}" if base.batch != 1 else ""
    return [f"Input {shape_text(base.input)}{ends}{batch}", f"Convention {report.convention.name}: {report.convention.counts}"]


def sentences(report: Report) -> list[str]:
    return [model.sentence for model in report.models if model.sentence]


def as_table(report: Report, width: int | None, color: bool, layers: bool = False, columns: str | None = None) -> tuple[str, list[str]]:
    """The comparison as text, and the headers of the columns that the width left no room for."""
    from convcalc.render.table import natural_width, paragraph, table_text

    metrics = chosen_metrics(columns)
    wide = side_by_side(report, metrics)
    chosen = wide if natural_width(wide) <= min(width or WIDEST, WIDEST) else design_rows(report, metrics)
    body, dropped = table_text(chosen, width, color)
    parts = ["".join(paragraph(text, width, color, "dim") for text in header(report)), body]
    if layers:
        for model in report.models:
            text, lost = table_text(layer_columns(model), width, color)
            parts.append(paragraph(model.name, width, color, "bold") + text)
            dropped += [column for column in lost if column not in dropped]
    parts.append("".join(paragraph(text, width, color) for text in sentences(report)))
    return "\n".join(part for part in parts if part), dropped


def as_markdown(report: Report, layers: bool = False, columns: str | None = None) -> str:
    """The comparison as Markdown."""
    metrics = chosen_metrics(columns)
    wide = len(report.models) <= 4
    parts = ["\n".join(f"{markdown.escape(text)}  " for text in header(report)).rstrip() + "\n"]
    parts.append(markdown.table(side_by_side(report, metrics) if wide else design_rows(report, metrics)))
    if layers:
        parts += [f"**{markdown.escape(model.name)}**\n\n{markdown.table(layer_columns(model))}" for model in report.models]
    parts += [f"{markdown.escape(text)}\n" for text in sentences(report)]
    return "\n".join(parts)
