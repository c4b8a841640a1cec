"""A trace on its device as a report."""

from __future__ import annotations

from fractions import Fraction

from convcalc.analysis.roofline import device_of, floor_seconds, roofs, seconds, total, unfused
from convcalc.core.trace import Trace
from convcalc.report.device import DeviceReport
from convcalc.report.plain import decimal


def device_report(trace: Trace) -> tuple[DeviceReport, list[str]]:
    """What a network comes to on its device, and what binds each layer: compute, bandwidth, or nothing."""
    device, found = device_of(trace), roofs(trace)
    execution, floor = trace.execution, floor_seconds(trace)
    compute = seconds(total(trace, found, "compute"), found.scale)
    bounds = [bound_of(one.compute, one.memory) if one is not None else "" for one in found.rows]
    bytewise = sum(
        one.floor * row.times for one, row in zip(found.rows, trace.rows, strict=True) if one is not None and one.memory > one.compute
    )
    peak = device.peak[execution.dtype]
    report = DeviceReport(
        device.name,
        execution.dtype,
        peak,
        device.bandwidth,
        decimal(Fraction(peak, device.bandwidth)) if device.bandwidth else None,
        decimal(floor),
        decimal(seconds(sum(unfused(trace)), found.scale)),
        decimal(compute),
        share(compute, floor),
        share(seconds(bytewise, found.scale), floor),
        total(trace, found, "cycles") if device.counts_cycles else None,
        device.winograd,
        device.scratchpad + (device.cache if execution.cached else 0),
        device.source,
    )
    return report, bounds


def bound_of(compute: int, memory: int) -> str:
    return "bandwidth" if memory > compute else "compute"


def share(part: Fraction, whole: Fraction) -> float | None:
    return float(part / whole) if whole else None
