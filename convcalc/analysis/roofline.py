"""No faster than: the floor of a network on a device, layer by layer, and what it takes op by op.

Each convolution, linear layer and matrix product reads its inputs and weights from memory once and writes its output once, and
takes at least max(2·MACs ÷ peak, bytes ÷ bandwidth); everything else is free; layers run one after another (Williams, Waterman and
Patterson 2009, layer by layer). What it was held against stands in `convcalc help devices`. Op by op (`unfused`) every op
pays its bytes: an estimate of a framework that fuses nothing, no bound.
"""

from __future__ import annotations

from fractions import Fraction
from math import lcm
from typing import Any

from convcalc.analysis.cycles import cycles_of
from convcalc.core.device import Device
from convcalc.core.execution import bytes_of
from convcalc.core.size import always, larger
from convcalc.core.trace import Row, Trace
from convcalc.errors import usage
from convcalc.record import NamedTuple


class Scale(NamedTuple):
    """Seconds in whole numbers, of which `unit` are one second: what a MAC (plain, or of Winograd's) or a cycle takes, and a byte."""

    work: int
    winograd: int
    byte: int
    unit: int


class Roof(NamedTuple):
    """One pass of a layer on a device, the whole batch: MACs, and its times in units of a scale."""

    macs: Any
    compute: Any
    memory: Any
    floor: Any
    cycles: Any = None


class Roofs(NamedTuple):
    """The layers of a network on a device; None stands for what computes no product and is free."""

    rows: list[Roof | None]
    scale: Scale
    whole: Any  # the least time of the network's weights, inputs and outputs, in units


def device_of(trace: Trace) -> Device:
    """The device that a network is asked of.

    Raises:
        ConvcalcError: where there is none, and for a type that it does not have.
    """
    device: Device | None = trace.execution.device
    if device is None:
        raise usage("there is no device", "name one: --device a100-sxm-80gb; convcalc list devices has them")
    if trace.execution.dtype not in device.peak:
        raise usage(f"{device.name} has no {trace.execution.dtype}", f"add --dtype {' or --dtype '.join(device.peak)}")
    return device


def scale_of(trace: Trace, device: Device) -> Scale:
    """What work and bytes take, as whole numbers of one unit."""
    work = Fraction(1, device.clock) if device.counts_cycles else Fraction(2, device.peak[trace.execution.dtype])
    m = device.winograd
    less = work * Fraction((m + 2) ** 2, 9 * m**2) if m else work
    byte = Fraction(1, device.bandwidth) if device.bandwidth else Fraction(0)
    unit = lcm(work.denominator, less.denominator, byte.denominator)
    return Scale(int(work * unit), int(less * unit), int(byte * unit), unit)


def roofs(trace: Trace) -> Roofs:
    """Each layer of a network on its device, and the network as a whole."""
    device = device_of(trace)
    scale = scale_of(trace, device)
    held = device.scratchpad + (device.cache if trace.execution.cached else 0)
    values, weights = trace.execution.dtype, trace.execution.type_of_weights
    rows = [roof(row, trace, device, scale, held) for row in trace.rows]
    ends = sum(trace.value(number).elements for number in (*range(len(trace.inputs)), *trace.outputs)) * trace.batch
    moved = bytes_of(trace.total.params, weights) + bytes_of(ends, values)
    return Roofs(rows, scale, beyond(moved, held) * scale.byte)


def roof(row: Row, trace: Trace, device: Device, scale: Scale, held: int) -> Roof | None:
    """One layer."""
    if is_free(row):
        return None
    macs = row.cost.macs
    read, written = moved_bytes(row, trace)
    cycles = cycles_of(row, device, 1 if row.fixed else trace.batch) if device.counts_cycles else None
    compute = cycles * scale.work if cycles is not None else macs * (scale.winograd if device.winograd and is_winograd(row) else scale.work)
    memory = (beyond(read, held) + beyond(written, held)) * scale.byte
    return Roof(macs, compute, memory, larger(compute, memory), cycles)


def is_free(row: Row) -> bool:
    """Whether a row computes no product."""
    return always(row.cost.macs == 0)


