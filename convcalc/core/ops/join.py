"""Joins of several inputs, element by element or along an axis."""

from __future__ import annotations

from typing import Any

from convcalc.core.cost import Cost
from convcalc.core.ops import NOTHING_KEPT, Kept
from convcalc.core.ops.axes import axis_of, with_axis
from convcalc.core.ops.elementwise import JOINS, PER_ELEMENT
from convcalc.core.ops.reduce import Reduce
from convcalc.core.shape import Map, Shape, like, shape_text
from convcalc.core.size import always, larger
from convcalc.errors import Refusal
from convcalc.record import NamedTuple


class Elementwise(NamedTuple):
    """`add`, `mul` and their like: one operation an output element and further input. An axis of 1 stretches.

    All else must be equal. With a number `by` there is one input, and the number is the other.
    """

    name: str
    by: Any = None

    def out_shape(self, *inputs: Shape) -> Shape:
        if self.by is None and len(inputs) < 2:
            raise Refusal("missing-key", f"{self.name} takes two inputs, or one and a number", "name them in `from`, or write `by: 2`")
        return stretched(self.name, inputs)

    def cost(self, *inputs: Shape) -> Cost:
        out = self.out_shape(*inputs).elements
        steps = len(inputs) - (self.by is None)
        read = sum(shape.elements for shape in inputs)
        return PER_ELEMENT[self.name].repeated(out * steps)._replace(read=read, written=out)

    @property
    def keeps(self) -> str | None:
        """A power of two values keeps its output too, for the gradient of the exponent."""
        return "both" if self.name == "pow" and self.by is None else None

    def kept(self, *inputs: Shape) -> Kept:
        """What is made of the first two of three inputs, of all but the last of more; sums and differences keep nothing."""
        if len(inputs) < 3 or self.name in ("add", "sub"):
            return NOTHING_KEPT
        return Kept(elements=sum(stretched(self.name, inputs[:stop]).elements for stop in range(2, len(inputs))))


class Where(NamedTuple):
    """One of two inputs, element by element, as a third says: no arithmetic, every element is copied."""

    name: str = "where"

    def out_shape(self, *inputs: Shape) -> Shape:
        return stretched(self.name, inputs)

    def cost(self, *inputs: Shape) -> Cost:
        return Cost(read=sum(shape.elements for shape in inputs), written=self.out_shape(*inputs).elements)

    def kept(self, *inputs: Shape) -> Kept:
        """The condition, a byte an element; once for each `where` that asks it."""
        return Kept(bytes=inputs[0].elements)


class Concat(NamedTuple):
    """Concatenation along the channels, or another axis: no arithmetic, every element is copied."""

    axis: Any = "c"
    name: str = "concat"

    def out_shape(self, *inputs: Shape) -> Shape:
        first = inputs[0]
        place = axis_of(self.name, first, self.axis)
        for shape in inputs[1:]:
            check_kind(self.name, first, shape)
            if not all(always(a == b) for at, (a, b) in enumerate(zip(first.sizes, shape.sizes, strict=True)) if at != place):
                what = "the channels" if self.axis == "c" else f"axis {self.axis}"
                raise mismatch(self.name, inputs, f"all axes but {what} must be equal")
        return with_axis(first, place, sum(shape.sizes[place] for shape in inputs))

    def cost(self, *inputs: Shape) -> Cost:
        n = self.out_shape(*inputs).elements
        return Cost(read=n, written=n)


def extremum(name: str, by: Any = None, axes: Any = None, keep: bool = False) -> Elementwise | Reduce:
    """`max` and `min`: of several inputs element by element, or of one over the axes that are named."""
    if axes is None:
        return Elementwise(name, by)
    if by is not None:
        raise Refusal("bad-value", f"{name} has `axes` and `by`", "drop one", "by")
    return Reduce(name, axes, keep)


def stretched(op: str, inputs: tuple[Shape, ...]) -> Shape:
    """The shape of inputs whose axes are equal, or 1."""
    sizes = inputs[0].sizes
    for shape in inputs[1:]:
        check_kind(op, inputs[0], shape)
        columns = list(zip(sizes, shape.sizes, strict=True))
        if not all(always((a == b) | (a == 1) | (b == 1)) for a, b in columns):
            raise mismatch(op, inputs, "they must be equal, axis by axis, or 1")
        sizes = tuple(larger(a, b) for a, b in columns)
    return like(inputs[0], sizes)


def check_kind(op: str, first: Shape, shape: Shape) -> None:
    """Refuse to join a map with features, or shapes with other numbers of axes."""
    if type(first) is type(shape) and len(first.sizes) == len(shape.sizes):
        return
    fix = vector_fix(first, shape) or vector_fix(shape, first)
    raise mismatch(op, (first, shape), "they must have the same kind and number of axes", fix)


def vector_fix(large: Shape, vector: Shape) -> str | None:
    """How to give a vector to a map: an embedding of time, the gate of a block."""
    if not isinstance(large, Map) or isinstance(vector, Map) or len(vector.sizes) != 1:
        return None
    ones = "x1" * len(large.spatial)
    return f"make it a map: declare it as {vector.channels}{ones}, or put `reshape: {{sizes: {vector.channels}{ones}, to: map}}` before it"


def mismatch(op: str, inputs: tuple[Shape, ...], rule: str, fix: str | None = None) -> Refusal:
    shapes = " and ".join(shape_text(shape) for shape in inputs)
    return Refusal("shape-mismatch", f"{op} cannot join {shapes}: {rule}", fix or "give the paths the same stride, padding and channels")


RECORDS: dict[str, Any] = {**dict.fromkeys(JOINS, Elementwise), "min": extremum, "max": extremum, "where": Where, "concat": Concat}
