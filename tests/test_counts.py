"""What each op costs, every field of it, against arithmetic by hand and loops that touch elements one by one."""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path
from typing import Any

import pytest

import convcalc
from convcalc.analysis.metrics import METRICS
from convcalc.cli import main
from convcalc.core.ops import FUNCTIONS, NORMS, TRAITS, build, weighted_layers
from convcalc.core.shape import Features, Map, Shape, shape_of
from convcalc.errors import Refusal
from tests.layouts import traced

X = Map(6, (4, 5))  # 120 elements, no two sizes alike
T = Features((5, 8))  # 40 elements
OPEN = {"stride": (1, 1), "padding": ((0, 0), (0, 0)), "dilation": (1, 1)}
# 3 rows of 4 + 1 of padding, every one: 3 positions; 2 columns of 5 + 1, every second: 3 positions.
SLID = {"kernel": (3, 2), "stride": (1, 2), "padding": ((1, 0), (0, 1)), "dilation": (1, 1)}
# Rows: the last of 4 starts at 3·2 = 6, its 3 taps end at 8, so 9, less 1 of padding, 1 more at the end: 9.
# Columns: the last of 5 starts at 4, its second tap is 2 further, so 7.
SPREAD = {"kernel": (3, 2), "stride": (2, 1), "padding": ((1, 0), (0, 0)), "dilation": (1, 2), "output_padding": (1, 0)}
GROUPED = {"cout": 4, "groups": 2, "bias": True}
SHRINK = {**OPEN, "kernel": (2, 3), "stride": (2, 1)}  # 2 rows of 3 columns, of 6 elements each


def cost_of(op_name: str, attributes: dict[str, Any], *shapes: Shape) -> dict[str, int]:
    """The fields of an op's cost that are not zero."""
    cost = build(op_name, attributes).cost(*shapes)
    return {name: int(value) for name, value in cost._asdict().items() if value != 0}


def out_of(op_name: str, attributes: dict[str, Any], *shapes: Shape) -> Shape:
    return build(op_name, attributes).out_shape(*shapes)


def summary(folder: Path, text: str, **options: Any) -> Any:
    """The report of a layout's text."""
    path = folder / "net.yaml"
    path.write_text(text, encoding="utf-8")
    return convcalc.summary([str(path)], **options).models[0]


