"""What a layout says that it costs, against what it does."""

from __future__ import annotations

from typing import Any, NamedTuple


class Difference(NamedTuple):
    """An expectation that does not hold."""

    metric: str
    expected: int
    found: int


def differences(expected: dict[str, int], totals: dict[str, Any]) -> list[Difference]:
    """The expectations that totals do not meet, in the order in which they were written."""
    return [Difference(metric, value, totals[metric]) for metric, value in expected.items() if totals[metric] != value]
