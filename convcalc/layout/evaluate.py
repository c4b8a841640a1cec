"""The value of an expression: exact numbers, booleans and words, computed by walking its tree."""

from __future__ import annotations

import ast
from collections.abc import Callable
from functools import partial, reduce
from math import ceil, floor
from typing import TYPE_CHECKING, Any

from convcalc.core.size import always, larger, smaller
from convcalc.errors import Refusal
from convcalc.layout.expression import BOOLEANS, MOST_NODES, WIDEST_RESULT, WORDS, Expression, Names, exact, simplest

if TYPE_CHECKING:
    from convcalc.layout.expression import Number, Value


def evaluate(expression: Expression, names: Names) -> Value:
    """The value of an expression.

    Raises:
        Refusal: for a name that is not there, a division by zero, operands that do not fit, or a result too wide.
    """
    if expression.tree is None:
        constant: Value = expression.constant
        return constant
    return value(expression.tree, expression.text, names)


def value(node: ast.expr, text: str, names: Names) -> Value:
    if isinstance(node, ast.Name):
        if node.id in BOOLEANS:
            return node.id == "true"
        return node.id if node.id in WORDS else names.lookup(node.id)
    if isinstance(node, ast.Constant):
        literal = node.value
        if isinstance(literal, float):
            decimal: Number = exact(text[node.col_offset : node.end_col_offset])
            return decimal
        assert isinstance(literal, int)
        return literal
    if isinstance(node, ast.BinOp):
        operator = OPERATORS[type(node.op)]
        result: Number = bounded(operator(number(value(node.left, text, names)), number(value(node.right, text, names))))
        return result
    if isinstance(node, ast.Attribute):
        assert isinstance(node.value, ast.Name)
        return names.size(node.value.id, node.attr)
    if isinstance(node, ast.Compare):
        return compare(node, partial(value, text=text, names=names))
    if isinstance(node, ast.BoolOp):
        stop = isinstance(node.op, ast.Or)  # `or` ends at the first true, `and` at the first false
        return stop if any(boolean(value(part, text, names)) is stop for part in node.values) else not stop
    if isinstance(node, ast.IfExp):
        return value(node.body if boolean(value(node.test, text, names)) else node.orelse, text, names)
    if isinstance(node, ast.UnaryOp):
        operand = value(node.operand, text, names)
        return not boolean(operand) if isinstance(node.op, ast.Not) else -number(operand)
    assert isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    function, least, most = FUNCTIONS[node.func.id]
    if not least <= len(node.args) <= most:
        raise Refusal("bad-expression", f"{node.func.id} takes {least if least == most else f'{least} or more'} arguments")
    called: Number = bounded(function(*(number(value(argument, text, names)) for argument in node.args)))
    return called


def compare(node: ast.Compare, read: Callable[[ast.expr], Value]) -> bool:
    """A comparison, chained ones too. Words and booleans are only equal or not."""
    left = read(node.left)
    for operator, operand in zip(node.ops, node.comparators, strict=True):
        right = read(operand)
        kinds = {kind_of(left), kind_of(right)}
        if len(kinds) > 1:
            raise Refusal("bad-expression", f"a {kind_of(left)} is compared with a {kind_of(right)}", "compare like with like")
        if "number" not in kinds and not isinstance(operator, ast.Eq | ast.NotEq):
            raise Refusal("bad-expression", f"a {kinds.pop()} has no order", "use == or !=")
        if not COMPARISONS[type(operator)](left, right):
            return False
        left = right
    return True


def kind_of(item: Value) -> str:
    kinds = {bool: "boolean", str: "word", tuple: "shape"}
    return kinds.get(type(item), "number")


def number(item: Value) -> Number:
    if isinstance(item, bool | str | tuple):
        raise Refusal("bad-value", f"expected a number, got {show(item)}")
    return item


def boolean(item: Value) -> bool:
    if isinstance(item, bool):
        return item
    raise Refusal("bad-value", f"expected true or false, got {show(item)}", "write a comparison: x > 0")


