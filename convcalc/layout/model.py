"""A layout as written: checked text, nothing evaluated."""

from __future__ import annotations

from typing import Any, Protocol

from convcalc.core.network import Network
from convcalc.core.shape import Shape
from convcalc.errors import Diagnostic, Span
from convcalc.layout.expression import Expression
from convcalc.layout.source import Node, Scalar
from convcalc.record import NamedTuple

# An attribute's value as written: one expression, or one an axis (and for padding one before and after each).
Written = Expression | tuple[Any, ...]


class Parameter(NamedTuple):
    """A name that a call may set. `default` is None where it must."""

    name: str
    default: Expression | None
    span: Span


class Reference(NamedTuple):
    """What `from` and `outputs` name: a layer, or a layer inside a call (`backbone.layer3`)."""

    name: str
    tap: str | None
    span: Span

    @property
    def text(self) -> str:
        return f"{self.name}.{self.tap}" if self.tap else self.name


class Path(NamedTuple):
    """One way through a join."""

    name: str
    layers: tuple[Item, ...]
    when: Expression | None
    span: Span


class Item(NamedTuple):
    """A layer as written: an op, a join, a repeat or a call."""

    key: str
    span: Span
    arguments: dict[str, Written]
    keys: dict[str, Scalar]  # each argument's key as it stands
    name: str | None = None
    sources: tuple[Reference, ...] | None = None
    when: Expression | None = None
    calls: str | None = None
    paths: tuple[Path, ...] | None = None
    layers: tuple[Item, ...] = ()
    shorthand: Expression | None = None  # a scalar alone: the first parameter of a call
    named: dict[str, Reference] = {}  # attributes that name an earlier layer
    weights: Reference | None = None  # the layer whose parameters it uses

    @property
    def references(self) -> tuple[Reference, ...]:
        """All earlier layers that it reads or looks at."""
        return (*(self.sources or ()), *self.named.values())


class Preset(NamedTuple):
    """A named choice of parameters, input and expectations."""

    params: dict[str, Expression]
    input: Written | None
    kind: str  # of the input, where it says one
    expect: dict[str, Expression]
    source: str | None
    span: Span


class Imported(Protocol):
    """A model that is no layout.

    `notes` are on its last network, `unused` are parameters in it that nothing uses, `channels` those of its first
    input where they are fixed and other sizes are open.
    """

    notes: list[Diagnostic]
    unused: int
    channels: int | None

    def network(self, shapes: tuple[Shape, ...] | None) -> Network: ...


class Layout(NamedTuple):
    """A design: a block, a network, or a file of blocks.

    `inputs` maps names to shapes where they are given; a layout with all shapes runs alone. `file` is the layout
    at the top of the file, for a local block.
    """

    name: str
    span: Span
    params: dict[str, Parameter]
    layers: tuple[Item, ...]
    inputs: dict[str, Written | None]
    kinds: dict[str, str] = {}  # of inputs that say what they are: tokens, features, tensor
    outputs: tuple[Reference, ...] | None = None
    summary: str | None = None
    blocks: dict[str, Layout] = {}
    includes: tuple[tuple[str, Span], ...] = ()
    presets: dict[str, Preset] = {}
    expect: dict[str, Expression] = {}
    source: str | None = None
    budgets: Node | None = None  # as it stands: who holds budgets against figures reads it
    local: bool = False
    library: bool = False  # a file of blocks, without layers of its own
    graph: Imported | None = None  # a model of another format, which knows its network

    @property
    def path(self) -> str:
        """The file, as messages show it."""
        return self.span.source.path

    def with_preset(self, name: str) -> Layout:
        """The layout with a preset's parameters as defaults."""
        preset = self.presets[name]
        params = dict(self.params)
        for key, value in preset.params.items():
            if key in params:
                params[key] = params[key]._replace(default=value)
            else:
                params[key] = Parameter(key, value, value.span)
        inputs: dict[str, Written | None] = {"input": preset.input} if preset.input is not None else self.inputs
        kinds = {"input": preset.kind} if preset.kind else {} if preset.input is not None else self.kinds
        source = preset.source or self.source
        return self._replace(name=name, params=params, inputs=inputs, kinds=kinds, expect=preset.expect, source=source)


class Model(str):
    """A design that is in no file: its name, and the layout that it brings with it. It is equal to itself alone."""

    layout: Layout

    def __new__(cls, name: str, layout: Layout) -> Model:
        found = super().__new__(cls, name)
        found.layout = layout
        return found

    __hash__ = object.__hash__

    def __eq__(self, other: object) -> bool:
        return self is other

    def __ne__(self, other: object) -> bool:
        return self is not other


STYLE = ("norm", "activation", "bias", "padding")
STYLE_DEFAULTS: dict[str, Any] = {"norm": "none", "activation": "none", "bias": "auto", "padding": "same"}
EVERY_LAYER = ("name", "from", "when", "as", "weights")
RESERVED = ("use",)


def first_differs(items: tuple[Item, ...]) -> bool:
    """Whether a first pass over some layers may differ from the next on the same shape.

    It may where `first` stands in them, and where they name a layer outside: that may be the first pass's own input,
    but not the next one's. A repeat inside has a `first` of its own.
    """
    inside = given_names(items)
    return any(item_differs(item, inside) for item in items)


def item_differs(item: Item, inside: frozenset[str]) -> bool:
    expressions = [*item.arguments.values(), item.when, item.shorthand, *(path.when for path in item.paths or ())]
    if any(names_first(written) for written in expressions if written is not None):
        return True
    if any(reference.name not in inside and reference.name != "previous" for reference in item.references):
        return True
    return any(item_differs(inner, inside) for path in item.paths or () for inner in path.layers) or any(
        outside(inner, inside) for inner in item.layers
    )


def outside(item: Item, inside: frozenset[str]) -> bool:
    """Whether a layer of a repeat inside names a layer outside."""
    named = any(reference.name not in inside and reference.name != "previous" for reference in item.references)
    layers = (*item.layers, *(inner for path in item.paths or () for inner in path.layers))
    return named or any(outside(inner, inside) for inner in layers)


def names_first(written: Written) -> bool:
    return "first" in written.names if isinstance(written, Expression) else any(names_first(part) for part in written)


def given_names(items: tuple[Item, ...]) -> frozenset[str]:
    """Names that a layout gives its layers, however deep: automatic ones step around them."""
    found: set[str] = set()
    for item in items:
        found |= {item.name} if item.name is not None else set()
        for layers in (item.layers, *(path.layers for path in item.paths or ())):
            found |= given_names(layers)
    return frozenset(found)


def expressions_of(written: Written) -> tuple[Expression, ...]:
    if isinstance(written, Expression):
        return (written,)
    return tuple(expression for part in written for expression in expressions_of(part))


def span_of(written: Written) -> Span:
    """Where a value stands; a list, at its first entry."""
    return expressions_of(written)[0].span
