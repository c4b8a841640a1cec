"""`convcalc explain` and `list`: formulas whose numbers are the core's, and what there is."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import convcalc
from convcalc.core.ops import IMPORTED, TRAITS
from convcalc.layout.shipped import shipped_names
from convcalc.layout.vocabulary import OPS
from convcalc.rules.conventions import convention_names
from tests.conftest import Run, Snapshot


def formulas(*arguments: Any, **options: Any) -> dict[str, Any]:
    """Quantities of the first thing explained, and their values."""
    return {formula.quantity: formula for formula in convcalc.explain(*arguments, **options).formulas[::-1]}


def worth(numbers: str) -> int:
    """The value of `56·56·256·3² + 256`, worked out by Python."""
    text = numbers.replace("·", "*").replace("²", "**2").replace("³", "**3").replace("−", "-").replace("/", "//")
    text = text.replace("⌊", "(").replace("⌋", ")").replace("⌈", "-(-").replace("⌉", ")")
    assert re.fullmatch(r"[0-9()*+/ -]+", text), text
    value: int = eval(text)  # digits and operators alone, as was just seen
    return value


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("conv", ("conv", "--cin", "256", "--cout", "256", "--kernel", "3", "--hw", "56")),
        ("bottleneck", ("bottleneck", "--cin", "256", "--cout", "256", "--hw", "56")),
        ("layer", ("resnet50", "layer1.0.conv2")),
        ("strided", ("bottleneck_residual", "--cin", "64", "--cout", "256", "--hw", "56", "--stride", "2")),
    ],
)
def test_explanations(run: Run, snapshot: Snapshot, name: str, arguments: tuple[str, ...]) -> None:
    """To the letter."""
    snapshot(f"explain-{name}.txt", run("explain", *arguments).out)


def test_narrow_and_other_formats(run: Run, snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is little width, a line a formula; Markdown; JSON with symbols, numbers and values."""
    arguments = ("explain", "conv", "--cin", "8", "--cout", "8", "--kernel", "3", "--hw", "9")
    snapshot("explain.md", run(*arguments, "--format", "markdown").out)
    report = json.loads(run(*arguments, "--format", "json").out)
    [macs] = [formula for formula in report["formulas"] if formula["quantity"] == "MACs"]
    assert (macs["symbols"], macs["numbers"], macs["value"]) == ("H·W·Cin·Cout·k²", "9·9·8·8·3²", 46656)
    monkeypatch.setenv("COLUMNS", "80")
    assert "MACs = H·W·Cin·Cout·k² = 9·9·8·8·3² = 46,656" in run(*arguments).out


def test_the_founding_formula() -> None:
    """H·W·Cin·Cmid + … = 218,365,952, the ratio in closed form, and the break-even at Cmid 229."""
    found = convcalc.explain("bottleneck", cin=256, cout=256, hw=56).formulas
    macs = next(formula for formula in found if formula.quantity == "MACs")
    assert macs.symbols == "H·W·Cin·Cmid + H·W·Cmid·Cmid·k² + H·W·Cmid·Cout"
    assert macs.numbers == "56·56·256·64 + 56·56·64·64·3² + 56·56·64·256"
    assert macs.value == 218_365_952
    ratio, plain, within, beyond = (formula for formula in found if formula.kind == "comparison")
    assert (ratio.symbols, ratio.value) == ("k²·Cin·Cout / (Cin·Cmid + k²·Cmid² + Cmid·Cout)", "8.47×")
    assert (within.quantity, beyond.quantity) == ("pays up to Cmid = 229", "not at Cmid = 230")
    assert within.value <= plain.value < beyond.value
    # the largest integer root of 9·m² + 512·m − 589824
    assert 9 * 229**2 + 512 * 229 <= 589_824 < 9 * 230**2 + 512 * 230


LAYERS = [
    ("conv", {"cin": 12, "cout": 8, "kernel": 3, "stride": 2, "groups": 4, "hw": 9}),
    ("conv", {"cin": 3, "cout": 5, "hw": (7, 9), "set": ["kernel=5", "dilation=2", "padding=1", "bias=false"]}),
    ("depthwise_conv", {"cin": 6, "kernel": 5, "hw": 11, "set": ["multiplier=3"]}),
    ("conv_transpose", {"cin": 8, "cout": 4, "kernel": 4, "stride": 2, "groups": 2, "hw": 5, "set": ["padding=1"]}),
    ("linear", {"cin": 100, "cout": 50}),
    ("attention", {"cin": 64, "hw": 7, "set": ["heads=4"]}),
    ("max_pool", {"cin": 4, "kernel": 3, "stride": 2, "hw": 8, "set": ["ceil=true"]}),
]


