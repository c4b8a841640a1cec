"""Attention, recurrence, einsums and products of matrices, an operation at a time."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest

from convcalc.core.ops import build, weighted_layers
from convcalc.core.shape import Features, Shape, Tensor
from convcalc.errors import Refusal
from tests.test_counts import T, cost_of, n, out_of

KINDS = ("macs", "adds", "multiplies", "comparisons", "divisions", "transcendentals", "params", "buffers", "activations", "read", "written")


def nothing() -> dict[str, int]:
    return dict.fromkeys(KINDS, 0)


def told(shape: Shape) -> tuple[str, tuple[int, ...]]:
    """A shape with its kind, which equality of named tuples passes over: features and tensors of the same sizes are equal."""
    return type(shape).__name__, shape.sizes


def done(did: dict[str, int]) -> dict[str, int]:
    return {kind: times for kind, times in did.items() if times}


FORMS: list[dict[str, Any]] = [
    {},
    {"kv_heads": 2},
    {"kv_heads": 1, "cosine": True},
    {"cosine": True},
    {"cosine": True, "context": (7, 5)},
    {"dim": 12, "cout": 5, "kv_heads": 2, "context": (7, 6)},
    {"dim": 12, "kv_heads": 2, "context": (7, 6), "cosine": True, "qkv_bias": False},
    {"groups": (3,), "out_bias": False, "mask": True},
    {"groups": (3, 2), "cosine": True, "kv_heads": 2, "window": (2, 3)},
    {"window": (6,), "mask": True, "scores": True},
    {"scores": True, "context": (7, 8)},
    {"window": (2, 3), "cosine": True, "mask": True, "scores": True, "groups": (5,), "dim": 4, "qkv_bias": False, "out_bias": False},
]


@pytest.mark.parametrize("form", FORMS, ids=range(len(FORMS)))
def test_attention_in_every_form_step_by_step(form: dict[str, Any]) -> None:
    """Heads of keys, other widths, groups, windows, cosines, masks and added scores, as loops over tokens, heads and channels do them."""
    queries, channels, heads = 6, 8, 4
    lead = form.get("groups", ())
    keys, context = form.get("context", (queries, channels))
    dim, cout, kv_heads = form.get("dim", channels), form.get("cout", channels), form.get("kv_heads", heads)
    width = dim // heads
    did = nothing()

    def project(tokens: int, cin: int, to: int, bias: bool) -> None:
        for _ in product(range(tokens), range(to)):
            did["macs"] += cin
            did["adds"] += bias
            did["activations"] += 1

    def unit_length(count: int) -> None:
        for _ in range(count):  # a square a channel, their sum, its root, and a division a channel
            did["multiplies"] += width
            did["adds"] += width - 1
            did["transcendentals"] += 1
            did["divisions"] += width

    qkv_bias, out_bias = form.get("qkv_bias", True), form.get("out_bias", True)
    added = sum(option in form for option in ("window", "mask", "scores"))
    for _ in product(*map(range, lead)):
        project(queries, channels, dim, qkv_bias)
        project(keys, context, kv_heads * width, qkv_bias)
        project(keys, context, kv_heads * width, qkv_bias)
        project(queries, dim, cout, out_bias)
        if "cosine" in form:
            unit_length(queries * heads)
            unit_length(keys * kv_heads)
        for _ in product(range(heads), range(queries)):
            for key in range(keys):
                did["macs"] += width  # the score
                did["multiplies"] += 1  # its scale
                did["adds"] += added  # the bias of its place, the mask, the scores that are given
                for kind in ("adds", "transcendentals", "divisions"):  # softmax: less the maximum, raised, by the sum
                    did[kind] += 1
                for kind in ("comparisons", "adds"):  # maximum and sum so far
                    did[kind] += key > 0
                did["macs"] += width  # the value
    inner = kv_heads * width
    did["params"] = channels * dim + 2 * context * inner + dim * cout + qkv_bias * (dim + 2 * inner) + out_bias * cout
    if "window" in form:  # a number a head and difference of places; the index of each pair is kept
        did["params"] += heads * len(
            {tuple(a - b for a, b in zip(p, q, strict=True)) for p, q in product(places(form["window"]), repeat=2)}
        )
        did["buffers"] = queries * keys
    did["params"] += heads * ("cosine" in form)
    shapes: list[Shape] = [Tensor((*lead, queries, channels)) if lead else Features((queries, channels))]
    if "context" in form:
        shapes.append(type(shapes[0])((*lead, keys, context)))
    if "scores" in form:
        shapes.append(Tensor((heads, queries, keys)))
    did["read"] = sum(elements(shape.sizes) for shape in shapes)
    did["written"] = elements((*lead, queries, cout))
    attributes = {key: value for key, value in form.items() if key not in ("groups", "context")}
    assert cost_of("attention", {"heads": heads, **attributes}, *shapes) == done(did)
    assert told(out_of("attention", {"heads": heads, **attributes}, *shapes)) == (type(shapes[0]).__name__, (*lead, queries, cout))


def places(window: tuple[int, ...]) -> list[tuple[int, ...]]:
    return list(product(*map(range, window)))


def elements(sizes: tuple[int, ...]) -> int:
    return len(list(product(*map(range, sizes))))


CELLS: dict[str, dict[str, int]] = {
    # as PyTorch's documentation has them: a sigmoid is an exp, an add and a division, a tanh one call
    "rnn": {"tanh": 1, "adds": 1},  # tanh(W·x + U·h)
    "gru": {"sigmoid": 2, "tanh": 1, "adds": 3 + 2, "multiplies": 3},  # r, z, n = tanh(W·x + r·U·h), (1 − z)·n + z·h
    "lstm": {"sigmoid": 3, "tanh": 2, "adds": 4 + 1, "multiplies": 3},  # i, f, g, o, c = f·c + i·g, o·tanh(c)
}


GATES = {"rnn": 1, "gru": 3, "lstm": 4}


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize(("layers", "bidirectional", "bias"), [(1, False, True), (2, False, False), (3, True, True), (1, True, False)])
@pytest.mark.parametrize("x", [Features((5, 7)), Tensor((2, 5, 7)), Features((2, 3, 4, 7))], ids=["tokens", "tensor", "axes"])
def test_recurrent_layers_step_by_step(cell: str, layers: int, bidirectional: bool, bias: bool, x: Shape) -> None:
    """Each step of each layer and direction, a unit at a time: products with input and state, two biases a gate, and the cell."""
    hidden, cin, directions, gates, did = 3, 7, 1 + bidirectional, GATES[cell], nothing()
    steps = elements(x.sizes[:-1])
    for layer, _ in product(range(layers), range(directions)):
        width = hidden * directions if layer else cin
        did["params"] += gates * hidden * (width + hidden + 2 * bias)
        for _ in product(range(steps), range(hidden)):
            for _ in range(gates):
                did["macs"] += width + hidden
                did["adds"] += 2 * bias
            work = CELLS[cell]
            did["adds"] += work["adds"] + work.get("sigmoid", 0)
            did["divisions"] += work.get("sigmoid", 0)
            did["transcendentals"] += work.get("sigmoid", 0) + work["tanh"]
            did["multiplies"] += work.get("multiplies", 0)
            did["activations"] += 1
    did["read"], did["written"] = elements(x.sizes), steps * hidden * directions
    attributes = {"hidden": hidden, "layers": layers, "bidirectional": bidirectional, "bias": bias}
    assert cost_of(cell, attributes, x) == done(did)
    assert told(out_of(cell, attributes, x)) == (type(x).__name__, (*x.sizes[:-1], hidden * directions))
    assert weighted_layers(build(cell, attributes)) == layers * directions
    assert build(cell, attributes).biased(x) == bias * 2 * gates * hidden * steps * layers * directions  # type: ignore[attr-defined]


EQUATIONS = (
    *("nc,mc->nm", "nc,mck->nm", "nck,mc->nm", "bhid,bhjd->bhij", "nc,nc->nc", "nc,mk->nm", "n,m->nm", "nc->n", "nc->cn", "nck->c", "nc->"),
    *("nc,nc->", "nc,c->n", "bij,bjk->bik", "ab,bc->abc"),
)


LENGTHS = {letter: size for size, letter in enumerate("nmckbhidjae", start=2)}


@pytest.mark.parametrize("equation", EQUATIONS)
def test_einsum_letter_by_letter(equation: str) -> None:
    """What one input alone has and the output lacks is added up first; what is left is a product at each place of all other letters."""
    left, out = equation.split("->")
    terms = left.split(",")
    did = nothing()
    for at, term in enumerate(terms):
        others = set(out).union(*(set(other) for place, other in enumerate(terms) if place != at))
        kept = [letter for letter in term if letter in others]
        sums: set[tuple[int, ...]] = set()
        for place in product(*(range(LENGTHS[letter]) for letter in term)):
            found = tuple(index for letter, index in zip(term, place, strict=True) if letter in kept)
            did["adds"] += found in sums  # the first one starts a sum
            sums.add(found)
            did["read"] += 1
    if len(terms) == 2:
        both = set(terms[0]) & set(terms[1])
        letters = both | set(out)
        kind = "macs" if both - set(out) else "multiplies"
        did[kind] = sum(1 for _ in product(*(range(LENGTHS[letter]) for letter in letters)))
    arrays = [np.zeros([LENGTHS[letter] for letter in term]) for term in terms]
    expected = np.einsum(equation, *arrays).shape or (1,)
    did["written"] = elements(expected)
    shapes = [Tensor(array.shape) for array in arrays]
    assert told(out_of("einsum", {"equation": equation}, *shapes)) == ("Tensor", expected)
    assert cost_of("einsum", {"equation": equation}, *shapes) == done(did)
    op: Any = build("einsum", {"equation": equation})
    assert op.letters(*shapes) == elements(tuple(LENGTHS[letter] for letter in set("".join(terms))))
    assert op.sums is bool(set("".join(terms)) - set(out))


PRODUCTS: list[tuple[tuple[int, ...], tuple[int, ...]]] = [
    ((5, 8), (8, 3)),
    ((3, 5, 8), (8, 3)),  # missing axes lead
    ((5, 8), (3, 8, 3)),
    ((2, 1, 5, 8), (4, 8, 3)),
    ((4, 5, 8), (2, 1, 8, 3)),
    ((1, 5, 8), (6, 8, 3)),
    ((2, 4, 5, 8), (2, 4, 8, 3)),
    ((1, 8), (8, 1)),
]


@pytest.mark.parametrize(("a", "b"), PRODUCTS)
def test_products_of_matrices_as_numpy_has_them(a: tuple[int, ...], b: tuple[int, ...]) -> None:
    """Leading axes are equal, 1 or missing; each output takes as many MACs as the inner size."""
    expected = np.matmul(np.zeros(a), np.zeros(b)).shape
    turned = (*b[:-2], b[-1], b[-2])
    for second, attributes in ((b, {}), (turned, {"transpose": True})):
        read = elements(a) + elements(b)
        assert cost_of("matmul", attributes, Features(a), Features(second)) == n(
            macs=elements(expected) * a[-1], read=read, written=elements(expected)
        )
        assert told(out_of("matmul", attributes, Features(a), Features(second))) == ("Features", expected)
        assert told(out_of("matmul", attributes, Features(a), Tensor(second))) == ("Tensor", expected)
        assert told(out_of("matmul", attributes, Tensor(a), Features(second))) == ("Tensor", expected)


@pytest.mark.parametrize(
    ("a", "b"), [((2, 5, 8), (3, 8, 3)), ((2, 4, 5, 8), (2, 3, 8, 3)), ((2, 4, 5, 8), (3, 4, 8, 3)), ((2, 5, 8), (2, 3, 3, 8, 3))]
)
def test_products_that_numpy_refuses(a: tuple[int, ...], b: tuple[int, ...]) -> None:
    """One leading axis that differs is enough."""
    with pytest.raises(ValueError, match="broadcast"):
        np.matmul(np.zeros(a), np.zeros(b))
    with pytest.raises(Refusal) as caught:
        out_of("matmul", {}, Features(a), Features(b))
    assert caught.value.code == "shape-mismatch"


@pytest.mark.parametrize("scores", [Tensor((7, 5, 5)), Tensor((3, 2, 5, 5))])
def test_scores_of_other_heads_are_refused(scores: Shape) -> None:
    """Two heads have no seven matrices of scores, nor one group three times two of them."""
    with pytest.raises(Refusal):
        out_of("attention", {"heads": 2, "scores": True}, T, scores)
