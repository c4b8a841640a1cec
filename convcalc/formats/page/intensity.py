"""Arithmetic against memory: each layer's FLOPs a byte, and under the roof of a device what it attains at its floor."""

from __future__ import annotations

from itertools import pairwise

from convcalc.analysis.kind import kind_of
from convcalc.analysis.metrics import METRICS
from convcalc.formats.page.colors import fill, stroke
from convcalc.formats.page.markup import Picture, percent, safe
from convcalc.formats.page.plane import HEIGHT, Scale, across, down, frame, length, scale_of
from convcalc.record import NamedTuple
from convcalc.report.contract import LayerReport, ModelReport
from convcalc.report.device import DeviceReport
from convcalc.report.numbers import decimal_text, share_text

LEAST, MOST = 4.0, 18.0  # pixels of the radius of a dot
MOST_DOTS = 300


class Dot(NamedTuple):
    """A layer: its FLOPs a byte, what stands upwards, and its share of that of all."""

    layer: LayerReport
    x: float
    y: float
    share: float


def intensity(model: ModelReport) -> Picture | None:
    """The plane of layers that compute and move bytes; None where the report does not have their bytes."""
    device = model.device
    area = "macs" if device is None else "floor_seconds"
    whole = sum(layer.metrics.get(area) or 0 for layer in model.layers if layer.metrics.get("bytes"))
    dots = [dot for layer in model.layers if (dot := dot_of(layer, device, whole)) is not None]
    if not dots:
        return None
    x, y = scales(dots, device)
    shown = sorted(dots, key=lambda dot: -dot.share)[:MOST_DOTS]
    marks = "\n".join(drawn(dot, x, y, "floor" if device else "MACs") for dot in shown)
    found = f"{model.name}: {len(dots):,} layers by their FLOPs a byte, {over_all(model)} over all."
    if device is None:
        caption = "MACs of each layer over its FLOPs a byte; inputs, weights and outputs are moved once each. Area: its share of the MACs."
        return Picture(HEIGHT, frame(x, y) + marks, found, caption, "intensity")
    ridge = f", the ridge is at {decimal_text(device.ridge, 1, 0)} FLOPs a byte" if device.ridge is not None else ""
    caption = (
        f"What each layer attains at its floor on {device.name} ({device.dtype}), under the roof of its bandwidth and its peak{ridge}. "
        "Area: its share of the floor."
    )
    text = f"{found} {share_text(device.bandwidth_share or 0, 1)} of the floor on {device.name} is bound by bandwidth{ridge}."
    return Picture(HEIGHT, frame(x, y) + roof(device, x, y) + marks, text, caption, "intensity")


def over_all(model: ModelReport) -> str:
    """The FLOPs a byte of a network."""
    return decimal_text(model.totals["flops"], model.totals.get("bytes") or 1, 1)


def dot_of(layer: LayerReport, device: DeviceReport | None, whole: float) -> Dot | None:
    """The dot of a layer, if it has what it needs; `whole` is what its area is a share of."""
    moved, macs, flops = layer.metrics.get("bytes"), layer.metrics["macs"], layer.metrics["flops"]
    if not moved or not macs or not flops:
        return None
    at = length(flops) / length(moved)
    if device is None:
        return Dot(layer, at, length(macs), float(macs / whole))
    floor = layer.metrics.get("floor_seconds")
    return Dot(layer, at, length(length(flops) / floor), floor / whole) if floor else None


def scales(dots: list[Dot], device: DeviceReport | None) -> tuple[Scale, Scale]:
    """Both axes, wide enough for the ridge and the peak of a device."""
    xs, ys = [dot.x for dot in dots], [dot.y for dot in dots]
    if device is not None and (ends := ridge_of(device)):
        xs += [ends.x / 2, 4 * ends.x]
        ys += [min(ends.y, min(xs) * ends.y / ends.x), ends.y]
    xs, ys = ([length(min(values)) / 1.3, length(max(values)) * 1.3] for values in (xs, ys))
    name = "FLOPs a second" if device is not None else METRICS["macs"].label
    return scale_of("FLOPs a byte", xs, is_log=True), scale_of(name, ys, is_log=True)


class Ridge(NamedTuple):
    """Where the roof bends: FLOPs a byte, and FLOPs a second."""

    x: float
    y: float


def ridge_of(device: DeviceReport) -> Ridge | None:
    """The ridge of a device, if it has one."""
    return Ridge(length(device.ridge), length(device.peak)) if device.ridge and device.ridge > 0 and device.peak else None


def roof(device: DeviceReport, x: Scale, y: Scale) -> str:
    """The lines that no layer is above: bandwidth up to the ridge, the peak from there on."""
    if not (ridge := ridge_of(device)):
        return ""
    bandwidth = ridge.y / ridge.x
    points = [(across(x, end), down(y, min(ridge.y, end * bandwidth))) for end in (max(x.low, y.low / bandwidth), ridge.x, x.high)]
    lines = "".join(f'<line x1="{percent(a)}" y1="{b:.1f}" x2="{percent(c)}" y2="{d:.1f}"/>' for (a, b), (c, d) in pairwise(points))
    return f'<g stroke-width="2" {stroke("mark1")}>{lines}</g>'


def drawn(dot: Dot, x: Scale, y: Scale, what: str) -> str:
    """A dot with its title, its area by its share."""
    radius = max(LEAST, MOST * min(dot.share, 1) ** 0.5)
    times = f" ×{dot.layer.times}" if dot.layer.times > 1 else ""
    title = f"{dot.layer.path}{times} · {decimal_text(dot.x, 1, 1)} FLOPs a byte · {share_text(dot.share, 1)} of the {what}"
    bound = f" · bound by {dot.layer.bound}" if dot.layer.bound else ""
    place = f'cx="{percent(across(x, dot.x))}" cy="{down(y, dot.y):.1f}" r="{radius:.1f}" stroke-width="0.5"'
    return f"<circle {place} {fill(kind_of(dot.layer), 'text')}><title>{safe(title + bound)}</title></circle>"
