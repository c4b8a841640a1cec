"""`summary` for people: a header, a table of lines with a total, and what else there is to know of a network."""

from __future__ import annotations

from collections.abc import Callable

from convcalc.analysis.metrics import ADDITIVE
from convcalc.errors import nearest, usage
from convcalc.formats.header import convention, title
from convcalc.formats.parts import Column, Grid, Paragraph, Parts
from convcalc.report.numbers import attribute_text, bytes_text, decimal_text, exact_text, shape_text
from convcalc.report.records import Entry, ModelReport, Report

BAR = 6  # columns of a full share


Text = Callable[[Entry, ModelReport], str]


def metric(key: str) -> Text:
    """A metric of a line, exact."""
    return lambda entry, _: exact_text(entry.node.metrics[key])


def attribute(key: str) -> Text:
    """An attribute of a line's layer; groups have none."""
    return lambda entry, _: attribute_text(entry.node.layers[0].attributes.get(key)) if is_layer(entry) else ""


def is_layer(entry: Entry) -> bool:
    """Whether a line is one layer, with its norm and activation."""
    return bool(entry.node.layers) and entry.node.kind == entry.node.layers[0].op


def share(entry: Entry, model: ModelReport) -> str:
    """The share of all MACs, and a bar of it."""
    total, part = model.totals["macs"], entry.node.metrics["macs"]
    if total == 0:
        return ""
    halves = (4 * BAR * part + total) // (2 * total)
    halves = min(halves, 2 * BAR)  # a part of a saved report may be more than its whole
    bar = "█" * (halves // 2) + "▌" * (halves % 2)
    return f"{decimal_text(100 * part, total, 1):>5} {bar:<{BAR}}"


def first_input(entry: Entry, _: ModelReport) -> str:
    return shape_text(entry.node.layers[0].inputs[0]) if entry.node.layers else ""


def last_output(entry: Entry, _: ModelReport) -> str:
    return shape_text(entry.node.layers[-1].output) if entry.node.layers else ""


def field(entry: Entry, _: ModelReport) -> str:
    return shape_text(entry.node.layers[-1].metrics["receptive_field"]) if entry.node.layers else ""


# Name → header, whether the text stands to the right, its rank (the higher, the sooner it is dropped), and the text.
COLUMNS: dict[str, tuple[str, bool, int, Text]] = {
    "op": ("Op", False, 4, lambda entry, _: entry.node.kind),
    "kernel": ("Kernel", True, 6, attribute("kernel")),
    "stride": ("Stride", True, 7, attribute("stride")),
    "padding": ("Padding", True, 8, attribute("padding")),
    "dilation": ("Dilation", True, 9, attribute("dilation")),
    "groups": ("Groups", True, 8, attribute("groups")),
    "input": ("Input", True, 7, first_input),
    "output": ("Output", True, 3, last_output),
    "params": ("Params", True, 1, metric("params")),
    "macs": ("MACs", True, 0, metric("macs")),
    "share": ("% MACs", False, 2, share),
    "activations": ("Activations", True, 5, metric("activations")),
    "receptive_field": ("Field", True, 6, field),
    **{key: (key.replace("_", " ").capitalize(), True, 6, metric(key)) for key in ADDITIVE if key not in ("params", "macs", "activations")},
}


DEFAULT = "op,output,params,macs,share,activations"


def chosen(names: str | None, convention: str = "mac") -> list[str]:
    """The columns that `--columns` names, beside the layers' own names.

    Raises:
        ConvcalcError: for a name that is no column.
    """
    default = DEFAULT if convention == "mac" else DEFAULT.replace("macs", "macs,counted")
    wanted = [name.strip() for name in (names or default).split(",")]
    for name in wanted:
        if name not in COLUMNS:
            raise usage(f"--columns {name}: there is no such column", nearest(name, list(COLUMNS)))
    return wanted


def parts(report: Report, width: int | None, columns: str | None = None, tree: bool = True) -> Parts:
    """The summary of each model."""
    blocks: Parts = []
    for model in report.models:
        blocks += [[*header(model, report)], [grid(model, chosen(columns, report.convention.name), tree)], [*footer(model)]]
    return blocks


def header(model: ModelReport, report: Report) -> list[Paragraph]:
    return [
        Paragraph(title(model), "bold"),
        convention(report),
    ]


def grid(model: ModelReport, names: list[str], tree: bool) -> Grid:
    """A line an entry, and the total."""
    columns = [Column("Layer", [line_label(entry, tree) for entry in model.entries], right=False, total="Total")]
    for name in names:
        title, right, rank, text = COLUMNS[name]
        total = exact_text(model.totals[name]) if name in ADDITIVE else ""
        columns.append(Column(title, [text(entry, model) for entry in model.entries], right, rank, total=total))
    return Grid(columns, totalled=True)


def line_label(entry: Entry, tree: bool) -> str:
    """The name with its times, behind the guides of the tree."""
    times = f" ×{entry.node.times}" if entry.node.times > 1 else ""
    if not tree or not entry.depth:
        return entry.label + times
    rails = "".join("   " if end else "│  " for end in entry.ends[1:-1])
    return f"{rails}{'└─' if entry.ends[-1] else '├─'} {entry.label}{times}"


def footer(model: ModelReport) -> list[Paragraph]:
    """Totals in words."""
    totals, storage = model.totals, model.storage or {}
    size = f"{bytes_text(storage['param_bytes'])} as {storage['dtype']}"
    seen = f"; receptive field {shape_text(totals['receptive_field'])}" if totals["receptive_field"] else ""
    return [
        Paragraph(f"Parameters {exact_text(totals['params'])} ({size}), buffers {exact_text(totals['buffers'])}"),
        Paragraph(f"MACs {exact_text(totals['macs'])}, FLOPs {exact_text(totals['flops'])}"),
        Paragraph(
            f"Activations {exact_text(totals['activations'])}, non-linearities {exact_text(totals['nonlinearities'])}, "
            f"weighted layers {exact_text(totals['weighted_layers'])}{seen}"
        ),
    ]
