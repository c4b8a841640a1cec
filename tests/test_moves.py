"""Axes, reductions, and what moves and joins: shapes, costs and refusals as NumPy and PyTorch have them."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import convcalc
from convcalc.analysis.part import only
from convcalc.analysis.receptive_field import extents
from convcalc.analysis.tree import tree
from convcalc.core.network import Group, Layer, Network
from convcalc.core.ops import build, weights_of
from convcalc.core.ops.axes import axis_of
from convcalc.core.quantity import parse_quantity
from convcalc.core.shape import Features, Map, Shape, Tensor, kind_of, shape_of
from convcalc.core.trace import trace
from convcalc.errors import Refusal
from tests.layouts import traced
from tests.test_counts import OPEN, T, X, cost_of, each, n, names, out_of, summary


def told(shape: Shape) -> tuple[str, tuple[int, ...]]:
    """A shape with its kind, which equality of named tuples passes over: features and tensors of the same sizes are equal."""
    return type(shape).__name__, shape.sizes


def elements(sizes: tuple[int, ...]) -> int:
    return len(list(product(*map(range, sizes))))


AXES: list[tuple[Shape, dict[Any, int]]] = [
    (Map(2, (3,)), {"c": 0, "w": 1}),
    (Map(2, (3, 4)), {"c": 0, "h": 1, "w": 2}),
    (Map(2, (3, 4, 5)), {"c": 0, "d": 1, "h": 2, "w": 3}),
    (Features((2,)), {"c": 0}),
    (Features((2, 3)), {"n": 0, "c": 1}),
    (Features((2, 3, 4)), {"h": 0, "w": 1, "c": 2}),
    (Features((2, 3, 4, 5)), {"d": 0, "h": 1, "w": 2, "c": 3}),
    (Features((2, 3, 4, 5, 6)), {"c": 4}),
    (Features((2, 3, 4, 5, 6, 7)), {"c": 5}),
    (Tensor((2,)), {"c": 0}),
    (Tensor((2, 3)), {"c": 1}),
    (Tensor((2, 3, 4)), {"c": 2}),
    (Tensor((2, 3, 4, 5)), {"c": 3}),
]


@pytest.mark.parametrize(("shape", "named"), AXES, ids=names([(shape,) for shape, _ in AXES]))
def test_axes_have_names_and_numbers(shape: Shape, named: dict[Any, int]) -> None:
    """Maps begin with their channels, features and tensors end with them; any number from either end, and no other name."""
    count = len(shape.sizes)
    known = named | {place: place for place in range(count)} | {place - count: place for place in range(count)}
    for axis in ("c", "d", "h", "w", "n", "", *range(-count - 2, count + 2)):
        if axis in known and axis != "":
            assert axis_of("concat", shape, axis) == known[axis]
            joined = np.concatenate([np.zeros(shape.sizes)] * 2, axis=known[axis]).shape
            assert out_of("concat", {"axis": axis}, shape, shape).sizes == joined
            assert out_of("slice", {"axis": axis, "start": 1}, shape).sizes == np.delete(np.zeros(shape.sizes), 0, axis=known[axis]).shape
        elif axis != "":
            with pytest.raises(Refusal) as caught:
                axis_of("concat", shape, axis)
            assert (caught.value.code, caught.value.attribute) == ("wrong-kind", "axis")


@pytest.mark.parametrize("name", ["mean", "sum", "min", "max"])
@pytest.mark.parametrize("shape", [Map(2, (3, 4, 5)), Features((2, 3, 4, 5)), Tensor((2, 3, 4, 5))], ids=["map", "features", "tensor"])
@pytest.mark.parametrize("axes", [(0,), (1,), (3,), (-1,), (1, 2), (0, 3), (3, 1), (1, 2, 3), (0, 1, 2), (-4, -3, -2, -1)])
def test_reductions_as_numpy_has_them(name: str, shape: Shape, axes: tuple[int, ...]) -> None:
    """One operation fewer than elements; only a mean divides, once a value. Without its channels, or but a vector, a map is none."""
    whole = np.zeros(shape.sizes)
    values = int(np.sum(whole, axis=axes).size)
    work = {"adds" if name in ("mean", "sum") else "comparisons": 120 - values} | ({"divisions": values} if name == "mean" else {})
    assert cost_of(name, {"axes": axes}, shape) == work | n(read=120, written=values)
    assert told(out_of(name, {"axes": axes, "keep": True}, shape)) == (type(shape).__name__, np.sum(whole, axis=axes, keepdims=True).shape)
    left = np.sum(whole, axis=axes).shape
    channels = 0 if isinstance(shape, Map) else 3
    lost = isinstance(shape, Tensor) or channels in axes or channels - 4 in axes
    kind = "Tensor" if lost else "Map" if isinstance(shape, Map) and len(left) > 1 else "Features"
    assert told(out_of(name, {"axes": axes}, shape)) == (kind, left or (1,))


WEIGHTS: list[tuple[str, dict[str, Any], tuple[Shape, ...], tuple[tuple[int, ...], ...]]] = [
    ("conv", {**OPEN, "cout": 4, "kernel": (3, 2), "groups": 2, "bias": True}, (X,), ((4, 3, 3, 2), (4,))),
    ("depthwise_conv", {**OPEN, "kernel": (3, 2), "multiplier": 2}, (X,), ((12, 1, 3, 2),)),
    ("depthwise_conv", {**OPEN, "kernel": (3, 2), "heads": 3, "bias": True}, (X,), ((2, 1, 3, 2), (2,))),
    (
        "conv_transpose",
        {**OPEN, "cout": 4, "kernel": (3, 2), "groups": 2, "output_padding": (0, 0), "bias": True},
        (X,),
        ((6, 2, 3, 2), (4,)),
    ),
    ("deform_conv", {**OPEN, "cout": 4, "kernel": (3, 2), "groups": 2, "bias": True}, (X, Map(12, (2, 4))), ((4, 3, 3, 2), (4,))),
    ("linear", {"cout": 3}, (T,), ((3, 8), (3,))),
    ("lstm", {"hidden": 3}, (T,), ((12, 8), (12, 3), (12,), (12,))),
    ("gru", {"hidden": 3, "layers": 2, "bidirectional": True}, (T,), ((9, 8), (9, 3), (9,), (9,), (9, 6), (9, 3), (9,), (9,))),
    ("rnn", {"hidden": 3, "layers": 2, "bias": False}, (T,), ((3, 8), (3, 3), (3, 3), (3, 3))),
    ("attention", {"heads": 2}, (T,), ((24, 8), (8, 8), (24,), (8,))),
    (
        "attention",  # projections of 8 to 12 and back to 5, of 6 to one head of two: Swin's table of 3·5 differences, its scales
        {"heads": 2, "kv_heads": 1, "dim": 12, "cout": 5, "cosine": True, "window": (2, 3), "qkv_bias": False},
        (Features((6, 8)), Features((6, 6))),
        ((12, 8), (6, 6), (6, 6), (5, 12), (5,), (15, 2), (2, 1, 1)),
    ),
    ("batch_norm", {}, (X,), ((6,), (6,))),
    ("layer_norm", {}, (T,), ((8,), (8,))),
    ("group_norm", {"groups": 3}, (X,), ((6,), (6,))),
    ("instance_norm", {"affine": True}, (X,), ((6,), (6,))),
    ("instance_norm", {}, (X,), ()),
    ("prelu", {}, (X,), ((1,),)),
    ("prelu", {"per_channel": True}, (X,), ((6,),)),
    ("scale", {}, (X,), ((6, 1, 1),)),
    ("scale", {}, (T,), ((8,),)),
    ("class_token", {}, (T,), ((1, 8),)),
    ("position_embedding", {}, (T,), ((5, 8),)),
    ("learned", {"sizes": (5, 1)}, (T,), ((5, 1),)),
    ("learned", {"sizes": (2, 3), "join": "none"}, (), ((2, 3),)),
    ("constant", {"sizes": (2, 3)}, (), ()),
    ("relu", {}, (X,), ()),
]


@pytest.mark.parametrize(("name", "attributes", "inputs", "expected"), WEIGHTS, ids=names(WEIGHTS))
def test_parameters_have_the_shapes_of_pytorch(
    name: str, attributes: dict[str, Any], inputs: tuple[Shape, ...], expected: tuple[tuple[int, ...], ...]
) -> None:
    """Weights that one layer may take from another are those of the same shapes, axis by axis."""
    assert weights_of(build(name, attributes), inputs) == expected


W = {**OPEN, "kernel": (3, 2)}  # on 4×5 positions: 2×4 windows of 6


COSTS: list[tuple[str, dict[str, Any], tuple[Shape, ...], dict[str, int]]] = [
    ("clip", {"low": 0}, (X,), each(120, comparisons=1)),
    ("clip", {"high": 6}, (X,), each(120, comparisons=1)),
    ("clip", {"low": 0, "high": 6}, (X,), each(120, comparisons=2)),
    ("clip", {}, (X,), each(120)),
    # 4·8 outputs, a bias each; 6·6·8 samples of 4 multiplies and 3 adds, one more multiply each with a mask
    (
        "deform_conv",
        {**W, "cout": 4, "bias": True},
        (X, Map(12, (2, 4))),
        n(macs=32 * 36, adds=32 + 3 * 288, multiplies=4 * 288, params=4 * 36 + 4, activations=32, read=120 + 96, written=32),
    ),
    (
        "deform_conv",
        {**W, "cout": 4, "bias": True, "groups": 2},
        (X, Map(24, (2, 4)), Map(12, (2, 4))),
        n(macs=32 * 18, adds=32 + 3 * 288, multiplies=5 * 288, params=4 * 18 + 4, activations=32, read=120 + 192 + 96, written=32),
    ),
    ("custom", {"cout": 3, "macs": 7, "params": 5, "size": (9,)}, (T,), n(macs=7, params=5, read=40, written=27)),
    (
        "custom",
        {"cout": 3, "macs": 0, "params": 0, "activations": 2, "buffers": 4},
        (X, T),
        n(activations=2, buffers=4, read=160, written=60),
    ),
    # 4×5 positions in windows of 3×2: 2×3 windows, 6×6 positions; moved once more where an axis of several windows is
    ("windows", {"size": (3, 2), "shift": (0, 0)}, (X,), n(read=120, written=216)),
    ("windows", {"size": (3, 2), "shift": (1, 0)}, (X,), n(read=120 + 216, written=432)),
    ("windows", {"size": (3, 2), "shift": (0, 1)}, (X,), n(read=120 + 216, written=432)),
    ("windows", {"size": (4, 2), "shift": (2, 0)}, (X,), n(read=120, written=144)),  # one window covers the rows
    ("windows", {"size": (4, 2), "shift": (2, 1)}, (X,), n(read=120 + 144, written=288)),
    ("windows", {"size": (3, 2), "shift": (2, 1)}, (Features((4, 5, 6)),), n(read=120 + 216, written=432)),
    ("unwindows", {"size": (3, 2), "shift": (0, 0), "grid": False, "to": (4, 5)}, (Tensor((6, 6, 6)),), n(read=216, written=120)),
    ("unwindows", {"size": (3, 2), "shift": (0, 1), "grid": False, "to": (4, 5)}, (Tensor((6, 6, 6)),), n(read=432, written=120 + 216)),
    (
        "unwindows",
        {"size": (4, 2), "shift": (1, 0), "grid": False, "to": (4, 5), "map": True},
        (Tensor((3, 8, 6)),),
        n(read=144, written=120),
    ),
    # 4×5 in blocks of 3×2: 2×3 of them, of 36 channels
    ("space_to_depth", {"factor": (3, 2), "ceil": True}, (X,), n(read=120, written=216)),
    ("space_to_depth", {"factor": (2, 5)}, (X,), n(read=120, written=120)),
    ("roll", {"shift": (1, 0)}, (X,), n(read=120, written=120)),
    ("unfold", W, (X,), n(read=36 * 8, written=36 * 8)),
    ("fold", {**W, "size": (4, 5)}, (Tensor((36, 8)),), n(adds=288, read=288, written=120)),
    ("grid_sample", {}, (Map(6, (4,)), Features((7, 1))), n(multiplies=2 * 42, adds=42, read=24 + 7, written=42)),
    ("grid_sample", {}, (Map(2, (1, 2, 3)), Features((2, 2, 2, 3))), n(multiplies=8 * 16, adds=7 * 16, read=12 + 24, written=16)),
    ("grid_sample", {"mode": "nearest"}, (Map(6, (4,)), Features((7, 1))), n(read=24 + 7, written=42)),
    # 1×8 stretches over five tokens; a token of 1×8 over five of the parameters
    ("learned", {"sizes": (8,)}, (T,), each(40, adds=1) | n(params=8)),
    ("learned", {"sizes": (5, 8), "join": "mul"}, (Features((1, 8)),), n(multiplies=40, params=40, read=8, written=40)),
    ("learned", {"sizes": (6, 1, 5)}, (X,), each(120, adds=1) | n(params=30)),
    ("gather", {"sizes": (7, 2)}, (T,), n(buffers=14, read=112, written=112)),
    ("gather", {"sizes": (7,), "buffer": False}, (Features((5, 2, 8)),), n(read=112, written=112)),
    ("where", {}, (Map(6, (1, 1)), X, Map(1, (4, 5))), n(read=6 + 120 + 20, written=120)),
    ("min", {}, (X, X, X), each(120, comparisons=2) | n(read=360)),
    ("pow", {"by": 2}, (X,), each(120, transcendentals=1)),
    ("div", {"by": 2}, (Map(6, (1, 1)), X), each(120, divisions=2) | n(read=126)),
    ("layer_norm", {}, (Tensor((2, 3, 4)),), each(24, adds=4, multiplies=3) | n(divisions=18, transcendentals=6, params=8)),
    ("softmax", {}, (Tensor((2, 3, 4)),), each(24, transcendentals=1, divisions=1) | n(comparisons=18, adds=24 + 18)),
]


@pytest.mark.parametrize(("name", "attributes", "inputs", "expected"), COSTS, ids=names(COSTS))
def test_every_field_of_what_moves_and_joins(
    name: str, attributes: dict[str, Any], inputs: tuple[Shape, ...], expected: dict[str, int]
) -> None:
    """Each count is the one worked out by hand, and what is not mentioned is zero."""
    assert cost_of(name, attributes, *inputs) == expected


U = {"size": (3, 2), "shift": (0, 0), "grid": False, "to": (4, 5)}  # 2×3 windows of 6 tokens


ALPHABET = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


SHAPES: list[tuple[str, dict[str, Any], tuple[Shape, ...], Shape]] = [
    ("select", {"index": 4}, (Features((5, 3)),), Features((3,))),  # the last of five
    ("custom", {"cout": 3, "macs": 0, "params": 0, "size": (9,)}, (T,), Features((9, 3))),
    ("custom", {"cout": 3, "macs": 0, "params": 0, "size": (9, 7)}, (Tensor((2, 5, 8)),), Tensor((9, 7, 3))),
    ("untokens", {"size": (4, 5)}, (Tensor((20, 6)),), X),
    ("space_to_depth", {"factor": (2,)}, (Features((6, 8)),), Features((3, 16))),
    ("space_to_depth", {"factor": (1, 2, 3)}, (Features((4, 4, 6, 5)),), Features((4, 2, 2, 30))),
    ("space_to_depth", {"factor": (3, 2), "ceil": True}, (X,), Map(36, (2, 3))),
    ("windows", {"size": (3, 2), "shift": (0, 0)}, (X,), Tensor((6, 6, 6))),
    ("windows", {"size": (3,), "shift": (1,)}, (T,), Tensor((2, 3, 8))),
    ("windows", {"size": (1, 2, 3), "shift": (0, 0, 0)}, (Map(7, (4, 4, 4)),), Tensor((4 * 2 * 2, 6, 7))),
    ("unwindows", U, (Tensor((6, 6, 7)),), Features((4, 5, 7))),
    ("unwindows", {**U, "map": True}, (Tensor((6, 6, 7)),), Map(7, (4, 5))),
    ("fold", {**W, "size": (4, 5)}, (Features((36, 8)),), X),
    ("unfold", W, (X,), Tensor((36, 8))),
    ("grid_sample", {}, (Map(2, (1, 2, 3)), Tensor((4, 5, 6, 3))), Map(2, (4, 5, 6))),
    ("learned", {"sizes": (5, 8)}, (Features((1, 8)),), T),
    ("gather", {"sizes": (7,)}, (Tensor((5, 2, 8)),), Tensor((7, 2, 8))),
    ("attention", {"heads": 2, "scores": True}, (T, Tensor((5, 5))), T),  # the scores of all heads
    ("attention", {"heads": 2, "scores": True}, (T, Features((3, 8)), Tensor((2, 5, 3))), T),
    ("attention", {"heads": 2, "window": (2, 2, 2)}, (Map(6, (2, 2, 2)),), Map(6, (2, 2, 2))),
    ("attention", {"heads": 2}, (Tensor((3, 2, 5, 8)), Features((6, 7, 4))), Tensor((3, 2, 5, 8))),  # six groups, either way
    ("einsum", {"equation": f"{ALPHABET}->{ALPHABET[:48]}"}, (Tensor((1,) * 52),), Tensor((1,) * 48)),  # 100 letters
    ("deform_conv", {**W, "cout": 4}, (X, Map(12, (2, 4)), Map(6, (2, 4))), Map(4, (2, 4))),
    ("deform_conv", {**W, "cout": 4}, (X, Map(36, (2, 4)), Map(18, (2, 4))), Map(4, (2, 4))),  # three groups of channels
]


@pytest.mark.parametrize(("name", "attributes", "inputs", "expected"), SHAPES, ids=names(SHAPES))
def test_shapes_of_what_moves_and_joins(name: str, attributes: dict[str, Any], inputs: tuple[Shape, ...], expected: Shape) -> None:
    """What just fits is not refused, and a shape stays of its kind."""
    assert told(out_of(name, attributes, *inputs)) == told(expected)


REFUSALS: list[tuple[str, dict[str, Any], tuple[Shape, ...], str, str | None]] = [
    ("select", {"index": 5}, (Features((5, 9)),), "shape-mismatch", "index"),
    ("attention", {"heads": 2, "scores": True}, (T, Tensor((5,))), "shape-mismatch", "scores"),  # one axis is no matrix
    ("attention", {"heads": 2, "scores": True}, (T, Tensor((2, 4, 5))), "shape-mismatch", "scores"),
    ("attention", {"heads": 2, "scores": True}, (T, Tensor((2, 5, 4))), "shape-mismatch", "scores"),
    ("attention", {"heads": 2, "window": (5,)}, (T, Features((3, 8))), "shape-mismatch", "window"),  # as many queries, not keys
    ("attention", {"heads": 2, "dim": 9}, (T,), "not-divisible", "heads"),
    ("custom", {"cout": 1, "macs": 0, "params": 0, "size": (2, 2)}, (T,), "wrong-kind", "size"),
    ("untokens", {"size": (4, 5)}, (Map(20, (6,)),), "wrong-kind", None),
    ("untokens", {"size": (4, 5)}, (Features((20, 6, 1)),), "wrong-kind", None),
    ("untokens", {"size": (4, 5)}, (Features((20,)),), "wrong-kind", None),
    ("untokens", {"size": (4, 5)}, (Features((40, 6)),), "shape-mismatch", None),
    ("fold", {**W, "size": (4, 5)}, (Map(36, (8,)),), "wrong-kind", None),
    ("fold", {**W, "size": (4, 5)}, (Tensor((36, 8, 2)),), "wrong-kind", None),
    ("fold", {**W, "size": (4, 5)}, (Tensor((35, 8)),), "wrong-kind", None),
    ("fold", {**W, "size": (4, 5)}, (Tensor((36, 7)),), "shape-mismatch", "size"),
    ("unwindows", U, (Features((6, 6, 7)),), "shape-mismatch", None),
    ("unwindows", U, (Tensor((6, 5, 7)),), "shape-mismatch", None),
    ("unwindows", U, (Tensor((5, 6, 7)),), "shape-mismatch", None),
    ("unwindows", U, (Tensor((6, 6)),), "shape-mismatch", None),
    ("unwindows", U, (Tensor((6, 6, 7, 1)),), "shape-mismatch", None),
    ("unwindows", {**U, "shift": (0,)}, (Tensor((6, 6, 7)),), "wrong-kind", "shift"),
    ("windows", {"size": (3, 2), "shift": (0,)}, (X,), "wrong-kind", "shift"),
    ("windows", {"size": (3, 2), "shift": (0, 0)}, (Tensor((4, 5, 6)),), "wrong-kind", "size"),
    ("space_to_depth", {"factor": (2, 1)}, (Tensor((4, 5, 6)),), "wrong-kind", None),
    ("space_to_depth", {"factor": ()}, (Features((6,)),), "wrong-kind", None),
    ("space_to_depth", {"factor": (1, 1, 1, 1)}, (Features((2, 2, 2, 2, 6)),), "wrong-kind", None),
    ("space_to_depth", {"factor": (1, 2)}, (X,), "not-divisible", "factor"),
    ("roll", {"shift": (1, 1, 1)}, (X,), "wrong-kind", "shift"),
    ("reshape", {"sizes": (7, 17)}, (X,), "shape-mismatch", "sizes"),
    ("reshape", {"sizes": (6, 4)}, (X,), "shape-mismatch", "sizes"),  # a fifth of them
    ("reshape", {"sizes": (-1, 7)}, (X,), "shape-mismatch", "sizes"),
    ("reshape", {"sizes": (-1, 6, -1)}, (X,), "bad-value", "sizes"),
    ("permute", {"order": (0, 1, 1)}, (X,), "wrong-kind", "order"),
    ("permute", {"order": (0, 1)}, (X,), "wrong-kind", "order"),
    ("grid_sample", {}, (X, Map(2, (4, 5))), "shape-mismatch", None),  # places are channels last
    ("grid_sample", {}, (X, Map(4, (5, 2))), "shape-mismatch", None),
    ("matmul", {}, (Features((8,)), Features((8, 3))), "shape-mismatch", None),
    ("matmul", {}, (T, Features((8,))), "shape-mismatch", None),
    ("matmul", {}, (Map(8, (1, 1)), Features((8, 3))), "shape-mismatch", None),  # C×1×1 counts as a vector
    ("grid_sample", {}, (X, Features((3, 2))), "shape-mismatch", None),
    ("grid_sample", {}, (X, Features((3, 3, 3))), "shape-mismatch", None),
    ("grid_sample", {}, (T, Features((3, 3, 2))), "wrong-kind", None),
    ("deform_conv", {**W, "cout": 4}, (X, Map(12, (2, 4)), Map(5, (2, 4))), "shape-mismatch", None),
    ("deform_conv", {**W, "cout": 4}, (X, Map(12, (2, 4)), Map(6, (2, 5))), "shape-mismatch", None),
    ("deform_conv", {**W, "cout": 4}, (X, Map(12, (3, 4))), "shape-mismatch", None),
    ("deform_conv", {**W, "cout": 4}, (X, Map(12, (2,))), "shape-mismatch", None),
    ("deform_conv", {**W, "cout": 4}, (X, Map(12, (2, 4, 1))), "shape-mismatch", None),
    ("deform_conv", {**W, "cout": 4}, (X, Map(6, (2, 4))), "shape-mismatch", None),
    ("deform_conv", {**W, "cout": 4}, (X, Features((2, 4, 12))), "wrong-kind", None),
    (
        "deform_conv",
        {"cout": 4, "kernel": (3,), "stride": (1,), "padding": ((0, 0),), "dilation": (1,)},
        (Map(6, (4,)), Map(6, (2,))),
        "wrong-kind",
        None,
    ),
    ("learned", {"sizes": (5, 7)}, (T,), "shape-mismatch", None),
    ("learned", {"sizes": (1, 5, 8)}, (T,), "shape-mismatch", "sizes"),
    ("lstm", {"hidden": 3}, (Features((8,)),), "wrong-kind", None),
    ("lstm", {"hidden": 3}, (Tensor((8,)),), "wrong-kind", None),
    ("lstm", {"hidden": 3}, (Map(5, (8,)),), "wrong-kind", None),
    ("einsum", {"equation": f"{ALPHABET}->{ALPHABET[:49]}"}, (Tensor((1,) * 52),), "bad-value", "equation"),  # 101 letters
    ("einsum", {"equation": "nc->nk"}, (T,), "bad-value", "equation"),
    ("einsum", {"equation": "nc,mc->nk"}, (T, T), "bad-value", "equation"),
    ("einsum", {"equation": "nn->n"}, (Tensor((5, 5)),), "bad-value", "equation"),
    ("einsum", {"equation": "nc,cc->n"}, (T, Tensor((8, 8))), "bad-value", "equation"),
    ("einsum", {"equation": "nc,->n"}, (T, T), "bad-value", "equation"),
    ("einsum", {"equation": ",nc->n"}, (T, T), "bad-value", "equation"),
    ("einsum", {"equation": "n1->n"}, (T,), "bad-value", "equation"),
    ("einsum", {"equation": "nä->n"}, (T,), "bad-value", "equation"),
    ("einsum", {"equation": "nc,nc"}, (T, T), "bad-value", "equation"),
    ("einsum", {"equation": "nc,nc->n"}, (T,), "wrong-type", "equation"),
    ("einsum", {"equation": "nc->n"}, (T, T), "wrong-type", "equation"),
    ("einsum", {"equation": "ncd->n"}, (T,), "shape-mismatch", "equation"),
    ("einsum", {"equation": "n->n"}, (T,), "shape-mismatch", "equation"),
    ("einsum", {"equation": "nc,nm->cm"}, (T, Features((6, 8))), "shape-mismatch", "equation"),
    ("class_token", {}, (Tensor((5, 8)),), "wrong-kind", None),
    ("class_token", {}, (Features((8,)),), "wrong-kind", None),
    ("position_embedding", {}, (Features((2, 5, 8)),), "wrong-kind", None),
    ("channels_first", {}, (Tensor((5, 8)),), "wrong-kind", None),
]


@pytest.mark.parametrize(("name", "attributes", "inputs", "code", "at"), REFUSALS, ids=names(REFUSALS))
def test_what_does_not_move_or_join_is_refused(
    name: str, attributes: dict[str, Any], inputs: tuple[Shape, ...], code: str, at: str | None
) -> None:
    """One axis that does not fit is enough, for shape and cost alike, and the refusal names the attribute at fault."""
    for question in (out_of, cost_of):
        with pytest.raises(Refusal) as caught:
            question(name, attributes, *inputs)
        assert (caught.value.code, caught.value.attribute) == (code, at)


KINDS_OF_SHAPES: list[tuple[str, int, int]] = [("", 1, 4), ("map", 2, 4), ("tokens", 2, 2), ("features", 1, 12), ("tensor", 1, 12)]


@pytest.mark.parametrize(("kind", "least", "most"), KINDS_OF_SHAPES)
def test_kinds_of_shapes_have_so_many_sizes(kind: str, least: int, most: int) -> None:
    """A shape is what its kind says, from the fewest sizes that this has to the most; one fewer or more is refused."""
    for count in (*range(least, most + 1), least - 1, most + 1):
        sizes = tuple(range(3, 3 + count))
        if least <= count <= most:
            kinds = {"map": Map, "": Map, "tensor": Tensor}
            made = shape_of(sizes, kind)
            assert type(made) is (Features if kind == "" and count == 1 else kinds.get(kind, Features))
            assert (made.sizes, made.elements) == (sizes, elements(sizes[:6]) * int(np.prod(sizes[6:], dtype=object)))
            assert made.channels == sizes[0 if type(made) is Map else -1]
        else:
            with pytest.raises(Refusal) as caught:
                shape_of(sizes, kind)
            assert caught.value.code == "bad-value"


@pytest.mark.parametrize(
    ("shape", "kind"),
    [
        (Map(2, (3,)), ""), (Map(2, (3, 4, 5)), ""), (Features((2,)), ""), (Features((2, 3)), "tokens"), (Features((2, 3, 4)), "features"),
        (Features((2, 3, 4, 5)), "features"), (Tensor((2,)), "tensor"), (Tensor((2, 3)), "tensor"),
    ],
)  # fmt: skip
def test_a_shape_says_its_kind_where_sizes_do_not(shape: Shape, kind: str) -> None:
    """Sizes and kind make the shape again."""
    assert kind_of(shape) == kind
    assert shape_of(shape.sizes, kind_of(shape)) == shape


def test_equal_layers_that_are_called_otherwise(tmp_path: Path) -> None:
    """Two sums of the same maps, one of which a model writes as a function, count by how they are called."""
    path = tmp_path / "mine.yaml"
    path.write_text(
        "unit: MAC\ncounts: mine\nrules: {add: {it: 5 if called == method else 7 if called == function else 9}}\n", encoding="utf-8"
    )
    adds = "{add: {from: [input, previous]}}, {add: {from: [input, previous], as: function}}, {add: {from: [input, previous], as: module}}"
    report = summary(tmp_path, f"input: 6x4x5\nlayers: [relu, {adds}]", convention=str(path))
    assert [layer.metrics["counted"] for layer in report.layers] == [0, 5, 7, 9]
    assert report.totals["counted"] == 21
    [found] = [
        count
        for count in convcalc.conventions(str(tmp_path / "net.yaml"), convention=[str(path)]).models[0].conventions
        if count.name == "mine"
    ]
    assert found.total == 21


@pytest.mark.parametrize(
    "unit",
    [
        ("MAC", "MAC"),
        ("MACs", "MAC"),
        ("MAdds", "MAC"),
        ("FLOP", "FLOP"),
        ("FLOPs", "FLOP"),
        ("FLOPS", "FLOP"),
        ("Flops", "FLOP"),
        ("", None),
    ],
)
@pytest.mark.parametrize(
    ("prefix", "scale"),
    [("", 1), ("k", 10**3), ("K", 10**3), ("M", 10**6), ("G", 10**9), ("B", 10**9), ("T", 10**12), ("P", 10**15), ("E", 10**18)],
)
def test_counts_in_every_unit(unit: tuple[str, str | None], prefix: str, scale: int) -> None:
    """Papers write multiply-adds and operations in many ways; a prefix is a power of a thousand, the last digit's place its precision."""
    written, meant = unit
    assert parse_quantity(f"25 {prefix}{written}", "a limit") == (25 * scale, scale, meant)
    if scale > 1:
        assert parse_quantity(f"2.5{prefix}{written}", "a limit") == (25 * scale // 10, scale // 10, meant)


@pytest.mark.parametrize("part", ["body.x", "body.-1", "body.9", "body.0-", "body.x.c", "tail.0", "b"])
def test_passes_are_found_by_number_alone(part: str) -> None:
    """Of nine passes 0 to 8 there is no ninth, nor one called x."""
    run = traced("layers: [{repeat: {name: body, times: 9, layers: [{relu: {name: c}}]}}, {relu: {name: tail}}]")
    assert [(row.path, row.times) for row in only(run, "body.8").rows] == [("body.0-8.c", 1)]
    with pytest.raises(convcalc.ConvcalcError, match="has no layer"):
        only(run, part)


def test_a_group_has_the_most_of_what_does_not_add_up(tmp_path: Path) -> None:
    """Of layers that see 3, 7 and nothing, the group has 7 and a group of the last alone has none; what adds up is added up."""
    text = """
input: 4x16x16
blocks:
  wide: {layers: [conv: {cout: 4, kernel: 3}, conv: {cout: 4, kernel: 5}, global_avg_pool]}
  blind: {layers: [conv: {cout: 2, kernel: 1}, conv: {cout: 3, kernel: 1}]}
layers: [wide: {name: one}, blind: {name: two}]
"""
    nodes = {node.path: node for node in tree(summary(tmp_path, text))}
    assert {path: (node.amount("receptive_field"), node.amount("params")) for path, node in nodes.items()} == {
        "one": (7, 4 * (9 * 4 + 1) + 4 * (25 * 4 + 1)),
        "two": (0, 2 * 5 + 3 * 3),
    }


@pytest.mark.parametrize("shared", list(product((False, True), repeat=3)), ids=str)
def test_sets_of_weights_three_deep(shared: tuple[bool, bool, bool]) -> None:
    """Of 3·2·5 passes those have one set of 6×6 weights that differ only in the number of a pass that shares."""
    layers, times = "{conv: {cout: 6, kernel: 1, bias: false}}", (3, 2, 5)
    for count, share in zip(reversed(times), reversed(shared), strict=True):
        layers = f"{{repeat: {{times: {count}, shared: {str(share).lower()}, layers: [{layers}]}}}}"
    passes = product(*map(range, times))
    sets = {tuple(0 if share else number for number, share in zip(one, shared, strict=True)) for one in passes}
    found = traced(f"layers: [{layers}]", Map(6, (4, 5))).total
    assert (found.params, found.macs) == (36 * len(sets), 30 * 36 * 20)


@pytest.mark.parametrize(
    ("declared", "shape"),
    [
        ("{map: 6x4x5}", Map(6, (4, 5))), ("6x4x5", Map(6, (4, 5))), ("{tokens: 5x8}", Features((5, 8))), ("8", Features((8,))),
        ("{features: 4x5x6}", Features((4, 5, 6))), ("{tensor: 2x5x8}", Tensor((2, 5, 8))),
    ],
)  # fmt: skip
def test_inputs_of_every_kind(declared: str, shape: Shape) -> None:
    """An input is what its declaration calls it, and goes through a ReLU as that."""
    [row] = traced(f"inputs: {{a: {declared}}}\nlayers: [relu]").rows
    assert told(row.output) == told(shape)


def test_many_networks_at_once() -> None:
    """Kernels, strides, passes and batches of three networks in one walk: fields and totals are those of each, by hand."""
    kernel, stride, times, batch = (np.array(values) for values in ((1, 3, 5), (1, 2, 4), (2, 3, 5), (1, 3, 7)))
    size = np.array((100, 100, 100))
    x = Map(1, (size,))

    def conv(taps: Any, step: Any) -> Any:
        return build("conv", {"cout": 1, "kernel": (taps,), "stride": (step,), "padding": ((0, 0),), "dilation": (1,)})

    first, pool = conv(kernel, stride), build("max_pool", {"kernel": (3,), "stride": (1,), "padding": ((1, 1),), "dilation": (1,)})
    one = first.out_shape(x)
    last = conv(3, 1)
    two = last.out_shape(one)
    layers: list[Layer | Group] = [
        Layer("first", first, (0,), (x,), one),
        Group("many", "repeat", [Layer("pool", pool, (1,), (one,), one)], times, entry=1),
        Layer("last", last, (2,), (one,), two),
    ]
    run = trace(Network("three", (x,), layers, (3,)), batch)
    seen = [[int(point) for point in field[0]] for field in extents(run) if field]
    # k taps, then 2 more an s each pass, then 2 more
    assert seen == [[1, 3, 5], [1 + 4, 3 + 12, 5 + 40], [5 + 2, 15 + 4, 45 + 8]]
    # 100, 49 and 24 positions of k taps, then 98, 47 and 22 of three, a sample each
    assert run.total.macs.tolist() == [100 + 294, 3 * (147 + 141), 7 * (120 + 66)]
    # two comparisons a position and pass
    assert run.total.comparisons.tolist() == [2 * 2 * 100, 3 * 3 * 2 * 49, 7 * 5 * 2 * 24]
    assert run.total.params.tolist() == [1 + 3, 3 + 3, 5 + 3]


GROUPED = Features((3, 5, 8))  # 3 groups of 5 tokens


@pytest.mark.parametrize(
    "scores", [Tensor((5, 5)), Tensor((1, 5, 5)), Tensor((2, 5, 5)), Tensor((1, 1, 5, 5)), Tensor((3, 1, 5, 5)), Tensor((3, 2, 5, 5))]
)
def test_scores_stretch_over_heads_and_groups(scores: Shape) -> None:
    """What is added to scores is of all heads or of each, of all groups or of each."""
    assert build("attention", {"heads": 2, "scores": True}).out_shape(GROUPED, scores) == GROUPED


@pytest.mark.parametrize("scores", [Tensor((4, 5, 5)), Tensor((2, 2, 5, 5)), Tensor((3, 3, 5, 5)), Tensor((1, 3, 2, 5, 5))])
def test_scores_of_other_axes_are_refused(scores: Shape) -> None:
    """Neither 4 matrices for 2 heads, nor 2 times 2 for 3 groups, nor a fifth axis."""
    with pytest.raises(Refusal, match="attention adds tensor"):
        build("attention", {"heads": 2, "scores": True}).out_shape(GROUPED, scores)


def test_spaces_in_an_equation_say_nothing() -> None:
    """An equation may be written with spaces, as `numpy.einsum` takes them."""
    assert build("einsum", {"equation": "n c, m c -> n m"}).out_shape(Tensor((5, 8)), Tensor((7, 8))) == Tensor((5, 7))
