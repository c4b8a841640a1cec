"""The layout language, rule by rule."""

from __future__ import annotations

import pytest

from convcalc.core.shape import Features, Map
from tests.layouts import X, codes, errors, layers, network, rows, traced

# Parameters and values


def test_parameters_see_earlier_ones_and_the_incoming_map() -> None:
    """Params are evaluated in written order; cin, h and w are the layout's input."""
    text = "params: {a: cin // 4, b: a + h}\nlayers: [{conv: {cout: b, kernel: 1}}]"
    assert rows(text) == {"conv1": (12, 8, 8)}
    assert rows(text, a=1) == {"conv1": (9, 8, 8)}


def test_arguments_are_evaluated_in_the_callers_scope() -> None:
    """`cin` in an argument is the caller's."""
    text = """
blocks:
  inner: {params: {cout: required, seen: cin}, layers: [{conv: {cout: cout, kernel: 1}}, {conv: {cout: seen, kernel: 1}}]}
layers:
  - conv: {cout: 5, kernel: 1}
  - inner: {cout: cin + 1}
"""
    assert list(rows(text).values()) == [(5, 8, 8), (17, 8, 8), (5, 8, 8)]


def test_a_scalar_alone_sets_the_first_parameter() -> None:
    """`- double: 64` is `- double: {cout: 64}`."""
    text = "blocks: {double: {params: {cout: required}, layers: [{conv: {cout: 2 * cout, kernel: 1}}]}}\nlayers: [{double: 3}]"
    assert list(rows(text).values()) == [(6, 8, 8)]


def test_decimals_are_exact() -> None:
    """ceil(10 · 1.1) is 11; as a float it would be 12. A size must come out whole."""
    assert layers("[{conv: {cout: ceil(10 * 1.1), kernel: 1}}]") == {"conv1": (11, 8, 8)}
    assert layers("[{conv: {cout: 16 * 0.25, kernel: 1}}]") == {"conv1": (4, 8, 8)}
    assert codes("layers: [{conv: {cout: 10 * 1.15, kernel: 1}}]") == ["not-whole"]


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("7 // 2", 3),
        ("7 % 4", 3),
        ("8 / 2", 4),
        ("-(1 - 3)", 2),
        ("3 if cin > 4 else 1 // 0", 3),
        ("2 if cin == 16 and h != 8 or w < 9 else 1", 2),
        ("1 if not 1 < cin <= 16 else 2", 2),
        ("min(9, 4, 7) + max(1, 2)", 6),
        ("floor(7 / 2) + ceil(7 / 2)", 7),
        ("round(5 / 2)", 2),  # half to even
        ("round(7 / 2)", 4),
        ("make_divisible(30)", 32),
        ("make_divisible(9)", 16),  # 8 would be below 0.9 · 9
        ("make_divisible(10, 4)", 12),  # half up, as int(x + d / 2)
        ("make_divisible(1.2 * 32)", 40),  # EfficientNet-B3's stem
    ],
)
def test_expressions(expression: str, value: int) -> None:
    """Exact arithmetic, evaluated only where it is reached."""
    assert layers(f'[{{conv: {{cout: "{expression}", kernel: 1}}}}]') == {"conv1": (value, 8, 8)}


# Style words


def test_nearest_style_wins() -> None:
    """Layer attribute, then call argument, then the layout's own params, then the caller's value."""
    text = """
params: {activation: relu}
blocks:
  plain: {layers: [{conv: {cout: 4, kernel: 1}}]}
  own: {params: {activation: tanh}, layers: [{conv: {cout: 4, kernel: 1}}]}
layers:
  - plain
  - plain: {activation: elu}
  - own
  - own: {activation: elu}
  - own: {activation: none}
  - conv: {cout: 4, kernel: 1, activation: gelu}
"""
    ops = [row.op.name for row in traced(text).rows if row.op.name != "conv"]
    assert ops == ["relu", "elu", "tanh", "elu", "gelu"]


def test_a_convolution_is_conv_norm_activation() -> None:
    """As rows `stem`, `stem.norm`, `stem.activation`."""
    text = "params: {norm: batch_norm, activation: relu}\nlayers: [{conv: {name: stem, cout: 4, kernel: 3}}]"
    assert list(rows(text)) == ["stem", "stem.norm", "stem.activation"]


