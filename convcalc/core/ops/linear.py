"""Linear layers and matrix products: linear, matmul, attention."""

from __future__ import annotations

from typing import Any, NamedTuple

from convcalc.core.cost import Cost
from convcalc.core.ops.activation import softmax_cost
from convcalc.core.ops.conv import weighted
from convcalc.core.shape import Features, Shape, expect_features, shape_text
from convcalc.core.size import always, check_divides, product
from convcalc.errors import Refusal


class Linear(NamedTuple):
    """Fully connected layer along the last axis: cin·cout MACs a position, cin·cout weights and cout biases."""

    cout: Any
    bias: bool = True
    name: str = "linear"

    def out_shape(self, *inputs: Shape) -> Features:
        (x,) = inputs
        return Features((*expect_features(self.name, x).sizes[:-1], self.cout))

    def cost(self, *inputs: Shape) -> Cost:
        (x,) = inputs
        out = self.out_shape(x)
        return weighted(x, out, out.elements * x.channels, x.channels * self.cout, self.bias)


class MatMul(NamedTuple):
    """Matrix product of two features, (…, n, k) by (…, k, m): n·k·m MACs. With `transpose` the second is (…, m, k)."""

    transpose: bool = False
    name: str = "matmul"

    def out_shape(self, *inputs: Shape) -> Features:
        a, b = (expect_features(self.name, shape) for shape in inputs)
        if len(a.sizes) < 2 or len(b.sizes) != len(a.sizes):
            raise Refusal("shape-mismatch", f"matmul takes two matrices, got {shape_text(a)} and {shape_text(b)}")
        inner, columns = (b.sizes[-1], b.sizes[-2]) if self.transpose else (b.sizes[-2], b.sizes[-1])
        stacks = zip(a.sizes[:-2], b.sizes[:-2], strict=True)
        if not (always(a.sizes[-1] == inner) and all(always(p == q) for p, q in stacks)):
            fix = "drop `transpose`" if self.transpose else "set `transpose: true` to turn the second one over"
            raise Refusal("shape-mismatch", f"matmul of {shape_text(a)} and {shape_text(b)}: the inner sizes differ", fix)
        return Features((*a.sizes[:-1], columns))

    def cost(self, *inputs: Shape) -> Cost:
        out = self.out_shape(*inputs)
        read = inputs[0].elements + inputs[1].elements
        return Cost(macs=out.elements * inputs[0].channels, read=read, written=out.elements)


class Attention(NamedTuple):
    """Multi-head attention (Vaswani et al. 2017) on N×C tokens; a second input of M×C tokens gives keys and values.

    Four C×C projections with their biases: (2N + 2M)·C² MACs; the two products QKᵀ and AV: 2·N·M·C MACs. The
    softmax over heads·N·M scores, their scaling and the biases count as elementwise work.
    """

    heads: Any
    bias: bool = True
    name: str = "attention"

    def out_shape(self, *inputs: Shape) -> Features:
        for shape in inputs:
            if not isinstance(shape, Features) or len(shape.sizes) != 2:
                fix = "turn a map into tokens with `tokens`"
                raise Refusal("wrong-kind", f"attention takes N×C tokens, got {shape_text(shape)}", fix)
            if not always(shape.channels == inputs[0].channels):
                raise Refusal("shape-mismatch", f"attention between {shape_text(inputs[0])} and {shape_text(shape)}: channels differ")
        check_divides("heads", self.heads, "channels", inputs[0].channels)
        return Features(inputs[0].sizes)

    def cost(self, *inputs: Shape) -> Cost:
        out = self.out_shape(*inputs)
        queries, channels = out.sizes
        keys = inputs[-1].sizes[0]
        projected = 2 * (queries + keys) * channels  # outputs of the four projections
        scores = self.heads * queries * keys
        softmax = softmax_cost(scores, self.heads * queries)
        return softmax._replace(
            macs=projected * channels + 2 * queries * keys * channels,
            adds=softmax.adds + self.bias * projected,
            multiplies=softmax.multiplies + scores,
            params=4 * channels * (channels + self.bias),
            activations=projected,
            read=sum(product(shape.sizes) for shape in inputs),
            written=out.elements,
        )


RECORDS = {"linear": Linear, "matmul": MatMul, "attention": Attention}
