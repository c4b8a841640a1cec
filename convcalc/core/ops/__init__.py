"""The ops: one frozen record each, with two pure methods, `out_shape(*inputs)` and `cost(*inputs)`.

Records live in a module a family, imported when a layout first uses it; each has its op's name as a field. What the formulas share:
`cin` and `cout` are channels, `K` the elements of a kernel, `O` and `I` the positions of the output and input map.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import Any, Protocol

from convcalc.core.cost import Cost
from convcalc.core.shape import Shape


class Op(Protocol):
    """What every record offers. Shapes and costs are those of one sample."""

    @property
    def name(self) -> str: ...

    def out_shape(self, *inputs: Shape) -> Shape:
        """The output's shape. Raises Refusal where the inputs do not fit the op."""

    def cost(self, *inputs: Shape) -> Cost:
        """What one sample costs. Raises Refusal where the inputs do not fit the op."""


# Op → the module of this package that holds its record.
FAMILIES = {
    "conv": "conv",
    "depthwise_conv": "conv",
    "conv_transpose": "conv",
    "linear": "linear",
    "matmul": "linear",
    "attention": "linear",
    "max_pool": "pool",
    "avg_pool": "pool",
    "global_avg_pool": "pool",
    "global_max_pool": "pool",
    "adaptive_avg_pool": "pool",
    "adaptive_max_pool": "pool",
    "batch_norm": "norm",
    "layer_norm": "norm",
    "group_norm": "norm",
    "instance_norm": "norm",
    "local_response_norm": "norm",
    "relu": "activation",
    "relu6": "activation",
    "leaky_relu": "activation",
    "prelu": "activation",
    "elu": "activation",
    "silu": "activation",
    "gelu": "activation",
    "hardswish": "activation",
    "hardsigmoid": "activation",
    "sigmoid": "activation",
    "tanh": "activation",
    "softmax": "activation",
    "add": "join",
    "mul": "join",
    "concat": "join",
    "slice": "reshape",
    "select": "reshape",
    "crop": "reshape",
    "pad": "reshape",
    "flatten": "reshape",
    "tokens": "reshape",
    "channels_last": "reshape",
    "channels_first": "reshape",
    "dropout": "reshape",
    "pixel_shuffle": "reshape",
    "channel_shuffle": "reshape",
    "upsample": "resample",
    "scale": "learned",
    "class_token": "learned",
    "position_embedding": "learned",
    "custom": "custom",
}

ACTIVATIONS = tuple(op for op, family in FAMILIES.items() if family == "activation")
NORMS = ("batch_norm", "layer_norm", "group_norm", "instance_norm")
# Attention holds four linear layers of its own: query, key, value and output projection.
WEIGHTED = {"conv": 1, "depthwise_conv": 1, "conv_transpose": 1, "linear": 1, "attention": 4}


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
    records: dict[str, type] = import_module(f"convcalc.core.ops.{FAMILIES[name]}").RECORDS
    return records[name]


def mixes_channels(op: Op, inputs: tuple[Shape, ...]) -> bool:
    """Whether every output channel of a weighted layer sees every input channel."""
    if op.name == "depthwise_conv":
        return bool(inputs[0].channels == 1)
    return op.name in WEIGHTED and getattr(op, "groups", 1) == 1
