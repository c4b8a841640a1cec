"""Layers of two models matched: what each layer was before a change."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from typing import Any

from convcalc.report.contract import LayerReport

RUN = re.compile(r"\b(\d+)-\d+\b")


Pairs = list[tuple[LayerReport | None, LayerReport | None]]  # layers as they were and as they are


LONGEST_EXACT = 1_000  # layers; beyond it the matcher may pass over what is everywhere


def pairs(old: list[LayerReport], new: list[LayerReport]) -> Pairs:
    """Layers of both sides matched in order: by path and content, then by content, then by path, then by op.

    So an inserted layer, which renumbers all after it, or a renamed stage is not everything new and removed.
    """
    found: Pairs = []
    for a, b in aligned(old, new, lambda layer: (layer.path, content(layer))):
        for c, d in aligned(a, b, content):
            found += matched(c, d)
    return found


def aligned(old: list[LayerReport], new: list[LayerReport], key: Any) -> list[tuple[list[LayerReport], list[LayerReport]]]:
    """Runs of layers whose keys agree, one by one, and the gaps between them."""
    a, b = [key(layer) for layer in old], [key(layer) for layer in new]
    matcher = SequenceMatcher(None, a, b, autojunk=max(len(a), len(b)) > LONGEST_EXACT)
    found: list[tuple[list[LayerReport], list[LayerReport]]] = []
    for tag, i, j, k, m in matcher.get_opcodes():
        if tag == "equal":
            found += [([x], [y]) for x, y in zip(old[i:j], new[k:m], strict=True)]
        else:
            found.append((old[i:j], new[k:m]))
    return found


def matched(old: list[LayerReport], new: list[LayerReport]) -> Pairs:
    """Layers of a gap: those of the same content, then path, then path without its stage, in order; the rest is removed and new."""
    left = dict(enumerate(old))
    partners: dict[int, LayerReport] = {}
    for key in (content, path_and_op, tail_and_op):
        waiting: dict[Any, list[int]] = {}
        for place, layer in reversed(left.items()):
            waiting.setdefault(key(layer), []).append(place)
        for place, layer in enumerate(new):
            if place not in partners and waiting.get(key(layer)):
                partners[place] = left.pop(waiting[key(layer)].pop())
    return [*((layer, None) for layer in left.values()), *((partners.get(place), layer) for place, layer in enumerate(new))]


def path_and_op(layer: LayerReport) -> tuple[str, str]:
    """Where a layer stands; of a run of repeats, `layer1.1-2.conv1`, where it begins: a deeper stage is still the same."""
    return RUN.sub(r"\1", layer.path), layer.op


def tail_and_op(layer: LayerReport) -> tuple[str, str]:
    """The same without its stage, for one that was renamed and changed at once."""
    path, op = path_and_op(layer)
    return path.partition(".")[2], op


def content(layer: LayerReport) -> Any:
    """What a layer is, whatever it is called."""
    return layer.op, layer.times, str(layer.attributes), str(layer.every_input), str(layer.output), layer.metrics["params"]
