"""A roofline: what layers attain at their floors over their FLOPs a byte, in a terminal and as a picture."""

from __future__ import annotations

import math
from typing import Any

from convcalc.formats.picture import literal, new_figure, saved
from convcalc.record import NamedTuple
from convcalc.report.contract import ModelReport, Report
from convcalc.report.device import DeviceReport
from convcalc.report.numbers import scaled_text

WIDTH, HEIGHT = 60, 12  # of the terminal's, in characters
NARROWEST = 24
MARKS = ((0.1, "●"), (0.02, "∘"), (0.0, "·"))  # by the share of the floor from which on a layer has one
LEGEND = "● ≥ 10% of the floor, ∘ ≥ 2%, · less"
SLOPE, FLAT = "╱", "─"


class Mark(NamedTuple):
    """A layer: its FLOPs a byte, the FLOPs a second of its floor, and its share of the network's."""

    intensity: float
    rate: float
    share: float


def marks_of(model: ModelReport, found: DeviceReport) -> list[Mark]:
    """The layers that compute and move bytes."""
    marks = []
    for layer in model.layers:
        floor, intensity = layer.metrics["floor_seconds"], layer.metrics["intensity"]
        if layer.metrics["macs"] and floor and intensity:
            marks.append(Mark(intensity, layer.metrics["flops"] / floor, floor / found.floor_seconds if found.floor_seconds else 0))
    return marks


def lines(model: ModelReport, found: DeviceReport, width: int | None) -> list[str]:
    """The plot in a terminal, both axes logarithmic; nothing where there is no layer to draw."""
    marks = marks_of(model, found)
    if not marks or not found.bandwidth or found.ridge is None:
        return []
    peak, ridge = found.peak, found.ridge
    low, high = min(mark.intensity for mark in marks), max(ridge * 4, *(mark.intensity for mark in marks))
    bottom = min([low * found.bandwidth, *(mark.rate for mark in marks)])
    top = max([peak, *(mark.rate for mark in marks)])
    margin = max(len(label(top)), len(label(bottom)))
    cells = WIDTH if width is None else max(NARROWEST, min(WIDTH, width - margin - 3))
    across, up = placed(low, high, cells), placed(bottom, top, HEIGHT)
    field = [[" "] * cells for _ in range(HEIGHT)]
    for column in range(cells):
        intensity = math.exp(math.log(low) + (math.log(high) - math.log(low)) * column / (cells - 1))
        roof = min(peak, intensity * found.bandwidth)
        field[HEIGHT - 1 - up(roof)][column] = FLAT if intensity >= ridge else SLOPE
    for mark in sorted(marks, key=lambda one: one.share):
        field[HEIGHT - 1 - up(mark.rate)][across(mark.intensity)] = next(sign for least, sign in MARKS if mark.share >= least)
    rates = {HEIGHT - 1 - up(rate): label(rate) for rate in (bottom, top)}
    drawn = [f"{rates.get(row, ''):>{margin}} │{''.join(cells_).rstrip()}" for row, cells_ in enumerate(field)]
    left, right, middle = number(low), number(high), f"FLOPs a byte, ridge at {number(ridge)}"
    room = cells - len(left) - len(right)
    feet = [f"{left}{middle:^{room}}{right}"] if room > len(middle) + 1 else [f"{left}{'':{room}}{right}", middle]
    return [*drawn, f"{'':{margin}} └{FLAT * cells}", *[f"{'':{margin}}  {foot}" for foot in feet], LEGEND]


def placed(low: float, high: float, cells: int) -> Any:
    """Where of so many cells a value is, on a logarithmic axis."""
    start, span = math.log(low), math.log(high) - math.log(low) or 1.0
    return lambda value: min(max(int((math.log(value) - start) / span * (cells - 1) + 0.5), 0), cells - 1)


def label(rate: float) -> str:
    """`312T`, operations a second."""
    figure, _, prefix = scaled_text(int(rate)).partition(" ")
    return (figure.rstrip("0").rstrip(".") if "." in figure else figure) + prefix


def number(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:.2g}"


def picture(report: Report, file: str) -> bytes:
    """The plots of all models in one, as PNG or PDF by the suffix of a file's name."""
    figure = new_figure()
    axes = figure.add_subplot()
    plots = [(model, model.device, marks_of(model, model.device)) for model in report.models if model.device is not None]
    intensities = [mark.intensity for _, _, marks in plots for mark in marks]
    for model, _, marks in plots:
        columns = [[mark.intensity for mark in marks], [mark.rate for mark in marks]]
        axes.scatter(*columns, s=[20 + 600 * mark.share for mark in marks], alpha=0.6, label=literal(model.name))
    found = plots[0][1] if plots else None  # all are on one device
    if found is not None and found.bandwidth and found.ridge and intensities:
        ends = [min(intensities), found.ridge, max(4 * found.ridge, *intensities)]
        axes.plot(ends, [min(found.peak, end * found.bandwidth) for end in ends], color="0.4", zorder=0)
        axes.set_title(literal(f"{found.name}, {found.dtype}, batch {report.models[0].batch}"))
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel("FLOPs a byte")
    axes.set_ylabel("FLOPs a second at the floor")
    axes.grid(True, which="both", alpha=0.3)
    axes.legend()
    return saved(figure, file)
