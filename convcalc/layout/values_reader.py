"""Entries of a layout's text: words, names, expressions, shapes, mappings with known keys.

Each reports what is wrong with it and gives a harmless value, so that the reading goes on.
"""

from __future__ import annotations

from convcalc.core.ops.axes import AXIS_NAMES
from convcalc.core.shape import KINDS
from convcalc.errors import MOST_ERRORS, Diagnostic, Refusal, Span, too_many_errors
from convcalc.layout.expression import Expression, is_integer, parse, shown
from convcalc.layout.model import RESERVED, Reference, Written
from convcalc.layout.source import Mapping, Node, Scalar, Sequence
from convcalc.layout.vocabulary import LISTS, Attribute
from convcalc.spelling import nearest

ITSELF = ("text", "axis", "axis_names")  # kinds whose text is no expression


class Entries:
    """Reads parts of one file; `diagnostics` is what was wrong with them."""

    def __init__(self) -> None:
        self.diagnostics: list[Diagnostic] = []

    def error(self, code: str, message: str, span: Span, hint: str | None = None) -> None:
        """Keep a finding. After many the reading ends: a file that is no layout at all would never end."""
        self.diagnostics.append(Diagnostic(code, message, span, hint))
        if len(self.diagnostics) >= MOST_ERRORS:
            raise too_many_errors(self.diagnostics)

    def expression(self, node: Node) -> Expression:
        if not isinstance(node, Scalar):
            self.error("wrong-type", "expected one value", node.span, "a number, a word, true, false or an expression")
            return Expression("0", node.span, None, 0)
        try:
            return parse(node.text, node.span)
        except Refusal as refusal:
            hint = quoted(node.span) if refusal.code == "unquoted-comma" else None
            self.error(refusal.code, refusal.message, node.span, hint or refusal.hint)
            return Expression("0", node.span, None, 0)

    def written(self, node: Node, attribute: Attribute) -> Written:
        """The value of an attribute: an expression, several where its kind has axes, or text that stands for itself."""
        if attribute.kind in ITSELF:
            return self.itself(node, attribute)
        if isinstance(node, Scalar) and node.text in attribute.choices:
            return Expression(node.text, node.span, None, node.text)
        if attribute.kind in LISTS:
            if isinstance(node, Scalar) and is_axes(node.text):
                return self.sizes(node)
            if isinstance(node, Sequence):
                if not all(item.items for item in (node, *node.items) if isinstance(item, Sequence)):
                    self.error("missing-value", "a list without values", node.span)
                    return Expression("0", node.span, None, 0)
                nested = attribute.kind == "padding"
                return tuple(
                    tuple(self.expression(part) for part in item.items) if nested and isinstance(item, Sequence) else self.expression(item)
                    for item in node.items
                )
        return self.expression(node)

    def itself(self, node: Node, attribute: Attribute) -> Written:
        """Text, or axes by name or place: what is never computed."""
        if attribute.kind == "axis_names" and isinstance(node, Sequence) and node.items:
            return tuple(self.axis(item) for item in node.items)
        if attribute.kind == "text":
            text = self.word(node, "an equation") or ""
            return Expression(text, node.span, None, text)
        return (self.axis(node),) if attribute.kind == "axis_names" else self.axis(node)

    def axis(self, node: Node) -> Expression:
        """`c`, `d`, `h`, `w`, `n`, or a place among the sizes."""
        text = self.word(node, "an axis") or ""
        if text in AXIS_NAMES:
            return Expression(text, node.span, None, text)
        if not is_integer(text) or len(text) > 3:
            self.error("bad-value", f"`{shown(text)}` is no axis", node.span, f"one of {', '.join(AXIS_NAMES)}, or a place from 0 on")
            return Expression("0", node.span, None, 0)
        return Expression(text, node.span, None, int(text))

    def shape(self, node: Node) -> tuple[Written, str]:
        """The shape of an input, and its kind: `3x224x224`, or `tokens: 77x768`."""
        if not isinstance(node, Mapping):
            return self.sizes(node), ""
        entries = self.mapping(node, "a shape", KINDS)
        if len(entries) != 1 and len(entries) == len(node.items):
            self.error("wrong-type", "a shape has one kind", node.span, "write 3x224x224, or {tokens: 77x768}")
        kind, value = next(iter(entries.items()), ("", None))
        return (self.sizes(value) if value is not None else Expression("1", node.span, None, 1)), kind

    def sizes(self, node: Node) -> tuple[Expression, ...]:
        """`3x224x224`, a number alone, or a list with expressions."""
        if isinstance(node, Sequence) and node.items:
            return tuple(self.expression(item) for item in node.items)
        if isinstance(node, Scalar) and is_axes(node.text):
            return tuple(Expression(size, node.span, None, int(size)) for size in node.text.split("x"))
        return (self.expression(node),)

    def references(self, node: Node) -> list[Reference]:
        found = []
        for item in node.items if isinstance(node, Sequence) else (node,):
            text = self.word(item, "a reference")
            if text is None:
                continue
            name, dot, tap = text.partition(".")
            if not is_name(name) or (dot and not is_name(tap)):
                hint = "write NAME, or CALL.NAME for a layer inside a call"
                self.error("unknown-name", f"`{text}` does not name a layer", item.span, hint)
            else:
                found.append(Reference(name, tap or None, item.span))
        return found

    def reference(self, node: Node) -> Reference:
        """The name of one layer."""
        found = self.references(node)
        if len(found) > 1 or (isinstance(node, Sequence) and not node.items):
            self.error("wrong-type", "expected the name of one layer", node.span, "write NAME, or CALL.NAME")
        return next(iter(found), Reference("previous", None, node.span))

    def name(self, node: Node) -> str:
        text = self.word(node, "name") or "unnamed"
        if not is_name(text):
            self.error("bad-name", f"`{text}` is not a name", node.span, "letters, digits, _ and -, a letter first")
        return text

    def word(self, node: Node | None, what: str) -> str | None:
        """Plain text."""
        if node is None or isinstance(node, Scalar):
            return node.text if node else None
        self.error("wrong-type", f"{what} is one word or text", node.span)
        return None

    def mapping(self, node: Node, what: str, allowed: tuple[str, ...]) -> dict[str, Node]:
        """The entries of a mapping with known keys."""
        found = {}
        for key, value in self.pairs(node, what):
            if key.text in allowed:
                found[key.text] = value
            elif key.text in RESERVED:
                self.error("reserved", f"`{key.text}` is reserved for later", key.span, "drop it")
            else:
                self.error("unknown-key", f"{what} has no key `{key.text}`", key.span, nearest(key.text, list(allowed)))
        return found

    def pairs(self, node: Node | None, what: str) -> tuple[tuple[Scalar, Node], ...]:
        if isinstance(node, Mapping):
            return node.items
        if node is not None:
            self.error("wrong-type", f"{what} is a mapping", node.span, "write key: value")
        return ()


def quoted(span: Span) -> str | None:
    """The expression that a comma cut in two, in quotes."""
    depth, text = 0, span.text[span.column - 1 :]
    for place, character in enumerate(text):
        depth += {"(": 1, ")": -1}.get(character, 0)
        if character == ")" and depth == 0:
            return f'quote an expression with a comma inside {{ }}: "{text[: place + 1]}"'
    return None


def is_name(text: str) -> bool:
    """Letters, digits, `_` and `-`, a letter or `_` first."""
    return text.isascii() and text.replace("-", "_").isidentifier() and text[0] != "-"


def is_axes(text: str) -> bool:
    """`3x224x224`: two or more whole numbers."""
    return "x" in text and all(len(part) < 20 and is_integer(part) and part[0] not in "-0" for part in text.split("x"))
