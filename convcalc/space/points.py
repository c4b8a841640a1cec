"""Points of a design space with their metrics, as columns; impossible ones counted by reason."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from convcalc.core.size import LARGEST_SIZE
from convcalc.errors import ConvcalcError, usage
from convcalc.record import NamedTuple
from convcalc.space.axes import Axis, Grid, Value, shown
from convcalc.space.partition import Space
from convcalc.space.program import Array, Program
from convcalc.space.ratio import reduced
from convcalc.space.symbolic import Column, Operand

CHUNK = 32_768  # points that are computed at once: what fits the cache

# What a design costs for values of all axes: numbers, words, or columns.
Costing = Callable[[Mapping[str, Any]], dict[str, Operand]]


class Invalid(NamedTuple):
    """Points that are impossible for one reason, and one of them."""

    reason: str
    points: int
    message: str
    location: str | None  # path:line:column of the layout that refuses it
    example: dict[str, Any]


class Points(NamedTuple):
    """Valid points in order: a column an axis (which of its values), a column a metric; and what is wrong with the others."""

    axes: tuple[Axis, ...]
    digits: dict[str, Array]
    metrics: dict[str, Array]
    invalid: tuple[Invalid, ...] = ()

    @property
    def size(self) -> int:
        return len(next(iter(self.digits.values()))) if self.digits else 0

    @classmethod
    def none(cls, axes: tuple[Axis, ...], metrics: Sequence[str]) -> Points:
        """No points."""
        empty = np.arange(0)
        return cls(axes, {axis.name: empty for axis in axes}, dict.fromkeys(metrics, empty))

    def those(self, mask: Array) -> Points:
        """The points for which a condition holds."""
        return self.taken(np.flatnonzero(mask))

    def taken(self, places: Array) -> Points:
        """Some of the points."""
        digits = {name: column[places] for name, column in self.digits.items()}
        return self._replace(digits=digits, metrics={name: column[places] for name, column in self.metrics.items()})

    def column(self, name: str) -> Array:
        """A metric, or an axis as its values: 64-bit integers or, where those do not hold them, objects."""
        return self.metrics[name] if name in self.metrics else table_of(self.axis(name))[self.digits[name]]

    def axis(self, name: str) -> Axis:
        return next(axis for axis in self.axes if axis.name == name)

    def values(self, name: str) -> list[Value]:
        """The values of an axis, point by point."""
        values = self.axis(name).values
        return [values[digit] for digit in self.digits[name]]


class Coster:
    """Costs points of the product of some axes. Axes of words make a space each, of numbers one for all."""

    def __init__(self, costing: Costing, axes: tuple[Axis, ...], metrics: Sequence[str]) -> None:
        self.costing, self.axes, self.metrics = costing, axes, tuple(metrics)
        self.numbers = [axis for axis in axes if axis.is_number]
        self.words = [axis for axis in axes if not axis.is_number]
        self.tables = [axis.numerators() for axis in self.numbers]
        self.spaces: dict[tuple[int, ...], Space] = {}

    def points(self, digits: Sequence[Array]) -> Points:
        """The points with these digits, an array an axis."""
        by_name = {axis.name: digit for axis, digit in zip(self.axes, digits, strict=True)}
        columns = [table[by_name[axis.name]] for axis, table in zip(self.numbers, self.tables, strict=True)]
        length = len(digits[0]) if digits else 1
        outputs: dict[str, list[tuple[Array | None, Any]]] = {name: [] for name in self.metrics}
        valid = np.zeros(length, dtype=bool)
        impossible: dict[str, tuple[Space, int, int]] = {}  # by reason: of which space one point is, its place, and how many
        for combination, places in self.combinations(by_name, length):
            space = self.space(combination)
            here = columns if places is None else [column[places] for column in columns]
            if not here:
                here = [np.zeros(length if places is None else len(places), dtype=np.int64)]
            for one, chosen in space.classes(here):
                where = chosen if places is None else places if chosen is None else places[chosen]
                if one.program is None:
                    first, count = (0, length) if where is None else (int(where[0]), len(where))
                    known = impossible.get(one.reason, (space, first, 0))
                    impossible[one.reason] = (space, first, count + known[2]) if first < known[1] else (*known[:2], count + known[2])
                    continue
                valid[slice(None) if where is None else where] = True
                values = one.values(here if chosen is None else [column[chosen] for column in here])
                for name, value in zip(self.metrics, values, strict=True):
                    outputs[name].append((where, value))
        whole = bool(valid.all())
        metrics = {name: assembled(parts, length) for name, parts in outputs.items()}
        invalid = [self.invalid(*one, by_name) for one in impossible.values()]
        found = Points(self.axes, by_name, metrics, tuple(merged(invalid)))
        return found if whole else found.taken(np.flatnonzero(valid))

    def combinations(self, digits: Mapping[str, Array], length: int) -> Any:
        """Each combination of words among some points, and which points have it (None: all)."""
        if not self.words:
            return [((), None)]
        table = np.stack([np.broadcast_to(digits[axis.name], length) for axis in self.words], axis=1)
        found, which = np.unique(table, axis=0, return_inverse=True)
        return [(tuple(int(digit) for digit in row), np.flatnonzero(which.ravel() == place)) for place, row in enumerate(found)]

    def space(self, combination: tuple[int, ...]) -> Space:
        """The space of one combination of words."""
        if combination not in self.spaces:
            words = {axis.name: axis.values[digit] for axis, digit in zip(self.words, combination, strict=True)}
            scales = [axis.scale for axis in self.numbers]

            def cost(operands: Sequence[Operand]) -> dict[str, Operand]:
                numbers = {axis.name: scaled(operand, scale) for axis, operand, scale in zip(self.numbers, operands, scales, strict=False)}
                return self.costing({**numbers, **words})

            ranges = [(int(table.min()), int(table.max())) for table in self.tables] or [(0, 0)]
            self.spaces[combination] = Space(cost, self.metrics, ranges)
        return self.spaces[combination]

    def idle(self) -> list[str]:
        """Axes of several numbers that no formula and no condition so far depends on."""
        used = {number for space in self.spaces.values() for number in space.used}
        return [axis.name for number, axis in enumerate(self.numbers) if len(axis.values) > 1 and number not in used]

    def invalid(self, space: Space, place: int, count: int, digits: Mapping[str, Array]) -> Invalid:
        """Why so many points are impossible, as the first of them says it."""
        numbers = [int(table[digits[axis.name][place]]) for axis, table in zip(self.numbers, self.tables, strict=True)]
        reason = space.reason(numbers or [0])
        example = {axis.name: shown(axis.values[digits[axis.name][place]]) for axis in self.axes}
        span = reason.span
        location = f"{span.source.path}:{span.line}:{span.column}" if span is not None else None
        return Invalid(reason.code, count, reason.message, location, example)


def table_of(axis: Axis) -> Array:
    """The values of an axis as an array."""
    if axis.is_number and axis.scale == 1:
        return axis.numerators()
    table = np.empty(len(axis.values), dtype=object)
    table[:] = axis.values
    return table


def scaled(operand: Operand, scale: int) -> Any:
    """An axis's value: exact decimals as fractions."""
    if scale == 1:
        return operand
    if isinstance(operand, int):
        found = Fraction(operand, scale)
        return found.numerator if found.denominator == 1 else found
    return reduced(operand, scale)


