"""Ops one by one: what they cost by hand, and what they refuse."""

from __future__ import annotations

from typing import Any

import pytest

from convcalc.core.cost import Cost, total
from convcalc.core.ops import ACTIVATIONS, FUNCTIONS, IMPORTED, TRAITS, build, weighted_layers, weights_of
from convcalc.core.shape import Features, Map, Shape, Tensor
from convcalc.errors import Refusal
from convcalc.layout.vocabulary import OPS

X = Map(8, (4, 4))  # 128 elements
T = Features((5, 8))  # 40 elements
WINDOW: dict[str, Any] = {"kernel": (3, 3), "stride": (1, 1), "padding": ((0, 0), (0, 0)), "dilation": (1, 1)}


def cost(name: str, *inputs: Shape, **attributes: Any) -> Cost:
    return build(name, attributes).cost(*(inputs or (X,)))


def out(name: str, *inputs: Shape, **attributes: Any) -> Shape:
    return build(name, attributes).out_shape(*(inputs or (X,)))


@pytest.mark.parametrize(
    ("name", "work"),
    [
        ("relu", Cost(comparisons=1)),
        ("relu6", Cost(comparisons=2)),
        ("leaky_relu", Cost(comparisons=1, multiplies=1)),
        ("elu", Cost(comparisons=1, transcendentals=1, adds=1, multiplies=1)),
        ("silu", Cost(transcendentals=1, adds=1, divisions=1, multiplies=1)),
        ("gelu", Cost(transcendentals=1, adds=1, multiplies=3)),
        ("hardswish", Cost(adds=1, comparisons=2, divisions=1, multiplies=1)),
        ("hardsigmoid", Cost(adds=1, comparisons=2, divisions=1)),
        ("sigmoid", Cost(transcendentals=1, adds=1, divisions=1)),
        ("tanh", Cost(transcendentals=1)),
        ("selu", Cost(comparisons=1, transcendentals=1, adds=1, multiplies=2)),
        ("celu", Cost(comparisons=1, transcendentals=1, adds=1, multiplies=1, divisions=1)),
        ("gelu_tanh", Cost(transcendentals=1, adds=2, multiplies=6)),
        ("quick_gelu", Cost(transcendentals=1, adds=1, divisions=1, multiplies=2)),
        ("mish", Cost(transcendentals=3, adds=1, multiplies=1)),
        ("hardtanh", Cost(comparisons=2)),
        ("logsigmoid", Cost(transcendentals=2, adds=1)),
        ("softplus", Cost(transcendentals=2, adds=1)),
        ("softsign", Cost(comparisons=1, adds=1, divisions=1)),
        ("abs", Cost(comparisons=1)),
        ("neg", Cost()),
        ("reciprocal", Cost(divisions=1)),
        ("rsqrt", Cost(transcendentals=1, divisions=1)),
        *((name, Cost(transcendentals=1)) for name in ("exp", "log", "sqrt", "sin", "cos", "erf")),
    ],
)
def test_an_activation_works_element_by_element(name: str, work: Cost) -> None:
    """128 elements take 128 times the work of one, no MACs and no parameters; relu6 compares with 0 and with 6."""
    assert cost(name) == Cost(*(128 * field for field in work))._replace(read=128, written=128)


def test_prelu_learns_one_slope_or_one_a_channel() -> None:
    """PyTorch's nn.PReLU has num_parameters 1 by default."""
    assert cost("prelu").params == 1
    assert cost("prelu", per_channel=True).params == 8


def test_softmax_runs_along_the_channels() -> None:
    """5 rows of 8: 7 comparisons, 8 subtractions, 8 exps, 7 additions and 8 divisions a row."""
    assert cost("softmax", T) == Cost(comparisons=35, adds=75, transcendentals=40, divisions=40, read=40, written=40)


def test_norms() -> None:
    """Parameters 2·C; batch norm keeps 2·C + 1 buffers and, at inference, is a multiply and an add."""
    assert cost("batch_norm") == Cost(adds=128, multiplies=128, params=16, buffers=17, read=128, written=128)
    assert cost("batch_norm", affine=False).params == 0
    assert cost("layer_norm", T) == Cost(adds=160, multiplies=120, divisions=15, transcendentals=5, params=16, read=40, written=40)
    assert cost("layer_norm").transcendentals == 16  # one a position
    assert cost("group_norm", groups=4).transcendentals == 4
    assert (cost("instance_norm").params, cost("instance_norm").transcendentals) == (0, 8)
    assert cost("local_response_norm", size=5) == Cost(adds=640, multiplies=256, divisions=128, transcendentals=128, read=128, written=128)


