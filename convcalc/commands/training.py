"""`convcalc training`: what a step of training takes, in MACs and in bytes, and all of its epochs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Unpack

from convcalc.analysis.gradients import backward_of_layers
from convcalc.analysis.metrics import METRICS
from convcalc.analysis.roofline import floor_seconds
from convcalc.analysis.saved import FULL, Saved, recomputed_macs
from convcalc.analysis.training import NUMBER, gradient_bytes, optimizer_bytes, output_bytes, saved, step_bytes, training_macs
from convcalc.analysis.tree import by_op, leaves, lines, tree
from convcalc.core.quantity import parse_quantity
from convcalc.core.trace import Trace, of_one_sample
from convcalc.errors import Diagnostic, for_each, usage
from convcalc.files.find import spec_files
from convcalc.formats.lines import line_label
from convcalc.formats.parts import Column, Grid, Paragraph, Parts, check_there, figure, title
from convcalc.inputs.designs import read_given, traced
from convcalc.inputs.execution import Running
from convcalc.inputs.limits import read_bytes
from convcalc.layout.library import Library
from convcalc.report.memory import FitReport, RunReport, TrainingReport
from convcalc.report.numbers import bytes_text, decimal_text, exact_text, scaled_text, seconds_text, share_text, times_text
from convcalc.report.plain import record_dict, without
from convcalc.report.records import ModelReport, Report

# What each layer has, and the columns of the table.
SHOWN = ("macs", "input_gradient_macs", "weight_gradient_macs", "saved_bytes")
PASSES = 3  # of a step: forward, gradients of inputs, gradients of weights
ASKED = (*SHOWN, "backward_macs", "training_macs", "gradient_bytes", "optimizer_bytes", "training_bytes")


def training(
    specs: str | Sequence[str],
    *,
    set: Mapping[str, Any] | Sequence[str] = (),  # noqa: A002  # as the option is called
    input: str | Sequence[str] | None = None,  # noqa: A002
    batch: int | str = 1,
    fit: int | str | None = None,
    images: int | str | None = None,
    epochs: int | str | None = None,
    **running: Unpack[Running],
) -> Report:
    """What a step of training takes.

    Args:
        specs, set, input, batch: as for `summary`.
        fit: a limit to hold the bytes of a step against, "24GiB".
        images, epochs: samples of an epoch, "1.28M", and how often they are seen, for the FLOPs of it all.
        running: how it is trained, as `inputs.execution.Running` lists it: `optimizer`, `amp`, `freeze`, `checkpoint`.

    Returns:
        A report whose models have `training`: exact MACs of forward, input gradients and weight gradients, and bytes of
        weights, gradients, optimizer state and what autograd saves; their sum is an upper estimate of a step's peak.

    Raises:
        ConvcalcError: with every error of every file, for a path that names no layer, and for what cannot be read.

    >>> training("resnet50").models[0].training.backward_macs
    8060354560
    """
    running = {**running, "dtype": running.get("amp") or FULL}
    given = read_given(set, input, batch, ASKED, **running)
    limit = read_bytes("--fit", fit) if fit is not None else None
    seen = read_run(images, epochs)
    library = Library()
    notes: list[Diagnostic] = []

    def model_of(spec: str) -> ModelReport:
        found = traced(library, spec, given)
        notes.extend(found.notes)
        return found.model(None)._replace(training=training_report(found.trace, limit, seen))

    models = for_each(spec_files(specs), model_of)
    return Report("training", models=tuple(models), diagnostics=tuple(notes))


def read_run(images: int | str | None, epochs: int | str | None) -> tuple[int, int] | None:
    """How many samples an epoch has, and how many epochs there are.

    Raises:
        ConvcalcError: for one without the other, and for what is no count.
    """
    if images is None and epochs is None:
        return None
    if images is None or epochs is None:
        raise usage("--images and --epochs belong together", "write --images 1.28M --epochs 90")
    counts = [int(parse_quantity(str(text), option).value) for option, text in (("--images", images), ("--epochs", epochs))]
    if min(counts) < 1:
        raise usage("--images and --epochs are at least 1", "write --images 1.28M --epochs 90")
    return counts[0], counts[1]


def training_report(trace: Trace, limit: int | None, seen: tuple[int, int] | None) -> TrainingReport:
    """A step of training of one network, held against a limit where there is one, and all samples of all epochs."""
    execution, batch = trace.execution, trace.batch
    backward, again, kept, step = backward_of_layers(trace), sum(recomputed_macs(trace)), saved(trace), step_bytes(trace)
    gradients = gradient_bytes(trace)
    of_inputs, of_weights = sum(macs.inputs for macs in backward), sum(macs.weights for macs in backward)
    forward = trace.total.macs
    macs = forward + of_inputs + of_weights + again
    return TrainingReport(
        execution.optimizer,
        execution.amp or None,
        sum(gradients) // NUMBER,
        forward,
        of_inputs + of_weights,
        of_inputs,
        of_weights,
        again,
        macs,
        2 * macs,
        NUMBER * trace.total.params,
        sum(gradients),
        sum(optimizer_bytes(trace)),
        kept.fixed,
        kept.sample,
        kept.of(batch),
        output_bytes(trace) * batch,
        step.of(batch),
        FitReport(limit, step.of(batch) <= limit, largest_batch(step, limit)) if limit is not None else None,
        run_report(trace, *seen) if seen is not None else None,
        least_seconds(trace),
    )


def least_seconds(trace: Trace) -> float | None:
    """The least time of a step on a device: floors of forward, input gradients and weight gradients; of what is partly frozen the first."""
    if trace.execution.device is None:
        return None
    passes = 1 if trace.execution.frozen else PASSES
    return float(passes * floor_seconds(trace._replace(execution=trace.execution._replace(dtype=trace.execution.amp or FULL))))


def largest_batch(step: Saved, limit: int) -> int | None:
    """The largest batch whose step is within a limit; 0 for none, None where samples add nothing."""
    if step.fixed > limit:
        return 0
    return (limit - step.fixed) // step.sample if step.sample else None


def run_report(trace: Trace, images: int, epochs: int) -> RunReport:
    """All samples of a training, each passed forward and backward."""
    one = sum(training_macs(of_one_sample(trace))) * images * epochs
    step = least_seconds(trace)
    return RunReport(images, epochs, one, 2 * one, step * images * epochs / trace.batch if step is not None else None)


# For people


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
