"""Measurements held against limits: a benchmark exits with 1 when one is beyond its limit, however often it is measured."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

TRIES = 3  # a busy machine is given two more chances
YARDSTICK = 0.37  # CPU seconds that the work of `pace` takes on the machine that limits in seconds are of
BROKEN: list[str] = []


def pace() -> float:
    """How many times as long plain Python takes here as on the machine that limits in seconds are of."""
    taken = []
    for _ in range(3):
        started, counts = time.process_time(), {}
        for number in range(1_500_000):
            key = f"{number % 997}:{number & 7}"
            counts[key] = counts.get(key, 0) + number * number
        taken.append(time.process_time() - started)
    return min(taken) / YARDSTICK


def at_most(name: str, limit: float, measure: Callable[[], float], unit: str = "×") -> None:
    """Print a measurement, the best of a few where the first are beyond the limit."""
    held(name, f"at most {limit:,}", measure, lambda value: value <= limit, min, unit)


def at_least(name: str, limit: float, measure: Callable[[], float], unit: str = "") -> None:
    """The same for what must not be less."""
    held(name, f"at least {limit:,}", measure, lambda value: value >= limit, max, unit)


def held(
    name: str, wanted: str, measure: Callable[[], float], fits: Callable[[float], bool], best: Callable[..., float], unit: str
) -> None:
    value = measure()
    for _ in range(TRIES - 1):
        if fits(value):
            break
        value = best(value, measure())
    print(f"{name:44} {value:12,.2f} {unit} (wanted: {wanted}){'' if fits(value) else '  BEYOND ITS LIMIT'}", flush=True)
    if not fits(value):
        BROKEN.append(name)


def finish() -> None:
    """Exit with 1 where a limit was broken."""
    if BROKEN:
        print(f"beyond their limits: {', '.join(BROKEN)}")
        sys.exit(1)
