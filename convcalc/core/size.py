"""Sizes: an exact `int`, or an integer array standing for many values at once.

Formulas use only `+ - * // %`, comparisons and the helpers below, so that one source line serves both.
Nothing here imports numpy: an array answers `.all()`, and that is all that is asked of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import gcd, isqrt
from typing import Any

from convcalc.errors import Refusal

LARGEST_SIZE = 2**63 - 1  # of one size; totals have no limit


def always(condition: Any) -> bool:
    """Whether a condition holds, at every point where it is an array of conditions."""
    return condition if isinstance(condition, bool) else bool(condition.all())


def larger(a: Any, b: Any) -> Any:
    """The maximum, point by point; a formula of a design space says itself how that is written."""
    if isinstance(a, int) and isinstance(b, int):
        return max(a, b)
    for one, other in ((a, b), (b, a)):
        if hasattr(one, "larger"):
            return one.larger(other)
    return a + (b - a) * (b > a)


def smaller(a: Any, b: Any) -> Any:
    """The minimum, point by point."""
    return a + (b - a) * (b < a)


def largest(values: Iterable[Any]) -> Any:
    """The maximum of some values, each of them once; at least one there must be."""
    found, *others = {id(value): value for value in values}.values()
    for other in others:
        found = larger(found, other)
    return found


def ceil_div(a: Any, b: Any) -> Any:
    """⌈a / b⌉ in integers."""
    return (a + b - 1) // b


def product(sizes: Iterable[Any]) -> Any:
    """The product of sizes; 1 for none."""
    result: Any = 1
    for size in sizes:
        result = result * size
    return result


def common_divisor(a: Any, b: Any) -> Any:
    """The greatest common divisor, point by point (Euclid's algorithm where a size is an array)."""
    if isinstance(a, int) and isinstance(b, int):
        return gcd(a, b)
    a, b = a + b * 0, b + a * 0
    while not always(b == 0):
        open_ = b != 0
        a, b = a * (b == 0) + b * open_, (a % (b + (b == 0))) * open_
    return a


def divisors(number: int, most: int = 10) -> str:
    """The divisors of a number as people read them: `1, 2, 4, 8, …`, at most `most` of them."""
    if number > 10**9:  # a search for the divisors of a hostile size must end
        return "1, …"
    small = [d for d in range(1, isqrt(number) + 1) if number % d == 0]
    found = small + [number // d for d in reversed(small) if d * d != number]
    return ", ".join(map(str, found[:most])) + (", …" if len(found) > most else "")


def check_divides(attribute: str, divisor: Any, what: str, number: Any) -> None:
    """Refuse a divisor that leaves a rest; `attribute` is where it was given, `what` the number it has to divide."""
    if not always(number % divisor == 0):
        fix = f"use a divisor of {number}: {divisors(number)}" if isinstance(number, int) else None
        raise Refusal("not-divisible", f"{attribute}={divisor} does not divide {what}={number}", fix, attribute)
