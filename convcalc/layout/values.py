"""Attribute values: from what an expression gives to what an op takes, by the kind of the attribute."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from convcalc.core.shape import Shape, shape_of
from convcalc.core.size import LARGEST_SIZE, always
from convcalc.errors import Refusal
from convcalc.layout.evaluate import is_whole, settled, show
from convcalc.layout.expression import shown
from convcalc.layout.vocabulary import Attribute
from convcalc.spelling import nearest

# A value, evaluated: a number, boolean or word, or nested tuples of numbers.
Evaluated = Any


def convert(attribute: Attribute, value: Evaluated, axes: int) -> Any:
    """The value as the op takes it, on a map with `axes` spatial axes.

    Raises:
        Refusal: for a value that is not of the attribute's kind.
    """
    if value is None:
        return None
    return CONVERTERS[attribute.kind](attribute, value, axes)


def read_shape(value: Evaluated, kind: str = "") -> Shape:
    """A shape of a kind from a number or a tuple of them."""
    return shape_of(listed(value, 1), kind)


def size(_: Attribute, value: Evaluated, axes: int) -> Any:
    return whole(value, 1)


def count(_: Attribute, value: Evaluated, axes: int) -> Any:
    return whole(value, 0)


def per_axis(_: Attribute, value: Evaluated, axes: int) -> Any:
    return per(value, axes, 1)


def per_axis_from_zero(_: Attribute, value: Evaluated, axes: int) -> Any:
    return per(value, axes, 0)


def per(value: Evaluated, axes: int, least: int) -> tuple[Any, ...]:
    """One number for all axes, or one an axis; `axes` is 0 where the input is no map, which the op will say."""
    if isinstance(value, tuple):
        check_count(len(value), axes)
        return tuple(whole(part, least) for part in value)
    return (whole(value, least),) * max(axes, 1)


def listed(value: Evaluated, least: int) -> tuple[Any, ...]:
    """One number or several, as many as there are."""
    return tuple(whole(part, least) for part in (value if isinstance(value, tuple) else (value,)))


def sizes(_: Attribute, value: Evaluated, axes: int) -> Any:
    return listed(value, 1)


def square(_: Attribute, value: Evaluated, axes: int) -> Any:
    """The sizes of a window: one number is that of two axes, a list of one that of one axis."""
    return listed(value, 1) * (1 if isinstance(value, tuple) else 2)


def sizes_from_zero(_: Attribute, value: Evaluated, axes: int) -> Any:
    return listed(value, 0)


def open_sizes(_: Attribute, value: Evaluated, axes: int) -> Any:
    """Sizes of which one may be left open, as -1."""
    parts = value if isinstance(value, tuple) else (value,)
    return tuple(part if isinstance(part, int) and part == -1 else whole(part, 1) for part in parts)


def itself(_: Attribute, value: Evaluated, axes: int) -> Any:
    return value


def check_count(numbers: int, axes: int) -> None:
    if axes and numbers != axes:
        raise Refusal("wrong-kind", f"{numbers} numbers on a map with {axes} spatial axes", "write one number, or one a spatial axis")


def padding(_: Attribute, value: Evaluated, axes: int) -> Any:
    """`same`, or pairs of zeros before and after, an axis."""
    if isinstance(value, tuple):
        check_count(len(value), axes)
        return tuple(pair(part) for part in value)
    if value == "valid":
        return ((0, 0),) * max(axes, 1)
    if isinstance(value, str):
        if value == "same":
            return value
        raise Refusal("bad-value", f"`{value}` is no padding", "same, valid, a number, or one an axis: [0, 3]")
    return (pair(value),) * max(axes, 1)


def pair(value: Evaluated) -> tuple[Any, Any]:
    if not isinstance(value, tuple):
        return whole(value, 0), whole(value, 0)
    if len(value) != 2:
        raise Refusal("wrong-type", f"padding of one axis is a number or a pair, got {len(value)} numbers", "write [before, after]")
    return whole(value[0], 0), whole(value[1], 0)


def flag(_: Attribute, value: Evaluated, axes: int) -> bool:
    if isinstance(value, bool):
        return value
    raise Refusal("bad-value", f"expected true or false, got {shown(show(value))}")


def word(attribute: Attribute, value: Evaluated, axes: int) -> Any:
    if value in attribute.choices and isinstance(value, str):
        return value
    raise Refusal("bad-value", f"`{show(value)}` is not one of its values", nearest(show(value), list(attribute.choices)))


def bias(attribute: Attribute, value: Evaluated, axes: int) -> Any:
    if isinstance(value, bool) or value == "auto":
        return value
    raise Refusal("bad-value", f"`{show(value)}` is no bias", "true, false or auto")


def real(_: Attribute, value: Evaluated, axes: int) -> Any:
    if isinstance(value, bool | str | tuple):
        raise Refusal("bad-value", f"expected a number, got {shown(str(value).lower())}")
    return value


def number(_: Attribute, value: Evaluated, axes: int) -> Any:
    if isinstance(value, bool | str) or not 0 <= value < 1:
        raise Refusal("bad-value", f"expected a number from 0 to below 1, got {shown(show(value))}")
    return value


def whole(value: Evaluated, least: int) -> Any:
    """A whole number of at least `least`, below 2^63; or an array of them."""
    if isinstance(value, tuple):
        raise Refusal("wrong-type", "expected one number, got a list")
    if isinstance(value, bool | str):
        raise Refusal("bad-value", f"expected a whole number, got {shown(show(value))}")
    value = settled(value)
    if isinstance(value, int):
        if value < least:
            raise Refusal("bad-value", f"expected at least {least}, got {shown(str(value))}")
        if value > LARGEST_SIZE:
            raise Refusal("size-limit", "a size of more than 2^63 - 1")
        return value
    if not is_whole(value):
        raise Refusal("not-whole", f"a size must come out whole, got {shown(show(value))}", "use ceil, floor, round or make_divisible")
    if not always(value >= least):
        raise Refusal("bad-value", f"expected at least {least} at every point")
    if not always(value <= LARGEST_SIZE):
        raise Refusal("size-limit", "a size of more than 2^63 - 1")
    return value


CONVERTERS: dict[str, Callable[[Attribute, Evaluated, int], Any]] = {
    "size": size,
    "count": count,
    "axes": per_axis,
    "axes0": per_axis_from_zero,
    "places": per_axis,
    "places0": per_axis_from_zero,
    "sizes": sizes,
    "square": square,
    "sizes0": sizes_from_zero,
    "open_sizes": open_sizes,
    "axis": itself,
    "axis_names": itself,
    "text": itself,
    "real": real,
    "padding": padding,
    "flag": flag,
    "word": word,
    "bias": bias,
    "number": number,
}
