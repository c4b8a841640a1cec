"""`convcalc list`: what there is, with parameters and a line each."""

from __future__ import annotations

from typing import Any

from convcalc.analysis.metric import Metric
from convcalc.analysis.metrics import METRICS
from convcalc.core.device import Device
from convcalc.formats.parts import Column, Grid, Parts
from convcalc.layout.expression import FUNCTIONS
from convcalc.layout.library import Library
from convcalc.layout.shipped import shipped_names
from convcalc.layout.vocabulary import OPS
from convcalc.report.contract import Report
from convcalc.report.numbers import in_units
from convcalc.report.results import ItemReport
from convcalc.rules.conventions import shipped_conventions
from convcalc.rules.devices import shipped_devices

DIGITS = 15  # behind the point, so that nothing is rounded
KINDS = ("blocks", "networks", "ops", "functions", "conventions", "metrics", "devices")


def listing(what: str) -> Report:
    """Blocks, networks, ops, functions of expressions, conventions, metrics or devices.

    Returns:
        A report with `items`: name, parameters with defaults as the language writes them, and a one-line meaning.
    """
    if what == "ops":
        items = [ItemReport(name, {key: a.default_text for key, a in spec.attributes.items()}, spec.summary) for name, spec in OPS.items()]
    elif what == "conventions":
        items = [ItemReport(c.name, {"version": c.version or "none", "unit": c.unit}, c.counts) for c in shipped_conventions()]
    elif what == "functions":
        items = [ItemReport(name, {}, meaning) for name, meaning in FUNCTIONS.items()]
    elif what == "devices":
        items = [ItemReport(device.name, device_properties(device), device.summary) for device in shipped_devices()]
    elif what == "metrics":
        items = [ItemReport(key, metric_properties(metric), metric.meaning) for key, metric in METRICS.items()]
    else:
        library = Library()
        layouts = [(name, library.design(name)) for name in shipped_names((what,))]
        items = [
            ItemReport(name, {p.name: p.default.text if p.default else "required" for p in layout.params.values()}, layout.summary or "")
            for name, layout in layouts
        ]
    return Report("list", items=tuple(items))


def device_properties(device: Device) -> dict[str, str]:
    """Operations and bytes a second, and memory on the chip."""
    peaks = {dtype: short(in_units(peak, digits=DIGITS)) for dtype, peak in device.peak.items()}
    moved = {"bandwidth": short(in_units(device.bandwidth, digits=DIGITS))} if device.bandwidth else {}
    held = {"scratchpad": short(in_units(device.scratchpad, binary=True, digits=DIGITS))} if device.scratchpad else {}
    return peaks | moved | held


def short(text: str) -> str:
    """`312T` of `312.00 T`."""
    figure, _, prefix = text.partition(" ")
    return f"{figure.rstrip('0').rstrip('.') if '.' in figure else figure}{prefix}"


def metric_properties(metric: Metric) -> dict[str, str]:
    """What there is to know of a metric."""
    return {"unit": metric.unit, "adds_up": "yes" if metric.adds_up else "no", "better": "less" if metric.less_is_better else "either"}


def parts(report: Report, width: int | None) -> Parts:
    """A line an item; what does not fit is wrapped."""
    items = report.items
    return [
        [
            Grid(
                [
                    Column("Name", [item.name for item in items], right=False, whole=True),
                    Column("Meaning", [item.meaning for item in items], right=False),
                    Column("Parameters", [parameters(item.parameters) for item in items], right=False),
                ]
            )
        ]
    ]


def parameters(found: dict[str, str]) -> str:
    return ", ".join(name if default == "required" else f"{name}={default}" for name, default in found.items())


def rows(report: Report) -> list[dict[str, Any]]:
    """A row an item, its parameters as `name=default`."""
    return [
        {"name": item.name, "parameters": " ".join(f"{key}={value}" for key, value in item.parameters.items()), "meaning": item.meaning}
        for item in report.items
    ]
