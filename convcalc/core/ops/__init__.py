"""The ops: one frozen record each, with two pure methods, `out_shape(*inputs)` and `cost(*inputs)`.

Records live in a module a family, imported when a layout first uses it; each has its op's name as a field. What has
parameters has a third method, `weights(*inputs)`: the shapes of its parameters, bias last. What the formulas share:
`cin` and `cout` are channels, `K` the elements of a kernel, `O` and `I` the positions of the output and input map.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import Any, Protocol

from convcalc.core.cost import Cost
from convcalc.core.shape import Shape
from convcalc.core.size import always
from convcalc.record import NamedTuple

Weights = tuple[tuple[Any, ...], ...]


class Op(Protocol):
    """What every record offers. Shapes and costs are those of one sample."""

    @property
    def name(self) -> str: ...

    def out_shape(self, *inputs: Shape) -> Shape:
        """The output's shape. Raises Refusal where the inputs do not fit the op."""

    def cost(self, *inputs: Shape) -> Cost:
        """What one sample costs. Raises Refusal where the inputs do not fit the op."""


class Traits(NamedTuple):
    """What is true of an op whatever its attributes: analyses ask this, and know no op by name.

    `field` says what becomes of a receptive field: it stays the `same`, a `window` widens it, a transposed window
    (`spread`) widens it and brings neighbours closer, a map of another size is `resized`, `positions` keep it where they
    stay as many, and behind what sees `all` there is none.
    """

    family: str  # the module of this package that holds its record
    field: str = "same"
    weighted: int = 0  # weighted layers in it (in one of its own `depth`, where it has one)
    mixes: bool = True  # whether each output channel of a weighted one sees all inputs of its group
    nonlinear: bool = False  # an activation function
    norm: bool = False
    elementwise: bool = False  # each output element follows from the input elements in its place
    gates: bool = False  # an input that sees all is a factor, and does not end the field of the others
    view: bool = False  # other names for elements that are there: nothing is written
    called: str = "module"  # how PyTorch's models write it unless a layer says otherwise: module, function or method (x + y)


def windowed(family: str, weighted: int = 0, mixes: bool = True) -> Traits:
    return Traits(family, "window", weighted, mixes)


ACTIVATION = Traits("elementwise", nonlinear=True, elementwise=True)
FUNCTION = Traits("elementwise", elementwise=True)
JOIN = Traits("join", elementwise=True, called="method")
NORM = Traits("norm", norm=True)
VIEW = Traits("reshape", view=True)
CUT = Traits("cut", view=True)

