"""How a network is run and trained, and what stands for its layers: what figures depend on beside the layout."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from convcalc.record import NamedTuple

if TYPE_CHECKING:
    from convcalc.core.device import Device

BITS = {"fp64": 64, "fp32": 32, "tf32": 32, "fp16": 16, "bf16": 16, "fp8": 8, "int8": 8, "int4": 4}
# What is written onto the input that dies there; each also does what those before it do.
IN_PLACE = {
    "none": "nothing: every layer but a view has a buffer of its own",
    "activations": "activation functions",
    "fused": "batch norms and functions of each element too, as an engine fuses them into the layer before",
    "fused-add": "adds of equal sizes too, onto one of their inputs",
    "depthwise": "depthwise convolutions too, a channel at a time",
}
AMP = ("bf16", "fp16")
ANOTHER_NETWORK = ("replaced", "where_possible")  # these make another network; all else says how one is run


class Execution(NamedTuple):
    """Types of values and weights, what is written in place, and how the network is trained.

    `frozen` are paths of layers and groups that are not trained, `checkpoints` those whose values are computed again for
    the backward pass; `*` stands for anything.
    """

    dtype: str = "fp32"
    weights_dtype: str = ""  # that of the values unless given
    in_place: str = "fused"
    hold_input: bool = False  # whether the caller keeps the input
    optimizer: str = "sgd"
    amp: str = ""  # the type of PyTorch's autocast
    frozen: tuple[str, ...] = ()
    checkpoints: tuple[str, ...] = ()
    device: Device | None = None
    cached: bool = False  # whether a device's cache holds values between layers
    replaced: tuple[str, ...] = ()  # which layers stand for others, `conv[kernel > 1]=bottleneck`
    where_possible: bool = False  # whether those stay that cannot be replaced

    @property
    def type_of_weights(self) -> str:
        return self.weights_dtype or self.dtype

    @property
    def as_written(self) -> Execution:
        """The same for a network in which nothing is replaced."""
        return self._replace(**{name: getattr(USUAL, name) for name in ANOTHER_NETWORK})

    def allows(self, kind: str) -> bool:
        """Whether a kind of writing in place is among what is done."""
        order = list(IN_PLACE)
        return order.index(kind) <= order.index(self.in_place)


def bytes_of(elements: Any, dtype: str) -> Any:
    """The bytes of so many elements; a part of a byte counts whole."""
    bits = BITS[dtype]
    return elements * (bits // 8) if bits % 8 == 0 else (elements * bits + 7) // 8


def execution_dict(execution: Execution) -> dict[str, Any]:
    """What of it is not as it is unless given, as reports have it."""
    if execution == USUAL:
        return {}
    named = execution._replace(device=execution.device and execution.device.name)  # type: ignore[arg-type]
    pairs = zip(Execution._fields, named, USUAL, strict=True)
    return {name: list(value) if isinstance(value, tuple) else value for name, value, usual in pairs if value != usual}


USUAL = Execution()
