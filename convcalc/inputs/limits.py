"""Limits on metrics as people write them: `macs=300M`, `layer.macs=8 GFLOPs`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from convcalc.analysis.metrics import LAYER, METRICS, additive, is_metric, word_of
from convcalc.core.quantity import Quantity, parse_quantity
from convcalc.errors import usage
from convcalc.record import NamedTuple
from convcalc.spelling import nearest

Limits = str | Sequence[str] | Mapping[str, int | str]


class Limit(NamedTuple):
    """What a metric may be at most, or must be at least; `note` says how a unit was converted."""

    metric: str  # layer.macs for that of each layer
    value: int | float
    text: str
    note: str = ""


def limit_texts(limits: Limits) -> list[str]:
    """`macs=300M`, as options have them, from those or from limits by metric."""
    if isinstance(limits, Mapping):
        return [f"{metric}={limit}" for metric, limit in limits.items()]
    return [limits] if isinstance(limits, str) else list(limits)


def read_limit(option: str, text: str, of_layers: bool = False) -> Limit:
    """`macs=4.2G`; `layer.macs=300M` too where limits are on each layer as well.

    Raises:
        ConvcalcError: for an unknown metric, no quantity, and a unit that does not fit the metric.
    """
    metric, equals, limit = (part.strip() for part in text.partition("="))
    if not equals:
        raise usage(f"{option} {text}: expected METRIC=LIMIT", f"write {option} macs=4.2G")
    if not is_metric(metric) or (metric.startswith(LAYER) and not of_layers):
        hint = metric_hint(metric) if of_layers else nearest(metric, list(METRICS))
        raise usage(f"{option} {text}: there is no metric `{metric}`", hint)
    value, note = limit_of(metric, limit, f"{option} {metric} =")
    return Limit(metric, value, limit, note)


def metric_hint(text: str, keys: tuple[str, ...] = ()) -> str:
    """The nearest metric; limits are of a whole network or of each of its layers."""
    near = nearest(text, [*METRICS, *(f"{LAYER}{name}" for name in additive()), *keys])
    return near if near.startswith("did") else "macs, params, … are of the network, layer.macs of each layer; all are in the JSON report"


def limit_of(metric: str, text: str, what: str = "") -> tuple[int | float, str]:
    """A limit in the metric's own unit, and a note where it was written in another.

    Raises:
        ConvcalcError: for what is no quantity, and for a unit that does not fit the metric.
    """
    name = metric.removeprefix(LAYER)
    quantity = parse_quantity(text, what or metric, METRICS[name].unit)
    if quantity.unit is None:
        return whole_limit(name, quantity, what or metric, text), ""
    if not METRICS[name].written:
        raise usage(f"{metric} {text}: {name} is not counted in {quantity.unit}s", "write the number alone: 26M")
    return converted(name, quantity, text)


def whole_limit(name: str, quantity: Quantity, what: str, text: str) -> int | float:
    """A limit of a metric that is a whole number, or any."""
    if isinstance(quantity.value, Fraction) and METRICS[name].exact:
        raise usage(f"{what} {text}: not a whole number", f"{word_of(name)} are counted whole")
    return quantity.value if isinstance(quantity.value, int) else float(quantity.value)


def converted(name: str, quantity: Quantity, text: str) -> tuple[int, str]:
    """MACs for `macs`, FLOPs for `flops`; two FLOPs are a MAC."""
    rate = "FLOPS are a rate, read as FLOPs" if text.rstrip().endswith("FLOPS") else ""
    wanted, amount = METRICS[name].written, int(quantity.value)
    if quantity.unit == wanted:
        return amount, rate
    value = amount // 2 if wanted == "MAC" else 2 * amount
    return value, "; ".join(filter(None, (f"{text} are {value:,} {wanted}s, two FLOPs a MAC", rate)))


def read_bytes(option: str, text: int | str) -> int:
    """So many bytes: `256KiB`, `24GiB`, or a plain number.

    Raises:
        ConvcalcError: for what is no quantity of bytes.
    """
    return int(parse_quantity(str(text), option, "bytes").value)
