"""Axes by name: `c`, `d`, `h`, `w`, `n` for tokens, or a number, which counts from the end where it is negative."""

from __future__ import annotations

from typing import Any

from convcalc.core.shape import Features, Map, Shape, like, shape_text
from convcalc.errors import Refusal

SPATIAL = ("d", "h", "w")
AXIS_NAMES = ("c", *SPATIAL, "n")


def axis_names(shape: Shape) -> tuple[str, ...]:
    """The names of a shape's axes, in the order of its sizes; empty text for one that has none."""
    if isinstance(shape, Map):
        return ("c", *SPATIAL[-len(shape.spatial) :])
    if not isinstance(shape, Features) or len(shape.sizes) > 4:
        return (*[""] * (len(shape.sizes) - 1), "c")
    inner = len(shape.sizes) - 1
    return (*(("n",) if inner == 1 else SPATIAL[3 - inner :]), "c")


def axis_of(op: str, shape: Shape, axis: Any, attribute: str = "axis") -> int:
    """The place of an axis among a shape's sizes.

    Raises:
        Refusal: where the shape has no such axis.
    """
    names, count = axis_names(shape), len(shape.sizes)
    if isinstance(axis, str):
        if axis in names:
            return names.index(axis)
    elif -count <= axis < count:
        return int(axis) % count
    known = ", ".join(filter(None, names))
    raise Refusal("wrong-kind", f"{op} over axis {axis} of {shape_text(shape)}", f"its axes are {known}, or 0 to {count - 1}", attribute)


def with_axis(shape: Shape, place: int, size: Any) -> Shape:
    """The same shape with another size of one axis."""
    return like(shape, (*shape.sizes[:place], size, *shape.sizes[place + 1 :]))
