"""Windows of a map, as exporters write them out: moved round, cut into windows, put together again, merged by two."""

from __future__ import annotations

from convcalc.core.ops import build
from convcalc.core.ops.given import Given
from convcalc.core.shape import Features, Map, Tensor
from convcalc.writer.idioms import Readers, before, regrouped
from convcalc.writer.steps import Step, Steps, Value

Sizes = tuple[int, ...]
TURN = (0, 1, 3, 2, 4, 5)  # 1 × rows × h × columns × w × C, windows first


def rolls(steps: Steps, readers: Readers) -> None:
    """concat(x[a:], x[:a]) moves x round along an axis."""
    for step in steps:
        parts = [steps.by_value.get(source) for source in step.sources] if step.kind == "concat" and len(step.sources) == 2 else []
        starts = [part.op.start if part is not None and isinstance(part.op, Given) else () for part in parts]
        if len(starts) != 2 or not all(len(start) == 2 for start in starts) or parts[0].sources[:1] != parts[1].sources[:1]:  # type: ignore[union-attr]
            continue
        (axis, first), (other, zero) = starts
        [x, *_] = parts[0].sources  # type: ignore[union-attr]
        full = full_sizes(steps, x)
        if axis == other and not zero and first and steps.shape(x) == step.output:
            shift = tuple(full[axis] - first if place == axis else 0 for place in range(len(full)))
            op = build("copy", {"out": step.output, "of": "roll", "shift": shift})
            steps.put(step._replace(op=op, sources=(x,), inputs=(step.output,)))


def one_roll(steps: Steps, readers: Readers) -> None:
    """Moving round along an axis and then along another is one step."""
    for step in steps:
        first = before(steps, readers, step)
        if first is not None and shift_of(first) and shift_of(step) and len(shift_of(first)) == len(shift_of(step)):
            shift = tuple(a + b for a, b in zip(shift_of(first), shift_of(step), strict=True))
            steps.put(step._replace(op=step.op._replace(shift=shift), sources=first.sources, inputs=first.inputs))  # type: ignore[attr-defined]


def windows(steps: Steps, readers: Readers) -> None:
    """H×W×C → rows × h × columns × w × C → windows × (h·w) × C, moved round before, are windows."""
    for step in steps:
        cut, turn = regrouped(steps, readers, step)
        if cut is None or turn != TURN:
            continue
        sizes = cut.output.sizes
        x, moved = cut.sources[0], before(steps, readers, cut)
        height, width, channels = sizes[1] * sizes[2], sizes[3] * sizes[4], sizes[5]
        if sizes[0] != 1 or full_sizes(steps, x) != (1, height, width, channels):
            continue
        if step.output.sizes != (sizes[1] * sizes[3], sizes[2] * sizes[4], channels)[-len(step.output.sizes) :]:
            continue
        shift: Sizes = (0, 0)
        if moved is not None and shift_of(moved):
            x, shift = moved.sources[0], to_the_left(shift_of(moved)[1:3], (height, width))
        op = build("windows", {"size": (sizes[2], sizes[4]), "shift": shift})
        entry = Features((height, width, channels))
        steps.put(step._replace(op=op, sources=(x,), inputs=(entry,), output=op.out_shape(entry)))


def unwindows(steps: Steps, readers: Readers) -> None:
    """windows × (h·w) × C → rows × columns × h × w × C → H×W×C, moved round behind, puts windows together."""
    for step in steps:
        cut, turn = regrouped(steps, readers, step)
        if cut is None or turn != TURN:
            continue
        one, rows, columns, high, wide, channels = cut.output.sizes
        if one != 1 or cut.inputs[0].sizes[-2:] != (high * wide, channels):
            continue
        whole = rows * high, columns * wide
        last = step
        shift: Sizes = (0, 0)
        behind = [steps.by_value[reader] for reader in readers[step.value] if reader >= 0]
        if len(behind) == len(readers[step.value]) == 1 and shift_of(behind[0]):
            last, shift = behind[0], shift_of(behind[0])[1:3]
        op = build("unwindows", {"size": (high, wide), "shift": shift, "grid": False, "to": whole})
        entry = Tensor((rows * columns, high * wide, channels))
        made = Step(last.value, op, cut.sources, (entry,), Features((*whole, channels)), step.module, "")
        steps.put(made)
        if last is not step:
            steps.drop(step.value, last.value)


def merges(steps: Steps, readers: Readers) -> None:
    """The four parts of a map at every second place, side by side as channels, are space in depth."""
    for step in steps:
        if step.kind != "concat" or len(step.sources) != 4:
            continue
        found = [strided(steps, source) for source in step.sources]
        entries = {entry for entry, _ in found}
        if len(entries) != 1 or len({tuple(sorted(starts.items())) for _, starts in found}) != 4:
            continue
        [x] = entries
        axes = {axis for _, starts in found for axis in starts}
        full = full_sizes(steps, x)
        shape = steps.shape(x)
        if axes == {1, 2} and len(full) == 4 and step.output.sizes == (full[1] // 2, full[2] // 2, 4 * full[3]):
            entry: Map | Features = Features(full[1:])
        elif axes == {2, 3} and isinstance(shape, Map) and step.output.sizes == (4 * full[1], full[2] // 2, full[3] // 2):
            entry = shape
        else:
            continue
        op = build("space_to_depth", {"factor": (2, 2)})
        steps.put(step._replace(op=op, sources=(x,), inputs=(entry,), output=op.out_shape(entry)))


def strided(steps: Steps, value: Value) -> tuple[Value, dict[int, int]]:
    """The value of which another is every second place along some axes, and where it begins along each."""
    starts: dict[int, int] = {}
    while value in steps.by_value:
        step = steps.by_value[value]
        if not isinstance(step.op, Given) or len(step.op.start) != 3 or step.op.start[2] != 2 or step.op.start[0] in starts:
            break
        starts[step.op.start[0]] = step.op.start[1]
        value = step.sources[0]
    return value, starts


def shift_of(step: Step) -> Sizes:
    return step.op.shift if isinstance(step.op, Given) else ()


def to_the_left(shift: Sizes, sizes: Sizes) -> Sizes:
    """By how much windows are moved: to the left, where rolls say how far to the right."""
    return tuple((size - places) % size for places, size in zip(shift, sizes, strict=True))


def full_sizes(steps: Steps, value: Value) -> Sizes:
    """The sizes of a value, a batch of one among them."""
    shape = steps.shape(value)
    return tuple(shape.sizes) if isinstance(shape, Tensor) else (1, *shape.sizes)
