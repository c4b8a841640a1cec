"""Layers of a network: ops with their attributes evaluated, put in their place under their names, errors located."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from convcalc.core.network import Group, Layer, is_fixed
from convcalc.core.ops import Op, build
from convcalc.core.shape import Features, Map
from convcalc.core.size import LARGEST_SIZE, always
from convcalc.errors import MOST_ERRORS, ConvcalcError, Diagnostic, Refusal, Span
from convcalc.layout.check_names import FEWEST_PARTS, MOST_LAYERS, most_parts, too_many_parts
from convcalc.layout.evaluate import evaluate
from convcalc.layout.expression import Expression
from convcalc.layout.follow import FOLLOWING
from convcalc.layout.library import Library
from convcalc.layout.model import STYLE, Item, Written, expressions_of, span_of
from convcalc.layout.scope import Scope, Tensor
from convcalc.layout.values import convert, flag
from convcalc.layout.vocabulary import NAMING, OPS, Attribute, OpSpec

if TYPE_CHECKING:
    from collections.abc import Iterator

    from convcalc.layout.expression import Value


class Enough(Exception):
    """There are as many errors as anybody reads, or too much is expanded: the rest is not looked at."""


class Place:
    """Where layers are put: a group's children, and the names that are taken among them."""

    def __init__(self, children: list[Layer | Group], reserved: tuple[frozenset[str], ...] = ()) -> None:
        self.children = children
        self.reserved = reserved  # names that layers are given, by the layout and by those that call it
        self.taken: set[str] = set()
        self.counts: dict[str, int] = {}  # of automatic names, by op
        self.numbers: dict[str, int] = {}  # the last number of a given name that stands more than once
        self.passes = 0  # of unnamed repeats, which number on

    def automatic(self, key: str) -> str:
        """`conv2` for the second unnamed conv of this parent."""
        while True:
            number = self.counts[key] = self.counts.get(key, 0) + 1
            name = f"{key}{number}"
            if name not in self.taken and not any(name in names for names in self.reserved):
                self.taken.add(name)
                return name

    def named(self, name: str) -> str:
        """A given name; numbered where paths of other joins in this parent have it already."""
        if name in self.taken:
            return self.numbered(name)
        self.taken.add(name)
        return name

    def numbered(self, name: str) -> str:
        """A name with the first number from 2 on that is free."""
        number = self.numbers.get(name, 1)
        while True:
            number += 1
            chosen = f"{name}{number}"
            if chosen not in self.taken:
                break
        self.numbers[name] = number
        self.taken.add(chosen)
        return chosen


