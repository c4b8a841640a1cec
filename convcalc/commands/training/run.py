"""`convcalc training`: what a step of training takes, in MACs and in bytes, and all of its epochs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Unpack

from convcalc.analysis.gradients import backward_of_layers
from convcalc.analysis.roofline import floor_seconds
from convcalc.analysis.saved_tensors import FULL, Saved, recomputed_macs
from convcalc.analysis.training import NUMBER, gradient_bytes, optimizer_bytes, output_bytes, saved, step_bytes, training_macs
from convcalc.commands.training.show import SHOWN
from convcalc.core.quantity import parse_quantity
from convcalc.core.trace import Trace, of_one_sample
from convcalc.errors import Diagnostic, for_each, usage
from convcalc.files.find import spec_files
from convcalc.inputs.designs import read_given, traced
from convcalc.inputs.execution import Running
from convcalc.inputs.limits import read_bytes
from convcalc.layout.library import Library
from convcalc.report.contract import ModelReport, Report
from convcalc.report.memory import FitReport, RunReport, TrainingReport

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
