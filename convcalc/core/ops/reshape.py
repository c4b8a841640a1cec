"""Ops that move or view elements and compute nothing: slices, crops, flattening, shuffles."""

from __future__ import annotations

from typing import Any, NamedTuple

from convcalc.core.cost import Cost
from convcalc.core.ops.window import Axes, Pairs, check_axes
from convcalc.core.shape import Features, Map, Shape, expect_map, shape_text, with_channels
from convcalc.core.size import always, check_divides, product
from convcalc.errors import Refusal


class Slice(NamedTuple):
    """Channels start … stop−1 (to the end where `stop` is left out). A view: nothing is copied."""

    start: Any = 0
    stop: Any = None
    name: str = "slice"

    def out_shape(self, *inputs: Shape) -> Shape:
        (x,) = inputs
        stop = x.channels if self.stop is None else self.stop
        if not (always(self.start < stop) and always(stop <= x.channels)):
            message = f"slice {self.start}…{stop} does not fit {x.channels} channels"
            raise Refusal("shape-mismatch", message, "start < stop ≤ channels", "start" if self.stop is None else "stop")
        return with_channels(x, stop - self.start)

    def cost(self, *inputs: Shape) -> Cost:
        self.out_shape(*inputs)
        return Cost()


class Select(NamedTuple):
    """One entry of the first axis of features: `select: 0` takes the class token of N×C tokens. A view."""

    index: Any = 0
    name: str = "select"

    def out_shape(self, *inputs: Shape) -> Features:
        (x,) = inputs
        if not isinstance(x, Features) or len(x.sizes) < 2:
            raise Refusal("wrong-kind", f"select takes features with at least two axes, got {shape_text(x)}")
        if not always(self.index < x.sizes[0]):
            raise Refusal("shape-mismatch", f"select {self.index} of {x.sizes[0]} entries (they count from 0)", None, "index")
        return Features(x.sizes[1:])

    def cost(self, *inputs: Shape) -> Cost:
        self.out_shape(*inputs)
        return Cost()


class Crop(NamedTuple):
    """The centre of a map, of a given size. A view."""

    size: Axes
    name: str = "crop"

    def out_shape(self, *inputs: Shape) -> Map:
        (x,) = inputs
        shape = expect_map(self.name, x)
        check_axes(self.name, shape, self.size, "size")
        if not all(always(n <= m) for n, m in zip(self.size, shape.spatial, strict=True)):
            wanted = "×".join(str(n) for n in self.size)
            raise Refusal("shape-mismatch", f"crop to {wanted} of a smaller map {shape_text(x)}", "pad it instead, with `pad`", "size")
        return Map(shape.channels, self.size)

    def cost(self, *inputs: Shape) -> Cost:
        self.out_shape(*inputs)
        return Cost()


class Pad(NamedTuple):
    """Zeros around a map; every element is copied."""

    padding: Pairs
    name: str = "pad"

    def out_shape(self, *inputs: Shape) -> Map:
        (x,) = inputs
        shape = expect_map(self.name, x)
        check_axes(self.name, shape, self.padding, "padding")
        return Map(shape.channels, tuple(n + p[0] + p[1] for n, p in zip(shape.spatial, self.padding, strict=True)))

    def cost(self, *inputs: Shape) -> Cost:
        (x,) = inputs
        return Cost(read=x.elements, written=self.out_shape(x).elements)


class Flatten(NamedTuple):
    """All elements as one vector. A view."""

    name: str = "flatten"

    def out_shape(self, *inputs: Shape) -> Features:
        (x,) = inputs
        return Features((x.elements,))

    def cost(self, *inputs: Shape) -> Cost:
        return Cost()


class Tokens(NamedTuple):
    """The positions of a map as tokens: C×H×W → (H·W)×C (Dosovitskiy et al. 2020). A view."""

    name: str = "tokens"

    def out_shape(self, *inputs: Shape) -> Features:
        (x,) = inputs
        shape = expect_map(self.name, x)
        return Features((product(shape.spatial), shape.channels))

    def cost(self, *inputs: Shape) -> Cost:
        self.out_shape(*inputs)
        return Cost()


class ChannelsLast(NamedTuple):
    """A map as features: C×H×W → H×W×C. A view."""

    name: str = "channels_last"

    def out_shape(self, *inputs: Shape) -> Features:
        (x,) = inputs
        shape = expect_map(self.name, x)
        return Features((*shape.spatial, shape.channels))

    def cost(self, *inputs: Shape) -> Cost:
        self.out_shape(*inputs)
        return Cost()


class ChannelsFirst(NamedTuple):
    """Features as a map: H×W×C → C×H×W. A view."""

    name: str = "channels_first"

    def out_shape(self, *inputs: Shape) -> Map:
        (x,) = inputs
        if not isinstance(x, Features) or not 2 <= len(x.sizes) <= 4:
            raise Refusal("wrong-kind", f"channels_first takes features with 2 to 4 axes, got {shape_text(x)}")
        return Map(x.channels, x.sizes[:-1])

    def cost(self, *inputs: Shape) -> Cost:
        self.out_shape(*inputs)
        return Cost()


class Dropout(NamedTuple):
    """Dropout: the identity at inference."""

    p: Any = None
    name: str = "dropout"

    def out_shape(self, *inputs: Shape) -> Shape:
        (x,) = inputs
        return x

    def cost(self, *inputs: Shape) -> Cost:
        return Cost()


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


RECORDS = {
    "slice": Slice,
    "select": Select,
    "crop": Crop,
    "pad": Pad,
    "flatten": Flatten,
    "tokens": Tokens,
    "channels_last": ChannelsLast,
    "channels_first": ChannelsFirst,
    "dropout": Dropout,
    "pixel_shuffle": PixelShuffle,
    "channel_shuffle": ChannelShuffle,
}
