"""The words of the language: which ops there are, and which attributes each takes. One literal table for reading, the
JSON Schema and the lists that people see."""

from __future__ import annotations

from typing import Any, NamedTuple

from convcalc.core.ops import ACTIVATIONS, NORMS


class Attribute(NamedTuple):
    """An attribute of a layer.

    Kinds: `size` (at least 1), `count` (at least 0), `axes` (a size, or one a spatial axis), `padding`, `flag`,
    `number`, `word` (one of `choices`), `bias` (a flag or `auto`).
    """

    kind: str
    default: Any = None
    required: bool = False
    style: bool = False  # the style word of the same name where it is left out
    choices: tuple[str, ...] = ()
    meaning: str = ""

    @property
    def default_text(self) -> str:
        """Its default as the language writes it."""
        if self.required:
            return "required"
        if self.style:
            return "in force"
        return str(self.default).lower() if self.default is not None else "none"


class OpSpec(NamedTuple):
    """How an op is written. `shorthand` is the attribute that a scalar alone sets; `most` counts inputs."""

    summary: str
    attributes: dict[str, Attribute] = {}
    shorthand: str | None = None
    least: int = 1
    most: int = 1


def size(default: int | None = None, meaning: str = "") -> Attribute:
    return Attribute("size", default, required=default is None, meaning=meaning)


COUT = size(meaning="output channels")
KERNEL = Attribute("axes", required=True, meaning="kernel size")
STRIDE = Attribute("axes", 1, meaning="step of the window")
DILATION = Attribute("axes", 1, meaning="distance of the taps")
PADDING = Attribute("padding", style=True, meaning="zeros around the map")
BIAS = Attribute("bias", style=True, choices=("auto",), meaning="a bias a channel; auto: unless a norm follows")
NORM = Attribute("word", style=True, choices=("none", *NORMS), meaning="norm that follows")
ACTIVATION = Attribute("word", style=True, choices=("none", *ACTIVATIONS), meaning="activation that follows")
WINDOW = {"kernel": KERNEL, "stride": STRIDE, "padding": PADDING, "dilation": DILATION}
TAIL = {"bias": BIAS, "norm": NORM, "activation": ACTIVATION}
GROUPS = size(1, "groups of channels that do not see each other")
POOL = {
    "kernel": KERNEL,
    "stride": Attribute("axes", meaning="step of the window, its kernel unless given"),
    "padding": Attribute("padding", 0, meaning="zeros around the map"),
    "dilation": DILATION,
    "ceil": Attribute("flag", False, meaning="round the output size up"),
}
AFFINE = Attribute("flag", True, meaning="learned scale and shift")
OUT_SIZE = Attribute("axes", required=True, meaning="spatial size of the output")

