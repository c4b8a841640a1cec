"""Taps on padding: the closed form against loops, and against XLA's own count of convolutions."""

from __future__ import annotations

import json
from itertools import product as grid
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import convcalc
from convcalc.analysis.convention import total
from convcalc.core.ops import Op, build
from convcalc.core.ops.sliding_window import floor_sum, same_padding, slide, taps_inside, transposed_out
from convcalc.core.shape import Map
from convcalc.rules.conventions import read_convention
from tests.conftest import FACTS
from tests.layouts import traced
from tests.test_memory import network

FOLDER = FACTS / "memory"
CASES: list[dict[str, Any]] = json.loads((FOLDER / "padding_cases.json").read_text(encoding="utf-8"))
MODELS: dict[str, Any] = json.loads((FOLDER / "padding_models.json").read_text(encoding="utf-8"))
XLA: list[dict[str, Any]] = json.loads((FOLDER / "xla_convolutions.json").read_text(encoding="utf-8"))
SMALL = st.integers(1, 6)


def windowed(case: dict[str, Any], **more: Any) -> Op:
    """The op of a case, one channel in and out unless it says otherwise."""
    pairs = tuple((one, one) if isinstance(one, int) else tuple(one) for one in case["padding"])
    window = {key: tuple(case[key]) for key in ("kernel", "stride", "dilation")}
    return build(case["kind"], {"cout": 1, **window, "padding": pairs, **more})


@pytest.mark.parametrize("case", CASES, ids=str)
def test_random_windows(case: dict[str, Any]) -> None:
    """Taps of all windows, and those inside, equal a brute force and an all-ones convolution of PyTorch."""
    more = {"output_padding": tuple(case["output_padding"])} if case["kind"] == "conv_transpose" else {}
    x, op = Map(1, tuple(case["input"])), windowed(case, **more)
    assert list(op.out_shape(x).spatial) == case["output"]  # type: ignore[union-attr]
    assert op.taps(x) == (case["taps"], case["valid"])  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", MODELS)
