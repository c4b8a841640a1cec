"""The language of networks: repeats, references, several inputs and outputs, includes, presets."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convcalc.analysis.receptive_field import receptive_field
from convcalc.analysis.totals import totals
from convcalc.core.shape import Map
from convcalc.core.trace import trace
from convcalc.errors import ConvcalcError
from convcalc.layout.library import Library
from convcalc.layout.network import build_network
from tests.layouts import X, codes, errors, layers, rows, traced

# Repeats


def test_a_settled_repeat_is_multiplied() -> None:
    """A pass that gives back its shape stands for the rest; indices replace automatic names.

    Pass 0 changes 16 channels to 8, so pass 1 is the first that settles. Where `first` is mentioned, pass 0 may
    differ and stands for itself alone.
    """
    text = "[{repeat: {name: body, times: 9, layers: [{plain: {cout: %s}}]}}]"
    for cout, paths in (
        ("8", {"body.0.conv1": 1, "body.1-8.conv1": 8}),
        ("16", {"body.0-8.conv1": 9}),
        ("16 if first else 16", {"body.0.conv1": 1, "body.1-8.conv1": 8}),
    ):
        assert {row.path: row.times for row in traced(f"layers: {text % cout}").rows} == paths


def test_repeats_inside_each_other_are_no_bomb() -> None:
    """Thirty levels of two billion passes take thirty passes."""
    text = "{repeat: {times: 2000000000, layers: [" * 30 + "{conv: {cout: 16, kernel: 1, bias: false}}" + "]}}" * 30
    run = traced(f"layers: [{text}]")
    assert run.total.macs == 2_000_000_000**30 * 16 * 16 * 64
    assert len(run.rows) == 1


def test_first_is_true_in_the_first_pass() -> None:
    """The stride of a stage belongs to its first block."""
    text = "[{repeat: {times: 3, layers: [{conv: {cout: 8, kernel: 3, stride: 2 if first else 1}}]}}]"
    assert layers(text) == {"0": (8, 4, 4), "1-2": (8, 4, 4)}


@pytest.mark.parametrize(("times", "paths"), [(0, []), (1, ["0"]), (2, ["0", "1"]), (3, ["0", "1-2"])])
def test_times(times: int, paths: list[str]) -> None:
    """0 is the identity; few passes are named one by one."""
    assert list(rows(f"layers: [{{repeat: {{times: {times}, layers: [{{relu: {{when: first or true}}}}]}}}}]")) == paths


def test_a_body_that_grows_is_traced_pass_by_pass() -> None:
    """Dense concatenation never settles: each pass sees 4 channels more."""
    text = "[{repeat: {times: 4, layers: [{concat: {paths: {keep: [], new: [{conv: {cout: 4, kernel: 1}}]}}}]}}]"
    assert [sizes[0] for path, sizes in layers(text).items() if "concat" in path] == [20, 24, 28, 32]


def test_a_body_that_settles_late() -> None:
    """Passes are traced until one gives back its own input: 7 → 4 → 2 → 1 → 1."""
    text = "layers: [{repeat: {times: 100, layers: [{max_pool: {kernel: 2, ceil: true}}]}}]"
    assert {row.path: row.times for row in traced(text, Map(1, (7, 7))).rows} == {"0": 1, "1": 1, "2": 1, "3-99": 97}


def test_a_million_passes_are_exact() -> None:
    """Parameters, MACs and receptive field of a million 3×3 convolutions, by hand."""
    run = traced("layers: [{repeat: {times: 1000000, layers: [{conv: {cout: 16, kernel: 3, bias: false}}]}}]")
    assert len(run.rows) == 1
    assert run.total.params == 10**6 * 16 * 16 * 9
    assert run.total.macs == 10**6 * 16 * 16 * 9 * 64
    assert receptive_field(run) == [2 * 10**6 + 1] * 2


BODIES = st.sampled_from(
    [
        "relu",
        "{conv: {cout: 16, kernel: 3}}",
        "{conv: {cout: 8 if first else 16, kernel: 3, stride: 2 if first else 1}}",
        "{conv: {cout: previous.c + 2, kernel: 1}}",
        "{residual: {body: [{conv: {cout: cin, kernel: 1}}, relu], shortcut: [{conv: {cout: cin, kernel: 1}}]}}",
        "{repeat: {times: 2, layers: [{conv: {cout: 16, kernel: 3}}, relu]}}",
        "{max_pool: {kernel: 3, stride: 1, padding: 1}}",
        "{avg_pool: {kernel: 2, ceil: true}}",
        "{bottleneck: {cout: 16}}",
    ]
)


@given(st.lists(BODIES, min_size=1, max_size=3), st.integers(0, 6))
def test_a_repeat_costs_what_its_passes_cost(body: list[str], times: int) -> None:
    """However a repeat is traced, totals and receptive field are those of its passes written out, `first` and all."""
    parts = ", ".join(body)
    spelled = ", ".join(part.replace("if first", "if true" if number == 0 else "if false") for number in range(times) for part in body)
    repeated, unrolled = (
        f"params: {{bias: true}}\nlayers: [{text}]" for text in (f"{{repeat: {{times: {times}, layers: [{parts}]}}}}", spelled)
    )
    found = errors(repeated)
    if found:
        assert found[0].code in codes(unrolled)
        return
    a, b = traced(repeated), traced(unrolled)
    assert a.output == b.output
    assert totals(a) == totals(b)
    assert receptive_field(a) == receptive_field(b)


def test_unnamed_repeats_number_on() -> None:
    """Two repeats in one list share its numbering, as PyTorch's Sequential does."""
    assert list(layers("[{repeat: {times: 2, layers: [relu]}}, {repeat: {times: 2, layers: [tanh]}}]")) == ["0-1", "2-3"]


