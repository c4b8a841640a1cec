"""Counting conventions, against what the tools themselves print."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import convcalc
from convcalc.analysis.convention import FACTS as FACTS_OF_A_ROW
from convcalc.analysis.convention import Convention, bridge, by_op, counted_layers, folded, total
from convcalc.analysis.gradients import with_backward
from convcalc.core.ops import build
from convcalc.core.quantity import Quantity, parse_quantity
from convcalc.core.shape import Shape, Tensor
from convcalc.core.trace import Row, Trace, trace
from convcalc.errors import ConvcalcError
from convcalc.layout.library import Library
from convcalc.layout.network import build_network
from convcalc.layout.shipped import shipped_names
from convcalc.report.contract import MAC
from convcalc.report.saved import check_one_convention
from convcalc.rules.conventions import read_convention, shipped_conventions
from tests.conftest import FACTS, HERE, Run, Snapshot
from tests.layouts import traced as laid_out

PRINTED = json.loads((FACTS / "conventions.json").read_text(encoding="utf-8"))
# Measured by running the tools, as the figures above were, on networks that those lack.
MORE = json.loads((HERE / "facts" / "more_conventions.json").read_text(encoding="utf-8"))
COLUMNS = {
    "fvcore": "fvcore",
    "ptflops_aten": "ptflops-aten",
    "ptflops_pytorch": "ptflops-pytorch",
    "thop": "thop",
    "torchinfo_mult_adds": "torchinfo",
    "torchprofile": "torchprofile",
    "torch_flop_counter": "torch",
    "calflops_flops": "calflops",
    "calflops_macs": "calflops-macs",
}
CONVENTIONS = {convention.name: convention for convention in shipped_conventions()}
CELLS = [(network, column) for network in PRINTED for column in COLUMNS if PRINTED[network].get(column) is not None]
FVCORE_OPS = {
    "conv": ("conv", "depthwise_conv"),
    "linear": ("linear",),
    "batch_norm": ("batch_norm",),
    "layer_norm": ("layer_norm",),
    "adaptive_avg_pool2d": ("global_avg_pool", "adaptive_avg_pool"),
}


def traced(name: str, batch: int = 1) -> Trace:
    library = Library()
    return trace(build_network(library, library.design(name), {}), batch)


# Networks


def test_all_cells_are_there() -> None:
    """16 networks by 9 tools; vgg16_bn has no calflops."""
    assert len(CELLS) == 142


@pytest.mark.parametrize(("network", "column"), CELLS, ids=[f"{network}-{column}" for network, column in CELLS])
def test_networks(network: str, column: str) -> None:
    """The total is the figure that the tool prints, to the integer."""
    assert total(traced(network), CONVENTIONS[COLUMNS[column]]) == PRINTED[network][column]


@pytest.mark.parametrize(("network", "column"), [(network, column) for network in MORE for column in MORE[network]])
def test_more_networks(network: str, column: str) -> None:
    """The same for networks that the published figures lack."""
    assert total(traced(network), CONVENTIONS[COLUMNS[column]]) == MORE[network][column]


@pytest.mark.parametrize("network", PRINTED)
def test_fvcore_by_op(network: str) -> None:
    """fvcore's own split by operator."""
    found = by_op(traced(network), CONVENTIONS["fvcore"])
    split = {name: sum(found.get(op, 0) for op in ops) for name, ops in FVCORE_OPS.items()}
    assert {name: amount for name, amount in split.items() if amount} == PRINTED[network]["fvcore_by_op"]


@pytest.mark.parametrize("network", shipped_names(("networks",)))
def test_bridges_add_up(network: str) -> None:
    """For every network and convention, the terms sum to the difference from the MACs, exactly; no term is nothing."""
    run = traced(network)
    for convention in CONVENTIONS.values():
        steps = bridge(run, convention)
        assert sum(step.amount for step in steps) == total(run, convention) - run.total.macs
        assert all(step.amount != 0 for step in steps)
        assert len({step.term for step in steps}) == len(steps)


