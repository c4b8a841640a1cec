"""Limits on metrics as people write them."""

from __future__ import annotations

from convcalc.analysis.metrics import ADDITIVE, LAYER, METRICS, OWN_UNITS
from convcalc.core.quantity import Quantity, parse_quantity
from convcalc.errors import nearest, usage


def metric_hint(text: str, keys: tuple[str, ...] = ()) -> str:
    """The nearest metric; limits are of a whole network or of each of its layers."""
    near = nearest(text, [*METRICS, *(f"{LAYER}{name}" for name in ADDITIVE), *keys])
    return near if near.startswith("did") else "macs, params, … are of the network, layer.macs of each layer; all are in the JSON report"


def limit_of(metric: str, text: str, what: str = "") -> tuple[int, str]:
    """A limit in the metric's own unit, and a note where it was written in another.

    Raises:
        ConvcalcError: for what is no quantity, and for a unit that does not fit the metric.
    """
    quantity = parse_quantity(text, what or metric)
    name = metric.removeprefix(LAYER)
    if quantity.unit is None:
        return quantity.value, ""
    if name not in OWN_UNITS:
        raise usage(f"{metric} {text}: {name} is not counted in {quantity.unit}s", "write the number alone: 26M")
    return converted(name, quantity, text)


def converted(name: str, quantity: Quantity, text: str) -> tuple[int, str]:
    """MACs for `macs`, FLOPs for `flops`; two FLOPs are a MAC."""
    rate = "FLOPS are a rate, read as FLOPs" if text.rstrip().endswith("FLOPS") else ""
    wanted = OWN_UNITS[name]
    if quantity.unit == wanted:
        return quantity.value, rate
    value = quantity.value // 2 if wanted == "MAC" else 2 * quantity.value
    return value, "; ".join(filter(None, (f"{text} are {value:,} {wanted}s, two FLOPs a MAC", rate)))
