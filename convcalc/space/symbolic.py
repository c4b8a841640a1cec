"""Columns: whole numbers and conditions that differ from point to point, as formulas over the axes of a design space.

A network is traced once with columns in the place of numbers. What comes out are formulas, which a program then
evaluates for many points. Equal formulas are one object, and each knows the range of its values, so that most
questions that a trace asks ("is the map at least 1 wide?") are answered for all points at once. The others are
decided by `Formulas.decide`, and split the points into classes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Operand = Any  # a Column, or an int

COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
}
ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "//": lambda a, b: a // b,
    "%": lambda a, b: a % b,
    "&": lambda a, b: a & b,
    "|": lambda a, b: a | b,
    "max": max,
    **COMPARISONS,
}


class Formulas:
    """All formulas of a sweep, each once, and who decides the conditions among them."""

    def __init__(self, fraction: Callable[[Column], Any]) -> None:
        self.fraction = fraction  # a column as a fraction, for arithmetic with fractions
        self.known: dict[tuple[str, int, int], Column] = {}
        self.decide: Callable[[Condition], bool] = undecided

    def axis(self, number: int, low: int, high: int) -> Operand:
        """The values of an axis, which lie between these; one value is a number."""
        return low if low == high else self.once("axis", number, 0, low, high)

    def column(self, operator: str, left: Operand, right: Operand) -> Column:
        """A formula, the one that there is if there is one."""
        return self.once(operator, left, right, *RANGES[operator](bounds(left), bounds(right)))

    def once(self, operator: str, left: Operand, right: Operand, low: int, high: int) -> Column:
        key = operator, identity(left), identity(right)
        found = self.known.get(key)
        if found is None:
            kind = Condition if operator in COMPARISONS or operator in "&|" else Column
            found = self.known[key] = kind(self, operator, left, right, low, high)
        return found


def identity(operand: Operand) -> Any:
    """What tells operands apart; a number is never taken for the place of a column."""
    return ("column", id(operand)) if isinstance(operand, Column) else operand


def undecided(condition: Condition) -> bool:
    raise AssertionError("a condition outside of a trace")


class Column:
    """A whole number a point: an axis, or an operator on two columns or numbers, between `low` and `high`."""

    __slots__ = ("formulas", "high", "left", "low", "operator", "right")
    __hash__ = object.__hash__

    def __init__(self, formulas: Formulas, operator: str, left: Operand, right: Operand, low: int, high: int) -> None:
        self.formulas, self.operator, self.left, self.right = formulas, operator, left, right
        self.low, self.high = low, high

    def __repr__(self) -> str:
        return "…"  # in names of passes, which sweeps do not show

    # Arithmetic; with fractions, as a fraction

    def __add__(self, other: Any) -> Any:
        return add(self.formulas, self, other) if is_operand(other) else self.formulas.fraction(self) + other

    def __sub__(self, other: Any) -> Any:
        return subtract(self.formulas, self, other) if is_operand(other) else self.formulas.fraction(self) - other

    def __rsub__(self, other: Any) -> Any:
        return subtract(self.formulas, other, self) if is_operand(other) else other - self.formulas.fraction(self)

    def __mul__(self, other: Any) -> Any:
        return multiply(self.formulas, self, other) if is_operand(other) else self.formulas.fraction(self) * other

    def __floordiv__(self, other: Any) -> Any:
        return floor_divide(self.formulas, self, other) if is_operand(other) else self.formulas.fraction(self) // other

    def __rfloordiv__(self, other: Any) -> Any:
        return floor_divide(self.formulas, other, self) if is_operand(other) else other // self.formulas.fraction(self)

    def __mod__(self, other: Any) -> Any:
        return modulo(self.formulas, self, other) if is_operand(other) else self.formulas.fraction(self) % other

    def __rmod__(self, other: Any) -> Any:
        return modulo(self.formulas, other, self) if is_operand(other) else other % self.formulas.fraction(self)

    def __truediv__(self, other: Any) -> Any:
        return self.formulas.fraction(self) / other

    def __rtruediv__(self, other: Any) -> Any:
        return other / self.formulas.fraction(self)

    def __neg__(self) -> Any:
        return 0 - self

    def __floor__(self) -> Any:
        return self

    __radd__, __rmul__, __ceil__, __round__ = __add__, __mul__, __floor__, __floor__

    # Comparisons

    def __lt__(self, other: Any) -> Any:
        return compare(self.formulas, "<", self, other) if is_operand(other) else self.formulas.fraction(self) < other

    def __le__(self, other: Any) -> Any:
        return compare(self.formulas, "<=", self, other) if is_operand(other) else self.formulas.fraction(self) <= other

    def __gt__(self, other: Any) -> Any:
        return compare(self.formulas, "<", other, self) if is_operand(other) else self.formulas.fraction(self) > other

    def __ge__(self, other: Any) -> Any:
        return compare(self.formulas, "<=", other, self) if is_operand(other) else self.formulas.fraction(self) >= other

    def __eq__(self, other: object) -> Any:
        return compare(self.formulas, "==", self, other) if is_operand(other) else self.formulas.fraction(self) == other

    def __ne__(self, other: object) -> Any:
        return compare(self.formulas, "!=", self, other) if is_operand(other) else self.formulas.fraction(self) != other

    def larger(self, other: Any) -> Any:
        """The maximum of both."""
        if is_operand(other):
            return maximum(self.formulas, self, other)
        return other + (self - other) * (self > other)

    def __bool__(self) -> bool:
        return bool(self != 0)


class Condition(Column):
    """True or false a point; as a number 1 or 0. Asked for a truth, it is decided for all points of a class."""

    __slots__ = ()
    __hash__ = object.__hash__

    def __bool__(self) -> bool:
        return self.formulas.decide(self)

    def all(self) -> bool:
        return self.formulas.decide(self)

    def any(self) -> bool:
        return self.formulas.decide(self)

    def __and__(self, other: Any) -> Any:
        if isinstance(other, bool):
            return self if other else False
        return self.formulas.column("&", self, other)

    def __or__(self, other: Any) -> Any:
        if isinstance(other, bool):
            return True if other else self
        return self.formulas.column("|", self, other)

    __rand__ = __and__
    __ror__ = __or__


def is_operand(item: object) -> bool:
    return isinstance(item, Column | int)


def is_scaled(operand: Operand) -> bool:
    """Whether it is something times a number."""
    return isinstance(operand, Column) and operand.operator == "*" and not isinstance(operand.right, Column)


def bounds(operand: Operand) -> tuple[int, int]:
    return (operand.low, operand.high) if isinstance(operand, Column) else (int(operand), int(operand))


# Each operator with what needs no formula


def add(formulas: Formulas, a: Operand, b: Operand) -> Operand:
    if not isinstance(a, Column):
        a, b = b, a  # a number stands right
    if not isinstance(b, Column):
        if b == 0:
            return a
        if a.operator == "+" and not isinstance(a.right, Column):  # (x + 1) + 2
            return add(formulas, a.left, b + a.right)
    elif b.operator == "-" and b.right is a:  # x + (y - x)
        return b.left
    elif is_scaled(a) and is_scaled(b) and a.right == b.right:  # 2·x + 2·y
        return multiply(formulas, add(formulas, a.left, b.left), a.right)
    elif a is b:
        return multiply(formulas, a, 2)
    return formulas.column("+", a, b)


def subtract(formulas: Formulas, a: Operand, b: Operand) -> Operand:
    if a is b:
        return 0
    return formulas.column("-", a, b) if isinstance(b, Column) else add(formulas, a, -b)


def multiply(formulas: Formulas, a: Operand, b: Operand) -> Operand:
    if not isinstance(a, Column):
        a, b = b, a
    if not isinstance(b, Column):
        if b in (0, 1):
            return a if b else 0
        if is_scaled(a):  # (x · 2) · 3
            return multiply(formulas, a.left, a.right * int(b))
    return formulas.column("*", a, b)


def floor_divide(formulas: Formulas, a: Operand, b: Operand) -> Operand:
    if not isinstance(b, Column) and b == 1:
        return a
    if not isinstance(b, Column) and b and is_scaled(a) and a.right % b == 0:
        return multiply(formulas, a.left, a.right // b)
    refuse_zero(b)
    return formulas.column("//", a, b)


def modulo(formulas: Formulas, a: Operand, b: Operand) -> Operand:
    if not isinstance(b, Column) and b and is_scaled(a) and a.right % b == 0:
        return 0
    refuse_zero(b)
    (low, high), (least, _) = bounds(a), bounds(b)
    return a if low >= 0 and high < least else formulas.column("%", a, b)


def maximum(formulas: Formulas, a: Operand, b: Operand) -> Operand:
    (low, high), (least, most) = bounds(a), bounds(b)
    if a is b or low >= most:
        return a
    return b if least >= high else formulas.column("max", a, b)


def refuse_zero(b: Operand) -> None:
    """As Python does, for the points of which a divisor is 0."""
    low, high = bounds(b)
    if low <= 0 <= high and not bool(b != 0):
        raise ZeroDivisionError


def compare(formulas: Formulas, operator: str, a: Operand, b: Operand) -> Any:
    """A condition; a plain truth where the ranges answer it for all points."""
    (low, high), (least, most) = bounds(a), bounds(b)
    if operator == "<":
        known = True if high < least else False if low >= most or a is b else None
    elif operator == "<=":
        known = True if high <= least or a is b else False if low > most else None
    else:
        apart, same = high < least or most < low, a is b or low == high == least == most
        known = (operator == "==") is same if apart or same else None
    return formulas.column(operator, a, b) if known is None else known


# The range of an operator's values, from the ranges of its sides alone

Range = tuple[int, int]


def products(a: Range, b: Range) -> Range:
    corners = [x * y for x in a for y in b]
    return min(corners), max(corners)


def quotients(a: Range, b: Range) -> Range:
    """Of divisors that are not 0, which the class of the points has decided."""
    divisors = [n for n in (*b, 1, -1) if n and b[0] <= n <= b[1]] or [1]
    corners = [x // y for x in a for y in divisors]
    return min(corners), max(corners)


def rests(a: Range, b: Range) -> Range:
    return a if a[0] >= 0 and a[1] < b[0] else (min(0, b[0] + 1), max(0, b[1] - 1))


RANGES: dict[str, Callable[[Range, Range], Range]] = {
    "+": lambda a, b: (a[0] + b[0], a[1] + b[1]),
    "-": lambda a, b: (a[0] - b[1], a[1] - b[0]),
    "*": products,
    "//": quotients,
    "%": rests,
    "max": lambda a, b: (max(a[0], b[0]), max(a[1], b[1])),
    **dict.fromkeys((*COMPARISONS, "&", "|"), lambda *_: (0, 1)),
}
