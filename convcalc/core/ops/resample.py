"""Interpolation: upsampling by a factor or to a size, and sampling at given places."""

from __future__ import annotations

from convcalc.core.cost import Cost
from convcalc.core.ops.sliding_window import Axes, check_axes
from convcalc.core.shape import Map, Shape, expect_map, positions, shape_text
from convcalc.core.size import always
from convcalc.errors import Refusal
from convcalc.record import NamedTuple

AXES_OF_MODE = {"linear": 1, "bilinear": 2, "trilinear": 3}
BILINEAR = Cost(multiplies=4, adds=3)  # one value between four


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


class GridSample(NamedTuple):
    """A map sampled at the places of a second input, H×W×2 (or D×H×W×3): C×H×W; `nearest` copies, `bilinear` weighs 2ⁿ neighbours."""

    mode: str = "bilinear"
    name: str = "grid_sample"

    def out_shape(self, *inputs: Shape) -> Map:
        x, grid = expect_map(self.name, inputs[0]), inputs[1]
        axes = len(x.spatial)
        if isinstance(grid, Map) or len(grid.sizes) != axes + 1 or not always(grid.channels == axes):
            wanted = "×".join(("D", "H", "W")[3 - axes :])
            message = f"grid_sample of {shape_text(x)} takes {wanted}×{axes} places, got {shape_text(grid)}"
            raise Refusal("shape-mismatch", message, "turn a map of places into features with `channels_last`")
        return Map(x.channels, positions(grid))

    def cost(self, *inputs: Shape) -> Cost:
        n = self.out_shape(*inputs).elements
        read = sum(shape.elements for shape in inputs)
        if self.mode == "nearest":
            return Cost(read=read, written=n)
        neighbours = 2 ** (len(inputs[1].sizes) - 1)
        return Cost(multiplies=neighbours * n, adds=(neighbours - 1) * n, read=read, written=n)


RECORDS = {"upsample": Upsample, "grid_sample": GridSample}
