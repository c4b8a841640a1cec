"""The sentence of a comparison, which people can quote."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from convcalc.analysis.metrics import METRICS, ranked, word_of
from convcalc.report.contract import LayerReport, ModelReport
from convcalc.report.numbers import attribute_text, decimal_text, seconds_text, share_text, times_text

if TYPE_CHECKING:
    from convcalc.report.device import DeviceReport

EQUAL = "exactly as many"


def sentence(model: ModelReport, base: ModelReport) -> str:
    """Gains and price together: "b needs 8.47× fewer MACs and parameters than a, and writes 1.50× more activations."

    Metrics of which either has none are left out.
    """
    clauses: dict[str, dict[str, list[str]]] = {}  # by verb, the words of what stands in a relation to the baseline
    for key in ranked():
        verb, phrase = METRICS[key].verb, relation(model.totals[key], base.totals[key]) if METRICS[key].verb else None
        if phrase is not None:
            clauses.setdefault(verb, {}).setdefault(phrase, []).append(word_of(key))
    if not clauses:
        return f"{model.name} and {base.name} share no cost to compare."
    texts = [f"{verb} {listed([f'{phrase} {listed(words)}' for phrase, words in phrases.items()])}" for verb, phrases in clauses.items()]
    first = next(iter(clauses.values()))
    texts[0] += f" {'as' if set(first) == {EQUAL} else 'than'} {base.name}"
    return f"{model.name} {', and '.join(texts)}{on_device(model, base)}."


def on_device(model: ModelReport, base: ModelReport) -> str:
    """`; on a100-sxm-80gb (fp16) its floor is 4.32× lower, 2.742 µs against 11.86 µs: …`: no word of how much faster it is."""
    found, other = model.device, base.device
    if found is None or other is None or not found.floor_seconds or not other.floor_seconds:
        return ""
    mine, theirs = found.floor_seconds, other.floor_seconds
    if mine == theirs:
        relation_ = "the same"
    else:
        relation_ = f"{times_text(theirs, mine)} lower" if mine < theirs else f"{times_text(mine, theirs)} higher"
    figures = f"{seconds_text(mine)} against {seconds_text(theirs)}"
    most = f", so it reaches at most {share_text(found.peak_at_most, 1)} of the peak" if found.peak_at_most is not None else ""
    return f"; on {found.name} ({found.dtype}) its floor is {relation_}, {figures}: {bound_by(model, found)}{most}"


def bound_by(model: ModelReport, found: DeviceReport) -> str:
    """`both 1×1 are bandwidth-bound (50 FLOPs a byte, the device needs 153)`."""
    layers = [layer for layer in model.layers if layer.bound]
    bytewise = [layer for layer in layers if layer.bound == "bandwidth"]
    if not bytewise or found.ridge is None:
        return "compute binds all its layers"
    amounts = sorted(layer.metrics["macs"] * 2 / layer.metrics["bytes"] for layer in bytewise if "bytes" in layer.metrics)
    ends = list(dict.fromkeys(decimal_text(amount, 1, 0) for amount in (amounts[:1] + amounts[-1:])))
    seen = f"{' to '.join(ends)} FLOPs a byte, " if ends else ""
    return f"{named(bytewise, layers)} bandwidth-bound ({seen}the device needs {decimal_text(found.ridge, 1, 0)})"


def named(some: list[LayerReport], layers: list[LayerReport]) -> str:
    """Layers in a sentence: `conv1 is`, `both 1×1 are`, `3 of 5 products are`."""
    kernels = [attribute_text(layer.attributes.get("kernel")) for layer in some]
    if len(some) == 1 and some[0].times == 1:
        return f"{some[0].path} is"
    alike = sum(attribute_text(layer.attributes.get("kernel")) == kernels[0] for layer in layers)
    if len(some) == alike == 2 and kernels[0] == kernels[1] != "":
        return f"both {kernels[0]} are"
    count, every = (sum(layer.times for layer in chosen) for chosen in (some, layers))
    return f"{count} of {every} products are" if count < every else f"all {every} products are"


def listed(texts: list[str]) -> str:
    return " and ".join(texts)


def relation(value: Any, base: Any) -> str | None:
    """`8.47× fewer`, `1.50× more`, `exactly as many`; None where one of them is zero."""
    if value == 0 or base == 0:
        return None
    if value == base:
        return EQUAL
    return f"{times_text(base, value)} fewer" if value < base else f"{times_text(value, base)} more"
