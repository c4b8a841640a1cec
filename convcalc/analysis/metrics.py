"""Metrics: the same for a row and for a network."""

from __future__ import annotations

from typing import Any

from convcalc.core.cost import Cost
from convcalc.core.ops import ACTIVATIONS, WEIGHTED, mixes_channels
from convcalc.core.trace import Row, Trace

# Every additive metric, in the order of the reports.
ADDITIVE = (
    *("params", "buffers", "macs", "flops", "activations", "nonlinearities", "weighted_layers", "channel_mixing_layers"),
    *("adds", "multiplies", "comparisons", "divisions", "transcendentals", "elements_read", "elements_written", "counted"),
)


def metrics(row: Row) -> dict[str, Any]:
    """The additive metrics of all layers that a row stands for.

    FLOPs are two for each MAC. Work that is no MAC is counted by kind, in metrics of its own.
    """
    cost, name, times = row.total, row.op.name, row.times
    layers = WEIGHTED.get(name, 0) * times
    mixing = layers if mixes_channels(row.op, row.inputs) else 0
    return named(cost, times if name in ACTIVATIONS else 0, layers, mixing)


def named(cost: Cost, nonlinearities: Any, weighted_layers: Any, mixing_layers: Any) -> dict[str, Any]:
    """A cost and counts of layers under the names of the reports."""
    return {
        "params": cost.params,
        "buffers": cost.buffers,
        "macs": cost.macs,
        "flops": 2 * cost.macs,
        "activations": cost.activations,
        "nonlinearities": nonlinearities,
        "weighted_layers": weighted_layers,
        "channel_mixing_layers": mixing_layers,
        "adds": cost.adds,
        "multiplies": cost.multiplies,
        "comparisons": cost.comparisons,
        "divisions": cost.divisions,
        "transcendentals": cost.transcendentals,
        "elements_read": cost.read,
        "elements_written": cost.written,
        "counted": cost.macs,  # by the default convention; others have rules of their own
    }


def totals(trace: Trace) -> dict[str, Any]:
    """The additive metrics of a network for the whole batch (parameters and buffers once)."""
    return summed([metrics(row) for row in trace.rows])


def summed(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Column by column; nothing costs nothing."""
    return {key: sum(row[key] for row in rows) for key in ADDITIVE}


FIELD = "receptive_field"


METRICS = (*ADDITIVE, FIELD)


LAYER = "layer."  # of one layer, the dearest


OWN_UNITS = {"macs": "MAC", "flops": "FLOP"}  # of those that have one; two FLOPs are a MAC


def is_metric(text: str) -> bool:
    """Whether a budget may name it: every metric of a report, and those that add up of each layer."""
    return text in METRICS or (text.startswith(LAYER) and text.removeprefix(LAYER) in ADDITIVE)