def test_joins() -> None:
    """n inputs take n − 1 operations an element; a 1×1 gate stretches; concat computes nothing."""
    assert cost("add", X, X, X).adds == 256
    assert cost("mul", X, Map(8, (1, 1))).multiplies == 128
    assert out("mul", Map(8, (1, 1)), X) == X
    assert out("concat", X, Map(3, (4, 4))) == Map(11, (4, 4))
    assert cost("concat", X, X) == Cost(read=256, written=256)
    for name, kind in (("sub", "adds"), ("div", "divisions"), ("min", "comparisons"), ("max", "comparisons"), ("pow", "transcendentals")):
        assert cost(name, X, X) == Cost(read=256, written=128)._replace(**{kind: 128})
        assert cost(name, X, by=2) == Cost(read=128, written=128)._replace(**{kind: 128})
    assert cost("where", X, X, Map(8, (1, 1))) == Cost(read=264, written=128)
    assert out("concat", T, Features((2, 8)), axis="n") == Features((7, 8))
    assert out("concat", X, Map(8, (4, 1)), axis=-1) == Map(8, (4, 5))


def test_a_vector_joins_a_map_once_it_is_one() -> None:
    """An embedding of time on a map: the refusal says what to write."""
    with pytest.raises(Refusal) as refused:
        cost("add", X, Features((8,)))
    assert "declare it as 8x1x1" in str(refused.value.hint)
    assert out("reshape", Features((8,)), sizes=(8, 1, 1), to="map") == Map(8, (1, 1))
    assert out("add", X, Map(8, (1, 1))) == X


def test_reductions() -> None:
    """An add or comparison fewer than elements, a division a value of a mean; shapes by what is left."""
    assert cost("mean", X, axes=("h", "w")) == Cost(adds=120, divisions=8, read=128, written=8)
    assert cost("max", X, axes=("c",)) == Cost(comparisons=112, read=128, written=16)
    assert cost("sum", T, axes=(0,)) == Cost(adds=32, read=40, written=8)
    shapes = {
        ("h", "w"): Features((8,)), ("w",): Map(8, (4,)), ("c",): Tensor((4, 4)), (1, -1): Features((8,)),
    }  # fmt: skip
    assert {axes: out("mean", X, axes=axes) for axes in shapes} == shapes
    assert out("mean", X, axes=("h", "w"), keep=True) == Map(8, (1, 1))
    assert out("sum", T, axes=("n",)) == Features((8,))
    assert out("sum", Tensor((2, 3)), axes=(0, 1)) == Tensor((1,))


def test_learned_tensors() -> None:
    """Each owns its parameters."""
    assert cost("scale") == Cost(multiplies=128, params=8, read=128, written=128)
    assert (out("class_token", T), cost("class_token", T).params) == (Features((6, 8)), 8)
    assert (cost("position_embedding", T).params, cost("position_embedding", T).adds) == (40, 40)


def test_views_cost_nothing() -> None:
    """What only looks at elements otherwise reads and writes none."""
    assert (out("flatten"), out("tokens"), out("channels_last")) == (Features((128,)), Features((16, 8)), Features((4, 4, 8)))
    assert out("channels_first", Features((4, 4, 8))) == X
    assert out("slice", start=2, stop=5) == Map(3, (4, 4))
    assert out("select", T, index=4) == Features((8,))
    assert out("crop", size=(2, 3)) == Map(8, (2, 3))
    for name, x, attributes in (
        ("flatten", X, {}),
        ("tokens", X, {}),
        ("channels_last", X, {}),
        ("channels_first", T, {}),
        ("slice", X, {"stop": 2}),
        ("select", T, {"index": 0}),
        ("crop", X, {"size": (1, 1)}),
        ("dropout", X, {"p": 0}),
    ):
        assert build(name, attributes).cost(x) == Cost()


