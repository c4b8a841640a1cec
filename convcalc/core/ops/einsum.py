"""Einstein sums: `bhid,bhjd->bhij`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from convcalc.core.cost import Cost
from convcalc.core.ops import Product
from convcalc.core.shape import Shape, Tensor, shape_text
from convcalc.core.size import always, product
from convcalc.errors import Refusal
from convcalc.record import NamedTuple

LONGEST = 100  # letters of an equation


class Einsum(NamedTuple):
    """A sum of products over the letters that the output lacks, of one or two inputs (`numpy.einsum`).

    What an input alone has and the output lacks is added up first. Over letters that both have and the output lacks, each
    product is a MAC: as many as all remaining letters multiplied. Without such letters the products are plain multiplies.
    """

    equation: str
    name: str = "einsum"

    def terms(self) -> tuple[list[str], str]:
        """The letters of the inputs and of the output.

        Raises:
            Refusal: for text that is no equation.
        """
        left, arrow, out = self.equation.replace(" ", "").partition("->")
        terms = left.split(",")
        letters = "".join((*terms, out))
        fine = arrow and all(terms) and letters.isalpha() and letters.isascii() and len(letters) <= LONGEST
        if not fine or not set(out) <= set("".join(terms)) or any(len(set(term)) < len(term) for term in (*terms, out)):
            fix = 'a letter an axis, each once a term: einsum: "bhid,bhjd->bhij"'
            raise Refusal("bad-value", f"`{self.equation[:40]}` is no equation", fix, "equation")
        if len(terms) > 2:
            fix = "its cost depends on the order: write it as several of two"
            raise Refusal("bad-value", f"an einsum of {len(terms)} inputs", fix, "equation")
        return terms, out

    def lengths(self, inputs: tuple[Shape, ...]) -> dict[str, Any]:
        """The size of each letter.

        Raises:
            Refusal: where inputs do not fit the equation.
        """
        terms, _ = self.terms()
        if len(terms) != len(inputs):
            message = f"`{self.equation}` takes {len(terms)} inputs, got {len(inputs)}"
            raise Refusal("wrong-type", message, "name them in `from`", "equation")
        found: dict[str, Any] = {}
        for term, shape in zip(terms, inputs, strict=True):
            if len(term) != len(shape.sizes):
                message = f"`{term}` has {len(term)} axes, and {shape_text(shape)} {len(shape.sizes)}"
                raise Refusal("shape-mismatch", message, "write a letter for each axis", "equation")
            for letter, size in zip(term, shape.sizes, strict=True):
                if not always(found.setdefault(letter, size) == size):
                    message = f"`{letter}` is {found[letter]} and {size}"
                    raise Refusal("shape-mismatch", message, "equal letters are equal sizes", "equation")
        return found

    def out_shape(self, *inputs: Shape) -> Tensor:
        sizes = self.lengths(inputs)
        return Tensor(tuple(sizes[letter] for letter in self.terms()[1]) or (1,))

    def cost(self, *inputs: Shape) -> Cost:
        sizes, (terms, out) = self.lengths(inputs), self.terms()
        shared = set(terms[0]) & set(terms[-1])
        kept = [[letter for letter in term if letter in out or (letter in shared and len(terms) > 1)] for term in terms]
        adds = sum(shape.elements - product(sizes[letter] for letter in term) for shape, term in zip(inputs, kept, strict=True))
        work = Cost(adds=adds, read=sum(shape.elements for shape in inputs), written=self.out_shape(*inputs).elements)
        if len(terms) == 1:
            return work
        products = product(self.contracted(inputs).values())
        return work._replace(macs=products) if shared - set(out) else work._replace(multiplies=products)

    def products(self, *inputs: Shape) -> list[Product]:
        """A product for each letter that all have; rows and columns are those of one input, the inner size what the output lacks."""
        sizes, (terms, out) = self.contracted(inputs), self.terms()
        both = set(terms[0]) & set(terms[-1])
        parts = [
            [sizes[letter] for letter in sizes if letter in chosen]
            for chosen in (both & set(out), (set(terms[0]) - both) & set(out), both - set(out), (set(terms[-1]) - both) & set(out))
        ]
        times, rows, inner, columns = map(product, parts)
        return [(times, rows, inner, columns, False)]

    def backward(self, inputs: tuple[Shape, ...], needs: Sequence[bool], trained: bool) -> tuple[Any, Any]:
        """MACs of the gradients of inputs, as many for each, and of weights, which there are none of."""
        return self.cost(*inputs).macs * sum(needs), 0

    def letters(self, *inputs: Shape) -> Any:
        """The product of the sizes of all letters."""
        return product(self.lengths(inputs).values())

    @property
    def sums(self) -> bool:
        """Whether the output lacks a letter."""
        terms, out = self.terms()
        return not set("".join(terms)) <= set(out)

    def contracted(self, inputs: tuple[Shape, ...]) -> dict[str, Any]:
        """The letters whose product is how many products there are, with their sizes."""
        sizes, (terms, out) = self.lengths(inputs), self.terms()
        shared = set(terms[0]) & set(terms[-1])
        return {letter: size for letter, size in sizes.items() if letter in out or letter in shared}


RECORDS = {"einsum": Einsum}
