"""Cycles of layers on systolic arrays and on blocks of MACs.

Arrays by the closed forms of SCALE-Sim 3.0.0 (Samajdar et al. 2020, systolic_compute_os, _ws and _is), without stalls of
memory; blocks by Ethos-U's (Vela 5.2.0), a floor of its cycles.
"""

from __future__ import annotations

from typing import Any

from convcalc.core.device import Array, Device
from convcalc.core.ops import products_of
from convcalc.core.size import ceil_div, product
from convcalc.core.trace import Row
from convcalc.errors import ConvcalcError, Diagnostic, Refusal


def cycles_of(row: Row, device: Device, batch: Any) -> Any:
    """The cycles of one pass of a layer.

    Raises:
        ConvcalcError: for a layer that is no matrix product.
    """
    if device.array is None and is_map_convolution(row):
        return block_cycles(row, device.block) * batch
    try:
        products = products_of(row.op, row.inputs)
    except Refusal as refusal:
        raise ConvcalcError(
            Diagnostic(refusal.code, f"{row.path}: {refusal.message}", row.span, "name a device without an array")
        ) from None
    found: Any = 0
    for times, rows, inner, columns, weighted in products:
        if weighted:  # samples are more rows
            rows = rows * batch
        else:
            times = times * batch
        one = array_cycles(device.array, rows, inner, columns) if device.array is not None else tiles(device.block, 1, rows, columns, inner)
        found = found + times * one
    return found


def array_cycles(array: Array, m: Any, k: Any, n: Any) -> Any:
    """M×K by K×N on an array of R rows and C cols."""
    r, c = array.rows, array.cols
    if array.dataflow == "os":
        return ceil_div(m, r) * ceil_div(n, c) * (k + r + c - 2)
    if array.dataflow == "ws":
        return ceil_div(k, r) * ceil_div(n, c) * (m + 2 * r + c - 2)
    return ceil_div(k, r) * ceil_div(m, c) * (n + 2 * r + c - 2)


def is_map_convolution(row: Row) -> bool:
    """Whether a layer is a convolution of a map with two axes."""
    return row.op.name in ("conv", "depthwise_conv") and len(row.op.kernel) == 2  # type: ignore[attr-defined]


def block_cycles(row: Row, block: tuple[int, ...]) -> Any:
    """⌈H/bh⌉·⌈W/bw⌉·⌈Cout/bc⌉·K·⌈Cin/bi⌉, a depthwise convolution without the last."""
    op: Any = row.op
    height, width = row.output.spatial  # type: ignore[union-attr]
    taps = product(op.kernel)
    inner = block[3] if op.name == "depthwise_conv" else row.inputs[0].channels // op.groups
    return tiles(block, height, width, row.output.channels, inner) * taps


def tiles(block: tuple[int, ...], height: Any, width: Any, columns: Any, inner: Any) -> Any:
    """How many blocks cover an output and the channels that it is made of."""
    return product(ceil_div(size, part) for size, part in zip((height, width, columns, inner), block, strict=True))
