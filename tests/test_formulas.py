"""Formulas of every form, worked out again."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import convcalc
from convcalc.analysis.formula import axis_formula
from convcalc.core.ops import build, weights_of
from convcalc.core.shape import Map
from tests.test_counts import T, names
from tests.test_explain import worth

FORMULAS: list[tuple[str, str, dict[str, str]]] = [
    # inputs, layers, the last one's formulas as symbols = numbers = value, by hand
    (
        "input: 6x5x4",
        "depthwise_conv: {kernel: 3, heads: 2}",
        {"MACs": "H·W·Cout·k² = 5·4·6·3² = 1080", "params": "(Cout/heads)·k² + (Cout/heads) = (6/2)·3² + (6/2) = 30"},
    ),
    (
        "input: 6x5x4",
        "depthwise_conv: {kernel: [3, 1], heads: 3, bias: false}",
        {"MACs": "H·W·Cout·kh·kw = 5·4·6·3·1 = 360", "params": "(Cout/heads)·kh·kw = (6/3)·3·1 = 6"},
    ),
    (
        "input: 8x5x4",
        "conv_transpose: {cout: 6, kernel: [3, 1], stride: [2, 1], padding: [[1, 0], [0, 0]], dilation: [2, 1], output_padding: [1, 0], "
        "groups: 2}",
        {
            "MACs": "H·W·Cin·(Cout/g)·kh·kw = 5·4·8·(6/2)·3·1 = 1440",
            "params": "Cin·(Cout/g)·kh·kw + Cout = 8·(6/2)·3·1 + 6 = 78",
            "Hout": "(H − 1)·s − p − p′ + d·(k − 1) + e + 1 = (5 − 1)·2 − 1 − 0 + 2·(3 − 1) + 1 + 1 = 13",
            "Wout": "(W − 1)·s − p − p′ + d·(k − 1) + e + 1 = (4 − 1)·1 − 0 − 0 + 1·(1 − 1) + 0 + 1 = 4",
        },
    ),
    (
        "input: 6x9x9",
        "conv: {cout: 4, kernel: [3, 2], stride: [2, 3], padding: [[1, 2], [0, 3]], dilation: [2, 1]}",
        {
            "Hout": "⌊(H + p + p′ − d·(k − 1) − 1) / s⌋ + 1 = ⌊(9 + 1 + 2 − 2·(3 − 1) − 1) / 2⌋ + 1 = 4",
            "Wout": "⌊(W + p + p′ − d·(k − 1) − 1) / s⌋ + 1 = ⌊(9 + 0 + 3 − 1·(2 − 1) − 1) / 3⌋ + 1 = 4",
            "MACs": "H·W·Cin·Cout·kh·kw = 4·4·6·4·3·2 = 2304",
        },
    ),
    ("input: 6x1x1", "linear: {cout: 4, bias: false}", {"MACs": "Cin·Cout = 6·4 = 24", "params": "Cin·Cout = 6·4 = 24"}),
    (
        "inputs: {a: {features: 2x3x6}}",
        "linear: {cout: 4}",
        {"MACs": "N·N·Cin·Cout = 2·3·6·4 = 144", "params": "Cin·Cout + Cout = 6·4 + 4 = 28"},
    ),
    (
        "inputs: {a: {tensor: 2x5x8}, b: {tensor: 2x8x3}}",
        "matmul: {from: [a, b]}",
        {"MACs": "N·N·K·M = 2·5·8·3 = 240"},
    ),
    (
        "inputs: {a: {tensor: 2x5x8}, b: {tensor: 2x3x8}}",
        "einsum: {equation: 'bic,bjc->bij', from: [a, b]}",
        {"MACs": "b·i·c·j = 2·5·8·3 = 240"},
    ),
    (
        "inputs: {a: {tokens: 5x8}}",
        "lstm: {hidden: 3}",
        {
            "MACs": "N·gates·H·C + N·gates·H·H = 5·4·3·8 + 5·4·3·3 = 660",
            "params": "gates·H·C + gates·H·H + 2·gates·H = 4·3·8 + 4·3·3 + 2·4·3 = 156",
            "states": "N·H = 5·3 = 15",
        },
    ),
    (
        "inputs: {a: {tokens: 5x8}}",
        "gru: {hidden: 3, layers: 4, bidirectional: true}",
        {
            "MACs": "N·dir·gates·H·C + N·dir·gates·H·H + N·(layers − 1)·dir·gates·H·dir·H + N·(layers − 1)·dir·gates·H·H"
            " = 5·2·3·3·8 + 5·2·3·3·3 + 5·3·2·3·3·2·3 + 5·3·2·3·3·3 = 3420",
            "params": "dir·gates·H·C + dir·gates·H·H + (layers − 1)·dir·gates·H·dir·H + (layers − 1)·dir·gates·H·H + 2·layers·dir·gates·H"
            " = 2·3·3·8 + 2·3·3·3 + 3·2·3·3·2·3 + 3·2·3·3·3 + 2·4·2·3·3 = 828",
            "states": "N·layers·dir·H = 5·4·2·3 = 120",
        },
    ),
    (
        "inputs: {a: {tokens: 5x8}}",
        "rnn: {hidden: 3, layers: 2, bias: false}",
        {
            "params": "gates·H·C + gates·H·H + (layers − 1)·gates·H·H + (layers − 1)·gates·H·H = 1·3·8 + 1·3·3 + 1·1·3·3 + 1·1·3·3 = 51",
            "states": "N·layers·H = 5·2·3 = 30",
        },
    ),
    (
        "inputs: {a: {tokens: 6x8}, b: {tokens: 7x6}}",
        "attention: {heads: 4, kv_heads: 2, dim: 12, cout: 5, from: a, context: b}",
        {
            "MACs": "N·C·D + 2·M·C′·Dkv + N·D·Cout + 2·N·M·D = 6·8·12 + 2·7·6·6 + 6·12·5 + 2·6·7·12 = 2448",
            "params": "C·D + 2·C′·Dkv + D·Cout + D + 2·Dkv + Cout = 8·12 + 2·6·6 + 12·5 + 12 + 2·6 + 5 = 257",
            "queries": "N·D = 6·12 = 72",
            "keys": "M·Dkv = 7·6 = 42",
            "values": "M·Dkv = 7·6 = 42",
            "scores": "heads·N·M = 4·6·7 = 168",
        },
    ),
    (
        "inputs: {a: {tensor: 3x6x8}}",
        "attention: {heads: 4, window: [2, 3], cosine: true, qkv_bias: false, out_bias: true}",
        {
            "MACs": "L·2·N·C·C + L·2·M·C·C + L·2·N·M·C = 3·2·6·8·8 + 3·2·6·8·8 + 3·2·6·6·8 = 6336",
            "params": "4·C·C + (2w − 1)·(2w − 1)·heads + heads + C = 4·8·8 + (2·2 − 1)·(2·3 − 1)·4 + 4 + 8 = 328",
            "queries": "L·N·C = 3·6·8 = 144",
            "keys": "L·M·C = 3·6·8 = 144",
            "scores": "L·heads·N·M = 3·4·6·6 = 432",
        },
    ),
    (
        "inputs: {a: {tensor: 3x6x8}, b: {tensor: 3x7x6}}",
        "attention: {heads: 4, kv_heads: 2, dim: 12, cout: 5, bias: false, from: a, context: b}",
        {
            "MACs": "L·N·C·D + L·2·M·C′·Dkv + L·N·D·Cout + L·2·N·M·D = 3·6·8·12 + 3·2·7·6·6 + 3·6·12·5 + 3·2·6·7·12 = 7344",
            "params": "C·D + 2·C′·Dkv + D·Cout = 8·12 + 2·6·6 + 12·5 = 228",
        },
    ),
    (
        "inputs: {a: 6x5x4, b: 18x3x2}",
        "deform_conv: {cout: 4, kernel: 3, padding: 0, from: [a, b]}",
        {
            "MACs": "H·W·Cin·Cout·k² = 3·2·6·4·3² = 1296",
            "Hout": "⌊(H + p + p′ − d·(k − 1) − 1) / s⌋ + 1 = ⌊(5 + 0 + 0 − 1·(3 − 1) − 1) / 1⌋ + 1 = 3",
            "Wout": "⌊(W + p + p′ − d·(k − 1) − 1) / s⌋ + 1 = ⌊(4 + 0 + 0 − 1·(3 − 1) − 1) / 1⌋ + 1 = 2",
        },
    ),
    (
        "inputs: {a: {tokens: 6x8}}",
        "attention: {heads: 4, kv_heads: 1, bias: false}",
        {
            "MACs": "N·C·C + 2·M·C·Dkv + N·C·C + 2·N·M·C = 6·8·8 + 2·6·8·2 + 6·8·8 + 2·6·6·8 = 1536",
            "params": "C·C + 2·C·Dkv + C·C = 8·8 + 2·8·2 + 8·8 = 160",
        },
    ),
    (
        "inputs: {a: {tokens: 6x8}, b: {tokens: 7x6}}",  # keys and values of another width: biases are four of C all the same
        "attention: {heads: 4, from: a, context: b}",
        {"params": "C·C + 2·C′·C + C·C + 4·C = 8·8 + 2·6·8 + 8·8 + 4·8 = 256"},
    ),
    (
        "inputs: {a: {tokens: 6x8}}",
        "attention: {heads: 4, cout: 5}",
        {"params": "C·C + 2·C·C + C·Cout + C + 2·C + Cout = 8·8 + 2·8·8 + 8·5 + 8 + 2·8 + 5 = 261"},
    ),
]


@pytest.mark.parametrize(("given", "layers", "expected"), FORMULAS, ids=names([(case[1].partition(":")[0],) for case in FORMULAS]))
def test_formulas_of_every_form(tmp_path: Path, given: str, layers: str, expected: dict[str, str]) -> None:
    """Symbols, numbers and value of a layer's formulas; the numbers give the value, and that is what the layer is counted for."""
    path = tmp_path / "net.yaml"
    path.write_text(f"{given}\nlayers: [{{{layers}}}]\n", encoding="utf-8")
    [layer] = convcalc.summary([str(path)]).models[0].layers
    found = {formula.quantity: formula for formula in convcalc.explain(str(path), layer.path).formulas}
    lines = {name: f"{formula.symbols} = {formula.numbers} = {formula.value}" for name, formula in found.items() if name in expected}
    assert lines == expected
    for name, formula in found.items():
        if formula.numbers and name != "receptive field":
            assert worth(formula.numbers) == formula.value, formula
    assert found["MACs"].value == layer.metrics["macs"]
    assert ("params" in found) is (layer.metrics["params"] > 0)
    assert "params" not in found or found["params"].value == layer.metrics["params"]