@pytest.mark.parametrize(("op", "options"), LAYERS, ids=[op for op, _ in LAYERS])
def test_numbers_give_the_value(op: str, options: dict[str, Any]) -> None:
    """Worked out by hand, the numbers of each formula give the value beside it."""
    checked = 0
    for formula in formulas(op, **options).values():
        if formula.numbers and formula.quantity != "receptive field":
            assert worth(formula.numbers) == formula.value, formula
            checked += 1
    assert checked >= 2 - (op == "max_pool")


# By hand from the formulas of the papers: positions, channels, taps; a quantity is symbols = numbers = value.
FLAT, CUBE = "input: 6x9", "input: 6x5x4x3"
SQUARE = "input: 6x5x4"
WORDS = "inputs: {a: 6x5x4, b: 6x3}"
TOKENS = "tokens: {name: t, from: a}, tokens: {name: u, from: b}"
FORMULAS: list[tuple[str, str, tuple[str, ...]]] = [
    (
        FLAT,
        "conv: {cout: 4, kernel: 3}",
        ("MACs = W·Cin·Cout·k = 9·6·4·3 = 648", "params = Cin·Cout·k + Cout = 6·4·3 + 4 = 76", "activations = Cout·W = 4·9 = 36"),
    ),
    (FLAT, "conv: {cout: 4, kernel: 1, bias: false}", ("MACs = W·Cin·Cout = 9·6·4 = 216", "params = Cin·Cout = 6·4 = 24")),
    (
        CUBE,
        "conv: {cout: 4, kernel: 3, groups: 2}",
        (
            "MACs = D·H·W·(Cin/g)·Cout·k³ = 5·4·3·(6/2)·4·3³ = 19440",
            "params = (Cin/g)·Cout·k³ + Cout = (6/2)·4·3³ + 4 = 328",
            "activations = Cout·D·H·W = 4·5·4·3 = 240",
            "Dout = ⌊(D + p + p′ − d·(k − 1) − 1) / s⌋ + 1 = ⌊(5 + 1 + 1 − 1·(3 − 1) − 1) / 1⌋ + 1 = 5",
        ),
    ),
    (
        SQUARE,
        "conv: {cout: 4, kernel: 3, stride: 2}",
        ("MACs = H·W·Cin·Cout·k² = 3·2·6·4·3² = 1296", "activations = Cout·H·W = 4·3·2 = 24"),
    ),
    (
        SQUARE,
        "conv: {cout: 4, kernel: [3, 1]}",
        ("MACs = H·W·Cin·Cout·kh·kw = 5·4·6·4·3·1 = 1440", "params = Cin·Cout·kh·kw + Cout = 6·4·3·1 + 4 = 76"),
    ),
    (CUBE, "conv: {cout: 4, kernel: [1, 3, 3]}", ("MACs = D·H·W·Cin·Cout·kd·kh·kw = 5·4·3·6·4·1·3·3 = 12960",)),
    (
        "input: 6x5x5",
        "conv: {cout: 4, kernel: [3, 1]}",
        (
            "Hout = ⌊(H + p + p′ − d·(k − 1) − 1) / s⌋ + 1 = ⌊(5 + 1 + 1 − 1·(3 − 1) − 1) / 1⌋ + 1 = 5",
            "Wout = ⌊(W + p + p′ − d·(k − 1) − 1) / s⌋ + 1 = ⌊(5 + 0 + 0 − 1·(1 − 1) − 1) / 1⌋ + 1 = 5",
        ),
    ),
    (
        SQUARE,
        "depthwise_conv: {kernel: 3, multiplier: 2, stride: 2}",
        (
            "MACs = H·W·Cout·k² = 3·2·12·3² = 648",
            "params = Cout·k² + Cout = 12·3² + 12 = 120",
            "activations = Cout·H·W = 12·3·2 = 72",
            "Hout = ⌊(H + p + p′ − d·(k − 1) − 1) / s⌋ + 1 = ⌊(5 + 1 + 1 − 1·(3 − 1) − 1) / 2⌋ + 1 = 3",
        ),
    ),
    (
        SQUARE,
        "conv_transpose: {cout: 9, kernel: 2, stride: 2, groups: 3}",
        (
            "MACs = H·W·Cin·(Cout/g)·k² = 5·4·6·(9/3)·2² = 1440",
            "params = Cin·(Cout/g)·k² + Cout = 6·(9/3)·2² + 9 = 81",
            "activations = Cout·H·W = 9·10·8 = 720",
            "Hout = H·s = 5·2 = 10",
        ),
    ),
    (
        SQUARE,
        "conv_transpose: {cout: 4, kernel: 2, stride: 2, padding: 0}",
        (
            "MACs = H·W·Cin·Cout·k² = 5·4·6·4·2² = 1920",
            "Hout = (H − 1)·s − p − p′ + d·(k − 1) + e + 1 = (5 − 1)·2 − 0 − 0 + 1·(2 − 1) + 0 + 1 = 10",
        ),
    ),
    (
        "input: 6",
        "linear: {cout: 4}",
        ("MACs = Cin·Cout = 6·4 = 24", "params = Cin·Cout + Cout = 6·4 + 4 = 28", "activations = Cout = 4 = 4"),
    ),
    (
        "input: 5x6",
        "channels_last, linear: {cout: 4}",
        ("MACs = N·Cin·Cout = 6·5·4 = 120", "params = Cin·Cout + Cout = 5·4 + 4 = 24", "activations = Cout·N = 4·6 = 24"),
    ),
    (
        SQUARE,
        "tokens, attention: {heads: 2}",
        (
            "MACs = 2·N·C·C + 2·M·C·C + 2·N·M·C = 2·20·6·6 + 2·20·6·6 + 2·20·20·6 = 7680",
            "params = 4·C·C + 4·C = 4·6·6 + 4·6 = 168",
            "FLOPs = 2·MACs = 2·7680 = 15360",
        ),
    ),
    (
        WORDS,
        TOKENS + ", attention: {heads: 2, bias: false, from: [t, u]}",
        ("MACs = 2·N·C·C + 2·M·C·C + 2·N·M·C = 2·20·6·6 + 2·3·6·6 + 2·20·3·6 = 2376", "params = 4·C·C = 4·6·6 = 144"),
    ),
    (WORDS, TOKENS + ", matmul: {from: [t, u], transpose: true}", ("MACs = N·K·M = 20·6·3 = 360",)),
    (SQUARE, "custom: {cout: 4, macs: 7, params: 5}", ("MACs = MACs as stated = 7 = 7", "params = parameters as stated = 5 = 5")),
    (SQUARE, "batch_norm", ("params = learned per channel or position = 12",)),
    (
        "input: 6x5",
        "max_pool: 2",
        (
            "Wout = ⌊(W + p + p′ − d·(k − 1) − 1) / s⌋ + 1 = ⌊(5 + 0 + 0 − 1·(2 − 1) − 1) / 2⌋ + 1 = 2",
            "receptive field = r + d·(k − 1)·j = 1 + 1·(2 − 1)·1 = 2",
        ),
    ),
    (
        "input: 6x5x5",
        "avg_pool: {kernel: 2, ceil: true}",
        ("Hout = Wout = ⌈(H + p + p′ − d·(k − 1) − 1) / s⌉ + 1 = ⌈(5 + 0 + 0 − 1·(2 − 1) − 1) / 2⌉ + 1 = 3",),
    ),
]


