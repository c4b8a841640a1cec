"""The cost map: a network from left to right in its own order, parts as wide as they cost, what they consist of below them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from convcalc.analysis.kind import KINDS, by_kind, kind_of
from convcalc.analysis.metrics import METRICS
from convcalc.analysis.tree import RUN, Node, gathered, label, tree
from convcalc.formats.page.colors import fill, stroke
from convcalc.formats.page.markup import Picture, percent, room_for, safe, width_of, words
from convcalc.record import NamedTuple
from convcalc.report.contract import ModelReport
from convcalc.report.numbers import amount_text, attribute_text, share_text

LEVEL = 22  # pixels of a level of nesting
LEAF = 58  # pixels of what has nothing below it, at least
DEEPEST = 8  # levels
MOST_PARTS = 400  # that are drawn
MOST_BESIDE = 100  # that stand beside each other; more are gathered in runs
SLIMMEST = 1e-6  # of the width, below which a part is not drawn
SLIM = 0.002  # of the width, below which a part has no outline
UNLINED = ' stroke="none"'
PADDING = 8  # pixels beside a label
TURNED = 15  # pixels that a label needs across where it is written downwards


class Box(NamedTuple):
    """A part of the map: where it begins and how wide it is, as shares of the whole, and its level."""

    node: Node
    path: str
    name: str
    start: float
    share: float
    level: int
    amount: Any
    is_leaf: bool


def cost_maps(model: ModelReport, wholes: Mapping[str, Any], fixed: int | None = None) -> dict[str, Picture]:
    """A map for each metric, of those of which something costs any.

    Args:
        model: the network.
        wholes: metrics that add up over layers, each with what the full width stands for: None is the network's sum; another lets
            maps of several networks be held against each other.
        fixed: the width in pixels, of pictures that have one.
    """
    top = few_beside_each_other(Node("", "", 1, {}, (), tree(model))).children
    found = {metric: cost_map(model.name, top, metric, whole, fixed) for metric, whole in wholes.items()}
    return {metric: picture for metric, picture in found.items() if picture is not None}


def cost_map(name: str, top: Sequence[Node], metric: str, whole: Any, fixed: int | None) -> Picture | None:
    """The map of one metric; None where nothing costs any of it."""
    total = sum(node.metrics[metric] for node in top)
    if not total:
        return None
    boxes = list(placed(top, metric, "", 0.0, whole or total, 0))
    levels = max(box.level for box in boxes)
    height = LEVEL * levels + LEAF
    least = sorted((box.share for box in boxes), reverse=True)[MOST_PARTS] if len(boxes) > MOST_PARTS else 0
    shown = [box for box in boxes if box.share > max(least, SLIMMEST)]
    drawn = "\n".join(drawn_box(box, metric, total, height, fixed) for box in shown)
    hidden = len(boxes) - len(shown)
    more = f" The {hidden:,} smallest of {len(boxes):,} parts are not drawn." if hidden else ""
    caption = (
        f"Parts from left to right as they run, as wide as their share of {METRICS[metric].label}; what they consist of is below them."
    )
    content = f"<g {stroke('ground')}>\n{drawn}</g>"
    return Picture(height, content, text_of(name, top, metric, total), caption + more, "map")


def placed(nodes: Sequence[Node], metric: str, prefix: str, start: float, whole: Any, level: int) -> Iterator[Box]:
    """The boxes of nodes that stand beside each other, each before those below it."""
    for node in nodes:
        amount = node.metrics[metric]
        if not amount:
            continue
        share = float(amount / whole)
        name = label(node, prefix)
        path = prefix + name if node.path.startswith(prefix) else name
        times = f" ×{node.times}" if node.times > 1 else ""
        inner = node.children if level < DEEPEST - 1 and any(child.metrics[metric] for child in node.children) else ()
        yield Box(node, path + times, name + times, start, share, level, amount, not inner)
        yield from placed(inner, metric, node.path + ".", start, whole, level + 1)
        start += share


def few_beside_each_other(node: Node) -> Node:
    """A node whose children, and theirs, are not too many."""
    children = tuple(few_beside_each_other(child) if child.children else child for child in node.children)
    return node._replace(children=gathered(children, MOST_BESIDE))


def drawn_box(box: Box, metric: str, total: Any, height: int, fixed: int | None) -> str:
    """A box with its title, and its name where there is room for it."""
    top = LEVEL * box.level
    color = color_of(box, metric)
    tall = LEVEL if color == "group" else height - top  # that of a run too: not all of its parts are drawn
    title = safe(" · ".join([box.path, kind_text(box), amount_of(box.amount, metric), share_text(box.amount, total)]))
    return (
        f'<svg x="{percent(box.start)}" y="{top}" width="{percent(box.share)}" height="{tall}"><title>{title}</title>'
        f'<rect width="100%" height="100%" {fill(color)}{"" if box.share >= SLIM else UNLINED}/>{name_of(box, tall, fixed)}</svg>'
    )


def color_of(box: Box, metric: str) -> str:
    """The kind of a layer; of a run the kind that costs most of it."""
    if box.node.kind == RUN:
        kinds = by_kind(box.node.layers, metric)
        return max(kinds, key=kinds.__getitem__)
    return kind_of(box.node.layers[0]) if box.is_leaf and box.node.layers else "group"


def kind_text(box: Box) -> str:
    """What a box is: `conv 3×3`, `stage`, `100 layers`."""
    layers = box.node.layers
    if box.node.kind == RUN:
        return f"{len(layers):,} layers"
    kernel = attribute_text(layers[0].attributes.get("kernel")) if box.is_leaf and layers else ""
    return f"{box.node.kind} {kernel}".rstrip()


def amount_of(amount: Any, metric: str) -> str:
    """`115,605,504 MACs`, `3,211,264 B`, `8.402 ms`."""
    unit = METRICS[metric].unit
    words_ = {"seconds": "", "bytes": " B"}.get(unit, f" {METRICS[metric].word or METRICS[metric].label.lower()}")
    return amount_text(amount, unit) + words_


def name_of(box: Box, tall: int, fixed: int | None) -> str:
    """The name of a box across it, or downwards where it is tall enough for that; nothing where there is no room."""
    long = width_of(box.name) + PADDING
    across, down = room_for(long, box.share, fixed), room_for(TURNED, box.share, fixed) if long <= tall else None
    if across is not None and across in ("", down or across):
        return words("4", 15, box.name, more='stroke="none"', room=across)
    return "" if down is None else words("4", -4, box.name, more='stroke="none" transform="rotate(90)"', room=down)


def text_of(name: str, top: Sequence[Node], metric: str, total: Any) -> str:
    """The map in words: its largest parts."""
    largest = sorted(top, key=lambda node: -node.metrics[metric])[:8]
    parts = ", ".join(f"{node.path} {share_text(node.metrics[metric], total)}" for node in top if node in largest and node.metrics[metric])
    return f"{METRICS[metric].label} of {name}, {amount_of(total, metric)}: {parts}."


def legend(kinds: Sequence[str]) -> str:
    """What the colours mean."""
    patch = '<svg width="12" height="12" aria-hidden="true"><rect width="12" height="12" rx="2" {}/></svg>'
    return f'<ul class="legend">{"".join(f"<li>{patch.format(fill(kind))} {safe(KINDS[kind])}</li>" for kind in kinds)}</ul>'


def legend_picture(kinds: Sequence[str]) -> Picture:
    """What the colours mean, as a picture."""
    content, x = [], 0.0
    for kind in kinds:
        content.append(f'<rect x="{x:g}" y="2" width="12" height="12" rx="2" {fill(kind)}/>')
        content.append(words(f"{x + 18:g}", 13, KINDS[kind], "quiet"))
        x += 18 + width_of(KINDS[kind]) + 14
    return Picture(16, "".join(content), "")


def kinds_of(models: Sequence[ModelReport]) -> list[str]:
    """The kinds of layers that networks have, in the order of the table."""
    there = {kind_of(layer) for model in models for layer in model.layers}
    return [kind for kind in KINDS if kind in there]
