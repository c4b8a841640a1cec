"""Ops that move or view elements and compute nothing: slices, crops, flattening, shuffles."""

from __future__ import annotations

from typing import Any, NamedTuple

from convcalc.core.cost import Cost
from convcalc.core.ops.axes import axis_of, with_axis
from convcalc.core.ops.window import Axes, Pairs, check_axes
from convcalc.core.shape import Features, Map, Shape, Tensor, expect_map, like, positions, shape_of, shape_text
from convcalc.core.size import always, ceil_div, check_divides, product
from convcalc.errors import Refusal


class Slice(NamedTuple):
    """Channels start … stop−1 (to the end where `stop` is left out), or so many of another axis. A view: nothing is copied."""

    start: Any = 0
    stop: Any = None
    axis: Any = "c"
    name: str = "slice"

    def out_shape(self, *inputs: Shape) -> Shape:
        (x,) = inputs
        place = axis_of(self.name, x, self.axis)
        size = x.sizes[place]
        stop = size if self.stop is None else self.stop
        if not (always(self.start < stop) and always(stop <= size)):
            what = "channels" if self.axis == "c" else f"entries of axis {self.axis}"
            raise Refusal(
                "shape-mismatch",
                f"slice {self.start}…{stop} does not fit {size} {what}",
                f"start < stop ≤ {what.partition(' ')[0]}",
                "start" if self.stop is None else "stop",
            )
        return with_axis(x, place, stop - self.start)

    def cost(self, *inputs: Shape) -> Cost:
        self.out_shape(*inputs)
        return Cost()


class Select(NamedTuple):
    """One entry of the first axis of features or a tensor: `select: 0` takes the class token of N×C tokens. A view."""

    index: Any = 0
    name: str = "select"

    def out_shape(self, *inputs: Shape) -> Shape:
        (x,) = inputs
        if isinstance(x, Map) or len(x.sizes) < 2:
            raise Refusal("wrong-kind", f"select takes features with at least two axes, got {shape_text(x)}")
        if not always(self.index < x.sizes[0]):
            raise Refusal("shape-mismatch", f"select {self.index} of {x.sizes[0]} entries (they count from 0)", None, "index")
        return type(x)(x.sizes[1:])

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


class Untokens(NamedTuple):
    """Tokens as a map again: N×C → C×`size`, whose product is N. A view."""

    size: Axes
    name: str = "untokens"

    def out_shape(self, *inputs: Shape) -> Map:
        (x,) = inputs
        if not isinstance(x, Features | Tensor) or len(x.sizes) != 2:
            raise Refusal("wrong-kind", f"untokens takes N×C tokens, got {shape_text(x)}")
        if not always(product(self.size) == x.sizes[0]):
            wanted = "×".join(map(str, self.size))
            message = f"{x.sizes[0]} tokens are no map of {wanted}"
            raise Refusal("shape-mismatch", message, "drop a class token first: `slice: {start: 1, axis: n}`")
        return Map(x.channels, self.size)

    def cost(self, *inputs: Shape) -> Cost:
        self.out_shape(*inputs)
        return Cost()


class Reshape(NamedTuple):
    """The same elements, in order, along other axes; one of the sizes may be left open as −1. A view."""

    sizes: tuple[Any, ...]
    to: str = "tensor"
    name: str = "reshape"

    def out_shape(self, *inputs: Shape) -> Shape:
        (x,) = inputs
        open_ = [place for place, size in enumerate(self.sizes) if isinstance(size, int) and size == -1]
        known = product(size for place, size in enumerate(self.sizes) if place not in open_)
        if len(open_) > 1:
            raise Refusal("bad-value", "reshape leaves two sizes open", "write -1 once", "sizes")
        fits = x.elements % known == 0 if open_ else x.elements == known
        if not always(fits):
            wanted = "×".join("…" if place in open_ else str(size) for place, size in enumerate(self.sizes))
            raise Refusal(
                "shape-mismatch",
                f"the {x.elements} elements of {shape_text(x)} do not make {wanted}",
                "give as many, or leave one open: -1",
                "sizes",
            )
        return shape_of(tuple(x.elements // known if place in open_ else size for place, size in enumerate(self.sizes)), self.to)

    def cost(self, *inputs: Shape) -> Cost:
        self.out_shape(*inputs)
        return Cost()


class Permute(NamedTuple):
    """Axes in another order, each by its place among the sizes (of a map the channels are 0). A view."""

    order: tuple[Any, ...]
    to: str = "tensor"
    name: str = "permute"

    def out_shape(self, *inputs: Shape) -> Shape:
        (x,) = inputs
        places = [axis_of(self.name, x, axis, "order") for axis in self.order]
        if sorted(places) != list(range(len(x.sizes))):
            fix = f"name each of its {len(x.sizes)} axes once, by a name or 0 to {len(x.sizes) - 1}"
            raise Refusal("wrong-kind", f"permute of {shape_text(x)} to {', '.join(map(str, self.order))}", fix, "order")
        return shape_of(tuple(x.sizes[place] for place in places), self.to)

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


RECORDS = {
    "slice": Slice,
    "select": Select,
    "crop": Crop,
    "pad": Pad,
    "roll": Roll,
    "flatten": Flatten,
    "tokens": Tokens,
    "untokens": Untokens,
    "reshape": Reshape,
    "permute": Permute,
    "channels_last": ChannelsLast,
    "channels_first": ChannelsFirst,
    "dropout": Dropout,
    "pixel_shuffle": PixelShuffle,
    "space_to_depth": SpaceToDepth,
    "channel_shuffle": ChannelShuffle,
}
