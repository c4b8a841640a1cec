"""`convcalc memory`: does it fit; the peak of live values at inference, what lives then, and the weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Unpack

from convcalc.analysis.memory import Memory, live_at, weight_bytes
from convcalc.analysis.memory import memory as lifetimes
from convcalc.core.execution import BITS, bytes_of
from convcalc.core.trace import Trace
from convcalc.errors import Diagnostic, for_each
from convcalc.files.find import spec_files
from convcalc.inputs.designs import read_given, traced
from convcalc.inputs.execution import Running
from convcalc.inputs.limits import read_bytes
from convcalc.layout.library import Library
from convcalc.report.contract import ModelReport, Report
from convcalc.report.memory import FitReport, LiveReport, MemoryReport, MomentReport

LARGEST_BATCH = 2**63  # that is looked for


def memory(
    specs: str | Sequence[str],
    *,
    set: Mapping[str, Any] | Sequence[str] = (),  # noqa: A002  # as the option is called
    input: str | Sequence[str] | None = None,  # noqa: A002
    batch: int | str = 1,
    fit: int | str | None = None,
    **running: Unpack[Running],
) -> Report:
    """The memory of inference.

    Args:
        specs, set, input, batch: as for `summary`.
        fit: a limit to hold the peak against, "256KiB".
        running: how it is run, as `inputs.execution.Running` lists it: `dtype`, `weights_dtype`, `in_place`, `hold_input`.

    Returns:
        A report whose models have `memory`: the peak in bytes, the layer that it is at, what lives then, and what lives
        while each layer runs. Values live from the layer that makes them to the last that reads them.

    Raises:
        ConvcalcError: with every error of every file, and for a limit or a word that cannot be read.

    >>> memory("mobilenet_v2", dtype="int8").models[0].memory.peak_bytes
    1505280
    """
    given = read_given(set, input, batch, ["peak_bytes", "weight_bytes"], **running)
    limit = read_bytes("--fit", fit) if fit is not None else None
    library = Library()
    notes: list[Diagnostic] = []

    def model_of(spec: str) -> ModelReport:
        found = traced(library, spec, given)
        notes.extend(found.notes)
        return found.model(None)._replace(memory=memory_report(found.trace, limit))

    models = for_each(spec_files(specs), model_of)
    return Report("memory", models=tuple(models), diagnostics=tuple(notes))


def memory_report(trace: Trace, limit: int | None) -> MemoryReport:
    """The memory of one network, held against a limit where there is one."""
    found, execution = lifetimes(trace), trace.execution
    paths = [row.path for row in found.apart.trace.rows]
    place = found.timeline.index(found.peak) if found.timeline else None
    weights = sum(weight_bytes(trace))
    return MemoryReport(
        execution.dtype,
        execution.type_of_weights,
        execution.in_place,
        execution.hold_input,
        found.peak,
        paths[place] if place is not None else "input",
        tuple(LiveReport(*live) for live in live_at(found, place)) if place is not None else (),
        tuple(MomentReport(path, live) for path, live in zip(paths, found.timeline, strict=True)),
        weights,
        bytes_of(trace.total.buffers, execution.type_of_weights),
        fit_report(found, trace, weights, limit) if limit is not None else None,
    )


def fit_report(found: Memory, trace: Trace, weights: int, limit: int) -> FitReport:
    """Whether the values of a network fit, and the largest batch for which they do, alone and beside the weights."""
    first = next((row.path for row, live in zip(found.apart.trace.rows, found.timeline, strict=True) if live > limit), None)
    batches = [largest_batch(trace, most) for most in (limit, limit - weights)]
    return FitReport(limit, found.peak <= limit, batches[0], first, batches[1])


def largest_batch(trace: Trace, limit: int) -> int:
    """The largest batch whose peak is within a limit; 0 for none."""
    one: int = lifetimes(trace._replace(batch=1)).peak
    if one > limit or one == 0:
        return 0
    if BITS[trace.execution.dtype] % 8 == 0 and not any(row.fixed for row in trace.rows):
        return limit // one  # the peak grows with the batch
    low, high = 1, min(2 * limit, LARGEST_BATCH)
    while low < high:
        middle = (low + high + 1) // 2
        fits = lifetimes(trace._replace(batch=middle)).peak <= limit
        low, high = (middle, high) if fits else (low, middle - 1)
    return low
