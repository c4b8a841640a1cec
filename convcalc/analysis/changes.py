"""What changed between two models, layer by layer."""

from __future__ import annotations

from typing import Any

from convcalc.analysis.match import Pairs, content, pairs
from convcalc.analysis.metrics import BRIEF, METRICS, decisive, ranked, word_of
from convcalc.analysis.totals import computed, number
from convcalc.core.execution import ANOTHER_NETWORK, USUAL
from convcalc.errors import ConvcalcError, Diagnostic
from convcalc.report.contract import LayerReport, ModelReport
from convcalc.report.numbers import change_text
from convcalc.report.results import AttributeChange, Change, ModelChange


def diff_models(old: ModelReport, new: ModelReport, matched: Pairs | None = None) -> tuple[tuple[Change, ...], ModelChange]:
    """The changes of one model, and its totals; layers are matched unless they are already.

    Raises:
        ConvcalcError: where metrics depend on how a network is run, and the two were run differently.
    """
    check_one_execution(old, new)
    found = pairs(old.layers, new.layers) if matched is None else matched
    changes = tuple(change for pair in found if (change := changed(*pair, new.name)) is not None)
    totals = ModelChange(new.name, old.name, *costs(old.totals, new.totals))
    return changes, totals._replace(sentence=sentence(totals, changes))


def check_one_execution(old: ModelReport, new: ModelReport) -> None:
    """Refuse to hold bytes and times against each other that were worked out for other types, optimizers or devices."""
    asked = [key for key, metric in METRICS.items() if metric.on_demand and key in old.totals and key in new.totals]
    differing = sorted(key for key in {**old.execution, **new.execution} if old.execution.get(key) != new.execution.get(key))
    differing = [key for key in differing if key not in ANOTHER_NETWORK]
    if asked and differing:
        sides = " and ".join(
            ", ".join(f"{key} {model.execution.get(key, getattr(USUAL, key, None) or 'none')}" for key in differing) for model in (old, new)
        )
        raise ConvcalcError(
            Diagnostic("execution-differs", f"{word_of(asked[0])} of {new.name} cannot be compared: {sides}", None, "make both alike")
        )


def changed(old: LayerReport | None, new: LayerReport | None, model: str) -> Change | None:
    """What became of a layer; None where nothing but its name differs."""
    if old is None:
        assert new is not None
        return Change(model, "new", new.path, "", new.op, (), new.location, *costs(None, new.metrics))
    if new is None:
        return Change(model, "removed", old.path, old.path, old.op, (), old.location, *costs(old.metrics, None))
    same = all(old.metrics[key] == new.metrics[key] for key in decisive())
    if same and content(old) == content(new):
        return None
    attributes = attribute_changes(old, new)
    if same and not attributes:
        return None
    return Change(model, "changed", new.path, old.path, new.op, attributes, new.location, *costs(old.metrics, new.metrics))


def follows(change: Change) -> bool:
    """Whether a layer changed only because its input did, and has no MACs that changed: a norm, an activation, a pool."""
    inputs_alone = bool(change.attributes) and all(attribute.name == "input" for attribute in change.attributes)
    return change.status == "changed" and inputs_alone and change.old["macs"] == change.new["macs"]


def costs(old: dict[str, Any] | None, new: dict[str, Any] | None) -> tuple[dict[str, Any], dict[str, Any]]:
    """All metrics before and after, as single numbers; None on the side that has none. Of those on demand, what both sides have."""
    asked = [key for key in {**(old or {}), **(new or {})} if all(side is None or key in side for side in (old, new))]
    keys = computed(asked)
    before, after = ({key: number((values or {}).get(key)) for key in keys} for values in (old, new))
    return before, after


def attribute_changes(old: LayerReport, new: LayerReport) -> tuple[AttributeChange, ...]:
    """Attributes that differ; where none does, the input."""
    before, after = dict(old.attributes), dict(new.attributes)
    if old.op != new.op:
        before["op"], after["op"] = old.op, new.op
    if old.times != new.times:
        before["times"], after["times"] = old.times, new.times
    names = [name for name in dict.fromkeys([*before, *after]) if before.get(name) != after.get(name)]
    found = [AttributeChange(name, before.get(name), after.get(name)) for name in names]
    if not found:
        inputs = zip(old.every_input, new.every_input, strict=False)
        found = [AttributeChange("input", [*a], [*b]) for a, b in inputs if a != b]
    return tuple(found)


def sentence(totals: ModelChange, changes: tuple[Change, ...]) -> str:
    """One line: totals, and how many layers changed."""
    parts = [
        f"{word_of(key)} {change_text(totals.old[key] or 0, totals.new[key] or 0)}"
        for key in ranked(BRIEF)
        if totals.old[key] != totals.new[key]
    ]
    own = [change.status for change in changes if not follows(change)]
    counted = [f"{count} {status}" for status in ("changed", "new", "removed") if (count := own.count(status))]
    counted += [f"{following} follow their input"] if (following := len(changes) - len(own)) else []
    layers = f"layers: {', '.join(counted)}" if counted else "no layer changed"
    return f"{totals.name}: {', '.join(parts) or 'all costs are the same'}; {layers}."
