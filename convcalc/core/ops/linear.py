"""Linear layers and matrix products."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from convcalc.core.cost import Cost
from convcalc.core.ops import Product, Weights
from convcalc.core.ops.conv import weighted, with_bias
from convcalc.core.shape import Features, Shape, Tensor, expect_features, positions, shape_text, with_channels
from convcalc.core.size import always, larger, product
from convcalc.errors import Refusal
from convcalc.record import NamedTuple


class Linear(NamedTuple):
    """Fully connected layer along the last axis: cin·cout MACs a position, cin·cout weights and cout biases."""

    cout: Any
    bias: bool = True
    name: str = "linear"

    def out_shape(self, *inputs: Shape) -> Shape:
        (x,) = inputs
        return with_channels(expect_features(self.name, x), self.cout)

    def weights(self, *inputs: Shape) -> Weights:
        return with_bias((self.cout, inputs[0].channels), self.cout, self.bias)

    def products(self, *inputs: Shape) -> list[Product]:
        out = self.out_shape(*inputs)
        return [(1, product(positions(out)), inputs[0].channels, self.cout, True)]

    def cost(self, *inputs: Shape) -> Cost:
        (x,) = inputs
        out = self.out_shape(x)
        return weighted(x, out, product(positions(out)), self.weights(x))


class MatMul(NamedTuple):
    """Matrix product of features or tensors, (…, n, k) by (…, k, m): n·k·m MACs for each of the leading axes.

    With `transpose` the second is (…, m, k). Leading axes are equal, 1 or missing, as in `numpy.matmul`.
    """

    transpose: bool = False
    name: str = "matmul"

    def out_shape(self, *inputs: Shape) -> Shape:
        a, b = (expect_features(self.name, shape) for shape in inputs)
        if len(a.sizes) < 2 or len(b.sizes) < 2:
            raise Refusal("shape-mismatch", f"matmul takes two matrices, got {shape_text(a)} and {shape_text(b)}")
        inner, columns = (b.sizes[-1], b.sizes[-2]) if self.transpose else (b.sizes[-2], b.sizes[-1])
        if not always(a.sizes[-1] == inner):
            fix = "drop `transpose`" if self.transpose else "set `transpose: true` to turn the second one over"
            raise Refusal("shape-mismatch", f"matmul of {shape_text(a)} and {shape_text(b)}: the inner sizes differ", fix)
        longest = max(len(a.sizes), len(b.sizes)) - 2
        stacks = [(1,) * (longest + 2 - len(shape.sizes)) + shape.sizes[:-2] for shape in (a, b)]
        if not all(always((p == q) | (p == 1) | (q == 1)) for p, q in zip(*stacks, strict=True)):
            message = f"matmul of {shape_text(a)} and {shape_text(b)}: the leading sizes differ"
            raise Refusal("shape-mismatch", message, "they must be equal, axis by axis, or 1")
        leading = tuple(larger(p, q) for p, q in zip(*stacks, strict=True))
        return (Tensor if Tensor in (type(a), type(b)) else Features)((*leading, a.sizes[-2], columns))

    def cost(self, *inputs: Shape) -> Cost:
        out = self.out_shape(*inputs)
        read = inputs[0].elements + inputs[1].elements
        return Cost(macs=out.elements * inputs[0].channels, read=read, written=out.elements)

    def products(self, *inputs: Shape) -> list[Product]:
        out = self.out_shape(*inputs).sizes
        return [(product(out[:-2]), out[-2], inputs[0].channels, out[-1], False)]

    def backward(self, inputs: tuple[Shape, ...], needs: Sequence[bool], trained: bool) -> tuple[Any, Any]:
        """MACs of the gradients of inputs, as many for each, and of weights, which there are none of."""
        return self.cost(*inputs).macs * sum(needs), 0


RECORDS = {"linear": Linear, "matmul": MatMul}
