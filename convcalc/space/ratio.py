"""Exact fractions of columns: of decimal axes, and of exact division."""

from __future__ import annotations

from fractions import Fraction
from math import gcd
from typing import Any

from convcalc.space.symbolic import Column, Operand, is_operand, is_scaled


class Ratio:
    """An exact fraction a point: a column or number above a positive one."""

    __slots__ = ("bottom", "top")
    __hash__ = object.__hash__

    def __init__(self, top: Operand, bottom: Operand) -> None:
        self.top, self.bottom = top, bottom

    def __repr__(self) -> str:
        return "…"

    def whole(self) -> Operand:
        """The number, where it is whole.

        Raises:
            ValueError: where it is not.
        """
        if bool(self.top % self.bottom == 0):
            return self.top // self.bottom
        raise ValueError

    def __add__(self, other: Any) -> Any:
        b = ratio(other)
        if b is None:
            return NotImplemented
        if self.bottom is b.bottom or (
            not isinstance(self.bottom, Column) and not isinstance(b.bottom, Column) and self.bottom == b.bottom
        ):
            return reduced(self.top + b.top, self.bottom)
        return reduced(self.top * b.bottom + b.top * self.bottom, self.bottom * b.bottom)

    def __neg__(self) -> Any:
        return Ratio(0 - self.top, self.bottom)

    def __sub__(self, other: Any) -> Any:
        return self + -ratio(other)

    def __rsub__(self, other: Any) -> Any:
        return ratio(other) + -self

    def __mul__(self, other: Any) -> Any:
        b = ratio(other)
        return reduced(self.top * b.top, self.bottom * b.bottom)

    def __truediv__(self, other: Any) -> Any:
        b = ratio(other)
        positive = bool(b.top > 0)
        return reduced(self.top * (b.bottom if positive else 0 - b.bottom), self.bottom * (b.top if positive else 0 - b.top))

    def __rtruediv__(self, other: Any) -> Any:
        return ratio(other) / self

    def __floordiv__(self, other: Any) -> Any:
        quotient = self / other
        return quotient.__floor__()

    def __rfloordiv__(self, other: Any) -> Any:
        return ratio(other) // self

    def __mod__(self, other: Any) -> Any:
        return self - ratio(other) * (self // other)

    def __rmod__(self, other: Any) -> Any:
        return ratio(other) % self

    __radd__ = __add__
    __rmul__ = __mul__

    def __floor__(self) -> Any:
        return self.top // self.bottom

    def __ceil__(self) -> Any:
        return 0 - (0 - self.top) // self.bottom

    def __round__(self) -> Any:
        """Half to even, as Python's."""
        up = (2 * self.top + self.bottom) // (2 * self.bottom)
        tie = (2 * self.top + self.bottom) % (2 * self.bottom) == 0
        return up - (up % 2) * tie

    def __lt__(self, other: Any) -> Any:
        b = ratio(other)
        return self.top * b.bottom < b.top * self.bottom

    def __le__(self, other: Any) -> Any:
        b = ratio(other)
        return self.top * b.bottom <= b.top * self.bottom

    def __gt__(self, other: Any) -> Any:
        return ratio(other) < self

    def __ge__(self, other: Any) -> Any:
        return ratio(other) <= self

    def __eq__(self, other: object) -> Any:
        b = ratio(other)
        return NotImplemented if b is None else self.top * b.bottom == b.top * self.bottom

    def __ne__(self, other: object) -> Any:
        b = ratio(other)
        return NotImplemented if b is None else self.top * b.bottom != b.top * self.bottom


def ratio(item: Any) -> Any:
    """Any number as a ratio; None for what is none."""
    if isinstance(item, Ratio):
        return item
    if isinstance(item, Fraction):
        return Ratio(item.numerator, item.denominator)
    return Ratio(item, 1) if is_operand(item) else None


def reduced(top: Operand, bottom: Operand) -> Any:
    """A ratio with the numbers that both sides share taken out."""
    if isinstance(bottom, Column):
        return Ratio(top, bottom)
    factor = top.right if is_scaled(top) else top
    if isinstance(factor, Column):
        return top if bottom == 1 else Ratio(top, bottom)
    shared = gcd(factor, bottom)
    top, bottom = top // shared, bottom // shared
    return top if bottom == 1 else Ratio(top, bottom)
