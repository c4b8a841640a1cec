"""`compare` for people: a header, one table, a sentence a design."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from convcalc.analysis.metric import UNRANKED
from convcalc.analysis.metrics import METRICS, beside_macs, short_label
from convcalc.analysis.replaced import stands
from convcalc.formats.parts import Column, Grid, Paragraph, Parts, check_there, counted_by, figure
from convcalc.inputs.goals import read_columns
from convcalc.report.contract import ModelReport, Report
from convcalc.report.numbers import attribute_text, shape_text, times_text
from convcalc.report.plain import record_dict, without

MOST_SHAPES = 4  # of inputs, in the headline


def chosen_metrics(names: str | None, convention: str = "mac") -> list[str]:
    """The metrics that `--columns` names; by default the ranked ones, and what a convention other than mac counts."""
    if names is not None:
        return list(read_columns(names))
    known = [key for key in METRICS if METRICS[key].rank < UNRANKED]
    return [*known[:3], *beside_macs(convention), *known[3:]]


def reduction_text(model: ModelReport, base: ModelReport, key: str) -> str:
    """`8.47×` fewer than the baseline; empty where one is zero or the metric is no cost."""
    value = model.totals[key]
    if not METRICS[key].less_is_better or not value:
        return ""
    return times_text(base.totals[key] or 0, value)


def label(key: str, report: Report) -> str:
    """The name of a metric, and how it was counted where that is by a convention."""
    convention = report.convention.name
    return f"{METRICS[key].label} ({convention})" if METRICS[key].unit == "operations" and convention != "mac" else METRICS[key].label


def side_by_side(report: Report, metrics: list[str]) -> list[Column]:
    """Metrics down, designs across, each design's reduction beside it."""
    base = baseline_of(report)
    columns = [Column("", [label(key, report) for key in metrics], right=False)]
    for number, model in enumerate(report.models):
        name = model.name + (" (base)" if number == report.baseline and len(report.models) > 2 else "")
        columns.append(Column(name, [figure(model.totals[key], METRICS[key].unit) for key in metrics]))
        if number != report.baseline:
            columns.append(Column("reduction", [reduction_text(model, base, key) for key in metrics], style="reduction"))
    return columns


def design_rows(report: Report, metrics: list[str]) -> list[Column]:
    """Designs down, metrics across: for many designs, or little width."""
    base = baseline_of(report)
    columns = [Column("Design", [model.name for model in report.models], right=False)]
    for key in metrics:
        order = 2 * METRICS[key].rank
        columns.append(Column(short_label(key), [figure(model.totals[key], METRICS[key].unit) for model in report.models], rank=order))
        if METRICS[key].less_is_better and len(report.models) > 1:
            cells = [reduction_text(model, base, key) for model in report.models]
            columns.append(Column("reduct.", cells, rank=order + 1 if order else 0, style="reduction"))
    return columns


def baseline_of(report: Report) -> ModelReport:
    """The model that others are compared with; the first where a saved report names none that it has."""
    return report.models[report.baseline if report.baseline < len(report.models) else 0]


def attribute_texts(model: ModelReport, key: str) -> list[str]:
    """One attribute of each layer, empty where the op has none."""
    return [attribute_text(layer.attributes.get(key)) for layer in model.layers]


def layer_columns(model: ModelReport) -> list[Column]:
    """The layers of one design."""
    rows = model.layers
    return [
        Column("Layer", [row.path + (f" ×{row.times}" if row.times > 1 else "") for row in rows], right=False),
        Column("Op", [row.op for row in rows], right=False, rank=4),
        Column("Kernel", attribute_texts(model, "kernel"), rank=5),
        Column("Stride", attribute_texts(model, "stride"), rank=6),
        Column("Groups", attribute_texts(model, "groups"), rank=7),
        Column("Output", [shape_text(row.output) for row in rows], rank=3),
        Column("Params", [figure(row.metrics["params"]) for row in rows], rank=1),
        Column("MACs", [figure(row.metrics["macs"]) for row in rows]),
        Column("Activations", [figure(row.metrics["activations"]) for row in rows], rank=2),
    ]


def replaced_columns(model: ModelReport, base: ModelReport) -> list[Column]:
    """What was replaced, the largest saving first."""
    found = sorted(stands(model, base), key=lambda stand: -stand.saved("macs"))
    before = [figure(stand.before["macs"]) if stand.before is not None else "" for stand in found]
    return [
        Column("Replaced", [stand.path + (f" ×{stand.times}" if stand.times > 1 else "") for stand in found], right=False, path=True),
        Column("By", [stand.design for stand in found], right=False, rank=2),
        Column("MACs before", before, rank=1),
        Column("after", [figure(stand.after["macs"]) for stand in found], rank=1),
        Column("saved", [figure(stand.saved("macs")) if stand.before is not None else "" for stand in found]),
    ]


WIDEST = 100  # side by side; beyond it designs become rows


def parts(report: Report, width: int | None, layers: bool = False, columns: str | None = None) -> Parts:
    """The comparison, for a width (None: no limit)."""
    metrics = chosen_metrics(columns, report.convention.name)
    if not report.models:
        return []
    check_there(metrics, report)
    grid = Grid(side_by_side(report, metrics), narrow=Grid(design_rows(report, metrics)), widest=WIDEST)
    blocks: Parts = [[header(report)], [grid]]
    if layers and any(stands(model) for model in report.models):
        blocks += [[Grid(replaced_columns(model, base))] for base, model in pairwise(report.models) if stands(model)]
    elif layers:
        blocks += [[Paragraph(model.name, "bold"), Grid(layer_columns(model))] for model in report.models]
    sentences = [Paragraph(model.sentence) for model in report.models if model.sentence]
    return [*blocks, [*sentences]] if sentences else blocks


def rows(report: Report, layers: bool = False, **_: Any) -> list[dict[str, Any]]:
    """A row a model, or a row a layer. There is no total row, so that a sum of a column counts nothing twice."""
    unit = report.convention.unit
    if layers:
        found = [(model, layer) for model in report.models for layer in model.layers]
        return [{"model": model.name, **without(record_dict(layer, unit), "sources")} for model, layer in found]
    return [without(record_dict(model._replace(layers=[], groups=()), unit), "layers", "groups", "sentence") for model in report.models]


def header(report: Report) -> Paragraph:
    """What was compared on what, and how it was counted."""
    base = baseline_of(report)
    shapes = {(tuple(model.input), tuple(model.output)) for model in report.models}
    ends = f" → {shape_text(base.output)}" if len(shapes) == 1 else ""
    batch = f", batch {base.batch}" if base.batch != 1 else ""
    inputs = list(dict.fromkeys(shape_text(model.input) for model in report.models))
    given = f"Input {inputs[0]}" if len(inputs) == 1 else f"Inputs {', '.join(inputs[:MOST_SHAPES])}{', …' * (len(inputs) > MOST_SHAPES)}"
    return Paragraph(f"{given}{ends}{batch}{counted_by(report)}", "bold")