# References


def test_taps() -> None:
    """CALL.NAME is a named top-level layer of a called block."""
    text = """
blocks: {two: {layers: [{conv: {name: a, cout: 4, kernel: 3, stride: 2}}, {conv: {name: b, cout: 8, kernel: 3}}]}}
layers:
  - two: {name: body}
  - conv: {name: deep, from: body.b, cout: 4, kernel: 1}
  - concat: {from: [body.a, deep]}
"""
    assert rows(text)["concat1"] == (8, 4, 4)


def test_a_tap_keeps_a_layer_alive() -> None:
    """Layers behind a tap need not reach the block's own output; a layer that reaches nothing is an error."""
    text = "blocks: {b: {layers: [{relu: {name: a}}, {tanh: {from: input}}]}}\nlayers: [{b: {name: x}}{tap}]"
    assert codes(text.replace("{tap}", "")) == ["unused-layer"]
    assert codes(text.replace("{tap}", ", {add: {from: [x.a, x]}}")) == []


def test_several_inputs_are_bound_by_position() -> None:
    """`inputs: [low, skip]` takes `from: [previous, e4]` in that order."""
    text = """
blocks:
  up: {inputs: [low, skip], layers: [{upsample: {name: u, from: low, size: [skip.h, skip.w]}}, {concat: {from: [u, skip]}}]}
layers:
  - relu: {name: fine}
  - max_pool: 2
  - up: {from: [previous, fine]}
"""
    assert rows(text)["up1.concat1"] == (32, 8, 8)
    assert codes(text.replace("[previous, fine]", "[previous]")) == ["wrong-type"]


def test_several_outputs() -> None:
    """Outputs are in the order named; one that `when` switches off is dropped; the call needs a name for one."""
    text = "params: {aux: false}\noutputs: [b, a, c]\nlayers: [{relu: {name: a}}, {tanh: {name: b}}, {elu: {name: c, from: a, when: aux}}]"
    assert len(traced(text).outputs) == 2
    assert len(traced(text, aux=True).outputs) == 3
    assert traced(text).rows[traced(text).outputs[0] - 1].op.name == "tanh"


def test_several_network_inputs() -> None:
    """Each has a name and a shape."""
    run = traced("inputs: {a: 4x8x8, b: 6x8x8}\nlayers: [{concat: {from: [a, b]}}]")
    assert run.output == Map(10, (8, 8))


def test_previous_stands_for_the_layer_before() -> None:
    """In a path it is the join's input first."""
    assert layers("[relu, {add: {paths: {a: [{add: {from: [previous, input]}}], b: []}}}]") == {
        "relu1": X.sizes,
        "a.add1": X.sizes,
        "add1": X.sizes,
    }


# Networks as layers, presets, includes


def test_any_layout_is_a_layer_of_another() -> None:
    """A shipped network, its own input ignored, with parameters and a name."""
    run = traced("input: 3x64x64\nlayers: [{resnet18: {name: backbone, head: false}}, {conv: {cout: 8, kernel: 1}}]")
    assert run.output == Map(8, (2, 2))
    assert run.rows[0].path == "backbone.stem"
    assert run.total.params == 11_689_512 - 513_000 + 8 * 513


