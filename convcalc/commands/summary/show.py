"""`summary` for people: a header, a table of lines with a total, and what else there is to know of a network."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from convcalc.analysis.metrics import METRICS, beside_macs, brief, of_layers, short_label
from convcalc.analysis.tree import Line
from convcalc.commands.summary.lines import shown_lines
from convcalc.formats.lines import line_label
from convcalc.formats.parts import Cell, Column, Grid, Paragraph, Parts, check_there, counted_by, figure, title
from convcalc.inputs.goals import read_metrics
from convcalc.record import NamedTuple
from convcalc.report.contract import ModelReport, Report
from convcalc.report.numbers import attribute_text, bytes_text, decimal_text, exact_text, shape_text
from convcalc.report.plain import record_dict, without

DEPTH = 2  # of the tree of lines
BAR = 6  # columns of a full share
EIGHTHS = ("", *"▏▎▍▌▋▊▉")
Text = Callable[[Line, ModelReport], Cell]


class Shown(NamedTuple):
    """A column: its header, its text for a line, whether that stands to the right, and its rank (the higher, the sooner it goes)."""

    header: str
    text: Text
    right: bool
    rank: int


def metric(key: str) -> Text:
    """A metric of a line, exact; of what does not add up, that of the layer that has the most of it, of sizes that of the last."""

    def text(line: Line, _: ModelReport) -> Cell:
        if METRICS[key].adds_up:
            return figure(line.node.metrics[key], METRICS[key].unit)
        if METRICS[key].unit == "sizes":
            return figure(line.node.layers[-1].metrics[key], METRICS[key].unit) if line.node.layers else ""
        return figure(line.node.amount(key), METRICS[key].unit) if line.node.layers else ""

    return text


def attribute(key: str) -> Text:
    """An attribute of a line's layer; groups have none."""
    return lambda line, _: attribute_text(line.node.layers[0].attributes.get(key)) if is_layer(line) else ""


def is_layer(line: Line) -> bool:
    """Whether a line is one layer, with its norm and activation."""
    return bool(line.node.layers) and line.node.kind == line.node.layers[0].op


