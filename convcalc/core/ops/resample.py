"""Upsampling: by a factor or to a size, nearest neighbour or linear interpolation."""

from __future__ import annotations

from typing import NamedTuple

from convcalc.core.cost import Cost
from convcalc.core.ops.window import Axes, check_axes
from convcalc.core.shape import Map, Shape, expect_map
from convcalc.errors import Refusal

AXES_OF_MODE = {"linear": 1, "bilinear": 2, "trilinear": 3}


class Upsample(NamedTuple):
    """`nearest` copies; `linear`, `bilinear` and `trilinear` weigh 2, 4 and 8 neighbours: as many multiplies, one add fewer."""

    factor: Axes | None = None
    size: Axes | None = None
    mode: str = "nearest"
    name: str = "upsample"

    def out_shape(self, *inputs: Shape) -> Map:
        (x,) = inputs
        shape = expect_map(self.name, x)
        axes = len(shape.spatial)
        if AXES_OF_MODE.get(self.mode, axes) != axes:
            fix = {1: "linear", 2: "bilinear", 3: "trilinear"}[axes]
            raise Refusal("wrong-kind", f"{self.mode} upsampling of a map with {axes} spatial axes", f"use `mode: {fix}`", "mode")
        if (self.factor is None) == (self.size is None):
            raise Refusal("missing-key", "upsample takes either a factor or a size", "write `upsample: 2` or `upsample: {size: [h, w]}`")
        if self.size is not None:
            check_axes(self.name, shape, self.size, "size")
            return Map(shape.channels, self.size)
        assert self.factor is not None
        check_axes(self.name, shape, self.factor, "factor")
        return Map(shape.channels, tuple(n * f for n, f in zip(shape.spatial, self.factor, strict=True)))

    def cost(self, *inputs: Shape) -> Cost:
        (x,) = inputs
        n = self.out_shape(x).elements
        neighbours = 2 ** AXES_OF_MODE.get(self.mode, 0)
        work = neighbours * n if neighbours > 1 else 0 * n
        return Cost(multiplies=work, adds=(neighbours - 1) * n, read=x.elements, written=n)


RECORDS = {"upsample": Upsample}