@pytest.fixture(name="folder")
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def build(path: str, **files: str) -> Any:
    for name, text in files.items():
        Path(f"{name}.yaml").write_text(text, encoding="utf-8")
    library = Library()
    return trace(build_network(library, library.design(path), {}))


def test_includes_of_layouts_and_of_blocks(folder: Path) -> None:
    """An included layout is called by its name, an included file of blocks by theirs; they see no maps and no params of the file."""
    one = "name: one\nparams: {n: 3}\nlayers: [{conv: {cout: n, kernel: 1}}]\n"
    many = "blocks: {two: {layers: [three]}, three: {params: {m: 5}, layers: [{conv: {cout: m, kernel: 1}}]}}\n"
    main = "input: 4x4x4\nparams: {n: 99}\ninclude: [one.yaml, many.yaml]\nlayers: [one, two, {three: 7}]\n"
    run = build("./main.yaml", one=one, many=many, main=main)
    assert [row.output.channels for row in run.rows] == [3, 5, 7]


def test_includes_stay_inside(folder: Path) -> None:
    """A symlink out of the directory of the top file is followed, and refused; what it holds is not shown."""
    outside = folder.parent / f"{folder.name}-secret.yaml"
    outside.write_text("password: hunter2\n", encoding="utf-8")
    (folder / "link.yaml").symlink_to(outside)
    with pytest.raises(ConvcalcError) as caught:
        build("./main.yaml", main="input: 4x4x4\ninclude: link.yaml\nlayers: [relu]\n")
    assert [d.code for d in caught.value.diagnostics] == ["include-outside"]
    assert "hunter2" not in str(caught.value.diagnostics)


def test_includes_include(folder: Path) -> None:
    """Paths are relative to the file that names them; a cycle is found."""
    (folder / "sub").mkdir()
    Path("sub/a.yaml").write_text("name: a\ninclude: b.yaml\nlayers: [b]\n")
    Path("sub/b.yaml").write_text("name: b\nlayers: [{conv: {cout: 9, kernel: 1}}]\n")
    assert build("./main.yaml", main="input: 4x4x4\ninclude: sub/a.yaml\nlayers: [a]\n").output == Map(9, (4, 4))
    Path("sub/b.yaml").write_text("name: b\ninclude: a.yaml\nlayers: [a]\n")
    with pytest.raises(ConvcalcError) as caught:
        build("./main.yaml", main="input: 4x4x4\ninclude: sub/a.yaml\nlayers: [a]\n")
    assert "recursion" in [d.code for d in caught.value.diagnostics]


def test_presets_of_a_file(folder: Path) -> None:
    """`file.yaml:preset` runs one; an unknown one gets a suggestion."""
    text = "input: 4x4x4\nparams: {n: 3}\npresets: {wide: {params: {n: 7}, input: 2x9x9}}\nlayers: [{conv: {cout: n, kernel: 1}}]\n"
    assert build("./f.yaml", f=text).output == Map(3, (4, 4))
    assert build("./f.yaml:wide").output == Map(7, (9, 9))
    with pytest.raises(ConvcalcError) as caught:
        build("./f.yaml:wid")
    assert caught.value.diagnostics[0].hint == "did you mean `wide`?"


def test_as_says_how_the_original_calls_a_layer() -> None:
    """It changes no number and stands in the trace."""
    run = traced("layers: [{relu: {as: function}}, relu]")
    assert [row.calls for row in run.rows] == ["function", None]


def test_errors_in_independent_paths_are_all_found() -> None:
    """What depends on a failed layer is passed over; what does not is checked."""
    text = "layers: [{concat: {paths: {a: [{linear: 3}, {linear: 3}], b: [{lstm: 2}], c: [relu]}}}, {linear: 4}]"
    assert codes(text) == ["wrong-kind", "wrong-kind"]


def test_the_field_of_a_repeat_grows_from_its_own_input() -> None:
    """A pass that also reads an earlier layer grows by its own windows alone: 3 + 10 · 2."""
    text = """
  - conv: {name: stem, cout: 4, kernel: 3}
  - repeat: {times: 10, layers: [{add: {from: [stem, previous]}}, {conv: {cout: 4, kernel: 3}}]}"""
    assert receptive_field(traced(f"layers: {text}")) == [23, 23]
    text = """
  - conv: {name: stem, cout: 4, kernel: 3}
  - repeat: {times: 10, layers: [{residual: {body: [{conv: {from: stem, cout: 4, kernel: 3}}]}}]}"""
    assert receptive_field(traced(f"layers: {text}")) == [5, 5]


