"""Expressions: exact arithmetic over a whitelisted syntax tree.

Values are exact numbers (int, or Fraction where one is not whole), booleans and words. Nothing is ever handed to
Python's `eval`; text is bounded before it is parsed, the tree before it is walked, and every result.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from functools import partial
from math import ceil, floor
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from convcalc.core.ops import ACTIVATIONS, NORMS
from convcalc.errors import Refusal, Span

if TYPE_CHECKING:
    from fractions import Fraction

    Number = int | Fraction
    Value = int | Fraction | bool | str

LONGEST_TEXT = 1_000  # characters
MOST_NODES = 200  # of the syntax tree
WIDEST_RESULT = 4_096  # bits

SIZES = ("c", "d", "h", "w")  # of a visible map: NAME.c …
LAYOUT_SIZES = {"cin": "c", "d": "d", "h": "h", "w": "w"}  # of the layout's own input

# Words stand for themselves; a closed list, so that a mistyped name is never taken for one.
WORDS = (
    *("none", "auto", "same", "valid", "nearest", "linear", "bilinear", "trilinear", "module", "function", "method"),
    *ACTIVATIONS,
    *NORMS,
)
NOT_BOOLEANS = {"yes": "true", "on": "true", "no": "false", "off": "false", "null": "none", "~": "none"}


class Expression(NamedTuple):
    """A value as written. `tree` is None for a constant, else what `evaluate` walks."""

    text: str
    span: Span
    tree: ast.expr | None
    constant: Any = None
    names: frozenset[str] = frozenset()  # free names, `map.c` among them as `map`

    @property
    def sized(self) -> set[str]:
        """Names whose sizes are asked for: `high` in `high.h`."""
        nodes = ast.walk(self.tree) if self.tree else ()
        return {node.value.id for node in nodes if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)}


class Names(Protocol):
    """What an expression can see. Both raise Refusal for what is not there."""

    def lookup(self, name: str) -> Value: ...
    def size(self, name: str, field: str) -> int: ...


def parse(text: str, span: Span) -> Expression:
    """Read one scalar.

    Raises:
        Refusal: for text that is not an expression of this language.
    """
    if is_integer(text) and len(text) <= LONGEST_TEXT:
        return Expression(text, span, None, int(text))
    if text in ("true", "false"):
        return Expression(text, span, None, text == "true")
    if text in WORDS:
        return Expression(text, span, None, text)
    check_text(text)
    if is_decimal(text):
        return Expression(text, span, None, exact(text))
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        raise not_an_expression(text) from None
    nodes = list(ast.walk(tree))
    if len(nodes) > MOST_NODES:
        raise Refusal("expression-limit", f"an expression of more than {MOST_NODES} parts", "give parts of it names, in `params`")
    for node in nodes:
        check_node(node, text)
    called = {id(node.func) for node in nodes if isinstance(node, ast.Call)}
    names = frozenset(node.id for node in nodes if isinstance(node, ast.Name) and id(node) not in called)
    return Expression(text, span, tree, None, names)


def check_text(text: str) -> None:
    """Refuse text for reasons that a syntax error would not explain."""
    if len(text) > LONGEST_TEXT:
        raise Refusal("expression-limit", f"an expression of more than {LONGEST_TEXT:,} characters", "give parts of it names, in `params`")
    if not text.strip():
        raise Refusal("missing-value", "the value is missing", "write a value, or drop the key")
    if fix := NOT_BOOLEANS.get(text.lower()):
        raise Refusal("bad-value", f"`{text}` is not a value here", f"write `{fix}`")
    if text in ("True", "False", "None"):
        raise Refusal("bad-value", f"`{text}` is not a value here", f"write `{text.lower()}`")
    if not text.isascii():
        raise Refusal("bad-expression", f"`{shown(text)}` has letters that are not ASCII", "names and operators are plain ASCII")


def is_integer(text: str) -> bool:
    """Decimal digits without a leading zero."""
    digits = text[1:] if text[:1] == "-" else text
    return digits.isdecimal() and digits.isascii() and (digits[0] != "0" or len(digits) == 1)


def is_decimal(text: str) -> bool:
    """Digits, a point, digits."""
    whole, point, rest = text.removeprefix("-").partition(".")
    return bool(point) and is_integer(whole) and whole[:1] != "-" and rest.isdecimal() and rest.isascii()


def not_an_expression(text: str) -> Refusal:
    """Why text is no expression: the slips that people make, by name."""
    if text.count("(") != text.count(")"):
        fix = 'quote an expression with a comma inside { }: "max(1, cin // 4)"'
        return Refusal("unquoted-comma", f"`{shown(text)}` lacks a parenthesis", fix)
    if re.fullmatch(r"[0-9]+(:[0-9]+)+", text):
        return Refusal("bad-number", f"`{shown(text)}` reads as a time of day", f"write {text.replace(':', 'x')}")
    if re.search(r"\b0[0-9]|[0-9]_|[0-9][eE]", text):
        return wrong_number(text)
    return Refusal("bad-expression", f"`{shown(text)}` is not an expression", syntax_hint(text))


def wrong_number(text: str) -> Refusal:
    if re.fullmatch(r"0x[0-9]+(x[0-9]+)*", text):
        return Refusal("bad-number", f"`{shown(text)}` reads as a hexadecimal number", f"write [{', '.join(text.split('x'))}]")
    return Refusal("bad-number", f"`{shown(text)}` is not a plain decimal number", "write digits only, without a leading zero: 1000000")


def check_node(node: ast.AST, text: str) -> None:
    """Refuse syntax outside the whitelist."""
    if isinstance(node, ast.Constant):
        if type(node.value) not in (int, float, bool):
            raise Refusal("bad-expression", f"`{shown(text)}`: a string in an expression", "words are written without quotes")
        literal = text.strip()[node.col_offset : node.end_col_offset]
        if not (is_integer(literal) or is_decimal(literal) or isinstance(node.value, bool)):
            raise wrong_number(literal)
    elif isinstance(node, ast.Call):
        if not isinstance(node.func, ast.Name) or node.keywords or node.func.id not in FUNCTIONS:
            raise Refusal("bad-expression", f"`{shown(text)}` calls what is not a function here", f"functions: {', '.join(FUNCTIONS)}")
    elif isinstance(node, ast.Attribute):
        if not isinstance(node.value, ast.Name) or node.attr not in SIZES:
            raise Refusal("bad-expression", f"`{shown(text)}`: after a dot only a map's sizes", "write NAME.c, NAME.h or NAME.w")
    elif isinstance(node, ast.Pow):
        raise Refusal("bad-expression", f"`{shown(text)}`: there is no **", "write the factors out: k * k")
    elif not isinstance(node, ALLOWED):
        raise Refusal("bad-expression", f"`{shown(text)}` uses what expressions do not have", SYNTAX)


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
        return node.id if node.id in WORDS else names.lookup(node.id)
    if isinstance(node, ast.Constant):
        literal = node.value
        if isinstance(literal, float):
            decimal: Number = exact(text.strip()[node.col_offset : node.end_col_offset])
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
    return "boolean" if isinstance(item, bool) else "word" if isinstance(item, str) else "number"


def number(item: Value) -> Number:
    if isinstance(item, bool | str):
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
    return str(item)


def exact(text: str) -> Any:
    """A decimal as the exact number it spells."""
    from fractions import Fraction  # 8 ms that only layouts with decimals pay

    return simplest(Fraction(text))


def simplest(item: Any) -> Any:
    """An int where a fraction is whole."""
    return item.numerator if getattr(item, "denominator", 0) == 1 else item


def divide(a: Any, b: Any) -> Any:
    """Exact division."""
    nonzero(b)
    if isinstance(a, int) and isinstance(b, int) and a % b == 0:
        return a // b
    from fractions import Fraction

    return simplest(Fraction(a) / Fraction(b))


def floor_divide(a: Any, b: Any) -> int:
    nonzero(b)
    return int(a // b)


def modulo(a: Any, b: Any) -> Any:
    nonzero(b)
    return simplest(a % b)


def nonzero(b: Any) -> None:
    if b == 0:
        raise Refusal("divide-by-zero", "a division by zero")


def make_divisible(x: Any, divisor: Any = 8) -> Any:
    """The nearest multiple of `divisor`, at least 0.9·x and at least one (TensorFlow's models, slim `_make_divisible`)."""
    if not isinstance(divisor, int) or divisor < 1:
        raise Refusal("bad-value", f"make_divisible to a multiple of {show(divisor)}", "a whole number of at least 1")
    nearest_multiple = max(divisor, floor(2 * x + divisor) // (2 * divisor) * divisor)
    return nearest_multiple + divisor if 10 * nearest_multiple < 9 * x else nearest_multiple


def bounded(result: Any) -> Any:
    """The result, if it is not absurdly wide."""
    if max(abs(result.numerator).bit_length(), result.denominator.bit_length()) > WIDEST_RESULT:
        raise Refusal("expression-limit", f"a result of more than {WIDEST_RESULT:,} bits")
    return result


def shown(text: str, most: int = 40) -> str:
    """Text for a message, cut where it is long."""
    return text if len(text) <= most else text[: most - 1] + "…"


def syntax_hint(text: str) -> str:
    if "!" in text.replace("!=", ""):
        return "for a negation write `not`"
    if "&&" in text or "||" in text:
        return "write `and`, `or`"
    if text.startswith("*"):
        return "write the factor first: 2 * width"
    return SYNTAX


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
    "min": (min, 1, MOST_NODES),
    "max": (max, 1, MOST_NODES),
    "ceil": (ceil, 1, 1),
    "floor": (floor, 1, 1),
    "round": (round, 1, 1),
    "make_divisible": (make_divisible, 1, 2),
}
ALLOWED = (
    *(ast.Name, ast.Load, ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.Compare, ast.IfExp, ast.Not, ast.USub, ast.And, ast.Or),
    *OPERATORS,
    *COMPARISONS,
)
SYNTAX = "+ - * / // %, comparisons, and, or, not, a if c else b, min max ceil floor round make_divisible"
