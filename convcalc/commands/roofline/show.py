"""`roofline` for people: the floor and what binds it, a plot, and a line a layer."""

from __future__ import annotations

from typing import Any

from convcalc.analysis.metrics import METRICS
from convcalc.commands.roofline.plot import lines
from convcalc.formats.parts import Cell, Column, Grid, Paragraph, Parts, check_there, figure, title
from convcalc.report.contract import LayerReport, ModelReport, Report
from convcalc.report.device import DeviceReport
from convcalc.report.numbers import amount_text, bytes_text, decimal_text, seconds_text, share_text, times_text
from convcalc.report.plain import record_dict, without


def parts(report: Report, width: int | None, top: int | None = None) -> Parts:
    """What each network comes to on its device."""
    check_there(("floor_seconds", "bytes"), report)
    blocks: Parts = []
    for model in report.models:
        if (found := model.device) is None:
            continue
        blocks += [
            [Paragraph(f"{title(model)} · {found.name}, {found.dtype}", "bold")],
            [Paragraph(line) for line in verdict(found)],
            [Paragraph(line, wrap=False, drawn=True) for line in lines(model, found, width)],
            [layer_grid(model, found, top)],
            [Paragraph(assumptions(found))],
        ]
    return blocks


def verdict(found: DeviceReport) -> list[str]:
    """`Floor 3.400 ms: nothing that runs is faster; op by op 9.900 ms, an estimate`."""
    floor, unfused = found.floor_seconds, found.unfused_seconds
    times = f", {times_text(unfused, floor)} of it" if floor else ""
    lines_ = [f"Floor {seconds_text(floor)}: nothing that runs is faster. Op by op {seconds_text(unfused)}{times}: an estimate."]
    if found.cycles is not None:
        lines_.append(f"{found.cycles:,} cycles")
    ridge = f"the ridge is at {decimal_text(found.ridge, 1, 0)} FLOPs a byte, " if found.ridge is not None else ""
    if found.peak_at_most is not None and found.bandwidth_share is not None:
        bound = f"{share_text(found.bandwidth_share, 1)} of the floor is bandwidth-bound"
        lines_.append(f"At most {share_text(found.peak_at_most, 1)} of the peak can be reached: {ridge}{bound}.")
    return lines_


def assumptions(found: DeviceReport) -> str:
    """What the floor takes for granted, in a line."""
    held = f"{bytes_text(found.held)} stay on the chip" if found.held else "caches hold nothing"
    faster = f", 3×3 convolutions by Winograd F({found.winograd}×{found.winograd}, 3×3)" if found.winograd else ""
    return f"Each product reads and writes memory once, everything else is free, {held}{faster}: convcalc help devices."


def layer_grid(model: ModelReport, found: DeviceReport, top: int | None) -> Grid:
    """A line a product, those of the largest floors where so many are asked for."""
    layers = [layer for layer in model.layers if layer.metrics["macs"]]
    if top is not None:
        layers = sorted(layers, key=lambda layer: -layer.metrics["floor_seconds"])[:top]
    columns = [
        Column(
            "Layer",
            [layer.path + (f" ×{layer.times}" if layer.times > 1 else "") for layer in layers],
            right=False,
            path=True,
            total="Total",
        ),
        Column("FLOPs", [figure(layer.metrics["flops"]) for layer in layers], rank=6, total=figure(model.totals["flops"])),
        Column(
            "Bytes", [figure(layer.metrics["bytes"], "bytes") for layer in layers], rank=5, total=figure(model.totals["bytes"], "bytes")
        ),
        Column(
            "FLOPs/byte", [ratio_text(layer.metrics["intensity"]) for layer in layers], rank=2, total=ratio_text(model.totals["intensity"])
        ),
        Column("Bound by", [layer.bound for layer in layers], right=False, rank=1),
        timed("Compute", "compute_seconds", layers, model, 4),
        timed("Memory", "memory_seconds", layers, model, 4),
        timed("Floor", "floor_seconds", layers, model, 0),
        Column("%", [share_text(layer.metrics["floor_seconds"], found.floor_seconds).removesuffix("%") for layer in layers], rank=3),
    ]
    if found.cycles is not None:
        columns.insert(5, Column("Cycles", [figure(layer.metrics["cycles"]) for layer in layers], rank=2, total=figure(found.cycles)))
    return Grid(columns, totalled=True)


def timed(header: str, key: str, layers: list[LayerReport], model: ModelReport, rank: int) -> Column:
    """A column of times."""
    unit = METRICS[key].unit
    return Column(
        header, [amount_text(layer.metrics[key], unit) for layer in layers], rank=rank, total=amount_text(model.totals[key], unit)
    )


def ratio_text(value: Any) -> Cell:
    """FLOPs a byte, to a tenth below a hundred."""
    return "" if value is None else decimal_text(value, 1, 1 if value < 100 else 0)


def rows(report: Report, **_: Any) -> list[dict[str, Any]]:
    """A row a layer that computes a product."""
    unit = report.convention.unit
    found = [(model, layer) for model in report.models for layer in model.layers if layer.metrics["macs"]]
    return [{"model": model.name, **without(record_dict(layer, unit), "sources")} for model, layer in found]