@pytest.mark.parametrize(("given", "layers", "expected"), FORMULAS, ids=[str(number) for number in range(len(FORMULAS))])
def test_formulas_by_hand(tmp_path: Path, given: str, layers: str, expected: tuple[str, ...]) -> None:
    """The last layer's formulas are those of the papers, with its own numbers."""
    path = tmp_path / "net.yaml"
    path.write_text(f"{given}\nlayers: [{layers}]\n", encoding="utf-8")
    found = convcalc.explain(str(path), convcalc.summary([str(path)]).models[0].layers[-1].path).formulas
    lines = {" = ".join(str(part) for part in (f.quantity, f.symbols, f.numbers, f.value) if part != "") for f in found}
    assert set(expected) <= lines, lines


@pytest.mark.parametrize("name", shipped_names(("blocks",)))
def test_blocks_explain_what_compare_counts(name: str) -> None:
    """The sums over a block's layers are its parameters and MACs."""
    totals = convcalc.compare([name], cin=256, cout=256, hw=56).models[0].totals
    explained = formulas(name, cin=256, hw=56)
    assert explained["MACs"].value == worth(explained["MACs"].numbers) == totals["macs"]
    weights = explained["weights"].value + (explained["biases"].value if "biases" in explained else 0)
    norms = {"convnext": 2 * 256 + 256}  # its own layer norm, and its scale
    assert weights + norms.get(name, 0) == totals["params"]


