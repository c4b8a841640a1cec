"""Functions of each element: activations, joins and plain functions, their work by kind in one table."""

from __future__ import annotations

from typing import Any

from convcalc.core.cost import Cost
from convcalc.core.ops import NOTHING_KEPT, Kept, Weights
from convcalc.core.shape import Shape
from convcalc.record import NamedTuple

# Work an output element (and, of joins, a further input). Where a branch is cheaper, the dearer one counts; a sign costs
# nothing. sigmoid(x) = 1 / (1 + exp(−x)), softplus(x) = log(1 + exp(x)).
PER_ELEMENT = {
    # activations
    "relu": Cost(comparisons=1),
    "relu6": Cost(comparisons=2),
    "leaky_relu": Cost(comparisons=1, multiplies=1),
    "prelu": Cost(comparisons=1, multiplies=1),
    "elu": Cost(comparisons=1, transcendentals=1, adds=1, multiplies=1),
    "selu": Cost(comparisons=1, transcendentals=1, adds=1, multiplies=2),  # λ · elu(x), Klambauer et al. 2017
    "celu": Cost(comparisons=1, transcendentals=1, adds=1, multiplies=1, divisions=1),  # exp(x/α), Barron 2017
    "silu": Cost(transcendentals=1, adds=1, divisions=1, multiplies=1),
    "gelu": Cost(transcendentals=1, adds=1, multiplies=3),  # x/2 · (1 + erf(x/√2)), Hendrycks and Gimpel 2016
    "gelu_tanh": Cost(transcendentals=1, adds=2, multiplies=6),  # x/2 · (1 + tanh(√(2/π) · (x + 0.044715·x³))), the same
    "quick_gelu": Cost(transcendentals=1, adds=1, divisions=1, multiplies=2),  # x · sigmoid(1.702·x), the same
    "mish": Cost(transcendentals=3, adds=1, multiplies=1),  # x · tanh(softplus(x)), Misra 2019
    "hardswish": Cost(adds=1, comparisons=2, divisions=1, multiplies=1),  # x · relu6(x + 3) / 6, Howard et al. 2019
    "hardsigmoid": Cost(adds=1, comparisons=2, divisions=1),
    "hardtanh": Cost(comparisons=2),
    "sigmoid": Cost(transcendentals=1, adds=1, divisions=1),
    "logsigmoid": Cost(transcendentals=2, adds=1),  # −softplus(−x)
    "softplus": Cost(transcendentals=2, adds=1),
    "softsign": Cost(comparisons=1, adds=1, divisions=1),  # x / (1 + |x|)
    "tanh": Cost(transcendentals=1),
    # functions
    "abs": Cost(comparisons=1),
    "neg": Cost(),
    "reciprocal": Cost(divisions=1),
    "exp": Cost(transcendentals=1),
    "log": Cost(transcendentals=1),
    "sqrt": Cost(transcendentals=1),
    "rsqrt": Cost(transcendentals=1, divisions=1),
    "sin": Cost(transcendentals=1),
    "cos": Cost(transcendentals=1),
    "erf": Cost(transcendentals=1),
    "clip": Cost(comparisons=2),
    # joins, a further input each
    "add": Cost(adds=1),
    "sub": Cost(adds=1),
    "mul": Cost(multiplies=1),
    "div": Cost(divisions=1),
    "min": Cost(comparisons=1),
    "max": Cost(comparisons=1),
    "pow": Cost(transcendentals=1),
}

# What PyTorch works out in steps, one of which is kept: the sigmoid, the divisor, the exponential.
IN_STEPS = ("quick_gelu", "softsign", "logsigmoid")


class Function(NamedTuple):
    """A function of each element alone: no MACs, no parameters."""

    name: str

    def out_shape(self, *inputs: Shape) -> Shape:
        (x,) = inputs
        return x

    def cost(self, *inputs: Shape) -> Cost:
        (x,) = inputs
        elements = x.elements
        return PER_ELEMENT[self.name].repeated(elements)._replace(read=elements, written=elements)

    def kept(self, *inputs: Shape) -> Kept:
        return Kept(elements=inputs[0].elements) if self.name in IN_STEPS else NOTHING_KEPT


class Clip(NamedTuple):
    """Each element kept between two numbers: a comparison for each of those that are given."""

    low: Any = None
    high: Any = None
    name: str = "clip"

    def out_shape(self, *inputs: Shape) -> Shape:
        (x,) = inputs
        return x

    def cost(self, *inputs: Shape) -> Cost:
        (x,) = inputs
        bounds = sum(bound is not None for bound in (self.low, self.high))
        return Cost(comparisons=bounds * x.elements, read=x.elements, written=x.elements)


class Softmax(NamedTuple):
    """Softmax along the channels."""

    name: str = "softmax"

    def out_shape(self, *inputs: Shape) -> Shape:
        (x,) = inputs
        return x

    def cost(self, *inputs: Shape) -> Cost:
        (x,) = inputs
        return softmax_cost(x.elements, x.elements // x.channels)._replace(read=x.elements, written=x.elements)


class PRelu(NamedTuple):
    """Leaky ReLU with a learned slope (He et al. 2015): one parameter, or one a channel."""

    per_channel: bool = False
    name: str = "prelu"

    def out_shape(self, *inputs: Shape) -> Shape:
        (x,) = inputs
        return x

    def weights(self, *inputs: Shape) -> Weights:
        (x,) = inputs
        return ((x.channels if self.per_channel else 1,),)

    def cost(self, *inputs: Shape) -> Cost:
        [[slopes]] = self.weights(*inputs)
        return Function(self.name).cost(*inputs)._replace(params=slopes)


def softmax_cost(elements: Any, rows: Any) -> Cost:
    """Softmax of `elements` values in `rows` rows: a maximum and a sum a row; a subtraction, an exp and a division each."""
    return Cost(comparisons=elements - rows, adds=2 * elements - rows, transcendentals=elements, divisions=elements)


JOINS = ("add", "sub", "mul", "div", "min", "max", "pow")
RECORDS = {
    **{name: Function for name in PER_ELEMENT if name not in JOINS},
    "clip": Clip,
    "softmax": Softmax,
    "prelu": PRelu,
}
