"""The stages of a network: what stands at its top level, and what each costs by kind of layer; as bars of a terminal."""

from __future__ import annotations

from typing import Any

from convcalc.analysis.kind import KINDS, by_kind
from convcalc.analysis.tree import Node, gathered, tree
from convcalc.formats.parts import Paragraph, Part
from convcalc.formats.text import display_width, shortened, visible
from convcalc.record import NamedTuple
from convcalc.report.contract import LayerReport, ModelReport
from convcalc.report.numbers import share_text

MOST = 24  # stages that are shown
WIDEST = 80  # columns of a terminal that bars take
LONGEST_NAME = 24
SIGNS = {"window": "█", "pointwise": "▒", "grouped": "░", "product": "▞", "other": "·"}


class Stage(NamedTuple):
    """A stage, or neighbours of too many to show."""

    name: str
    layers: tuple[LayerReport, ...]
    amount: Any


def stages(nodes: tuple[Node, ...], metric: str) -> list[Stage]:
    """Nodes that stand beside each other, those that cost any of a metric; neighbours of too many to show are one."""
    found = gathered(tuple(node for node in nodes if node.metrics[metric]), MOST)
    return [Stage(name_of(node), node.layers, node.metrics[metric]) for node in found]


def name_of(node: Node) -> str:
    """`layer1`, `conv2 … conv9`, `block ×3`."""
    return node.path + (f" … {node.last}" if node.last else "") + (f" ×{node.times}" if node.times > 1 else "")


def stage_bars(model: ModelReport, metric: str, width: int | None) -> list[Part]:
    """A bar a stage, each part of it with the sign of its kind, and what the signs mean."""
    shown = stages(tree(model), metric)
    if not shown:
        return []
    names = [shortened(visible(stage.name), LONGEST_NAME) for stage in shown]
    margin = max(map(display_width, names))
    total, most = sum(stage.amount for stage in shown), max(stage.amount for stage in shown)
    shares = [share_text(stage.amount, total) for stage in shown]
    room = max(min(WIDEST, width or WIDEST) - margin - max(map(len, shares)) - 3, 8)
    lines = [
        f"{name}{' ' * (margin - display_width(name))} {share:>{max(map(len, shares))}}  {bar(by_kind(stage.layers, metric), most, room)}"
        for name, share, stage in zip(names, shares, shown, strict=True)
    ]
    there = [kind for kind in KINDS if any(kind in by_kind(stage.layers, metric) for stage in shown)]
    legend = filled([f"{SIGNS[kind]} {KINDS[kind]}" for kind in there], min(WIDEST, width or WIDEST))
    return [Paragraph(line.rstrip(), wrap=False, drawn=True) for line in (*lines, *legend)]


def filled(items: list[str], width: int) -> list[str]:
    """Items side by side, in as many lines as they take."""
    lines = [items[0]]
    for item in items[1:]:
        beside = f"{lines[-1]}  {item}"
        if len(beside) <= width:
            lines[-1] = beside
        else:
            lines.append(item)
    return lines


def bar(parts: dict[str, Any], most: Any, room: int) -> str:
    """`████▒▒▒`: as many signs as kinds have of the room, their ends rounded."""
    text, done = "", 0
    for kind, amount in parts.items():
        done += amount
        text += SIGNS[kind] * (round(float(room * done / most)) - len(text))
    return text
