"""Receptive field: how much of the input one value sees (Araujo, Norris and Sim, Distill 2019)."""

from __future__ import annotations

from typing import Any

from convcalc.core.ops import TRAITS
from convcalc.core.shape import Map, Shape, positions
from convcalc.core.size import LARGEST_SIZE, always, ceil_div, common_divisor, larger
from convcalc.core.trace import Scope, Trace
from convcalc.record import NamedTuple

# Behind an op whose trait says `all` a value may depend on the whole map. Normalisation is not among them: as with the statistics of
# batch norm, what it takes from the whole map is a mean and a variance.
DEEPEST_RERUN = 3  # repeats inside each other that are run again; more would take too long
MOST_STRIDES = 64  # 2^64 is beyond any input


class Field(NamedTuple):
    """Along one axis: the input positions that a value sees, and how far apart neighbours look, as numerator and denominator."""

    size: Any
    jump: Any
    parts: Any = 1  # neighbours a step of `jump` where the map was upsampled


Fields = tuple[Field, ...]
ENDED: Fields = ()  # behind a global operation: it may see everything


def receptive_fields(trace: Trace) -> list[Fields | None]:
    """The field of each row's output; None from the first global operation on, and where joins have other strides."""
    values: list[Fields | None] = [start(shape) for shape in trace.inputs]
    inputs = len(values)
    values += [None] * len(trace.rows)
    repeats = [scope for scope in trace.scopes if not (isinstance(scope.times, int) and scope.times == 1)]
    run(trace, 0, len(trace.rows), repeats, 0, values, 0)
    return [fields or None for fields in values[inputs:]]


def run(trace: Trace, place: int, stop: int, repeats: list[Scope], number: int, values: list[Fields | None], depth: int) -> None:
    """Fill in the values of rows place … stop−1; `repeats` are the repeated scopes, outer ones first, from `number` on those here."""
    inputs = len(trace.inputs)
    while place < stop:
        while number < len(repeats) and repeats[number].start < place:
            number += 1
        if number < len(repeats) and repeats[number].start == place:
            run_repeat(trace, repeats, number, values, depth)
            place = repeats[number].stop
            continue
        row = trace.rows[place]
        sources = [values[source] for source in row.sources]
        traits = TRAITS[row.op.name]
        if traits.field == "all":
            values[inputs + place] = ENDED  # whatever it joins
        elif len(sources) > 1:
            values[inputs + place] = joined(sources, traits.gates)
        elif not sources:
            values[inputs + place] = None
        else:
            after = through(row.op, row.inputs[0], row.output, sources[0])
            values[inputs + place] = after if after is sources[0] else bounded(after)
        place += 1


def run_repeat(trace: Trace, repeats: list[Scope], number: int, values: list[Fields | None], depth: int) -> None:
    """A repeated scope: rows get their fields in the first pass, the last row that after all passes.

    A pass that reads nothing but its input grows alike each time. One that reads earlier layers too may grow less
    once its input sees more than those do, so it is run until two passes have grown alike.
    """
    inputs, scope = len(trace.inputs), repeats[number]
    first, last = inputs + scope.start, inputs + scope.stop - 1
    entry = values[scope.entry]
    run(trace, scope.start, scope.stop, repeats, number + 1, values, depth)
    before, after, left = entry, values[last], scope.times
    seen = values[first : last + 1]
    reads_more = any(source < first and source != scope.entry for row in trace.rows[scope.start : scope.stop] for source in row.sources)
    while reads_more and depth < DEEPEST_RERUN and left > 1:
        values[scope.entry] = after
        run(trace, scope.start, scope.stop, repeats, number + 1, values, depth + 1)
        earlier, before, after, left = before, after, values[last], left - 1
        if growth(earlier, before) == growth(before, after):
            break
    values[scope.entry] = entry
    values[first : last + 1] = seen
    values[last] = grown(before, after, left)


def growth(a: Fields | None, b: Fields | None) -> list[Any] | None:
    """By how much a field grew, an axis."""
    return None if not a or not b else [n.size - m.size for m, n in zip(a, b, strict=True)]


class Seen(NamedTuple):
    """What a value sees: input positions, an axis, and which layer ended that on the way to it (None: none did)."""

    sizes: list[Any] | None
    before: str | None = None


def receptive_field(trace: Trace, layers: list[list[Any] | None] | None = None) -> list[Any] | None:
    """The field of a network's last map before the first global operation, an axis; of several outputs the widest.

    None where there is no such map. The gate of squeeze and excitation does not count. `layers`
    are the fields of the rows, where they are known.
    """
    return widest([seen for _, seen in seen_by_outputs(trace, layers)]).sizes


def seen_by_outputs(trace: Trace, layers: list[list[Any] | None] | None = None) -> list[tuple[str, Seen]]:
    """What each output sees, by the path of its layer (`input` where an input is an output)."""
    known = extents(trace) if layers is None else layers
    inputs, found = len(trace.inputs), dict[int, Seen]()

    def seen(number: int) -> Seen:
        if number in found:
            return found[number]
        return Seen(known[number - inputs] if number >= inputs else extent(start(trace.inputs[number])))

    for number in sorted(without_field(trace, known)):
        row = trace.rows[number - inputs]
        ended = [seen(source) for source in row.sources]
        ended = [one if one.before else one._replace(before=row.path) for one in ended if one.sizes is not None]
        found[number] = widest(sorted(ended, key=lambda one: one.before == row.path))
    return [(trace.rows[number - inputs].path if number >= inputs else "input", seen(number)) for number in trace.outputs]