def test_shapes_to_and_fro() -> None:
    """Tokens, windows, plain axes, and back."""
    assert out("untokens", Features((16, 8)), size=(4, 4)) == X
    assert out("reshape", X, sizes=(2, -1, 8)) == Tensor((2, 8, 8))
    assert out("reshape", X, sizes=(128,), to="features") == Features((128,))
    assert out("permute", X, order=("w", "c", "h")) == Tensor((4, 8, 4))
    assert out("permute", Tensor((2, 3, 4)), order=(2, 0, 1), to="map") == Map(4, (2, 3))
    assert out("select", Tensor((3, 5, 8)), index=2) == Tensor((5, 8))
    assert out("slice", T, start=1, axis="n") == Features((4, 8))
    assert out("space_to_depth", X, factor=(2, 2)) == Map(32, (2, 2))
    assert out("space_to_depth", Features((3, 5, 2)), factor=(2, 2), ceil=True) == Features((2, 3, 8))
    assert out("windows", Map(8, (5, 7)), size=(3, 3), shift=(0, 0)) == Tensor((6, 9, 8))
    back = {"size": (3, 3), "shift": (0, 0), "grid": False, "to": (5, 7)}
    assert out("unwindows", Tensor((6, 9, 8)), **back) == Features((5, 7, 8))
    assert out("unwindows", Tensor((6, 9, 8)), **back, map=True) == Map(8, (5, 7))
    assert out("fold", Tensor((72, 4)), size=(4, 4), **WINDOW) == X
    assert out("grid_sample", X, Features((2, 3, 2))) == Map(8, (2, 3))


def test_what_is_copied() -> None:
    """Windows read 5×7 and write 6×9 positions; a shift copies those once more, but not along an axis that one window covers."""
    x = Map(8, (5, 7))
    assert cost("windows", x, size=(3, 3), shift=(0, 0)) == Cost(read=280, written=432)
    assert cost("windows", x, size=(3, 3), shift=(1, 1)) == Cost(read=712, written=864)
    assert cost("windows", x, size=(5, 7), shift=(2, 3)) == Cost(read=280, written=280)
    assert cost("roll", X, shift=(1, 1)) == Cost(read=128, written=128)
    assert cost("unfold", X, **WINDOW) == Cost(read=288, written=288)
    assert cost("fold", Tensor((72, 4)), size=(4, 4), **WINDOW) == Cost(adds=288, read=288, written=128)
    assert cost("grid_sample", X, Features((2, 3, 2))) == Cost(multiplies=192, adds=144, read=140, written=48)
    assert cost("grid_sample", X, Features((2, 3, 2)), mode="nearest") == Cost(read=140, written=48)


def test_what_a_network_keeps() -> None:
    """Learned tensors are parameters, constants and fixed orders are buffers; alone they take no input."""
    assert cost("learned", T, sizes=(1, 8)) == Cost(adds=40, params=8, read=40, written=40)
    assert cost("learned", T, sizes=(8,), join="mul") == Cost(multiplies=40, params=8, read=40, written=40)
    kept = build("learned", {"sizes": (3, 4), "join": "none"})
    assert (kept.out_shape(), kept.cost()) == (Tensor((3, 4)), Cost(params=12))
    constant = build("constant", {"sizes": (3, 4), "to": "tokens"})
    assert (constant.out_shape(), constant.cost()) == (Features((3, 4)), Cost(buffers=12))
    assert (out("gather", T, sizes=(2, 3)), cost("gather", T, sizes=(2, 3))) == (Tensor((2, 3, 8)), Cost(buffers=6, read=48, written=48))
    assert cost("gather", T, sizes=(2, 3), buffer=False).buffers == 0


def test_heads_share_depthwise_weights() -> None:
    """Two runs of four channels take the same 4·9 weights: MACs stay."""
    alone, shared = cost("depthwise_conv", **WINDOW), cost("depthwise_conv", **WINDOW, heads=2, bias=True)
    assert (alone.params, shared.params, shared.macs) == (72, 36 + 4, alone.macs)


def test_a_deformable_convolution_costs_a_convolution_and_its_samples() -> None:
    """4 positions of 9 taps of 8 channels, each between four elements, weighed where there is a mask."""
    plain, deformed = cost("conv", cout=4, **WINDOW), cost("deform_conv", X, Map(18, (2, 2)), cout=4, **WINDOW)
    assert (deformed.macs, deformed.params, deformed.multiplies, deformed.adds) == (plain.macs, plain.params, 4 * 288, 3 * 288)
    assert cost("deform_conv", X, Map(18, (2, 2)), Map(9, (2, 2)), cout=4, **WINDOW).multiplies == 5 * 288


# Traits: what analyses ask of an op