def test_groups_without_layers_leave_no_trace() -> None:
    """A block that is the identity is no group, so that equal neighbours are equal and passes without layers cost nothing."""
    nil = "blocks: {nil: {layers: [{dropout: {when: false}}]}}\n"
    run = traced(nil + "layers: [{concat: {paths: {a: [relu], b: [nil, relu]}}}]")
    assert [scope.path for scope in run.scopes] == ["a", "b"]
    text = nil + "layers: [{repeat: {times: 3, layers: [{conv: {cout: 4, kernel: 3, when: first}}, nil]}}]"
    assert receptive_field(traced(text)) == [3, 3]


def test_given_names_are_kept() -> None:
    """A layer that is named conv1 keeps its name; automatic ones step around it, wherever it stands."""
    assert list(layers("[{conv: {cout: 4, kernel: 3}}, {conv: {name: conv1, cout: 8, kernel: 3}}]")) == ["conv2", "conv1"]


def test_switched_off_layers_inside_do_not_switch_off_what_holds_them() -> None:
    """Only the named layer's own `when` drops it from the outputs."""
    text = "outputs: [r, c]\nlayers: [{repeat: {name: r, times: 2, layers: [relu, {tanh: {when: false}}]}}, {elu: {name: c}}]"
    assert len(traced(text).outputs) == 2
    text = "outputs: [r]\nlayers: [{residual: {name: r, body: [relu, {tanh: {when: false}}], shortcut: {when: cin != 16}}}]"
    assert codes(text) == []


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("layers: [{repeat: {times: 2, from: [], layers: [relu]}}]", "missing-value"),
        ("layers: [{relu: {name: a}}, {repeat: {times: 2, from: [a, input], layers: [relu]}}]", "wrong-type"),
        ("layers: [{conv: {cout: 4, kernel: 3, stride: [1, 2, 3]}}]", "wrong-kind"),
        ("layers: [{conv: {cout: 4, kernel: 3, dilation: 1x1x1}}]", "wrong-kind"),
        ("layers: [{conv_transpose: {cout: 4, kernel: 3, output_padding: 1}}]", "bad-value"),
        ("layers: [{conv: {cout: 4, kernel: 3x" + "9" * 5000 + "}}]", "expression-limit"),
        ("params: {a: " + "9" * 400 + "/7}\nlayers: [{conv: {cout: a, kernel: 3}}]", "not-whole"),
        ("expect: {params: relu}\nlayers: [relu]", "bad-value"),
        ("expect: {params: 1 / 0}\nlayers: [relu]", "bad-value"),
        ("presets: {two words: {}}\nlayers: [relu]", "bad-name"),
        ("inputs: {previous: 4x4x4}\nlayers: [relu]", "bad-name"),
        ("inputs: {a: 4x4x4, b: 4x4x4}\nlayers: [{relu: {from: a}}]", "unused-layer"),
        ("outputs: [r, r]\nlayers: [{relu: {name: r}}]", "duplicate-name"),
        ("outputs: []\nlayers: [relu]", "missing-value"),
        ("layers: [{conv: {cout: 4, kernel: 3, bias: none}}]", "bad-value"),
        ("layers: [{conv: {cout: '4 # 5', kernel: 3}}]", "bad-expression"),
        ("layers: [{relu: {when: cin == True}}]", "bad-value"),
        ("layers: [{conv: {cout: 3j, kernel: 3}}]", "bad-number"),
        ("inputs: {a: 4x4x4, b: 4x4x4}\npresets: {p: {input: 4x4x4}}\nlayers: [{add: {from: [a, b]}}]", "unknown-key"),
    ],
)
def test_slips_are_refused(text: str, code: str) -> None:
    """Each by its name."""
    assert codes(text) == [code]


def test_odd_but_right() -> None:
    """min of one number; a literal on the second line; a block named like its file."""
    assert layers("[{conv: {cout: min(cin), kernel: 3}}]") == {"conv1": X.sizes}
    assert rows("params:\n  a: |\n    (9.75 +\n     1.25)\nlayers: [{conv: {cout: a, kernel: 1}}]")["conv1"][0] == 11
    assert rows("name: net\nblocks: {net: {layers: [relu]}}\nlayers: [net]") == {"net1.relu1": X.sizes}
