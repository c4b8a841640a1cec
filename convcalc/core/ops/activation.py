"""Activations: elementwise work by kind, one row of a table each."""

from __future__ import annotations

from typing import Any, NamedTuple

from convcalc.core.cost import Cost
from convcalc.core.shape import Shape

# Work an element. Where a branch is cheaper, the dearer one counts. sigmoid(x) = 1 / (1 + exp(−x)).
PER_ELEMENT = {
    "relu": Cost(comparisons=1),
    "relu6": Cost(comparisons=2),
    "leaky_relu": Cost(comparisons=1, multiplies=1),
    "prelu": Cost(comparisons=1, multiplies=1),
    "elu": Cost(comparisons=1, transcendentals=1, adds=1, multiplies=1),
    "silu": Cost(transcendentals=1, adds=1, divisions=1, multiplies=1),
    "gelu": Cost(transcendentals=1, adds=1, multiplies=3),  # x/2 · (1 + erf(x/√2)), Hendrycks and Gimpel 2016
    "hardswish": Cost(adds=1, comparisons=2, divisions=1, multiplies=1),  # x · relu6(x + 3) / 6, Howard et al. 2019
    "hardsigmoid": Cost(adds=1, comparisons=2, divisions=1),
    "sigmoid": Cost(transcendentals=1, adds=1, divisions=1),
    "tanh": Cost(transcendentals=1),
}


class Activation(NamedTuple):
    """An activation function, element by element: no MACs, no parameters."""

    name: str

    def out_shape(self, *inputs: Shape) -> Shape:
        (x,) = inputs
        return x

    def cost(self, *inputs: Shape) -> Cost:
        (x,) = inputs
        elements = x.elements
        if self.name == "softmax":  # along the channels
            return softmax_cost(elements, elements // x.channels)._replace(read=elements, written=elements)
        return PER_ELEMENT[self.name].repeated(elements)._replace(read=elements, written=elements)


class PRelu(NamedTuple):
    """Leaky ReLU with a learned slope (He et al. 2015): one parameter, or one a channel."""

    per_channel: bool = False
    name: str = "prelu"

    def out_shape(self, *inputs: Shape) -> Shape:
        (x,) = inputs
        return x

    def cost(self, *inputs: Shape) -> Cost:
        (x,) = inputs
        slopes = x.channels if self.per_channel else 1
        return Activation(self.name).cost(x)._replace(params=slopes)


def softmax_cost(elements: Any, rows: Any) -> Cost:
    """Softmax of `elements` values in `rows` rows: a maximum and a sum a row; a subtraction, an exp and a division each."""
    return Cost(comparisons=elements - rows, adds=2 * elements - rows, transcendentals=elements, divisions=elements)


RECORDS = {**dict.fromkeys(PER_ELEMENT, Activation), "softmax": Activation, "prelu": PRelu}
