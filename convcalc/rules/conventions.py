"""Conventions as YAML: a table from ops to terms, in the layout language's own expressions."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from convcalc.analysis.convention import BACKWARD, FACTS, MACS, Convention, Numbers, Term
from convcalc.core.ops import ACTIVATIONS, NORMS, TRAITS
from convcalc.errors import ConvcalcError, Diagnostic, Refusal, usage
from convcalc.layout.evaluate import evaluate
from convcalc.layout.expression import BOOLEANS, WORDS, Expression
from convcalc.layout.library import is_path
from convcalc.layout.shipped import node_of, place, shipped_files
from convcalc.layout.source import Mapping, Node, Scalar
from convcalc.layout.values_reader import Entries
from convcalc.spelling import nearest

FOLDER = "conventions"
KEYS = ("convcalc", "convention", "version", "unit", "counts", "per_sample", "rules")
GROUPS = {"activations": ACTIVATIONS, "norms": NORMS, "all": tuple(TRAITS)}  # words for several ops
UNITS = ("MAC", "FLOP")


class RowNames:
    """What a rule sees: the facts of a row."""

    def __init__(self, numbers: Numbers) -> None:
        self.numbers = numbers

    def lookup(self, name: str) -> Any:
        return self.numbers(name)

    def size(self, name: str, field: str) -> int:
        raise Refusal("unknown-name", f"`{name}.{field}` in a rule", "rules see numbers of a row, not maps")


class Rules(Entries):
    """Reads one convention."""

    def __init__(self) -> None:
        super().__init__()
        self.backward = False  # whether a rule asks for a fact of the backward pass

    def convention(self, node: Node, name: str) -> Convention:
        """The convention of a document."""
        entries = self.mapping(node, "a convention", KEYS)
        for needed in ("unit", "counts", "rules"):
            if needed not in entries:
                self.error("missing-key", f"a convention has `{needed}`", node.span, f"add {needed}: …")
        unit = self.word(entries.get("unit"), "unit") or "MAC"
        if unit not in UNITS:
            self.error("bad-value", f"`{unit}` is no unit", entries["unit"].span, nearest(unit, list(UNITS)))
        rules: dict[str, tuple[Term, ...]] = {}
        for key, value in self.pairs(entries.get("rules"), "rules"):
            found = self.terms(value)
            for op in self.ops(key):
                if op in rules:
                    self.error("duplicate-name", f"{op} has a rule already", key.span)
                rules[op] = found
        return Convention(
            name=self.word(entries.get("convention"), "convention") or name,
            version=self.word(entries.get("version"), "version") or "",
            unit=unit,
            counts=self.word(entries.get("counts"), "counts") or "",
            rules=rules,
            per_sample=self.word(entries.get("per_sample"), "per_sample") == "true",
            backward=self.backward,
        )

    def ops(self, key: Scalar) -> list[str]:
        """The ops of a rule: names with blanks between them; `activations` and `norms` stand for all of those."""
        found: list[str] = []
        for word in key.text.split():
            if word in GROUPS:
                found += GROUPS[word]
            elif word in TRAITS:
                found.append(word)
            else:
                self.error("unknown-op", f"there is no op `{word}`", key.span, nearest(word, [*TRAITS, *GROUPS]))
        return found

    def terms(self, node: Node) -> tuple[Term, ...]:
        """One expression, which is called after its op unless it is the MACs, or several with labels."""
        if isinstance(node, Mapping):
            return tuple(Term(key.text, self.rule(value)) for key, value in node.items)
        return (Term(MACS if isinstance(node, Scalar) and node.text == MACS else "", self.rule(node)),)

    def rule(self, node: Node) -> Callable[[Numbers], Any]:
        """An expression over the facts of a row, as a function."""
        expression = self.expression(node)
        self.backward = self.backward or not expression.names.isdisjoint(BACKWARD)
        for name in sorted(expression.names):
            if name not in FACTS and name not in WORDS and name not in BOOLEANS:
                self.error("unknown-name", f"rules know no `{name}`", expression.span, nearest(name, list(FACTS)))
        return lambda numbers: whole(expression, numbers)


def whole(expression: Expression, numbers: Numbers) -> int:
    """The value of a rule for a row.

    Raises:
        ConvcalcError: where it is not a whole number.
    """
    try:
        value = evaluate(expression, RowNames(numbers))
    except Refusal as refusal:
        raise ConvcalcError(Diagnostic(refusal.code, refusal.message, expression.span, refusal.hint)) from None
    if isinstance(value, bool) or not isinstance(value, int):
        raise ConvcalcError(Diagnostic("not-whole", f"a rule gives a whole number, not {value}", expression.span, "use // or floor"))
    return value


def read_convention(name: str) -> Convention:
    """A shipped convention by name, or one's own by path.

    Raises:
        ConvcalcError: where there is none, or its file has errors.
    """
    if is_path(name):
        return load(name, name)
    if name not in convention_names():
        raise usage(f"--convention {name}: there is no such convention", nearest(name, convention_names()))
    return shipped(name)


def shipped(name: str) -> Convention:
    return load(*place(FOLDER, name))


def load(path: str, shown: str) -> Convention:
    reader = Rules()
    convention = reader.convention(node_of(path, shown), os.path.splitext(os.path.basename(path))[0])
    if reader.diagnostics:
        raise ConvcalcError(*reader.diagnostics)
    return convention._replace(path=shown)


def convention_names() -> list[str]:
    """Names of the shipped conventions, the default first."""
    names = [os.path.basename(path).removesuffix(".yaml") for path in shipped_files(FOLDER)]
    return sorted(names, key=lambda name: (name != "mac", name == "full", name))


def shipped_conventions() -> list[Convention]:
    return [shipped(name) for name in convention_names()]
