"""Every shipped network, against what others count and publish, equal to the integer."""

from __future__ import annotations

import csv
import json
import re
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

import convcalc
from convcalc.analysis.receptive_field import receptive_field
from convcalc.core.network import Group, Layer, Network
from convcalc.core.shape import Features, Map
from convcalc.core.trace import Trace, trace
from convcalc.layout.build import Argument
from convcalc.layout.library import Library
from convcalc.layout.network import build_network
from convcalc.layout.shipped import shipped_names
from tests.conftest import FACTS, HERE, ROOT
from tests.layouts import traced as layout_trace

NETWORKS = shipped_names(("networks",))
PUBLISHED = json.loads((FACTS / "networks.json").read_text(encoding="utf-8"))
# Measured with PyTorch 2.14 and torchvision 0.29: parameters, buffers, half of what torch.utils.flop_counter counts.
# ghostnet, unet, pan_neck, mobilenet_v1, crnn, siamese and wav2vec2_encoder are not in torchvision: written in PyTorch from their
# papers. MobileNetV4 is timm 1.0.31's, YOLOv8 ultralytics 8.4.190's, the diffusion block diffusers 0.42.1's. `name@aux` is with the
# auxiliary head, `name@384` on another size.
MEASURED = json.loads((HERE / "facts" / "measured.json").read_text(encoding="utf-8"))
CSVS = sorted((FACTS / "layers").glob("*.csv"))
# The facts' figures of these two hold the auxiliary heads' parameters.
WITH_HEADS = ("googlenet", "inception_v3")
NAMES = {
    *"alexnet vgg11 vgg13 vgg16 vgg19 vgg11_bn vgg13_bn vgg16_bn vgg19_bn googlenet inception_v3 resnet18 resnet34".split(),
    *"resnet50 resnet101 resnet152 resnet50_v1 resnet101_v1 resnet152_v1 resnext50_32x4d resnext101_32x8d".split(),
    *"wide_resnet50_2 densenet121 densenet169 densenet201 squeezenet1_0 squeezenet1_1 mobilenet_v1 mobilenet_v2".split(),
    *"mobilenet_v3_large mobilenet_v3_small shufflenet_v2_x0_5 shufflenet_v2_x1_0 mnasnet0_5 mnasnet1_0".split(),
    *"efficientnet_b0 efficientnet_b1 efficientnet_b2 efficientnet_b3 efficientnet_b4 efficientnet_b5".split(),
    *"efficientnet_b6 efficientnet_b7 efficientnet_v2_s regnet_x_400mf regnet_y_400mf convnext_tiny convnext_small".split(),
    *"convnext_base convnext_large vit_b_16 vit_b_32 vit_l_16 vit_l_32 vit_h_14 lenet5 unet ghostnet pan_neck resnet50_fpn".split(),
    *"densenet161 mnasnet0_75 mnasnet1_3 shufflenet_v2_x1_5 shufflenet_v2_x2_0 resnext101_64x4d wide_resnet101_2".split(),
    *"efficientnet_v2_m efficientnet_v2_l maxvit_t swin_t swin_s swin_b swin_v2_t swin_v2_s swin_v2_b".split(),
    *(f"regnet_x_{size}" for size in "800mf 1_6gf 3_2gf 8gf 16gf 32gf".split()),
    *(f"regnet_y_{size}" for size in "800mf 1_6gf 3_2gf 8gf 16gf 32gf 128gf".split()),
    *"fcn_resnet50 fcn_resnet101 deeplabv3_resnet50 deeplabv3_resnet101 deeplabv3_mobilenet_v3_large".split(),
    *"lraspp_mobilenet_v3_large r3d_18 mc3_18 r2plus1d_18 s3d mvit_v1_b mvit_v2_s swin3d_t swin3d_s swin3d_b".split(),
    *"mobilenetv4_conv_small mobilenetv4_conv_medium mobilenetv4_conv_large yolov8n yolov8s yolov8m".split(),
    *"retinanet_resnet50_fpn crnn siamese wav2vec2_encoder diffusion_block".split(),
}
FIELDS = {
    # Araujo, Norris and Sim, "Computing Receptive Fields of Convolutional Neural Networks", Distill 2019
    "vgg16": 212, "alexnet": 195, "mobilenet_v1": 315, "inception_v3": 1311,
    "resnet50_v1": 483, "resnet101_v1": 1027, "resnet152_v1": 1507,
    # worked out by the same recursion for torchvision's variants, whose stride stands on the 3×3
    "resnet50": 427, "resnet101": 971, "resnet152": 1451,
}  # fmt: skip


