"""Records as plain dicts, as JSON and CSV have them."""

from __future__ import annotations

from collections.abc import Mapping
from types import NoneType
from typing import Any

from convcalc.analysis.metrics import METRICS
from convcalc.errors import ConvcalcError, Diagnostic


def written(value: Any, unit: str) -> Any:
    """A value as JSON has it; `unit` is that of `counted`."""
    if isinstance(value, str | int | float | NoneType):
        return value
    if isinstance(value, list | tuple) and not hasattr(value, "_fields"):
        return [written(item, unit) for item in value]
    if isinstance(value, dict):
        return {key: written(item, unit) for key, item in value.items()}
    return record_dict(value, unit)


def record_dict(record: Any, unit: str, always: tuple[str, ...] = ()) -> dict[str, Any]:
    """A record as JSON has it: fields that have their default are left out, but for those that are `always` there."""
    kind = type(record)
    spread, metrics, plain = getattr(kind, "SPREAD", ()), getattr(kind, "METRICS", ()), getattr(kind, "PLAIN", ())
    defaults = kind._field_defaults
    found: dict[str, Any] = {}
    for name, value in zip(kind._fields, record, strict=True):
        if name in defaults and name not in always and value == defaults[name]:
            continue
        shown = metrics_dict(value, unit) if name in metrics else value if name in plain else written(value, unit)
        if name in spread:
            found.update(shown)
        else:
            found[name] = shown
    return found


def metrics_dict(values: dict[str, Any], unit: str) -> dict[str, Any]:
    """Metrics with the unit of what a convention counted."""
    return {key: {"value": value, "unit": unit} if METRICS[key].unit == "operations" else value for key, value in values.items()}


def without(row: Mapping[str, Any], *keys: str) -> dict[str, Any]:
    """A row that lacks some keys: what CSV has no form for."""
    return {key: value for key, value in row.items() if key not in keys}


def decimal(value: Any) -> float:
    """The nearest number that JSON has.

    Raises:
        ConvcalcError: for one beyond them all.
    """
    try:
        return float(value)
    except OverflowError:
        raise ConvcalcError(
            Diagnostic("size-limit", "a time or ratio beyond 10^308 cannot be reported", None, "make the network smaller")
        ) from None
