"""Shared weights: parameters and buffers count once, all else each time."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import convcalc
from convcalc.analysis.metrics import METRICS, usual
from convcalc.analysis.totals import totals
from convcalc.core.trace import trace
from tests.conftest import Run
from tests.layouts import errors, network, traced

BODIES = st.sampled_from(
    [
        "{conv: {cout: cin, kernel: 3, norm: batch_norm, activation: relu}}",
        "{residual: {body: [{conv: {cout: cin, kernel: 1}}, group_norm: {groups: 4}]}}".replace(
            "group_norm: {groups: 4}", "{group_norm: 4}"
        ),
        "{depthwise_conv: 3}",
        "{repeat: {times: 3, layers: [{conv: {cout: cin, kernel: 1}}]}}",
        "{squeeze_excite: 4}",
        "relu",
        "{conv: {cout: 8 if first else cin, kernel: 1}}",
    ]
)
OF_COPIES = [key for key, metric in METRICS.items() if metric.of_copies]


def both(text: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Totals of a layout with its sharing, and without."""
    alone = text.replace(", weights: one", "").replace("shared: true", "shared: false")
    return totals(traced(text)), totals(traced(alone))


@given(st.lists(BODIES, min_size=1, max_size=3), st.integers(2, 4))
def test_calls_of_shared_weights(body: list[str], uses: int) -> None:
    """A block used n times with one set of weights has a block's parameters, and n times its work."""
    body = [part.replace("8 if first else cin", "cin") for part in body]
    calls = ", ".join(f"{{b: {{from: input{', weights: one' if n else ', name: one'}, name: n{n}}}}}" for n in range(uses))
    calls = calls.replace("name: one, name: n0", "name: one")
    text = f"blocks: {{b: {{layers: [{', '.join(body)}]}}}}\nlayers: [{calls}]\n"
    names = ", ".join(["one", *(f"n{n}" for n in range(1, uses))])
    shared, alone = both(text + f"outputs: [{names}]")
    single = totals(traced(f"blocks: {{b: {{layers: [{', '.join(body)}]}}}}\nlayers: [b]"))
    for key in usual():
        assert alone[key] == uses * single[key]
        assert shared[key] == (single[key] if key in OF_COPIES else alone[key])


@given(st.lists(BODIES, min_size=1, max_size=3), st.integers(0, 5))
def test_repeats_of_shared_weights(body: list[str], times: int) -> None:
    """Passes that share cost what passes alone do, with the parameters of one."""
    body = [part for part in body if "first" not in part] or ["relu"]
    text = f"params: {{n: {times}}}\nlayers: [{{repeat: {{times: n, shared: true, layers: [{', '.join(body)}]}}}}]"
    shared, alone = both(text)
    single = totals(traced(text, n=min(times, 1)))
    for key in usual():
        assert shared[key] == (single[key] if key in OF_COPIES else alone[key])


def test_passes_that_are_held_apart_share_too() -> None:
    """The first pass strides, so it is a row of its own; the weights are one 3×3 all the same."""
    text = "[{repeat: {times: 4, shared: true, layers: [{conv: {cout: 16, kernel: 3, stride: 2 if first else 1, bias: false}}]}}]"
    run = traced(f"layers: {text}")
    assert [(row.path, row.times, row.copies, row.shares) for row in run.rows] == [("0", 1, 1, ""), ("1-3", 3, 0, "0")]
    assert run.total.params == 16 * 16 * 9
    assert run.total.macs == 4 * 16 * 16 * 9 * 16


def test_a_million_passes_share_one_set() -> None:
    """However many passes, one set of weights and no more work to find it out."""
    run = traced("layers: [{repeat: {times: 1000000, shared: true, layers: [{conv: {cout: 16, kernel: 3, bias: false}}]}}]")
    assert (len(run.rows), run.total.params, run.total.macs) == (1, 16 * 16 * 9, 10**6 * 16 * 16 * 9 * 64)