@given(st.sampled_from(sorted(CONVENTIONS)), st.integers(1, 64), st.sampled_from(["resnet18", "unet", "vit_b_16", "pan_neck"]))
def test_the_batch_scales_what_tools_scale(name: str, batch: int, network: str) -> None:
    """ptflops always counts one sample; the others scale with the batch."""
    one, many = (total(traced(network, size), CONVENTIONS[name]) for size in (1, batch))
    assert many == (one if CONVENTIONS[name].per_sample else one * batch)


# Single layers

LAYERS = {
    "conv3x3 8->16 s1p1 bias 10x10": "{conv: {cout: 16, kernel: 3}}",
    "conv3x3 8->16 nobias": "{conv: {cout: 16, kernel: 3, bias: false}}",
    "conv3x3 8->16 s2 bias": "{conv: {cout: 16, kernel: 3, stride: 2}}",
    "conv3x3 dil2 valid bias": "{conv: {cout: 16, kernel: 3, dilation: 2, padding: valid}}",
    "conv g4 8->16 bias": "{conv: {cout: 16, kernel: 3, groups: 4}}",
    "dwconv 8 bias": "{depthwise_conv: 3}",
    "conv1d 8->16 k3 bias L10": "8x10: {conv: {cout: 16, kernel: 3}}",
    "conv3d 8->16 k3 bias 6^3": "8x6x6x6: {conv: {cout: 16, kernel: 3}}",
    "convT 8->16 k2 s2 bias 10->20": "{conv_transpose: {cout: 16, kernel: 2, stride: 2}}",
    "convT 8->8 k4 s2 p1 nobias": "{conv_transpose: {cout: 8, kernel: 4, stride: 2, padding: 1, bias: false}}",
    "convT g4 8->16 k2 s2 bias": "{conv_transpose: {cout: 16, kernel: 2, stride: 2, groups: 4}}",
    "BN2d 8 eval": "batch_norm",
    "BN2d noaffine": "{batch_norm: {affine: false}}",
    "GN(4,8)": "{group_norm: 4}",
    "ReLU": "relu",
    "F.relu": "{relu: {as: function}}",
    "ReLU6": "relu6",
    "SiLU": "silu",
    "Hardswish": "hardswish",
    "GELU": "gelu",
    "Sigmoid": "sigmoid",
    "PReLU": "prelu",
    "LeakyReLU": "leaky_relu",
    "Softmax dim1": "softmax",
    "MaxPool 2": "{max_pool: 2}",
    "MaxPool 3 s2 p1": "{max_pool: {kernel: 3, stride: 2, padding: 1}}",
    "AvgPool 2": "{avg_pool: 2}",
    "AdaAvg 1": "global_avg_pool",
    "Linear 100->50 bias": "100: {linear: 50}",
    "Linear 3D (1,7,100)": "100x7: tokens, {linear: 50}",
    "Upsample nearest x2": "{upsample: 2}",
    "Upsample bilinear x2": "{upsample: {factor: 2, mode: bilinear}}",
    "x+x": "{add: {from: [input, input]}}",
    "torch.add": "{add: {from: [input, input], as: function}}",
    "x*x": "{mul: {from: [input, input]}}",
    "conv bias batch2": "2 samples: {conv: {cout: 16, kernel: 3}}",
    "Linear bias batch4": "4 samples: 100: {linear: 50}",
}
# What the language cannot write: a norm over all axes of a map at once.
NOT_WRITTEN = {"LN([8,10,10])"}
TOOLS = {
    "fvcore": "fvcore",
    "ptflops_pytorch": "ptflops-pytorch",
    "ptflops_aten": "ptflops-aten",
    "thop": "thop",
    "torchinfo": "torchinfo",
    "torchprofile": "torchprofile",
    "torch_counter": "torch",
}


