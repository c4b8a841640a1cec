"""Learned tensors that are layers of their own: scale, class_token, position_embedding."""

from __future__ import annotations

from typing import NamedTuple

from convcalc.core.cost import Cost
from convcalc.core.shape import Features, Shape, shape_text
from convcalc.errors import Refusal


class Scale(NamedTuple):
    """A learned factor a channel (LayerScale, Touvron et al. 2021): C parameters, a multiply an element."""

    name: str = "scale"

    def out_shape(self, *inputs: Shape) -> Shape:
        (x,) = inputs
        return x

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

    def cost(self, *inputs: Shape) -> Cost:
        (x,) = inputs
        return Cost(params=x.channels, read=x.elements, written=self.out_shape(x).elements)


class PositionEmbedding(NamedTuple):
    """A learned vector a position, added to it: N·C parameters and adds."""

    name: str = "position_embedding"

    def out_shape(self, *inputs: Shape) -> Features:
        (x,) = inputs
        return expect_tokens(self.name, x)

    def cost(self, *inputs: Shape) -> Cost:
        n = self.out_shape(*inputs).elements
        return Cost(adds=n, params=n, read=n, written=n)


def expect_tokens(op: str, shape: Shape) -> Features:
    """The shape, if it is N×C tokens."""
    if isinstance(shape, Features) and len(shape.sizes) == 2:
        return shape
    raise Refusal("wrong-kind", f"{op} takes N×C tokens, got {shape_text(shape)}", "put `tokens` before it")


RECORDS = {"scale": Scale, "class_token": ClassToken, "position_embedding": PositionEmbedding}
