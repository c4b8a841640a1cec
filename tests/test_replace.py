"""Designs in the place of layers: equal to the same network edited by hand, in every metric; refused where they cannot be."""

from __future__ import annotations

import itertools
import json
import re
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import convcalc
from convcalc.analysis.replaced import Stand, counted, stands
from convcalc.errors import ConvcalcError
from convcalc.layout.replacement import like
from convcalc.report.contract import ModelReport
from tests.conftest import FACTS, ROOT, Run

NETWORKS = (
    "alexnet", "vgg", "googlenet", "inception_v3", "densenet", "resnet50_fpn", "retinanet_resnet50_fpn", "unet", "yolov8", "pan_neck",
    "ghostnet",
)  # fmt: skip
BLOCKS = {
    path.stem: text
    for path in sorted((ROOT / "configs" / "blocks").glob("*.yaml"))
    if re.search(r"params: \{.*cout", text := path.read_text(encoding="utf-8"))
}
CONV = re.compile(r"\bconv: \{(?P<attributes>[^{}]*kernel: 3\b[^{}]*)\}")
OWN = re.compile(r"norm|activation|bias|padding|dilation|groups|weights|when|\bas:")  # what a block is not given
ASKED = ("peak_bytes", "saved_bytes", "backward_macs", "macs_inside", "bytes", "training_bytes")


def figures(model: Any) -> dict[str, Any]:
    """All metrics of a network."""
    return dict(model.totals)


def edited(text: str, block: str) -> tuple[str, list[int]]:
    """A layout with a block in the place of its 3×3 convolutions, edited by hand, and the lines that were."""
    params = re.search(r"params: \{(.*)\}", BLOCKS[block])
    assert params is not None
    lines: list[int] = []

    def call(match: re.Match[str]) -> str:
        attributes = [one.strip() for one in match["attributes"].split(",")]
        kept = [one for one in attributes if not one.startswith(("kernel:", "stride:")) or one.split(":")[0] in params[1]]
        lacks = any(one.startswith("stride:") and one not in kept for one in attributes)
        if OWN.search(match["attributes"]) or "(" in match["attributes"] or lacks:
            return match[0]
        lines.append(text[: match.start()].count("\n") + 1)
        return f"{block}: {{{', '.join(kept)}}}"

    return CONV.sub(call, text), lines


@pytest.mark.parametrize("name", NETWORKS)
def test_a_replaced_network_is_one_edited_by_hand(tmp_path: Path, name: str) -> None:
    """Each shipped block in the place of each 3×3 convolution: the same totals, whatever the metric."""
    text = (ROOT / "configs" / "networks" / f"{name}.yaml").read_text(encoding="utf-8")
    text = re.sub(r"expect: \{[^}]*\}", "expect: {}", text)
    compared = 0
    for block in BLOCKS:
        by_hand, lines = edited(text, block)
        (tmp_path / "own.yaml").write_text(text)
        (tmp_path / "hand.yaml").write_text(by_hand)
        if not lines:
            continue
        own = convcalc.summary(str(tmp_path / "own.yaml")).models[0]
        paths = [layer.path for layer in own.layers if layer.op == "conv" and layer.location and layer.location.line in lines]
        wanted = [path for path in paths if is_edited(own, path)]
        try:
            found = convcalc.summary(str(tmp_path / "own.yaml"), replace=[f"{path}={block}" for path in wanted], metrics=ASKED).models[0]
        except ConvcalcError as error:  # it does not fit
            assert {one.code for one in error.diagnostics} == {"cannot-replace"}  # noqa: PT017
            continue
        hand = convcalc.summary(str(tmp_path / "hand.yaml"), metrics=ASKED).models[0]
        assert figures(found) == figures(hand), block
        compared += 1
    assert compared >= 3


def is_edited(model: Any, path: str) -> bool:
    """Whether a layer is a 3×3 convolution that the edit was of."""
    layer = next(one for one in model.layers if one.path == path)
    return bool(layer.attributes["kernel"] == [3] * len(layer.attributes["kernel"]))


ITEMS = st.lists(
    st.tuples(
        st.sampled_from(["conv", "block", "relu", "pool"]),
        st.sampled_from([8, 16, 24]),
        st.sampled_from([1, 3, 5]),
        st.sampled_from([1, 2]),
    ),
    min_size=1,
    max_size=6,
)


