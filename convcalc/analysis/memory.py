"""Memory of inference: which values live when, and the most bytes that live at once.

A value lives from the layer that makes it to the last layer that reads it; the operands and the result of a layer live
together; views are free. Peaks so defined equal PyTorch's of the same graph op by op, and the arena of TensorFlow Lite Micro
where its planner leaves no gaps. Where a repeat is held once, what its body reads from outside lives to its end, and
its first pass stands apart where what that begins with lives on beside what later passes begin with.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from convcalc.analysis.passes import FIRST, Apart, end_of, repeats, taken_apart, whole
from convcalc.core.execution import bytes_of
from convcalc.core.ops import TRAITS, is_depthwise
from convcalc.core.size import always, largest
from convcalc.core.trace import Row, Scope, Trace
from convcalc.record import NamedTuple

INPUT = -1  # who makes an input: no row


class Buffer(NamedTuple):
    """Bytes that a row makes (INPUT: none does), live up to the last row that reads them or a view of them.

    `named` is the row that they are called after: of what is written in place, the one that made what was there.
    """

    maker: int
    bytes: Any
    last: int
    named: int
    fixed: bool = False  # whether it is the same for every sample
    onto: bool = False  # whether it is written onto an input of its row, and needs no room beside that


class Live(NamedTuple):
    """Bytes that live while a layer runs, and the layer that reads them next; None where the caller does."""

    path: str
    bytes: Any
    next: str | None
    inner: bool = False  # whether the layer needs them inside it


class Memory(NamedTuple):
    """A network's buffers by the numbers of their values, and the bytes that live while each row runs."""

    apart: Apart
    roots: list[int]  # of each value the one whose bytes it is a view of
    buffers: dict[int, Buffer]
    timeline: list[Any]

    @property
    def peak(self) -> Any:
        """The most bytes that live at once; of a network without layers those of its inputs."""
        return largest(self.timeline) if self.timeline else sum(buffer.bytes for buffer in self.buffers.values())


def memory(trace: Trace) -> Memory:
    """The buffers of a network, and the bytes that live while each of its layers runs.

    Raises:
        ConvcalcError: where repeats within repeats have too many different passes.
    """
    apart = whole(trace)
    while True:
        roots = roots_of(apart.trace)
        buffers = buffers_of(apart.trace, roots)
        fronts = {number: FIRST for number, scope in repeats(apart.trace).items() if first_differs(apart.trace, scope, roots, buffers)}
        if not fronts:
            return Memory(apart, roots, buffers, timeline(apart.trace, buffers))
        apart = taken_apart(apart, fronts)


def roots_of(trace: Trace) -> list[int]:
    """Of each value the one whose bytes it is a view of, or itself."""
    inputs = len(trace.inputs)
    roots = list(range(inputs + len(trace.rows)))
    for place, row in enumerate(trace.rows, inputs):
        if TRAITS[row.op.name].view and row.sources:
            roots[place] = roots[row.sources[0]]
    return roots


def buffers_of(trace: Trace, roots: list[int]) -> dict[int, Buffer]:
    """The values that have bytes of their own, with what they are written onto."""
    inputs, last = len(trace.inputs), last_reads(trace)
    ends: dict[int, int] = {}
    for number, root in enumerate(roots):
        ends[root] = max(ends.get(root, number - inputs), last[number])
    found: dict[int, Buffer] = {}
    for number in range(inputs):
        found[number] = Buffer(INPUT, bytes_of(trace.inputs[number].elements * trace.batch, trace.execution.dtype), ends[number], INPUT)
    for place, row in enumerate(trace.rows):
        number = inputs + place
        if roots[number] != number:
            continue
        kept = getattr(row.op, "alone", False)  # it is among the weights
        size = 0 if kept else bytes_of(row.output.elements * (1 if row.fixed else trace.batch), trace.execution.dtype)
        ended = [found[roots[source]] for source in row.sources if ends[roots[source]] == place] if writes_onto(trace, row) else []
        target = next((one for one in ended if one.fixed == row.fixed and always(size <= one.bytes)), None)
        found[number] = Buffer(place, size, ends[number], named(trace, row, place, target), row.fixed, target is not None)
    return found


def last_reads(trace: Trace) -> list[int]:
    """Of each value the last row that reads it: of outputs one behind all, of what a repeat reads from outside its last."""
    inputs = len(trace.inputs)
    found = [number - inputs for number in range(inputs + len(trace.rows))]
    open_: list[Scope] = []
    pending = list(repeats(trace).values())[::-1]
    for place, row in enumerate(trace.rows):
        while open_ and open_[-1].stop <= place:
            open_.pop()
        while pending and pending[-1].start == place:
            open_.append(pending.pop())
        for source in row.sources:
            outside = (scope for scope in open_ if source - inputs < scope.start and source != scope.entry)
            found[source] = max(found[source], next((scope.stop - 1 for scope in outside), place))
    for number in (*trace.outputs, *(range(inputs) if trace.execution.hold_input else ())):
        found[number] = len(trace.rows)
    return found


def writes_onto(trace: Trace, row: Row) -> bool:
    """Whether a row's result may be written onto an input that is read no more."""
    traits = TRAITS[row.op.name]
    if len(row.sources) > 1:
        kind = "fused-add" if traits.elementwise and not traits.gates else ""
    elif row.sources and is_depthwise(row.op, row.inputs):
        kind = "depthwise"
    else:
        folds = traits.norm and not hasattr(row.op, "inner")  # into the layer before: one without statistics of its own
        kind = "activations" if traits.nonlinear else "fused" if folds or traits.elementwise else ""
    return bool(kind) and trace.execution.allows(kind)


