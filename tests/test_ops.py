"""Ops one by one: what they cost by hand, and what they refuse."""

from __future__ import annotations

from typing import Any

import pytest

from convcalc.core.cost import Cost, total
from convcalc.core.ops import ACTIVATIONS, TRAITS, build
from convcalc.core.shape import Features, Map, Shape
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
        ("attention", [X], {"heads": 2}, "wrong-kind", None),
        ("attention", [T], {"heads": 3}, "not-divisible", "heads"),
        ("attention", [T, Features((5, 9))], {"heads": 1}, "shape-mismatch", None),
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
    assert set(TRAITS) <= set(OPS)
    assert {"relu", "softmax"} <= set(ACTIVATIONS)


def test_costs_add_up() -> None:
    """Repeated copies have parameters of their own; a batch and shared weights have not."""
    one = Cost(macs=3, params=5, buffers=7, written=11)
    assert one.repeated(4) == Cost(macs=12, params=20, buffers=28, written=44)
    assert one.batched(4) == one.shared(4) == Cost(macs=12, params=5, buffers=7, written=44)
    assert total([one, one, one]) == one.repeated(3)
    assert total([]) == Cost()


def test_totals_beyond_64_bits_are_exact() -> None:
    """Integers have no limit: 2^40 channels squared."""
    channels = 2**40
    attributes = {"cout": channels, "kernel": (1, 1), "stride": (1, 1), "padding": "same", "dilation": (1, 1)}
    assert cost("conv", Map(channels, (1, 1)), **attributes).macs == 2**80