def test_convolutions_of_networks(name: str) -> None:
    """The MACs of a network's convolutions, and those of taps inside the map."""
    wanted = MODELS[name]
    rows = [row for row in network(name, wanted["input"]).rows if "conv" in row.op.name]
    if name == "lenet5":
        rows.pop()  # a linear layer in the facts
    inside = [row.total.macs // row.op.taps(*row.inputs)[0] * row.op.taps(*row.inputs)[1] for row in rows]  # type: ignore[attr-defined]
    assert [sum(row.total.macs for row in rows), sum(inside)] == [wanted["conv_macs"], wanted["conv_macs_inside"]]


@pytest.mark.parametrize("case", XLA, ids=str)
def test_xla_counts_taps_inside(case: dict[str, Any]) -> None:
    """XLA's FLOPs of a convolution, of its input gradient and of its weight gradient are two a tap inside; so is the convention."""
    groups, sizes = case["groups"], "x".join(map(str, case["input"]))
    window = f"kernel: {case['kernel']}, stride: {case['stride']}, padding: {case['padding']}, dilation: {case['dilation']}"
    found = traced(f"input: {sizes}\nlayers: [{{conv: {{cout: {case['cout']}, {window}, groups: {groups}, bias: false}}}}]\n")
    [macs] = [inside_macs(found._replace(batch=case["batch"]))]
    assert [2 * macs] * 3 == [case["xla_forward"], case["xla_grad_input"], case["xla_grad_weight"]]
    batched = found._replace(batch=case["batch"], rows=[row._replace(cost=row.cost.batched(case["batch"])) for row in found.rows])
    assert total(batched, read_convention("xla")) == case["xla_forward"]


def inside_macs(found: Any) -> int:
    [row] = found.rows
    every, inside = row.op.taps(*row.inputs)
    return int(row.cost.macs // every * inside * found.batch)


# Measured with jax 0.10.2: FLOPs of `jax.jit(f).lower(x).cost_analysis()` on 3×8×8
XLA_OPS = [
    ("conv: {cout: 4, kernel: 3, bias: false}", 11_616),
    ("conv: {cout: 4, kernel: 3, bias: true}", 11_872),
    ("conv_transpose: {cout: 4, kernel: 3, stride: 2, bias: false}", 12_696),
    ("relu", 192),
    ("relu6", 384),
    ("leaky_relu", 576),
    ("sigmoid", 576),
    ("silu", 768),
    ("hardsigmoid", 768),
    ("hardswish", 960),
    ("tanh", 0),
    ("batch_norm", 384),
    ("max_pool: 2", 144),
    ("max_pool: {kernel: 3, stride: 2, padding: 1}", 384),
    ("avg_pool: 2", 192),
    ("avg_pool: {kernel: 3, stride: 2, padding: 1}", 432),
    ("global_avg_pool", 192),
    ("global_max_pool", 189),
    ("add: {from: [previous, previous]}", 192),
    ("mul: {from: [previous, previous]}", 192),
]


@pytest.mark.parametrize(("layer", "flops"), XLA_OPS)
def test_what_xla_counts(layer: str, flops: int) -> None:
    """Each op counts for what XLA's cost analysis says."""
    written = f"{{{layer}}}" if ":" in layer else layer
    assert total(traced(f"input: 3x8x8\nlayers: [{written}]\n"), read_convention("xla")) == flops


@given(SMALL, SMALL, SMALL, st.integers(0, 9), st.integers(0, 9), SMALL)
def test_taps_of_a_convolution(size: int, kernel: int, stride: int, before: int, after: int, dilation: int) -> None:
    """The closed form counts what two loops count, however the padding lies."""
    out = slide(size, kernel, stride, (before, after), dilation)
    if out < 1:
        return
    met = sum(0 <= place * stride + tap * dilation - before < size for place, tap in grid(range(out), range(kernel)))
    assert taps_inside(size, kernel, stride, before, dilation, out) == met


@given(SMALL, SMALL, SMALL, st.integers(0, 4), SMALL, st.integers(0, 2))
def test_taps_of_a_transposed_convolution(size: int, kernel: int, stride: int, padding: int, dilation: int, more: int) -> None:
    """Those of each input position that meet the output."""
    out = transposed_out(size, kernel, stride, (padding, padding), dilation, more)
    if out < 1:
        return
    met = sum(0 <= place * stride + tap * dilation - padding < out for place, tap in grid(range(size), range(kernel)))
    assert taps_inside(out, kernel, stride, padding, dilation, size) == met


@given(st.integers(0, 30), st.integers(1, 12), st.integers(0, 40), st.integers(0, 60))
def test_sums_of_quotients(terms: int, divisor: int, step: int, start: int) -> None:
    """Euclid's algorithm gives the sum of the terms."""
    assert floor_sum(terms, divisor, step, start) == sum((step * i + start) // divisor for i in range(terms))


def test_hostile_windows_end() -> None:
    """A window of 2^60 taps is counted without a loop over them."""
    huge = 2**60
    assert taps_inside(huge, huge - 1, 1, huge // 2, 1, 3) > 0
    assert taps_inside(huge + 1, 3, huge - 1, 1, huge // 3, 2) > 0


@pytest.mark.parametrize(("size", "kernel", "stride"), [(224, 7, 2), (225, 4, 3), (7, 2, 2)])
def test_same_padding_is_inside(size: int, kernel: int, stride: int) -> None:
    """Where `same` is written, the zeros before the map are those of the op."""
    before, after = same_padding(size, kernel, stride, 1)
    written = f"padding: [[{before}, {after}], [{before}, {after}]]"
    texts = [
        f"input: 3x{size}x{size}\nlayers: [{{conv: {{cout: 2, kernel: {kernel}, stride: {stride}{more}}}}}]\n"
        for more in ("", f", {written}")
    ]
    same, explicit = ([row.op.taps(*row.inputs) for row in traced(text).rows] for text in texts)  # type: ignore[attr-defined]
    assert same == explicit


def test_columns_have_their_scalars(tmp_path: Path) -> None:
    """A sweep over kernels, strides, dilations and maps gives what each point gives alone."""
    axes = {"a": "1:7", "b": "1:3", "c": "1:2", "hw": "5:9"}
    text = "params: {a: 3, b: 1, c: 1, activation: none}\nlayers: [{conv: {cout: 2, kernel: a, stride: b, dilation: c}}]\n"
    (tmp_path / "n.yaml").write_text(text, encoding="utf-8")
    found = convcalc.sweep(str(tmp_path / "n.yaml"), set={"cin": 3, **axes}, metrics="macs_inside,macs")
    columns = found.columns
    for place in range(0, found.points.size, 17):
        point = {name: int(columns[name][place]) for name in ("a", "b", "c", "hw")}
        alone = traced(text, Map(3, (point.pop("hw"),) * 2), **point)
        assert columns["macs_inside"][place] == inside_macs(alone)
        assert columns["macs"][place] == alone.total.macs