def test_repeats_inside_shared_ones() -> None:
    """3 passes that share, each of 2 convolutions of their own: 2 sets of weights, used 6 times."""
    inner = "{repeat: {times: 2, layers: [{conv: {cout: 16, kernel: 1, bias: false}}]}}"
    for outer, inside, sets in (("true", "false", 2), ("false", "true", 3), ("true", "true", 1)):
        text = f"[{{repeat: {{times: 3, shared: {outer}, layers: [{inner.replace('times: 2', f'times: 2, shared: {inside}')}]}}}}]"
        run = traced(f"layers: {text}")
        assert (run.total.params, run.total.macs) == (sets * 256, 6 * 256 * 64)


def test_what_shares_a_sharer_shares_its_weights() -> None:
    """c uses b's, which are a's: all name the layer that owns them, through calls and taps."""
    text = """
blocks: {b: {layers: [{conv: {name: inner, cout: 16, kernel: 1}}, relu]}}
layers:
  - b: {name: one}
  - b: {name: two, weights: one}
  - b: {name: three, weights: two}
  - conv: {cout: 16, kernel: 1, weights: three.inner}
"""
    run = traced(text)
    assert [row.shares for row in run.rows if row.op.name == "conv"] == ["", *["one.inner"] * 3]
    assert run.total.params == 16 * 16 + 16


def test_norms_and_their_buffers_are_shared() -> None:
    """A batch norm's 2·C + 1 buffers count once too, and a layer that has but buffers is no exception."""
    normed = "cout: 16, kernel: 1, norm: batch_norm"
    text = f"layers: [{{conv: {{name: one, {normed}}}}}, {{conv: {{{normed}, weights: one}}}}]"
    assert traced(text).total.buffers == 33
    text = "layers: [{batch_norm: {name: one, affine: false}}, {batch_norm: {affine: false, weights: one}}]"
    assert (traced(text).total.buffers, traced(text).total.params) == (33, 0)


def test_recurrent_layers_share_their_whole_depth() -> None:
    """Two and three layers have the same shapes of parameters, and are not equal."""
    text = """
inputs: {a: {tokens: 5x8}, b: {tokens: 5x8}}
layers:
  - lstm: {name: one, from: a, hidden: 8, layers: 2}
  - lstm: {name: two, from: b, hidden: 8, layers: 2, weights: one}
  - add: {from: [one, two]}
"""
    assert traced(text).total.params == 2 * 4 * 8 * (8 + 8 + 2)
    assert [error.code for error in errors(text.replace("layers: 2, weights", "layers: 3, weights"))] == ["shape-mismatch"]


@pytest.mark.parametrize("batch", [1, 5])
def test_commands_know_it(run: Run, tmp_path: Path, batch: int) -> None:
    """`summary` names the owner, `diff` the change, `explain` and `summary` the same figures, JSON the sets of weights."""
    spec = tmp_path / "net.yaml"
    conv, passes = "cout: 3, kernel: 3", "times: 3, shared: true, layers: [{conv: {cout: 3, kernel: 1}}]"
    layers = f"[{{conv: {{name: one, {conv}}}}}, {{conv: {{name: two, {conv}, weights: one}}}}, {{repeat: {{{passes}}}}}]"
    spec.write_text(f"input: 3x8x8\nlayers: {layers}\n")
    shown = run("summary", str(spec), "--batch", str(batch)).out
    assert "two (shares one)" in shown
    assert "0-2 ×3 (shared)" in shown
    [model] = json.loads(run("summary", str(spec), "--format", "json").out)["models"]
    assert [(layer["params"], layer.get("copies"), layer["attributes"].get("weights")) for layer in model["layers"]] == [
        (84, None, None), (0, None, "one"), (12, 1, None),
    ]  # fmt: skip
    assert [group.get("shared") for group in model["groups"]] == [True]
    found = {formula.quantity: formula.value for formula in convcalc.explain(str(spec)).formulas}
    assert (found["weights"] + found["biases"], found["MACs"]) == (model["totals"]["params"], model["totals"]["macs"])
    other = tmp_path / "other.yaml"
    other.write_text(f"input: 3x8x8\nlayers: {layers.replace(', weights: one', '')}\n")
    assert "weights one" in " ".join(run("diff", str(spec), str(other)).out.split())


