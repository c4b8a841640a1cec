"""Receptive fields against a tracer that marks which inputs each value sees, and against published ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import convcalc
from convcalc.analysis.receptive_field import extents, receptive_field
from convcalc.core.network import Group, Layer, Network
from convcalc.core.ops import Op, build
from convcalc.core.shape import Map, Shape
from convcalc.core.trace import trace
from tests.layouts import traced


def chain(x: Shape, ops: list[Op]) -> Network:
    """Ops one after the other."""
    layers: list[Layer | Group] = []
    shape = x
    for number, op in enumerate(ops):
        out = op.out_shape(shape)
        layers.append(Layer(f"op{number}", op, (number,), (shape,), out))
        shape = out
    return Network("chain", (x,), layers, (len(ops),))


def window(kernel: int, stride: int = 1, dilation: int = 1, padding: Any = ((0, 0),)) -> dict[str, Any]:
    return {"kernel": (kernel,), "stride": (stride,), "dilation": (dilation,), "padding": padding}


@given(st.lists(st.tuples(st.integers(1, 3), st.integers(1, 2), st.integers(1, 2)), min_size=1, max_size=4))
def test_chains_see_what_a_tracer_marks(steps: list[tuple[int, int, int]]) -> None:
    """In the middle of a large input, a value sees as many positions as sets of marks, unions of its taps', hold."""
    size = 200
    marks = [{position} for position in range(size)]
    ops = []
    for kernel, stride, dilation in steps:
        count = (len(marks) - dilation * (kernel - 1) - 1) // stride + 1
        marks = [set().union(*(marks[i * stride + tap * dilation] for tap in range(kernel))) for i in range(count)]
        ops.append(build("conv", {"cout": 1, **window(kernel, stride, dilation)}))
    middle = marks[len(marks) // 2]
    assert receptive_field(trace(chain(Map(1, (size,)), ops))) == [max(middle) - min(middle) + 1]


def test_upsampling_looks_closer() -> None:
    """After stride 4 and upsampling by 2, a 3-tap window spans two more steps of 2."""
    ops = [build("max_pool", window(4, 4)), build("upsample", {"factor": (2,)}), build("conv", {"cout": 1, **window(3)})]
    assert receptive_field(trace(chain(Map(1, (64,)), ops))) == [8]


def test_transposed_convolution_sees_a_share_of_its_kernel() -> None:
    """A 2-tap, stride-2 transposed convolution sees one input; a 4-tap one two."""
    for kernel, expected in ((2, 1), (4, 2)):
        op = build("conv_transpose", {"cout": 1, **window(kernel, 2), "output_padding": (0,)})
        assert receptive_field(trace(chain(Map(1, (9,)), [op]))) == [expected]


def test_nothing_is_seen_as_a_window_after_a_global_operation() -> None:
    """A network's field is that of its last map before the first global operation."""
    ops = [build("conv", {"cout": 1, **window(3)}), build("global_avg_pool", {}), build("sigmoid", {})]
    assert receptive_field(trace(chain(Map(1, (9,)), ops))) == [3]


def test_joins_take_the_largest_and_require_equal_strides() -> None:
    """3×3 beside identity sees 3; paths with other strides see no window."""
    x = Map(1, (9,))
    conv = build("conv", {"cout": 1, **window(3, padding=((1, 1),))})
    layers: list[Layer | Group] = [Layer("conv", conv, (0,), (x,), x), Layer("add", build("add", {}), (0, 1), (x, x), x)]
    assert receptive_field(trace(Network("join", (x,), layers, (2,)))) == [3]


def test_repeated_passes_add_their_growth() -> None:
    """A million 3-tap passes held once see 2·10⁶ + 1 positions, as many as three passes spelled out would lead one to expect."""
    x = Map(1, (9,))
    conv = build("conv", {"cout": 1, **window(3, padding=((1, 1),))})
    group = Group("0-999999", "conv", [Layer("", conv, (0,), (x,), x)], 10**6)
    assert receptive_field(trace(Network("deep", (x,), [group], (1,)))) == [2 * 10**6 + 1]


@pytest.mark.parametrize(
    "layers",
    [
        "{tokens: {name: t}}, {attention: {heads: 2, from: [t, t]}}",
        "{tokens: {name: t}}, {attention: {heads: 2}}",
        "{tokens: {name: t}}, {matmul: {from: [t, t], transpose: true}}",
    ],
)
def test_a_global_op_ends_it_whatever_it_joins(layers: str) -> None:
    """Attention and products see every position, with two inputs as with one: no field from there on, 3×3 before."""
    run = traced(f"input: 3x8x8\nlayers: [{{conv: {{cout: 8, kernel: 3}}}}, {layers}]\n")
    found = extents(run)
    assert found[-1] is None
    assert receptive_field(run) == [3, 3]


@pytest.mark.parametrize(
    "layer",
    ["conv: {cout: 2, kernel: 1}", "max_pool: 2", "upsample: {factor: 2}", "conv_transpose: {cout: 2, kernel: 2}", "adaptive_avg_pool: 3",
     "residual: {body: [relu]}", "repeat: {times: 3, layers: [conv: {cout: 4, kernel: 3}]}"],
)  # fmt: skip
def test_positions_laid_out_along_other_axes(tmp_path: Path, layer: str) -> None:
    """Tokens of a map of two axes that become one of one axis: no field along it, the last known is that of the tokens."""
    path = tmp_path / "net.yaml"
    path.write_text(f"input: 4x3x3\nlayers: [conv: {{cout: 4, kernel: 3}}, tokens, channels_first, {{{layer}}}]\n")
    model = convcalc.summary(str(path)).models[0]
    assert model.totals["receptive_field"] == [3, 3]
    assert model.layers[-1].metrics["receptive_field"] is None


CONVS = ("conv: {cout: 4, kernel: 3}", "conv: {cout: 4, kernel: 5}", "conv: {cout: 4, kernel: 3, dilation: 2}", "relu")
BODIES = st.lists(
    st.one_of(
        st.sampled_from(CONVS).map(lambda conv: f"{{{conv}}}" if ":" in conv else conv),
        st.sampled_from(["a", "b"]).map(lambda name: f"{{add: {{from: [previous, {name}]}}}}"),
        st.sampled_from(CONVS[:3]).map(lambda conv: f"{{residual: {{body: [{conv}]}}}}"),
        st.just("{avg_pool: {kernel: 2, stride: 2}}, {upsample: {factor: 2}}"),
        st.just("{mul: {paths: {map: [], gate: [global_avg_pool, conv: {cout: 4, kernel: 1}]}}}"),
    ),
    min_size=1,
    max_size=4,
)


@given(st.sampled_from([1, 3, 9]), st.sampled_from([1, 5]), BODIES, BODIES, st.integers(1, 7), st.integers(1, 3))
def test_repeats_see_what_their_passes_see(
    tmp_path_factory: pytest.TempPathFactory, first: int, second: int, body: list[str], inner: list[str], times: int, inner_times: int
) -> None:
    """A repeat, with another inside and with layers outside that its passes read, is what it is written out pass by pass."""
    head = f"conv: {{cout: 4, kernel: {first}, name: a}}, conv: {{cout: 4, kernel: {second}, name: b}}"
    tail = "conv: {cout: 4, kernel: 3}"
    nested = ", ".join([*body, f"{{repeat: {{times: {inner_times}, layers: [{', '.join(inner)}]}}}}"])
    written = ", ".join([*body, *inner * inner_times] * times)
    fields = []
    for layers in (f"{{repeat: {{times: {times}, layers: [{nested}]}}}}", written):
        path = tmp_path_factory.mktemp("repeat") / "net.yaml"
        path.write_text(f"input: 4x64x64\nlayers: [{head}, {layers}, add: {{from: [previous, a]}}, add: {{from: [previous, b]}}, {tail}]\n")
        model = convcalc.summary(str(path)).models[0]
        fields.append((model.totals["receptive_field"], model.layers[-1].metrics["receptive_field"]))
    assert fields[0] == fields[1]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # of He et al. 2015's stem and four stages, by hand in test_zoo
        ("resnet50", [("fc", [427, 427], "global_avg_pool1")]),
        ("vgg16", [("classifier", [212, 212], "flatten1")]),
    ],
)
def test_a_field_says_what_ended_it(text: str, expected: list[tuple[str, list[int], str | None]]) -> None:
    """A field of a network is that before the layer that sees everything, which is named."""
    [model] = convcalc.summary(text).models
    assert [tuple(field) for field in model.receptive_fields] == expected


