"""Joins of several inputs: add, mul, concat."""

from __future__ import annotations

from typing import Any, NamedTuple

from convcalc.core.cost import Cost
from convcalc.core.shape import Map, Shape, shape_text, with_channels
from convcalc.core.size import always, larger
from convcalc.errors import Refusal


class Elementwise(NamedTuple):
    """`add` or `mul`: one operation an output element and further input. An axis of 1 stretches; all else must be equal."""

    name: str

    def out_shape(self, *inputs: Shape) -> Shape:
        sizes = inputs[0].sizes
        for shape in inputs[1:]:
            check_kind(self.name, inputs[0], shape)
            columns = list(zip(sizes, shape.sizes, strict=True))
            if not all(always((a == b) | (a == 1) | (b == 1)) for a, b in columns):
                raise mismatch(self.name, inputs, "they must be equal, axis by axis, or 1")
            sizes = tuple(larger(a, b) for a, b in columns)
        return Map(sizes[0], sizes[1:]) if isinstance(inputs[0], Map) else type(inputs[0])(sizes)

    def cost(self, *inputs: Shape) -> Cost:
        out = self.out_shape(*inputs).elements
        work = out * (len(inputs) - 1)
        read = sum(shape.elements for shape in inputs)
        return Cost(adds=work, read=read, written=out) if self.name == "add" else Cost(multiplies=work, read=read, written=out)


class Concat(NamedTuple):
    """Concatenation along the channels: no arithmetic, every element is copied."""

    name: str = "concat"

    def out_shape(self, *inputs: Shape) -> Shape:
        first = inputs[0]
        for shape in inputs[1:]:
            check_kind(self.name, first, shape)
            if not all(always(a == b) for a, b in zip(other_axes(first), other_axes(shape), strict=True)):
                raise mismatch(self.name, inputs, "all axes but the channels must be equal")
        return with_channels(first, sum(shape.channels for shape in inputs))

    def cost(self, *inputs: Shape) -> Cost:
        n = self.out_shape(*inputs).elements
        return Cost(read=n, written=n)


def other_axes(shape: Shape) -> tuple[Any, ...]:
    """All sizes but the channels."""
    return shape.spatial if isinstance(shape, Map) else shape.sizes[:-1]


def check_kind(op: str, first: Shape, shape: Shape) -> None:
    """Refuse to join a map with features, or shapes with other numbers of axes."""
    if type(first) is not type(shape) or len(first.sizes) != len(shape.sizes):
        raise mismatch(op, (first, shape), "they must have the same kind and number of axes")


def mismatch(op: str, inputs: tuple[Shape, ...], rule: str) -> Refusal:
    shapes = " and ".join(shape_text(shape) for shape in inputs)
    return Refusal("shape-mismatch", f"{op} cannot join {shapes}: {rule}", "give the paths the same stride, padding and channels")


RECORDS = {"add": Elementwise, "mul": Elementwise, "concat": Concat}