def assembled(parts: list[tuple[Array | None, Any]], length: int) -> Array:
    """One column from those of classes; what is the same everywhere takes no memory."""
    if len(parts) == 1 and parts[0][0] is None:
        value = parts[0][1]
        return value if isinstance(value, np.ndarray) else np.broadcast_to(as_array(value), length)
    column = np.zeros(length, dtype=common_type([value for _, value in parts]))
    for where, value in parts:
        column[slice(None) if where is None else where] = value
    return column


def common_type(values: Sequence[Any]) -> Any:
    """The type of a column that holds some values: 64 bits where they do, else Python's own numbers."""
    if any(is_wide(value) for value in values):
        return object
    return np.float64 if any(is_decimal(value) for value in values) else np.int64


def is_decimal(value: Any) -> bool:
    return isinstance(value, float | Fraction) or (isinstance(value, np.ndarray) and value.dtype == np.float64)


def is_wide(value: Any) -> bool:
    return bool(value.dtype == object) if isinstance(value, np.ndarray) else isinstance(value, int) and abs(value) > LARGEST_SIZE


def as_array(value: Any) -> Array:
    if is_decimal(value):
        return np.array(float(value))
    return np.array(value, dtype=object if abs(value) > LARGEST_SIZE else np.int64)


def whole(values: list[Any]) -> Array:
    """Numbers as a column: 64-bit integers where all of them are."""
    if all(type(value) is int and abs(value) <= LARGEST_SIZE for value in values):
        return np.array(values, dtype=np.int64)
    column = np.empty(len(values), dtype=object)
    column[:] = values
    return column


def joined(parts: Sequence[Points]) -> Points:
    """Points of several chunks, one after the other."""
    if len(parts) == 1:
        return parts[0]
    first = parts[0]
    digits = {name: np.concatenate([part.digits[name] for part in parts]) for name in first.digits}
    metrics = {name: np.concatenate([part.metrics[name] for part in parts]) for name in first.metrics}
    return Points(first.axes, digits, metrics, tuple(merged([reason for part in parts for reason in part.invalid])))


