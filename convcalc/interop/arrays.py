"""Small arrays of numbers, to work out shapes that graphs compute: sizes and elements in order, in plain Python."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

from convcalc.core.size import LARGEST_SIZE
from convcalc.core.size import product as times
from convcalc.errors import Refusal
from convcalc.record import NamedTuple

MOST_ELEMENTS = 8_192  # that are read and worked out: shapes, axes, indices; more are left to the layers that they belong to
Sizes = tuple[int, ...]


class Array(NamedTuple):
    """Sizes, and as many numbers in order (the last axis first)."""

    dims: Sizes
    data: tuple[Any, ...]


class TooMany(Exception):
    """More elements than are worked out, or numbers larger than a graph can hold."""


def broadcast(*shapes: Sizes) -> Sizes:
    """The sizes of several shapes together, as NumPy has it.

    Raises:
        Refusal: where they do not fit.
    """
    longest = max(map(len, shapes), default=0)
    found: list[int] = []
    for axis in range(longest):
        sizes = {shape[axis - longest + len(shape)] for shape in shapes if axis - longest + len(shape) >= 0} - {1}
        if len(sizes) > 1:
            raise Refusal("shape-mismatch", f"{' and '.join('×'.join(map(str, shape)) for shape in shapes)} do not fit each other")
        found.append(sizes.pop() if sizes else 1)
    return tuple(found)


def count(dims: Sizes) -> int:
    """How many elements there are.

    Raises:
        TooMany: for more than are worked out.
    """
    number = int(times(dims))
    if not all(0 <= size <= MOST_ELEMENTS for size in (number, *dims)):  # of 0 × 2⁶² too
        raise TooMany
    return number


def places(dims: Sizes) -> Iterator[Sizes]:
    """The index of each element in order."""
    count(dims)
    return product(*(range(size) for size in dims))


def at(array: Array, index: Sizes) -> Any:
    """The element at an index of a shape that the array is stretched to."""
    flat, own = 0, index[len(index) - len(array.dims) :]
    for size, place in zip(array.dims, own, strict=True):
        flat = flat * size + (place if size != 1 else 0)
    return array.data[flat]


def each(rule: Callable[..., Any], *arrays: Array) -> Array:
    """A function of the elements of arrays, stretched to each other."""
    if len({array.dims for array in arrays}) == 1:
        return checked(Array(arrays[0].dims, tuple(map(rule, *(array.data for array in arrays)))))
    dims = broadcast(*(array.dims for array in arrays))
    return checked(Array(dims, tuple(rule(*(at(array, index) for array in arrays)) for index in places(dims))))


def checked(array: Array) -> Array:
    """An array whose whole numbers have 64 bits.

    Raises:
        TooMany: for a larger one.
    """
    if any(isinstance(item, int) and abs(item) > LARGEST_SIZE for item in array.data):
        raise TooMany
    return array


def stretched(array: Array, dims: Sizes) -> Array:
    """An array at a shape that it fits."""
    return array if array.dims == dims else Array(dims, tuple(at(array, index) for index in places(dims)))


def picked(array: Array, chosen: list[list[int]]) -> Array:
    """Some places along each axis, in their order."""
    dims = tuple(map(len, chosen))
    count(dims)
    return Array(dims, tuple(at(array, index) for index in product(*chosen)))


def turned(array: Array, order: list[int]) -> Array:
    """Axes in another order."""
    dims = tuple(array.dims[axis] for axis in order)
    back = [order.index(axis) for axis in range(len(order))]
    return Array(dims, tuple(at(array, tuple(index[place] for place in back)) for index in places(dims)))


def joined(arrays: list[Array], axis: int) -> Array:
    """Arrays one behind the other along an axis."""
    first = arrays[0]
    dims = (*first.dims[:axis], sum(array.dims[axis] for array in arrays), *first.dims[axis + 1 :])
    count(dims)
    outer = int(times(first.dims[:axis]))
    found: list[Any] = []
    for row in range(outer):
        for array in arrays:
            length = len(array.data) // max(outer, 1)
            found += array.data[row * length : (row + 1) * length]
    return Array(dims, tuple(found))


def quotient(a: Any, b: Any) -> Any:
    """ONNX's division: of whole numbers towards zero."""
    if b == 0:
        return 0 if isinstance(a, int) else math.nan
    if isinstance(a, int) and isinstance(b, int):
        return abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)
    return a / b


def safe(rule: Callable[[float], Any]) -> Callable[[Any], Any]:
    """A function of a number that gives NaN where there is no value."""

    def found(x: Any) -> Any:
        try:
            return rule(x)
        except (ValueError, OverflowError):
            return math.nan

    return found


UNARY: dict[str, Callable[[Any], Any]] = {
    "Identity": lambda x: x,
    "Neg": operator.neg,
    "Abs": abs,
    "Not": operator.not_,
    "Floor": safe(lambda x: float(math.floor(x))),
    "Ceil": safe(lambda x: float(math.ceil(x))),
    "Round": safe(lambda x: float(round(x))),
    "Sqrt": safe(math.sqrt),
    "Exp": safe(math.exp),
    "Log": safe(math.log),
    "Reciprocal": lambda x: quotient(1.0, x),
    "Sign": lambda x: (x > 0) - (x < 0),
}
BINARY: dict[str, Callable[[Any, Any], Any]] = {
    "Add": operator.add,
    "Sub": operator.sub,
    "Mul": operator.mul,
    "Div": quotient,
    "Mod": lambda a, b: a % b if b else 0,
    "Pow": lambda a, b: a**b if abs(b) < 64 and abs(a) < 1e9 else math.nan,
    "Max": max,
    "Min": min,
    "Equal": operator.eq,
    "Less": operator.lt,
    "LessOrEqual": operator.le,
    "Greater": operator.gt,
    "GreaterOrEqual": operator.ge,
    "And": lambda a, b: bool(a and b),
    "Or": lambda a, b: bool(a or b),
}