def share(line: Line, model: ModelReport) -> str:
    """The share of all MACs, and a bar of it."""
    total, part = model.totals["macs"], line.node.metrics["macs"]
    if total == 0:
        return ""
    eighths = (16 * BAR * part + total) // (2 * total)
    eighths = min(eighths, 8 * BAR)  # a part of a saved report may be more than its whole
    bar = "█" * (eighths // 8) + EIGHTHS[eighths % 8]
    return f"{decimal_text(100 * part, total, 1):>5} {bar:<{BAR}}"


def first_input(line: Line, _: ModelReport) -> str:
    return shape_text(line.node.layers[0].input) if line.node.layers else ""


def last_output(line: Line, _: ModelReport) -> str:
    return shape_text(line.node.layers[-1].output) if line.node.layers else ""


# Columns that are no metrics; those are beside them in `columns`.
COLUMNS: dict[str, Shown] = {
    "op": Shown("Op", lambda line, _: line.node.kind, False, 4),
    "kernel": Shown("Kernel", attribute("kernel"), True, 6),
    "stride": Shown("Stride", attribute("stride"), True, 7),
    "padding": Shown("Padding", attribute("padding"), True, 8),
    "dilation": Shown("Dilation", attribute("dilation"), True, 9),
    "groups": Shown("Groups", attribute("groups"), True, 8),
    "input": Shown("Input", first_input, True, 7),
    "output": Shown("Output", last_output, True, 3),
    "share": Shown("% MACs", share, False, 2),
}


def columns() -> dict[str, Shown]:
    """All columns by name."""
    return COLUMNS | {key: Shown(header_of(key), metric(key), True, rank_of(key)) for key in of_layers()}


def header_of(key: str) -> str:
    short = short_label(key)
    return METRICS[key].label if short.endswith(".") else short


def rank_of(key: str) -> int:
    """The two foremost metrics outlast what is no metric, the others go with it."""
    return METRICS[key].rank if METRICS[key].rank < 2 else min(METRICS[key].rank + 3, 6)


def chosen(names: str | None, convention: str = "mac") -> tuple[str, ...]:
    """The columns that `--columns` names, beside the layers' own names.

    Raises:
        ConvcalcError: for a name that is no column.
    """
    if names is not None:
        return read_metrics("--columns", names, list(columns()), "column")
    macs = ("macs", *beside_macs(convention), "share")
    return ("op", "output", *(name for key in brief() for name in (macs if key == "macs" else (key,))))


def parts(report: Report, width: int | None, columns: str | None = None, depth: int = DEPTH, plot: bool = False) -> Parts:
    """The summary of each model, with drawings of its stages and its memory where they are asked for."""
    blocks: Parts = []
    names = chosen(columns, report.convention.name)
    check_there(names, report)
    for model in report.models:
        blocks += [
            [Paragraph(title(model) + counted_by(report), "bold")],
            [grid(model, names, shown_lines(model, depth))],
            [*footer(model)],
            *(drawings(model, width) if plot else []),
        ]
    return blocks


def drawings(model: ModelReport, width: int | None) -> Parts:
    """The MACs of stages as bars by kind of layer, and the bytes that live while each layer runs."""
    from convcalc.formats.stages import stage_bars  # paid by those who ask for drawings
    from convcalc.formats.timeline import timeline

    bars = stage_bars(model, "macs", width)
    blocks: Parts = [[Paragraph("MACs by stage", "bold"), *bars]] if bars else []
    moments = [(layer.path, layer.metrics["peak_bytes"]) for layer in model.layers if "peak_bytes" in layer.metrics]
    if moments:
        path, peak = max(moments, key=lambda moment: moment[1])
        blocks.append([Paragraph(f"Memory while it runs: at most {bytes_text(peak)}, at {path}", "bold"), *timeline(moments, width)])
    return blocks


def rows(report: Report, **_: Any) -> list[dict[str, Any]]:
    """A row a layer, or a row a line of a summary whose lines are other than layers."""
    unit = report.convention.unit
    found: list[dict[str, Any]] = []
    for model in report.models:
        records = model.layers if is_layers(model) else model.entries
        hidden = ("sources",) if is_layers(model) else ("start", "stop")
        found += [{"model": model.name, **without(record_dict(record, unit), *hidden)} for record in records]
    return found


def is_layers(model: ModelReport) -> bool:
    """Whether a model's lines are layers, in whatever order they stand."""
    first = next(iter(model.entries), None)
    return first is None or [layer.path for layer in model.layers[first.start : first.stop]] == [first.label]


def grid(model: ModelReport, names: tuple[str, ...], lines: list[Line]) -> Grid:
    """A line an entry, and the total."""
    known = columns()
    found = [Column("Layer", [line_label(line) for line in lines], right=False, total="Total")]
    for name in names:
        shown = known[name]
        shows = name in METRICS and METRICS[name].unit != "sizes"
        total = figure(model.totals[name], METRICS[name].unit) if shows else ""
        found.append(Column(shown.header, [shown.text(line, model) for line in lines], shown.right, shown.rank, total=total))
    return Grid(found, totalled=True)


def footer(model: ModelReport) -> list[Paragraph]:
    """Totals in words."""
    totals, storage = model.totals, model.storage
    size = f" ({bytes_text(storage.param_bytes)} as {storage.dtype})" if storage is not None else ""
    seen = f"; receptive field {field_text(model)}" if totals["receptive_field"] else ""
    return [
        Paragraph(f"Parameters {exact_text(totals['params'])}{size}, buffers {exact_text(totals['buffers'])}"),
        Paragraph(f"MACs {exact_text(totals['macs'])}, FLOPs {exact_text(totals['flops'])}"),
        Paragraph(
            f"Activations {exact_text(totals['activations'])}, non-linearities {exact_text(totals['nonlinearities'])}, "
            f"weighted layers {exact_text(totals['weighted_layers'])}{seen}"
        ),
    ]


def field_text(model: ModelReport) -> str:
    """`427×427 before global_avg_pool1`; of several outputs the widest, with its name."""
    widest = model.totals["receptive_field"]
    found = next((field for field in model.receptive_fields if field.sizes == widest), None)
    output = f" ({found.output})" if found and len(model.receptive_fields) > 1 else ""
    return f"{shape_text(widest)}{f' before {found.before}' if found and found.before else ''}{output}"