def test_sweeps_know_it(run: Run) -> None:
    """At each width the weights of a siamese network count once."""
    points = json.loads(run("sweep", "siamese", "--set", "features=16,64", "--columns", "params,macs", "--format", "json").out)["points"]
    alone = [convcalc.summary("siamese", set={"features": features}).models[0].totals for features in (16, 64)]
    assert [(point["params"], point["macs"]) for point in points] == [(totals["params"], totals["macs"]) for totals in alone]


def test_a_limit_on_each_layer_is_on_a_set_of_weights(tmp_path: Path) -> None:
    """Three passes share 12 parameters: a layer has 12, not 4."""
    spec = tmp_path / "net.yaml"
    spec.write_text("input: 3x8x8\nlayers: [{repeat: {times: 3, shared: true, layers: [{conv: {cout: 3, kernel: 1}}]}}]\n")
    report = convcalc.check(str(spec), max={"layer.params": 10**9, "layer.macs": 10**9})
    assert [finding.value for finding in report.findings] == [12, 9 * 64]


def test_passes_may_be_held_otherwise_than_those_they_share() -> None:
    """One call's passes are alike from the first on, in the other each halves the map: three sets of weights in both."""
    block = "blocks: {t: {layers: [{repeat: {times: 3, layers: [{conv: {cout: 8, kernel: 3, stride: 2, norm: batch_norm}}]}}]}}\n"
    calls = "{t: {name: one, from: g}}, {t: {name: two, from: input, weights: one}}, {add: {from: [one, two]}}"
    shared = totals(traced(f"{block}input: 8x8x8\nlayers: [{{global_avg_pool: {{name: g}}}}, {calls}]"))
    assert shared["params"] == 3 * (8 * 8 * 9 + 2 * 8)
    assert shared["macs"] == 3 * 576 + 576 * (16 + 4 + 1)


def test_shared_passes_may_use_weights_from_outside() -> None:
    """A layer of each pass uses those of a layer before the repeat, and has none of its own."""
    body = "{max_pool: 2}, {conv: {cout: 8, kernel: 3, weights: a}}, {conv: {cout: 8, kernel: 1}}"
    text = f"input: 8x64x64\nlayers: [{{conv: {{name: a, cout: 8, kernel: 3}}}}, {{repeat: {{times: 3, shared: true, layers: [{body}]}}}}]"
    assert totals(traced(text))["params"] == (8 * 8 * 9 + 8) + (8 * 8 + 8)


def test_a_pass_that_inputs_do_not_reach_does_not_stand_for_those_they_reach() -> None:
    """The first two convolutions are of a learned map, and computed once; the input is added behind each pass but the first."""
    add = "{add: {from: [previous, input], when: not first}}"
    body = f"{{repeat: {{times: 4, layers: [{{conv: {{cout: 16, kernel: 3}}}}, {add}]}}}}"
    net = network(f"input: 16x8x8\nlayers: [{{learned: {{name: z, sizes: [16, 8, 8], join: none, to: map}}}}, {body}]")
    assert trace(net, 8).total.macs == (1 + 1 + 8 + 8) * 16 * 16 * 9 * 64


def test_only_what_says_so_is_shared() -> None:
    """A block that is called, a path and a repeat share nothing; a repeat with `shared` does."""
    body = "[{conv: {cout: 4, kernel: 1}}]"
    found = traced(
        f"input: 4x6x6\nblocks: {{b: {{layers: {body}}}}}\n"
        f"layers: [{{b: {{name: x}}}}, {{residual: {{name: y, body: {body}}}}}, {{repeat: {{name: r, times: 2, layers: {body}}}}}, "
        f"{{repeat: {{name: s, times: 2, shared: true, layers: {body}}}}}]\n"
    )
    assert [scope.path for scope in found.scopes if scope.shared] == ["s.0-1"]  # its two passes
    assert {scope.path[0] for scope in found.scopes} == {"x", "y", "r", "s"}
