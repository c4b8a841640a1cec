"""What convcalc does not know: a layer that states its own figures, and is marked as such in every report."""

from __future__ import annotations

from typing import Any, NamedTuple

from convcalc.core.cost import Cost
from convcalc.core.ops.window import Axes, check_axes
from convcalc.core.shape import Map, Shape, expect_map, with_channels


class Custom(NamedTuple):
    """`cout` channels out, and the spatial size of the input unless `size` says otherwise; costs as stated, one sample."""

    cout: Any
    macs: Any
    params: Any
    size: Axes | None = None
    name: str = "custom"

    def out_shape(self, *inputs: Shape) -> Shape:
        (x,) = inputs
        if self.size is None:
            return with_channels(x, self.cout)
        shape = expect_map(self.name, x)
        check_axes(self.name, shape, self.size, "size")
        return Map(self.cout, self.size)

    def cost(self, *inputs: Shape) -> Cost:
        (x,) = inputs
        return Cost(macs=self.macs, params=self.params, read=x.elements, written=self.out_shape(x).elements)


RECORDS = {"custom": Custom}
