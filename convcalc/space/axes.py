"""Axes of a design space as people write them, `cout=64:512:64,768`, and the grid that is their product."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from fractions import Fraction
from math import lcm, prod
from typing import Any

import numpy as np

from convcalc.errors import usage
from convcalc.layout.expression import BOOLEANS, WORDS, is_decimal, is_integer
from convcalc.record import NamedTuple
from convcalc.space.program import LARGEST, Array

MOST_VALUES = 10_000_000  # of an axis
FINEST = 10**12  # denominator of a decimal
MOST_POINTS = 10**12  # of a grid that is walked whole
MOST_SAMPLED = 10**7
Value = int | Fraction | bool | str | tuple[int, ...]


class Axis(NamedTuple):
    """A name and its values: numbers, or words, truths and shapes, each of which makes a network of its own."""

    name: str
    values: tuple[Value, ...]

    @property
    def is_number(self) -> bool:
        """Whether all its values are numbers, so that formulas stand for them."""
        return all(isinstance(value, int | Fraction) and not isinstance(value, bool) for value in self.values)

    @property
    def scale(self) -> int:
        """What its decimals have to be multiplied with to be whole: exact, whatever they are."""
        return lcm(*(value.denominator for value in self.values if isinstance(value, int | Fraction)))

    def numerators(self) -> Array:
        """Its values times its scale."""
        scale = self.scale
        return np.array(self.values if scale == 1 else [int(Fraction(value) * scale) for value in self.values], dtype=np.int64)  # type: ignore[arg-type]


def read_axis(text: str) -> Axis:
    """`name=2,4,8`, `name=64:512:64` (the end included), `name=32:512:x2`, `name=relu,silu`, mixed.

    Raises:
        ConvcalcError: for what is none of these, for ranges that are empty or absurd, and for a value that stands twice.
    """
    name, equals, rest = (part.strip() for part in text.partition("="))
    if not equals or not name or not rest:
        raise usage(f"--set {text}: expected NAME=VALUES", "write --set cout=64:512:64, or --set kernel=1,3,5")
    values: list[Value] = []
    for part in rest.split(","):
        values += read_values(name, part.strip())
        if len(values) > MOST_VALUES:
            raise usage(f"--set {name}: more than {MOST_VALUES:,} values", "take larger steps, or a factor: 1:1000000:x2")
    seen: set[str | Value] = set()
    for value in values:
        key = shown(value) if isinstance(value, bool) else value
        if key in seen:
            raise usage(f"--set {name}: {shown(value)} stands twice", "drop one")
        seen.add(key)
    for value in values:
        if isinstance(value, Fraction) and Fraction(repr(float(value))) != value:
            raise usage(f"--set {name}: {shown(value)} has more digits than a report holds", "take fewer digits")
    axis = Axis(name, tuple(values))
    numbers: list[Any] = [value for value in values if isinstance(value, int | Fraction)]
    if axis.is_number and max(map(abs, numbers)) * axis.scale > LARGEST:
        raise usage(f"--set {name}: its decimals have too many digits to be exact together", "take fewer digits")
    return axis


def read_values(name: str, text: str) -> list[Value]:
    """One value, or the values of a range."""
    if ":" in text:
        return list(read_range(name, text))
    if text in BOOLEANS:
        return [text == "true"]
    if "x" in text and all(part.isdecimal() and part.isascii() and len(part) < 20 for part in text.split("x")):
        sizes = tuple(int(part) for part in text.split("x"))
        if min(sizes) < 1 or max(sizes) > LARGEST:
            raise usage(f"--set {name}: `{text[:24]}` is no shape", "sizes are whole numbers from 1 on: 3x224x224")
        return [sizes]
    if text in WORDS:
        return [text]
    return [read_number(name, text)]


def read_number(name: str, text: str) -> int | Fraction:
    if not (is_integer(text) or is_decimal(text)) or len(text) > 18:
        raise usage(
            f"--set {name}: `{text[:24]}` is no number or word", "numbers, true, false, words such as relu, shapes such as 3x224x224"
        )
    number = Fraction(text)
    return number.numerator if number.denominator == 1 else number


def read_range(name: str, text: str) -> Iterator[int | Fraction]:
    """FIRST:LAST:STEP, or FIRST:LAST:xFACTOR; the last is included where a step falls on it."""
    parts = [part.strip() for part in text.split(":")]
    if len(parts) not in (2, 3):
        raise usage(f"--set {name}: `{text}` is no range", "write FIRST:LAST:STEP or FIRST:LAST:xFACTOR")
    first, last = read_number(name, parts[0]), read_number(name, parts[1])
    times = len(parts) == 3 and parts[2].startswith("x")
    step = read_number(name, parts[2].removeprefix("x")) if len(parts) == 3 else 1
    if step <= (1 if times else 0) or first > last or (times and first <= 0):
        hint = "a factor above 1, from above 0" if times else "a step above 0, the last not below the first"
        raise usage(f"--set {name}: `{text}` has no values, or no end", hint)
    if not times and (last - first) / step > MOST_VALUES:
        raise usage(f"--set {name}: `{text}` has more than {MOST_VALUES:,} values", "take larger steps, or a factor: 1:1000000:x2")
    value, count = first, 0
    while value <= last:
        count += 1
        if count > MOST_VALUES or value.denominator > FINEST:
            raise usage(f"--set {name}: `{text}` has too many values, or too fine ones", "take larger steps, or a simpler factor")
        yield value
        value = simplest(value * step if times else value + step)


def simplest(value: int | Fraction) -> int | Fraction:
    return value.numerator if value.denominator == 1 else value


def shown(value: Value) -> str:
    """A value as it is written."""
    if isinstance(value, tuple):
        return "x".join(map(str, value))
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Fraction):
        places = next((n for n in range(1, 30) if (value * 10**n).denominator == 1), 0)
        return f"{float(value):.{places}f}" if places else str(value)
    return str(value)


class Grid(NamedTuple):
    """All combinations of the values of some axes, numbered; the last axis changes fastest."""

    axes: tuple[Axis, ...]

    @property
    def size(self) -> int:
        return prod(len(axis.values) for axis in self.axes)

    def digits(self, numbers: Array) -> list[Array]:
        """For each axis, which of its values the points with these numbers have."""
        found: list[Array] = []
        for axis in reversed(self.axes):
            numbers, digit = np.divmod(numbers, len(axis.values))
            found.append(digit)
        return found[::-1]

    def numbers(self, digits: Sequence[Array]) -> Array:
        """The numbers of the points that have these digits."""
        found = np.zeros(len(digits[0]), dtype=np.int64)
        for axis, digit in zip(self.axes, digits, strict=True):
            found = found * len(axis.values) + digit
        return found

    def chunks(self, size: int, shard: tuple[int, int] = (1, 1)) -> Iterator[Array]:
        """The numbers of all points, or of the shard I of N, so many at a time."""
        part = self.part(*shard)
        for first in part[::size]:
            yield np.arange(first, min(first + size, part.stop), dtype=np.int64)

    def part(self, number: int, count: int) -> range:
        """The numbers of the points of one of so many parts."""
        return range(self.size * (number - 1) // count, self.size * number // count)

    def sample(self, count: int, seed: int, size: int) -> Iterator[Array]:
        """The numbers of so many different points, the same for the same seed, in order."""
        if count >= self.size:
            yield from self.chunks(size)
            return
        numbers = sorted(random.Random(seed).sample(range(self.size), count))
        for first in range(0, count, size):
            yield np.array(numbers[first : first + size], dtype=np.int64)


def check_size(grid: Grid, count: int | None) -> None:
    """Refuse a grid that nobody would see the end of.

    Raises:
        ConvcalcError: with how many points there are, and what to do.
    """
    if grid.size > 2**62:
        raise usage(f"the grid has {grid.size:,} points, more than can be numbered", "take fewer values")
    if count is not None and min(count, grid.size) > MOST_SAMPLED:
        raise usage(f"--sample {count:,}: more than {MOST_SAMPLED:,} points", "take fewer, or parts of the grid: --shard 1/8")
    if count is None and grid.size > MOST_POINTS:
        raise usage(f"the grid has {grid.size:,} points", "take a random sample of them: --sample 1000000 --seed 1")


def plain(value: Value) -> Any:
    """A value as JSON writes it: decimals as the nearest number that JSON has."""
    if isinstance(value, tuple):
        return list(value)
    return float(value) if isinstance(value, Fraction) else value