def show(item: Value) -> str:
    """A value as the language writes it."""
    if isinstance(item, bool):
        return "true" if item else "false"
    if isinstance(item, int | str) or not hasattr(item, "numerator"):
        return str(item)
    if max(item.numerator.bit_length(), item.denominator.bit_length()) > 50:
        return str(item)
    text = f"{float(item):.12g}"  # a decimal where it is exact, else the fraction
    return text if text.lstrip("-").replace(".", "", 1).isdecimal() and exact(text) == item else str(item)


def divide(a: Any, b: Any) -> Any:
    """Exact division."""
    nonzero(b)
    if isinstance(a, int) and isinstance(b, int) and a % b == 0:
        return a // b
    if not (hasattr(a, "numerator") and hasattr(b, "numerator")):
        return a / b  # a column, which divides exactly
    from fractions import Fraction

    return simplest(Fraction(a) / Fraction(b))


def floor_divide(a: Any, b: Any) -> Any:
    nonzero(b)
    return a // b


def modulo(a: Any, b: Any) -> Any:
    nonzero(b)
    return simplest(a % b)


def nonzero(b: Any) -> None:
    if b == 0:
        raise Refusal("divide-by-zero", "a division by zero")


def make_divisible(x: Any, divisor: Any = 8) -> Any:
    """The nearest multiple of `divisor`, at least 0.9·x and at least one (TensorFlow's models, slim `_make_divisible`)."""
    divisor = settled(divisor)
    if not is_whole(divisor) or not always(divisor >= 1):
        raise Refusal("bad-value", f"make_divisible to a multiple of {show(divisor)}", "a whole number of at least 1")
    nearest_multiple = larger(divisor, floor(2 * x + divisor) // (2 * divisor) * divisor)
    return nearest_multiple + divisor * (10 * nearest_multiple < 9 * x)


def settled(item: Any) -> Any:
    """A column of fractions as one of whole numbers, where all are whole; anything else as it is."""
    try:
        return item.whole() if hasattr(item, "whole") else item
    except ValueError:
        return item


def is_whole(item: Any) -> bool:
    """Whether a number is whole, or a column of whole numbers: neither a fraction nor a column of them."""
    return isinstance(item, int) or not (hasattr(item, "numerator") or hasattr(item, "whole"))


def bounded(result: Any) -> Any:
    """Return the result, or refuse it where it needs more than 4,096 bits; of a column, at any point of this class."""
    if not hasattr(result, "numerator"):
        parts = (result.top, result.bottom) if hasattr(result, "top") else (result,)
        wide = [part for part in parts if max(abs(getattr(part, end, 0)) for end in ("low", "high")).bit_length() > WIDEST_RESULT]
        if any(bool(part >= 1 << WIDEST_RESULT) or bool(part <= -1 << WIDEST_RESULT) for part in wide):
            raise Refusal("expression-limit", f"a result of more than {WIDEST_RESULT:,} bits")
        return result
    if max(abs(result.numerator).bit_length(), result.denominator.bit_length()) > WIDEST_RESULT:
        raise Refusal("expression-limit", f"a result of more than {WIDEST_RESULT:,} bits")
    return result


OPERATORS: dict[type, Callable[[Any, Any], Any]] = {
    ast.Add: lambda a, b: simplest(a + b),
    ast.Sub: lambda a, b: simplest(a - b),
    ast.Mult: lambda a, b: simplest(a * b),
    ast.Div: divide,
    ast.FloorDiv: floor_divide,
    ast.Mod: modulo,
}
COMPARISONS: dict[type, Callable[[Any, Any], bool]] = {
    ast.Eq: lambda a, b: bool(a == b),
    ast.NotEq: lambda a, b: bool(a != b),
    ast.Lt: lambda a, b: bool(a < b),
    ast.LtE: lambda a, b: bool(a <= b),
    ast.Gt: lambda a, b: bool(a > b),
    ast.GtE: lambda a, b: bool(a >= b),
}
# Name → function, fewest and most arguments. `round` is half to even.
FUNCTIONS: dict[str, tuple[Callable[..., Any], int, int]] = {
    "min": (lambda *numbers: simplest(reduce(smaller, numbers)), 1, MOST_NODES),
    "max": (lambda *numbers: simplest(reduce(larger, numbers)), 1, MOST_NODES),
    "ceil": (ceil, 1, 1),
    "floor": (floor, 1, 1),
    "round": (round, 1, 1),
    "make_divisible": (make_divisible, 1, 2),
}