@given(ITEMS, st.sampled_from(["bottleneck:reduction=2", "depthwise_separable", "two_plain", "bottleneck_residual"]), st.integers(1, 3))
@settings(max_examples=60)
def test_random_networks(items: list[tuple[str, int, int, int]], design: str, times: int) -> None:
    """Of networks of convolutions, repeats of them and others: replaced by a condition, and written with the block from the start."""
    block, _, arguments = design.partition(":")
    given_ = f", {arguments.replace('=', ': ')}" if arguments else ""
    plain, by_hand = [], []
    for kind, cout, kernel, stride in items:
        conv = f"conv: {{cout: {cout}, kernel: {kernel}, stride: {stride}}}"
        call = f"{block}: {{cout: {cout}, kernel: {kernel}, stride: {stride}{given_}}}" if kernel > 1 else conv
        if kind == "conv":
            plain.append(f"  - {conv}\n")
            by_hand.append(f"  - {call}\n")
        elif kind == "block":
            same = f"cout: {cout}, kernel: {kernel}"
            inner = f"{block}: {{{same}{given_}}}" if kernel > 1 else f"conv: {{{same}}}"
            plain.append(f"  - conv: {{cout: {cout}, kernel: 1}}\n  - repeat: {{times: {times}, layers: [{{conv: {{{same}}}}}]}}\n")
            by_hand.append(f"  - conv: {{cout: {cout}, kernel: 1}}\n  - repeat: {{times: {times}, layers: [{{{inner}}}]}}\n")
        else:
            line = "  - relu\n" if kind == "relu" else "  - max_pool: {kernel: 2, ceil: true}\n"
            plain.append(line)
            by_hand.append(line)
    head = "input: 8x32x32\nparams: {norm: batch_norm, activation: silu}\nlayers:\n"
    with tempfile.TemporaryDirectory() as folder:
        for file, lines in (("own.yaml", plain), ("hand.yaml", by_hand)):
            Path(folder, file).write_text(head + "".join(lines))
        hand = convcalc.summary(f"{folder}/hand.yaml", metrics=ASKED).models[0]
        if not any(kind in ("conv", "block") and kernel > 1 for kind, _, kernel, _ in items):
            with pytest.raises(ConvcalcError, match="there is no such layer"):
                convcalc.summary(f"{folder}/own.yaml", replace=f"conv[kernel > 1]={design}")
            return
        found = convcalc.summary(f"{folder}/own.yaml", replace=f"conv[kernel > 1]={design}", metrics=ASKED).models[0]
    assert figures(found) == figures(hand)


# What is found


@pytest.mark.parametrize(
    ("where", "paths"),
    [
        ("stem", ["stem"]),
        ("layer3.*", ["layer3.0", "layer3.1"]),
        ("basic", None),
        ("layer4.1.**", ["layer4.1.conv1", "layer4.1.conv2"]),
        ("layer4.0-1.conv2", ["layer4.0.conv2", "layer4.1.conv2"]),
        ("conv[kernel == 7]", ["stem"]),
        ("conv[cin == 512 and stride == 1]", ["layer4.0.conv2", "layer4.1.conv1", "layer4.1.conv2"]),
        ("conv[macs >= 118M]", ["stem"]),
        ("conv[cin != cout and h > 14 and kernel > 1]", ["stem", "layer2.0.conv1", "layer3.0.conv1"]),
        ("**[params > 2M and kernel == 3]", ["layer4.0.conv2", "layer4.1.conv1", "layer4.1.conv2"]),
    ],
)
def test_where(where: str, paths: list[str] | None) -> None:
    """By the name of an op or block, a path, a pattern of paths, and a condition on what a layer knows."""
    if paths is None:
        with pytest.raises(ConvcalcError, match="there is no such layer"):
            convcalc.summary("resnet18", replace=f"{where}=plain")
        return
    [model] = convcalc.summary("resnet18", replace=f"{where}=two_plain").models
    assert [group.path for group in model.groups if group.replaces] == paths


def test_the_end_of_a_design_is_that_of_the_layer(tmp_path: Path) -> None:
    """The norm and activation behind a replaced convolution stay the layer's own; those inside the design are those in force."""
    path = tmp_path / "net.yaml"
    for own, ops in (
        ("", ["batch_norm", "relu"]),
        (", activation: none", ["batch_norm"]),
        (", norm: none", ["relu"]),
        (", norm: none, activation: none", []),
        (", activation: silu", ["batch_norm", "silu"]),
    ):
        path.write_text(f"input: 8x8x8\nparams: {{norm: batch_norm, activation: relu}}\nlayers:\n  - conv: {{cout: 8, kernel: 3{own}}}\n")
        [model] = convcalc.summary(str(path), replace="conv=bottleneck").models
        ends = [layer.op for layer in model.layers[-1 - len(ops) :]]
        assert ends == ["conv", *ops]
        assert [layer.op for layer in model.layers[:3]] == ["conv", "batch_norm", "relu"]
        assert model.layers[-1 - len(ops)].attributes["bias"] is ("batch_norm" not in ops)


