"""A network on a device, as reports have it."""

from __future__ import annotations

from convcalc.record import NamedTuple
from convcalc.report.codec import Amount, Count, Rate


class DeviceReport(NamedTuple):
    """What a network comes to on a device: its floor, its time op by op, and what binds it.

    `ridge` are the FLOPs a byte from which on the peak binds, `peak_at_most` the share of the peak that can be reached, and
    `bandwidth_share` that of the floor in which bytes bind. All but seconds and cycles are ratios.
    """

    name: str
    dtype: str
    peak: Amount
    bandwidth: Amount | None
    ridge: Rate
    floor_seconds: Amount
    unfused_seconds: Amount
    compute_seconds: Amount
    peak_at_most: Rate
    bandwidth_share: Rate
    cycles: Count | None = None
    winograd: Count = 0
    held: Count = 0  # bytes that stay on the chip between layers
    source: str = ""
