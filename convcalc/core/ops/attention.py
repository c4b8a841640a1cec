"""Attention: on tokens, maps and windows; grouped heads, other contexts, biases of position."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from convcalc.core.cost import Cost, elements_of
from convcalc.core.ops import STATISTIC, Kept, Product, Weights
from convcalc.core.ops.elementwise import softmax_cost
from convcalc.core.ops.sliding_window import Axes
from convcalc.core.shape import Map, Shape, shape_text, with_channels
from convcalc.core.size import always, check_divides, larger, product
from convcalc.errors import Refusal
from convcalc.record import NamedTuple


class Sizes(NamedTuple):
    """The sizes of an attention: L groups of N queries and M keys, channels of its two inputs, inner widths, channels out."""

    groups: Any
    queries: Any
    keys: Any
    channels: Any
    context: Any
    inner: Any
    inner_keys: Any
    cout: Any


class Attention(NamedTuple):
    """Multi-head attention (Vaswani et al. 2017) on L groups of N×C tokens; a context of M×C′ tokens gives keys and values.

    Projections to D = `dim` and, for keys and values, to D·`kv_heads`/`heads` channels (Shazeer 2019, Ainslie et al.
    2023), and back to `cout`; the products QKᵀ and AV are 2·L·N·M·D MACs. The softmax over L·heads·N·M scores, their scaling
    and the biases count as elementwise work. The positions of a map are tokens; the axes before the last two are groups.
    A `window` adds a learned bias by relative position (Liu et al. 2021): (2w−1)² a head, and N² numbers of an index that are
    buffers. `cosine` divides queries and keys by their length and scales by a learned number a head (Liu et al. 2022).
    """

    heads: Any
    kv_heads: Any = None
    dim: Any = None
    cout: Any = None
    qkv_bias: bool = True
    out_bias: bool = True
    window: Axes | None = None
    cosine: bool = False
    mask: bool = False
    scores: bool = False  # whether the last input is added to the scores; any other second one gives keys and values
    name: str = "attention"

    def sizes(self, inputs: tuple[Shape, ...]) -> Sizes:
        """What the inputs and attributes come to.

        Raises:
            Refusal: where they do not fit each other.
        """
        x = inputs[0]
        y = inputs[1] if len(inputs) - self.scores > 1 else x
        (groups, queries), (others, keys) = (tokens_of(shape) for shape in (x, y))
        if not always(product(groups) == product(others)):
            raise Refusal("shape-mismatch", f"attention between {shape_text(x)} and {shape_text(y)}: the leading axes differ")
        inner = x.channels if self.dim is None else self.dim
        kv_heads = self.heads if self.kv_heads is None else self.kv_heads
        check_divides("heads", self.heads, "channels" if self.dim is None else "dim", inner)
        check_divides("kv_heads", kv_heads, "heads", self.heads)
        if self.window is not None and not (always(product(self.window) == queries) and always(queries == keys)):
            fix = "put `windows` of that size before it; a size an axis, [4] of one and [2, 2, 2] of three"
            raise Refusal("shape-mismatch", f"a window of {product(self.window)} tokens on {queries}", fix, "window")
        cout = x.channels if self.cout is None else self.cout
        return Sizes(product(groups), queries, keys, x.channels, y.channels, inner, inner // self.heads * kv_heads, cout)

    def out_shape(self, *inputs: Shape) -> Shape:
        sizes = self.sizes(inputs)
        if self.scores:
            added = inputs[-1].sizes
            fits = len(added) >= 2 and always(added[-2] == sizes.queries) and always(added[-1] == sizes.keys)
            wide = [(size, most) for size, most in zip(added[-3::-1], (self.heads, sizes.groups), strict=False)]
            fits = fits and len(added) <= 4 and all(always((size == 1) | (size == most)) for size, most in wide)
            if not fits:
                wanted = f"{self.heads}×{sizes.queries}×{sizes.keys}"
                raise Refusal("shape-mismatch", f"attention adds {shape_text(inputs[-1])} to scores of {wanted}", None, "scores")
        return with_channels(inputs[0], sizes.cout)

    def weights(self, *inputs: Shape) -> Weights:
        """Projections of queries, keys and values in one tensor where they are alike, as PyTorch's MultiheadAttention has them."""
        s = self.sizes(inputs)
        alike = always(s.context == s.channels) and always(s.inner_keys == s.inner)
        made = [(3 * s.inner, s.channels)] if alike else [(s.inner, s.channels), *[(s.inner_keys, s.context)] * 2]
        projections = (*made, (s.cout, s.inner))
        biases = tuple((width,) for width, _ in made) if self.qkv_bias else ()
        table = ((product(2 * size - 1 for size in self.window), self.heads),) if self.window is not None else ()
        scale = ((self.heads, 1, 1),) if self.cosine else ()
        return (*projections, *biases, *(((s.cout,),) if self.out_bias else ()), *table, *scale)

    def projected(self, *inputs: Shape) -> Any:
        """MACs of the four projections."""
        s = self.sizes(inputs)
        return s.groups * (s.queries * s.channels * s.inner + 2 * s.keys * s.context * s.inner_keys + s.queries * s.inner * s.cout)

    def scored(self, *inputs: Shape) -> Any:
        """How many scores there are."""
        s = self.sizes(inputs)
        return s.groups * self.heads * s.queries * s.keys

    def biased(self, *inputs: Shape) -> Any:
        """Elements to which a bias of a projection is added."""
        s = self.sizes(inputs)
        made = s.groups * (s.queries * s.inner + 2 * s.keys * s.inner_keys)
        return self.qkv_bias * made + self.out_bias * s.groups * s.queries * s.cout

    def inner(self, *inputs: Shape) -> Any:
        """Queries, keys, values and their product, while the input lives and the output does not yet; scores are never held."""
        s = self.sizes(inputs)
        products = s.groups * s.queries * s.inner
        return larger(2 * products + 2 * s.groups * s.keys * s.inner_keys - s.groups * s.queries * s.cout, products)

    def kept(self, *inputs: Shape) -> Kept:
        """Queries, keys, values and their product; the scores of a window or of a cosine, else a number a query and head.

        Those of a window are biased, and of a cosine scaled, so that PyTorch's models work them out in steps.
        """
        s, scores = self.sizes(inputs), self.scored(*inputs)
        elements = 2 * s.groups * (s.queries * s.inner + s.keys * s.inner_keys)
        if self.window is None and not self.cosine:
            return Kept(elements, bytes=STATISTIC * s.groups * s.queries * self.heads)
        normed = s.groups * (s.queries * s.inner + s.keys * s.inner_keys) if self.cosine else 0
        return Kept(elements + scores + normed + scores * self.cosine)

    def products(self, *inputs: Shape) -> list[Product]:
        """Projections of all tokens, and two products a head and group: queries by keys, scores by values."""
        s = self.sizes(inputs)
        tokens, keys, wide = s.groups * s.queries, s.groups * s.keys, s.inner // self.heads
        projections = [(1, tokens, s.channels, s.inner, True), (2, keys, s.context, s.inner_keys, True), (1, tokens, s.inner, s.cout, True)]
        heads = s.groups * self.heads
        return [*projections, (heads, s.queries, wide, s.keys, False), (heads, s.queries, s.keys, wide, False)]

    def backward(self, inputs: tuple[Shape, ...], needs: Sequence[bool], trained: bool) -> tuple[Any, Any]:
        """MACs of the gradients of inputs, the products' among them, and of weights."""
        s, projected = self.sizes(inputs), self.projected(*inputs)
        query, key = needs[0], needs[1] if len(inputs) - self.scores > 1 else needs[0]
        asked, found = query or trained, key or trained
        weighed = asked or found or (bool(self.scores) and needs[-1])  # what is added to the scores may alone need a gradient
        of_query, of_output = s.groups * s.queries * s.channels * s.inner, s.groups * s.queries * s.inner * s.cout
        of_keys = projected - of_query - of_output
        product_macs = s.groups * s.queries * s.keys * s.inner
        products = product_macs * (asked + found + weighed + found)
        return of_query * query + of_keys * key + of_output * weighed + products, projected * trained

    def cost(self, *inputs: Shape) -> Cost:
        out, s = self.out_shape(*inputs), self.sizes(inputs)
        made = s.groups * (s.queries * s.inner + 2 * s.keys * s.inner_keys)  # queries, keys and values
        scores = self.scored(*inputs)
        softmax = softmax_cost(scores, s.groups * self.heads * s.queries)
        added = (self.window is not None) + self.mask + self.scores
        normed = s.groups * (s.queries * s.inner + s.keys * s.inner_keys) if self.cosine else 0
        rows = s.groups * (s.queries * self.heads + s.keys * (s.inner_keys * self.heads // s.inner)) if self.cosine else 0
        return Cost(
            macs=self.projected(*inputs) + 2 * s.groups * s.queries * s.keys * s.inner,
            adds=softmax.adds + self.biased(*inputs) + added * scores + normed - rows,
            multiplies=scores + normed,
            comparisons=softmax.comparisons,
            divisions=softmax.divisions + normed,
            transcendentals=softmax.transcendentals + rows,
            params=elements_of(self.weights(*inputs)),
            buffers=s.queries * s.keys if self.window is not None else 0,
            activations=made + out.elements,
            read=sum(shape.elements for shape in inputs),
            written=out.elements,
        )


def tokens_of(shape: Shape) -> tuple[tuple[Any, ...], Any]:
    """The axes of groups, and how many tokens each has.

    Raises:
        Refusal: for a vector, which has none.
    """
    if isinstance(shape, Map):
        return (), product(shape.spatial)
    if len(shape.sizes) < 2:
        raise Refusal("wrong-kind", f"attention takes N×C tokens, got {shape_text(shape)}", "turn a map into tokens with `tokens`")
    return shape.sizes[:-2], shape.sizes[-2]


RECORDS = {"attention": Attention}