EXAMPLES: dict[str, tuple[tuple[Shape, ...], dict[str, Any]]] = {
    "conv": ((X,), {"cout": 4, **WINDOW, "bias": True}), "depthwise_conv": ((X,), {**WINDOW, "bias": True}),
    "conv_transpose": ((X,), {"cout": 4, **WINDOW, "output_padding": (0, 0), "bias": True}),
    "deform_conv": ((X, Map(18, (2, 2))), {"cout": 4, **WINDOW, "bias": True}), "linear": ((T,), {"cout": 3}),
    "matmul": ((T, T), {"transpose": True}), "einsum": ((T, T), {"equation": "nc,mc->nm"}),
    "attention": ((T, Features((3, 6))), {"heads": 4, "kv_heads": 2, "dim": 12, "cout": 5, "cosine": True}),
    **{name: ((T,), {"hidden": 3}) for name in ("lstm", "gru", "rnn")},
    **{name: ((X,), {**WINDOW}) for name in ("max_pool", "avg_pool", "unfold")},
    **{name: ((X,), {"size": (2, 2)}) for name in ("adaptive_avg_pool", "adaptive_max_pool", "crop")},
    **{name: ((X,), {"axes": ("c",)}) for name in ("mean", "sum")}, "group_norm": ((X,), {"groups": 4}),
    **{name: ((X, X), {}) for name in ("add", "sub", "mul", "div", "min", "max", "pow", "concat")}, "where": ((X, X, X), {}),
    "select": ((T,), {}), "pad": ((X,), {"padding": ((1, 1), (0, 0))}), "roll": ((X,), {"shift": (1, 1)}),
    "untokens": ((Features((16, 8)),), {"size": (4, 4)}), "channels_first": ((Features((4, 4, 8)),), {}),
    "reshape": ((X,), {"sizes": (-1,)}), "permute": ((X,), {"order": (2, 1, 0)}), "windows": ((X,), {"size": (2, 2), "shift": (0, 0)}),
    "unwindows": ((Tensor((4, 4, 8)),), {"size": (2, 2), "shift": (0, 0), "grid": False, "to": (4, 4)}),
    "pixel_shuffle": ((X,), {"factor": 2}), "space_to_depth": ((X,), {"factor": (2, 2)}), "channel_shuffle": ((X,), {"groups": 2}),
    "fold": ((Tensor((72, 4)),), {"size": (4, 4), **WINDOW}), "upsample": ((X,), {"factor": (2, 2)}),
    "grid_sample": ((X, Features((2, 3, 2))), {}), "class_token": ((T,), {}), "position_embedding": ((T,), {}),
    "learned": ((T,), {"sizes": (8,)}), "constant": ((), {"sizes": (2, 2)}), "gather": ((T,), {"sizes": (2,)}),
    "custom": ((X,), {"cout": 4, "macs": 5, "params": 6, "activations": 7, "buffers": 8}), "clip": ((X,), {"low": 0}),
    **{name: ((X,), {"out": X, "of": "Reshape"}) for name in IMPORTED},
}  # fmt: skip


@pytest.mark.parametrize("name", TRAITS)
def test_traits_are_true(name: str) -> None:
    """A view moves nothing and all else writes; what is elementwise keeps the shape; what is weighted has weights and MACs."""
    inputs, attributes = EXAMPLES.get(name, ((X,), {}))
    op, traits = build(name, attributes), TRAITS[name]
    cost = op.cost(*inputs)
    assert (cost == Cost()) is traits.view
    assert bool(cost.written) is not (traits.view or name == "constant")
    if traits.elementwise:
        assert op.out_shape(*inputs) == inputs[0]
    assert (weighted_layers(op) > 0) is bool(cost.macs and weights_of(op, inputs) and name != "custom")


@pytest.mark.parametrize("name", TRAITS)
def test_parameters_are_the_elements_of_their_shapes(name: str) -> None:
    """What `weights` says has as many elements as the cost has parameters."""
    inputs, attributes = EXAMPLES.get(name, ((X,), {}))
    op = build(name, attributes)
    found = 0
    for shape in weights_of(op, inputs):
        elements = 1
        for size in shape:
            elements *= size
        found += elements
    assert op.cost(*inputs).params == found


def test_functions_are_no_activations() -> None:
    """A mish is a non-linearity of a network, a root is arithmetic; both are one table of work."""
    assert not set(FUNCTIONS) & set(ACTIVATIONS)
    assert {"mish", "selu", "celu", "softplus", "logsigmoid"} <= set(ACTIVATIONS)
    assert {"abs", "exp", "log", "sqrt", "sin", "cos", "erf"} <= set(FUNCTIONS)


def test_resampling() -> None:
    """Factor or size; pixels from channels; zeros around."""
    assert out("upsample", factor=(2, 3)) == Map(8, (8, 12))
    assert out("upsample", size=(5, 7)) == Map(8, (5, 7))
    assert out("pixel_shuffle", factor=2) == Map(2, (8, 8))
    assert out("pad", padding=((1, 0), (2, 3))) == Map(8, (5, 9))


