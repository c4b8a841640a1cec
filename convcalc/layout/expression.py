"""Expressions: exact arithmetic over a whitelisted syntax tree.

Values are exact numbers (int, or Fraction where one is not whole), booleans and words. Nothing is ever handed to
Python's `eval`; text is bounded before it is parsed, the tree before it is walked, and every result.
"""

from __future__ import annotations

import ast
import re
import warnings
from keyword import iskeyword
from typing import TYPE_CHECKING, Any, Protocol

from convcalc.core.ops import ACTIVATIONS, NORMS
from convcalc.errors import Refusal, Span
from convcalc.record import NamedTuple

if TYPE_CHECKING:
    from fractions import Fraction

    Number = int | Fraction
    Value = int | Fraction | bool | str

LONGEST_TEXT = 1_000  # characters
MOST_NODES = 200  # of the syntax tree
WIDEST_RESULT = 4_096  # bits

SIZES = ("c", "d", "h", "w", "n")  # of a visible map: NAME.c …; n counts tokens
LAYOUT_SIZES = {"cin": "c", "d": "d", "h": "h", "w": "w"}  # of the layout's own input

FUNCTIONS = {
    "min": "the smallest of its arguments",
    "max": "the largest of its arguments",
    "ceil": "the next whole number above",
    "floor": "the next whole number below",
    "round": "the nearest whole number, a half to the even one",
    "make_divisible": "make_divisible(x, d=8): the nearest multiple of d, not below d nor below 0.9 x (TensorFlow's rule)",
}

# Words stand for themselves; a closed list, so that a mistyped name is never taken for one.
WORDS = (
    *("none", "auto", "same", "valid", "nearest", "linear", "bilinear", "trilinear", "module", "function", "method"),
    *ACTIVATIONS,
    *NORMS,
)
BOOLEANS = ("true", "false")
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


def syntax_tree(text: str) -> ast.expr:
    """The tree of Python's syntax; what Python only warns of, such as `1or 2`, is an error too.

    Raises:
        SyntaxError, ValueError, MemoryError, RecursionError: for what is no expression.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return ast.parse(text, mode="eval").body


def parse(text: str, span: Span) -> Expression:
    """Read one scalar.

    Raises:
        Refusal: for text that is not an expression of this language.
    """
    text = text if text.isidentifier() else " ".join(text.split())  # one line: places in it are columns
    if is_integer(text) and len(text) <= LONGEST_TEXT:
        return Expression(text, span, None, int(text))
    if text in BOOLEANS:
        return Expression(text, span, None, text == "true")
    if text in WORDS:
        return Expression(text, span, None, text)
    if text.isidentifier() and text.isascii() and not iskeyword(text) and text.lower() not in NOT_BOOLEANS:
        return Expression(text, span, ast.Name(text, ast.Load()), None, frozenset((text,)))  # a name alone, as most are
    check_text(text)
    if is_decimal(text):
        return Expression(text, span, None, exact(text))
    try:
        tree = syntax_tree(text)
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        raise not_an_expression(text) from None
    nodes = list(ast.walk(tree))
    if len(nodes) > MOST_NODES:
        raise Refusal("expression-limit", f"an expression of more than {MOST_NODES} parts", "give parts of it names, in `params`")
    for node in nodes:
        check_node(node, text)
    called = {id(node.func) for node in nodes if isinstance(node, ast.Call)}
    names = frozenset(node.id for node in nodes if isinstance(node, ast.Name) and id(node) not in called) - {*BOOLEANS}
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
    if "#" in text:
        raise Refusal("bad-expression", f"`{shown(text)}` has a comment in it", "leave a blank before # outside the quotes")
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
        literal = text[node.col_offset : node.end_col_offset]
        if isinstance(node.value, str | bytes):
            raise Refusal("bad-expression", f"`{shown(text)}`: a string in an expression", "words are written without quotes")
        if isinstance(node.value, bool):
            raise Refusal("bad-value", f"`{literal}` is not a value here", f"write `{literal.lower()}`")
        if not (is_integer(literal) or is_decimal(literal)):
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


def exact(text: str) -> Any:
    """A decimal as the exact number it spells."""
    from fractions import Fraction  # 8 ms that only layouts with decimals pay

    return simplest(Fraction(text))


def simplest(item: Any) -> Any:
    """An int where a fraction is whole."""
    return item.numerator if getattr(item, "denominator", 0) == 1 else item


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


ALLOWED = (
    *(ast.Name, ast.Load, ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.Compare, ast.IfExp, ast.Not, ast.USub, ast.And, ast.Or),
    *(ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod),
    *(ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE),
)
SYNTAX = "+ - * / // %, comparisons, and, or, not, a if c else b, min max ceil floor round make_divisible"
