"""A model beside the layout that it should be: what costs something, matched across names, repeats written out, norms folded.

Exports fold a batch norm into the layer before it, and write repeats out; a layout has both as people see them. Neither
is a difference. What has no MACs and no parameters is written in too many ways to be compared.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from convcalc.analysis.changes import changed, costs, sentence
from convcalc.analysis.match import Pairs, pairs
from convcalc.analysis.metrics import additive
from convcalc.analysis.totals import of_one_layer
from convcalc.core.ops import IMPORTED, TRAITS
from convcalc.errors import Diagnostic
from convcalc.layout.library import STDIN, YAML
from convcalc.record import NamedTuple
from convcalc.report.contract import LayerReport, ModelReport
from convcalc.report.numbers import attribute_text
from convcalc.report.results import Change, ModelChange

PASSES = re.compile(r"(?<![^.])(\d+)-(\d+)(?![^.])")  # of a repeat, in a path
MOST_PASSES = 10_000
MOST_TOLD = 50  # differences in words
FOLDED = "batch_norm"
ADDITIVE = frozenset(additive())


class Drift(NamedTuple):
    """What differs, the totals, and what is to be told of both. Folded norms make no difference."""

    changes: tuple[Change, ...]
    total: ModelChange
    notes: tuple[Diagnostic, ...]
    same: bool


def is_imported(model: ModelReport) -> bool:
    """Whether a model is not written in the language."""
    path = model.source.get("path", "")
    return bool(path) and path != STDIN and not path.endswith(YAML)


def drift(old: ModelReport, new: ModelReport) -> Drift:
    """What differs between a model and the layout that it should be, or between two exports."""
    before, after = Side(old), Side(new)
    folded = 0
    changes: list[Change | None] = []
    for a, b in partnered(pairs(before.layers, after.layers)):
        apart = before.folds_to(a, after, b) if a is not None and b is not None else 0
        folded += apart
        if apart:
            changes.append(changed(a, b, new.name))
            continue
        for one, other in zip(before.both(a), after.both(b), strict=True):
            changes += [changed(one, other, new.name)] if one is not None or other is not None else []
    found = tuple(change for change in changes if change is not None)
    total = ModelChange(new.name, old.name, *costs(old.totals, new.totals))
    names = shown_name(old), shown_name(new)
    notes = [Diagnostic("drift", message, severity="warning") for change in found for message in told(change, names)]
    if len(notes) > MOST_TOLD:
        notes = [*notes[:MOST_TOLD], Diagnostic("drift", f"{len(notes) - MOST_TOLD} more differences", severity="warning")]
    if folded:
        holder = names[len(after.norms) < len(before.norms)]
        message = f"{folded:,} parameters of batch norms are folded into the layers before them in {holder}"
        notes.append(Diagnostic("folded-norms", message, severity="note"))
    same = not found and total.old["macs"] == total.new["macs"]
    return Drift(found, total._replace(sentence=sentence(total, found)), tuple(notes), same)


def partnered(found: Pairs) -> Pairs:
    """Pairs, in which what one side alone has stands beside what the other has of that op and as many parameters."""
    left: dict[tuple[str, int], list[LayerReport]] = {}
    for a, b in found:
        if b is None and a is not None:
            left.setdefault((a.op, a.metrics["params"]), []).append(a)
    taken: dict[int, LayerReport] = {}
    for a, b in found:
        if a is None and b is not None and left.get((b.op, b.metrics["params"])):
            taken[id(b)] = left[b.op, b.metrics["params"]].pop(0)
    gone = {id(layer) for layer in taken.values()}
    return [(taken.get(id(b), a), b) for a, b in found if id(a) not in gone or b is not None]


class Side:
    """The layers of a model that cost something, without biases and the norms that follow them; both are known by path."""

    def __init__(self, model: ModelReport) -> None:
        norms = norms_behind(model)
        attached = {id(norm) for norm in norms.values()}
        kept = [(layer, norms.get(id(layer))) for layer in model.layers if id(layer) not in attached and costly(layer)]
        found = list(passes(kept))
        self.norms = {layer.path: norm for layer, norm in found if norm is not None}  # by the path of the layer that they follow
        self.own = {layer.path: layer for layer, _ in found}
        self.layers = [plain(layer) for layer, _ in found]

    def norm(self, layer: LayerReport) -> LayerReport | None:
        return self.norms.get(layer.path)

    def whole(self, layer: LayerReport) -> LayerReport:
        """The layer with its bias."""
        own = self.own[layer.path]
        bias = {"bias": own.attributes["bias"]} if "bias" in own.attributes else {}
        return layer._replace(attributes={**layer.attributes, **bias}, metrics=own.metrics)

    def both(self, layer: LayerReport | None) -> tuple[LayerReport | None, LayerReport | None]:
        """A layer with its bias, and the norm behind it."""
        return (self.whole(layer), self.norm(layer)) if layer is not None else (None, None)

    def folds_to(self, layer: LayerReport, other: Side, twin: LayerReport) -> int:
        """How many parameters of a norm one of two layers has in its bias, where one has a norm and the other a bias alone."""
        a, b = self.norm(layer), other.norm(twin)
        if (a is None) == (b is None):
            return 0
        with_norm, norm, without = (self.whole(layer), a, other.whole(twin)) if a is not None else (other.whole(twin), b, self.whole(layer))
        assert norm is not None
        if not without.attributes.get("bias"):
            return 0
        return int(with_norm.metrics["params"] + norm.metrics["params"] - without.metrics["params"])


def weighted(layer: LayerReport) -> bool:
    return TRAITS[layer.op].weighted > 0 if layer.op in TRAITS else False


def costly(layer: LayerReport) -> bool:
    """Whether a layer has MACs or parameters, or nobody knows."""
    return bool(layer.metrics["macs"] or layer.metrics["params"] or layer.op == IMPORTED[-1])


def plain(layer: LayerReport) -> LayerReport:
    """A layer as if it had no bias, whatever its name for a vector, and however the original calls it."""
    attributes = {key: value for key, value in layer.attributes.items() if key not in ("bias", "as")}
    vector = [size for size in layer.input if size != 1] or [1]
    shown = layer._replace(attributes=attributes, input=vector if layer.op == "linear" else layer.input)
    if not weighted(layer) or not layer.attributes.get("bias") or "weights" in layer.attributes or "dim" in layer.attributes:
        return shown
    cout = layer.output[0] if TRAITS[layer.op].family in ("conv", "deform") else layer.output[-1]
    return shown._replace(metrics={**layer.metrics, "params": layer.metrics["params"] - cout})


def norms_behind(model: ModelReport) -> dict[int, LayerReport]:
    """The batch norm that alone reads a weighted layer, by the identity of that layer."""
    inputs = len(model.inputs) or 1
    readers = Counter(source for layer in model.layers for source in layer.sources)
    found = {}
    for layer in model.layers:
        place = layer.sources[0] - inputs if len(layer.sources) == 1 else -1
        if layer.op == FOLDED and place >= 0 and weighted(model.layers[place]) and readers[layer.sources[0]] == 1:
            found[id(model.layers[place])] = layer
    return found


Placed = tuple[LayerReport, LayerReport | None]  # a layer, and the norm behind it


def passes(layers: list[Placed], start: int = 0) -> Iterator[Placed]:
    """Layers with the passes of their repeats written out, as their paths tell them apart; `start` is where in a path to look."""
    place = 0
    while place < len(layers):
        span = PASSES.search(layers[place][0].path, start)
        if span is None:
            yield layers[place]
            place += 1
            continue
        prefix, end = layers[place][0].path[: span.end()], place
        while end < len(layers) and layers[end][0].path[: span.end()] == prefix:
            end += 1
        numbers = range(int(span[1]), int(span[2]) + 1)
        run = layers[place:end]
        if not 1 < len(numbers) * len(run) <= MOST_PASSES or any(layer.times % len(numbers) for layer, _ in run):
            yield from run
        else:
            for number in numbers:
                one = [
                    (in_pass(layer, span, number, len(numbers)), norm and in_pass(norm, span, number, len(numbers))) for layer, norm in run
                ]
                yield from passes(one, span.start() + len(str(number)))
        place = end


def in_pass(layer: LayerReport, span: re.Match[str], number: int, count: int) -> LayerReport:
    """A layer of a repeat as it is in one of its passes."""
    path = f"{layer.path[: span.start()]}{number}{layer.path[span.end() :]}"
    shared = {key: of_one_layer(key, value, count) for key, value in layer.metrics.items() if key in ADDITIVE and value is not None}
    return layer._replace(path=path, times=layer.times // count, metrics={**layer.metrics, **shared})


def shown_name(model: ModelReport) -> str:
    """A model in a message: the file, without its folder."""
    return model.source.get("path", model.name).rpartition("/")[2]


def told(change: Change, names: tuple[str, str]) -> Iterator[str]:
    """A change in words: `layer3.0.conv2: stride 2 in model.onnx, 1 in net.yaml`; what only follows its input is not told."""
    old, new = names
    if change.status != "changed":
        side, other = (new, old) if change.status == "new" else (old, new)
        yield f"{change.path}: {change.op} in {side} alone, not in {other}"
        return
    for part in change.attributes:
        if part.name != "input":
            before, after = (attribute_text(single(value)) or "none" for value in (part.old, part.new))
            yield f"{change.path}: {part.name} {before} in {old}, {after} in {new}"


def single(value: Any) -> Any:
    """One number where all axes have the same."""
    return value[0] if isinstance(value, list | tuple) and value and all(part == value[0] for part in value) else value