def single_layers() -> list[dict[str, str]]:
    with (FACTS / "single_layers.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def layer_trace(case: str) -> Trace:
    """The layer of a case, on 8×10×10 unless it says otherwise."""
    text = LAYERS[case]
    batch = 1
    if " samples: " in text:
        count, text = text.split(" samples: ")
        batch = int(count)
    shape, colon, rest = text.partition(": ")
    shape, text = (shape, rest) if colon and not shape.startswith("{") else ("8x10x10", text)
    library = Library()
    layout = library.text(f"input: {shape}\nlayers: [{text}]", "layer.yaml")
    return trace(build_network(library, layout, {}), batch)


def test_every_single_layer_is_named() -> None:
    """Each row of the facts is written here, or is one that cannot be."""
    assert {row["case"] for row in single_layers()} == {*LAYERS, *NOT_WRITTEN}


@pytest.mark.parametrize("row", [row for row in single_layers() if row["case"] in LAYERS], ids=lambda row: row["case"])
def test_single_layers(row: dict[str, str]) -> None:
    """Each tool's figure for a layer alone, calflops' pair among them."""
    run = layer_trace(row["case"])
    expected = {name: int(row[column]) for column, name in TOOLS.items()}
    flops, macs = row["calflops"].strip("()").split(", ")
    expected |= {"calflops": int(flops), "calflops-macs": int(macs)}
    assert {name: total(run, CONVENTIONS[name]) for name in expected} == expected


# Layers of sequences and tensors, measured as the single layers are; torch's on the meta device, where nothing runs in one kernel

KEPT, BOTH = "{constant: {name: other, sizes:", "from: [input, other]}}"  # a second input, and both
SEQUENCES = {
    **{
        f"{name}{words}{batch}": ("{tokens: 7x12}", f"{{{name.lower()}: {{hidden: 5{attributes}}}}}")
        for name in ("LSTM", "GRU", "RNN")
        for words, attributes in {
            " 12->5": "", "": "", " bias=False": ", bias: false", " 2 layers": ", layers: 2", " bidirectional": ", bidirectional: true",
            " 2 layers bidirectional": ", layers: 2, bidirectional: true",
            " 2 layers bidirectional bias=False": ", layers: 2, bidirectional: true, bias: false",
        }.items()
        for batch in ("", " batch2")
    },
    'einsum "bhid,bhjd->bhij"': ("{tensor: 4x7x12}", f'{KEPT} 4x9x12}}}}, {{einsum: {{equation: "hid,hjd->hij", {BOTH}'),
    'einsum "bhid,bhjd->bhij" large': ("{tensor: 4x37x12}", f'{KEPT} 4x41x12}}}}, {{einsum: {{equation: "hid,hjd->hij", {BOTH}'),
    'einsum "bij,bjk->bik"': ("{tensor: 7x9}", f'{KEPT} 9x12}}}}, {{einsum: {{equation: "ij,jk->ik", {BOTH}'),
    'einsum "bchw->bc"': ("8x10x10", '{einsum: "chw->c"}'),
    'einsum "bij->bji"': ("{tensor: 7x9}", '{einsum: "ij->ji"}'),
    "torch.matmul 4-D": ("{tensor: 4x7x12}", f"{KEPT} 4x12x9}}}}, {{matmul: {{as: function, {BOTH}"),
    "x @ y 4-D": ("{tensor: 4x7x12}", f"{KEPT} 4x12x9}}}}, {{matmul: {{{BOTH}"),
    "Linear 4-D 1x4x5x12 ->9 bias": ("{features: 4x5x12}", "{linear: 9}"),
    **{
        f"DeformConv2d 8->16 {words}": (
            "8x10x10", f"{KEPT} {offsets}, to: map}}}}, {{deform_conv: {{cout: 16, kernel: 3{attributes}, {BOTH}",
        )
        for words, offsets, attributes in (
            ("bias", "18x10x10", ""), ("nobias", "18x10x10", ", bias: false"), ("s2", "18x5x5", ", stride: 2"),
            ("groups 4", "18x10x10", ", groups: 4"),
        )
    },
    "grid_sample bilinear": ("8x10x10", f"{KEPT} 6x5x2, to: features}}}}, {{grid_sample: {{{BOTH}"),
    "grid_sample nearest": ("8x10x10", f"{KEPT} 6x5x2, to: features}}}}, {{grid_sample: {{mode: nearest, {BOTH}"),
    "grid_sample 3-D": ("8x6x6x6", f"{KEPT} 3x4x5x3, to: features}}}}, {{grid_sample: {{{BOTH}"),
    "x.mean((2, 3))": ("8x10x10", "{mean: [h, w]}"), "x.mean((2,3))": ("8x10x10", "{mean: [h, w]}"),
    **{name: ("8x10x10", name.lower()) for name in "Mish SELU CELU Softplus LogSigmoid Hardtanh abs exp sqrt erf".split()},
    "x-y": ("8x10x10", "{sub: {from: [input, input]}}"), "x/y": ("8x10x10", "{div: {from: [input, input]}}"),
    "Unfold 3": ("8x10x10", "{unfold: {kernel: 3, padding: 1}}"), "torch.roll": ("8x10x10", "{roll: 3}"),
    "Fold 3": ("{tensor: 72x100}", "{fold: {size: 10, kernel: 3, padding: 1}}"),
}  # fmt: skip


def sequence_layers() -> list[dict[str, str]]:
    with (HERE / "facts" / "sequence_layers.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("row", sequence_layers(), ids=lambda row: row["case"])
def test_layers_of_sequences(row: dict[str, str]) -> None:
    """Each tool's figure for a recurrent layer, an einsum, a product, a sampling, a function alone."""
    case, twice, _ = row["case"].partition(" batch2")
    shape, layers = SEQUENCES[case]
    library = Library()
    layout = library.text(f"input: {shape}\nlayers: [{layers}]", "layer.yaml")
    run = trace(build_network(library, layout, {}), 2 if twice else 1)
    expected = {name: int(row[column]) for column, name in TOOLS.items()}
    flops, macs = row["calflops"].strip("()").split(", ")
    expected |= {"calflops": int(flops), "calflops-macs": int(macs)}
    assert {name: total(run, CONVENTIONS[name]) for name in expected} == expected


# The command


def test_conventions(run: Run, snapshot: Snapshot) -> None:
    """One row a convention, then the bridges."""
    snapshot("conventions-resnet50.txt", run("conventions", "resnet50").out)


def test_conventions_as_json(run: Run) -> None:
    """name, version, unit, total and bridge, whose amounts sum to the difference."""
    [model] = json.loads(run("conventions", "resnet50", "--format", "json").out)["models"]
    found = {count["name"]: count for count in model["conventions"]}
    assert set(found) == set(CONVENTIONS)
    fvcore = found["fvcore"]
    assert (fvcore["version"], fvcore["total"], fvcore["unit"]) == ("0.1.5", 4_111_512_576, "MAC")
    assert fvcore["bridge"] == [
        {"term": "batch norm, 2 an element", "amount": 22_227_968},
        {"term": "adaptive average pooling, 1 an element", "amount": 100_352},
    ]
    for count in model["conventions"]:
        assert found["mac"]["total"] + sum(step["amount"] for step in count["bridge"]) == count["total"]


def test_one_layer(run: Run) -> None:
    """A layer, or all below a path; one pass of a repeat by its number."""
    one, stage = (
        {
            c["name"]: c["total"]
            for c in json.loads(run("conventions", "resnet50", "--layer", path, "-f", "json").out)["models"][0]["conventions"]
        }
        for path in ("layer1.2.conv2", "layer1")
    )
    assert one["mac"] == 115_605_504
    assert one["fvcore"] == 115_605_504 + 2 * 64 * 56 * 56
    assert stage["mac"] == 667_942_912
    assert run("conventions", "resnet50", "--layer", "layer9").code == 2


@pytest.mark.parametrize(
    ("network", "figure", "conventions"),
    [
        ("resnet50", "4.13G", {"ptflops-pytorch", "thop"}),
        ("resnet50", "4.09 GMACs", {"mac", "ptflops-aten", "torchinfo", "calflops-macs", "convolutions"}),
        ("resnet50", "4111512576", {"fvcore"}),
        ("resnet50", "8.178 GFLOPs", {"torch", "mac", "ptflops-aten", "calflops-macs", "torchinfo"}),
        ("vgg16", "15.3G", {"convolutions"}),
        ("resnet50_v1", "3.8G", set()),  # the paper rounded 3.858 down
        ("mobilenet_v1", "569M", {"mac", "calflops-macs", "ptflops-aten", "torchinfo"}),
    ],
)
def test_matching_a_published_figure(run: Run, network: str, figure: str, conventions: set[str]) -> None:
    """Which conventions give a figure, to the last digit that was published; nearest first."""
    found = json.loads(run("conventions", network, "--match", figure, "-f", "json").out)["models"][0]["matches"]
    assert {match["convention"] for match in found if match["agrees"]} == conventions
    distances = [abs(match["difference"]) for match in found]
    assert distances == sorted(distances)


@pytest.mark.parametrize(
    ("text", "quantity"),
    [
        ("4.13G", Quantity(4_130_000_000, 10_000_000, None)),
        ("4.2 GMACs", Quantity(4_200_000_000, 100_000_000, "MAC")),
        ("8.4 GFLOPs", Quantity(8_400_000_000, 100_000_000, "FLOP")),
        ("26M", Quantity(26_000_000, 1_000_000, None)),
        ("4,111,512,576", Quantity(4_111_512_576, 1, None)),
        ("0.25k", Quantity(250, 10, None)),
    ],
)
def test_quantities(text: str, quantity: Quantity) -> None:
    """Strict and exact."""
    assert parse_quantity(text, "--match") == quantity


@pytest.mark.parametrize("text", ["", "G", "4.1.2G", "4.13 X", "-4G", "1e9", "4.13Gi", "0.5", "٣G", "4 G MACs x"])
def test_what_is_no_quantity(text: str) -> None:
    """Refused with examples."""
    with pytest.raises(ConvcalcError):
        parse_quantity(text, "--match")


# --convention


def test_counted(run: Run) -> None:
    """`counted` in totals and layers, with its unit; `macs` and `flops` keep their meaning; the header names the rule."""
    report = json.loads(run("summary", "resnet50", "--convention", "fvcore", "--format", "json").out)
    assert (report["convention"]["name"], report["convention"]["version"]) == ("fvcore", "0.1.5")
    [model] = report["models"]
    assert model["totals"]["counted"] == {"value": 4_111_512_576, "unit": "MAC"}
    assert (model["totals"]["macs"], model["totals"]["flops"]) == (4_089_184_256, 8_178_368_512)
    assert sum(layer["counted"]["value"] for layer in model["layers"]) == 4_111_512_576
    default = json.loads(run("summary", "resnet50", "--format", "json").out)["models"][0]
    assert default["totals"]["counted"] == {"value": 4_089_184_256, "unit": "MAC"}


@pytest.mark.parametrize("form", ["table", "markdown", "html", "svg", "csv"])
def test_every_output_names_the_convention(run: Run, form: str) -> None:
    """Whatever the format, compare and summary alike."""
    for command in (("summary", "lenet5"), ("compare", "--cin", "8", "--hw", "8")):
        assert "thop" in run(*command, "--convention", "thop", "--format", form).out


def test_compare_under_a_convention(run: Run) -> None:
    """With batch norm the bottleneck is 8.39× under fvcore and 8.30× under thop."""
    for name, reduction in (("fvcore", 8.39), ("thop", 8.30)):
        ran = run("compare", "--cin", "256", "--hw", "56", "--norm", "batch_norm", "--convention", name, "-f", "json")
        assert round(json.loads(ran.out)["models"][1]["reduction"]["counted"], 2) == reduction
    assert "Counted (fvcore)" in run("compare", "--cin", "256", "--hw", "56", "--convention", "fvcore").out


def test_counted_sorts(run: Run) -> None:
    """It is a metric like the others."""
    entries = json.loads(run("summary", "lenet5", "--convention", "full", "--sort", "counted", "-f", "json").out)["models"][0]["entries"]
    values = [entry["counted"]["value"] for entry in entries]
    assert values == sorted(values, reverse=True)
    assert (
        sum(values)
        == json.loads(run("summary", "lenet5", "--convention", "full", "-f", "json").out)["models"][0]["totals"]["counted"]["value"]
    )


def test_full_counts_every_operation() -> None:
    """Two a MAC and each kind of elementwise work, by the costs of the rows."""
    run = traced("mobilenet_v3_small")
    cost = run.total
    work = cost.adds + cost.multiplies + cost.comparisons + cost.divisions + cost.transcendentals
    assert total(run, CONVENTIONS["full"]) == 2 * cost.macs + work


OWN = """convcalc: 1
convention: ours
version: 3
unit: FLOP
counts: as our team counts
rules:
  conv linear: {macs: macs, double: macs, bias: bias}
"""


def test_a_convention_of_ones_own(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A YAML file of the same language, by path."""
    monkeypatch.chdir(tmp_path)
    Path("ours.yaml").write_text(OWN)
    [model] = json.loads(run("summary", "lenet5", "--convention", "./ours.yaml", "-f", "json").out)["models"]
    biases = 6 * 28 * 28 + 16 * 10 * 10 + 120 + 84 + 10
    assert model["totals"]["counted"] == {"value": 2 * 416_520 + biases, "unit": "FLOP"}
    found = json.loads(run("conventions", "lenet5", "--convention", "./ours.yaml", "-f", "json").out)["models"][0]["conventions"]
    assert found[-1]["name"] == "ours"
    assert run("validate", "ours.yaml").code == 0


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("unit: MAC\ncounts: x\nrules: {cnv: macs}", "unknown-op"),
        ("unit: MAC\ncounts: x\nrules: {conv: mac}", "unknown-name"),
        ("unit: MACS\ncounts: x\nrules: {conv: macs}", "bad-value"),
        ("unit: MAC\ncounts: x\nrules: {conv: macs, conv linear: macs}", "duplicate-name"),
        ("unit: MAC\nrules: {conv: macs}", "missing-key"),
        ("unit: MAC\ncounts: x\nrule: {conv: macs}", "unknown-key"),
        ("unit: MAC\ncounts: x\nrules: {conv: x.h}", "unknown-name"),
        ("unit: MAC\ncounts: x\nrules: {conv: macs / 7}", "not-whole"),
        ("unit: MAC\ncounts: x\nrules: {conv: macs // 0}", "divide-by-zero"),
        ("unit: MAC\ncounts: x\nrules: {conv: affine}", "not-whole"),
    ],
)
def test_mistakes_in_conventions(tmp_path: Path, text: str, code: str) -> None:
    """Located errors, as in layouts."""
    path = tmp_path / "own.yaml"
    path.write_text(f"convention: own\n{text}\n")
    with pytest.raises(ConvcalcError) as caught:
        total(traced("lenet5"), read_convention(str(path)))
    first = caught.value.diagnostics[0]
    assert first.code == code
    assert first.span is not None


def test_unknown_conventions_get_a_suggestion(run: Run) -> None:
    """thopp → thop."""
    ran = run("summary", "lenet5", "--convention", "thopp")
    assert (ran.code, "did you mean `thop`?" in ran.err) == (2, True)


def test_reports_under_different_conventions_are_not_compared() -> None:
    """They are refused by name, with what to do."""
    ours, theirs = (convcalc.summary(["lenet5"], convention=name) for name in ("fvcore", "thop"))
    check_one_convention([ours, ours])
    with pytest.raises(ConvcalcError) as caught:
        check_one_convention([ours, theirs])
    assert [diagnostic.code for diagnostic in caught.value.diagnostics] == ["convention-differs"]


def test_the_default_is_the_shipped_one() -> None:
    """What reports say of `mac` without reading a file is what its file says."""
    mac: Convention = CONVENTIONS["mac"]
    assert (mac.name, mac.counts, mac.version, mac.unit) == tuple(MAC)
    run = traced("vit_b_16")
    assert total(run, mac) == run.total.macs


def test_each_convention_says_what_it_counts() -> None:
    """A line each; those of tools name a version."""
    for convention in CONVENTIONS.values():
        assert convention.counts
        assert convention.version or convention.name in ("mac", "full", "convolutions")


CONV = "{conv: {cout: 4, kernel: 1, bias: false}}"
TWO = f"input: 4x8x8\nlayers: [{CONV}, {CONV}, {CONV}]\n"
REPEATED = f"input: 4x8x8\nlayers: [{{repeat: {{name: r, times: 3, layers: [{CONV}]}}}}]\n"


@pytest.mark.parametrize("text", [TWO, REPEATED])
def test_a_backward_pass_that_differs_from_pass_to_pass(text: str) -> None:
    """Of three equal layers the first has no gradient of its input: 64·16 MACs five times, two FLOPs each, however they are held."""
    convention, found = read_convention("torch-backward"), laid_out(text)
    macs = 64 * 16
    assert sum(counted_layers(found, convention)) == total(found, convention) == 2 * 5 * macs
    rows = folded(with_backward(found).trace).rows
    assert sorted((row.times, row.backward) for row in rows) == [(1, (0, macs)), (2, (macs, macs))]
    assert total(folded(found), read_convention("mac")) == 3 * macs


X, Y = Tensor((5, 8)), Tensor((7, 8))


@pytest.mark.parametrize(
    ("op_name", "attributes", "inputs", "tokens"),
    [
        ("attention", {"heads": 2}, (X,), 5),
        ("attention", {"heads": 2}, (X, Y), 7),  # keys are of the other input
        ("attention", {"heads": 2, "scores": True}, (X, Tensor((2, 5, 5))), 5),  # what is added to the scores has none
        ("attention", {"heads": 2, "scores": True}, (X, Y, Tensor((2, 5, 7))), 7),
        ("concat", {"axis": 0}, (X, Y), 7),
        ("constant", {"sizes": (5, 8)}, (), 0),
    ],
)
def test_tokens_that_give_keys(op_name: str, attributes: dict[str, Any], inputs: tuple[Shape, ...], tokens: int) -> None:
    """The tokens of a layer are those of its last input, but for what is added to the scores of an attention."""
    op = build(op_name, attributes)
    assert FACTS_OF_A_ROW["tokens"](Row("a", op, (), inputs, op.out_shape(*inputs), op.cost(*inputs)), 1) == tokens


@pytest.mark.parametrize(("rule", "figure"), [("input_gradient", 2), ("weight_gradient", 3), ("input_gradient + weight_gradient", 5)])
def test_a_convention_of_one_gradient(tmp_path: Path, rule: str, figure: int) -> None:
    """A rule that names one of the two gradients counts the backward pass: of three equal layers two, or all."""
    path = tmp_path / "mine.yaml"
    path.write_text(f"unit: MAC\ncounts: it\nrules: {{conv: {{it: {rule}}}}}\n", encoding="utf-8")
    assert total(laid_out(TWO), read_convention(str(path))) == figure * 64 * 16
