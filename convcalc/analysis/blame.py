"""Where a cost comes from: the parts that carry it, those that grew, and the line of the spec to look at."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from convcalc.analysis.match import Pairs
from convcalc.analysis.metrics import LAYER, METRICS
from convcalc.analysis.totals import number, of_one_layer
from convcalc.core.trace import is_in
from convcalc.record import NamedTuple
from convcalc.report.contract import GroupReport, LayerReport, ModelReport
from convcalc.report.location import Location
from convcalc.report.results import Part


def figure(metric: str, model: ModelReport) -> Any:
    """The figure that a limit is held against: a metric of the model as one number, or that of its dearest layer."""
    if metric.startswith(LAYER):
        name = metric.removeprefix(LAYER)
        return max((of_one(layer, name) for layer in model.layers), default=0)
    return number(model.totals.get(metric)) or 0


def of_one(layer: LayerReport, name: str) -> Any:
    """A metric of one of the equal layers that a row stands for."""
    return of_one_layer(name, layer.metrics[name], layer.times, layer.copies)


SHOWN = 3


DEEPEST = 20  # names that are looked at to tell parts apart


Place = dict[str, Any]


Amounts = tuple[Part, ...]


class Written(NamedTuple):
    """A spec's text, and which of its lines a change wrote; none where nothing is known of a base."""

    path: str
    lines: Sequence[str]
    changed: frozenset[int] = frozenset()

    @property
    def start(self) -> Location:
        return Location(self.path, 1, 1)


class Subject(NamedTuple):
    """A spec whose figures are held against budgets, with the base's where the base has it."""

    spec: str
    model: ModelReport
    base: ModelReport | None
    pairs: Pairs  # layers of both
    written: Written


class Evidence(NamedTuple):
    """What there is to say of a metric of a spec, whatever its limit."""

    value: int | float
    before: int | float | None
    largest: Amounts
    more: Amounts
    place: Location


def evidence(metric: str, subject: Subject) -> Evidence:
    """The figures of a metric, the parts that carry it, those that grew, and the line to look at."""
    model, base = subject.model, subject.base
    if base is None or metric.removeprefix(LAYER) not in base.totals:
        return Evidence(figure(metric, model), None, dearest_parts(metric, model), (), place_of(metric, subject._replace(pairs=[])))
    more = growth(metric, model, subject.pairs)
    return Evidence(figure(metric, model), figure(metric, base), dearest_parts(metric, model), more, place_of(metric, subject))


def dearest_parts(metric: str, model: ModelReport) -> Amounts:
    """The dearest layers for a limit on each, else the dearest parts."""
    if metric.startswith(LAYER):
        name = metric.removeprefix(LAYER)
        return largest((layer.path, of_one(layer, name)) for layer in model.layers)
    if not METRICS[metric].adds_up:
        each = METRICS[metric].of_each_layer and METRICS[metric].unit != "sizes"
        return largest((layer.path, size(layer, metric)) for layer in model.layers) if each else ()
    depth = depth_of(metric, model)
    return largest((part(layer, depth), layer.metrics[metric]) for layer in model.layers)


def growth(metric: str, model: ModelReport, pairs: Pairs) -> Amounts:
    """The parts that grew most: what their layers cost more than those that they were before."""
    if metric.startswith(LAYER) or not METRICS[metric].adds_up:
        return ()
    depth = depth_of(metric, model)
    more = [(part(new, depth), new.metrics[metric] - (old.metrics[metric] if old else 0)) for old, new in pairs if new]
    less = [(part(old, depth), -old.metrics[metric]) for old, new in pairs if old and not new]
    return largest([*more, *less])


def largest(amounts: Iterable[tuple[str, Any]]) -> Amounts:
    """The largest sums by name."""
    found: dict[str, Any] = {}
    for name, amount in amounts:
        found[name] = found.get(name, 0) + amount
    ordered = sorted(found.items(), key=lambda item: -item[1])
    return tuple(Part(name, amount) for name, amount in ordered[:SHOWN] if amount > 0)


def part(layer: LayerReport, depth: int) -> str:
    """The stage that a layer is in: the first names of its path."""
    return ".".join(layer.path.split(".", depth)[:depth])