def network(name: str, **arguments: Any) -> Network:
    library = Library()
    return build_network(library, library.design(name), {key: Argument(value) for key, value in arguments.items()})


def traced(name: str, **arguments: Any) -> Trace:
    return trace(network(name, **arguments))


def unrolled(children: list[Layer | Group]) -> list[Layer]:
    """All layers in order, each pass of a repeat by itself."""
    found: list[Layer] = []
    for child in children:
        found += [child] if isinstance(child, Layer) else unrolled(child.children) * child.times
    return found


def test_the_zoo_is_complete() -> None:
    """Every network that was promised is there, by torchvision's name where it has one."""
    assert set(NETWORKS) == NAMES


@pytest.mark.parametrize("name", NETWORKS)
def test_expectations_are_complete_and_met(name: str) -> None:
    """Each network states parameters, buffers, MACs and a source, and costs just that."""
    library = Library()
    layout = library.design(name)
    cost = traced(name).total
    assert {key: value.constant for key, value in layout.expect.items()} == {
        "params": cost.params,
        "buffers": cost.buffers,
        "macs": cost.macs,
    }
    assert layout.source


@pytest.mark.parametrize("name", sorted(PUBLISHED))
def test_published_and_measured_figures(name: str) -> None:
    """Parameters, buffers, MACs and outputs of convolutions are torchvision's; the rounded ones are those it publishes."""
    facts = PUBLISHED[name]
    run = traced(name, aux=True) if name in WITH_HEADS else traced(name)
    plain = traced(name)
    assert (run.total.params, run.total.buffers) == (facts["params"], facts["buffers"])
    assert plain.total.macs == facts["macs"]
    assert round(plain.total.macs / 1e9, 3) == facts["published_gmacs"]
    outputs = sum(row.total.activations for row in plain.rows if row.op.name in ("conv", "depthwise_conv"))
    assert outputs == facts["conv_outputs"]
    assert list(plain.inputs[0].sizes) == facts["input"]


@pytest.mark.parametrize("name", sorted(set(MEASURED) & set(NETWORKS)))
def test_measured_figures(name: str) -> None:
    """What PyTorch counts for the networks that the published facts lack."""
    cost = traced(name).total
    assert {"params": cost.params, "buffers": cost.buffers, "macs": cost.macs} == {
        key: MEASURED[name][key] for key in ("params", "buffers", "macs")
    }


@pytest.mark.parametrize("name", sorted(name for name in MEASURED if "@" in name))
def test_measured_variants(name: str) -> None:
    """The same with auxiliary heads, which run here, and on other sizes of the input."""
    base, _, variant = name.partition("@")
    given = {"set": {"aux": True}} if variant == "aux" else {"input": f"3x{variant}x{variant}"}
    totals = convcalc.summary(base, **given).models[0].totals  # type: ignore[arg-type]
    assert {key: totals[key] for key in MEASURED[name]} == MEASURED[name]


@pytest.mark.parametrize("name", sorted(name for name in MEASURED if re.match("lstm|gru|rnn", name)))
def test_measured_recurrent_layers(name: str) -> None:
    """PyTorch's, on 77 tokens of 512 channels, hidden 256: one and two layers, one way and both."""
    op, layers, *both = name.split("_")
    text = f"input: {{tokens: 77x512}}\nlayers: [{{{op}: {{hidden: 256, layers: {layers[1:]}, bidirectional: {str(bool(both)).lower()}}}}}]"
    cost = layout_trace(text).total
    assert {"params": cost.params, "buffers": cost.buffers, "macs": cost.macs} == MEASURED[name]


