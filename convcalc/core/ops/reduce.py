"""Reductions over named axes: mean, sum, maximum and minimum."""

from __future__ import annotations

from typing import Any

from convcalc.core.cost import Cost
from convcalc.core.ops.axes import axis_of
from convcalc.core.shape import Features, Map, Shape, Tensor, like
from convcalc.errors import Refusal
from convcalc.record import NamedTuple


class Reduce(NamedTuple):
    """One value of all along some axes: an add or comparison fewer than there are elements, and of a mean a division each.

    With `keep` the axes stay, of size 1. Without, a map that keeps its channels and some axes is a smaller map, what
    keeps its channels alone is a vector, and what loses its channels a tensor.
    """

    name: str
    axes: tuple[Any, ...]
    keep: bool = False

    @property
    def keeps(self) -> str:
        """What finds a maximum again."""
        return "both" if self.name in ("max", "min") else ""

    def out_shape(self, *inputs: Shape) -> Shape:
        (x,) = inputs
        places = [axis_of(self.name, x, axis, "axes") for axis in self.axes]
        if len(set(places)) < len(places):
            raise Refusal("bad-value", f"{self.name} names an axis twice", "drop one", "axes")
        if self.keep:
            return like(x, tuple(1 if place in places else size for place, size in enumerate(x.sizes)))
        left = tuple(size for place, size in enumerate(x.sizes) if place not in places)
        channels = 0 if isinstance(x, Map) else len(x.sizes) - 1
        if channels in places or isinstance(x, Tensor):
            return Tensor(left or (1,))
        return like(x, left) if len(left) > 1 or isinstance(x, Features) else Features(left)

    def cost(self, *inputs: Shape) -> Cost:
        (x,) = inputs
        values = self.out_shape(x).elements
        steps = x.elements - values
        if self.name in ("max", "min"):
            return Cost(comparisons=steps, read=x.elements, written=values)
        return Cost(adds=steps, divisions=values if self.name == "mean" else 0, read=x.elements, written=values)


RECORDS = {"mean": Reduce, "sum": Reduce}
