"""A run of a PyTorch module as plain data: calls of aten ops on named tensors."""

from __future__ import annotations

from typing import Any

from convcalc.interop.assembly import Dims
from convcalc.record import NamedTuple


class Ref(NamedTuple):
    """A tensor among the arguments of a call, by its name."""

    name: str


class Out(NamedTuple):
    """A tensor that a call gives. None of its sizes is open."""

    name: str
    dims: Dims
    floating: bool


class Call(NamedTuple):
    """One aten op with its arguments by name, what it gives, and the module that calls it."""

    op: str
    args: dict[str, Any]
    outs: tuple[Out | None, ...]
    module: str

    def ref(self, key: str) -> str:
        """The name of a tensor argument; empty where there is none."""
        value = self.args.get(key)
        return value.name if isinstance(value, Ref) else ""


class Program(NamedTuple):
    """Calls in order. `parameters` and `buffers` are the module's own, each once; `same` are other names for them."""

    name: str
    inputs: tuple[Out, ...]
    calls: tuple[Call, ...]
    outputs: tuple[str, ...]
    parameters: dict[str, Dims]
    buffers: dict[str, Dims]
    recorded: bool = False  # in one run, since the module could not be exported