def distinct(points: Points) -> Points:
    """Each point once, the first of equals."""
    numbers = Grid(points.axes).numbers([points.digits[axis.name] for axis in points.axes])
    return points.taken(np.sort(np.unique(numbers, return_index=True)[1]))


def common(a: Points, b: Points, name: str) -> tuple[Array, Array]:
    """Where two sets of points have the same values of an axis, each of which they have once: places in both."""
    _, ours, theirs = np.intersect1d(a.digits[name], b.digits[name], assume_unique=True, return_indices=True)
    return ours, theirs


def merged(reasons: Sequence[Invalid]) -> list[Invalid]:
    """Reasons of one kind together, those of most points first."""
    found: dict[str, Invalid] = {}
    for reason in reasons:
        known = found.get(reason.reason)
        found[reason.reason] = reason if known is None else known._replace(points=known.points + reason.points)
    return sorted(found.values(), key=lambda reason: (-reason.points, reason.reason))


def every_point(coster: Coster) -> Points:
    """All points of its axes."""
    grid = Grid(coster.axes)
    return joined([coster.points(grid.digits(numbers)) for numbers in grid.chunks(CHUNK)])


def whole_columns(columns: Mapping[str, Any]) -> dict[str, Array]:
    """Columns of 64-bit integers, all of one length.

    Raises:
        ConvcalcError: for what is none.
    """
    found: dict[str, Array] = {}
    for name, column in columns.items():
        array = np.asarray(column)
        if array.ndim != 1 or not len(array) or array.dtype.kind not in "iu" or array.dtype == np.uint64:
            raise usage(f"the column {name}: expected whole numbers below 2^63, one a point", "decimals are axes of convcalc.sweep")
        found[name] = array.astype(np.int64, copy=False)
    lengths = {name: len(column) for name, column in found.items()}
    if len(set(lengths.values())) != 1:
        listed = ", ".join(f"{length:,} of {name}" for name, length in lengths.items())
        raise usage(f"columns of one length are needed: there are {listed or 'none'}", "give a value a point")
    return found


def columns_cost(costing: Costing, columns: Mapping[str, Array], metrics: Sequence[str]) -> dict[str, Array]:
    """Metrics of points whose axes are columns of whole numbers, as many points as the columns are long.

    Raises:
        ConvcalcError: where a point is impossible; a grid counts and explains such points.
    """
    names, arrays = list(columns), list(columns.values())
    space = Space(lambda values: costing(dict(zip(names, values, strict=True))), metrics, [(int(a.min()), int(a.max())) for a in arrays])
    length = len(arrays[0])
    one = space.only(arrays)
    if one is not None and one.program is not None and not one.divisors:
        return alike(one.program, arrays, metrics)
    found = {name: np.zeros(length, dtype=np.int64) for name in metrics}
    for start in range(0, length, CHUNK):
        chunk = [array[start : start + CHUNK] for array in arrays]
        for some, chosen in space.classes(chunk):
            if some.program is None:
                place = 0 if chosen is None else int(chosen[0])
                raise ConvcalcError(space.reason([int(column[place]) for column in chunk]))
            values = some.values(chunk if chosen is None else [column[chosen] for column in chunk])
            for name, value in zip(metrics, values, strict=True):
                if is_wide(value) or (is_decimal(value) and found[name].dtype != object):
                    found[name] = found[name].astype(object if is_wide(value) else np.float64)
                found[name][slice(start, start + CHUNK) if chosen is None else start + chosen] = value
    return found


def alike(program: Program, arrays: list[Array], metrics: Sequence[str]) -> dict[str, Array]:
    """Metrics of points that are all of one class: each formula is written where it stays, however many metrics it is."""
    length = len(arrays[0])
    whole = {id(output): np.empty(length, dtype=np.int64) for output in program.outputs if isinstance(output, Column)}
    for start in range(0, length, CHUNK):
        place = slice(start, start + CHUNK)
        room = {key: column[place] for key, column in whole.items() if column.dtype != object}
        values = program.run([array[place] for array in arrays], room)
        for output, value in zip(program.outputs, values, strict=True):
            if isinstance(output, Column) and value is not room.get(id(output)):
                column = whole[id(output)]
                whole[id(output)] = column = column.astype(object) if is_wide(value) and column.dtype != object else column
                column[place] = value
    found = [whole[id(o)] if isinstance(o, Column) else np.broadcast_to(as_array(o), length) for o in program.outputs]
    return dict(zip(metrics, found, strict=True))
