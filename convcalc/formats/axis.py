"""Axes of plots, in terminals, pages and pictures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

WIDE = 10


def is_logarithmic(values: Sequence[Any]) -> bool:
    """Whether the axis of some values is logarithmic: all are above zero, and the largest is ten times the smallest."""
    return bool(min(values) > 0 and max(values) >= WIDE * min(values))
