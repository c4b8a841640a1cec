"""`compare` for people: a header, one table, a sentence a design."""

from __future__ import annotations

from typing import Any, NamedTuple

from convcalc.errors import nearest, usage
from convcalc.formats.header import convention
from convcalc.formats.parts import Column, Grid, Paragraph, Parts
from convcalc.formats.text import grid_width
from convcalc.report.numbers import exact_text, shape_text, times_text
from convcalc.report.records import ModelReport, Report


class Metric(NamedTuple):
    """A metric of a model as people read it. `cost`: a reduction means something."""

    key: str
    label: str
    short: str
    cost: bool = False


# In the order of the table. Where not all fit, the last ones go first.
METRICS = (
    Metric("params", "Parameters", "Params", True),
    Metric("macs", "MACs", "MACs", True),
    Metric("flops", "FLOPs", "FLOPs", True),
    Metric("activations", "Activations", "Activ.", True),
    Metric("nonlinearities", "Non-linearities", "Non-lin."),
    Metric("weighted_layers", "Weighted layers", "Layers"),
    Metric("channel_mixing_layers", "Channel-mixing layers", "Mixing"),
    Metric("receptive_field", "Receptive field", "Field"),
)


MORE_METRICS = (
    Metric("buffers", "Buffers", "Buffers"),
    Metric("adds", "Adds", "Adds", True),
    Metric("multiplies", "Multiplies", "Mult.", True),
    Metric("comparisons", "Comparisons", "Comp.", True),
    Metric("divisions", "Divisions", "Div.", True),
    Metric("transcendentals", "Transcendentals", "Transc.", True),
    Metric("elements_read", "Elements read", "Read", True),
    Metric("elements_written", "Elements written", "Written", True),
    Metric("counted", "Counted", "Counted", True),
)


# Where rows are designs, columns are dropped from the end of this list.
KEPT_LONGEST = ("macs", "params", "activations", "flops", "receptive_field", "nonlinearities", "weighted_layers")


def chosen_metrics(names: str | None, convention: str = "mac") -> tuple[Metric, ...]:
    """The metrics that `--columns` names; by default those of the table, and what a convention other than mac counts.

    Raises:
        ConvcalcError: for a name that is no metric.
    """
    if names is None:
        own = (Metric("counted", f"Counted ({convention})", "Counted", True),) if convention != "mac" else ()
        return (*METRICS[:3], *own, *METRICS[3:])
    known = {metric.key: metric for metric in (*METRICS, *MORE_METRICS)}
    wanted = [name.strip() for name in names.split(",")]
    for name in wanted:
        if name not in known:
            raise usage(f"--columns {name}: there is no such metric", nearest(name, list(known)))
    return tuple(known[name] for name in wanted)


def metric_text(model: ModelReport, metric: Metric) -> str:
    value = model.totals[metric.key]
    return shape_text(value) if metric.key == "receptive_field" else exact_text(value)


def reduction_text(model: ModelReport, base: ModelReport, metric: Metric) -> str:
    """`8.47×` fewer than the baseline; empty where one is zero or the metric is no cost."""
    value: Any = model.totals[metric.key]
    if not metric.cost or value == 0:
        return ""
    return times_text(base.totals[metric.key], value)


def side_by_side(report: Report, metrics: tuple[Metric, ...]) -> list[Column]:
    """Metrics down, designs across, each design's reduction beside it."""
    base = report.models[report.baseline]
    columns = [Column("", [metric.label for metric in metrics], right=False)]
    for number, model in enumerate(report.models):
        name = model.name + (" (base)" if number == report.baseline and len(report.models) > 2 else "")
        columns.append(Column(name, [metric_text(model, metric) for metric in metrics]))
        if number != report.baseline:
            columns.append(Column("reduction", [reduction_text(model, base, metric) for metric in metrics], style="reduction"))
    return columns


def design_rows(report: Report, metrics: tuple[Metric, ...]) -> list[Column]:
    """Designs down, metrics across: for many designs, or little width."""
    base = report.models[report.baseline]
    columns = [Column("Design", [model.name for model in report.models], right=False)]
    rank = {key: number for number, key in enumerate(KEPT_LONGEST)}
    for metric in metrics:
        order = 2 * rank.get(metric.key, len(rank))
        columns.append(Column(metric.short, [metric_text(model, metric) for model in report.models], rank=order))
        if metric.cost and len(report.models) > 1:
            cells = [reduction_text(model, base, metric) for model in report.models]
            columns.append(Column("reduct.", cells, rank=order + 1, style="reduction"))
    return columns


def attribute_texts(model: ModelReport, key: str) -> list[str]:
    """One attribute of each layer, empty where the op has none."""
    values = [layer.attributes.get(key) for layer in model.layers]
    return [shape_text(value) if isinstance(value, list) else exact_text(value) for value in values]


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
        Column("Params", [exact_text(row.metrics["params"]) for row in rows], rank=1),
        Column("MACs", [exact_text(row.metrics["macs"]) for row in rows]),
        Column("Activations", [exact_text(row.metrics["activations"]) for row in rows], rank=2),
    ]


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