TRAITS: dict[str, Traits] = {
    "conv": windowed("conv", weighted=1),
    "depthwise_conv": windowed("conv", weighted=1, mixes=False),
    "conv_transpose": Traits("conv", "spread", weighted=1),
    "deform_conv": Traits("deform", "all", weighted=1),  # its taps may lie anywhere
    "linear": Traits("linear", weighted=1),
    "matmul": Traits("linear", "all", called="method"),
    "einsum": Traits("einsum", "all", called="function"),
    "attention": Traits("attention", "all", weighted=4),  # query, key, value and output projection
    "lstm": Traits("recurrent", "all", weighted=1),
    "gru": Traits("recurrent", "all", weighted=1),
    "rnn": Traits("recurrent", "all", weighted=1),
    "max_pool": windowed("pool"),
    "avg_pool": windowed("pool"),
    "global_avg_pool": Traits("pool", "all"),
    "global_max_pool": Traits("pool", "all"),
    "adaptive_avg_pool": Traits("pool", "resized"),
    "adaptive_max_pool": Traits("pool", "resized"),
    "mean": Traits("reduce", "positions"),
    "sum": Traits("reduce", "positions"),
    "batch_norm": NORM,
    "layer_norm": NORM,
    "group_norm": NORM,
    "instance_norm": NORM,
    "local_response_norm": Traits("norm"),
    "relu": ACTIVATION,
    "relu6": ACTIVATION,
    "leaky_relu": ACTIVATION,
    "prelu": ACTIVATION,
    "elu": ACTIVATION,
    "selu": ACTIVATION,
    "celu": ACTIVATION,
    "silu": ACTIVATION,
    "gelu": ACTIVATION,
    "gelu_tanh": ACTIVATION,
    "quick_gelu": ACTIVATION,
    "mish": ACTIVATION,
    "hardswish": ACTIVATION,
    "hardsigmoid": ACTIVATION,
    "hardtanh": ACTIVATION,
    "sigmoid": ACTIVATION,
    "logsigmoid": ACTIVATION,
    "softplus": ACTIVATION,
    "softsign": ACTIVATION,
    "tanh": ACTIVATION,
    "softmax": Traits("elementwise", nonlinear=True),
    "abs": FUNCTION,
    "neg": FUNCTION,
    "reciprocal": FUNCTION,
    "exp": FUNCTION,
    "log": FUNCTION,
    "sqrt": FUNCTION,
    "rsqrt": FUNCTION,
    "sin": FUNCTION,
    "cos": FUNCTION,
    "erf": FUNCTION,
    "clip": FUNCTION,
    "pow": JOIN,
    "add": JOIN,
    "sub": JOIN,
    "mul": JOIN._replace(gates=True),
    "div": JOIN._replace(gates=True),
    "min": JOIN._replace(field="positions"),
    "max": JOIN._replace(field="positions"),
    "where": JOIN,
    "concat": Traits("join"),
    "slice": CUT,
    "select": CUT._replace(field="all"),
    "crop": CUT,
    "pad": Traits("cut"),
    "roll": Traits("move", "all"),  # what was at one edge stands at the other
    "flatten": VIEW._replace(field="all"),
    "tokens": VIEW,
    "untokens": VIEW,
    "channels_last": VIEW,
    "channels_first": VIEW,
    "reshape": VIEW._replace(field="all"),  # positions may be channels now
    "permute": VIEW._replace(field="all"),
    "windows": Traits("windows"),
    "unwindows": Traits("windows"),
    "dropout": VIEW,
    "pixel_shuffle": Traits("move", "resized"),
    "space_to_depth": Traits("move", "resized"),
    "channel_shuffle": Traits("move"),
    "unfold": Traits("unfold", "all"),  # positions are the last axis, where channels are
    "fold": Traits("unfold", "all"),
    "upsample": Traits("resample", "resized"),
    "grid_sample": Traits("resample", "all"),
    "scale": Traits("learned", elementwise=True),
    "class_token": Traits("learned"),
    "position_embedding": Traits("learned", elementwise=True),
    "learned": Traits("learned"),
    "constant": Traits("learned"),
    "gather": Traits("learned"),
    "custom": Traits("custom"),
    # of imported models alone
    "view": Traits("given", view=True),
    "copy": Traits("given"),
    "uncounted": Traits("given"),
}

IMPORTED = tuple(op for op, traits in TRAITS.items() if traits.family == "given")
ACTIVATIONS = tuple(op for op, traits in TRAITS.items() if traits.nonlinear)
NORMS = tuple(op for op, traits in TRAITS.items() if traits.norm)
FUNCTIONS = tuple(op for op, traits in TRAITS.items() if traits is FUNCTION)


def build(name: str, attributes: dict[str, Any]) -> Op:
    """The record of an op.

    Raises:
        KeyError: for a name that is no op.
        TypeError: for attributes that the op does not have.
    """
    return record_of(name)(name=name, **attributes)  # type: ignore[no-any-return]


@cache
def record_of(name: str) -> type:
    """The class of an op, its file imported by who needs it."""
    records: dict[str, type] = import_module(f"convcalc.core.ops.{TRAITS[name].family}").RECORDS
    return records[name]


def weights_of(op: Op, inputs: tuple[Shape, ...]) -> Weights:
    """The shapes of an op's parameters; none where it has none."""
    return op.weights(*inputs) if hasattr(op, "weights") else ()


def weighted_layers(op: Op) -> int:
    """How many weighted layers an op stands for: recurrent ones have a depth."""
    return TRAITS[op.name].weighted * getattr(op, "depth", 1)


def mixes_channels(op: Op, inputs: tuple[Shape, ...]) -> bool:
    """Whether every output channel of a weighted layer sees every input channel."""
    traits = TRAITS[op.name]
    if not traits.mixes:
        return bool(inputs[0].channels == 1)
    return traits.weighted > 0 and getattr(op, "groups", 1) == 1


def is_depthwise(op: Op, inputs: tuple[Shape, ...]) -> bool:
    """Whether each channel of a convolution is made of one alone, as many as there were."""
    if op.name == "depthwise_conv":
        return bool(always(op.multiplier == 1))  # type: ignore[attr-defined]
    return op.name == "conv" and bool(always((op.groups == inputs[0].channels) & (op.cout == op.groups)))  # type: ignore[attr-defined]