def test_bias_is_left_out_where_a_norm_follows() -> None:
    """auto: none before a norm, else present; true and false are taken at their word."""

    def params(style: str) -> int:
        return int(traced(f"layers: [{{conv: {{cout: 4, kernel: 1, {style}}}}}]").rows[0].cost.params)

    assert [params(style) for style in ("norm: none", "norm: batch_norm", "bias: false", "norm: layer_norm, bias: true")] == [
        68,
        64,
        64,
        68,
    ]


def test_linear_takes_style_words_but_does_not_inherit_them() -> None:
    """Its own attributes count, the style in force does not; nor does it for pools."""
    text = (
        "input: 8\nparams: {activation: relu, norm: batch_norm, bias: false}\nlayers: [{linear: 4}, {linear: {cout: 4, activation: gelu}}]"
    )
    assert [(row.op.name, row.cost.params) for row in traced(text).rows] == [("linear", 36), ("linear", 20), ("gelu", 0)]


def test_norm_and_activation_apply_what_is_in_force() -> None:
    """After a join for example; nothing at all where it is none."""
    text = "params: {norm: batch_norm, activation: relu}\nlayers: [norm, activation]"
    assert list(rows(text)) == ["norm1", "activation1"]
    assert layers("[norm, activation, relu]") == {"relu1": (16, 8, 8)}


def test_padding_in_force_reaches_convolutions_not_pools() -> None:
    """`padding: valid` shrinks a 3×3 convolution; a pool has padding 0 anyway."""
    text = "params: {padding: valid}\nlayers: [{conv: {cout: 4, kernel: 3}}, {max_pool: {kernel: 3, stride: 1}}]"
    assert list(rows(text).values()) == [(4, 6, 6), (4, 4, 4)]


# Attributes


@pytest.mark.parametrize(
    ("padding", "size"),
    [
        ("same", (8, 8)),
        ("valid", (6, 6)),
        ("0", (6, 6)),
        ("1", (8, 8)),
        ("[0, 2]", (6, 10)),
        ("[[0, 1], [2, 3]]", (7, 11)),
        ("[1, [0, 2]]", (8, 8)),
    ],
)
def test_padding(padding: str, size: tuple[int, int]) -> None:
    """same, valid, one number, one an axis, or begin/end pairs, around a 3×3 window on 8×8."""
    assert layers(f"[{{conv: {{cout: 1, kernel: 3, padding: {padding}}}}}]") == {"conv1": (1, *size)}


def test_kernels_an_axis() -> None:
    """`1x7` and `[1, k]` say the same; a number serves all axes, whatever their count."""
    for kernel in ("1x7", "[1, w - 1]"):
        assert traced(f"layers: [{{conv: {{cout: 1, kernel: {kernel}}}}}]").total.macs == 64 * 16 * 7
    for axes in (1, 2, 3):
        assert traced("layers: [{conv: {cout: 1, kernel: 3}}]", Map(1, (4,) * axes)).total.params == 3**axes + 1


def test_defaults_of_pools_are_pytorchs() -> None:
    """Padding 0, stride = kernel, floor; `ceil: true` rounds up. 7 halves to 3, or to 4."""
    seven = Map(4, (7, 7))
    assert rows("layers: [{max_pool: 2}]", seven) == {"max_pool1": (4, 3, 3)}
    assert rows("layers: [{max_pool: {kernel: 2, ceil: true}}]", seven) == {"max_pool1": (4, 4, 4)}
    assert rows("layers: [{avg_pool: {kernel: 3, stride: 1, padding: 1}}]", seven) == {"avg_pool1": (4, 7, 7)}


def test_shorthands() -> None:
    """linear: cout, pools their kernel, upsample and pixel_shuffle their factor, dropout p."""
    text = "[{upsample: 2}, {pixel_shuffle: 2}, {max_pool: 4}, {dropout: 0.5}, flatten, {linear: 10}]"
    assert list(layers(text).values()) == [(16, 16, 16), (4, 32, 32), (4, 8, 8), (4, 8, 8), (256,), (10,)]


