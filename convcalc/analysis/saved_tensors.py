"""What is saved for the backward pass: the values that autograd keeps, each once however many layers keep it.

As PyTorch 2.14 does it in training: an op whose result needs a gradient keeps its input, its output, both or neither, as its
trait says, and may keep statistics, indices or noise of its own. Views are their source. Equal to the storages that
`torch.autograd.graph.saved_tensors_hooks` sees, those of parameters and buffers excepted. What is checkpointed
(`torch.utils.checkpoint`, not reentrant) keeps what it reads from outside alone, and is computed again up to what is kept last.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from convcalc.analysis.gradients import Gradients, gradients, owns_weights
from convcalc.analysis.passes import end_of, repeats
from convcalc.analysis.paths import is_named
from convcalc.core.execution import bytes_of
from convcalc.core.ops import NOTHING_KEPT, TRAITS, keeps_of, kept_by, weight_tensors, weights_of
from convcalc.core.size import product
from convcalc.core.trace import Row, Scope, Trace, is_in
from convcalc.record import NamedTuple

FULL = "fp32"  # the type of values, gradients and weights, unless --amp says otherwise


class Saved(NamedTuple):
    """Bytes that are saved: `fixed` ones, and those that each sample adds."""

    fixed: Any = 0
    sample: Any = 0

    def plus(self, other: Saved, times: Any = 1) -> Saved:
        """With so many times others."""
        return Saved(self.fixed + other.fixed * times, self.sample + other.sample * times)

    def of(self, batch: Any) -> Any:
        """The bytes of a batch."""
        return self.fixed + self.sample * batch


class Keep(NamedTuple):
    """What a row keeps: which of its inputs, whether its output, whether what it makes for that alone."""

    inputs: Sequence[int] = ()
    output: bool = False
    own: bool = False


class Segment(NamedTuple):
    """Rows start … stop−1 that are computed again together: the group, pass or layer at a path."""

    path: str
    start: int
    stop: int

    def is_within(self, scope: Scope) -> bool:
        """Whether it is in each pass of a repeat. Of equal rows the path decides: a call that is nothing but a repeat is around it."""
        return scope.start <= self.start and self.stop <= scope.stop and is_in(self.path, scope.path)


class Pass(NamedTuple):
    """A trace in training, one pass for all equal ones.

    `views` are what each value is a view of, `around` the repeats around each row, outer ones first, and `outer` those of them that
    are around its segment too.
    """

    found: Gradients
    views: list[int]
    around: list[tuple[Scope, ...]]
    outer: list[tuple[Scope, ...]]
    keeps: list[Keep]
    segments: list[Segment]

    @property
    def trace(self) -> Trace:
        return self.found.apart.trace

    def root(self, number: int) -> int:
        """The value whose bytes a value has."""
        while self.views[number] != number:
            number = self.views[number]
        return number


def in_training(trace: Trace) -> Pass:
    """A trace with what its rows keep."""
    found = gradients(trace)
    rows, inputs = found.apart.trace.rows, len(trace.inputs)
    views = list(range(inputs + len(rows)))
    for number, row in enumerate(rows, inputs):
        if TRAITS[row.op.name].view and row.sources and not getattr(row.op, "drops", False):
            views[number] = row.sources[0]
    keeps = [keep(found, place, row) for place, row in enumerate(rows)]
    around, wanted = enclosing(found.apart.trace), segments(found.apart.trace)
    outer = list(around)
    for segment in wanted:
        for place in range(segment.start, segment.stop):
            outer[place] = tuple(filter(segment.is_within, around[place]))
    return Pass(found, views, around, outer, keeps, wanted)


def keep(found: Gradients, place: int, row: Row) -> Keep:
    """What a row keeps."""
    if not found.needed[len(found.apart.trace.inputs) + place]:
        return Keep()
    rule, needs, every = keeps_of(row.op), found.sources(row), range(len(row.sources))
    kept: Sequence[int] = ()
    if rule in ("inputs", "both") or (rule == "trained" and found.trained[place]):
        kept = every
    elif rule == "factors":
        kept = [one for one in every if any(need for other, need in enumerate(needs) if other != one)]
    elif rule == "quotient":  # a / b: the gradient of a needs b, that of b both
        kept = [one for one in every if any(needs[1:]) or (one == 1 and needs[0])]
    return Keep(kept, rule in ("output", "both"), True)


def enclosing(trace: Trace) -> list[tuple[Scope, ...]]:
    """The repeats that each row stands in, outer ones first."""
    found: list[tuple[Scope, ...]] = [()] * len(trace.rows)
    for scope in repeats(trace).values():
        for place in range(scope.start, scope.stop):
            found[place] = (*found[place], scope)
    return found


def segments(trace: Trace) -> list[Segment]:
    """What is checkpointed: the outermost groups that are named, and layers with their own norm and activation."""
    wanted = trace.execution.checkpoints
    if not wanted:
        return []
    groups: dict[int, Scope] = {}
    for scope in trace.scopes:
        if any(is_named(scope.path, path) for path in wanted):
            groups.setdefault(scope.start, scope)  # the outermost comes first
    found: list[Segment] = []
    place = 0
    while place < len(trace.rows):
        path, stop = trace.rows[place].path, place + 1
        if place in groups:
            path, stop = groups[place].path, groups[place].stop
            found.append(Segment(path, place, stop))
        elif any(is_named(path, one) for one in wanted):
            while stop < len(trace.rows) and trace.rows[stop].path.startswith(f"{path}."):
                stop += 1
            found.append(Segment(path, place, stop))
        place = stop
    return found


def checkpointed(training: Pass) -> list[Keep]:
    """What rows keep where some are computed again: of those what they read from outside."""
    keeps = list(training.keeps)
    for segment in training.segments:
        places = range(segment.start, segment.stop)
        again = any(keeps[place].own for place in places)
        first = segment.start + len(training.trace.inputs)
        for place in places:
            outside = [one for one, source in enumerate(training.trace.rows[place].sources) if source < first]
            keeps[place] = Keep(outside if again else ())
    return keeps


UNREAD = 1_000  # more repeats than there are within each other


class Marks:
    """Which values are kept, by whom: from where, and whether in the next pass of a repeat."""

    def __init__(self, training: Pass) -> None:
        self.training, self.inputs = training, len(training.trace.inputs)
        self.levels: dict[int, int] = {}  # of kept values: how many of the repeats that they are made in the nearest keeper is outside of
        self.entries: set[tuple[int, int]] = set()  # repeats whose body keeps what it begins with
        self.first: dict[int, int] = {}  # the first row that keeps a value
        for place, (row, kept) in enumerate(zip(training.trace.rows, checkpointed(training), strict=True)):
            for one in kept.inputs:
                self.keep(row.sources[one], place)
            if kept.output:
                self.keep(self.inputs + place, place)

    def keep(self, number: int, place: int) -> None:
        """Note that a row keeps a value."""
        around = self.training.around
        seen = number
        while True:
            for scope in self.training.outer[place]:
                if seen == scope.entry and (seen == number or number - self.inputs >= scope.start):
                    self.entries.add((scope.start, scope.stop))
                    self.levels.setdefault(self.training.root(end_of(self.training.trace, scope)), UNREAD)
            if self.training.views[seen] == seen:
                break
            number, seen = seen, self.training.views[seen]
        made_in = around[seen - self.inputs] if seen >= self.inputs else ()
        level = sum(not scope.start <= place < scope.stop for scope in made_in)
        self.levels[seen] = min(level, self.levels.get(seen, level))
        self.first.setdefault(seen, place)

    def count(self, number: int) -> Any:
        """How many values a kept one stands for: of what a pass gives, the next pass or what follows may be the one that keeps it."""
        level = self.levels[number]
        made_in = self.training.around[number - self.inputs][::-1] if number >= self.inputs else ()
        given = [scope for scope in made_in if self.training.root(end_of(self.training.trace, scope)) == number]
        found: Any = 1 if level <= len(made_in) else 0
        for place, scope in enumerate(given):
            if level <= place or (scope.start, scope.stop) in self.entries:
                found = found + (scope.times - 1) * product(outer.times for outer in given[place + 1 :])
        return found * product(scope.times for scope in made_in[len(given) :])


def saved_by_layer(trace: Trace) -> list[Saved]:
    """What is saved of each row, all layers that it stands for; of the network's inputs with the first row that keeps them."""
    training = in_training(trace)
    marks, origins, found = Marks(training), training.found.apart.origins, [Saved()] * len(trace.rows)
    dtype, inputs = trace.execution.amp or FULL, len(trace.inputs)
    for number in marks.levels:
        row = training.trace.rows[number - inputs] if number >= inputs else None
        size = bytes_of(training.trace.value(number).elements, dtype) * (not getattr(row.op, "alone", False) if row is not None else 1)
        origin = origins[number - inputs if row is not None else marks.first[number]]
        found[origin] = found[origin].plus(Saved(size, 0) if row is not None and row.fixed else Saved(0, size), marks.count(number))
    for place, (row, kept) in enumerate(zip(training.trace.rows, checkpointed(training), strict=True)):
        if kept.own:
            found[origins[place]] = found[origins[place]].plus(own_bytes(row, dtype), row.times)
    if trace.execution.amp:
        for origin, saved in copies_of_weights(trace, training, dtype):
            found[origin] = found[origin].plus(saved)
    return found


