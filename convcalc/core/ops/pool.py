"""Pooling: sliding, global and adaptive windows; the maximum compares, the average adds and divides."""

from __future__ import annotations

from typing import Any

from convcalc.core.cost import Cost
from convcalc.core.ops import INDEX, NOTHING_KEPT, Kept
from convcalc.core.ops.sliding_window import Axes, Padding, check_axes, covered, window_out
from convcalc.core.shape import Map, Shape, expect_map
from convcalc.core.size import always, common_divisor, product
from convcalc.record import NamedTuple


class Pool(NamedTuple):
    """`max_pool` or `avg_pool` of K elements a window: K − 1 comparisons, or K − 1 adds and a division, an output."""

    name: str
    kernel: Axes
    stride: Axes
    padding: Padding
    dilation: Axes
    ceil: bool = False

    def out_shape(self, *inputs: Shape) -> Map:
        (x,) = inputs
        shape = expect_map(self.name, x)
        spatial = window_out(self.name, shape, self.kernel, self.stride, self.padding, self.dilation, self.ceil)
        return Map(shape.channels, spatial)

    def cost(self, *inputs: Shape) -> Cost:
        (x,) = inputs
        out = self.out_shape(x)
        return pooled(self.name, x, out, out.elements * product(self.kernel))

    def kept(self, *inputs: Shape) -> Kept:
        return places_of(self.name, self.out_shape(*inputs))


class GlobalPool(NamedTuple):
    """`global_avg_pool` or `global_max_pool`: one value a channel, C×1×1."""

    name: str

    def out_shape(self, *inputs: Shape) -> Map:
        (x,) = inputs
        shape = expect_map(self.name, x)
        return Map(shape.channels, (1,) * len(shape.spatial))

    def cost(self, *inputs: Shape) -> Cost:
        (x,) = inputs
        return pooled(self.name, x, self.out_shape(x), x.elements)

    def kept(self, *inputs: Shape) -> Kept:
        return places_of(self.name, self.out_shape(*inputs))


class AdaptivePool(NamedTuple):
    """`adaptive_avg_pool` or `adaptive_max_pool` to a given size, with PyTorch's windows, which may overlap."""

    name: str
    size: Axes

    def out_shape(self, *inputs: Shape) -> Map:
        (x,) = inputs
        shape = expect_map(self.name, x)
        check_axes(self.name, shape, self.size, "size")
        return Map(shape.channels, self.size)

    def cost(self, *inputs: Shape) -> Cost:
        (x,) = inputs
        shape, out = expect_map(self.name, x), self.out_shape(x)
        axes = zip(shape.spatial, out.spatial, strict=True)
        windows = product(covered(n, m, common_divisor(n, m)) for n, m in axes)
        return pooled(self.name, x, out, shape.channels * windows)

    @property
    def keeps(self) -> str | None:
        """An average of the whole map needs nothing of it."""
        return "" if self.name == "adaptive_avg_pool" and all(always(size == 1) for size in self.size) else None

    def kept(self, *inputs: Shape) -> Kept:
        return places_of(self.name, self.out_shape(*inputs))


def places_of(op: str, out: Map) -> Kept:
    """Where each maximum was found; an average needs to know none."""
    return Kept(bytes=INDEX * out.elements) if "max" in op else NOTHING_KEPT


def pooled(op: str, x: Shape, out: Map, elements: Any) -> Cost:
    """The cost of reducing windows of `elements` elements in all to one value each."""
    steps, values = elements - out.elements, out.elements
    if "max" in op:
        return Cost(comparisons=steps, read=x.elements, written=values)
    return Cost(adds=steps, divisions=values, read=x.elements, written=values)


RECORDS = {
    "max_pool": Pool,
    "avg_pool": Pool,
    "global_avg_pool": GlobalPool,
    "global_max_pool": GlobalPool,
    "adaptive_avg_pool": AdaptivePool,
    "adaptive_max_pool": AdaptivePool,
}