def test_the_way_to_features_must_be_said() -> None:
    """linear takes features or C×1×1; on a larger map it names flatten, tokens and channels_last."""
    assert list(layers("[global_avg_pool, {linear: 3}]").values()) == [(16, 1, 1), (3,)]
    [error] = errors("layers: [{linear: 3}]")
    assert error.code == "wrong-kind"
    assert "flatten" in (error.hint or "")


# Joins, names, conditions


def test_joins_of_paths() -> None:
    """Named paths give report paths; `[]` is the identity; an unnamed join adds no level."""
    text = "[{concat: {paths: {keep: [], left: [{conv: {cout: 4, kernel: 1}}, relu]}}}]"
    assert layers(text) == {"left.conv1": (4, 8, 8), "left.relu1": (4, 8, 8), "concat1": (20, 8, 8)}


def test_joins_from_layers() -> None:
    """`from: [a, b]` joins earlier layers, `previous` among them."""
    text = "[{conv: {name: a, cout: 4, kernel: 1}}, {conv: {cout: 4, kernel: 1}}, {add: {from: [a, previous]}}]"
    assert layers(text) == {"a": (4, 8, 8), "conv1": (4, 8, 8), "add1": (4, 8, 8)}


def test_a_residual_is_an_add_of_body_and_shortcut() -> None:
    """The shortcut is the identity unless given; the body adds no level to paths."""
    assert layers("[{residual: {body: [{conv: {cout: cin, kernel: 3}}]}}]") == {"conv1": (16, 8, 8), "add1": (16, 8, 8)}
    both = "[{residual: {body: [{conv: {cout: 4, kernel: 3}}], shortcut: [{conv: {cout: 4, kernel: 1}}]}}]"
    assert list(layers(both)) == ["conv1", "shortcut.conv1", "add1"]


def test_when_on_a_layer_makes_it_the_identity() -> None:
    """And its name then stands for what came in."""
    text = "[{conv: {name: a, cout: 4, kernel: 1, when: cin > 99}}, {add: {from: [a, input]}}]"
    assert layers(text) == {"add1": (16, 8, 8)}


def test_when_on_a_path_leaves_it_out() -> None:
    """One path left is that path: no join. A shortcut with `when: false` is no shortcut at all."""
    assert layers("[{residual: {body: [relu], shortcut: {when: false}}}]") == {"relu1": (16, 8, 8)}
    assert layers("[{residual: {body: [relu], shortcut: []}}]") == {"relu1": (16, 8, 8), "add1": (16, 8, 8)}
    assert codes("layers: [{concat: {paths: {a: {when: false, layers: [relu]}}}}]") == ["missing-value"]


def test_automatic_names_count_an_op_within_its_parent() -> None:
    """They step around given names, and cannot be referred to."""
    assert list(layers("[relu, {relu: {name: relu2}}, relu, tanh]")) == ["relu1", "relu2", "relu3", "tanh1"]
    assert codes("layers: [relu, {tanh: {from: relu1}}]") == ["unknown-name"]


def test_sizes_of_visible_maps() -> None:
    """NAME.c, NAME.h, NAME.w and previous; cin stays the layout's."""
    text = """
      - conv: {name: a, cout: 4, kernel: 1, stride: 2}
      - conv: {cout: 2 * previous.c + a.h, kernel: 1}
      - conv: {cout: cin, kernel: 1}"""
    assert [sizes[0] for sizes in layers(text).values()] == [4, 12, 16]


def test_calls_are_groups() -> None:
    """A call's rows stand below its name, automatic or given."""
    assert list(layers("[{bottleneck: {cout: 8}}, {plain: {name: last, cout: 4}}]")) == [
        "bottleneck1.conv1",
        "bottleneck1.conv2",
        "bottleneck1.conv3",
        "last.conv1",
    ]


def test_a_block_sees_no_maps_of_its_caller() -> None:
    """Names of maps end at the call; a local block sees the file's params, a shipped one does not."""
    local = "params: {wide: 5}\nblocks: {b: {layers: [{conv: {cout: wide, kernel: 1}}]}}\nlayers: [b]"
    assert list(rows(local).values()) == [(5, 8, 8)]
    maps = "blocks: {b: {layers: [{conv: {cout: a.c, kernel: 1}}]}}\nlayers: [{relu: {name: a}}, b]"
    assert codes(maps) == ["unknown-name"]