def test_parameters_of_many_depths_at_once() -> None:
    """Where there are several numbers of layers there are parameters of the first and of those behind; of one layer alone, its own."""
    many: Any = build("lstm", {"hidden": 3, "layers": np.array([1, 2, 3])})
    assert many.weights(T) == ((12, 8), (12, 3), (12,), (12,), (12, 3), (12, 3), (12,), (12,))
    assert weights_of(build("lstm", {"hidden": 3, "layers": 1}), (T,)) == ((12, 8), (12, 3), (12,), (12,))
    # 4·3·(8 + 3) and 2·12 of the first, 4·3·(3 + 3) and 2·12 of each other
    assert many.cost(T).params.tolist() == [156, 156 + 96, 156 + 2 * 96]


def test_the_formula_of_a_dropped_window_gives_its_size(tmp_path: Path) -> None:
    """With `ceil` a last window that starts in the end padding is dropped: ⌈3 / 5⌉ + 1 is 2, and 1 comes out."""
    path = tmp_path / "net.yaml"
    path.write_text("input: 6x4x4\nlayers: [max_pool: {kernel: 2, stride: 5, padding: [[0, 1], [1, 0]], ceil: true}]\n", encoding="utf-8")
    for formula in convcalc.explain(str(path), "max_pool1").formulas:
        if formula.quantity.endswith("out"):
            assert worth(formula.numbers) == formula.value


@pytest.mark.parametrize("ceil", [False, True])
@pytest.mark.parametrize(("kernel", "dilation"), [(1, 1), (2, 1), (3, 1), (2, 2), (3, 2)])
def test_the_numbers_of_a_size_come_to_it(kernel: int, dilation: int, ceil: bool) -> None:
    """What stands in the formula of an output's size, worked out, is that size; where a last window is dropped it says so."""
    for size, stride, before, after in product((5, 6, 7, 9), (1, 2, 3, 5), (0, 1, 2), (0, 1, 3)):
        axes = {"kernel": (kernel,), "stride": (stride,), "padding": ((before, after),), "dilation": (dilation,)}
        op = build("max_pool", {**axes, "ceil": ceil})
        [_, out] = op.out_shape(Map(1, (size,))).sizes
        assert worth(axis_formula(op, 0, "Hout", "H", size, out).numbers) == out