class Layers:
    """Puts layers into one network. `diagnostics` is what was wrong with them."""

    def __init__(self, library: Library) -> None:
        self.library = library
        self.number = 0
        self.layers = 0
        self.parts = 0  # layers, calls, parameters of calls and passes
        self.most = FEWEST_PARTS  # until it is known how long the text is
        self.depth = 0
        self.diagnostics: list[Diagnostic] = []
        self.kept: set[tuple[str, tuple[Any, ...] | None]] = set()  # codes and places of the diagnostics
        self.given: dict[int, frozenset[str]] = {}  # names that a layout gives its layers, by its identity
        self.roots: list[int] = []  # values that count as used
        self.fixed: set[int] = set()  # values that no input reaches
        self.constants: dict[Any, Any] = {}
        self.defaults: dict[Any, dict[str, Any]] = {}  # attributes that layers leave out, by what they give

    # Ops

    def op(self, item: Item, spec: OpSpec, scope: Scope, inputs: tuple[Tensor, ...], place: Place, name: str | None) -> Tensor:
        """An op, then the norm and activation that its attributes ask for."""
        if item.key in ("norm", "activation"):
            kind = scope.values[item.key]
            if kind == "none":
                return inputs[0]
            return self.simple(word_of(item.key, kind), inputs[0], self.row_name(item, place, name), item, scope, place)
        attributes = self.attributes(item, spec, scope, inputs)
        if item.key in FOLLOWING:
            FOLLOWING[item.key](attributes)
        norm, activation = attributes.pop("norm", "none"), attributes.pop("activation", "none")
        if attributes.get("bias") == "auto":
            attributes["bias"] = norm == "none"
        row = self.row_name(item, place, name)
        named = [key for key, attribute in spec.attributes.items() if attribute.kind == "input" and key in item.named]
        inputs += tuple(scope.resolve(item.named[key]).tensor for key in named)
        out = self.layer(row, build(item.key, attributes), inputs, item, scope, place)
        for part, kind in (("norm", norm), ("activation", activation)):
            if kind != "none":
                out = self.simple(kind, out, f"{row}.{part}" if row else part, item, scope, place)
        return out

    def simple(self, kind: str, x: Tensor, row: str, item: Item, scope: Scope, place: Place) -> Tensor:
        """A norm or activation with its defaults."""
        attributes = {key: attribute.default for key, attribute in OPS[kind].attributes.items()}
        return self.layer(row, build(kind, attributes), (x,), item, scope, place)

    def layer(self, name: str, op: Op, inputs: tuple[Tensor, ...], item: Item, scope: Scope, place: Place) -> Tensor:
        """Put one layer into the network."""
        if getattr(op, "alone", False):
            inputs = ()
        shapes = tuple(tensor.shape for tensor in inputs)
        try:
            shape = op.out_shape(*shapes)
        except Refusal as refusal:
            raise self.diagnosed(refusal, item, scope) from None
        if any(extent > LARGEST_SIZE if isinstance(extent, int) else not always(extent <= LARGEST_SIZE) for extent in shape.sizes):
            raise Refusal("size-limit", "the map grows beyond 2^63 - 1")
        self.part(item.span)
        self.layers += 1
        if self.layers > MOST_LAYERS:
            raise stop(Diagnostic("too-many-layers", f"the network has more than {MOST_LAYERS:,} layers", item.span))
        sources = tuple(tensor.number for tensor in inputs)
        place.children.append(Layer(name, op, sources, shapes, shape, item.span, scope.called_as))
        if is_fixed(sources, self.fixed):
            self.fixed.add(self.number)
        self.number += 1
        return Tensor(self.number - 1, shape)

    def part(self, span: Span, count: int = 1) -> None:
        """Count what is expanded.

        Raises:
            Enough: where it is more than the text allows.
        """
        self.parts += count
        if self.parts <= self.most:
            return
        self.most = most_parts(self.library)
        if self.parts > self.most:
            self.keep(too_many_parts("the network", self.most, span))
            raise Enough

    def row_name(self, item: Item, place: Place, name: str | None) -> str:
        """The given name, that of the pass (empty: the group's own), or an automatic one."""
        if item.name is not None:
            return place.named(item.name)
        return place.automatic(item.key) if name is None else name

    def group(self, name: str, kind: str, place: Place, span: Span, entry: int = 0) -> Place:
        """A new group at the end of a place; `entry` is the value that a pass begins with."""
        children: list[Layer | Group] = []
        place.children.append(Group(name, kind, children, 1, span, entry))
        return Place(children, place.reserved)

    # Values

    def attributes(self, item: Item, spec: OpSpec, scope: Scope, inputs: tuple[Tensor, ...]) -> dict[str, Any]:
        """The attributes of an op on its inputs; those that name a layer give its shape."""
        shape = inputs[0].shape if inputs else None
        axes = len(shape.spatial) if isinstance(shape, Map) else 0
        places = len(shape.sizes) - 1 if isinstance(shape, Features) else axes
        found = dict(self.left_out(item, spec, scope, axes, places))
        for key in item.arguments:
            found[key] = self.attribute(item, key, spec, scope, places if spec.attributes[key].kind.startswith("places") else axes)
        for key in item.named:
            found[key] = scope.resolve(item.named[key]).tensor.shape
        return found

    def left_out(self, item: Item, spec: OpSpec, scope: Scope, axes: int, places: int) -> dict[str, Any]:
        """The attributes that a layer does not give, remembered: most layers leave out what others did, in the same style."""
        norm, activation, bias, padding = (scope.values[word] for word in STYLE)
        same = item.key, tuple(item.arguments), norm, activation, bias, type(bias), padding, type(padding), axes, places
        found = self.defaults.get(same)
        if found is None:
            found = self.defaults[same] = {
                key: self.attribute(item, key, spec, scope, places if attribute.kind.startswith("places") else axes)
                for key, attribute in spec.attributes.items()
                if attribute.kind not in NAMING and key not in item.arguments
            } | dict.fromkeys(key for key, attribute in spec.attributes.items() if attribute.kind in NAMING)
        return found

    def attribute(self, item: Item, key: str, spec: OpSpec, scope: Scope, axes: int) -> Any:
        """One attribute of an op: as given, from the style in force, or its default."""
        attribute = spec.attributes[key]
        written = item.arguments.get(key)
        if written is None:
            value = scope.values[key] if attribute.style else attribute.default
            try:
                return self.converted(item.key, key, attribute, value, axes)
            except Refusal as refusal:
                origin = scope.origins.get(key) or item.span
                raise stop(Diagnostic(refusal.code, refusal.message, origin, refusal.hint, scope.calls)) from None
        if isinstance(written, Expression) and written.tree is None:
            try:
                return self.converted(item.key, key, attribute, written.constant, axes)
            except Refusal as refusal:
                raise stop(Diagnostic(refusal.code, refusal.message, written.span, refusal.hint, scope.calls)) from None
        with self.located(scope, span_of(written), expressions_of(written)):
            return convert(attribute, value_of(written, scope), axes)

    def converted(self, op: str, key: str, attribute: Attribute, value: Any, axes: int) -> Any:
        """A constant as the op takes it, remembered: most layers say what others said."""
        memo = op, key, type(value), value, axes
        try:
            return self.constants[memo]
        except TypeError:  # an array
            return convert(attribute, value, axes)
        except KeyError:
            found = self.constants[memo] = convert(attribute, value, axes)
            return found

    def evaluate(self, expression: Expression, scope: Scope) -> Value:
        with self.located(scope, expression.span, (expression,)):
            return evaluate(expression, scope)

    def condition(self, expression: Written, scope: Scope) -> bool:
        assert isinstance(expression, Expression)
        with self.located(scope, expression.span, (expression,)):
            return flag(OPS["conv"].attributes["bias"], evaluate(expression, scope), 0)

    # Errors

    def keep(self, diagnostic: Diagnostic) -> None:
        """Keep an error once, however many calls of a block lead to it."""
        span = diagnostic.span
        key = diagnostic.code, span and (span.source.path, *span[1:])
        if key in self.kept:
            return
        self.kept.add(key)
        self.diagnostics.append(diagnostic)
        if len(self.diagnostics) >= MOST_ERRORS:
            raise Enough

    @contextmanager
    def located(self, scope: Scope, span: Span, expressions: tuple[Expression, ...]) -> Iterator[None]:
        """Give what the core refuses a place."""
        try:
            yield
        except Refusal as refusal:
            notes = scope.notes(expressions)
            raise ConvcalcError(Diagnostic(refusal.code, refusal.message, span, refusal.hint, notes)) from None

    def diagnosed(self, refusal: Refusal, item: Item, scope: Scope) -> ConvcalcError:
        """A refusal of an op, at the value of the attribute it names."""
        written = item.arguments.get(refusal.attribute or "")
        if written is None:
            return stop(Diagnostic(refusal.code, refusal.message, item.span, refusal.hint, scope.calls))
        notes = scope.notes(expressions_of(written))
        return stop(Diagnostic(refusal.code, refusal.message, span_of(written), refusal.hint, notes))


def word_of(key: str, value: Any) -> str:
    """The op that a style word names.

    Raises:
        Refusal: for what is no word of that kind.
    """
    attribute = OPS["conv"].attributes[key]
    return str(convert(attribute, value, 1))


def value_of(written: Written, scope: Scope) -> Any:
    return evaluate(written, scope) if isinstance(written, Expression) else tuple(value_of(part, scope) for part in written)


def stop(diagnostic: Diagnostic) -> ConvcalcError:
    return ConvcalcError(diagnostic)
