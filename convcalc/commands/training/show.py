"""`training` for people: the MACs of a step by layers, its bytes, whether they fit, and all epochs."""

from __future__ import annotations

from typing import Any

from convcalc.analysis.metrics import METRICS
from convcalc.analysis.tree import by_op, leaves, lines, tree
from convcalc.formats.lines import line_label
from convcalc.formats.parts import Column, Grid, Paragraph, Parts, check_there, figure, title
from convcalc.report.contract import ModelReport, Report
from convcalc.report.memory import RunReport, TrainingReport
from convcalc.report.numbers import bytes_text, decimal_text, exact_text, scaled_text, seconds_text, share_text, times_text
from convcalc.report.plain import record_dict, without

SHOWN = ("macs", "input_gradient_macs", "weight_gradient_macs", "saved_bytes")  # metrics that the table has a column of


def parts(report: Report, width: int | None, by: str = "stage", depth: int = 1) -> Parts:
    """The MACs of a step by layers, its bytes, whether they fit, and all epochs."""
    blocks: Parts = []
    check_there(SHOWN, report)
    for model in report.models:
        if (found := model.training) is None:
            continue
        mixed = f", autocast {found.amp}" if found.amp else ""
        frozen = f", {exact_text(model.totals['params'] - found.trained_params)} parameters frozen"
        blocks += [
            [
                Paragraph(
                    f"{title(model)} · {found.optimizer}{mixed}{frozen if found.trained_params < model.totals['params'] else ''}", "bold"
                )
            ],
            [layer_grid(model, by, depth)],
            [Paragraph(line) for line in macs_lines(found)],
            [bytes_grid(found)],
        ]
        blocks += [[Paragraph(line) for line in fit_lines(found)]] if found.fit is not None else []
        blocks += [[Paragraph(run_line(found.run))]] if found.run is not None else []
        blocks += [[Paragraph(line) for line in time_lines(model, found)]] if found.least_seconds is not None else []
    return blocks


def layer_grid(model: ModelReport, by: str, depth: int) -> Grid:
    """MACs of the passes and what is saved, a line a stage, layer or op."""
    found = by_op(model) if by == "op" else leaves(model) if by == "layer" else lines(tree(model), depth)
    headers = ("Forward MACs", "Input gradients", "Weight gradients", "Saved bytes")
    columns = [
        Column(header, [figure(line.node.metrics[key], METRICS[key].unit) for line in found], rank=rank, total=figure(model.totals[key]))
        for key, header, rank in zip(SHOWN, headers, (0, 2, 1, 3), strict=True)
    ]
    return Grid([Column("Layer", [line_label(line) for line in found], right=False, total="Total"), *columns], totalled=True)


def macs_lines(found: TrainingReport) -> list[str]:
    """`A step: 12,149,538,816 MACs (24.30 GFLOPs), 2.97× the forward pass`."""
    again = f", of which {exact_text(found.recomputed_macs)} MACs are computed again" if found.recomputed_macs else ""
    ratio = f", {times_text(found.training_macs, found.forward_macs)} the forward pass" if found.forward_macs else ""
    return [f"A step: {exact_text(found.training_macs)} MACs ({flops_text(found.training_flops)}){ratio}{again}"]


def bytes_grid(found: TrainingReport) -> Grid:
    """What the bytes of a step are of."""
    affine = f"{exact_text(found.saved_bytes_fixed)} and {exact_text(found.saved_bytes_per_sample)} a sample"
    lines_ = [
        ("Weights", found.weight_bytes, "master copies, in 32 bits" if found.amp else ""),
        ("Gradients", found.gradient_bytes, ""),
        (f"Optimizer ({found.optimizer})", found.optimizer_bytes, ""),
        ("Saved for the backward pass", found.saved_bytes, affine),
        ("Output", found.output_bytes, ""),
    ]
    return Grid(
        [
            Column("Bytes of a step", [name for name, _, _ in lines_], right=False, total="At most about"),
            Column("Bytes", [figure(size, "bytes") for _, size, _ in lines_], total=figure(found.training_bytes, "bytes")),
            Column("In units", [bytes_text(size) for _, size, _ in lines_], total=bytes_text(found.training_bytes), rank=1),
            Column("Of which", [text for _, _, text in lines_], right=False, rank=2),
        ],
        totalled=True,
    )


def fit_lines(found: TrainingReport) -> list[str]:
    """Whether a step fits, and the largest batch that does."""
    fit = found.fit
    assert fit is not None
    limit = bytes_text(fit.limit)
    share = share_text(found.training_bytes, fit.limit)
    verdict = f"Fits {limit}: {share} of it" if fit.fits else f"Does not fit {limit}: {f'{share} of it' if share else 'nothing does'}"
    return [verdict, f"Largest batch that fits: {fit.largest}, by the estimate above"]


def run_line(run: RunReport) -> str:
    """`90 epochs of 1,280,000 images: 2.80 EFLOPs`."""
    epochs, images = (f"{count:,} {word}{'s' * (count != 1)}" for count, word in ((run.epochs, "epoch"), (run.images, "image")))
    return f"{epochs} of {images}: {exact_text(run.flops)} FLOPs ({flops_text(run.flops)})"


def flops_text(flops: int) -> str:
    """`24.30 GFLOPs`."""
    return f"{scaled_text(flops)}FLOPs" if flops >= 1000 else f"{flops} FLOPs"


def time_lines(model: ModelReport, found: TrainingReport) -> list[str]:
    """`A step takes at least 1.234 ms on rtx-3090: three floors`."""
    on = f" on {model.device.name}" if model.device is not None else ""
    floors = "the floor of the forward pass, as parts are frozen" if "frozen" in model.execution else "three floors of the forward pass"
    lines_ = [f"A step takes at least {seconds_text(found.least_seconds)}{on}: {floors}"]
    if found.run is not None and found.run.least_seconds is not None:
        lines_.append(f"All epochs take at least {decimal_text(found.run.least_seconds, 3600, 1)} hours")
    return lines_


def rows(report: Report, **_: Any) -> list[dict[str, Any]]:
    """A row a model."""
    unit = report.convention.unit
    found = [(model, record_dict(model.training, unit)) for model in report.models if model.training is not None]
    return [{"model": model.name, "batch": model.batch, **without(record, "fit", "run")} for model, record in found]
