"""What convcalc does not know: a layer that states its own figures, and is marked as such in every report."""

from __future__ import annotations

from typing import Any

from convcalc.core.cost import Cost
from convcalc.core.ops import Weights
from convcalc.core.ops.sliding_window import Axes
from convcalc.core.shape import Map, Shape, like, positions, shape_text, with_channels
from convcalc.core.size import always
from convcalc.errors import Refusal
from convcalc.record import NamedTuple


class Custom(NamedTuple):
    """`cout` channels out, on the positions of the input unless `size` says otherwise; costs as stated, one sample."""

    cout: Any
    macs: Any
    params: Any
    size: Axes | None = None
    activations: Any = 0
    buffers: Any = 0
    name: str = "custom"

    def out_shape(self, *inputs: Shape) -> Shape:
        x = inputs[0]
        if self.size is None:
            return with_channels(x, self.cout)
        if len(self.size) != len(positions(x)):
            message = f"custom has a size of {len(self.size)} axes on {shape_text(x)}"
            raise Refusal("wrong-kind", message, "write a number for each axis but the channels", "size")
        return Map(self.cout, self.size) if isinstance(x, Map) else like(x, (*self.size, self.cout))

    def weights(self, *inputs: Shape) -> Weights:
        return () if always(self.params == 0) else ((self.params,),)

    def cost(self, *inputs: Shape) -> Cost:
        return Cost(
            macs=self.macs,
            params=self.params,
            buffers=self.buffers,
            activations=self.activations,
            read=sum(shape.elements for shape in inputs),
            written=self.out_shape(*inputs).elements,
        )


RECORDS = {"custom": Custom}
