"""Kinds of layers, by which pictures colour them: where the multiplications of a network are."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from convcalc.core.ops import TRAITS
from convcalc.report.contract import LayerReport

KINDS = {
    "window": "convolution k>1",
    "pointwise": "1×1 convolution",
    "grouped": "depthwise, grouped",
    "product": "linear, attention",
    "other": "norm, activation, other",
}


def kind_of(layer: LayerReport) -> str:
    """Which of the kinds a layer is of."""
    traits, kernel, groups = TRAITS.get(layer.op), layer.attributes.get("kernel"), layer.attributes.get("groups")
    if traits is None or not traits.weighted or not isinstance(kernel, list):
        return "product" if layer.metrics["macs"] else "other"
    if not traits.mixes or groups not in (None, 1):
        return "grouped"
    return "pointwise" if all(size == 1 for size in kernel) else "window"


def by_kind(layers: Iterable[LayerReport], metric: str) -> dict[str, Any]:
    """How much of a metric layers of each kind have, in the order of the kinds; those without are left out."""
    found: dict[str, Any] = dict.fromkeys(KINDS, 0)
    for layer in layers:
        found[kind_of(layer)] += layer.metrics[metric]
    return {kind: amount for kind, amount in found.items() if amount}