def own_bytes(row: Row, dtype: str) -> Saved:
    """What a layer makes for its backward pass alone."""
    own = kept_by(row.op, row.inputs)
    size = bytes_of(own.elements, dtype) + own.bytes
    return Saved(own.fixed + size, 0) if row.fixed else Saved(own.fixed, size)


def copies_of_weights(trace: Trace, training: Pass, dtype: str) -> Iterator[tuple[int, Saved]]:
    """The copies of weights, biases excepted, that autocast makes and autograd keeps, each with the row that it is of.

    One copy serves all uses of weights that are trained; frozen ones are copied at each. Where the op is a matrix product,
    autograd keeps them for the gradient of its input alone.
    """
    shared = set()
    for place, (row, kept) in enumerate(zip(training.trace.rows, training.keeps, strict=True)):
        origin, trained = training.found.apart.origins[place], training.found.trained[place]
        wanted = kept.own and (TRAITS[row.op.name].keeps != "trained" or any(training.found.sources(row)))
        if not TRAITS[row.op.name].weighted or not wanted:
            continue
        whole = trace.rows[origin]
        copies = row.times if owns_weights(whole) or not trained else 0 if origin in shared else whole.copies
        shared.add(origin)
        elements = sum(product(shape) * times for shape, times in weight_tensors(row.op, row.inputs) if len(shape) > 1)
        yield origin, Saved(bytes_of(elements, dtype) * copies, 0)


