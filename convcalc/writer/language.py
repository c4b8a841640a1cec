"""Steps in the words of the language: axes without a batch, moves as its own ops, `custom` for what it cannot say."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from convcalc.core.ops import IMPORTED, TRAITS, Op, build, weights_of
from convcalc.core.ops.given import Given
from convcalc.core.shape import Features, Map, Shape, Tensor, kind_of, like
from convcalc.errors import Refusal
from convcalc.record import NamedTuple
from convcalc.writer.attention import attentions
from convcalc.writer.idioms import (
    Readers,
    biases,
    class_tokens,
    gates,
    gelus,
    growing,
    home,
    layer_norms,
    own,
    positions,
    scales,
    shuffles,
    stated,
    tokens,
)
from convcalc.writer.steps import Step, Steps, Value
from convcalc.writer.windows import merges, one_roll, rolls, unwindows, windows

Rewrite = Callable[[Steps, Readers], None]
# Idioms in the order in which they are looked for: some are made of others.
REWRITES: tuple[Rewrite, ...] = (
    home,
    own,
    gates,
    gelus,
    layer_norms,
    shuffles,
    tokens,
    biases,
    scales,
    growing,
    class_tokens,
    positions,
    rolls,
    one_roll,
    windows,
    unwindows,
    merges,
    attentions,
)
STRETCHED = ("expand", "expand_as", "broadcast_to")  # which joins do by themselves
REDUCTIONS = ("mean", "sum", "max", "min")


class Apart(NamedTuple):
    """Parameters that a layout has otherwise: those of masks, which it does not hold, and vectors that a file stores once for all."""

    masks: int
    repeated: int


def simplified(steps: Steps) -> Apart:
    """Put ops of the language in the place of all idioms; what parameters the steps have otherwise then."""
    found = dict[Rewrite, int]()
    for rewrite in REWRITES:
        before = parameters(steps)
        rewrite(steps, steps.readers())
        steps.settle()
        found[rewrite] = parameters(steps) - before
    return Apart(-found[attentions], found[own])


def parameters(steps: Steps) -> int:
    """The parameters of steps, shared ones once."""
    return sum(step.op.cost(*step.inputs).params for step in steps if step.owner is None)


class Translation:
    """Steps as the language has them. `shapes` are what it says that each value is."""

    def __init__(self, steps: Steps) -> None:
        self.steps = steps
        self.shapes: dict[Value, Shape] = dict(enumerate(steps.inputs))
        self.made: dict[Value, Step] = {}
        self.instead: dict[Value, Value] = {}  # what stands for a value
        self.next = max(steps.by_value, default=len(steps.inputs)) + 1

    def run(self) -> Steps:
        for step in self.steps:
            self.step(step)
        outputs = []
        for value in self.steps.outputs:
            wanted, given = self.steps.shape(value), self.kept(value)
            if self.shapes[given].sizes != wanted.sizes:
                given = self.move(given, reshape(wanted), self.steps.by_value[value]) if value in self.steps.by_value else given
            outputs.append(given)
        found = Steps(self.steps.inputs, self.made.values(), outputs)
        found.sweep()
        return numbered(found)

    def kept(self, value: Value) -> Value:
        return self.instead.get(value, value)

    def step(self, step: Step) -> None:
        """One step: left out where it changes nothing, or as the ops that say it."""
        sources = tuple(map(self.kept, step.sources))
        shapes = tuple(self.shapes[source] for source in sources)
        if isinstance(step.op, Given) and step.kind != "uncounted":
            given = self.moved(step, step.op, sources[0], shapes[0]) if sources else None
            if given is not None:
                self.instead[step.value] = given
                return
        elif step.kind not in IMPORTED:
            op = on_axes(step.op, shapes[0]) if shapes else step.op
            for candidate in dict.fromkeys((op, step.op)):
                for inputs in views(shapes, step.inputs):
                    fitting = all(given.elements == wanted.elements for given, wanted in zip(shapes, inputs, strict=True))
                    if fitting and agrees(candidate, inputs, step):
                        reads = tuple(
                            source if is_same(shape, wanted) else self.move(source, reshape(wanted), step)
                            for source, shape, wanted in zip(sources, shapes, inputs, strict=True)
                        )
                        self.put(step._replace(op=candidate, sources=reads, inputs=inputs, output=candidate.out_shape(*inputs)))
                        return
        self.unknown(step, sources, shapes)

    def put(self, step: Step) -> Value:
        self.made[step.value] = step
        self.shapes[step.value] = step.output
        return step.value

    def move(self, source: Value, op: Op, near: Step) -> Value:
        """A step of its own that gives a value other axes."""
        shape, before = self.shapes[source], self.made.get(source)
        if before is not None and before.kind == op.name == "reshape":
            source, shape = before.sources[0], before.inputs[0]  # one that sees it as it was
        out = op.out_shape(shape)
        self.next += 1
        return self.put(Step(self.next - 1, op, (source,), (shape,), out, near.module, ""))

    def moved(self, step: Step, op: Given, source: Value, x: Shape) -> Value | None:
        """A value with its elements in other places; None where the language has no word for it."""
        if op.order:
            return self.turned(step, op.order, source, x)
        if op.start:
            return self.taken(step, op.start, source, x)
        if op.of.lower() in STRETCHED:
            return source
        if x.elements != step.output.elements or len(step.sources) > 1:
            return None
        if without_ones(x) == without_ones(step.output):
            return source
        return self.move(source, reshape(step.output) if len(step.output.sizes) > 1 else build("flatten", {}), step)

    def turned(self, step: Step, order: tuple[int, ...], source: Value, x: Shape) -> Value:
        """Axes in another order."""
        dims = step.inputs[0].sizes if len(step.inputs[0].sizes) == len(order) else (1, *step.inputs[0].sizes)
        moving = [axis for axis in order if dims[axis] != 1]
        if moving == sorted(moving):
            return source
        single = dims[0] == 1 and order[0] == 0  # one sample, which stays in its place
        if x.sizes != dims and not (single and x.sizes == dims[1:]):
            full = Features(dims[1:]) if single and len(dims) > 2 else Tensor(dims)
            source, x = self.move(source, reshape(full), step), full
        places = order if x.sizes == dims else tuple(axis - 1 for axis in order[1:])
        count = len(places)
        if isinstance(x, Map) and places == (*range(1, count), 0):
            return self.move(source, build("channels_last", {}), step)
        if isinstance(x, Features) and 2 <= count <= 4 and places == (count - 1, *range(count - 1)):
            return self.move(source, build("channels_first", {}), step)
        return self.move(source, build("permute", {"order": places, "to": "tensor"}), step)

    def taken(self, step: Step, start: tuple[int, ...], source: Value, x: Shape) -> Value | None:
        """A run of entries of one axis, or a single one."""
        if len(start) > 2:
            return None
        axis, first = start
        full = step.inputs[0]
        batch = not isinstance(full, Tensor)  # sizes then leave it out
        if x.sizes != full.sizes or (batch and axis == 0):
            return None
        place = axis - batch
        out = step.output.sizes
        if step.kind == "copy" and place == 0 and not isinstance(x, Map):
            return self.move(source, build("select", {"index": first}), step)
        count = out[axis - (not isinstance(step.output, Tensor))] if step.kind == "view" and len(out) == len(x.sizes) else 1
        if count == x.sizes[place] and len(out) == len(x.sizes):
            return source
        channels = 0 if isinstance(x, Map) else len(x.sizes) - 1
        op = build("slice", {"start": first, "stop": first + count, "axis": "c" if place == channels else place})
        return self.move(source, op, step)

    def unknown(self, step: Step, sources: tuple[Value, ...], shapes: tuple[Shape, ...]) -> None:
        """A layer that states its figures; what comes of no input is a constant."""
        if not sources:
            self.put(
                Step(step.value, build("constant", {"sizes": step.output.sizes}), (), (), Tensor(step.output.sizes), step.module, step.name)
            )
            return
        x, [out] = shapes[0], plain((step.output,))
        if len(x.sizes) == len(out.sizes):
            out = like(x, out.sizes)
        else:  # on a tensor of as many axes
            x, out = Tensor((x.elements,) + (1,) * (len(out.sizes) - 1)), Tensor(out.sizes)
            sources = (self.move(sources[0], reshape(x), step), *sources[1:])
        op = stated(step._replace(output=out), step.op.cost(*step.inputs))
        note = step.note or getattr(step.op, "of", step.kind)
        inputs = (x, *shapes[1:])
        self.put(step._replace(op=op, sources=sources, inputs=inputs, output=op.out_shape(*inputs), owner=None, needs=(), note=note))


def numbered(steps: Steps) -> Steps:
    """The same steps, their values numbered in order."""
    first = len(steps.inputs)
    places = {value: value for value in range(first)} | {step.value: first + place for place, step in enumerate(steps)}
    found = [
        step._replace(
            value=places[step.value],
            sources=tuple(places[source] for source in step.sources),
            needs=(),
            owner=places[step.owner] if step.owner is not None else None,
        )
        for step in steps
    ]
    return Steps(steps.inputs, found, [places[value] for value in steps.outputs])


def reshape(shape: Shape) -> Op:
    """What gives a value these axes."""
    return build("reshape", {"sizes": shape.sizes, "to": kind_of(shape) or ("map" if isinstance(shape, Map) else "features")})


def views(shapes: tuple[Shape, ...], seen: tuple[Shape, ...]) -> Iterator[tuple[Shape, ...]]:
    """What an op may see of its inputs: as they are, as the model saw them, with or without a batch, channels last, plain axes."""
    yield shapes
    yield plain(seen)
    yield seen
    yield tuple(Features(shape.sizes) for shape in shapes)
    yield tuple(Tensor(shape.sizes) for shape in shapes)


def is_same(a: Shape, b: Shape) -> bool:
    """Whether two shapes are of one kind, and equal; as tuples those of two kinds are equal too."""
    return type(a) is type(b) and a == b


def without_ones(shape: Shape) -> tuple[int, ...]:
    return tuple(size for size in shape.sizes if size != 1)


def plain(shapes: tuple[Shape, ...]) -> tuple[Shape, ...]:
    """Tensors of one sample without their batch."""
    return tuple(
        Features(shape.sizes[1:]) if isinstance(shape, Tensor) and len(shape.sizes) > 1 and shape.sizes[0] == 1 else shape
        for shape in shapes
    )


def on_axes(op: Any, x: Shape) -> Op:
    """An op whose axes count the batch, for a value without it."""
    axes = getattr(op, "axes", None)
    if op.name in REDUCTIONS and axes is not None and all(isinstance(axis, int) and axis > 0 for axis in axes):
        return op._replace(axes=tuple(axis - 1 for axis in axes))  # type: ignore[no-any-return]
    if op.name == "concat" and isinstance(op.axis, int) and op.axis > 0:
        return op._replace(axis=op.axis - 1)  # type: ignore[no-any-return]
    if op.name == "learned" and hasattr(op, "join") and op.sizes[0] == 1 and len(op.sizes) == len(x.sizes) + 1:
        return op._replace(sizes=op.sizes[1:])  # type: ignore[no-any-return]
    return op  # type: ignore[no-any-return]


def agrees(op: Op, inputs: tuple[Shape, ...], step: Step) -> bool:
    """Whether an op on other inputs gives as many elements, costs as much and has the same parameters as it did."""
    try:
        out, cost, before = op.out_shape(*inputs), op.cost(*inputs), step.op.cost(*step.inputs)
        same = without_ones(out) == without_ones(step.output) or (
            TRAITS[op.name].family == "recurrent" and out.elements == step.output.elements
        )
        return (
            same
            and (cost.macs, cost.params) == (before.macs, before.params)
            and bool(weights_of(op, inputs)) == bool(weights_of(step.op, step.inputs))
        )
    except (Refusal, AttributeError, TypeError, ValueError):
        return False
