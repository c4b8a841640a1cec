"""Tensors that a network keeps, as layers of their own: learned ones, constants, and fixed choices among their rows."""

from __future__ import annotations

from typing import Any

from convcalc.core.cost import Cost
from convcalc.core.ops import Weights
from convcalc.core.ops.join import stretched
from convcalc.core.shape import Features, Map, Shape, Tensor, like, shape_of, shape_text
from convcalc.core.size import product
from convcalc.errors import Refusal
from convcalc.record import NamedTuple


class Scale(NamedTuple):
    """A learned factor a channel (LayerScale, Touvron et al. 2021): C parameters, a multiply an element."""

    name: str = "scale"

    def out_shape(self, *inputs: Shape) -> Shape:
        (x,) = inputs
        return x

    def weights(self, *inputs: Shape) -> Weights:
        (x,) = inputs
        return ((x.channels, *(1 for _ in x.spatial)) if isinstance(x, Map) else (x.channels,),)

    def cost(self, *inputs: Shape) -> Cost:
        (x,) = inputs
        n = x.elements
        return Cost(multiplies=n, params=x.channels, read=n, written=n)


class ClassToken(NamedTuple):
    """A learned token put before the others: N×C → (N+1)×C, C parameters (Dosovitskiy et al. 2020)."""

    name: str = "class_token"

    def out_shape(self, *inputs: Shape) -> Features:
        (x,) = inputs
        tokens, channels = expect_tokens(self.name, x).sizes
        return Features((tokens + 1, channels))

    def weights(self, *inputs: Shape) -> Weights:
        return ((1, inputs[0].channels),)

    def cost(self, *inputs: Shape) -> Cost:
        (x,) = inputs
        return Cost(params=x.channels, read=x.elements, written=self.out_shape(x).elements)


class PositionEmbedding(NamedTuple):
    """A learned vector a position, added to it: N·C parameters and adds."""

    name: str = "position_embedding"

    def out_shape(self, *inputs: Shape) -> Features:
        (x,) = inputs
        return expect_tokens(self.name, x)

    def weights(self, *inputs: Shape) -> Weights:
        return (self.out_shape(*inputs).sizes,)

    def cost(self, *inputs: Shape) -> Cost:
        n = self.out_shape(*inputs).elements
        return Cost(adds=n, params=n, read=n, written=n)


class Learned(NamedTuple):
    """A tensor of parameters that is added to the input or multiplied with it; an axis of 1 stretches, missing axes lead."""

    sizes: tuple[Any, ...]
    join: str = "add"
    name: str = "learned"

    @property
    def keeps(self) -> str:
        return "trained" if self.join == "mul" else ""

    def out_shape(self, *inputs: Shape) -> Shape:
        (x,) = inputs
        missing = len(x.sizes) - len(self.sizes)
        if missing < 0:
            raise Refusal("shape-mismatch", f"a learned tensor of {len(self.sizes)} axes on {shape_text(x)}", None, "sizes")
        return stretched(self.name, (x, like(x, (1,) * missing + self.sizes)))

    def weights(self, *inputs: Shape) -> Weights:
        return (self.sizes,)

    def cost(self, *inputs: Shape) -> Cost:
        n = self.out_shape(*inputs).elements
        work = Cost(adds=n) if self.join == "add" else Cost(multiplies=n)
        return work._replace(params=product(self.sizes), read=inputs[0].elements, written=n)


class Stored(NamedTuple):
    """A tensor that depends on no input: learned, or a `constant` that is a buffer. Nothing is computed."""

    sizes: tuple[Any, ...]
    to: str = "tensor"
    name: str = "constant"

    @property
    def alone(self) -> bool:
        """That it takes no input."""
        return True

    def out_shape(self, *inputs: Shape) -> Shape:
        return shape_of(self.sizes, self.to)

    def weights(self, *inputs: Shape) -> Weights:
        return (self.sizes,) if self.name == "learned" else ()

    def cost(self, *inputs: Shape) -> Cost:
        n = product(self.sizes)
        return Cost(params=n) if self.name == "learned" else Cost(buffers=n)


class Gather(NamedTuple):
    """Rows of the first axis in a fixed order: R×… → sizes×…, each of them copied; the order is a buffer where it is kept."""

    sizes: tuple[Any, ...]
    buffer: bool = True
    name: str = "gather"

    def out_shape(self, *inputs: Shape) -> Tensor:
        (x,) = inputs
        return Tensor((*self.sizes, *x.sizes[1:]))

    def cost(self, *inputs: Shape) -> Cost:
        n = self.out_shape(*inputs).elements
        return Cost(buffers=self.buffer * product(self.sizes), read=n, written=n)


def learned(name: str, sizes: tuple[Any, ...], join: str = "add", to: str = "tensor") -> Learned | Stored:
    """`learned`: joined with the input, or a value of its own."""
    return Stored(sizes, to, name) if join == "none" else Learned(sizes, join, name)


def expect_tokens(op: str, shape: Shape) -> Features:
    """The shape, if it is N×C tokens."""
    if isinstance(shape, Features) and len(shape.sizes) == 2:
        return shape
    raise Refusal("wrong-kind", f"{op} takes N×C tokens, got {shape_text(shape)}", "put `tokens` before it")


RECORDS: dict[str, Any] = {
    "scale": Scale,
    "class_token": ClassToken,
    "position_embedding": PositionEmbedding,
    "learned": learned,
    "constant": Stored,
    "gather": Gather,
}