def test_fields_of_outputs(tmp_path: Path) -> None:
    """Each output has its own by the name of its layer; that of the network is the widest, and the summary names it."""
    text = """
input: 4x32x32
outputs: [narrow, wide, vector]
layers:
  - conv: {name: narrow, cout: 4, kernel: 3}
  - conv: {name: wide, cout: 4, kernel: 5}
  - conv: {name: last, cout: 4, kernel: 1}
  - global_avg_pool: {name: pooled}
  - linear: {name: vector, cout: 2}
"""
    path = tmp_path / "net.yaml"
    path.write_text(text, encoding="utf-8")
    [model] = convcalc.summary(str(path)).models
    assert [tuple(field) for field in model.receptive_fields] == [
        ("narrow", [3, 3], None), ("wide", [7, 7], None), ("vector", [7, 7], "pooled"),
    ]  # fmt: skip
    assert model.totals["receptive_field"] == [7, 7]


@pytest.mark.parametrize("norm", ["group_norm", "batch_norm", "layer_norm", "instance_norm"])
def test_a_norm_does_not_end_a_field(norm: str) -> None:
    """Both founding designs see 3×3 whatever normalises them."""
    report = convcalc.compare(["plain", "bottleneck"], cin=256, cout=256, hw=56, norm=norm)
    assert [model.totals["receptive_field"] for model in report.models] == [[3, 3], [3, 3]]