def test_global_pools_give_one_value_a_channel() -> None:
    """C×1×1: 15 adds and a division, or 15 comparisons, a channel."""
    assert out("global_avg_pool") == Map(8, (1, 1))
    assert cost("global_avg_pool") == Cost(adds=120, divisions=8, read=128, written=8)
    assert cost("global_max_pool") == Cost(comparisons=120, read=128, written=8)


def test_custom_states_its_own_figures() -> None:
    """Its MACs and parameters are the stated ones, and its output keeps the map unless told."""
    assert (out("custom", cout=3, macs=7, params=5), cost("custom", cout=3, macs=7, params=5).macs) == (Map(3, (4, 4)), 7)
    assert out("custom", cout=3, macs=0, params=0, size=(2, 2)) == Map(3, (2, 2))


@pytest.mark.parametrize(
    ("name", "inputs", "attributes", "code", "at"),
    [
        ("conv", [X], {"cout": 8, **WINDOW, "groups": 3}, "not-divisible", "groups"),
        ("conv", [X], {"cout": 9, **WINDOW, "groups": 2}, "not-divisible", "groups"),
        ("conv", [X], {"cout": 8, **WINDOW, "kernel": (5, 5)}, "map-vanishes", "kernel"),
        ("conv", [X], {"cout": 8, **WINDOW, "kernel": (3,)}, "wrong-kind", "kernel"),
        ("conv", [T], {"cout": 8, **WINDOW}, "wrong-kind", None),
        ("conv_transpose", [X], {"cout": 8, **WINDOW, "padding": ((9, 9), (9, 9)), "output_padding": (0, 0)}, "map-vanishes", "padding"),
        ("linear", [X], {"cout": 8}, "wrong-kind", None),
        ("matmul", [T, T], {}, "shape-mismatch", None),
        ("matmul", [Features((8,)), Features((8,))], {}, "shape-mismatch", None),
        ("attention", [Features((8,))], {"heads": 2}, "wrong-kind", None),
        ("attention", [T], {"heads": 3}, "not-divisible", "heads"),
        ("attention", [T, Tensor((2, 5, 8))], {"heads": 1}, "shape-mismatch", None),
        ("attention", [T, Tensor((2, 5, 4))], {"heads": 2, "scores": True}, "shape-mismatch", "scores"),
        ("einsum", [T], {"equation": "nc->nn"}, "bad-value", "equation"),
        ("einsum", [T], {"equation": "nc"}, "bad-value", "equation"),
        ("einsum", [T, T, T], {"equation": "nc,nc,nc->n"}, "bad-value", "equation"),
        ("einsum", [T], {"equation": "nch->n"}, "shape-mismatch", "equation"),
        ("einsum", [T, Features((5, 9))], {"equation": "nc,mc->nm"}, "shape-mismatch", "equation"),
        ("lstm", [X], {"hidden": 3}, "wrong-kind", None),
        ("gru", [Features((8,))], {"hidden": 3}, "wrong-kind", None),
        ("mean", [X], {"axes": ("n",)}, "wrong-kind", "axes"),
        ("mean", [X], {"axes": ("c", 0)}, "bad-value", "axes"),
        ("max", [X], {}, "missing-key", None),
        ("max", [X], {"axes": ("c",), "by": 2}, "bad-value", "by"),
        ("sub", [X], {}, "missing-key", None),
        ("where", [X, X, T], {}, "shape-mismatch", None),
        ("untokens", [T], {"size": (2, 2)}, "shape-mismatch", None),
        ("untokens", [X], {"size": (4, 4)}, "wrong-kind", None),
        ("reshape", [T], {"sizes": (7, -1)}, "shape-mismatch", "sizes"),
        ("reshape", [T], {"sizes": (-1, -1)}, "bad-value", "sizes"),
        ("permute", [T], {"order": ("c",)}, "wrong-kind", "order"),
        ("permute", [T], {"order": (0, "n")}, "wrong-kind", "order"),
        ("windows", [T], {"size": (2, 2), "shift": (0, 0)}, "wrong-kind", "size"),
        ("unwindows", [Tensor((4, 4, 8))], {"size": (2, 2), "shift": (0, 0), "grid": False, "to": (5, 5)}, "shape-mismatch", None),
        ("space_to_depth", [X], {"factor": (3, 2)}, "not-divisible", "factor"),
        ("space_to_depth", [T], {"factor": (3, 2)}, "wrong-kind", "factor"),
        ("roll", [X], {"shift": (1,)}, "wrong-kind", "shift"),
        ("unfold", [T], WINDOW, "wrong-kind", None),
        ("fold", [Tensor((71, 4))], {**WINDOW, "size": (4, 4)}, "wrong-kind", None),
        ("fold", [Tensor((72, 5))], {**WINDOW, "size": (4, 4)}, "shape-mismatch", "size"),
        ("grid_sample", [X, Features((3, 3, 3))], {}, "shape-mismatch", None),
        ("deform_conv", [X, Map(17, (2, 2))], {"cout": 4, **WINDOW}, "shape-mismatch", None),
        ("deform_conv", [X, Map(18, (4, 4))], {"cout": 4, **WINDOW}, "shape-mismatch", None),
        ("learned", [T], {"sizes": (2, 5, 8)}, "shape-mismatch", "sizes"),
        ("learned", [T], {"sizes": (4,)}, "shape-mismatch", None),
        ("depthwise_conv", [X], {**WINDOW, "heads": 3}, "not-divisible", "heads"),
        ("slice", [X], {"start": 0, "stop": 9, "axis": "h"}, "shape-mismatch", "stop"),
        ("custom", [T], {"cout": 1, "macs": 0, "params": 0, "size": (2, 2)}, "wrong-kind", "size"),
        ("group_norm", [X], {"groups": 3}, "not-divisible", "groups"),
        ("add", [X, Map(8, (4, 5))], {}, "shape-mismatch", None),
        ("add", [X, T], {}, "shape-mismatch", None),
        ("concat", [X, Map(8, (4, 5))], {}, "shape-mismatch", None),
        ("slice", [X], {"start": 4, "stop": 4}, "shape-mismatch", "stop"),
        ("slice", [X], {"start": 8}, "shape-mismatch", "start"),
        ("select", [X], {"index": 0}, "wrong-kind", None),
        ("select", [T], {"index": 5}, "shape-mismatch", "index"),
        ("crop", [X], {"size": (5, 4)}, "shape-mismatch", "size"),
        ("channels_first", [X], {}, "wrong-kind", None),
        ("pixel_shuffle", [X], {"factor": 3}, "not-divisible", "factor"),
        ("channel_shuffle", [X], {"groups": 3}, "not-divisible", "groups"),
        ("upsample", [X], {"factor": (2, 2), "mode": "linear"}, "wrong-kind", "mode"),
        ("upsample", [X], {}, "missing-key", None),
        ("upsample", [X], {"factor": (2, 2), "size": (2, 2)}, "missing-key", None),
        ("class_token", [X], {}, "wrong-kind", None),
        ("position_embedding", [X], {}, "wrong-kind", None),
        ("tokens", [T], {}, "wrong-kind", None),
    ],
)
def test_refusals(name: str, inputs: list[Shape], attributes: dict[str, Any], code: str, at: str | None) -> None:
    """What does not fit is refused by shape and cost alike, with the attribute at fault; never floored or guessed."""
    for method in ("out_shape", "cost"):
        with pytest.raises(Refusal) as caught:
            getattr(build(name, attributes), method)(*inputs)
        assert (caught.value.code, caught.value.attribute) == (code, at)


def test_every_op_can_be_written() -> None:
    """The language has a word for each op of the core, and no other but the two that apply the style in force."""
    assert set(OPS) - set(TRAITS) == {"norm", "activation"}
    assert set(TRAITS) - set(OPS) == set(IMPORTED)
    assert {"relu", "softmax"} <= set(ACTIVATIONS)


def test_costs_add_up() -> None:
    """Repeated copies have parameters of their own; a batch and shared weights have not."""
    one = Cost(macs=3, params=5, buffers=7, written=11)
    assert one.repeated(4) == Cost(macs=12, params=20, buffers=28, written=44)
    assert one.batched(4) == one.shared(4, 1) == Cost(macs=12, params=5, buffers=7, written=44)
    assert total([one, one, one]) == one.repeated(3)
    assert total([]) == Cost()


def test_totals_beyond_64_bits_are_exact() -> None:
    """Integers have no limit: 2^40 channels squared."""
    channels = 2**40
    attributes = {"cout": channels, "kernel": (1, 1), "stride": (1, 1), "padding": "same", "dilation": (1, 1)}
    assert cost("conv", Map(channels, (1, 1)), **attributes).macs == 2**80
