"""What changed between two models, layer by layer."""

from __future__ import annotations

from typing import Any

from convcalc.analysis.match import Pairs, content, pairs
from convcalc.report.numbers import change_text
from convcalc.report.records import AttributeChange, Change, LayerReport, ModelChange, ModelReport

COSTS = ("params", "macs", "activations", "counted")


TOLD = ("macs", "params", "activations")  # in a sentence


WORDS = {"macs": "MACs", "flops": "FLOPs", "params": "parameters"}  # others are called as they are


def diff_models(old: ModelReport, new: ModelReport, matched: Pairs | None = None) -> tuple[tuple[Change, ...], ModelChange]:
    """The changes of one model, and its totals; layers are matched unless they are already."""
    found = pairs(old.layers, new.layers) if matched is None else matched
    changes = tuple(change for pair in found if (change := changed(*pair, new.name)) is not None)
    totals = ModelChange(new.name, old.name, *costs(old.totals, new.totals))
    return changes, totals._replace(sentence=sentence(totals, changes))


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
