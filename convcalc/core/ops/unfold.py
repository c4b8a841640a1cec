"""Windows laid out as columns, and columns added up to a map (PyTorch's Unfold and Fold)."""

from __future__ import annotations

from convcalc.core.cost import Cost
from convcalc.core.ops.sliding_window import Axes, Padding, window_out
from convcalc.core.shape import Map, Shape, Tensor, expect_map, shape_text
from convcalc.core.size import always, product
from convcalc.errors import Refusal
from convcalc.record import NamedTuple


class Unfold(NamedTuple):
    """Each window of a map as a column: C×… → (C·K)×O. Every element of a column is copied."""

    kernel: Axes
    stride: Axes
    padding: Padding
    dilation: Axes
    name: str = "unfold"

    def out_shape(self, *inputs: Shape) -> Tensor:
        (x,) = inputs
        shape = expect_map(self.name, x)
        windows = window_out(self.name, shape, self.kernel, self.stride, self.padding, self.dilation)
        return Tensor((shape.channels * product(self.kernel), product(windows)))

    def cost(self, *inputs: Shape) -> Cost:
        n = self.out_shape(*inputs).elements
        return Cost(read=n, written=n)


class Fold(NamedTuple):
    """Columns added up to a map of a given size, the inverse of `unfold`: (C·K)×O → C×size; an add an element of a column."""

    size: Axes
    kernel: Axes
    stride: Axes
    padding: Padding
    dilation: Axes
    name: str = "fold"

    def out_shape(self, *inputs: Shape) -> Map:
        (x,) = inputs
        taps = product(self.kernel)
        if isinstance(x, Map) or len(x.sizes) != 2 or not always(x.sizes[0] % taps == 0):
            raise Refusal("wrong-kind", f"fold takes (C·{taps})×O columns, got {shape_text(x)}", "they come from `unfold`")
        out = Map(x.sizes[0] // taps, self.size)
        windows = product(window_out(self.name, out, self.kernel, self.stride, self.padding, self.dilation))
        if not always(windows == x.sizes[1]):
            raise Refusal("shape-mismatch", f"fold to {shape_text(out)} takes {windows} columns, got {x.sizes[1]}", None, "size")
        return out

    def cost(self, *inputs: Shape) -> Cost:
        (x,) = inputs
        return Cost(adds=x.elements, read=x.elements, written=self.out_shape(x).elements)


RECORDS = {"unfold": Unfold, "fold": Fold}
