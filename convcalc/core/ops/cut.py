"""Ops that take a part of what there is, or put zeros around it."""

from __future__ import annotations

from typing import Any

from convcalc.core.cost import Cost
from convcalc.core.ops.axes import axis_of, with_axis
from convcalc.core.ops.sliding_window import Axes, Pairs, check_axes
from convcalc.core.shape import Map, Shape, expect_map, shape_text
from convcalc.core.size import always
from convcalc.errors import Refusal
from convcalc.record import NamedTuple


class Slice(NamedTuple):
    """Channels start … stop−1 (to the end where `stop` is left out), or so many of another axis. A view: nothing is copied."""

    start: Any = 0
    stop: Any = None
    axis: Any = "c"
    name: str = "slice"

    def out_shape(self, *inputs: Shape) -> Shape:
        (x,) = inputs
        place = axis_of(self.name, x, self.axis)
        size = x.sizes[place]
        stop = size if self.stop is None else self.stop
        if not (always(self.start < stop) and always(stop <= size)):
            what = "channels" if self.axis == "c" else f"entries of axis {self.axis}"
            raise Refusal(
                "shape-mismatch",
                f"slice {self.start}…{stop} does not fit {size} {what}",
                f"start < stop ≤ {what.partition(' ')[0]}",
                "start" if self.stop is None else "stop",
            )
        return with_axis(x, place, stop - self.start)

    def cost(self, *inputs: Shape) -> Cost:
        self.out_shape(*inputs)
        return Cost()


class Select(NamedTuple):
    """One entry of the first axis of features or a tensor: `select: 0` takes the class token of N×C tokens. A view."""

    index: Any = 0
    name: str = "select"

    def out_shape(self, *inputs: Shape) -> Shape:
        (x,) = inputs
        if isinstance(x, Map) or len(x.sizes) < 2:
            raise Refusal("wrong-kind", f"select takes features with at least two axes, got {shape_text(x)}")
        if not always(self.index < x.sizes[0]):
            raise Refusal("shape-mismatch", f"select {self.index} of {x.sizes[0]} entries (they count from 0)", None, "index")
        return type(x)(x.sizes[1:])

    def cost(self, *inputs: Shape) -> Cost:
        self.out_shape(*inputs)
        return Cost()


class Crop(NamedTuple):
    """The centre of a map, of a given size. A view."""

    size: Axes
    name: str = "crop"

    def out_shape(self, *inputs: Shape) -> Map:
        (x,) = inputs
        shape = expect_map(self.name, x)
        check_axes(self.name, shape, self.size, "size")
        if not all(always(n <= m) for n, m in zip(self.size, shape.spatial, strict=True)):
            wanted = "×".join(str(n) for n in self.size)
            raise Refusal("shape-mismatch", f"crop to {wanted} of a smaller map {shape_text(x)}", "pad it instead, with `pad`", "size")
        return Map(shape.channels, self.size)

    def cost(self, *inputs: Shape) -> Cost:
        self.out_shape(*inputs)
        return Cost()


class Pad(NamedTuple):
    """Zeros around a map; every element is copied."""

    padding: Pairs
    name: str = "pad"

    def out_shape(self, *inputs: Shape) -> Map:
        (x,) = inputs
        shape = expect_map(self.name, x)
        check_axes(self.name, shape, self.padding, "padding")
        return Map(shape.channels, tuple(n + p[0] + p[1] for n, p in zip(shape.spatial, self.padding, strict=True)))

    def cost(self, *inputs: Shape) -> Cost:
        (x,) = inputs
        return Cost(read=x.elements, written=self.out_shape(x).elements)


RECORDS = {"slice": Slice, "select": Select, "crop": Crop, "pad": Pad}
