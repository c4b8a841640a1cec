"""Devices: how fast one computes and moves bytes, as its maker says."""

from __future__ import annotations

from typing import Any

from convcalc.record import NamedTuple

DATAFLOWS = ("os", "ws", "is")  # outputs, weights or inputs stay where they are


class Array(NamedTuple):
    """A systolic array of rows × cols, one MAC each a cycle."""

    rows: Any
    cols: Any
    dataflow: str = "ws"


class Device(NamedTuple):
    """Operations a second by data type (a MAC is two), bytes a second to and from memory, and bytes on the chip.

    A `scratchpad` is counted as it may hold values and weights between layers, a `cache` is where that is asked for.
    With `winograd` m dense 3×3 convolutions of stride 1 take (m+2)² ÷ 9m² of their MACs (Lavin and Gray 2016). An `array`
    or a `block` (output height, width and channels, input channels of a cycle) makes it count cycles of a `clock`.
    """

    name: str
    summary: str
    peak: dict[str, int]
    bandwidth: int | None = None
    cache: int = 0
    scratchpad: int = 0
    winograd: int = 0
    array: Array | None = None
    block: tuple[int, ...] = ()
    clock: int = 0
    source: str = ""
    path: str = ""

    @property
    def counts_cycles(self) -> bool:
        """Whether work takes cycles of an array or block, and not operations of a peak."""
        return self.array is not None or bool(self.block)
