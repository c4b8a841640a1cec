"""Ops that view the same elements along other axes, and dropout, which is the identity."""

from __future__ import annotations

from typing import Any

from convcalc.core.cost import Cost
from convcalc.core.ops import NOTHING_KEPT, Kept
from convcalc.core.ops.axes import axis_of
from convcalc.core.ops.sliding_window import Axes
from convcalc.core.shape import Features, Map, Shape, Tensor, expect_map, shape_of, shape_text
from convcalc.core.size import always, product
from convcalc.errors import Refusal
from convcalc.record import NamedTuple


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
    """The identity at inference: `dropout` drops elements in training, `stochastic_depth` (Huang et al. 2016) samples whole."""

    p: Any = None
    name: str = "dropout"

    def out_shape(self, *inputs: Shape) -> Shape:
        (x,) = inputs
        return x

    def cost(self, *inputs: Shape) -> Cost:
        return Cost()

    @property
    def drops(self) -> bool:
        """Whether training computes new values."""
        return self.p is None or bool(self.p > 0)

    def kept(self, *inputs: Shape) -> Kept:
        """What an element or sample is multiplied with (on a CPU; CUDA's kernel of dropout keeps a byte an element)."""
        if not self.drops:
            return NOTHING_KEPT
        return Kept(elements=inputs[0].elements if self.name == "dropout" else 1)


RECORDS = {
    "flatten": Flatten,
    "tokens": Tokens,
    "untokens": Untokens,
    "reshape": Reshape,
    "permute": Permute,
    "channels_last": ChannelsLast,
    "channels_first": ChannelsFirst,
    "dropout": Dropout,
    "stochastic_depth": Dropout,
}