# What is computed again


def recomputed_macs(trace: Trace) -> list[Any]:
    """The MACs of each row that are computed again for the backward pass, the whole batch.

    A segment is computed as far as something is kept in it: its last layer is not where that keeps its input alone.
    """
    found: list[Any] = [0] * len(trace.rows)
    if not trace.execution.checkpoints:
        return found
    training = in_training(trace)
    for segment in training.segments:
        places = range(segment.start, segment.stop)
        kept = [place for place in places if packs(training, place)]
        last = kept[-1] if kept else -1
        for place in places if kept else ():
            row = training.trace.rows[place]
            skipped = place > last or (place == last and not finishes(training, place))
            times = row.times - passes_left(training, place, last) if skipped else row.times
            origin = training.found.apart.origins[place]
            found[origin] = found[origin] + row.cost.macs * times
    return found


def packs(training: Pass, place: int) -> bool:
    """Whether a row keeps anything, its weights among it."""
    row, kept = training.trace.rows[place], training.keeps[place]
    return bool(kept.inputs) or finishes(training, place) or (kept.own and bool(weights_of(row.op, row.inputs)))


def finishes(training: Pass, place: int) -> bool:
    """Whether a row keeps what it gives, or makes beside that: it has to be computed to the end."""
    row, kept = training.trace.rows[place], training.keeps[place]
    return kept.output or (kept.own and kept_by(row.op, row.inputs) is not NOTHING_KEPT)


def passes_left(training: Pass, place: int, last: int) -> Any:
    """How many layers of a row behind the last that keeps something are not computed: one for each time that the segment is."""
    return product(scope.times for scope in training.around[place] if scope.start > last or scope in training.outer[place])