def test_residual_blocks_add_before_their_activation() -> None:
    """The second convolution of ResNet's block has none before the addition, and neither has what stands for it."""
    [model] = convcalc.summary("resnet18", replace="layer1.0.conv2=bottleneck").models
    paths = [layer.path for layer in model.layers if layer.path.startswith("layer1.0.conv2")]
    assert paths[-1] == "layer1.0.conv2.conv3.norm"


# What cannot be


@pytest.mark.parametrize(
    ("text", "message", "fix"),
    [
        ("conv", "expected WHERE=DESIGN", "write --replace"),
        ("conv[kernel > 1=plain", "expected WHERE=DESIGN", "write --replace"),
        ("conv[kernle > 1]=plain", "a layer has no kernle", "did you mean `kernel`"),
        ("conv[kernel]=plain", "expected true or false", "write a comparison"),
        ("conv[kernel >]=plain", "is not an expression", ""),
        ("conv=squeeze_excite", "squeeze_excite has no parameter cout", "list blocks"),
        ("conv=nosuch", "nosuch", ""),
        ("cnov=plain", "there is no such layer", "did you mean `conv`"),
        ("layer9.*=plain", "there is no such layer", ""),
        ("layer2.0.conv1=ghost", "layer2.0.conv1 cannot be replaced by ghost", "replace less"),
        ("conv=bottleneck", "stem cannot be replaced by bottleneck", "replace less"),
    ],
)
def test_what_cannot_be_replaced(run: Run, text: str, message: str, fix: str) -> None:
    """An error with its place and a fix, exit 2; nothing is shown."""
    ran = run("summary", "resnet18", "--replace", text)
    assert (ran.code, ran.out) == (2, "")
    assert message in ran.err
    assert fix in ran.err


def test_where_possible(run: Run) -> None:
    """What cannot be replaced stays, is counted and listed."""
    ran = run("summary", "resnet18", "--replace", "conv=bottleneck", "--replace-where-possible", "--format", "json")
    report = json.loads(ran.out)
    [note] = [one for one in report["diagnostics"] if one["code"] == "not-replaced"]
    assert note["message"].startswith("resnet18: 1 layer cannot be replaced and stay: stem cannot be replaced by bottleneck")
    [model] = report["models"]
    assert sum(1 for group in model["groups"] if group.get("replaces")) == 19
    assert next(layer for layer in model["layers"] if layer["path"] == "stem")["op"] == "conv"


def test_what_a_design_does_not_follow_is_said(run: Run, tmp_path: Path) -> None:
    """The kernel of a layer, where the design has no such parameter."""
    path = tmp_path / "own.yaml"
    path.write_text("params: {cout: required}\nlayers:\n  - conv: {cout: cout, kernel: 1}\n")
    ran = run("summary", "vgg16", "--replace", f"conv[cin == 512]={path}", "--depth", "1")
    assert ran.code == 0
    assert "vgg16: own has no parameter kernel, which stage4.1, stage5.0 have" in ran.err


# Every command


def test_compare_shows_both(run: Run) -> None:
    """The network, the network replaced, a sentence; with --layers what was replaced, the largest saving first."""
    command = ("compare", "resnet34", "--replace", "conv[kernel == 3]=bottleneck:reduction=4")
    ran = run(*command)
    assert "resnet34 with 32 bottlenecks needs 6.62× fewer MACs and 6.95× fewer parameters than resnet34" in ran.out
    report = json.loads(run(*command, "--format", "json").out)
    alone = json.loads(run("summary", "resnet34", *command[2:], "--format", "json").out)
    assert report["models"][1]["totals"] == alone["models"][0]["totals"]
    layers = run(*command, "--layers").out
    [table] = re.findall(r"Replaced .*?\n\n", layers, re.DOTALL)
    saved = [int(line.split()[-1].replace(",", "")) for line in table.splitlines()[2:] if line.strip()]
    assert saved == sorted(saved, reverse=True)
    assert sum(saved) == report["models"][0]["totals"]["macs"] - report["models"][1]["totals"]["macs"]


