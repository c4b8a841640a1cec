"""A network: layers in an order in which inputs come first, so acyclic by construction. Nesting is kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from convcalc.core.ops import Op
from convcalc.core.shape import Shape
from convcalc.errors import Span
from convcalc.record import NamedTuple


class Layer(NamedTuple):
    """One op applied to earlier values.

    Values are numbered: the network's inputs first, then one a layer, in order; `sources` are such numbers.
    """

    name: str
    op: Op
    sources: tuple[int, ...]
    inputs: tuple[Shape, ...]
    output: Shape
    span: Span | None = None
    calls: str | None = None  # how the original calls it: module, function or method
    weights: int | None = None  # the value of an earlier layer whose parameters it uses
    needs: tuple[int, ...] = ()  # values that its weights are worked out from


class Group(NamedTuple):
    """Layers that belong together: a call, a named path, a pass of a repeat. `times` passes count, one is held.

    Passes have parameters of their own unless they are `shared`.
    """

    name: str
    kind: str
    children: list[Layer | Group]
    times: Any = 1
    span: Span | None = None
    entry: int = 0  # the value that a pass begins with
    shared: bool = False
    replaces: str = ""  # what asked for it in the place of what the layout says


class Network(NamedTuple):
    """A design with every shape known."""

    name: str
    inputs: tuple[Shape, ...]
    children: list[Layer | Group]
    outputs: tuple[int, ...]
    span: Span | None = None


def is_fixed(sources: Sequence[int], fixed: set[int]) -> bool:
    """Whether no input reaches what reads some values; `fixed` are those that none reaches."""
    return not sources or (bool(fixed) and fixed.issuperset(sources))
