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
from convcalc.formats.parts import Column, Grid, Paragraph, Parts, figure, title
from convcalc.formats.timeline import timeline
from convcalc.inputs.designs import read_given, traced
from convcalc.inputs.execution import Running
from convcalc.inputs.limits import read_bytes
from convcalc.layout.library import Library
from convcalc.report.memory import FitReport, LiveReport, MemoryReport, MomentReport
from convcalc.report.numbers import bytes_text, share_text, times_text
from convcalc.report.records import ModelReport, Report

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


# For people


def parts(report: Report, width: int | None) -> Parts:
    """The peak, a timeline, what lives at the peak, the weights, and whether it fits."""
    blocks: Parts = []
    for model in report.models:
        if model.memory is None:
            continue
        found, moments = model.memory, [(moment.path, moment.bytes) for moment in model.memory.timeline]
        held = ", input held" if found.hold_input else ""
        blocks += [
            [Paragraph(f"{title(model)} · {found.dtype}, in place: {found.in_place}{held}", "bold")],
            [Paragraph(f"Peak {sized(found.peak_bytes)} at {found.peak_at}")],
        ]
        if moments:
            blocks += [[*timeline(moments, width)], [live_grid(found.live, found.peak_at, found.peak_bytes)]]
        blocks += [
            [Paragraph(f"Weights {sized(found.weight_bytes)} as {found.weights_dtype}, buffers {sized(found.buffer_bytes)}")],
        ]
        blocks += [[Paragraph(line) for line in fit_lines(found)]] if found.fit is not None else []
    return blocks


def live_grid(live: tuple[LiveReport, ...], at: str, peak: int) -> Grid:
    """What lives at the peak, and who reads it next."""
    return Grid(
        [
            Column("Live at the peak", [one.path for one in live], right=False, path=True),
            Column("Bytes", [figure(one.bytes, "bytes") for one in live]),
            Column("%", [share_text(one.bytes, peak).removesuffix("%") for one in live], rank=2),
            Column("Read next by", [read_by(one, at) for one in live], right=False, rank=1, path=True),
        ]
    )


def read_by(live: LiveReport, at: str) -> str:
    """Who reads a value next, or what else keeps it."""
    if live.inner:
        return "inside the layer"
    if live.path == at:
        return "being written"
    return live.next or "the caller"


def fit_lines(found: MemoryReport) -> list[str]:
    """`Does not fit 256.00 KiB: 5.74×; the first layer that does not: stem`."""
    fit = found.fit
    assert fit is not None
    limit = bytes_text(fit.limit)
    if not fit.fits:
        times = times_text(found.peak_bytes, fit.limit) if fit.limit else "nothing does"
        verdict = f"Does not fit {limit}: {times}; the first layer that does not: {fit.first or 'the input'}"
    else:
        verdict = f"Fits {limit}: {share_text(found.peak_bytes, fit.limit)} of it"
    beside = (
        f"; with the weights beside the values {fit.largest_batch_with_weights:,}" if fit.largest_batch_with_weights is not None else ""
    )
    return [verdict, f"Largest batch that fits: {fit.largest}{beside}"]


def sized(size: int) -> str:
    """`1,505,280 B (1.44 MiB)`."""
    return f"{size:,} B" + (f" ({bytes_text(size)})" if size >= 1024 else "")


def rows(report: Report, **_: Any) -> list[dict[str, Any]]:
    """A row a layer: the bytes that live while it runs."""
    return [
        {"model": model.name, **moment._asdict()} for model in report.models if model.memory is not None for moment in model.memory.timeline
    ]
