"""The words of the language: which ops there are, and which attributes each takes. One literal table for reading, the
JSON Schema and the lists that people see."""

from __future__ import annotations

from typing import Any

from convcalc.core.ops import ACTIVATIONS, FUNCTIONS, NORMS
from convcalc.core.shape import KINDS
from convcalc.record import NamedTuple


class Attribute(NamedTuple):
    """An attribute of a layer.

    Kinds: `size` (at least 1), `count` (at least 0), `axes` (a size, or one a spatial axis), `axes0` (counts), `places` and
    `places0` (the same for each axis but the channels), `sizes` (a list of sizes, of any length), `open_sizes` (of which one may
    be -1), `padding`, `flag`, `number` (from 0 to below 1), `real`, `word` (one of `choices`), `bias` (a flag or `auto`), `axis` and
    `axis_names` (c, d, h, w, n or a place among the sizes), `text`, `input` (an earlier layer, read too) and `like` (one whose sizes are
    taken).
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
    takes: str = ""  # `tokens`, where two sizes mean those

    @property
    def takes_a_list(self) -> bool:
        """Whether its shorthand may be a list: `permute: [1, 0]`."""
        return self.shorthand is not None and self.attributes[self.shorthand].kind in LISTS


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
SIZES = Attribute("sizes", required=True, meaning="sizes, in order")
KIND = Attribute("word", "tensor", choices=KINDS, meaning="what the sizes are")
AXES = Attribute("axis_names", meaning="axes that go: c, d, h, w, n, or places among the sizes")
KEEP = Attribute("flag", False, meaning="keep them, of size 1")
BY = Attribute("real", meaning="a number in the place of a second input")
REDUCE = {"axes": AXES._replace(required=True), "keep": KEEP}
GRID = Attribute("flag", False, meaning="positions far apart, as many windows as there are of neighbours (MaxViT)")
BACK = {
    "d": Attribute("size", meaning="depth of the map"),
    "h": Attribute("size", meaning="height of the map"),
    "w": Attribute("size", meaning="width of the map"),
    "like": Attribute("like", meaning="an earlier map or H×W×C features whose sizes it gets"),
}
RECURRENT = {
    "hidden": size(meaning="channels of the state"),
    "layers": size(1, "layers, each on the one before"),
    "bidirectional": Attribute("flag", False, meaning="both ways, side by side"),
    "bias": Attribute("flag", True, meaning="two biases a gate and unit, as PyTorch has them"),
}
MANY = 10**6  # inputs

OPS: dict[str, OpSpec] = {
    "conv": OpSpec("convolution, then norm and activation", {"cout": COUT, **WINDOW, "groups": GROUPS, **TAIL}, "cout"),
    "depthwise_conv": OpSpec(
        "convolution of each channel alone",
        {
            **WINDOW,
            "multiplier": size(1, "output channels an input channel"),
            "heads": size(1, "runs of channels that share their weights"),
            **TAIL,
        },
        "kernel",
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
    "deform_conv": OpSpec(
        "convolution whose taps a second input moves, and a third weighs",
        {"cout": COUT, **WINDOW, "groups": GROUPS, **TAIL},
        least=2,
        most=3,
    ),
    "matmul": OpSpec(
        "matrix product of two inputs", {"transpose": Attribute("flag", False, meaning="the second one turned over")}, None, 2, 2
    ),
    "einsum": OpSpec(
        "sum of products by letters", {"equation": Attribute("text", required=True, meaning="a letter an axis")}, "equation", 1, 2
    ),
    "attention": OpSpec(
        "multi-head attention on tokens, a map or windows",
        {
            "heads": size(meaning="heads"),
            "kv_heads": Attribute("size", meaning="heads of keys and values, as many as heads unless given"),
            "dim": Attribute("size", meaning="inner channels of all heads, those of the input unless given"),
            "cout": Attribute("size", meaning="output channels, those of the input unless given"),
            "bias": Attribute("flag", True, meaning="biases of all projections"),
            "qkv_bias": Attribute("flag", meaning="biases of query, key and value, as `bias` unless given"),
            "out_bias": Attribute("flag", meaning="bias of the output projection, as `bias` unless given"),
            "context": Attribute("input", meaning="a layer that gives keys and values"),
            "window": Attribute("square", meaning="size of a window, for a learned bias by relative position; 7 is 7x7, [7] of one axis"),
            "cosine": Attribute("flag", False, meaning="scores by angle, scaled by a learned number a head"),
            "mask": Attribute("flag", False, meaning="a mask added to the scores"),
            "scores": Attribute("input", meaning="a layer that is added to the scores"),
        },
        "heads",
        1,
        2,
        "tokens",
    ),
    "lstm": OpSpec("long short-term memory over tokens", RECURRENT, "hidden", takes="tokens"),
    "gru": OpSpec("gated recurrent unit over tokens", RECURRENT, "hidden", takes="tokens"),
    "rnn": OpSpec("recurrent layer with tanh over tokens", RECURRENT, "hidden", takes="tokens"),
    "max_pool": OpSpec("maximum of each window", POOL, "kernel"),
    "avg_pool": OpSpec("average of each window", POOL, "kernel"),
    "global_avg_pool": OpSpec("average of each channel, C×1×1"),
    "global_max_pool": OpSpec("maximum of each channel, C×1×1"),
    "adaptive_avg_pool": OpSpec("average to a given size", {"size": OUT_SIZE}, "size"),
    "adaptive_max_pool": OpSpec("maximum to a given size", {"size": OUT_SIZE}, "size"),
    "mean": OpSpec("average over axes", REDUCE, "axes"),
    "sum": OpSpec("sum over axes", REDUCE, "axes"),
    "batch_norm": OpSpec("batch normalisation", {"affine": AFFINE}),
    "layer_norm": OpSpec("layer normalisation over the channels", {"affine": AFFINE}),
    "group_norm": OpSpec("group normalisation", {"groups": size(32, "groups of channels"), "affine": AFFINE}, "groups"),
    "instance_norm": OpSpec("instance normalisation", {"affine": AFFINE._replace(default=False)}),
    "local_response_norm": OpSpec("local response normalisation", {"size": size(5, "channels it looks at")}, "size"),
    **{name: OpSpec(f"activation {name}") for name in ACTIVATIONS},
    "prelu": OpSpec("leaky ReLU with a learned slope", {"per_channel": Attribute("flag", False, meaning="one slope a channel")}),
    **{name: OpSpec(f"{name} of each element") for name in FUNCTIONS},
    "clip": OpSpec(
        "each element between two numbers",
        {"low": Attribute("real", meaning="the least"), "high": Attribute("real", meaning="the most")},
    ),
    "add": OpSpec("sum of the inputs", {"by": BY}, "by", 2, MANY),
    "sub": OpSpec("difference of two inputs", {"by": BY}, "by", 2, 2),
    "mul": OpSpec("product of the inputs", {"by": BY}, "by", 2, MANY),
    "div": OpSpec("quotient of two inputs", {"by": BY}, "by", 2, 2),
    "pow": OpSpec("power", {"by": BY}, "by", 2, 2),
    "min": OpSpec("minimum of the inputs, or over axes", {"by": BY, "axes": AXES, "keep": KEEP}, "by", 2, MANY),
    "max": OpSpec("maximum of the inputs, or over axes", {"by": BY, "axes": AXES, "keep": KEEP}, "by", 2, MANY),
    "where": OpSpec("elements of the second or third input, as the first says", {}, None, 3, 3),
    "concat": OpSpec(
        "inputs along the channels, or another axis", {"axis": Attribute("axis", "c", meaning="c, d, h, w, n, or a place")}, None, 2, MANY
    ),
    "slice": OpSpec(
        "some of the channels, or of another axis",
        {
            "start": Attribute("count", 0, meaning="the first"),
            "stop": Attribute("size", meaning="the one after the last"),
            "axis": Attribute("axis", "c", meaning="c, d, h, w, n, or a place"),
        },
        "stop",
    ),
    "select": OpSpec("one entry of the first axis", {"index": Attribute("count", 0, meaning="which, from 0")}, "index"),
    "crop": OpSpec("the centre of a map", {"size": OUT_SIZE}, "size"),
    "pad": OpSpec("zeros around a map", {"padding": Attribute("padding", required=True, meaning="zeros on each side")}, "padding"),
    "roll": OpSpec("elements moved round", {"shift": Attribute("places0", required=True, meaning="by how many places")}, "shift"),
    "flatten": OpSpec("all elements as one vector"),
    "tokens": OpSpec("positions as tokens: C×H×W → (H·W)×C"),
    "untokens": OpSpec("tokens as a map: (H·W)×C → C×H×W", BACK, takes="tokens"),
    "reshape": OpSpec(
        "the same elements along other axes",
        {"sizes": Attribute("open_sizes", required=True, meaning="sizes, in order; one may be -1"), "to": KIND},
        "sizes",
    ),
    "permute": OpSpec(
        "axes in another order", {"order": Attribute("axis_names", required=True, meaning="axes, by name or place"), "to": KIND}, "order"
    ),
    "windows": OpSpec(
        "windows as groups of tokens",
        {
            "size": Attribute("places", required=True, meaning="size of a window"),
            "shift": Attribute("places0", 0, meaning="by how much the map is moved round first"),
            "grid": GRID,
        },
        "size",
    ),
    "unwindows": OpSpec(
        "windows put together again",
        {
            "size": Attribute("sizes", required=True, meaning="size of a window"),
            "shift": Attribute("sizes0", 0, meaning="by how much the map was moved round"),
            "grid": GRID,
            **BACK,
        },
    ),
    "channels_last": OpSpec("a map as features: C×H×W → H×W×C"),
    "channels_first": OpSpec("features as a map: H×W×C → C×H×W"),
    "dropout": OpSpec("the identity at inference", {"p": Attribute("number", meaning="share of elements dropped")}, "p"),
    "stochastic_depth": OpSpec("the identity at inference", {"p": Attribute("number", 0, meaning="share of samples dropped")}, "p"),
    "grid_sample": OpSpec(
        "a map sampled at the places of a second input",
        {"mode": Attribute("word", "bilinear", choices=("nearest", "bilinear"), meaning="interpolation")},
        "mode",
        2,
        2,
    ),
    "unfold": OpSpec("each window as a column", {**WINDOW, "padding": POOL["padding"]}, "kernel"),
    "fold": OpSpec("columns added up to a map", {"size": OUT_SIZE, **WINDOW, "padding": POOL["padding"]}),
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
    "space_to_depth": OpSpec(
        "space into channels",
        {
            "factor": Attribute("places", required=True, meaning="how many times smaller"),
            "ceil": Attribute("flag", False, meaning="round the size up, with zeros"),
        },
        "factor",
    ),
    "channel_shuffle": OpSpec("channels interleaved between groups", {"groups": size(meaning="groups")}, "groups"),
    "scale": OpSpec("a learned factor a channel"),
    "class_token": OpSpec("a learned token before the others", takes="tokens"),
    "position_embedding": OpSpec("a learned vector added to each token", takes="tokens"),
    "learned": OpSpec(
        "a learned tensor, joined with the input or a value of its own",
        {
            "sizes": SIZES,
            "join": Attribute("word", "add", choices=("add", "mul", "none"), meaning="what is done with it; none: it is the output"),
            "to": KIND,
        },
        "sizes",
    ),
    "constant": OpSpec("a tensor of buffers, a value of its own", {"sizes": SIZES, "to": KIND}, "sizes", 0, 0),
    "gather": OpSpec(
        "rows of the first axis in a fixed order",
        {"sizes": SIZES, "buffer": Attribute("flag", True, meaning="whether the order is kept, as a buffer")},
        "sizes",
    ),
    "custom": OpSpec(
        "a layer that states its own figures",
        {
            "cout": COUT,
            "macs": Attribute("count", required=True, meaning="multiply-accumulates a sample"),
            "params": Attribute("count", required=True, meaning="parameters"),
            "size": Attribute("places", meaning="sizes of the output but its channels"),
            "activations": Attribute("count", 0, meaning="output elements of its weighted layers"),
            "buffers": Attribute("count", 0, meaning="values that are kept and not learned"),
        },
        None,
        1,
        MANY,
    ),
    # What is in force, applied: no op of its own, and nothing at all where it is none.
    "norm": OpSpec("the norm in force"),
    "activation": OpSpec("the activation in force"),
}
FLEXIBLE = ("add", "sub", "mul", "div", "min", "max", "concat")  # take `paths`
INSTEAD = ("by", "axes")  # attributes with which a join takes one input
LISTS = (
    "axes",
    "axes0",
    "places",
    "places0",
    "sizes",
    "square",
    "sizes0",
    "open_sizes",
    "padding",
    "axis_names",
)  # kinds that may be lists
NAMING = ("input", "like")  # kinds of attributes that name an earlier layer
STRUCTURE_KEYS = {"residual": ("body", "shortcut"), "repeat": ("times", "shared", "layers")}
STRUCTURES = tuple(STRUCTURE_KEYS)