def without_field(trace: Trace, known: list[list[Any] | None]) -> set[int]:
    """The values on the way back from the outputs to what has a field, or to an input."""
    inputs, found, left = len(trace.inputs), set[int](), list(trace.outputs)
    while left:
        number = left.pop()
        if number >= inputs and number not in found and known[number - inputs] is None:
            found.add(number)
            left += trace.rows[number - inputs].sources
    return found


def widest(seen: list[Seen]) -> Seen:
    """The widest field along each axis, of those that have as many axes as the first."""
    fields = [one for one in seen if one.sizes is not None]
    found = fields[0] if fields else Seen(None)
    for other in fields[1:]:
        sizes, more = found.sizes or [], other.sizes or []
        if len(sizes) == len(more):
            wider = other if always(more[0] > sizes[0]) else found
            found = Seen([larger(a, b) for a, b in zip(sizes, more, strict=True)], wider.before)
    return found


def extents(trace: Trace) -> list[list[Any] | None]:
    """The field of each row's output as whole input positions, an axis."""
    return [extent(fields) for fields in receptive_fields(trace)]


def extent(fields: Fields | None) -> list[Any] | None:
    """Sizes for a report: whole input positions."""
    return [field.size for field in fields] if fields else None


def start(shape: Shape) -> Fields | None:
    return (Field(1, 1),) * len(shape.spatial) if isinstance(shape, Map) else None


def joined(sources: list[Fields | None], gates: bool) -> Fields | None:
    """The largest field of the inputs that have one; None where their strides differ.

    What sees everything ends it, unless it is a gate: a factor, such as that of squeeze and excitation.
    """
    if ENDED in sources and not gates:
        return ENDED
    fields = [field for field in sources if field]
    if not fields or not all(same_steps(field, fields[0]) for field in fields):
        return None
    result = fields[0]
    for other in fields[1:]:
        result = tuple(a._replace(size=larger(a.size, b.size)) for a, b in zip(result, other, strict=True))
    return result


def grown(entry: Fields | None, end: Fields | None, times: Any) -> Fields | None:
    """The field after `times` equal passes, the first of which led from `entry` to `end`.

    Where a pass strides by s, each sees s times as far as the one before: 1 + s + … + sⁿ⁻¹ = (sⁿ − 1) / (s − 1).
    """
    if not entry or not end:
        return end
    result = []
    for a, b in zip(entry, end, strict=True):
        if always(a.jump == b.jump) and always(a.parts == b.parts):
            result.append(b._replace(size=a.size + times * (b.size - a.size)))
        elif a.parts == b.parts and b.jump % a.jump == 0 and times < MOST_STRIDES:
            stride = b.jump // a.jump
            passes = (stride**times - 1) // (stride - 1)
            result.append(b._replace(size=a.size + passes * (b.size - a.size), jump=a.jump * stride**times))
        else:
            return None
    return bounded(tuple(result))


def bounded(fields: Fields | None) -> Fields | None:
    """None for a field beyond any input: of more than 2^63 − 1 positions, or as far apart."""
    if not fields:
        return fields
    if any(isinstance(size, int) and size > LARGEST_SIZE for field in fields for size in field):
        return None
    return fields


def same_steps(a: Fields, b: Fields) -> bool:
    """Whether neighbours look equally far apart on all axes."""
    return len(a) == len(b) and all(always(m.jump == n.jump) and always(m.parts == n.parts) for m, n in zip(a, b, strict=True))


def through(op: Any, shape: Shape, out: Shape, fields: Fields | None) -> Fields | None:
    """The field after an op with one input."""
    if not fields:
        return fields
    if isinstance(out, Map) and len(out.spatial) != len(fields):
        return None  # positions that were laid out along other axes
    kind = TRAITS[op.name].field
    if kind == "positions":
        same = len(out.sizes) == len(shape.sizes) and all(always(a == b) for a, b in zip(positions(shape), positions(out), strict=True))
        return fields if same else ENDED
    if kind == "window":
        windows = zip(fields, op.kernel, op.stride, op.dilation, strict=True)
        return tuple(stepped(widened(field, d * (k - 1)), s, 1) for field, k, s, d in windows)
    if kind == "spread":
        windows = zip(fields, op.kernel, op.stride, op.dilation, strict=True)
        return tuple(stepped(widened(field, ceil_div(d * (k - 1) + 1, s) - 1), 1, s) for field, k, s, d in windows)
    if kind == "resized":
        return resized(op, shape, out, fields)
    return fields


def widened(field: Field, neighbours: Any) -> Field:
    """A field that sees some more neighbours; a part of an input position counts as one."""
    size, jump, parts = field
    return Field(size + ceil_div(neighbours * jump, parts), jump, parts)


def stepped(field: Field, stride: Any, parts: Any) -> Field:
    """A field whose neighbours look `stride` / `parts` times as far apart."""
    if isinstance(stride, int) and stride == parts == 1:
        return field
    jump, parts = field.jump * stride, field.parts * parts
    shared = common_divisor(jump, parts)
    return Field(field.size, jump // shared, parts // shared)


def resized(op: Any, shape: Shape, out: Shape, fields: Fields) -> Fields | None:
    """After a change of size by a whole factor; None for any other, and for a pool to one value."""
    if len(positions(shape)) != len(fields):
        return None  # a map laid out as tokens
    if op.name == "space_to_depth":  # zeros may fill up the last
        return tuple(stepped(widened(field, factor - 1), factor, 1) for field, factor in zip(fields, op.factor, strict=True))
    result = []
    for field, before, after in zip(fields, positions(shape), positions(out), strict=True):
        if always(after % before == 0):
            seen = widened(field, 1) if "linear" in getattr(op, "mode", "") else field
            result.append(stepped(seen, 1, after // before))
        elif always(before % after == 0) and always(after > 1):
            factor = before // after
            result.append(stepped(widened(field, factor - 1), factor, 1))
        else:
            return None
    return tuple(result)
