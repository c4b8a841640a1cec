"""Memory while a network runs: the bytes that live, layer by layer, and arcs over them for values that skip layers."""

from __future__ import annotations

from convcalc.core.execution import USUAL
from convcalc.formats.page.colors import fill, stroke
from convcalc.formats.page.markup import Picture, percent, room_for, safe, width_of, words
from convcalc.formats.timeline import sections, together
from convcalc.record import NamedTuple
from convcalc.report.contract import ModelReport
from convcalc.report.numbers import bytes_text

ARCS, HEAD, BARS, FOOT = 44, 20, 110, 20  # pixels from top to bottom: arcs, the peak's name, bars, and the names of stages
MOST_ARCS = 150
SLIMMEST = 0.002  # of the width, below which a stage is not told apart
MOST_COLUMNS = 1_000
INPUT = "input"
METRIC = "peak_bytes"  # of a layer: what lives while it runs


class Arc(NamedTuple):
    """A value that skips layers: the layer that makes it (-1: the network's input), the one that reads it, and its elements."""

    maker: int
    reader: int
    elements: int


def arcs(model: ModelReport) -> list[Arc]:
    """The values that skip layers, the largest of them where there are many."""
    inputs = len(model.inputs) or 1
    found = []
    for reader, layer in enumerate(model.layers):
        for source, shape in zip(layer.sources, layer.every_input, strict=False):
            maker = max(source - inputs, -1)
            if maker < reader - 1:
                found.append(Arc(maker, reader, product(shape)))
    return sorted(sorted(found, key=lambda arc: -arc.elements)[:MOST_ARCS])


def product(sizes: list[int]) -> int:
    """The elements of a shape."""
    found = 1
    for size in sizes:
        found *= size
    return found


def lifetimes(model: ModelReport, fixed: int | None = None) -> Picture | None:
    """The timeline; None where the report does not have what lives."""
    if not model.layers or any(METRIC not in layer.metrics for layer in model.layers):
        return None
    amounts = [layer.metrics[METRIC] for layer in model.layers]
    count, peak = len(amounts), max(amounts)
    if not peak:
        return None
    skipping = arcs(model)
    top = ARCS if skipping else 0
    place = amounts.index(peak)
    at = model.layers[place].path
    _, columns = together(amounts, MOST_COLUMNS)
    content = [
        bands(model, top, fixed),
        curves(model, skipping) if skipping else "",
        f'<svg y="{top + HEAD}" width="100%" height="{BARS}" viewBox="0 0 {len(columns)} {BARS}" preserveAspectRatio="none" '
        f'data-layers="{count}"><path d="{steps(columns, peak)}" {fill("window")}/></svg>',
        peak_label(place, count, top, bytes_text(peak)),
    ]
    skips = f" {len(skipping)} values skip layers, the longest {longest_text(model, skipping)}." if skipping else ""
    text = f"Bytes that live while each of the {count:,} layers of {model.name} runs: at most {bytes_text(peak)}, at {at}.{skips}"
    caption = (
        f"Bytes of the values that live while each layer runs ({execution_text(model)}): a value lives from the layer that makes it to the "
        f"last that reads it. The peak is {peak:,} B, at {at}.{' Arcs are values that skip layers.' if skipping else ''}"
    )
    return Picture(top + HEAD + BARS + FOOT, "\n".join(content), text, caption, "memory")


def execution_text(model: ModelReport) -> str:
    """`fp32, in place: fused`."""
    dtype, in_place = (model.execution.get(key, getattr(USUAL, key)) for key in ("dtype", "in_place"))
    return f"{dtype}, in place: {in_place}"


def longest_text(model: ModelReport, found: list[Arc]) -> str:
    """The value that skips most layers, by the two that it goes from and to."""
    arc = max(found, key=lambda one: one.reader - one.maker)
    return f"from {maker_of(model, arc)} to {model.layers[arc.reader].path}"


def maker_of(model: ModelReport, arc: Arc) -> str:
    return INPUT if arc.maker < 0 else model.layers[arc.maker].path


def steps(amounts: list[int], peak: int) -> str:
    """The outline of bars beside each other."""
    found, last = [f"M0 {BARS}"], None
    for place, amount in enumerate(amounts):
        height = BARS - BARS * amount // peak
        if height != last:
            found.append(f"H{place}V{height}")
            last = height
    return "".join([*found, f"H{len(amounts)}V{BARS}Z"])


def curves(model: ModelReport, found: list[Arc]) -> str:
    """Arcs from the layer that makes a value to the one that reads it, each with its title."""
    longest = max(arc.reader - arc.maker for arc in found)
    paths = []
    for arc in found:
        start, end = arc.maker + 0.5, arc.reader + 0.5
        bend = 0.4 * ARCS + (4 - 1.4 * ARCS) * (end - start) / longest  # the longest reaches the top
        title = f"{maker_of(model, arc)} → {model.layers[arc.reader].path} · {arc.elements:,} elements"
        paths.append(
            f'<path d="M{start:g} {ARCS}Q{(start + end) / 2:g} {bend:.0f} {end:g} {ARCS}" vector-effect="non-scaling-stroke">'
            f"<title>{safe(title)}</title></path>"
        )
    return (
        f'<svg width="100%" height="{ARCS}" viewBox="0 0 {len(model.layers)} {ARCS}" preserveAspectRatio="none">'
        f'<g fill="none" {stroke("mark3")}>{"".join(paths)}</g></svg>'
    )


def bands(model: ModelReport, top: int, fixed: int | None) -> str:
    """The stages: every other one on a darker ground, their names at the foot."""
    count, found = len(model.layers), []
    moments = [(layer.path, 0) for layer in model.layers]
    y = top + HEAD + BARS
    for number, stage in enumerate(sections(moments, range(count))):
        share = (stage.last + 1 - stage.first) / count
        if share < SLIMMEST:
            continue
        if number % 2:
            found.append(f'<rect x="{percent(stage.first / count)}" width="{percent(share)}" height="{y}" {fill("panel")}/>')
        needed = width_of(stage.name) + 6
        room = room_for(needed, share, fixed)
        if room is not None:
            middle = percent((stage.first + stage.last + 1) / 2 / count)
            found.append(words(middle, y + 14, stage.name, "quiet", 'text-anchor="middle"', room))
    return "".join(found)


def peak_label(place: int, count: int, top: int, text: str) -> str:
    """The peak's name over its bar, towards the middle."""
    left = place < count / 2
    at = percent(place / count if left else (place + 1) / count)
    return words(at, top + HEAD - 6, text, more=f'text-anchor="{"start" if left else "end"}" font-weight="600"')