def named(trace: Trace, row: Row, place: int, target: Buffer | None) -> int:
    """The row that a result is called after: that of a layer's own norm and activation is the layer's."""
    if target is None or target.maker == INPUT or not row.path.startswith(f"{trace.rows[target.named].path}."):
        return place
    return target.named


def first_differs(trace: Trace, scope: Scope, roots: list[int], buffers: dict[int, Buffer]) -> bool:
    """Whether other bytes live in the first pass of a repeat than in later ones, if there are such."""
    before, after = roots[scope.entry], roots[end_of(trace, scope)]
    if before == after:
        return False
    alike = (
        buffers[before].last < scope.stop
        and after - len(trace.inputs) >= scope.start
        and always(buffers[before].bytes == buffers[after].bytes)
    )
    return not alike and bool(scope.times > 1)


def timeline(trace: Trace, buffers: dict[int, Buffer]) -> list[Any]:
    """The bytes that live while each row runs, those that it needs inside it among them."""
    ended: dict[int, list[int]] = defaultdict(list)
    for number, buffer in buffers.items():
        ended[buffer.last].append(number)
    found: list[Any] = []
    live = Sum()
    for number, buffer in buffers.items():
        if buffer.maker == INPUT:
            live.add(number, buffer.bytes)
    for place, row in enumerate(trace.rows):
        number = len(trace.inputs) + place
        made = buffers.get(number)
        if made is not None and not made.onto:
            live.add(number, made.bytes)
        found.append(live.total() + inner_bytes(trace, row))
        if made is not None and made.onto:
            live.add(number, made.bytes)
        for ending in ended[place]:
            live.drop(ending, buffers[ending].bytes)
    return found


class Sum:
    """A sum of sizes that come and go: numbers as one, formulas of a design space one by one, so that equal sums are equal formulas."""

    def __init__(self) -> None:
        self.number = 0
        self.formulas: dict[int, Any] = {}

    def add(self, key: int, size: Any) -> None:
        if isinstance(size, int):
            self.number += size
        else:
            self.formulas[key] = size

    def drop(self, key: int, size: Any) -> None:
        if isinstance(size, int):
            self.number -= size
        else:
            del self.formulas[key]

    def total(self) -> Any:
        return sum(self.formulas.values()) + self.number if self.formulas else self.number


def inner_bytes(trace: Trace, row: Row) -> Any:
    """What a row needs while it runs beside its operands and its result: an op says it."""
    if not hasattr(row.op, "inner"):
        return 0
    return bytes_of(row.op.inner(*row.inputs) * (1 if row.fixed else trace.batch), trace.execution.dtype)


def live_at(found: Memory, place: int) -> list[Live]:
    """What lives while a row runs, in the order in which it is made."""
    trace, readers = found.apart.trace, readers_of(found)
    lives: list[Live] = []
    for number, buffer in found.buffers.items():
        begun = buffer.maker < place or (buffer.maker == place and not buffer.onto)
        if begun and buffer.last >= place and buffer.bytes != 0:
            path = trace.rows[buffer.named].path if buffer.maker != INPUT else "input"
            reader = next_reader(found, readers, number, place)
            lives.append(Live(path, buffer.bytes, None if reader is None else trace.rows[reader].path))
    inner = inner_bytes(trace, trace.rows[place])
    return lives + ([Live(trace.rows[place].path, inner, None, True)] if inner else [])


def readers_of(found: Memory) -> dict[int, list[int]]:
    """The rows that read each buffer; a view reads nothing."""
    readers: dict[int, list[int]] = defaultdict(list)
    inputs = len(found.apart.trace.inputs)
    for place, row in enumerate(found.apart.trace.rows):
        for root in {found.roots[source] for source in row.sources} if found.roots[inputs + place] == inputs + place else ():
            readers[root].append(place)
    return readers


def next_reader(found: Memory, readers: dict[int, list[int]], number: int, place: int) -> int | None:
    """The row that reads a buffer next, from one on; None where the caller does. A layer's own norm, written onto it, is the layer."""
    inputs = len(found.apart.trace.inputs)
    while True:
        buffer, coming = found.buffers[number], [reader for reader in readers[number] if reader >= place]
        if not coming:  # kept for the next pass of a repeat, or for the caller
            returned = buffer.last >= len(found.apart.trace.rows) or not readers[number]
            return None if returned else in_next_pass(found.apart.trace, readers[number], place)
        after = found.buffers[inputs + coming[0]]
        if coming[0] == place or not after.onto or after.named != buffer.named:
            return coming[0]
        number = inputs + coming[0]


def in_next_pass(trace: Trace, readers: list[int], place: int) -> int:
    """The first of some rows that comes again after one: that of the innermost repeat around it that has any."""
    for scope in reversed(repeats(trace).values()):
        inside = [reader for reader in readers if scope.start <= reader < scope.stop]
        if inside and scope.start <= place < scope.stop:
            return inside[0]
    return readers[0]


def peaks(trace: Trace) -> list[Any]:
    """The most bytes that live while each row runs, in any of its passes."""
    found = memory(trace)
    passes: list[list[Any]] = [[] for _ in trace.rows]
    for origin, live in zip(found.apart.origins, found.timeline, strict=True):
        passes[origin].append(live)
    return [largest(some) for some in passes]


def weight_bytes(trace: Trace) -> list[Any]:
    """The bytes of each row's parameters."""
    return [bytes_of(row.cost.params, trace.execution.type_of_weights) * row.copies for row in trace.rows]


def peak_bytes(trace: Trace, layers: Sequence[Any] | None = None) -> Any:
    """The most bytes of values that live at once, from those of each layer where they are known."""
    return largest(layers) if layers else memory(trace).peak
