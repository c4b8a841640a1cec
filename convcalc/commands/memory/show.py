"""`memory` for people: the peak, a timeline, what lives at the peak, the weights, and whether it fits."""

from __future__ import annotations

from typing import Any

from convcalc.formats.parts import Column, Grid, Paragraph, Parts, figure, title
from convcalc.formats.timeline import timeline
from convcalc.report.contract import Report
from convcalc.report.memory import LiveReport, MemoryReport
from convcalc.report.numbers import bytes_text, share_text, times_text


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
