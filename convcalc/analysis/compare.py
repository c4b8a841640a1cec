"""Ratios of one design's costs to another's."""

from __future__ import annotations

from typing import Any

from convcalc.analysis.totals import ADDITIVE


def ratio(value: Any, baseline: Any) -> float | int | None:
    """value ÷ baseline, correctly rounded at any size; None for a zero baseline, never infinity."""
    if baseline == 0:
        return None
    try:
        return float(value / baseline)
    except OverflowError:
        return int(value // baseline)


def ratios(values: dict[str, Any], baseline: dict[str, Any]) -> dict[str, float | int | None]:
    """`ratio` of every additive metric."""
    return {key: ratio(values[key], baseline[key]) for key in ADDITIVE}


def reductions(values: dict[str, Any], baseline: dict[str, Any]) -> dict[str, float | int | None]:
    """baseline ÷ value: 8.47 reads "8.47× fewer"."""
    return ratios(baseline, values)