def test_every_pass_counts() -> None:
    """VGG-16 has two convolutions on 512 channels in its fourth stage and three in its fifth; a repeat holds each stage's."""
    [_, model] = convcalc.compare("vgg16", replace="conv[cin == 512]=ghost").models
    assert model.name == "vgg16 with 5 ghosts"


def test_all_commands_replace(run: Run) -> None:
    """Summary, sweep, solve, check, memory, training and roofline cost the same network; diff replaces in the new one."""
    replace = ("--replace", "conv[cin >= 128]=depthwise_separable")
    [model] = json.loads(run("summary", "vgg16", *replace, "--columns", "peak_bytes", "--format", "json").out)["models"]
    macs, peak = model["totals"]["macs"], model["totals"]["peak_bytes"]
    [point] = json.loads(run("sweep", "vgg16", *replace, "--set", "hw=224", "--format", "json").out)["points"]
    assert point["macs"] == macs
    [compared] = [one for one in json.loads(run("compare", "vgg16", *replace, "--format", "json").out)["models"] if "with" in one["name"]]
    assert compared["totals"]["macs"] == macs
    assert run("check", "vgg16", *replace, "--max", f"macs={macs}").code == 0
    assert run("check", "vgg16", *replace, "--max", f"macs={macs - 1}").code == 1
    assert json.loads(run("memory", "vgg16", *replace, "--format", "json").out)["models"][0]["memory"]["peak_bytes"] == peak
    assert json.loads(run("training", "vgg16", *replace, "--format", "json").out)["models"][0]["training"]["forward_macs"] == macs
    roofline = ("roofline", "vgg16", *replace, "--device", "t4", "--dtype", "fp16", "--format", "json")
    assert json.loads(run(*roofline).out)["models"][0]["totals"]["macs"] == macs
    changed = json.loads(run("diff", "vgg16", "vgg16", *replace, "--format", "json").out)["totals"][0]
    assert (changed["old"]["macs"], changed["new"]["macs"]) == (15_470_264_320, macs)
    solved = run("solve", "vgg16", *replace, "--for", "hw", "--set", "hw=32:256:32", "--max", "macs=2G", "--format", "json")
    [solution] = json.loads(solved.out)["solutions"]
    assert solution["metrics"]["macs"] <= 2_000_000_000


def test_sweeps_equal_comparisons(run: Run) -> None:
    """Where a condition holds at some points of a sweep, each point is what it is alone."""
    replace = ("--replace", "conv[cin >= 64]=bottleneck")
    points = json.loads(run("sweep", "two_plain", *replace, "--set", "cin=32:128:32", "--set", "hw=14,28", "--format", "json").out)
    assert points["invalid"][0]["count"] == 2
    for point in points["points"]:
        size = ("--cin", str(point["cin"]), "--hw", str(point["hw"]))
        alone = json.loads(run("compare", "two_plain", *size, *replace, "--format", "json").out)["models"][1]
        assert alone["totals"]["macs"] == point["macs"]
        assert alone["totals"]["params"] == point["params"]


# Models and layouts


@pytest.mark.parametrize("name", ["resnet34", "vgg16", "densenet121", "unet", "mobilenet_v2", "googlenet"])
def test_a_written_network_costs_the_same(run: Run, tmp_path: Path, name: str) -> None:
    """`--write` gives a layout that is read back to the same MACs, parameters and activations."""
    path = tmp_path / "net.yaml"
    where = (
        "--replace",
        "conv[kernel == 3 and stride == 1]=bottleneck",
        "--replace-where-possible",
        "--format",
        "json",
        "--write",
        str(path),
    )
    if name == "mobilenet_v2":
        where = ("--replace", "stage2.*=inverted_residual", *where[2:])
    totals = json.loads(run("summary", name, *where).out)["models"][0]["totals"]
    again = json.loads(run("summary", str(path), "--format", "json").out)["models"][0]["totals"]
    for key in ("macs", "params", "activations", "weighted_layers"):
        assert again[key] == totals[key], key


def test_a_model_is_replaced_as_its_layout(run: Run) -> None:
    """ResNet-18 exported to ONNX, with its norms folded, saves what the layout saves."""
    model = FACTS / "onnx" / "resnet18.ts.onnx"
    if not model.is_file():
        pytest.skip("the file is not here")
    report = json.loads(run("compare", str(model), "--replace", "conv[kernel == 3]=bottleneck", "--format", "json").out)
    layout = json.loads(run("compare", "resnet18", "--replace", "conv[kernel == 3]=bottleneck", "--format", "json").out)
    assert [one["totals"]["macs"] for one in report["models"]] == [one["totals"]["macs"] for one in layout["models"]]


