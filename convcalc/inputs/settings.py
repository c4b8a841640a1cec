"""Settings as people write them: `name=value,name=value`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from convcalc.errors import ConvcalcError, Diagnostic, Refusal, Source, Span, usage
from convcalc.inputs.sizes import shown
from convcalc.layout.build import Argument
from convcalc.layout.evaluate import evaluate
from convcalc.layout.expression import parse
from convcalc.layout.vocabulary import OPS
from convcalc.record import NamedTuple
from convcalc.spelling import nearest

if TYPE_CHECKING:
    from convcalc.layout.expression import Value

ARGUMENTS = re.compile(r":(?=\s*[^\W\d]\w*\s*=)")  # the colon behind which arguments begin; others belong to a path


class Constants:
    """The names that a command line sees: none."""

    def lookup(self, name: str) -> Value:
        raise Refusal("bad-value", f"`{name}` is not a number or word", "arguments are numbers, true, false or words such as relu")

    def size(self, name: str, field: str) -> int:
        raise Refusal("bad-value", f"no map `{name}` is visible on the command line")


class Setting(NamedTuple):
    """A name and the text of its value, each with its place."""

    value: str
    span: Span
    key: Span


def split_design(text: str) -> tuple[str, str]:
    """The name, and what follows the colon that begins arguments; other colons belong to a path."""
    found = ARGUMENTS.search(text, 1)
    return (text[: found.start()], text[found.start() + 1 :]) if found else (text, "")


def read_arguments(text: str, offset: int, rest: str) -> dict[str, Argument]:
    """`name=value,name=value`, the values evaluated."""
    return evaluated(split_arguments(text, offset, rest))


def evaluated(settings: Mapping[str, Setting]) -> dict[str, Argument]:
    """Settings with their values as numbers, truths and words."""
    return {name: Argument(read_value(one.value, one.span), one.span, one.key) for name, one in settings.items()}


def split_arguments(text: str, offset: int, rest: str) -> dict[str, Setting]:
    """`name=value,name=value`; a comma inside parentheses or brackets belongs to the value."""
    source = Source(text, (text,))
    arguments: dict[str, Setting] = {}
    for match in re.finditer(r"(?:[^,(\[]|\([^)]*\)?|\[[^\]]*\]?)+", rest):
        name, equals, value = match[0].partition("=")
        place = Span(source, 1, offset + match.start() + 1, len(match[0]))
        if not equals:
            raise ConvcalcError(Diagnostic("usage", f"`{match[0]}` is not name=value", place, "write bottleneck:reduction=8,kernel=5"))
        if name.strip() in arguments:
            raise ConvcalcError(Diagnostic("usage", f"`{name.strip()}` is given twice", place, "drop one"))
        span = Span(source, 1, place.column + len(name) + 1, max(len(value), 1))
        arguments[name.strip()] = Setting(value.strip(), span, place._replace(length=max(len(name), 1)))
    return arguments


def read_value(text: str, span: Span | None) -> Value:
    """A number, boolean or word."""
    place = span or Span(Source(text, (text,)), 1, 1, len(text))
    try:
        return evaluate(parse(text, place), Constants())
    except Refusal as refusal:
        raise ConvcalcError(Diagnostic(refusal.code, refusal.message, place, refusal.hint)) from None


def read_settings(texts: Iterable[str]) -> dict[str, Setting]:
    """`name=value,name=value`, as `--set` takes it, each name once."""
    found: dict[str, Setting] = {}
    for text in texts:
        name, equals, _ = text.partition("=")
        if not equals or not name.strip():
            raise usage(f"--set {text}: expected name=value", "write --set width=0.5")
        for key, argument in split_arguments(text, 0, text).items():
            if key in found:
                raise usage(f"--set {text}: `{key}` is given twice", "drop one")
            found[key] = argument
    return found


def settings_of(given: Mapping[str, Any] | Sequence[str]) -> dict[str, Argument]:
    """Arguments from a mapping or from `name=value` texts."""
    return evaluated(texts_of(given))


def texts_of(given: Mapping[str, Any] | Sequence[str]) -> dict[str, Setting]:
    """The same with the texts of the values, as attributes of an op are written."""
    if isinstance(given, Mapping):
        given = [f"{name}={str(value).lower() if isinstance(value, bool) else value}" for name, value in given.items()]
    return read_settings(given)


def style_options(norm: str | None, activation: str | None, bias: bool | str | None) -> dict[str, Any]:
    """The style words that were given, checked."""
    found: dict[str, Any] = {}
    for word, value in (("norm", norm), ("activation", activation), ("bias", bias)):
        if value is None:
            continue
        choices = ["true", "false", "auto"] if word == "bias" else list(OPS["conv"].attributes[word].choices)
        text = str(value).lower() if isinstance(value, bool) else value
        if text not in choices:
            raise usage(f"--{word} {shown(text)}: there is no such {word}", nearest(text, choices))
        found[word] = {"true": True, "false": False}.get(text, text)
    return found
