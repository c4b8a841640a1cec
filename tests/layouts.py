"""Layouts from text, for tests of the language."""

from __future__ import annotations

from typing import Any

from convcalc.core.network import Network
from convcalc.core.shape import Map, Shape
from convcalc.core.trace import Trace, trace
from convcalc.errors import ConvcalcError, Diagnostic
from convcalc.layout.build import Argument
from convcalc.layout.library import Library
from convcalc.layout.network import build_network

X = Map(16, (8, 8))


def network(text: str, *shapes: Shape, style: dict[str, Any] | None = None, **arguments: Any) -> Network:
    """The network of a layout's text; on a 16×8×8 map where neither it nor the test gives a shape."""
    library = Library()
    layout = library.text(text, "test.yaml")
    runs_alone = all(written is not None for written in layout.inputs.values())
    given = {name: Argument(value) for name, value in arguments.items()}
    return build_network(library, layout, given, shapes or (None if runs_alone else (X,) * len(layout.inputs)), style)


def traced(text: str, *shapes: Shape, **arguments: Any) -> Trace:
    return trace(network(text, *shapes, **arguments))


def rows(text: str, *shapes: Shape, **arguments: Any) -> dict[str, Any]:
    """Paths and output sizes of the rows."""
    return {row.path: row.output.sizes for row in traced(text, *shapes, **arguments).rows}


def layers(text: str, **arguments: Any) -> dict[str, Any]:
    """The rows of a layout that has only these layers."""
    return rows(f"layers: {text}", **arguments)


def errors(text: str, *shapes: Shape, **arguments: Any) -> list[Diagnostic]:
    """What a layout's text is refused for; nothing where it is not."""
    try:
        network(text, *shapes, **arguments)
    except ConvcalcError as error:
        return list(error.diagnostics)
    return []


def codes(text: str, *shapes: Shape, **arguments: Any) -> list[str]:
    return [diagnostic.code for diagnostic in errors(text, *shapes, **arguments)]