# Suggestions


def test_suggestions_are_what_a_replacement_saves(run: Run) -> None:
    """Each figure is the difference that the replacement alone makes, the peak among them; the largest saving comes first."""
    report = json.loads(run("suggest", "resnet18", "--with", "bottleneck,depthwise_separable", "--with", "ghost", "--format", "json").out)
    before = convcalc.summary("resnet18", metrics="peak_bytes").models[0].totals
    saved = [one["saved"]["macs"] for one in report["suggestions"]]
    assert saved == sorted(saved, reverse=True)
    assert len(saved) > 20
    for one in report["suggestions"][::3]:
        [model] = convcalc.summary("resnet18", replace=f"{one['path']}={one['design']}", metrics="peak_bytes").models
        assert {key: before[key] - model.totals[key] for key in one["saved"]} == one["saved"], one


@pytest.mark.parametrize("limit", ["macs=300k", "macs=200k", "macs=100k", "params=30k", "params=20k", "activations=6k"])
def test_no_smaller_set_reaches_a_limit(run: Run, tmp_path: Path, limit: str) -> None:
    """Against all sets of replacements, each layer by any design or none."""
    path = tmp_path / "net.yaml"
    path.write_text(
        "input: 8x8x8\nlayers:\n  - conv: {name: a, cout: 16, kernel: 3}\n  - conv: {name: b, cout: 16, kernel: 5}\n"
        "  - conv: {name: c, cout: 32, kernel: 3, stride: 2}\n  - conv: {name: d, cout: 32, kernel: 3}\n"
    )
    metric, _, amount = limit.partition("=")
    most = int(amount.removesuffix("k")) * 1000
    designs = ("bottleneck", "depthwise_separable", "bottleneck:reduction=2")
    ran = run("suggest", str(path), *(word for one in designs for word in ("--with", one)), "--max", limit, "--format", "json")
    report = json.loads(ran.out)
    sizes = []
    for choice in itertools.product((None, *designs), repeat=4):
        replace = [f"{name}={design}" for name, design in zip("abcd", choice, strict=True) if design]
        total = convcalc.summary(str(path), replace=replace).models[0].totals[metric]
        if total <= most:
            sizes.append(len(replace))
    chosen = report.get("chosen", [])
    if not sizes:
        assert ran.code == 1
        return
    assert len(chosen) == min(sizes)
    found = convcalc.summary(str(path), replace=[f"{one['path']}={one['design']}" for one in chosen]).models[0].totals[metric]
    assert found <= most


def test_what_is_kept_is_not_suggested(run: Run) -> None:
    """`--keep` names paths, and refuses one that there is not; a limit that is met needs nothing."""
    report = json.loads(run("suggest", "resnet18", "--keep", "layer4,layer3.0", "--format", "json").out)
    assert not [one for one in report["suggestions"] if one["path"].startswith(("layer4.", "layer3.0."))]
    assert run("suggest", "resnet18", "--keep", "layer9").code == 2
    met = run("suggest", "resnet18", "--max", "macs=9G")
    assert (met.code, "as it is" in met.err) == (0, True)
    assert run("suggest", "resnet18", "--max", "macs=1M").code == 1


@pytest.mark.parametrize("form", ["table", "json", "csv", "markdown", "html", "svg"])
def test_saved_suggestions_are_shown_again(run: Run, tmp_path: Path, form: str) -> None:
    """`render` gives what the command gives."""
    saved = tmp_path / "saved.json"
    shown = run("suggest", "lenet5", "--max", "macs=300k", "--format", form, "--output", str(saved))
    assert run("render", str(saved), "--format", form).out == shown.out


def test_parameters_of_the_design_are_axes(run: Run) -> None:
    """A sweep over them gives, point by point, what the text of the design says."""
    where = "conv[kernel == 3]=bottleneck"
    swept = json.loads(
        run("sweep", "resnet34", "--replace", where, "--set", "reduction=2,4,8", "--set", "kernel=3,5", "--format", "json").out
    )
    assert len(swept["points"]) == 6
    for point in swept["points"]:
        text = f"{where}:reduction={point['reduction']},kernel={point['kernel']}"
        assert point["macs"] == convcalc.summary("resnet34", replace=text).models[0].totals["macs"]
    assert run("sweep", "resnet34", "--replace", where, "--set", "cout=8").code == 2
    assert run("sweep", "resnet34", "--replace", f"{where}:reduction=2", "--set", "reduction=4").code == 2
    solved = run(
        "solve", "resnet34", "--replace", where, "--for", "reduction", "--set", "reduction=1:16", "--max", "macs=1G", "--format", "json"
    )
    assert json.loads(solved.out)["solutions"], solved.err