@pytest.mark.parametrize("name", shipped_names(("networks",)))
def test_networks_explain_what_summary_counts(name: str) -> None:
    """What `explain` totals is what `summary` totals, attention and matrix products included."""
    totals, explained = convcalc.summary([name]).models[0].totals, formulas(name)
    assert (explained["MACs"].value, explained["FLOPs"].value) == (totals["macs"], totals["flops"])
    assert worth(explained["MACs"].numbers) == totals["macs"]
    assert explained["activations"].value == totals["activations"]
    parts = [explained[part].value for part in ("weights", "biases", "other parameters") if part in explained]
    assert sum(parts) == totals["params"]


LAYERS_OF_MAPS = (
    *("relu", "conv: {cout: 6, kernel: 3}", "depthwise_conv: 3", "max_pool: 2", "batch_norm", "bottleneck: 6"),
    *("residual: {body: [conv: {cout: 6, kernel: 1}]}", "repeat: {times: 3, layers: [conv: {cout: 6, kernel: 3}]}"),
    *("conv_transpose: {cout: 6, kernel: 2, stride: 2}", "custom: {cout: 6, macs: 7, params: 5}"),
)
ENDS = ("", ", tokens, {attention: {heads: 2}}, {linear: 4}", ", flatten, {linear: 4}")


@settings(max_examples=60)
@given(st.lists(st.sampled_from(LAYERS_OF_MAPS), min_size=1, max_size=6), st.sampled_from(ENDS))
def test_random_layouts_explain_what_summary_counts(tmp_path_factory: pytest.TempPathFactory, layers: list[str], tail: str) -> None:
    """The same for layouts that nobody wrote."""
    path = tmp_path_factory.mktemp("layout") / "net.yaml"
    path.write_text(f"input: 6x32x32\nlayers: [{', '.join('{' + layer + '}' if ':' in layer else layer for layer in layers)}{tail}]\n")
    totals, explained = convcalc.summary(str(path)).models[0].totals, formulas(str(path))
    assert (explained["MACs"].value if "MACs" in explained else 0) == totals["macs"]


