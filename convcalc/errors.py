"""What can go wrong, as data. Every room may import this one; it imports none."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from convcalc.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

Item = TypeVar("Item")
Result = TypeVar("Result")

MOST_ERRORS = 200  # of a run; then it ends


class Source(NamedTuple):
    """A text that a person wrote: its name as that person would call it, and its lines."""

    path: str
    lines: tuple[str, ...]

    def __hash__(self) -> int:
        """By what is short: a set of findings must not go through the text for each."""
        return hash((self.path, len(self.lines)))


class Span(NamedTuple):
    """A place in a source: line and column count from 1, in code points."""

    source: Source
    line: int
    column: int
    length: int = 1

    @property
    def text(self) -> str:
        """The source line, empty where the source has none (an empty file)."""
        lines = self.source.lines
        return lines[self.line - 1] if 0 < self.line <= len(lines) else ""


class Note(NamedTuple):
    """A second place that matters: where the value at fault comes from, or the call that led here."""

    message: str
    span: Span | None = None


class Diagnostic(NamedTuple):
    """One finding: what, where, why, and what to do about it."""

    code: str
    message: str
    span: Span | None = None
    hint: str | None = None
    notes: tuple[Note, ...] = ()
    severity: str = "error"


class ConvcalcError(Exception):
    """Input that cannot be used. Holds every diagnostic found, in the order of the text."""

    def __init__(self, *diagnostics: Diagnostic) -> None:
        super().__init__("; ".join(d.message for d in diagnostics))
        self.diagnostics = diagnostics


def too_many_errors(diagnostics: list[Diagnostic]) -> ConvcalcError:
    """Enough errors to work on; the rest of the file is not looked at."""
    last = Diagnostic(
        "too-many-errors", f"{len(diagnostics)} errors, and the rest is not looked at", diagnostics[-1].span, "mend these first"
    )
    return ConvcalcError(*diagnostics, last)


class Refusal(Exception):
    """What the core raises: it knows the rule that was broken, and never the file.

    `attribute` names the attribute of the op at fault, so that the layout can point at its value.
    """

    def __init__(self, code: str, message: str, hint: str | None = None, attribute: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint
        self.attribute = attribute


def usage(message: str, hint: str | None = None) -> ConvcalcError:
    """An option or argument that cannot be used."""
    return ConvcalcError(Diagnostic("usage", message, None, hint))


def for_each(items: Iterable[Item], work: Callable[[Item], Result]) -> list[Result]:
    """What some work gives for each item.

    Raises:
        ConvcalcError: with the errors of all items, each once.
    """
    found: list[Result] = []
    problems: dict[Diagnostic, None] = {}  # in order, each once
    for item in items:
        try:
            found.append(work(item))
        except ConvcalcError as error:
            problems |= dict.fromkeys(error.diagnostics)
    if problems:
        raise ConvcalcError(*problems)
    return found
