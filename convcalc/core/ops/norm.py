"""Normalisation: batch, layer, group, instance, and local response."""

from __future__ import annotations

from typing import Any

from convcalc.core.cost import Cost, elements_of
from convcalc.core.ops import STATISTIC, Kept, Weights
from convcalc.core.shape import Map, Shape, expect_map
from convcalc.core.size import check_divides, product
from convcalc.record import NamedTuple


class BatchNorm(NamedTuple):
    """Batch normalisation at inference (Ioffe and Szegedy 2015): a multiply and an add an element.

    2·C parameters where affine; 2·C + 1 buffers (running mean, running variance, batches seen).
    """

    affine: bool = True
    name: str = "batch_norm"

    def out_shape(self, *inputs: Shape) -> Shape:
        (x,) = inputs
        return x

    def cost(self, *inputs: Shape) -> Cost:
        (x,) = inputs
        n = x.elements
        return Cost(adds=n, multiplies=n, params=elements_of(self.weights(x)), buffers=2 * x.channels + 1, read=n, written=n)

    def kept(self, *inputs: Shape) -> Kept:
        """Mean and deviation of each channel over the batch."""
        return Kept(fixed=2 * STATISTIC * inputs[0].channels)

    def weights(self, *inputs: Shape) -> Weights:
        return scale_and_shift(inputs[0], self.affine)


class LayerNorm(NamedTuple):
    """Layer normalisation over the channels of each position (Ba et al. 2016); 2·C parameters where affine."""

    affine: bool = True
    name: str = "layer_norm"

    def out_shape(self, *inputs: Shape) -> Shape:
        (x,) = inputs
        return x

    def cost(self, *inputs: Shape) -> Cost:
        (x,) = inputs
        return standardised(x, x.elements // x.channels, self.weights(x))

    def inner(self, *inputs: Shape) -> Any:
        """Mean and deviation of each position."""
        (x,) = inputs
        return 2 * (x.elements // x.channels)

    def kept(self, *inputs: Shape) -> Kept:
        return Kept(bytes=STATISTIC * self.inner(*inputs))

    def weights(self, *inputs: Shape) -> Weights:
        return scale_and_shift(inputs[0], self.affine)


class GroupNorm(NamedTuple):
    """Group normalisation (Wu and He 2018): statistics over each of `groups` groups of channels; 2·C parameters."""

    groups: Any = 32
    affine: bool = True
    name: str = "group_norm"

    def out_shape(self, *inputs: Shape) -> Shape:
        (x,) = inputs
        check_divides("groups", self.groups, "channels", x.channels)
        return x

    def cost(self, *inputs: Shape) -> Cost:
        return standardised(self.out_shape(*inputs), self.groups, self.weights(*inputs))

    def inner(self, *inputs: Shape) -> Any:
        """Mean and deviation of each group."""
        return 2 * self.groups

    def kept(self, *inputs: Shape) -> Kept:
        return Kept(bytes=STATISTIC * self.inner(*inputs))

    def weights(self, *inputs: Shape) -> Weights:
        return scale_and_shift(inputs[0], self.affine)


class InstanceNorm(NamedTuple):
    """Instance normalisation (Ulyanov et al. 2016): statistics a channel of each sample; no parameters unless affine."""

    affine: bool = False
    name: str = "instance_norm"

    def out_shape(self, *inputs: Shape) -> Map:
        (x,) = inputs
        return expect_map(self.name, x)

    def cost(self, *inputs: Shape) -> Cost:
        (x,) = inputs
        return standardised(self.out_shape(x), x.channels, self.weights(x))

    def inner(self, *inputs: Shape) -> Any:
        """Mean and deviation of each channel."""
        return 2 * inputs[0].channels

    def kept(self, *inputs: Shape) -> Kept:
        """Mean and deviation of each channel, and its weight, which PyTorch repeats for each sample."""
        return Kept(bytes=(2 + self.affine) * STATISTIC * inputs[0].channels)

    def weights(self, *inputs: Shape) -> Weights:
        return scale_and_shift(inputs[0], self.affine)


class LocalResponseNorm(NamedTuple):
    """Local response normalisation over `size` channels (Krizhevsky et al. 2012): x / (k + α·Σx²)^β."""

    size: Any = 5
    name: str = "local_response_norm"

    def out_shape(self, *inputs: Shape) -> Map:
        (x,) = inputs
        return expect_map(self.name, x)

    def cost(self, *inputs: Shape) -> Cost:
        n = self.out_shape(*inputs).elements
        return Cost(adds=n * self.size, multiplies=2 * n, divisions=n, transcendentals=n, read=n, written=n)

    def kept(self, *inputs: Shape) -> Kept:
        """The squares between zeros, the base of the power, and the divisor."""
        shape = self.out_shape(*inputs)
        return Kept(elements=(3 * shape.channels + self.size - 1) * product(shape.spatial))


def scale_and_shift(x: Shape, affine: bool) -> Weights:
    """A learned factor and summand a channel."""
    return ((x.channels,), (x.channels,)) if affine else ()


def standardised(x: Shape, rows: Any, weights: Weights) -> Cost:
    """Mean, variance and scaling computed at inference, over `rows` rows of values.

    An element: added to the mean, centred, squared, added to the variance, scaled; then shifted and scaled where
    affine. A row: two divisions by the count, one reciprocal and one square root.
    """
    n, affine = x.elements, bool(weights)
    return Cost(
        adds=3 * n + affine * n,
        multiplies=2 * n + affine * n,
        divisions=3 * rows,
        transcendentals=rows,
        params=elements_of(weights),
        read=n,
        written=n,
    )


RECORDS = {
    "batch_norm": BatchNorm,
    "layer_norm": LayerNorm,
    "group_norm": GroupNorm,
    "instance_norm": InstanceNorm,
    "local_response_norm": LocalResponseNorm,
}