FULL, LESS = 64 * 9 * 8 * 8, 64 * (9 * 8 + 8 * 8)  # MACs of a 3×3 convolution of 8 channels on 8×8, and of its separable form
REPLACED = "conv[kernel > 1]=depthwise_separable"
NESTED = """
input: 8x8x8
layers:
  - conv: {name: a, cout: 8, kernel: 3, norm: batch_norm}
  - conv: {name: a2, cout: 8, kernel: 1}
  - repeat:
      name: q
      times: 2
      layers: [{conv: {name: c, cout: 8, kernel: 1}}, {repeat: {name: r, times: 3, layers: [{conv: {name: b, cout: 8, kernel: 3}}, relu]}}]
  - repeat: {name: s, times: 4, layers: [{conv: {cout: 8, kernel: 3}}]}
"""


@pytest.fixture(name="models")
def _models(tmp_path: Path) -> tuple[ModelReport, ModelReport]:
    """The network as it was, and with its 3×3 convolutions replaced."""
    path = tmp_path / "n.yaml"
    path.write_text(NESTED, encoding="utf-8")
    return convcalc.summary(str(path)).models[0], convcalc.summary(str(path), replace=REPLACED).models[0]


def test_what_stands_for_layers(models: tuple[ModelReport, ModelReport]) -> None:
    """Each place has its passes times those around it, all of whose MACs are those of its layers, before and after; no other layer's."""
    found = stands(models[1], models[0])
    assert [(one.path, one.design, one.times) for one in found] == [
        ("a", "depthwise_separable", 1), ("q.0-1.r.0-2.b", "depthwise_separable", 6), ("s.0-3", "depthwise_separable", 4),
    ]  # fmt: skip
    for stand in found:
        assert stand.before is not None
        assert (stand.before["macs"], stand.after["macs"]) == (stand.times * FULL, stand.times * LESS)
        assert stand.saved("macs") == stand.times * (FULL - LESS)
    assert found[0].before is not None
    assert found[0].before["params"] == 8 * 8 * 9 + 2 * 8  # the weights, and those of its own norm


def test_what_was_there_is_not_known(models: tuple[ModelReport, ModelReport]) -> None:
    """Without the network as it was, or with one that has no such layer, nothing is said of before, and nothing is saved."""
    for base in (None, models[0]._replace(layers=[])):
        found = stands(models[1], base)
        assert [(one.times, one.before, one.saved("macs")) for one in found] == [(1, None, 0), (6, None, 0), (4, None, 0)]


@pytest.mark.parametrize(
    ("times", "text"),
    [((1,), "1 ghost"), ((2,), "2 ghosts"), ((1, 3), "4 ghosts"), ((0,), "0 ghosts")],
)
def test_designs_are_counted(times: tuple[int, ...], text: str) -> None:
    """Places of a design are added up, one is no plural, and designs are joined in the order in which they stand."""
    found = [Stand("a", "ghost", count, None, {}) for count in times]
    assert counted(found) == text
    assert counted([Stand("b", "mbconv", 1, None, {}), *found]) == f"1 mbconv and {text}"


def test_repeats_in_a_design_are_its_own(tmp_path: Path) -> None:
    """A design that stands once stands once, though it repeats its layers."""
    (tmp_path / "stack.yaml").write_text(
        "name: stack\nparams: {cout: required, kernel: 3}\n"
        "layers: [{repeat: {times: 2, layers: [{conv: {cout: cout, kernel: kernel}}]}}]\n", "utf-8",
    )  # fmt: skip
    (tmp_path / "n.yaml").write_text("input: 8x8x8\nlayers: [{conv: {name: a, cout: 8, kernel: 3}}, relu]\n", "utf-8")
    model = convcalc.summary(str(tmp_path / "n.yaml"), replace=f"a={tmp_path}/stack.yaml").models[0]
    assert [(one.times, one.after["macs"]) for one in stands(model)] == [(1, 2 * FULL)]


def test_a_long_pattern_ends() -> None:
    """Many `**` on a deep path are tried in one go."""
    assert not like(["a"] * 100, ["**", "a"] * 40 + ["b"])
    assert like(["a"] * 100, ["**", "a"] * 40 + ["**"])
