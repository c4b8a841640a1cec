"""What changed between two models, layer by layer."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from typing import Any

from convcalc.report.model import LayerReport, ModelReport
from convcalc.report.numbers import change_text
from convcalc.report.views import AttributeChange, Change, ModelChange

COSTS = ("params", "macs", "activations", "counted")
TOLD = ("macs", "params", "activations")  # in a sentence
WORDS = {"macs": "MACs", "flops": "FLOPs", "params": "parameters"}  # others are called as they are
RUN = re.compile(r"\b(\d+)-\d+\b")
Pairs = list[tuple[LayerReport | None, LayerReport | None]]  # layers as they were and as they are
LONGEST_EXACT = 1_000  # layers; beyond it the matcher may pass over what is everywhere


def diff_models(old: ModelReport, new: ModelReport, matched: Pairs | None = None) -> tuple[tuple[Change, ...], ModelChange]:
    """The changes of one model, and its totals; layers are matched unless they are already."""
    found = pairs(old.layers, new.layers) if matched is None else matched
    changes = tuple(change for pair in found if (change := changed(*pair, new.name)) is not None)
    totals = ModelChange(new.name, old.name, *costs(old.totals, new.totals))
    return changes, totals._replace(sentence=sentence(totals, changes))


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
    return layer.op, layer.times, str(layer.attributes), str(layer.inputs), str(layer.output), layer.metrics["params"]


def changed(old: LayerReport | None, new: LayerReport | None, model: str) -> Change | None:
    """What became of a layer; None where nothing but its name differs."""
    if old is None:
        assert new is not None
        return Change(model, "new", new.path, "", new.op, (), new.location, *costs(None, new.metrics))
    if new is None:
        return Change(model, "removed", old.path, old.path, old.op, (), old.location, *costs(old.metrics, None))
    if content(old) == content(new) and all(old.metrics[key] == new.metrics[key] for key in COSTS):
        return None
    told, both = attribute_changes(old, new), costs(old.metrics, new.metrics)
    if both[0] == both[1] and all(attribute.name == "input" for attribute in told):
        return None  # what another layer's change brought along, at no cost
    return Change(model, "changed", new.path, old.path, new.op, told, new.location, *both)


def costs(old: dict[str, Any] | None, new: dict[str, Any] | None) -> tuple[dict[str, int | None], dict[str, int | None]]:
    """Costs before and after; None on the side that has none."""
    return ({key: old[key] if old else None for key in COSTS}, {key: new[key] if new else None for key in COSTS})


def attribute_changes(old: LayerReport, new: LayerReport) -> tuple[AttributeChange, ...]:
    """What the layer was told otherwise; where that is nothing, what came in."""
    before, after = dict(old.attributes), dict(new.attributes)
    if old.op != new.op:
        before["op"], after["op"] = old.op, new.op
    if old.times != new.times:
        before["times"], after["times"] = old.times, new.times
    names = [name for name in dict.fromkeys([*before, *after]) if before.get(name) != after.get(name)]
    found = [AttributeChange(name, before.get(name), after.get(name)) for name in names]
    if not found:
        found = [AttributeChange("input", a, b) for a, b in zip(old.inputs, new.inputs, strict=False) if a != b]
    return tuple(found)


def sentence(totals: ModelChange, changes: tuple[Change, ...]) -> str:
    """One line: totals, and how many layers changed."""
    parts = [
        f"{WORDS.get(key, key)} {change_text(totals.old[key] or 0, totals.new[key] or 0)}"
        for key in TOLD
        if totals.old[key] != totals.new[key]
    ]
    counted = [f"{count} {status}" for status in ("changed", "new", "removed") if (count := sum(c.status == status for c in changes))]
    layers = f"layers: {', '.join(counted)}" if counted else "no layer changed"
    return f"{totals.name}: {', '.join(parts) or 'all costs are the same'}; {layers}."
