"""Deformable convolution (Dai et al. 2017; with a mask, Zhu et al. 2018)."""

from __future__ import annotations

from typing import Any

from convcalc.core.cost import Cost
from convcalc.core.ops import Product, Weights
from convcalc.core.ops.conv import Conv
from convcalc.core.ops.resample import BILINEAR
from convcalc.core.ops.sliding_window import Axes, Padding
from convcalc.core.shape import Map, Shape, expect_map, shape_text
from convcalc.core.size import always, product
from convcalc.errors import Refusal
from convcalc.record import NamedTuple


class DeformConv(NamedTuple):
    """A convolution whose taps are moved by a second input, and weighed by a third where there is one.

    As `torchvision.ops.deform_conv2d`: MACs and weights are the convolution's; each tap is interpolated between four
    elements. Offsets are two channels a tap, the mask one, of the output's size, for each of any number of groups of channels.
    """

    cout: Any
    kernel: Axes
    stride: Axes
    padding: Padding
    dilation: Axes
    groups: Any = 1
    bias: bool = False
    name: str = "deform_conv"

    @property
    def conv(self) -> Conv:
        return Conv(self.cout, self.kernel, self.stride, self.padding, self.dilation, self.groups, self.bias, self.name)

    def out_shape(self, *inputs: Shape) -> Map:
        out = self.conv.out_shape(inputs[0])
        if len(out.spatial) != 2:
            raise Refusal("wrong-kind", f"deform_conv takes a map with two spatial axes, got {shape_text(inputs[0])}")
        for shape, each, what in zip(inputs[1:], (2, 1), ("offsets", "a mask"), strict=False):
            given, taps = expect_map(self.name, shape), each * product(self.kernel)
            fits = len(given.spatial) == 2 and all(always(a == b) for a, b in zip(given.spatial, out.spatial, strict=True))
            if not fits or not always(given.channels % taps == 0):
                wanted = f"{taps}×{out.spatial[0]}×{out.spatial[1]}"
                message = f"deform_conv takes {what} of {wanted} or a multiple of its channels, got {shape_text(shape)}"
                raise Refusal("shape-mismatch", message)
        return out

    def weights(self, *inputs: Shape) -> Weights:
        return self.conv.weights(inputs[0])

    def products(self, *inputs: Shape) -> list[Product]:
        return self.conv.products(inputs[0])

    def cost(self, *inputs: Shape) -> Cost:
        cost, out = self.conv.cost(inputs[0]), self.out_shape(*inputs)
        samples = inputs[0].channels * product(self.kernel) * product(out.spatial)
        masked = samples if len(inputs) > 2 else 0
        work = BILINEAR.repeated(samples)
        return cost._replace(adds=cost.adds + work.adds, multiplies=work.multiplies + masked, read=sum(shape.elements for shape in inputs))


RECORDS = {"deform_conv": DeformConv}