def explained(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    """What `convcalc explain` says, as JSON."""
    assert main(("explain", *arguments, "--format", "json")) == 0
    report: dict[str, Any] = json.loads(capsys.readouterr().out)
    return report


def fields(folder: Path, text: str) -> dict[str, Any]:
    return {layer.path: layer.metrics["receptive_field"] for layer in summary(folder, text).layers}


def n(**fields: int) -> dict[str, int]:
    return fields


def each(elements: int, **work: int) -> dict[str, int]:
    """So much work an element, each read once and written once."""
    return {kind: times * elements for kind, times in work.items()} | n(read=elements, written=elements)


def names(cases: list[Any]) -> list[str]:
    return [f"{number}-{case[0]}" for number, case in enumerate(cases)]


COSTS: list[tuple[str, dict[str, Any], tuple[Shape, ...], dict[str, int]]] = [
    # 36 outputs at 9 positions; 6 taps of 3 channels for each of 4: 72 weights, and 4 biases
    ("conv", GROUPED | SLID, (X,), n(macs=9 * 72, adds=36, params=76, activations=36, read=120, written=36)),
    ("conv", {"cout": 4, **SLID}, (X,), n(macs=9 * 144, params=144, activations=36, read=120, written=36)),
    # 12 channels of 9 positions, 6 taps each
    (
        "depthwise_conv",
        {**SLID, "multiplier": 2, "bias": True},
        (X,),
        n(macs=9 * 72, adds=108, params=84, activations=108, read=120, written=108),
    ),
    ("depthwise_conv", SLID, (X,), n(macs=9 * 36, params=36, activations=54, read=120, written=54)),
    # 20 input positions meet 6 taps of 6·(4/2) weights; 4 channels of 9×7 come out
    ("conv_transpose", GROUPED | SPREAD, (X,), n(macs=20 * 72, adds=252, params=76, activations=252, read=120, written=252)),
    ("conv_transpose", {"cout": 4, **SPREAD}, (X,), n(macs=20 * 144, params=144, activations=252, read=120, written=252)),
    ("linear", {"cout": 3}, (T,), n(macs=120, adds=15, params=27, activations=15, read=40, written=15)),
    ("linear", {"cout": 3, "bias": False}, (T,), n(macs=120, params=24, activations=15, read=40, written=15)),
    # two products of 5×8 by 8×3: 30 outputs of 8 pairs
    ("matmul", {}, (Features((2, 5, 8)), Features((2, 8, 3))), n(macs=240, read=80 + 48, written=30)),
    # 4 projections of 5·8 outputs from 8 each; 2·5·5 scores and 5·8 mixtures, each head its 4 channels: 5·5·8 MACs twice;
    # softmax over 10 rows of 5: 4 comparisons, 5 subtractions and 4 adds, 5 exps, 5 divisions a row; a score is scaled once
    (
        "attention",
        {"heads": 2},
        (T,),
        n(
            macs=160 * 8 + 2 * 200,
            adds=50 + 40 + 160,
            multiplies=50,
            comparisons=40,
            divisions=50,
            transcendentals=50,
            params=4 * (64 + 8),
            activations=160,
            read=40,
            written=40,
        ),
    ),
    # queries 5, keys 3: projections of 5 + 3 + 3 + 5 tokens; 10 rows of 3 scores
    (
        "attention",
        {"heads": 2, "qkv_bias": False, "out_bias": False},
        (T, Features((3, 8))),
        n(
            macs=128 * 8 + 2 * 120,
            adds=30 + 20,
            multiplies=30,
            comparisons=20,
            divisions=30,
            transcendentals=30,
            params=4 * 64,
            activations=128,
            read=40 + 24,
            written=40,
        ),
    ),
    # 6 channels of 2×3 windows (3 columns of 5 at step 1, 2 rows of 4 at step 2), 6 elements each
    ("max_pool", SHRINK, (X,), n(comparisons=36 * 5, read=120, written=36)),
    ("avg_pool", SHRINK, (X,), n(adds=36 * 5, divisions=36, read=120, written=36)),
    ("global_max_pool", {}, (X,), n(comparisons=6 * 19, read=120, written=6)),
    ("global_avg_pool", {}, (X,), n(adds=6 * 19, divisions=6, read=120, written=6)),
    # 4 rows as 0–1, 1–2, 2–3 and 5 columns as 0–2, 2–4: windows of 2·3 elements, 36 of them
    ("adaptive_max_pool", {"size": (3, 2)}, (X,), n(comparisons=36 * 5, read=120, written=36)),
    ("adaptive_avg_pool", {"size": (3, 2)}, (X,), n(adds=36 * 5, divisions=36, read=120, written=36)),
    ("batch_norm", {}, (X,), each(120, adds=1, multiplies=1) | n(params=12, buffers=13)),
    ("batch_norm", {"affine": False}, (X,), each(120, adds=1, multiplies=1) | n(buffers=13)),
    # an element: mean, centre, variance are adds, square and scale multiplies, one more of each where affine
    ("layer_norm", {}, (X,), each(120, adds=4, multiplies=3) | n(divisions=60, transcendentals=20, params=12)),
    ("layer_norm", {"affine": False}, (X,), each(120, adds=3, multiplies=2) | n(divisions=60, transcendentals=20)),
    ("group_norm", {"groups": 3}, (X,), each(120, adds=4, multiplies=3) | n(divisions=9, transcendentals=3, params=12)),
    ("group_norm", {"groups": 3, "affine": False}, (X,), each(120, adds=3, multiplies=2) | n(divisions=9, transcendentals=3)),
    # 32 groups unless told
    ("group_norm", {}, (Map(64, (1, 2)),), each(128, adds=4, multiplies=3) | n(divisions=96, transcendentals=32, params=128)),
    ("instance_norm", {}, (X,), each(120, adds=3, multiplies=2) | n(divisions=18, transcendentals=6)),
    ("instance_norm", {"affine": True}, (X,), each(120, adds=4, multiplies=3) | n(divisions=18, transcendentals=6, params=12)),
    # a square and α are multiplies; 3 squares and k take 3 adds
    ("local_response_norm", {"size": 3}, (X,), each(120, adds=3, multiplies=2, divisions=1, transcendentals=1)),
    ("local_response_norm", {}, (X,), each(120, adds=5, multiplies=2, divisions=1, transcendentals=1)),
    ("prelu", {}, (X,), each(120, comparisons=1, multiplies=1) | n(params=1)),
    ("prelu", {"per_channel": True}, (X,), each(120, comparisons=1, multiplies=1) | n(params=6)),
    ("relu", {}, (X,), each(120, comparisons=1)),
    # 20 rows of 6: 5 comparisons, 6 subtractions and 5 adds, 6 exps, 6 divisions
    ("softmax", {}, (X,), n(comparisons=100, adds=220, transcendentals=120, divisions=120, read=120, written=120)),
    ("add", {}, (X, X), each(120, adds=1) | n(read=240)),
    ("add", {}, (X, Map(6, (1, 1))), each(120, adds=1) | n(read=126)),
    ("add", {}, (T, T, T), each(40, adds=2) | n(read=120)),
    ("mul", {}, (Map(6, (1, 1)), X), each(120, multiplies=1) | n(read=126)),
    ("concat", {}, (X, Map(2, (4, 5))), n(read=160, written=160)),
    # 4 + 1 rows and 5 + 2 + 3 columns
    ("pad", {"padding": ((1, 0), (2, 3))}, (X,), n(read=120, written=6 * 5 * 10)),
    ("pixel_shuffle", {"factor": 2}, (Map(8, (4, 5)),), n(read=160, written=160)),
    ("channel_shuffle", {"groups": 3}, (X,), n(read=120, written=120)),
    ("upsample", {"factor": (2, 3)}, (X,), n(read=120, written=720)),
    ("upsample", {"factor": (2, 3), "mode": "bilinear"}, (X,), n(multiplies=4 * 720, adds=3 * 720, read=120, written=720)),
    ("upsample", {"size": (7,), "mode": "linear"}, (Map(6, (4,)),), n(multiplies=84, adds=42, read=24, written=42)),
    ("upsample", {"factor": (3, 2, 1), "mode": "trilinear"}, (Map(2, (1, 2, 3)),), n(multiplies=8 * 72, adds=7 * 72, read=12, written=72)),
    ("scale", {}, (X,), each(120, multiplies=1) | n(params=6)),
    ("class_token", {}, (T,), n(params=8, read=40, written=48)),
    ("position_embedding", {}, (T,), each(40, adds=1) | n(params=40)),
    ("custom", {"cout": 3, "macs": 7, "params": 5}, (X,), n(macs=7, params=5, read=120, written=60)),
    ("custom", {"cout": 3, "macs": 7, "params": 5, "size": (2, 2)}, (X,), n(macs=7, params=5, read=120, written=12)),
    ("dropout", {}, (X,), {}),
]


@pytest.mark.parametrize(("name", "attributes", "inputs", "expected"), COSTS, ids=names(COSTS))
def test_every_field_of_a_cost(name: str, attributes: dict[str, Any], inputs: tuple[Shape, ...], expected: dict[str, int]) -> None:
    """Each count is the one worked out by hand, and what is not mentioned is zero."""
    assert cost_of(name, attributes, *inputs) == expected


@pytest.mark.parametrize(("queries", "keys", "heads", "width", "bias"), [(3, 2, 2, 2, True), (2, 5, 1, 3, False), (1, 1, 3, 1, True)])
def test_attention_step_by_step(queries: int, keys: int, heads: int, width: int, bias: bool) -> None:
    """Projecting, scoring, softmax and mixing as loops do it, an operation at a time."""
    did = dict.fromkeys(("macs", "adds", "multiplies", "comparisons", "divisions", "transcendentals", "activations"), 0)
    channels = heads * width
    for tokens in (queries, keys, keys, queries):  # query, key, value and output projection
        for _ in product(range(tokens), range(channels)):
            did["macs"] += channels
            did["adds"] += bias
            did["activations"] += 1
    for _ in product(range(heads), range(queries)):
        for key in range(keys):
            did["macs"] += width  # a score, scaled by 1/√width, less the row's maximum, raised, divided by the row's sum
            for kind in ("multiplies", "adds", "transcendentals", "divisions"):
                did[kind] += 1
            if key > 0:
                did["comparisons"] += 1  # with the maximum so far
                did["adds"] += 1  # to the sum so far
            did["macs"] += width  # a value, weighed and added to the mixture
    cost = cost_of(
        "attention", {"heads": heads, "qkv_bias": bias, "out_bias": bias}, Features((queries, channels)), Features((keys, channels))
    )
    assert {kind: cost.get(kind, 0) for kind in did} == did


WINDOW = {"kernel": (1, 1), **OPEN}
TURNED = {"cout": 9, **WINDOW, "output_padding": (0, 0)}
REFUSALS: list[tuple[str, dict[str, Any], tuple[Shape, ...], str, str | None]] = [
    ("conv", {"cout": 9, **WINDOW, "groups": 3}, (Map(8, (3, 3)),), "not-divisible", "groups"),  # 3 divides cout and the 72 elements, not 8
    ("conv", {"cout": 9, **WINDOW, "stride": (1,)}, (X,), "wrong-kind", "stride"),
    ("conv", {"cout": 9, **WINDOW, "dilation": (1,)}, (X,), "wrong-kind", "dilation"),
    ("conv", {"cout": 9, **WINDOW, "padding": ((0, 0),)}, (X,), "wrong-kind", "padding"),
    ("conv", {"cout": 9, **WINDOW, "kernel": (5, 1)}, (X,), "map-vanishes", "kernel"),  # one axis of two is enough
    ("conv_transpose", {**TURNED, "groups": 3}, (Map(8, (3, 3)),), "not-divisible", "groups"),
    ("conv_transpose", {**TURNED, "groups": 2}, (X,), "not-divisible", "groups"),
    ("conv_transpose", {**TURNED, "kernel": (1,)}, (X,), "wrong-kind", "kernel"),
    ("conv_transpose", {**TURNED, "stride": (1,)}, (X,), "wrong-kind", "stride"),
    ("conv_transpose", {**TURNED, "dilation": (1,)}, (X,), "wrong-kind", "dilation"),
    ("conv_transpose", {**TURNED, "output_padding": (0,)}, (X,), "wrong-kind", "output_padding"),
    ("conv_transpose", {**TURNED, "padding": "same", "output_padding": (0, 1)}, (X,), "bad-value", "output_padding"),
    ("conv_transpose", {**TURNED, "padding": ((2, 2), (0, 0))}, (X,), "map-vanishes", "padding"),  # 4 − 2 − 2 = 0 rows
    ("matmul", {}, (Features((2, 5, 8)), Features((8,))), "shape-mismatch", None),
    ("matmul", {}, (Features((2, 5, 8)), Features((3, 8, 3))), "shape-mismatch", None),
    ("attention", {"heads": 1}, (Features((8,)),), "wrong-kind", None),
    ("attention", {"heads": 1}, (Features((2, 5, 8)), Features((3, 5, 8))), "shape-mismatch", None),
    ("attention", {"heads": 4, "kv_heads": 3}, (T,), "not-divisible", "kv_heads"),
    ("attention", {"heads": 1, "window": (2, 2)}, (T,), "shape-mismatch", "window"),  # 4 tokens in a window, 5 here
    ("attention", {"heads": 5}, (T,), "not-divisible", "heads"),  # 5 divides the 40 elements, not the 8 channels
    ("group_norm", {"groups": 5}, (X,), "not-divisible", "groups"),  # the 120 elements, not the 6 channels
    ("channel_shuffle", {"groups": 5}, (X,), "not-divisible", "groups"),
    ("pixel_shuffle", {"factor": 2}, (X,), "not-divisible", "factor"),
    ("linear", {"cout": 3}, (Map(6, (1, 5)),), "wrong-kind", None),
    ("upsample", {"factor": (2,), "mode": "bilinear"}, (Map(6, (4,)),), "wrong-kind", "mode"),
    ("upsample", {"factor": (2, 2, 2), "mode": "bilinear"}, (Map(6, (4, 5, 6)),), "wrong-kind", "mode"),
    ("custom", {"cout": 1, "macs": 0, "params": 0, "size": (2,)}, (X,), "wrong-kind", "size"),
    ("adaptive_avg_pool", {"size": (2,)}, (X,), "wrong-kind", "size"),
    ("upsample", {"size": (2,)}, (X,), "wrong-kind", "size"),
    ("upsample", {"factor": (2,)}, (X,), "wrong-kind", "factor"),
    ("crop", {"size": (2,)}, (X,), "wrong-kind", "size"),
    ("crop", {"size": (4, 6)}, (X,), "shape-mismatch", "size"),  # the rows fit, the columns do not
    ("pad", {"padding": ((0, 0),)}, (X,), "wrong-kind", "padding"),
    ("slice", {"start": 0, "stop": 7}, (X,), "shape-mismatch", "stop"),
    ("select", {"index": 0}, (Features((8,)),), "wrong-kind", None),
    ("channels_first", {}, (Features((8,)),), "wrong-kind", None),
    ("channels_first", {}, (Features((2, 2, 2, 2, 8)),), "wrong-kind", None),
    ("add", {}, (X, X, Map(6, (4, 4))), "shape-mismatch", None),
    ("add", {}, (X, Features((6, 4, 5))), "shape-mismatch", None),
    ("add", {}, (X, Map(6, (4,))), "shape-mismatch", None),
    ("concat", {}, (X, Features((6, 4, 5))), "shape-mismatch", None),
    ("concat", {}, (X, Map(6, (4,))), "shape-mismatch", None),
    ("concat", {}, (T, Features((4, 8))), "shape-mismatch", None),
    ("concat", {}, (Features((2, 5, 8)), Features((2, 4, 8))), "shape-mismatch", None),
    ("class_token", {}, (Features((2, 5, 8)),), "wrong-kind", None),
    ("class_token", {}, (Map(5, (8,)),), "wrong-kind", None),
    ("instance_norm", {}, (T,), "wrong-kind", None),
    ("global_avg_pool", {}, (T,), "wrong-kind", None),
    ("channels_last", {}, (T,), "wrong-kind", None),
]


@pytest.mark.parametrize(("name", "attributes", "inputs", "code", "at"), REFUSALS, ids=names(REFUSALS))
def test_what_does_not_fit_is_refused(name: str, attributes: dict[str, Any], inputs: tuple[Shape, ...], code: str, at: str | None) -> None:
    """One axis, group or input that does not fit is enough, and the refusal names the attribute at fault."""
    for question in (out_of, cost_of):
        with pytest.raises(Refusal) as caught:
            question(name, attributes, *inputs)
        assert (caught.value.code, caught.value.attribute) == (code, at)


SAME = {"padding": "same"}
SHAPES: list[tuple[str, dict[str, Any], tuple[Shape, ...], Shape]] = [
    ("conv_transpose", {**TURNED, **SAME, "kernel": (3, 2), "stride": (2, 3), "dilation": (1, 4)}, (X,), Map(9, (8, 15))),  # n·s
    ("conv", {"cout": 9, **WINDOW, **SAME, "kernel": (3, 2), "stride": (3, 2), "dilation": (1, 4)}, (X,), Map(9, (2, 3))),  # ⌈n / s⌉
    ("conv_transpose", {**TURNED, "padding": ((2, 1), (0, 0))}, (X,), Map(9, (1, 5))),  # 4 − 2 − 1: one row is enough
    ("conv", {"cout": 9, **WINDOW, "kernel": (4, 1)}, (X,), Map(9, (1, 5))),
    ("linear", {"cout": 3}, (Map(6, (1, 1)),), Features((3,))),  # C×1×1 counts as a vector
    ("add", {}, (T, Features((1, 8))), T),
    ("add", {}, (Map(1, (4, 1)), Map(6, (1, 1)), Map(1, (1, 5))), X),  # each stretches along its axes of 1
    ("concat", {}, (T, Features((5, 3)), T), Features((5, 19))),
    ("slice", {"stop": 4}, (T,), Features((5, 4))),
    ("slice", {}, (X,), X),  # from the first to the last
    ("slice", {"start": 2}, (X,), Map(4, (4, 5))),
    ("select", {}, (Features((5, 2, 8)),), Features((2, 8))),
    ("select", {}, (Features((1, 8)),), Features((8,))),  # the first, and only, entry unless told
    ("crop", {"size": (4, 5)}, (X,), X),  # all of it fits
    ("channels_first", {}, (Features((4, 6)),), Map(6, (4,))),
    ("channels_first", {}, (Features((2, 4, 5, 6)),), Map(6, (2, 4, 5))),
    ("pixel_shuffle", {"factor": 2}, (Map(16, (2, 3, 4)),), Map(2, (4, 6, 8))),
    ("custom", {"cout": 3, "macs": 0, "params": 0}, (Features((2, 5, 8)),), Features((2, 5, 3))),
    # a last window that starts in the end padding is dropped: at 5 past 4 rows, not at 5 of 2 + 4 columns
    (
        "max_pool",
        {"kernel": (2, 2), "stride": (5, 5), "padding": ((0, 2), (2, 0)), "dilation": (1, 1), "ceil": True},
        (Map(6, (4, 4)),),
        Map(6, (1, 2)),
    ),
    ("max_pool", {**WINDOW, "kernel": (3, 3), "stride": (2, 3), "ceil": True}, (X,), Map(6, (2, 2))),  # ⌈1 / 2⌉ + 1 and ⌈2 / 3⌉ + 1
    ("max_pool", {**WINDOW, "kernel": (3, 3), "stride": (2, 3)}, (X,), Map(6, (1, 1))),
]


@pytest.mark.parametrize(("name", "attributes", "inputs", "expected"), SHAPES, ids=names(SHAPES))
def test_output_shapes(name: str, attributes: dict[str, Any], inputs: tuple[Shape, ...], expected: Shape) -> None:
    """What just fits is not refused, and every axis goes its own way."""
    assert out_of(name, attributes, *inputs) == expected


@pytest.mark.parametrize(
    ("size", "kernel", "stride", "dilation", "zeros"),
    [
        (8, 3, 1, 1, [1, 1]),
        (8, 3, 2, 1, [1, 1]),  # the same on both sides for an odd extent, though one side would do
        (8, 3, 1, 2, [2, 2]),
        (8, 7, 2, 1, [3, 3]),
        (8, 1, 2, 1, [0, 0]),
        (8, 2, 1, 1, [0, 1]),  # the odd one at the end
        (8, 2, 1, 3, [1, 2]),
        (8, 4, 1, 1, [1, 2]),
        (8, 6, 2, 1, [2, 2]),  # 4 outputs reach 3·2 + 6 = 12
        (7, 4, 2, 1, [1, 2]),  # 4 outputs reach 3·2 + 4 = 10
        (8, 4, 3, 1, [1, 1]),  # 3 outputs reach 2·3 + 4 = 10
        (9, 2, 5, 1, [0, 0]),  # 2 outputs reach 5 + 2 = 7, within 9
        (3, 8, 1, 1, [3, 4]),
    ],
)
def test_same_padding_is_shown(tmp_path: Path, size: int, kernel: int, stride: int, dilation: int, zeros: list[int]) -> None:
    """`same` is k // 2 on both sides of an odd extent (PyTorch), and the fewest zeros for an even one (TensorFlow)."""
    window = f"kernel: {kernel}, stride: {stride}, dilation: {dilation}, padding: same"
    [layer] = summary(tmp_path, f"input: 4x{size}\nlayers: [{{conv: {{cout: 4, {window}}}}}]").layers
    assert layer.attributes["padding"] == [zeros]


@pytest.mark.parametrize(
    ("channels", "groups", "hint"),
    [
        (12, 5, "use a divisor of 12: 1, 2, 3, 4, 6, 12"),
        (48, 5, "use a divisor of 48: 1, 2, 3, 4, 6, 8, 12, 16, 24, 48"),  # ten, all of them
        (60, 7, "use a divisor of 60: 1, 2, 3, 4, 5, 6, 10, 12, 15, 20, …"),
        (10**6, 3, "use a divisor of 1000000: 1, 2, 4, 5, 8, 10, 16, 20, 25, 32, …"),
        (10**6 + 1, 2, "use a divisor of 1000001: 1, 101, 9901, 1000001"),
        (10**9 + 9, 3, "use a divisor of 1000000009: 1, …"),  # too many to try
    ],
)
def test_divisors_are_offered(channels: int, groups: int, hint: str) -> None:
    """A refusal lists what would divide, ten at most."""
    with pytest.raises(Refusal) as caught:
        out_of("channel_shuffle", {"groups": groups}, Map(channels, (1,)))
    assert caught.value.hint == hint


@pytest.mark.parametrize("body", ["channels_last", "{select: 0}"])
def test_a_pass_settles_only_on_its_own_shape(tmp_path: Path, body: str) -> None:
    """4×4×4 features are no 4×4×4 map, and 4 features no 4×4: the next pass is built, and refused what it cannot take."""
    first = "" if body == "channels_last" else f"channels_last, {body}, "
    with pytest.raises(convcalc.ConvcalcError, match="takes"):
        summary(tmp_path, f"input: 4x4x4\nlayers: [{first}{{repeat: {{times: 3, layers: [{body}]}}}}]")


def test_a_refusal_says_what_met_what() -> None:
    """3 taps 4 apart span 9; 4 rows with 1 + 2 zeros are 7, 5 columns with 0 + 3 are 8."""
    window = {"kernel": (3, 2), "stride": (1, 1), "padding": ((1, 2), (0, 3)), "dilation": (4, 1)}
    with pytest.raises(Refusal, match="a 9×2 window does not fit the 7×8 map"):
        cost_of("conv", {"cout": 1, **window}, X)
    with pytest.raises(Refusal, match="got features 5×8"):
        cost_of("conv", {"cout": 1, **window}, T)
    with pytest.raises(Refusal, match="got the map 6×4×5"):
        cost_of("linear", {"cout": 1}, X)


def test_reading_is_not_writing(tmp_path: Path) -> None:
    """A summary gives each layer and the network what is read and what is written, for the whole batch."""
    layers = "{conv: {name: one, cout: 4, kernel: 1}}, {max_pool: {name: two, kernel: 2}}, {pad: {name: three, padding: 1}}"
    report = summary(tmp_path, f"input: 6x4x5\nlayers: [{layers}]", batch=10)
    # 6·4·5 = 120 in, 4·4·5 = 80; of which pools keep 4·2·2 = 16; with zeros around 4·4·4 = 64
    assert {layer.path: (layer.metrics["elements_read"], layer.metrics["elements_written"]) for layer in report.layers} == {
        "one": (1200, 800),
        "two": (800, 160),
        "three": (160, 640),
    }
    assert summary(tmp_path, f"input: 6x4x5\nlayers: [{layers}]", batch=2).totals["elements_read"] == 2 * 216
    assert (report.totals["elements_read"], report.totals["elements_written"]) == (2160, 1600)
    assert (report.totals["params"], report.totals["macs"], report.totals["flops"]) == (28, 10 * 480, 10 * 960)


def test_every_column_has_its_own_count(tmp_path: Path) -> None:
    """Over 6×4×5 = 120 elements, no two columns are the same figure, but MACs, those inside the map, and what mac counts."""
    work = "{conv: {cout: 6, kernel: 1}}, {depthwise_conv: {kernel: 1, bias: false}}, batch_norm"
    activations = "elu, hardswish, hardswish, sigmoid, sigmoid, sigmoid, tanh, tanh, tanh, tanh, tanh"
    assert summary(tmp_path, f"input: 6x4x5\nlayers: [{work}, {activations}, {{max_pool: 2}}]").totals == {
        "params": 6 * 6 + 6 + 6 + 2 * 6,
        "buffers": 2 * 6 + 1,
        "macs": 120 * 7,
        "flops": 2 * 120 * 7,
        "activations": 2 * 120,
        "nonlinearities": 11,
        "weighted_layers": 2,
        "channel_mixing_layers": 1,
        "adds": 120 * (1 + 1 + 1 + 2 + 3),  # bias, norm, elu, hardswish, sigmoid
        "multiplies": 120 * (1 + 1 + 2),  # norm, elu, hardswish
        "comparisons": 120 * (1 + 2 * 2) + 24 * 3,  # elu, hardswish with two bounds; 24 windows of 4
        "divisions": 120 * (2 + 3),  # hardswish, sigmoid
        "transcendentals": 120 * (1 + 3 + 5),  # elu, sigmoid, tanh
        "elements_read": 15 * 120,
        "elements_written": 14 * 120 + 24,
        "uncounted": 0,
        "counted": 120 * 7,
        "receptive_field": [2, 2],
    }


def test_layers_are_counted_by_what_they_do(tmp_path: Path) -> None:
    """Attention holds four weighted layers; only those mix channels whose outputs each see every input channel."""
    text = """
input: 6x4x5
layers:
  - conv: {name: plain, cout: 6, kernel: 1}
  - conv: {name: grouped, cout: 6, kernel: 1, groups: 2}
  - depthwise_conv: {name: depthwise, kernel: 1}
  - conv_transpose: {name: turned, cout: 6, kernel: 1}
  - conv_transpose: {name: turned_grouped, cout: 6, kernel: 1, groups: 3}
  - batch_norm: {name: norm}
  - repeat: {name: many, times: 7, layers: [{conv: {name: deep, cout: 6, kernel: 1}}, {gelu: {name: act}}]}
  - group_norm: {name: groups, groups: 1}
  - conv: {name: narrow, cout: 1, kernel: 1}
  - depthwise_conv: {name: lone, kernel: 1}
  - conv: {name: wide, cout: 8, kernel: 1}
  - tokens
  - attention: {name: attention, heads: 2}
  - linear: {name: linear, cout: 3}
"""
    report = summary(tmp_path, text)
    kinds = ("weighted_layers", "channel_mixing_layers", "nonlinearities")
    counted = {layer.path.replace("many.0-6.", ""): tuple(layer.metrics[kind] for kind in kinds) for layer in report.layers}
    assert {path: counts for path, counts in counted.items() if any(counts)} == {
        "plain": (1, 1, 0),
        "grouped": (1, 0, 0),
        "depthwise": (1, 0, 0),
        "turned": (1, 1, 0),
        "turned_grouped": (1, 0, 0),
        "deep": (7, 7, 0),
        "act": (0, 0, 7),
        "narrow": (1, 1, 0),
        "lone": (1, 1, 0),  # one channel: every output channel sees every input channel
        "wide": (1, 1, 0),
        "attention": (4, 4, 0),
        "linear": (1, 1, 0),
    }
    assert [report.totals[kind] for kind in kinds] == [5 + 7 + 3 + 4 + 1, 2 + 7 + 3 + 4 + 1, 7]


STEM = "{conv: {cout: 4, kernel: 3}}"  # sees 3, a step apart
FIELDS: list[tuple[str, list[Any]]] = [
    # rows: 3 at step 2, +1·2 = 5 at step 4, +2·4 = 13, +0; columns: 1 + 4·2 = 9, +1 = 10 at step 2, +2·2 = 14, +1·2 = 16
    (
        "[{conv: {cout: 4, kernel: [3, 5], stride: [2, 1], dilation: [1, 2]}}, {max_pool: 2}, {depthwise_conv: 3},"
        " {avg_pool: {kernel: [1, 2], stride: 1}}]",
        [[3, 9], [5, 10], [13, 14], [13, 16]],
    ),
    # a 4-tap, stride-2 kernel meets 2 inputs, a 3-tap, stride-3 one 1; then 2 neighbours half and a third of a step apart: one more
    ("[{conv_transpose: {cout: 4, kernel: [4, 3], stride: [2, 3], padding: 0}}, {conv: {cout: 4, kernel: 3}}]", [[2, 1], [3, 2]]),
    # taps 0, 2 and 4 at even outputs: 3 inputs; stride 4 keeps 2 of them within ⌈5/4⌉
    ("[{conv_transpose: {cout: 4, kernel: 3, stride: [2, 4], dilation: 2, padding: 0}}]", [[3, 2]]),
    # 4 at step 4; interpolation looks at one neighbour more, 4 away, and neighbours come to be 2 apart: 8 + 2·2
    ("[{max_pool: 4}, {upsample: {factor: 2, mode: bilinear}}, {conv: {cout: 4, kernel: 3}}]", [[4, 4], [8, 8], [12, 12]]),
    # 4 to 16 rows are a step of 1, 4 to 32 columns one of a half
    ("[{max_pool: 4}, {upsample: {size: [16, 32]}}, {conv: {cout: 4, kernel: 3}}]", [[4, 4], [4, 4], [6, 5]]),
    # 16 to 4 rows are windows of 4, 16 to 8 columns of 2
    ("[{adaptive_avg_pool: {size: [4, 8]}}, {conv: {cout: 4, kernel: 3}}]", [[4, 2], [12, 6]]),
    ("[{adaptive_max_pool: {size: [32, 16]}}, {conv: {cout: 4, kernel: 5}}]", [[1, 1], [3, 5]]),  # 4 half steps
    ("[{adaptive_avg_pool: {size: [16, 5]}}]", [None]),  # windows of 3 and 4: no one size
    ("[{adaptive_avg_pool: {size: [16, 1]}}]", [None]),  # sees all of an axis
    (f"[{STEM}, {{pixel_shuffle: 2}}, {{conv: {{cout: 4, kernel: 3}}}}]", [[3, 3], [3, 3], [4, 4]]),
    # what computes over all positions sees no window, and nothing after it does
    *[(f"[{STEM}, {op}, relu]", [[3, 3], None, None]) for op in ("global_avg_pool", "global_max_pool")],
    (f"[{STEM}, flatten, relu]", [[3, 3], None, None]),
    (f"[{STEM}, tokens, {{select: 0}}, relu]", [[3, 3], [3, 3], None, None]),
    (f"[{STEM}, tokens, {{attention: 1}}, relu]", [[3, 3], [3, 3], None, None]),
    # what works at each position alone keeps the window
    *[(f"[{STEM}, {op}]", [[3, 3]] * 2) for op in ("relu", "scale", "{slice: 2}")],
    # and so does every norm: what it takes from other positions is a mean and a variance
    *[(f"[{STEM}, {op}]", [[3, 3]] * 2) for op in ("batch_norm", "layer_norm", "local_response_norm", "{group_norm: 2}", "instance_norm")],
    # a gate from all positions does not take the window from the map it multiplies
    (f"[{STEM}, {{mul: {{paths: {{gate: [global_avg_pool, sigmoid], map: []}}}}}}]", [[3, 3], None, None, [3, 3]]),
    # a summand or part from all positions does: global context, and the pooled branch of spatial pyramids
    (f"[{STEM}, {{add: {{paths: {{context: [global_avg_pool], map: []}}}}}}]", [[3, 3], None, None]),
    (f"[{STEM}, {{concat: {{paths: {{map: [], all: [global_avg_pool, {{upsample: 16}}]}}}}}}]", [[3, 3], None, None, None]),
    # the widest path, axis by axis, whichever comes first
    ("[{add: {paths: {a: [{conv: {cout: 4, kernel: [5, 1]}}], b: [{conv: {cout: 4, kernel: [1, 3]}}]}}}]", [[5, 1], [1, 3], [5, 3]]),
    ("[{add: {paths: {a: [], b: [{max_pool: {kernel: 3, stride: 1, padding: 1}}]}}}]", [[3, 3], [3, 3]]),
    # equal steps, of 2 and of a half
    ("[{add: {paths: {a: [{max_pool: 2}], b: [{avg_pool: 2}]}}}]", [[2, 2], [2, 2], [2, 2]]),
    ("[{add: {paths: {a: [{upsample: 2}], b: [{pixel_shuffle: 2}, {conv: {cout: 4, kernel: 1}}]}}}]", [[1, 1]] * 4),
    # half a step and twice that is one step again; what a pool of two halves sees counts as two
    ("[{add: {paths: {a: [{upsample: 2}, {max_pool: 2}], b: []}}}]", [[1, 1], [2, 2], [2, 2]]),
    ("[{upsample: 2}, {upsample: 2}, {conv: {cout: 4, kernel: 5}}]", [[1, 1], [1, 1], [2, 2]]),  # four quarters
    ("[{adaptive_avg_pool: {size: 2}}]", [[8, 8]]),
    ("[global_avg_pool, {add: {paths: {a: [relu], b: []}}}]", [None, None, None]),
    # steps of 2 and of 1 have no one window; nor have those of 1 and of a half
    ("[{concat: {paths: {a: [{max_pool: {kernel: [1, 2]}}], b: [{crop: {size: [16, 8]}}]}}}]", [[1, 2], [1, 1], None]),
    ("[{concat: {paths: {a: [{upsample: 2}], b: [{pad: {padding: 8}}]}}}]", [[1, 1], [1, 1], None]),
]


@pytest.mark.parametrize(("layers", "expected"), FIELDS, ids=range(len(FIELDS)))
def test_receptive_fields(tmp_path: Path, layers: str, expected: list[Any]) -> None:
    """How far each layer sees, axis by axis, or nothing where it sees no window; the network sees as much as the widest of them."""
    report = summary(tmp_path, f"input: 4x16x16\nlayers: {layers}")
    assert [layer.metrics["receptive_field"] for layer in report.layers] == expected
    known = [field for field in expected if field] or [[1, 1]]
    assert report.totals["receptive_field"] == [max(axis) for axis in zip(*known, strict=True)]


@pytest.mark.parametrize(
    ("body", "times", "field", "after"),
    [
        # n passes of 3 taps at stride 2 see 2ⁿ⁺¹ − 1 and end up 2ⁿ apart; two more of these are the next
        ("{conv: {cout: 4, kernel: 3, stride: 2}}", 5, [63], [63 + 64]),
        ("{conv: {cout: 4, kernel: 3, stride: 2}}", 61, [2**62 - 1], [2**63 - 1]),
        ("{conv: {cout: 4, kernel: 3, stride: 2}}", 62, [2**63 - 1], None),
        ("{conv: {cout: 4, kernel: 3, stride: 2}}", 63, None, None),
        # n passes of 2 taps see n + 1
        ("{conv: {cout: 4, kernel: 2}}", 2**63 - 4, [2**63 - 3], [2**63 - 1]),
        ("{conv: {cout: 4, kernel: 2}}", 2**63 - 1, None, None),
    ],
)
def test_nothing_sees_beyond_the_largest_size(tmp_path: Path, body: str, times: int, field: Any, after: Any) -> None:
    """Passes see exactly what they add up to, up to 2⁶³ − 1 positions; beyond that there is no field."""
    layers = f"[{{repeat: {{times: {times}, layers: [{body}]}}}}, {{conv: {{name: after, cout: 4, kernel: 3}}}}]"
    assert list(fields(tmp_path, f"input: 4x1\nlayers: {layers}").values())[-2:] == [field, after]


PASSES: list[tuple[str, str, list[Any] | None, list[Any] | None]] = [
    # body, the layers before it, the field after 4 passes, and that of a 3-tap convolution after them
    ("{conv: {cout: 4, kernel: 3, stride: 3}}", "{max_pool: 2}", [162], [486]),  # 2 + 4·(1 + 3 + 9 + 27), 2·3⁴ apart
    # half a step apart: one more, then 3, 9 and 27 (2 neighbours 3, 9 and 27 halves away); then 81 halves apart
    ("{conv: {cout: 4, kernel: 3, stride: 3}}", "{upsample: 2}, {crop: {size: 1}}", [41], [122]),
    ("{conv: {cout: 4, kernel: 3, stride: 2}}", "instance_norm", [31], [63]),  # 1 + 2·(1 + 2 + 4 + 8), 16 apart
    ("{conv: {cout: 4, kernel: 3}}, group_norm: 1", "relu", [9], [11]),
    ("{conv: {cout: 4, kernel: 3, stride: 2}}", "global_avg_pool, {upsample: 2}", None, None),
    ("{upsample: 2}, {max_pool: 2}", "relu", [5], [7]),  # each pool of two halves counts one more
    ("{upsample: 2}, {crop: {size: 2}}", "relu", None, None),  # other parts of a step each pass
    # 4 apart, then 4·3/2 = 6, then 9: no whole number of times as far, and no common step
    ("{max_pool: {kernel: 1, stride: 3}}, {upsample: 2}, {pad: {padding: [[0, 1]]}}", "{max_pool: {kernel: 1, stride: 4}}", None, None),
]


@pytest.mark.parametrize(("body", "before", "field", "after"), PASSES, ids=range(len(PASSES)))
def test_passes_add_up(tmp_path: Path, body: str, before: str, field: list[Any] | None, after: list[Any] | None) -> None:
    """Four passes of a repeat, held once, see what they would see written out; nothing where they have no common step."""
    layers = f"[{before}, {{repeat: {{times: 4, layers: [{body}]}}}}, {{conv: {{cout: 4, kernel: 3}}}}]"
    found = list(fields(tmp_path, f"input: 4x2\nlayers: {layers}").values())
    assert found[-2:] == [field, after]


@pytest.mark.parametrize(
    ("start", "times", "inside", "end"),
    [
        ("{conv: {name: narrow, from: input, cout: 4, kernel: 1}}", 3, [5], [23]),
        ("{conv: {name: narrow, from: input, cout: 4, kernel: 1}}", 5, [5], [27]),
    ],
)
def test_side_paths_in_passes(tmp_path: Path, start: str, times: int, inside: Any, end: Any) -> None:
    """A pass that also reads an earlier, wider layer grows by that once, and by its own 2 from then on.

    From the second pass on 21 taps come in: 3, then 21 (rather than 5), 23, 25 and 27. Inside, layers show the first pass that
    they stand for; what the passes begin with is left as it was.
    """
    text = f"""
input: 4x64
layers:
  - conv: {{name: wide, cout: 4, kernel: 21}}
  - {start}
  - repeat:
      name: body
      times: {times}
      layers:
        - conv: {{name: c, cout: 4, kernel: 3}}
        - add: {{name: a, paths: {{x: [], y: {{when: not first, layers: [{{conv: {{name: w, from: wide, cout: 4, kernel: 1}}}}]}}}}}}
"""
    found = list(fields(tmp_path, text).values())
    assert found == [[21], inside and [1], inside and [3], inside, [21], end]


def test_joins_of_other_axes(tmp_path: Path) -> None:
    """16 tokens of a 4×4 map and 16 of a line fit, but have no one window; features have none at all."""
    text = "inputs: {a: 4x4x4, b: 4x16}\nlayers: [{tokens: {name: t, from: a}}, {tokens: {name: u, from: b}}, {add: {from: [t, u]}}]"
    assert list(fields(tmp_path, text).values()) == [[1, 1], [1], None]
    assert list(fields(tmp_path, "input: 8\nlayers: [{linear: 4}]").values()) == [None]


@pytest.mark.parametrize("norm", ["batch_norm", "layer_norm", "group_norm", "instance_norm"])
def test_every_norm_is_a_style(tmp_path: Path, norm: str) -> None:
    """A convolution takes each norm by its name."""
    report = summary(tmp_path, f"input: 4x4x4\nlayers: [{{conv: {{cout: 32, kernel: 1, norm: {norm}}}}}]")
    assert [layer.op for layer in report.layers] == ["conv", norm]


STRIP = "conv: {cout: 4, kernel: [3, 1], groups: 2, bias: true, padding: 0}"  # 2 rows of 5 come out
FACTS: list[tuple[str, str, int]] = [
    # layer, on 6×4×5 = 120 elements and two samples; what a rule asks for; the figure
    (STRIP, "input", 2 * 120),
    (STRIP, "output", 2 * 4 * 2 * 5),
    (STRIP, "positions", 2 * 2 * 5),
    (STRIP, "bias", 2 * 4 * 2 * 5),
    (STRIP, "params", 3 * 3 * 4 + 4),
    (STRIP, "10000 * cin + 1000 * cout + 100 * groups + kernel", 64203),
    ("conv: {cout: 4, kernel: 1, bias: false}", "bias", 0),
    ("conv: {cout: 4, kernel: 1}", "100 * groups + 10 * heads + axes", 112),
    ("batch_norm", "buffers", 2 * 6 + 1),
    ("batch_norm", "100 * bias + 10 * groups + heads", 11),
    ("batch_norm", "slid", 2),  # no kernel: one position a sample
    ("relu", "1 if affine else 2", 2),
    ("instance_norm", "1 if affine else 2", 2),
    ("batch_norm", "1 if affine else 2", 1),
    ("relu", "kernel", 1),  # no axes
    ("add: {paths: {a: [], b: [global_avg_pool]}}", "inputs", 2 * (120 + 6)),
    ("concat: {paths: {a: [], b: [{slice: 2}]}}", "inputs", 2 * (120 + 40)),
    # 4 rows take a 3-tap kernel at 0 alone with stride 2, 5 columns a 2-tap one at 4 places
    ("conv_transpose: {cout: 4, kernel: [3, 2], stride: [2, 1], padding: 0}", "slid", 2 * 1 * 4),
    *[
        (f"{op}: {{paths: {{a: [], b: [dropout]}}}}", "1 if called == method else 2", value)
        for op, value in (("add", 1), ("mul", 1), ("concat", 2))
    ],
    ("add: {as: function, paths: {a: [], b: [dropout]}}", "1 if called == function else 2", 1),
]


@pytest.mark.parametrize(("layer", "rule", "figure"), FACTS, ids=names(FACTS))
def test_what_a_convention_may_ask(tmp_path: Path, layer: str, rule: str, figure: int) -> None:
    """Each name in a rule stands for one pass of the row and the whole batch; what an op does not have is 0, 1 or no."""
    op = layer.split(":")[0]
    path = tmp_path / "mine.yaml"
    path.write_text(
        f"convcalc: 1\nconvention: mine\nversion: 1\ncounts: it\nunit: MAC\nrules: {{{op}: {{it: {rule}}}}}\n", encoding="utf-8"
    )
    assert summary(tmp_path, f"input: 6x4x5\nlayers: [{layer}]", batch=2, convention=str(path)).totals["counted"] == figure


def test_conventions_of_tokens(tmp_path: Path) -> None:
    """On 20 tokens of 6, twice: matmul is a method, attention has the tokens of its last input, neither has axes or a kernel."""
    path = tmp_path / "mine.yaml"
    rules = "matmul: {it: (1 if called == method else 2) + 10 * axes + 100 * cin}, attention: {it: 100 * tokens + 10 * heads + slid}"
    path.write_text(f"convcalc: 1\nconvention: mine\nversion: 1\ncounts: it\nunit: MAC\nrules: {{{rules}}}\n", encoding="utf-8")
    text = "input: 6x4x5\nlayers: [tokens: {name: t}, attention: {heads: 3}, {matmul: {from: [previous, t], transpose: true}}]"
    layers = summary(tmp_path, text, batch=2, convention=str(path)).layers
    assert [layer.metrics["counted"] for layer in layers] == [0, 100 * 20 + 10 * 3 + 2, 1 + 100 * 6]


def test_a_convention_of_one_sample(tmp_path: Path) -> None:
    """Where a tool ignores the batch, so does its convention: 4·6 MACs at 20 positions and an input of 120 elements, once."""
    path = tmp_path / "mine.yaml"
    rules = "per_sample: true\nrules: {conv: {it: macs + input}}"
    path.write_text(f"convcalc: 1\nconvention: mine\nversion: 1\ncounts: it\nunit: MAC\n{rules}\n", encoding="utf-8")
    text = "input: 6x4x5\nlayers: [conv: {cout: 4, kernel: 1}]"
    assert summary(tmp_path, text, batch=3, convention=str(path)).totals["counted"] == 480 + 120


def test_the_first_input_and_the_first_output(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With nothing but global operations the field is that of one element of the first input; explain shows the first output."""
    text = "inputs: {a: 4x4x4, b: 6x16}\noutputs: [n, m]\nlayers: [instance_norm: {name: n, from: a}, instance_norm: {name: m, from: b}]"
    assert summary(tmp_path, text).totals["receptive_field"] == [1, 1]
    assert explained(capsys, str(tmp_path / "net.yaml"))["formulas"][0]["output"] == [4, 4, 4]


def test_a_ratio_beyond_floats(tmp_path: Path) -> None:
    """10³⁶⁰ passes of a layer cost 10³⁶⁰ times one, which no float holds; the other way round it is nothing to speak of."""
    layers = "conv: {cout: cout, kernel: 1, bias: false}"
    paths = []
    for name, levels in (("one", 0), ("many", 20)):
        body = "repeat: {times: 1000000000000000000, layers: [" * levels + layers + "]}" * levels
        paths.append(tmp_path / f"{name}.yaml")
        paths[-1].write_text(f"params: {{cout: required}}\nlayers: [{body}]\n", encoding="utf-8")
    many = convcalc.compare([str(path) for path in paths], cin=4, cout=4, hw=3).models[1]
    assert many.totals["macs"] == 9 * 16 * 10**360
    assert many.ratio["macs"] == 10**360
    assert many.reduction["macs"] == 0


@pytest.mark.parametrize(
    ("window", "rows", "zeros"),
    [
        ("kernel: 3", 8, [1, 1]),
        ("kernel: 3, stride: 2", 8, [1, 1]),  # PyTorch's k // 2, one more than the fewest
        ("kernel: 5, dilation: 2", 9, [4, 4]),
        ("kernel: 4", 8, [1, 2]),  # 3 in all, the odd one at the end (TensorFlow)
        ("kernel: 2, stride: 2", 7, [0, 1]),  # 4 windows of 2 reach 8
        ("kernel: 2, stride: 2", 8, [0, 0]),
        ("kernel: 2, stride: 3", 9, [0, 0]),  # windows end before the map does: nothing is taken away
        ("kernel: 4, dilation: 3", 10, [4, 5]),  # 9 in all
    ],
)
def test_same_padding_is_shown_as_zeros(tmp_path: Path, window: str, rows: int, zeros: list[int]) -> None:
    """`padding: same` as the zeros before and after, by hand."""
    report = summary(tmp_path, f"input: 1x{rows}\nlayers: [conv: {{cout: 1, {window}, padding: same}}]")
    assert report.layers[0].attributes["padding"] == [zeros]


@pytest.mark.parametrize("sizes", [(), (3, 4, 5, 6, 7)])
def test_a_shape_has_one_to_four_sizes(sizes: tuple[int, ...]) -> None:
    """A vector, or channels and one to three spatial sizes; nothing else."""
    with pytest.raises(Refusal) as refused:
        shape_of(sizes)
    assert refused.value.code == "bad-value"
    assert shape_of((3,)) == Features((3,))
    assert shape_of((3, 4, 5, 6)) == Map(3, (4, 5, 6))


@pytest.mark.parametrize(
    ("rules", "label", "amount"),
    [
        ("conv: macs", "linear not counted", -1),
        ("conv linear: macs - 1", "conv MACs counted otherwise", -1),
        ("conv linear: macs + 1", "conv MACs counted otherwise", 1),
        ("conv linear: {macs: macs, one more: 1}", "one more", 2),
    ],
)
def test_a_bridge_accounts_for_a_single_mac(tmp_path: Path, rules: str, label: str, amount: int) -> None:
    """A 1×1 convolution and a linear layer of one MAC each: what is left out, and what is counted otherwise, by name."""
    (tmp_path / "mine.yaml").write_text(f"unit: MAC\ncounts: mine\nrules:\n  {rules}\n", encoding="utf-8")
    (tmp_path / "net.yaml").write_text("input: 1x1\nlayers: [conv: {cout: 1, kernel: 1}, flatten, linear: 1]\n", encoding="utf-8")
    report = convcalc.conventions(str(tmp_path / "net.yaml"), convention=[str(tmp_path / "mine.yaml")])
    [found] = [count for count in report.models[0].conventions if count.name == "mine"]
    assert {step.term: step.amount for step in found.bridge}[label] == amount
    assert found.total == 2 + sum(step.amount for step in found.bridge)


def test_a_network_may_be_its_input(tmp_path: Path) -> None:
    """Where no layer is left, the output is the input, and costs nothing."""
    report = summary(tmp_path, "input: 3x4x5\nlayers: [relu: {when: false}]")
    assert (report.input, report.output, report.layers) == ([3, 4, 5], [3, 4, 5], [])
    assert report.totals["macs"] == 0
    assert [tuple(field) for field in report.receptive_fields] == [("input", [1, 1], None)]


A_WINDOW = {"kernel": (3, 3), "stride": (1, 1), "padding": ((1, 1), (1, 1)), "dilation": (1, 1)}
LAYERS: list[tuple[str, dict[str, Any], int]] = [
    ("conv", {"cout": 4, **A_WINDOW}, 1),
    ("depthwise_conv", A_WINDOW, 1),
    ("conv_transpose", {"cout": 4, "output_padding": (0, 0), **A_WINDOW}, 1),
    ("deform_conv", {"cout": 4, **A_WINDOW}, 1),
    ("linear", {"cout": 4}, 1),
    ("attention", {"heads": 2}, 4),  # projections of queries, keys, values and their product
    ("lstm", {"hidden": 4, "layers": 3, "bidirectional": True}, 6),
    ("gru", {"hidden": 4, "layers": 2}, 2),
    ("rnn", {"hidden": 4}, 1),
    ("matmul", {}, 0),
    ("max_pool", A_WINDOW, 0),
    ("batch_norm", {}, 0),
]


@pytest.mark.parametrize(("op_name", "attributes", "layers"), LAYERS)
def test_weighted_layers_of_an_op(op_name: str, attributes: dict[str, Any], layers: int) -> None:
    """How many layers with weights an op stands for, recurrent ones by layer and direction; pools have none."""
    assert weighted_layers(build(op_name, attributes)) == layers


@pytest.mark.parametrize(
    ("layer", "mixing"),
    [
        ("conv: {cout: 4, kernel: 3}", 1), ("conv: {cout: 4, kernel: 3, groups: 2}", 0), ("depthwise_conv: {kernel: 3}", 0),
        ("conv_transpose: {cout: 4, kernel: 3, groups: 4}", 0), ("max_pool: 2", 0), ("relu", 0),
    ],
)  # fmt: skip
def test_layers_that_mix_all_channels(layer: str, mixing: int) -> None:
    """A weighted layer of one group sees every input channel; a grouped or depthwise one does not."""
    written = f"{{{layer}}}" if ":" in layer else layer
    [row] = traced(f"input: 4x6x6\nlayers: [{written}]\n").rows
    assert METRICS["channel_mixing_layers"].of_row(row, row.total) == mixing  # type: ignore[misc]


CALLED = {
    "module": ("conv", "linear", "attention", "lstm", "max_pool", "batch_norm", "relu", "softmax"),
    "function": ("einsum",),
    "method": ("matmul", "add", "sub", "mul", "div", "pow", "where"),
}


@pytest.mark.parametrize(("word", "ops"), CALLED.items())
def test_how_models_call_an_op(word: str, ops: tuple[str, ...]) -> None:
    """Layers are modules, x + y and x @ y are methods of a tensor, and an einsum is a function."""
    assert {op: TRAITS[op].called for op in ops} == dict.fromkeys(ops, word)


@pytest.mark.parametrize("op_name", ["max", "min", "mean"])
def test_fields_end_where_all_positions_are_reduced(tmp_path: Path, op_name: str) -> None:
    """A maximum over the channels sees what it reads; one over all positions has no field."""
    text = "input: 4x6x6\nlayers: [{conv: {cout: 4, kernel: 3}}, {%s: {name: r, keep: true, axes: %s}}]\n"
    assert fields(tmp_path, text % (op_name, "c"))["r"] == [3, 3]
    assert fields(tmp_path, text % (op_name, "[h, w]"))["r"] is None


def test_groups_of_a_group_norm() -> None:
    """Wu and He (2018) take 32 groups: 64 channels have them, and 3 divisions each; 48 channels do not."""
    assert build("group_norm", {}).cost(Map(64, (1, 1))).divisions == 3 * 32
    with pytest.raises(Refusal, match="groups=32 does not divide channels=48"):
        build("group_norm", {}).out_shape(Map(48, (1, 1)))


@pytest.mark.parametrize(
    "layer",
    [
        "flatten",
        "{reshape: {sizes: [-1]}}",
        "{reshape: {sizes: [4, 36], to: tokens}}",
        "channels_last, {select: {index: 0}}",
        "tokens, {permute: [1, 0]}",
    ],
)
def test_fields_end_where_positions_are_lost(tmp_path: Path, layer: str) -> None:
    """Behind what takes positions for channels, or one position of many, there is no field."""
    text = f"input: 4x6x6\nlayers: [{{conv: {{name: c, cout: 4, kernel: 3}}}}, {layer}]\n"
    found = [*fields(tmp_path, text).values()]
    assert (found[0], found[-1]) == ([3, 3], None)


def test_kinds_of_ops() -> None:
    """Which ops may stand as a norm, and which are functions of each element that are no activation."""
    assert {*NORMS} == {"batch_norm", "layer_norm", "group_norm", "instance_norm"}
    assert {*FUNCTIONS} == {"abs", "neg", "reciprocal", "exp", "log", "sqrt", "rsqrt", "sin", "cos", "erf", "clip"}