def test_wav2vec2_sees_400_samples(tmp_path: Path) -> None:
    """The seven convolutions of wav2vec 2.0's encoder see 25 ms at 16 kHz (Baevski et al. 2020, section 2), its group norm included."""
    kernels = [(10, 5), *[(3, 2)] * 4, *[(2, 2)] * 2]
    convs = [f"  - conv: {{cout: 8, kernel: {k}, stride: {s}, padding: valid}}\n" for k, s in kernels]
    path = tmp_path / "encoder.yaml"
    path.write_text("input: 1x16000\nlayers:\n" + convs[0] + "  - group_norm: 8\n" + "".join(convs[1:]), encoding="utf-8")
    assert convcalc.summary(str(path)).models[0].totals["receptive_field"] == [400]


PATCHES = "{conv: {cout: 8, kernel: 16, stride: 16, padding: valid}}"


@pytest.mark.parametrize(
    ("layers", "field", "before"),
    [
        (f"{PATCHES}, tokens, {{permute: [c, n]}}, {{linear: 16}}, {{permute: [1, 0]}}, {{linear: 8}}", [16, 16], "permute1"),
        (f"{PATCHES}, tokens, {{permute: [1, 0]}}, {{mean: {{axes: 1, keep: true}}}}", [16, 16], "permute1"),
        (f"{PATCHES}, tokens, {{permute: [1, 0]}}, softmax", [16, 16], "permute1"),
        ("{unfold: {kernel: 3, padding: 1}}, {linear: 10}", [1, 1], "unfold1"),
        ("{conv: {cout: 4, kernel: 3}}, {unfold: 2}, {fold: {kernel: 2, size: 64}}", [3, 3], "unfold1"),
        ("{conv: {cout: 4, kernel: [1, 5]}}, {permute: {order: [c, w, h], to: map}}, {conv: {cout: 3, kernel: 5}}", [1, 5], "permute1"),
        ("{reshape: {sizes: [12, 32, 32], to: map}}, {conv: {cout: 4, kernel: 3}}", [1, 1], "reshape1"),
        ("{roll: 2}, {conv: {cout: 4, kernel: 3}}", [1, 1], "roll1"),
        ("{space_to_depth: {factor: 48, ceil: true}}, {conv: {cout: 4, kernel: 1}}", [48, 48], None),
        ("{space_to_depth: 4}, {conv: {cout: 4, kernel: 3}}", [12, 12], None),
        ("{pixel_shuffle: 1}, {conv: {cout: 4, kernel: 3}}", [3, 3], None),
        ("{mean: {axes: [h, w]}}, {linear: 4}", [1, 1], "mean1"),
        ("{sum: {axes: c, keep: true}}, {conv: {cout: 4, kernel: 3}}", [3, 3], None),
        ("channels_last, {lstm: 4}", [1, 1], "lstm1"),
        ("{conv: {cout: 2, kernel: 3}}, channels_last, {grid_sample: {from: [input, previous]}}", [3, 3], "grid_sample1"),
    ],
)  # fmt: skip
def test_new_places_end_a_field_or_widen_it(tmp_path: Path, layers: str, field: list[int], before: str | None) -> None:
    """An op that lays positions out anew ends it, whatever comes behind; one that gathers neighbours widens it."""
    path = tmp_path / "net.yaml"
    path.write_text(f"input: 3x64x64\nlayers: [{layers}]\n")
    found = convcalc.summary(str(path)).models[0]
    assert found.totals["receptive_field"] == field
    assert found.receptive_fields[0].before == before
