"""A plane of dots: axes with their ticks, straight or logarithmic, for pictures of layers and of designs."""

from __future__ import annotations

import math
from collections.abc import Sequence

from convcalc.formats.axis import is_logarithmic
from convcalc.formats.page.colors import stroke
from convcalc.formats.page.markup import percent, words
from convcalc.record import NamedTuple
from convcalc.report.numbers import PREFIXES, seconds_text

HEIGHT = 300  # pixels, axes included
TOP, FOOT = 24, 40  # pixels above and below the plane
LEFT, RIGHT = 0.02, 0.02  # shares of the width beside it
MOST_TICKS = 5
LARGEST = 1e300  # of an axis: floats end not far beyond it


class Scale(NamedTuple):
    """An axis from its smallest to its largest value."""

    name: str
    low: float
    high: float
    is_log: bool
    unit: str = "count"

    def at(self, value: float) -> float:
        """Where a value is, as a share of the axis."""
        low, high, place = (math.log(one) if self.is_log else one for one in (self.low, self.high, length(value)))
        return (place - low) / (high - low) if high > low else 0.5

    @property
    def ticks(self) -> list[float]:
        """A few round values."""
        if self.is_log:
            first, last = math.ceil(math.log10(self.low) - 1e-9), math.floor(math.log10(self.high) + 1e-9)
            powers = [10.0**power for power in range(first, last + 1, max(1, -(-(last - first + 1) // MOST_TICKS)))]
            return powers if len(powers) > 1 else [self.low, self.high]
        if self.high == self.low:
            return [self.low]
        step = 10.0 ** math.floor(math.log10((self.high - self.low) / MOST_TICKS))
        step *= next(times for times in (1, 2, 5, 10) if (self.high - self.low) / (step * times) <= MOST_TICKS)
        return [step * place for place in range(math.ceil(self.low / step), math.floor(self.high / step) + 1)]

    def text(self, value: float) -> str:
        """`10M`, `2.5`, `1.000 ms`."""
        if self.unit == "seconds":
            return seconds_text(value)
        power = min(max(int(math.log10(abs(value)) // 3), 0), len(PREFIXES) - 1) if value else 0
        return f"{value / 1000**power:.4g}{PREFIXES[power]}"


def scale_of(name: str, values: Sequence[float], unit: str = "count", is_log: bool | None = None) -> Scale:
    """The axis of some values."""
    ends = length(min(values)), length(max(values))
    return Scale(name, *ends, is_logarithmic(ends) if is_log is None else is_log, unit)


def length(value: float) -> float:
    """A number as a length, as large as lengths can be."""
    return float(min(value, LARGEST))


def across(scale: Scale, value: float) -> float:
    """Where a value is from left to right, as a share of the picture."""
    return LEFT + (1 - LEFT - RIGHT) * scale.at(value)


def down(scale: Scale, value: float, height: int = HEIGHT) -> float:
    """Where a value is from top to bottom, in pixels."""
    return TOP + (height - TOP - FOOT) * (1 - scale.at(value))


def frame(x: Scale, y: Scale, height: int = HEIGHT) -> str:
    """Lines and numbers of both axes, and their names."""
    bottom = height - FOOT
    found = [f"<g {stroke('line')}>"]
    found += [f'<line x1="0" x2="100%" y1="{down(y, tick, height):.1f}" y2="{down(y, tick, height):.1f}"/>' for tick in y.ticks]
    found += [f'<line x1="{percent(across(x, tick))}" x2="{percent(across(x, tick))}" y1="{TOP}" y2="{bottom}"/>' for tick in x.ticks]
    found += [f'<line x1="0" x2="100%" y1="{bottom}" y2="{bottom}"/></g>']
    for tick in y.ticks:
        at = down(y, tick, height)
        found.append(words("2", at - 3 if at > 2 * TOP else at + 13, y.text(tick), "quiet"))  # free of the name of the axis
    for place, tick in enumerate(x.ticks):
        anchor = "end" if x.at(tick) > 0.95 else "start" if x.at(tick) < 0.05 else "middle"
        room = "" if place % 2 == 0 else "wide"
        found.append(words(percent(across(x, tick)), bottom + 16, x.text(tick), "quiet", f'text-anchor="{anchor}"', room))
    found += [words("2", 12, f"↑ {y.name}", "quiet"), words("100%", height - 6, f"{x.name} →", "quiet", 'text-anchor="end"')]
    return "".join(found)