def depth_of(metric: str, model: ModelReport) -> int:
    """How many names tell the parts apart that cost anything: one, unless all is in one `backbone`."""
    dear = [layer for layer in model.layers if layer.metrics[metric]]
    return next((depth for depth in range(1, DEEPEST) if len({part(layer, depth) for layer in dear}) > 1), 1)


def place_of(metric: str, subject: Subject) -> Location:
    """The line to look at: one that the change wrote where a layer grew, else one that it wrote, else where the dearest part stands."""
    spec, model = subject.written, subject.model
    chains = dict(zip(map(id, model.layers), all_chains(model), strict=True))
    wrote: dict[int, int | None] = {}  # by line, what of it the change wrote
    for layer in grown(metric, subject.pairs):
        for place in reversed(chains[id(layer)]):  # the innermost first
            line = place.line
            if place.path == spec.path and line not in wrote:
                wrote[line] = first_changed(spec, body(spec.lines, line))
            if place.path == spec.path and (found := wrote[line]) is not None:
                return at(spec, found)
    elsewhere = first_changed(spec, outside_words(spec.lines))
    if elsewhere is not None:
        return at(spec, elsewhere)  # a parameter or the input, which all layers follow
    dearest = dearest_layer(metric, model)
    own = [place for place in chains[id(dearest)] if place.path == spec.path] if dearest is not None else []
    if metric.startswith(LAYER):
        own.reverse()
    return own[0] if own else spec.start


def grown(metric: str, pairs: Pairs) -> list[LayerReport]:
    """Layers that cost more than before, those that grew most first; of what does not add up, in their order."""
    name = metric.removeprefix(LAYER)
    more = [(size(new, name) - (size(old, name) if old else 0), new) for old, new in pairs if new]
    found = [(amount, layer) for amount, layer in more if amount > 0]
    return [layer for _, layer in (sorted(found, key=lambda item: -item[0]) if METRICS[name].adds_up else found)]


def size(layer: LayerReport, name: str) -> Any:
    """A metric of a layer as one number; 0 where layers have none."""
    return number(layer.metrics.get(name)) or 0


def dearest_layer(metric: str, model: ModelReport) -> LayerReport | None:
    """The dearest layer, or the first of the dearest part."""
    name = metric.removeprefix(LAYER)
    if metric.startswith(LAYER):
        return max(model.layers, key=lambda layer: of_one(layer, name), default=None)
    if not METRICS[metric].adds_up:
        return max(model.layers, key=lambda layer: size(layer, metric), default=None)
    top = dearest_parts(metric, model)[:1]
    return next((layer for name, _ in top for layer in model.layers if is_in(layer.path, name)), None)


def all_chains(model: ModelReport) -> Iterator[list[Location]]:
    """Where each layer is written, after the calls, paths and repeats that lead to it, the outermost first."""
    waiting, open_ = list(reversed(model.groups)), list[GroupReport]()
    for place, layer in enumerate(model.layers):
        while open_ and open_[-1].stop <= place:
            open_.pop()
        while waiting and waiting[-1].start <= place:
            open_.append(waiting.pop())
        yield [location for location in (*(group.location for group in open_), layer.location) if location is not None]


def at(spec: Written, line: int) -> Location:
    return Location(spec.path, line, indent(spec.lines[line - 1]) + 1)


def first_changed(spec: Written, lines: Iterable[int]) -> int | None:
    """The first of some lines that the change wrote, blank ones and comments aside."""
    return next((line for line in lines if line in spec.changed and not re.match(r"\s*(#|$)", spec.lines[line - 1])), None)


def outside_words(lines: Sequence[str]) -> Iterator[int]:
    """All lines but those that no cost follows from: the name, what is said of it, its limits."""
    words = re.compile(r"[\"']?(budgets|summary|name|expect)[\"']?\s*:")
    own = {line for number, text in enumerate(lines, 1) if words.match(text) for line in body(lines, number)}
    return (number for number in range(1, len(lines) + 1) if number not in own)


def body(lines: Sequence[str], line: int) -> Iterator[int]:
    """A line and those below it that are indented deeper."""
    yield line
    for below in range(line + 1, len(lines) + 1):
        text = lines[below - 1]
        if text.strip() and indent(text) <= indent(lines[line - 1]):
            return
        yield below


def indent(text: str) -> int:
    return len(text) - len(text.lstrip())