@pytest.mark.parametrize("name", WITH_HEADS)
def test_auxiliary_heads(name: str) -> None:
    """`aux: true` adds the heads' parameters; torchvision does not run them in evaluation, so it counts no MACs of theirs."""
    with_heads = traced(name, aux=True)
    assert with_heads.total.params == MEASURED[f"{name}_aux"]["params"]
    assert len(with_heads.outputs) == len(traced(name).outputs) + (2 if name == "googlenet" else 1)


def test_the_ghost_bottleneck() -> None:
    """24 → 40, mid 72, kernel 5, stride 2, SE .25 on 56×56, measured with PyTorch."""
    library = Library()
    ghostnet = library.design("ghostnet")
    arguments = {"kernel": 5, "mid": 72, "cout": 40, "stride": 2}
    run = trace(
        build_network(
            library,
            ghostnet.blocks["unit"],
            {**{key: Argument(value) for key, value in arguments.items()}, "se": Argument(Fraction("0.25"))},
            (Map(24, (56, 56)),),
            {"norm": "batch_norm", "activation": "relu"},
        )
    )
    facts = MEASURED["ghost_bottleneck"]
    assert (run.total.params, run.total.buffers, run.total.macs) == (facts["params"], facts["buffers"], facts["macs"])


@pytest.mark.parametrize("path", CSVS, ids=lambda path: path.stem)
def test_layer_by_layer(path: Path) -> None:
    """The same convolutions and linear layers in the same order, with the same shapes, parameters and MACs."""
    with path.open(encoding="utf-8") as file:
        expected = [
            (sizes(row["input"]), sizes(row["output"]), int(row["params"]), int(row["macs"]))
            for row in csv.DictReader(file)
            if row["type"] in ("Conv2d", "Linear")
        ]
    found = []
    for layer in unrolled(network(path.stem).children):
        if layer.op.name in ("conv", "depthwise_conv", "linear"):
            cost = layer.op.cost(*layer.inputs)
            x = layer.inputs[0]
            seen = (x.channels,) if layer.op.name == "linear" and isinstance(x, Map) else x.sizes  # C×1×1 is a vector to PyTorch
            found.append((seen, layer.output.sizes, cost.params, cost.macs))
    assert found == expected


def sizes(text: str) -> tuple[int, ...]:
    return tuple(int(size) for size in text.split("x"))


@pytest.mark.parametrize("name", sorted(FIELDS))
def test_receptive_fields(name: str) -> None:
    """Published receptive fields."""
    assert receptive_field(traced(name)) == [FIELDS[name]] * 2


@pytest.mark.parametrize("name", NETWORKS)
def test_files_are_written_by_hand(name: str) -> None:
    """Blocks and repeats, no dumps: no file is longer than 150 lines; each has the editor's modeline and a summary."""
    library = Library()
    layout = library.design(name)
    text = (ROOT / layout.path).read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 150
    assert text.startswith("# yaml-language-server: $schema=../layout.schema.json\nconvcalc: 1\n")
    assert layout.summary


def test_outputs_of_unet_and_neck() -> None:
    """The original U-Net gives 2×388×388; the neck keeps the three sizes (measured with PyTorch)."""
    assert traced("unet").output == Map(2, (388, 388))
    neck = traced("pan_neck")
    assert [list(neck.value(number).sizes) for number in neck.outputs] == [shape[1:] for shape in MEASURED["pan_neck"]["out"]]
    fpn = traced("resnet50_fpn")
    assert [list(fpn.value(number).sizes) for number in fpn.outputs] == [shape[1:] for shape in MEASURED["resnet50_fpn"]["out"][:4]]


def test_features_are_vectors_at_the_end() -> None:
    """A classifier's output is features."""
    assert traced("resnet50").output == Features((1000,))