def test_one_concept() -> None:
    """A layout with an input runs alone, and can be called as a layer, its input then ignored."""
    assert network("input: 3x32x32\nlayers: [relu]").inputs == (Map(3, (32, 32)),)
    assert network("input: 100\nlayers: [relu]").inputs == (Features((100,)),)
    assert network("params: {n: 4}\ninput: [n, 2 * n, n]\nlayers: [relu]", n=5).inputs == (Map(5, (10, 5)),)


# Text


def test_text_is_read_as_written() -> None:
    """Only true and false are booleans; quoted or not, a value is the same text."""
    assert layers("[{conv: {cout: '4', kernel: \"3\", bias: true}}]") == {"conv1": (4, 8, 8)}
    assert rows("layers:\r\n  - relu\r\n  - tanh\r\n") == {"relu1": X.sizes, "tanh1": X.sizes}
    assert rows("\ufeff".encode().decode("utf-8-sig") + "layers: [relu]") == {"relu1": X.sizes}


def test_aliases_are_read() -> None:
    """An anchor's node can stand again, as YAML has it."""
    assert list(layers("[&one {conv: {cout: 4, kernel: 1}}, *one]")) == ["conv1", "conv2"]


def test_automatic_names_step_around_many_given_ones() -> None:
    """However many names in a row are taken."""
    text = "input: 4\nlayers:\n- relu\n" + "".join(f"- relu: {{name: relu{number}}}\n" for number in range(1, 3_001))
    assert [layer.name for layer in network(text).children][:2] == ["relu3001", "relu1"]


@pytest.mark.parametrize("keys", ["scores: s, context: y", "context: y, scores: s"])
def test_named_inputs_come_in_any_order(keys: str) -> None:
    """Context and scores are told apart by their names, not by which is written first."""
    text = "inputs: {x: {tokens: 20x48}, y: {tokens: 50x48}, s: {tensor: 4x20x50}}\n"
    [row] = traced(f"{text}layers: [{{attention: {{heads: 4, from: x, {keys}}}}}]").rows
    assert [shape.sizes for shape in row.inputs] == [(20, 48), (50, 48), (4, 20, 50)]


@pytest.mark.parametrize(
    ("layer", "code"),
    [
        ("attention: {heads: 2, from: [x, y], context: y}", "duplicate-key"),
        ("add: {paths: {a: [], b: [relu]}, from: x, by: 3}", "wrong-type"),
        ("sub: {paths: {a: [], b: [relu], c: [relu]}, from: x}", "wrong-type"),
        ("max: {paths: {a: [], b: [relu]}, from: x, axes: 0}", "wrong-type"),
    ],
)
def test_an_input_is_given_once(layer: str, code: str) -> None:
    """Two contexts, or paths beside a number: one of them would be left out in silence."""
    assert code in codes(f"inputs: {{x: {{tokens: 20x48}}, y: {{tokens: 50x48}}}}\nlayers: [{{{layer}}}]")


def test_a_shift_has_an_axis_for_each_of_the_map() -> None:
    """Three shifts on two axes are an error of the layer."""
    layers = "[{windows: 7}, {unwindows: {size: 7, shift: [3, 3, 3], h: 14, w: 14}}]"
    assert codes(f"input: {{features: 14x14x8}}\nlayers: {layers}") == ["wrong-kind"]


@pytest.mark.parametrize(
    ("size", "window", "params"),
    [("8x8", "2", 3 * 3), ("8x8", "[2, 2]", 3 * 3), ("8", "[4]", 7), ("4x4x4", "[2, 2, 2]", 27), ("8x4", "[4, 2]", 7 * 3)],
)
def test_a_window_has_a_bias_for_each_offset(size: str, window: str, params: int) -> None:
    """Tokens lie 2w − 1 ways to each other along an axis, whatever their number; one number is a square."""
    found = {}
    for biased in (True, False):
        attention = f"{{attention: {{heads: 1{f', window: {window}' if biased else ''}}}}}"
        [_, row] = traced(f"input: 2x{size}\nlayers: [{{windows: {window}}}, {attention}]").rows
        found[biased] = row.cost.params
    assert found[True] - found[False] == params
