"""Designs as people name them: `plain`, `bottleneck:reduction=8,kernel=5`, `./mine.yaml`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from convcalc.core.shape import Map, Shape
from convcalc.core.size import LARGEST_SIZE
from convcalc.errors import ConvcalcError, Diagnostic, Refusal, Source, Span, usage
from convcalc.layout.assemble import build_network
from convcalc.layout.build import Argument
from convcalc.layout.evaluate import evaluate
from convcalc.layout.expression import parse
from convcalc.layout.library import Library
from convcalc.layout.model import STYLE

if TYPE_CHECKING:
    from convcalc.analysis.convention import Convention
    from convcalc.core.network import Network
    from convcalc.layout.expression import Value
    from convcalc.layout.model import Layout


class Design(NamedTuple):
    """A layout and the arguments that its name gives it."""

    text: str
    layout: Layout
    arguments: dict[str, Argument]


# The style that a caller has in force around blocks: an activation after each convolution, and nothing else.
STYLE_IN_FORCE = {"norm": "none", "activation": "relu", "bias": False}


def runs_alone(design: Design) -> bool:
    """Whether it says what its inputs are, as networks do."""
    return all(written is not None for written in design.layout.inputs.values())


def network_of(library: Library, design: Design, shape: Shape | None, given: Mapping[str, Any], style: Mapping[str, Any]) -> Network:
    """A design on an input (None: its own), with what is given of its parameters and style; cout of a block is cin.

    Raises:
        ConvcalcError: where its layout refuses that.
    """
    arguments = dict(design.arguments)
    known = (*design.layout.params, *STYLE)
    for name, value in given.items():
        if name in known:
            arguments.setdefault(name, Argument(value))
    if shape is not None and "cout" in design.layout.params and not runs_alone(design):
        arguments.setdefault("cout", Argument(shape.channels))
    shapes = None if shape is None else (shape,)
    return build_network(library, design.layout, arguments, shapes, {} if runs_alone(design) else dict(style))


class Constants:
    """The names that a command line sees: none."""

    def lookup(self, name: str) -> Value:
        raise Refusal("bad-value", f"`{name}` is not a number or word", "arguments are numbers, true, false or words such as relu")

    def size(self, name: str, field: str) -> int:
        raise Refusal("bad-value", f"no map `{name}` is visible on the command line")


def read_design(library: Library, text: str) -> Design:
    """The layout that a text names, and its arguments.

    Raises:
        ConvcalcError: for an unknown design, or arguments that cannot be read; the caret is in the text itself.
    """
    name, rest = split_design(text)
    return Design(text, library.design(name), read_arguments(text, len(name) + 1, rest))


def split_design(text: str) -> tuple[str, str]:
    """The name, and what follows the colon that begins arguments; other colons belong to a path."""
    for place, character in enumerate(text):
        if character == ":" and place and text[place + 1 :].partition("=")[0].strip().isidentifier() and "=" in text[place:]:
            return text[:place], text[place + 1 :]
    return text, ""


def read_arguments(text: str, offset: int, rest: str) -> dict[str, Argument]:
    """`name=value,name=value`; a comma inside parentheses belongs to the value."""
    source = Source(text, (text,))
    arguments: dict[str, Argument] = {}
    for match in re.finditer(r"(?:[^,(]|\([^)]*\)?)+", rest):
        name, equals, value = match[0].partition("=")
        place = Span(source, 1, offset + match.start() + 1, len(match[0]))
        if not equals:
            raise ConvcalcError(Diagnostic("usage", f"`{match[0]}` is not name=value", place, "write bottleneck:reduction=8,kernel=5"))
        if name.strip() in arguments:
            raise ConvcalcError(Diagnostic("usage", f"`{name.strip()}` is given twice", place, "drop one"))
        span = Span(source, 1, place.column + len(name) + 1, max(len(value), 1))
        arguments[name.strip()] = Argument(read_value(value.strip(), span), span, place._replace(length=max(len(name), 1)))
    return arguments


def read_value(text: str, span: Span | None) -> Value:
    """A number, boolean or word."""
    place = span or Span(Source(text, (text,)), 1, 1, len(text))
    try:
        return evaluate(parse(text, place), Constants())
    except Refusal as refusal:
        raise ConvcalcError(Diagnostic(refusal.code, refusal.message, place, refusal.hint)) from None


def read_settings(texts: Iterable[str]) -> dict[str, Argument]:
    """`name=value,name=value`, as `--set` takes it, each name once."""
    found: dict[str, Argument] = {}
    for text in texts:
        name, equals, _ = text.partition("=")
        if not equals or not name.strip():
            raise usage(f"--set {text}: expected name=value", "write --set width=0.5")
        for key, argument in read_arguments(text, 0, text).items():
            if key in found:
                raise usage(f"--set {text}: `{key}` is given twice", "drop one")
            found[key] = argument
    return found


def chosen_convention(name: str | None) -> Convention | None:
    """The convention of an option; None for the default, which needs no file."""
    if name in (None, "mac"):
        return None
    from convcalc.api.convention import read_convention

    return read_convention(str(name))


def read_size(option: str, value: Any) -> int:
    """A whole number of at least 1 and below 2^63."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise usage(f"{option}: expected a whole number, got {value!r}")
    text = str(value) if isinstance(value, str) or value < 10**19 else "1" * 20
    if not (text.isdecimal() and text.isascii()):
        raise usage(f"{option} {shown(text)}: expected a whole number of at least 1")
    if len(text.lstrip("0")) > 19 or int(text) > LARGEST_SIZE:
        raise usage(f"{option} {shown(text)}: larger than 2^63 - 1")
    if int(text) < 1:
        raise usage(f"{option} {text}: expected at least 1")
    return int(text)


def read_sizes(option: str, value: Any) -> tuple[int, ...]:
    """`56`, `56x48`, or a sequence of sizes."""
    if isinstance(value, str):
        parts_of = value.replace("×", "x").split("x")
        if not all(parts_of):
            raise usage(f"{option} {shown(value)}: a size is missing", f"write {option} 56x48")
        value = parts_of
    parts: Iterable[Any] = value if isinstance(value, tuple | list) else (value,)
    return tuple(read_size(option, part) for part in parts)


def read_input(option: str, value: Any) -> Shape:
    """A shape: `3x224x224`."""
    sizes = read_sizes(option, value)
    if not 2 <= len(sizes) <= 4:
        raise usage(f"{option}: a shape has channels and 1 to 3 spatial sizes", f"write {option} 3x224x224")
    return Map(sizes[0], sizes[1:])


def shown(text: str) -> str:
    return text if len(text) <= 24 else text[:20] + "…"