OPS: dict[str, OpSpec] = {
    "conv": OpSpec("convolution, then norm and activation", {"cout": COUT, **WINDOW, "groups": GROUPS, **TAIL}, "cout"),
    "depthwise_conv": OpSpec(
        "convolution of each channel alone", {**WINDOW, "multiplier": size(1, "output channels an input channel"), **TAIL}, "kernel"
    ),
    "conv_transpose": OpSpec(
        "transposed convolution",
        {
            "cout": COUT,
            **WINDOW,
            "output_padding": Attribute("axes0", 0, meaning="rows added at the end"),
            "groups": GROUPS,
            **TAIL,
        },
        "cout",
    ),
    "linear": OpSpec(
        "fully connected layer along the channels",
        {
            "cout": COUT,
            "bias": Attribute("bias", "auto", choices=("auto",), meaning="a bias a channel; auto: unless a norm follows"),
            "norm": Attribute("word", "none", choices=("none", *NORMS), meaning="norm that follows"),
            "activation": Attribute("word", "none", choices=("none", *ACTIVATIONS), meaning="activation that follows"),
        },
        "cout",
    ),
    "matmul": OpSpec(
        "matrix product of two inputs", {"transpose": Attribute("flag", False, meaning="the second one turned over")}, None, 2, 2
    ),
    "attention": OpSpec(
        "multi-head attention on tokens",
        {"heads": size(meaning="heads"), "bias": Attribute("flag", True, meaning="biases of the projections")},
        "heads",
        1,
        2,
    ),
    "max_pool": OpSpec("maximum of each window", POOL, "kernel"),
    "avg_pool": OpSpec("average of each window", POOL, "kernel"),
    "global_avg_pool": OpSpec("average of each channel, C×1×1"),
    "global_max_pool": OpSpec("maximum of each channel, C×1×1"),
    "adaptive_avg_pool": OpSpec("average to a given size", {"size": OUT_SIZE}, "size"),
    "adaptive_max_pool": OpSpec("maximum to a given size", {"size": OUT_SIZE}, "size"),
    "batch_norm": OpSpec("batch normalisation", {"affine": AFFINE}),
    "layer_norm": OpSpec("layer normalisation over the channels", {"affine": AFFINE}),
    "group_norm": OpSpec("group normalisation", {"groups": size(32, "groups of channels"), "affine": AFFINE}, "groups"),
    "instance_norm": OpSpec("instance normalisation", {"affine": AFFINE._replace(default=False)}),
    "local_response_norm": OpSpec("local response normalisation", {"size": size(5, "channels it looks at")}, "size"),
    **{name: OpSpec(f"activation {name}") for name in ACTIVATIONS},
    "prelu": OpSpec("leaky ReLU with a learned slope", {"per_channel": Attribute("flag", False, meaning="one slope a channel")}),
    "add": OpSpec("sum of the inputs", {}, None, 2, 10**6),
    "mul": OpSpec("product of the inputs", {}, None, 2, 10**6),
    "concat": OpSpec("inputs along the channels", {}, None, 2, 10**6),
    "slice": OpSpec(
        "some of the channels",
        {"start": Attribute("count", 0, meaning="first channel"), "stop": Attribute("size", meaning="channel after the last")},
        "stop",
    ),
    "select": OpSpec("one entry of the first axis", {"index": Attribute("count", 0, meaning="which, from 0")}, "index"),
    "crop": OpSpec("the centre of a map", {"size": OUT_SIZE}, "size"),
    "pad": OpSpec("zeros around a map", {"padding": Attribute("padding", required=True, meaning="zeros on each side")}, "padding"),
    "flatten": OpSpec("all elements as one vector"),
    "tokens": OpSpec("positions as tokens: C×H×W → (H·W)×C"),
    "channels_last": OpSpec("a map as features: C×H×W → H×W×C"),
    "channels_first": OpSpec("features as a map: H×W×C → C×H×W"),
    "dropout": OpSpec("the identity at inference", {"p": Attribute("number", meaning="share of elements dropped")}, "p"),
    "upsample": OpSpec(
        "a larger map by interpolation",
        {
            "factor": Attribute("axes", meaning="how many times larger"),
            "size": Attribute("axes", meaning="spatial size of the output"),
            "mode": Attribute("word", "nearest", choices=("nearest", "linear", "bilinear", "trilinear"), meaning="interpolation"),
        },
        "factor",
    ),
    "pixel_shuffle": OpSpec("channels into space", {"factor": size(meaning="how many times larger")}, "factor"),
    "channel_shuffle": OpSpec("channels interleaved between groups", {"groups": size(meaning="groups")}, "groups"),
    "scale": OpSpec("a learned factor a channel"),
    "class_token": OpSpec("a learned token before the others"),
    "position_embedding": OpSpec("a learned vector added to each token"),
    "custom": OpSpec(
        "a layer that states its own figures",
        {
            "cout": COUT,
            "macs": Attribute("count", required=True, meaning="multiply-accumulates a sample"),
            "params": Attribute("count", required=True, meaning="parameters"),
            "size": Attribute("axes", meaning="spatial size of the output"),
        },
    ),
    # What is in force, applied: no op of its own, and nothing at all where it is none.
    "norm": OpSpec("the norm in force"),
    "activation": OpSpec("the activation in force"),
}
FLEXIBLE = ("add", "mul", "concat")  # take `paths`
STRUCTURES = ("residual", "repeat")
