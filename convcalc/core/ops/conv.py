"""Convolutions: plain, depthwise and transposed; grouped, dilated, strided; 1 to 3 spatial axes."""

from __future__ import annotations

from typing import Any

from convcalc.core.cost import Cost, elements_of
from convcalc.core.ops import Product, Weights
from convcalc.core.ops.sliding_window import Axes, Padding, check_axes, taps_inside, transposed_out, window_out, zeros_before
from convcalc.core.shape import Map, Shape, expect_map
from convcalc.core.size import always, check_divides, product
from convcalc.errors import Refusal
from convcalc.record import NamedTuple


class Conv(NamedTuple):
    """Convolution: O·K·(cin/groups)·cout MACs and K·(cin/groups)·cout weights, plus cout where it has a bias.

    Taps on zero padding count in full, as in every counter (`torch.utils.flop_counter`, fvcore, thop).
    """

    cout: Any
    kernel: Axes
    stride: Axes
    padding: Padding
    dilation: Axes
    groups: Any = 1
    bias: bool = False
    name: str = "conv"

    def out_shape(self, *inputs: Shape) -> Map:
        (x,) = inputs
        shape = expect_map(self.name, x)
        check_divides("groups", self.groups, "cin", shape.channels)
        check_divides("groups", self.groups, "cout", self.cout)
        return Map(self.cout, window_out(self.name, shape, self.kernel, self.stride, self.padding, self.dilation))

    def cost(self, *inputs: Shape) -> Cost:
        (x,) = inputs
        out = self.out_shape(x)
        return weighted(x, out, product(out.spatial), self.weights(x))

    def weights(self, *inputs: Shape) -> Weights:
        return with_bias((self.cout, inputs[0].channels // self.groups, *self.kernel), self.cout, self.bias)

    def taps(self, *inputs: Shape) -> tuple[Any, Any]:
        """Positions times taps: all, and those that meet the map."""
        return taps_of(self, inputs[0], self.out_shape(*inputs))

    def products(self, *inputs: Shape) -> list[Product]:
        """A product a group: O × K·cin/groups by K·cin/groups × cout/groups."""
        inner = product(self.kernel) * (inputs[0].channels // self.groups)
        return [(self.groups, product(self.out_shape(*inputs).spatial), inner, self.cout // self.groups, True)]


class DepthwiseConv(NamedTuple):
    """Depthwise convolution (Howard et al. 2017): each channel alone makes `multiplier` channels; O·K·cin·multiplier MACs.

    With `heads` h the channels are h runs that share one run's weights (the pooling of MViT, Fan et al. 2021).
    """

    kernel: Axes
    stride: Axes
    padding: Padding
    dilation: Axes
    multiplier: Any = 1
    heads: Any = 1
    bias: bool = False
    name: str = "depthwise_conv"

    def out_shape(self, *inputs: Shape) -> Map:
        (x,) = inputs
        shape = expect_map(self.name, x)
        check_divides("heads", self.heads, "channels", shape.channels)
        spatial = window_out(self.name, shape, self.kernel, self.stride, self.padding, self.dilation)
        return Map(shape.channels * self.multiplier, spatial)

    def cost(self, *inputs: Shape) -> Cost:
        (x,) = inputs
        out = self.out_shape(x)
        return weighted(x, out, product(out.spatial) * self.heads, self.weights(x))

    def weights(self, *inputs: Shape) -> Weights:
        channels = inputs[0].channels * self.multiplier // self.heads
        return with_bias((channels, 1, *self.kernel), channels, self.bias)

    def taps(self, *inputs: Shape) -> tuple[Any, Any]:
        """Positions times taps: all, and those that meet the map."""
        return taps_of(self, inputs[0], self.out_shape(*inputs))

    def products(self, *inputs: Shape) -> list[Product]:
        """A product a channel, O × K by K × multiplier."""
        return [(inputs[0].channels, product(self.out_shape(*inputs).spatial), product(self.kernel), self.multiplier, True)]


class ConvTranspose(NamedTuple):
    """Transposed convolution: every input position meets every tap, so I·K·cin·(cout/groups) MACs (fvcore, torch ≥ 2.2)."""

    cout: Any
    kernel: Axes
    stride: Axes
    padding: Padding
    dilation: Axes
    output_padding: Axes
    groups: Any = 1
    bias: bool = False
    name: str = "conv_transpose"

    def out_shape(self, *inputs: Shape) -> Map:
        (x,) = inputs
        shape = expect_map(self.name, x)
        check_axes(self.name, shape, self.kernel)
        check_divides("groups", self.groups, "cin", shape.channels)
        check_divides("groups", self.groups, "cout", self.cout)
        for attribute in ("stride", "dilation", "output_padding"):
            check_axes(self.name, shape, getattr(self, attribute), attribute)
        if self.padding == "same":
            if not all(always(extra == 0) for extra in self.output_padding):
                raise Refusal(
                    "bad-value", "padding: same leaves no room for output_padding", "write the padding as a number", "output_padding"
                )
            return Map(self.cout, tuple(n * s for n, s in zip(shape.spatial, self.stride, strict=True)))
        rows = zip(shape.spatial, self.kernel, self.stride, self.padding, self.dilation, self.output_padding, strict=True)
        spatial = tuple(transposed_out(*row) for row in rows)
        if not all(always(size >= 1) for size in spatial):
            raise Refusal("map-vanishes", "the padding takes away all of the output", "use less padding", "padding")
        return Map(self.cout, spatial)

    def cost(self, *inputs: Shape) -> Cost:
        (x,) = inputs
        shape, out = expect_map(self.name, x), self.out_shape(x)
        return weighted(x, out, product(shape.spatial), self.weights(x))

    def weights(self, *inputs: Shape) -> Weights:
        return with_bias((inputs[0].channels, self.cout // self.groups, *self.kernel), self.cout, self.bias)

    def taps(self, *inputs: Shape) -> tuple[Any, Any]:
        """Positions times taps: all, and those that meet the output, as the forward convolution's meet its input."""
        shape, out = expect_map(self.name, inputs[0]), self.out_shape(*inputs)
        if isinstance(self.padding, str):  # output and input are as those of a convolution of that padding
            before = zeros_before(out, self.kernel, self.stride, self.padding, self.dilation)
        else:
            before = tuple(zeros for zeros, _ in self.padding)
        axes = zip(out.spatial, self.kernel, self.stride, before, self.dilation, shape.spatial, strict=True)
        return product(shape.spatial) * product(self.kernel), product(taps_inside(*axis) for axis in axes)

    def products(self, *inputs: Shape) -> list[Product]:
        """A product a group: I × cin/groups by cin/groups × K·cout/groups, whose results are added up where they meet."""
        shape = expect_map(self.name, inputs[0])
        columns = product(self.kernel) * (self.cout // self.groups)
        return [(self.groups, product(shape.spatial), shape.channels // self.groups, columns, True)]


def taps_of(op: Conv | DepthwiseConv, x: Shape, out: Map) -> tuple[Any, Any]:
    """Positions times taps of a convolution: all, and those that meet the map."""
    shape = expect_map(op.name, x)
    before = zeros_before(shape, op.kernel, op.stride, op.padding, op.dilation)
    axes = zip(shape.spatial, op.kernel, op.stride, before, op.dilation, out.spatial, strict=True)
    return product(out.spatial) * product(op.kernel), product(taps_inside(*axis) for axis in axes)


def with_bias(weight: tuple[Any, ...], channels: Any, bias: bool) -> Weights:
    """The parameters of a weighted layer: the weight, and a number a channel where it has a bias."""
    return (weight, (channels,)) if bias else (weight,)


def weighted(x: Shape, out: Shape, positions: Any, weights: Weights) -> Cost:
    """The cost of a weighted layer with one input: each weight works at each position, and a bias adds once an output element."""
    return Cost(
        macs=positions * product(weights[0]),
        adds=out.elements if len(weights) > 1 else 0,
        params=elements_of(weights),
        activations=out.elements,
        read=x.elements,
        written=out.elements,
    )


RECORDS = {"conv": Conv, "depthwise_conv": DepthwiseConv, "conv_transpose": ConvTranspose}