@pytest.mark.parametrize("name", ["resnet50", "mobilenet_v2", "alexnet"])
def test_layers_of_networks_explain_what_summary_counts(name: str) -> None:
    """Each weighted layer's formulas, for one pass, are the row's figures divided by its passes."""
    for layer in convcalc.summary([name]).models[0].layers:
        if layer.op not in ("conv", "linear", "depthwise_conv"):
            continue
        found = formulas(name, layer.path)
        assert found["MACs"].value * layer.times == layer.metrics["macs"]
        assert found["params"].value * layer.times == layer.metrics["params"]
        field = layer.metrics["receptive_field"]
        assert ("receptive field" in found) is (field is not None)
        assert field is None or found["receptive field"].value == "×".join(map(str, field))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("conv", "--cin", "8", "--cout", "8", "--kernel", "3"), "conv takes a map, so it needs --hw too"),
        (("conv", "--hw", "8"), "conv needs --cin, --cout, --kernel"),
        (("conv", "--cin", "8", "--hw", "8", "--cout", "8"), "conv needs --kernel"),
        (("conv", "--cin", "8", "--hw", "8", "--cout", "8", "--kernel", "3", "--set", "kernle=3"), "did you mean `kernel`?"),
        (("bottleneck",), "bottleneck needs an input"),
        (("botleneck", "--cin", "8", "--hw", "8"), "did you mean `bottleneck`?"),
        (("resnet50", "layer1.0.conv4"), "did you mean"),
        (("resnet50", "layer1.9"), "has no layer `layer1.9`"),
        (("resnet18", "fc.foo"), "has no layer `fc.foo`"),
        (("resnet18", "layre1"), "did you mean `layer1`?"),
        (("resnet18", "zzzzzzzz"), "one of: fc, global_avg_pool1, layer1, layer1.0, "),
        (("relu",), "relu needs --cin"),
        (("activation", "--cin", "8", "--hw", "8"), "here nothing is"),
    ],
)
def test_bad_usage(run: Run, arguments: tuple[str, ...], message: str) -> None:
    """Exit 2, one message with a fix."""
    ran = run("explain", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert message in ran.err


@pytest.mark.parametrize("op", [op for op, spec in OPS.items() if op not in ("norm", "activation") and spec.least == 1])
def test_every_op_can_be_explained(run: Run, op: str) -> None:
    """On one input, with what it needs."""
    needs = {
        "conv": ["cout=4", "kernel=3"], "depthwise_conv": ["kernel=3"], "conv_transpose": ["cout=4", "kernel=2"], "linear": ["cout=4"],
        "attention": ["heads=2"], "max_pool": ["kernel=2"], "avg_pool": ["kernel=2"], "adaptive_avg_pool": ["size=2"],
        "adaptive_max_pool": ["size=2"], "group_norm": ["groups=2"], "crop": ["size=2"], "pad": ["padding=1"], "upsample": ["factor=2"],
        "pixel_shuffle": ["factor=2"], "channel_shuffle": ["groups=2"], "custom": ["cout=4", "macs=7", "params=5"], "slice": ["stop=2"],
        "einsum": ["equation=chw->hc"], "lstm": ["hidden=4"], "gru": ["hidden=4"], "rnn": ["hidden=4"], "mean": ["axes=c"],
        "sum": ["axes=[h,w]"],
        "roll": ["shift=1"], "untokens": ["h=4", "w=4"], "reshape": ["sizes=-1"], "permute": ["order=[w,c,h]"], "windows": ["size=2"],
        "unwindows": ["size=2", "h=4", "w=4"], "unfold": ["kernel=2"], "fold": ["size=4", "kernel=2"], "space_to_depth": ["factor=2"],
        "learned": ["sizes=4"], "gather": ["sizes=3"],
    }  # fmt: skip
    options = [part for setting in needs.get(op, []) for part in ("--set", setting)]
    given = {"select": "tokens:3x8", "channels_first": "features:4x4x8", "unwindows": "tensor:4x4x8", "fold": "tensor:32x9"}
    where = ("--input", given[op]) if op in given else ("--cin", "8") if op == "linear" else ("--cin", "8", "--hw", "4")
    ran = run("explain", op, *where, *options)
    assert ran.code == 0, ran.err
    assert ran.out.strip()


# list


@pytest.mark.parametrize(
    ("what", "names"),
    [
        ("blocks", shipped_names(("blocks",))),
        ("networks", shipped_names(("networks",))),
        ("ops", list(OPS)),
        ("conventions", convention_names()),
    ],
)
def test_lists(run: Run, what: str, names: list[str]) -> None:
    """All there is, each with parameters and a meaning."""
    items = json.loads(run("list", what, "--format", "json").out)["items"]
    assert [item["name"] for item in items] == names
    assert all(item["meaning"] for item in items)
    for name in names:
        assert name in run("list", what).out


def test_list_shows_parameters(run: Run) -> None:
    """Defaults as the language writes them."""
    items = {item["name"]: item for item in json.loads(run("list", "blocks", "--format", "json").out)["items"]}
    assert items["bottleneck"]["parameters"] == {
        "cout": "required", "reduction": "4", "mid": "cin // reduction", "kernel": "3", "stride": "1", "groups": "1",
    }  # fmt: skip
    ops = {item["name"]: item for item in json.loads(run("list", "ops", "--format", "json").out)["items"]}
    assert ops["conv"]["parameters"]["padding"] == "in force"
    assert set(TRAITS) - set(IMPORTED) <= set(ops)


def test_what_takes_several_inputs(run: Run, tmp_path: Path) -> None:
    """One map is not enough for them, which is said, for blocks and ops."""
    for command in (("explain", "pan_neck"), ("compare", "pan_neck")):
        ran = run(*command, "--cin", "4", "--hw", "8")
        assert (ran.code, "pan_neck takes 3 inputs" in ran.err) == (2, True)
    assert "matmul takes 2 inputs" in run("explain", "matmul", "--cin", "16").err


def test_an_input_as_a_shape(run: Run) -> None:
    """--input says what --cin and --hw do, of ops, blocks and layers of networks; both are refused."""
    shape, sizes = ("--input", "64x56x48"), ("--cin", "64", "--hw", "56x48")
    for design in (("conv", "--cout", "8", "--kernel", "3"), ("bottleneck",)):
        assert run("explain", *design, *shape).out == run("explain", *design, *sizes).out
    assert "3×64×64 → 64×32×32" in run("explain", "resnet50", "stem", "--input", "3x64x64").out
    assert run("explain", "conv", "--cout", "8", "--kernel", "3", *shape, "--cin", "64").code == 2


def test_a_batch_has_formulas_of_its_own(run: Run) -> None:
    """What scales with the samples follows the figure of one; parameters do not."""
    formulas = json.loads(
        run("explain", "conv", "--cin", "3", "--cout", "4", "--hw", "8", "--kernel", "3", "--batch", "8", "--format", "json").out
    )
    found = [(formula["quantity"], formula["symbols"], formula["value"]) for formula in formulas["formulas"]]
    assert [row for row in found if row[0] == "of 8 samples"] == [
        ("of 8 samples", "N·MACs", 8 * 64 * 27 * 4), ("of 8 samples", "N·FLOPs", 2 * 8 * 64 * 27 * 4),
        ("of 8 samples", "N·activations", 8 * 256), ("of 8 samples", "N·adds", 8 * 256),
    ]  # fmt: skip
    assert ("params", "Cin·Cout·k² + Cout", 112) in found


def test_all_inputs_are_given(run: Run) -> None:
    """A network of several inputs is given each by name, an op one; none is dropped in silence."""
    shapes = ("--input", "c3=64x40x40", "--input", "c4=128x20x20", "--input", "c5=256x10x10")
    whole = convcalc.summary("pan_neck", input=["c3=64x40x40", "c4=128x20x20", "c5=256x10x10"]).models[0].totals["macs"]
    formulas = json.loads(run("explain", "pan_neck", *shapes, "--format", "json").out)["formulas"]
    assert {formula["quantity"]: formula["value"] for formula in formulas}["MACs"] == whole
    ran = run("explain", "add", "--input", "4x8x8", "--input", "4x8x8")
    assert (ran.code, "explained on one input" in ran.err) == (2, True)


def test_elementwise_work_scales_with_the_batch(run: Run) -> None:
    """Comparisons of a ReLU: one an element and sample."""
    out = run("explain", "relu", "--input", "4x8x8", "--batch", "3").out
    assert "3·256" in out
    assert "= 768" in out


def test_a_name_with_a_dash_is_no_run_of_passes(run: Run, tmp_path: Path) -> None:
    """`a-3` is a layer of that name, and not passes a to 3."""
    spec = tmp_path / "net.yaml"
    spec.write_text("input: 8x8x8\nlayers: [{conv: {name: a-3, cout: 8, kernel: 3}}]\n", encoding="utf-8")
    ran = run("explain", str(spec), "2")
    assert (ran.code, "no layer `2`" in ran.err) == (2, True)
    assert run("explain", str(spec), "a-3").code == 0


@pytest.mark.parametrize("name", ["swin_v2_t", "mvit_v2_s", "vit_b_16", "resnet18"])
def test_a_batch_multiplies_what_is_computed_for_each_sample(name: str) -> None:
    """What no input reaches, such as tables of biases that a small network makes, counts once, as in a summary."""
    formulas = convcalc.explain(name, batch=8).formulas
    of = {
        one.quantity: formulas[place + 1].value for place, one in enumerate(formulas[:-1]) if formulas[place + 1].quantity == "of 8 samples"
    }
    totals = convcalc.summary(name, batch=8).models[0].totals
    assert (of["MACs"], of["activations"]) == (totals["macs"], totals["activations"])
