"""Ops that move elements about and compute nothing: shuffles, and space into channels and back."""

from __future__ import annotations

from typing import Any

from convcalc.core.cost import Cost
from convcalc.core.ops.sliding_window import Axes
from convcalc.core.shape import Map, Shape, Tensor, expect_map, like, positions, shape_text
from convcalc.core.size import always, ceil_div, check_divides, product
from convcalc.errors import Refusal
from convcalc.record import NamedTuple


class Roll(NamedTuple):
    """Elements moved round along the positions, by `shift` an axis; every element is copied."""

    shift: Axes
    name: str = "roll"

    def out_shape(self, *inputs: Shape) -> Shape:
        (x,) = inputs
        if len(self.shift) != len(positions(x)):
            message = f"roll of {len(self.shift)} axes on {shape_text(x)}"
            raise Refusal("wrong-kind", message, "write a number for each axis but the channels", "shift")
        return x

    def cost(self, *inputs: Shape) -> Cost:
        n = self.out_shape(*inputs).elements
        return Cost(read=n, written=n)


class PixelShuffle(NamedTuple):
    """Channels into space (Shi et al. 2016): C·r²×H×W → C×rH×rW. Every element is copied."""

    factor: Any
    name: str = "pixel_shuffle"

    def out_shape(self, *inputs: Shape) -> Map:
        (x,) = inputs
        shape = expect_map(self.name, x)
        share = product((self.factor,) * len(shape.spatial))
        if not always(shape.channels % share == 0):
            message = f"pixel_shuffle by {self.factor} takes a multiple of {share} channels, got {shape.channels}"
            raise Refusal("not-divisible", message, None, "factor")
        return Map(shape.channels // share, tuple(n * self.factor for n in shape.spatial))

    def cost(self, *inputs: Shape) -> Cost:
        n = self.out_shape(*inputs).elements
        return Cost(read=n, written=n)


class SpaceToDepth(NamedTuple):
    """Space into channels: C×rH×rW → C·r²×H×W, or rH×rW×C features alike; r may differ an axis. Every element is copied.

    With `ceil` zeros are added at the end of a size that is no multiple, as Swin's patch merging does (Liu et al. 2021).
    """

    factor: Axes
    ceil: bool = False
    name: str = "space_to_depth"

    def out_shape(self, *inputs: Shape) -> Shape:
        (x,) = inputs
        sizes = positions(x)
        if isinstance(x, Tensor) or not 1 <= len(sizes) <= 3:
            raise Refusal("wrong-kind", f"space_to_depth takes a map or H×W×C features, got {shape_text(x)}")
        if len(self.factor) != len(sizes):
            raise Refusal("wrong-kind", f"space_to_depth by {len(self.factor)} factors on {shape_text(x)}", None, "factor")
        for size, factor in zip(sizes, self.factor, strict=True) if not self.ceil else ():
            check_divides("factor", factor, "size", size)
        channels = x.channels * product(self.factor)
        inner = tuple(ceil_div(size, factor) for size, factor in zip(sizes, self.factor, strict=True))
        return Map(channels, inner) if isinstance(x, Map) else like(x, (*inner, channels))

    def cost(self, *inputs: Shape) -> Cost:
        return Cost(read=inputs[0].elements, written=self.out_shape(*inputs).elements)


class ChannelShuffle(NamedTuple):
    """Channels interleaved between groups (Zhang et al. 2018). Every element is copied."""

    groups: Any
    name: str = "channel_shuffle"

    def out_shape(self, *inputs: Shape) -> Shape:
        (x,) = inputs
        check_divides("groups", self.groups, "channels", x.channels)
        return x

    def cost(self, *inputs: Shape) -> Cost:
        n = self.out_shape(*inputs).elements
        return Cost(read=n, written=n)


RECORDS = {"roll": Roll, "pixel_shuffle": PixelShuffle, "space_to_depth": SpaceToDepth, "channel_shuffle": ChannelShuffle}