def moved_bytes(row: Row, trace: Trace) -> tuple[Any, Any]:
    """What an op reads, its parameters among it, and what it writes."""
    values, weights = trace.execution.dtype, trace.execution.type_of_weights
    return bytes_of(row.cost.read, values) + bytes_of(row.cost.params, weights), bytes_of(row.cost.written, values)


def beyond(size: Any, held: int) -> Any:
    """What of some bytes does not stay on the chip."""
    return larger(size - held, 0) if held else size


def is_winograd(row: Row) -> bool:
    """Whether a layer is a dense 3×3 convolution of stride 1."""
    op: Any = row.op
    if op.name != "conv" or len(op.kernel) != 2 or not always(op.groups == 1):
        return False
    return all(always(size == 3) for size in op.kernel) and all(always(step == 1) for step in op.stride)


def unfused(trace: Trace) -> list[Any]:
    """The times of all rows op by op, in units: each op reads its inputs and writes its output, on no chip."""
    found = roofs(trace)
    times = []
    for row, one in zip(trace.rows, found.rows, strict=True):
        memory = sum(moved_bytes(row, trace)) * found.scale.byte
        times.append((larger(one.compute, memory) if one is not None else memory) * row.times)
    return times


# As metrics: seconds as exact fractions


def seconds(units: Any, scale: Scale) -> Any:
    """A time in seconds."""
    return Fraction(units, scale.unit) if isinstance(units, int) else units / scale.unit


def total(trace: Trace, found: Roofs, field: str) -> Any:
    """A time of all layers, in units, or their cycles."""
    return sum(getattr(one, field) * row.times for row, one in zip(trace.rows, found.rows, strict=True) if one is not None)


def of_rows(trace: Trace, field: str) -> list[Any]:
    """A time of each row, of all layers that it stands for."""
    found = roofs(trace)
    pairs = zip(trace.rows, found.rows, strict=True)
    return [seconds(getattr(one, field) * row.times if one is not None else 0, found.scale) for row, one in pairs]


def compute_seconds(trace: Trace) -> list[Any]:
    """The time that each row's work takes at the device's peak."""
    return of_rows(trace, "compute")


def memory_seconds(trace: Trace) -> list[Any]:
    """The time that each row's bytes take at the device's bandwidth."""
    return of_rows(trace, "memory")


def floors(trace: Trace) -> list[Any]:
    """The least time of each row."""
    return of_rows(trace, "floor")


def floor_seconds(trace: Trace, _: Any = None) -> Any:
    """The least time of a network: that of its layers, or of its weights, inputs and outputs where that is more."""
    found = roofs(trace)
    layers = total(trace, found, "floor")
    return seconds(larger(layers, found.whole) if device_of(trace).scratchpad else layers, found.scale)


def unfused_seconds(trace: Trace) -> list[Any]:
    """The time of each row op by op."""
    scale = scale_of(trace, device_of(trace))
    return [seconds(units, scale) for units in unfused(trace)]


def product_bytes(trace: Trace) -> list[Any]:
    """The bytes that each product reads and writes, its weights among them; all layers that a row stands for."""
    return [0 if is_free(row) else sum(moved_bytes(row, trace)) * row.times for row in trace.rows]


def intensities(trace: Trace) -> list[Any]:
    """FLOPs a byte of each row; None where it moves none."""
    return [ratio(2 * row.total.macs, size) for row, size in zip(trace.rows, product_bytes(trace), strict=True)]


def intensity(trace: Trace, _: Any = None) -> Any:
    """FLOPs a byte of a network's products."""
    return ratio(2 * trace.total.macs, sum(product_bytes(trace)))


def ratio(flops: Any, size: Any) -> Any:
    if isinstance(size, int) and size == 0:
        return None
    return Fraction(flops, size) if isinstance(flops, int) and isinstance(size, int) else flops / size


def cycles(trace: Trace) -> list[Any]:
    """The cycles of each row on an array or block.

    Raises:
        ConvcalcError: for a device that has neither.
    """
    device = device_of(trace)
    if not device.counts_cycles:
        raise usage(f"{device.name} has no array or block", "name a device that has one, such as --device ethos-u55-128")
    return [one.cycles * row.times if one is not None else 0 for row, one in zip(trace.rows, roofs(trace).rows, strict=True)]
