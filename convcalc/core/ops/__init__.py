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
from convcalc.errors import Refusal
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


class Kept(NamedTuple):
    """What an op keeps for its backward pass of its own making, one sample of it: elements of the values' type, and bytes of others.

    Those are statistics, in 32 bits, and indices, in 64; `fixed` are bytes that do not grow with the batch.
    """

    elements: Any = 0
    bytes: Any = 0
    fixed: Any = 0


NOTHING_KEPT = Kept()
STATISTIC, INDEX = 4, 8  # bytes of each


class Traits(NamedTuple):
    """What is true of an op whatever its attributes: analyses ask this, and know no op by name.

    `field` says what becomes of a receptive field: it stays the `same`, a `window` widens it, a transposed window
    (`spread`) widens it and brings neighbours closer, a map of another size is `resized`, `positions` keep it where they
    stay as many, and behind what sees `all` there is none.

    `keeps` says what PyTorch's autograd keeps of it for the backward pass (torch 2.14): the `inputs`, the `output` or
    `both`, the input of a `trained` weight, `factors`, each where the other needs a gradient, or those of a `quotient`.
    What it makes for that alone is said by a method of its record, `kept(*inputs)`.
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
    keeps: str = ""
    called: str = "module"  # how PyTorch's models write it unless a layer says otherwise: module, function or method (x + y)


def windowed(family: str, weighted: int = 0, mixes: bool = True) -> Traits:
    return Traits(family, "window", weighted, mixes, keeps="inputs")


ACTIVATION = Traits("elementwise", nonlinear=True, elementwise=True, keeps="inputs")
FUNCTION = Traits("elementwise", elementwise=True, keeps="inputs")
JOIN = Traits("join", elementwise=True, called="method")
NORM = Traits("norm", norm=True, keeps="inputs")
VIEW = Traits("reshape", view=True)
CUT = Traits("cut", view=True)

TRAITS: dict[str, Traits] = {
    "conv": windowed("conv", weighted=1),
    "depthwise_conv": windowed("conv", weighted=1, mixes=False),
    "conv_transpose": Traits("conv", "spread", weighted=1, keeps="inputs"),
    "deform_conv": Traits("deform", "all", weighted=1, keeps="inputs"),  # its taps may lie anywhere
    "linear": Traits("linear", weighted=1, keeps="trained"),
    "matmul": Traits("linear", "all", called="method", keeps="factors"),
    "einsum": Traits("einsum", "all", called="function", keeps="factors"),
    "attention": Traits("attention", "all", weighted=4, keeps="trained"),  # query, key, value and output projection
    "lstm": Traits("recurrent", "all", weighted=1, keeps="inputs"),
    "gru": Traits("recurrent", "all", weighted=1, keeps="inputs"),
    "rnn": Traits("recurrent", "all", weighted=1, keeps="inputs"),
    "max_pool": windowed("pool"),
    "avg_pool": windowed("pool"),
    "global_avg_pool": Traits("pool", "all"),
    "global_max_pool": Traits("pool", "all", keeps="inputs"),
    "adaptive_avg_pool": Traits("pool", "resized", keeps="inputs"),
    "adaptive_max_pool": Traits("pool", "resized", keeps="inputs"),
    "mean": Traits("reduce", "positions"),
    "sum": Traits("reduce", "positions"),
    "batch_norm": NORM,
    "layer_norm": NORM,
    "group_norm": NORM,
    "instance_norm": NORM,
    "local_response_norm": Traits("norm", keeps="inputs"),
    "relu": ACTIVATION._replace(keeps="output"),
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
    "sigmoid": ACTIVATION._replace(keeps="output"),
    "logsigmoid": ACTIVATION,
    "softplus": ACTIVATION,
    "softsign": ACTIVATION,
    "tanh": ACTIVATION._replace(keeps="output"),
    "softmax": Traits("elementwise", nonlinear=True, keeps="output"),
    "abs": FUNCTION,
    "neg": FUNCTION._replace(keeps=""),
    "reciprocal": FUNCTION._replace(keeps="output"),
    "exp": FUNCTION._replace(keeps="output"),
    "log": FUNCTION,
    "sqrt": FUNCTION._replace(keeps="output"),
    "rsqrt": FUNCTION._replace(keeps="output"),
    "sin": FUNCTION,
    "cos": FUNCTION,
    "erf": FUNCTION,
    "clip": FUNCTION,
    "pow": JOIN._replace(keeps="inputs"),
    "add": JOIN,
    "sub": JOIN,
    "mul": JOIN._replace(gates=True, keeps="factors"),
    "div": JOIN._replace(gates=True, keeps="quotient"),
    "min": JOIN._replace(field="positions", keeps="inputs"),
    "max": JOIN._replace(field="positions", keeps="inputs"),
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
    "stochastic_depth": VIEW,
    "pixel_shuffle": Traits("move", "resized"),
    "space_to_depth": Traits("move", "resized"),
    "channel_shuffle": Traits("move"),
    "unfold": Traits("unfold", "all"),  # positions are the last axis, where channels are
    "fold": Traits("unfold", "all"),
    "upsample": Traits("resample", "resized"),
    "grid_sample": Traits("resample", "all", keeps="inputs"),
    "scale": Traits("learned", elementwise=True, keeps="trained"),
    "class_token": Traits("learned"),
    "position_embedding": Traits("learned", elementwise=True),
    "learned": Traits("learned"),
    "constant": Traits("learned"),
    "gather": Traits("learned"),
    "custom": Traits("custom", keeps="inputs"),
    # of imported models alone
    "view": Traits("given", view=True),
    "copy": Traits("given"),
    "uncounted": Traits("given", keeps="inputs"),
}

IMPORTED = tuple(op for op, traits in TRAITS.items() if traits.family == "given")
ACTIVATIONS = tuple(op for op, traits in TRAITS.items() if traits.nonlinear)
NORMS = tuple(op for op, traits in TRAITS.items() if traits.norm)
FUNCTIONS = tuple(op for op, traits in TRAITS.items() if traits.family == "elementwise" and not traits.nonlinear)


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


def weight_tensors(op: Op, inputs: tuple[Shape, ...]) -> list[tuple[tuple[Any, ...], Any]]:
    """The shapes of an op's parameters, each with how many there are of it: recurrent ones have some a layer and direction."""
    parts = op.parts(*inputs) if hasattr(op, "parts") else [(weights_of(op, inputs), 1)]
    return [(shape, times) for shapes, times in parts for shape in shapes]


Product = tuple[Any, Any, Any, Any, bool]  # how many, rows, inner size, columns, and whether one side is weights


def products_of(op: Op, inputs: tuple[Shape, ...]) -> list[Product]:
    """The matrix products that an op is, one sample.

    Raises:
        Refusal: for an op whose products are not known.
    """
    if not hasattr(op, "products"):
        raise Refusal("no-product", f"{op.name} is no matrix product that an array's cycles are known of")
    found: list[Product] = op.products(*inputs)
    return found


def keeps_of(op: Op) -> str:
    """What autograd keeps of an op, where its attributes have no say as its trait has it."""
    own: str | None = getattr(op, "keeps", None)
    return TRAITS[op.name].keeps if own is None else own


def kept_by(op: Op, inputs: tuple[Shape, ...]) -> Kept:
    """What an op makes for its backward pass alone."""
    return op.kept(*inputs) if hasattr(op, "kept") else NOTHING_KEPT


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
