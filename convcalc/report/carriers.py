"""Where a cost comes from: the parts that carry it, those that grew, and the line of the spec to look at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from convcalc.report.budget import FIELD, LAYER, of_one
from convcalc.report.diff import pairs
from convcalc.report.model import LayerReport, ModelReport

SHOWN = 3
Place = dict[str, Any]
Amounts = tuple[tuple[str, int], ...]


class Written(NamedTuple):
    """A spec's text, and which of its lines a change wrote; none where nothing is known of a base."""

    path: str
    lines: Sequence[str]
    changed: frozenset[int] = frozenset()


def carriers(metric: str, model: ModelReport) -> Amounts:
    """The dearest layers for a limit on each, else the dearest parts."""
    if metric.startswith(LAYER):
        name = metric.removeprefix(LAYER)
        return largest({layer.path: of_one(layer, name) for layer in model.layers})
    return largest(parts(metric, model))


def growth(metric: str, base: ModelReport, model: ModelReport) -> Amounts:
    """The parts that grew most."""
    if metric.startswith(LAYER):
        return ()
    before = parts(metric, base)
    return largest({part: amount - before.get(part, 0) for part, amount in parts(metric, model).items()})


def largest(amounts: dict[str, int]) -> Amounts:
    ordered = sorted(amounts.items(), key=lambda item: -item[1])
    return tuple((name, amount) for name, amount in ordered[:SHOWN] if amount > 0)


def parts(metric: str, model: ModelReport) -> dict[str, int]:
    """What each stage costs: layers summed by the first names of their paths, as many as it takes to tell them apart."""
    if metric == FIELD:
        return {}
    depth = 1
    while True:
        found: dict[str, int] = {}
        for layer in model.layers:
            name = ".".join(layer.path.split(".")[:depth])
            found[name] = found.get(name, 0) + int(layer.metrics[metric])
        dear = [name for name, amount in found.items() if amount]
        if len(dear) != 1 or dear[0].count(".") + 1 < depth:
            return found
        depth += 1


def place_of(metric: str, model: ModelReport, base: ModelReport | None, spec: Written) -> Place:
    """The line to look at: one that the change wrote where a layer grew, else where the dearest part is called."""
    name = metric.removeprefix(LAYER).replace(FIELD, "macs")
    for layer in grown(name, base, model):
        for place in reversed(chain(model, layer)):  # the innermost first
            if place["path"] == spec.path and (line := written(spec, place["line"])):
                return {**place, "line": line, "column": place["column"] if line == place["line"] else indent(spec.lines[line - 1]) + 1}
    dearest = dearest_layer(metric, name, model)
    own = [place for place in chain(model, dearest) if place["path"] == spec.path] if dearest is not None else []
    if metric.startswith(LAYER):
        own.reverse()
    return own[0] if own else {"path": spec.path, "line": 1, "column": 1}


def grown(name: str, base: ModelReport | None, model: ModelReport) -> list[LayerReport]:
    """Layers that cost more than before, those that grew most first."""
    if base is None:
        return []
    more = [(new.metrics[name] - (old.metrics[name] if old else 0), new) for old, new in pairs(base.layers, model.layers) if new]
    return [layer for amount, layer in sorted(more, key=lambda item: -item[0]) if amount > 0]


def dearest_layer(metric: str, name: str, model: ModelReport) -> LayerReport | None:
    """The dearest layer, or the first of the dearest part."""
    if metric.startswith(LAYER) or metric == FIELD:
        return max(model.layers, key=lambda layer: of_one(layer, name), default=None)
    top = largest(parts(metric, model))[:1]
    return next((layer for part, _ in top for layer in model.layers if f"{layer.path}.".startswith(f"{part}.")), None)


def chain(model: ModelReport, layer: LayerReport) -> list[Place]:
    """Where a layer is written, after the calls, paths and repeats that lead to it, the outermost first."""
    place = next(number for number, other in enumerate(model.layers) if other is layer)
    around = [group.location for group in model.groups if group.start <= place < group.stop]
    return [location for location in (*around, layer.location) if location is not None]


def written(spec: Written, line: int) -> int | None:
    """The first line of what is written at a line that the change wrote: the line itself, or one that is indented below it."""
    return next((number for number in body(spec.lines, line) if number in spec.changed), None)


def body(lines: Sequence[str], line: int) -> Iterator[int]:
    """A line and those below it that are indented deeper."""
    yield line
    for number in range(line + 1, len(lines) + 1):
        text = lines[number - 1]
        if text.strip() and indent(text) <= indent(lines[line - 1]):
            return
        yield number


def indent(text: str) -> int:
    return len(text) - len(text.lstrip())
