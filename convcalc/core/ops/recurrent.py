"""Recurrent layers over T×C tokens: lstm, gru, rnn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from convcalc.core.cost import Cost, elements_of
from convcalc.core.ops import Kept, Product, Weights
from convcalc.core.shape import Features, Shape, Tensor, shape_text, with_channels
from convcalc.core.size import product
from convcalc.errors import Refusal
from convcalc.record import NamedTuple

GATES = {"lstm": 4, "gru": 3, "rnn": 1}
STATES = {"lstm": 2, "gru": 1, "rnn": 1}
# Work a step and hidden unit beside the matrix products and their biases, as PyTorch's documentation has the equations.
PER_UNIT = {
    # three sigmoids and two tanh; c = f·c + i·g, h = o·tanh(c); an add of the two products a gate
    "lstm": Cost(transcendentals=5, adds=3 + 1 + 4, divisions=3, multiplies=3),
    # two sigmoids and a tanh; n = tanh(x + r·h), h = (1 − z)·n + z·h
    "gru": Cost(transcendentals=3, adds=2 + 2 + 3, divisions=2, multiplies=3),
    "rnn": Cost(transcendentals=1, adds=1),
}


class Recurrent(NamedTuple):
    """`lstm` (4 gates), `gru` (3) or `rnn` (1), as PyTorch has them: a step of a layer is G·H·(I + H) MACs a direction.

    I is C in the first layer, then H, or 2·H where `bidirectional`; parameters are those of the products and two biases a gate
    and unit. The output holds every step: T×H, or T×2H.
    """

    name: str
    hidden: Any
    layers: Any = 1
    bidirectional: bool = False
    bias: bool = True

    @property
    def directions(self) -> int:
        return 2 if self.bidirectional else 1

    @property
    def depth(self) -> Any:
        """Weighted layers in it."""
        return self.layers * self.directions

    def out_shape(self, *inputs: Shape) -> Shape:
        (x,) = inputs
        if not isinstance(x, Features | Tensor) or len(x.sizes) < 2:
            raise Refusal("wrong-kind", f"{self.name} takes T×C tokens, got {shape_text(x)}", "turn a map into tokens with `tokens`")
        return with_channels(x, self.hidden * self.directions)

    def weights(self, *inputs: Shape) -> Weights:
        """Those of the first layer and of one other, each with how many times it stands there; see `parts`."""
        return tuple(shape for shapes, times in self.parts(inputs[0]) if not isinstance(times, int) or times for shape in shapes)

    def parts(self, x: Shape) -> list[tuple[Weights, Any]]:
        """The parameters of a direction of the first layer and of one behind it, and how often each stands there."""
        units = self.gates * self.hidden
        biases = ((units,), (units,)) if self.bias else ()
        first: Weights = ((units, x.channels), (units, self.hidden), *biases)
        other: Weights = ((units, self.hidden * self.directions), (units, self.hidden), *biases)
        return [(first, self.directions), (other, (self.layers - 1) * self.directions)]

    @property
    def gates(self) -> int:
        return GATES[self.name]

    def biased(self, *inputs: Shape) -> Any:
        """How many biases are added in all steps."""
        (x,) = inputs
        return product(x.sizes[:-1]) * sum(elements_of(shapes[2:]) * times for shapes, times in self.parts(x))

    def cost(self, *inputs: Shape) -> Cost:
        (x,) = inputs
        out = self.out_shape(x)
        steps = product(x.sizes[:-1])
        weights = sum(elements_of(shapes[:2]) * times for shapes, times in self.parts(x))
        biases = sum(elements_of(shapes[2:]) * times for shapes, times in self.parts(x))
        made = steps * self.hidden * self.depth
        work = PER_UNIT[self.name].repeated(made)
        return work._replace(
            macs=steps * weights,
            adds=work.adds + self.biased(x),
            params=weights + biases,
            activations=made,
            read=x.elements,
            written=out.elements,
        )

    def products(self, *inputs: Shape) -> list[Product]:
        """Of each layer and direction the input's product of all steps, and the state's of one step after another."""
        (x,) = inputs
        steps, units = product(x.sizes[:-1]), self.gates * self.hidden
        later = (self.layers - 1) * self.directions
        inner = self.hidden * self.directions
        states = (steps * self.depth, 1, self.hidden, units, True)
        return [(self.directions, steps, x.channels, units, True), (later, steps, inner, units, True), states]

    def kept(self, *inputs: Shape) -> Kept:
        """Gates and states of each step, and the outputs of all layers but the last."""
        steps, width = product(inputs[0].sizes[:-1]), self.hidden * self.directions
        return Kept(steps * width * ((self.gates + STATES[self.name]) * self.layers + self.layers - 1))

    def backward(self, inputs: tuple[Shape, ...], needs: Sequence[bool], trained: bool) -> tuple[Any, Any]:
        """MACs of the gradients of inputs, inner states among them, and of weights."""
        (x,) = inputs
        macs, first = self.cost(x).macs, product(x.sizes) * self.gates * self.hidden * self.directions
        given = self.gates * self.hidden * self.hidden * self.depth  # the first states are given, and need no gradient
        return (macs - first - given) * (needs[0] or trained) + first * needs[0], macs * trained

    def inner(self, *inputs: Shape) -> Any:
        """Gates and states of one step, and the outputs of the layer below where several are stacked."""
        steps, width = product(inputs[0].sizes[:-1]), self.hidden * self.directions
        return width * (self.gates + STATES[self.name]) + steps * width * (self.layers > 1)


RECORDS = dict.fromkeys(GATES, Recurrent)
