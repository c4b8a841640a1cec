"""Layouts → networks: calls expanded, expressions evaluated, every shape known.

A layer that fails is reported and yields nothing; what depends on it is passed over in silence, what does not is
still checked.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from convcalc.core.network import Group, Layer
from convcalc.core.ops import Op, build
from convcalc.core.shape import Map
from convcalc.core.size import LARGEST_SIZE, always
from convcalc.errors import ConvcalcError, Diagnostic, Note, Refusal, Span
from convcalc.layout.check_names import DEEPEST_CALLS, MOST_LAYERS
from convcalc.layout.evaluate import evaluate
from convcalc.layout.expression import Expression
from convcalc.layout.library import Library
from convcalc.layout.model import STYLE, Item, Layout, Parameter, Written, expressions_of, given_names, span_of
from convcalc.layout.place import Place
from convcalc.layout.scope import Frame, Result, Tensor, Unknown
from convcalc.layout.structure import join, repeat
from convcalc.layout.values import convert, flag
from convcalc.layout.vocabulary import OPS, Attribute, OpSpec

if TYPE_CHECKING:
    from collections.abc import Iterator

    from convcalc.layout.expression import Value


class Argument(NamedTuple):
    """A value that a caller gives, and where it and its name stand."""

    value: Value
    span: Span | None = None
    key: Span | None = None
    trail: tuple[Expression, Frame] | None = None  # what the caller evaluated, and where


class Builder:
    """Builds one network."""

    def __init__(self, library: Library) -> None:
        self.library = library
        self.number = 0
        self.layers = 0
        self.depth = 0
        self.diagnostics: list[Diagnostic] = []
        self.roots: list[int] = []  # values that count as used
        self.constants: dict[Any, Any] = {}

    # Calls

    def call(
        self,
        layout: Layout,
        arguments: dict[str, Argument],
        inputs: tuple[Result, ...],
        style: dict[str, Any],
        place: Place,
        file: Frame | None = None,
        calls: tuple[Note, ...] = (),
        manner: str | None = None,
    ) -> Result:
        """Expand a layout on some inputs."""
        frame = Frame(layout, dict(zip(layout.inputs, inputs, strict=True)), style, file, calls)
        frame.manner = manner
        for parameter in self.parameters(layout, arguments):
            self.set_parameter(frame, parameter, arguments.get(parameter.name))
        place.reserved = place.reserved | given_names(layout.layers)
        self.items(layout.layers, frame, place)
        taps = frame.scopes[0]
        if layout.outputs is None:
            if frame.previous is None:
                raise Unknown
            return Result(frame.previous.outputs, taps)
        outputs = {}
        for reference in layout.outputs:
            with self.located(frame, reference.span, ()):
                found = frame.resolve(reference)
                if not found.off:
                    outputs[reference.text] = found.tensor
        self.roots += [tensor.number for tensor in outputs.values()]
        if not outputs:
            raise Refusal("several-outputs", "every output is switched off")
        return Result(outputs, taps)

    def parameters(self, layout: Layout, arguments: dict[str, Argument]) -> Iterator[Parameter]:
        """The layout's own parameters in order, after the style words that only the caller sets."""
        for word in STYLE:
            if word in arguments and word not in layout.params:
                yield Parameter(word, None, layout.span)
        yield from layout.params.values()

    def set_parameter(self, frame: Frame, parameter: Parameter, argument: Argument | None) -> None:
        name, default = parameter.name, parameter.default
        if argument is not None:
            frame.set(name, argument.value, argument.span, argument.trail)
        elif default is not None:
            with self.located(frame, default.span, (default,)):
                frame.set(name, evaluate(default, frame), default.span, (default, frame))
        elif name not in STYLE:
            raise Refusal("missing-parameter", f"`{frame.layout.name}` needs `{name}`", f"give {name} a value")

    # Layers

    def items(self, items: tuple[Item, ...], frame: Frame, place: Place, name: str | None = None) -> None:
        """Expand a list of layers, each on the one before."""
        self.depth += 1
        if self.depth > DEEPEST_CALLS:
            raise Refusal("too-deep", f"lists and calls are nested more than {DEEPEST_CALLS} deep")
        for item in items:
            frame.previous = self.guarded(item, frame, place, name)
            if item.name is not None:
                frame.scopes[-1][item.name] = frame.previous
        self.depth -= 1

    def guarded(self, item: Item, frame: Frame, place: Place, name: str | None) -> Result | None:
        """Expand a layer; None where it fails, its error kept."""
        depth, scopes, passes, manner = self.depth, len(frame.scopes), len(frame.first), frame.manner
        frame.manner = item.calls or manner  # what stands inside is called alike, unless it says otherwise
        try:
            return self.item(item, frame, place, name)
        except Unknown:
            pass
        except Refusal as refusal:
            self.keep(Diagnostic(refusal.code, refusal.message, item.span, refusal.hint, frame.calls))
        except ConvcalcError as error:
            for diagnostic in error.diagnostics:
                self.keep(diagnostic)
        finally:
            frame.manner = manner
        self.depth = depth
        del frame.scopes[scopes:], frame.first[passes:]
        return None

    def keep(self, diagnostic: Diagnostic) -> None:
        """Keep an error once, however many calls of a block lead to it."""
        if not any(known.code == diagnostic.code and known.span == diagnostic.span for known in self.diagnostics):
            self.diagnostics.append(diagnostic)

    def item(self, item: Item, frame: Frame, place: Place, name: str | None) -> Result:
        if item.sources is not None:
            sources = tuple(frame.resolve(reference) for reference in item.sources)
        elif frame.previous is None:
            raise Unknown
        else:
            sources = (frame.previous,)
        if item.when is not None and not self.condition(item.when, frame):
            return sources[0]._replace(taps={}, off=True) if sources else Result({}, {}, True)
        if item.key == "repeat":
            return repeat(self, item, frame, sources[0], place)
        if item.key == "residual" or item.paths is not None:
            return join(self, item, frame, sources[0], place)
        spec = OPS.get(item.key)
        if spec is None:
            return self.block(item, frame, sources, place, name)
        tensors = tuple(source.tensor for source in sources)
        return Result({"output": self.op(item, spec, frame, tensors, place, name)})

    def op(self, item: Item, spec: OpSpec, frame: Frame, inputs: tuple[Tensor, ...], place: Place, name: str | None) -> Tensor:
        """An op, then the norm and activation that its attributes ask for."""
        if item.key in ("norm", "activation"):
            kind = frame.values[item.key]
            if kind == "none":
                return inputs[0]
            return self.simple(word_of(item.key, kind), inputs[0], self.row_name(item, place, name), item, frame, place)
        shape = inputs[0].shape
        axes = len(shape.spatial) if isinstance(shape, Map) else 0
        attributes = {key: self.attribute(item, key, spec, frame, axes) for key in spec.attributes}
        if item.key in ("max_pool", "avg_pool") and attributes["stride"] is None:
            attributes["stride"] = attributes["kernel"]
        norm, activation = attributes.pop("norm", "none"), attributes.pop("activation", "none")
        if attributes.get("bias") == "auto":
            attributes["bias"] = norm == "none"
        row = self.row_name(item, place, name)
        out = self.layer(row, build(item.key, attributes), inputs, item, frame, place)
        for part, kind in (("norm", norm), ("activation", activation)):
            if kind != "none":
                out = self.simple(kind, out, f"{row}.{part}" if row else part, item, frame, place)
        return out

    def simple(self, kind: str, x: Tensor, row: str, item: Item, frame: Frame, place: Place) -> Tensor:
        """A norm or activation with its defaults."""
        attributes = {key: attribute.default for key, attribute in OPS[kind].attributes.items()}
        return self.layer(row, build(kind, attributes), (x,), item, frame, place)

    def layer(self, name: str, op: Op, inputs: tuple[Tensor, ...], item: Item, frame: Frame, place: Place) -> Tensor:
        """Put one layer into the network."""
        shapes = tuple(tensor.shape for tensor in inputs)
        try:
            shape = op.out_shape(*shapes)
        except Refusal as refusal:
            raise self.diagnosed(refusal, item, frame) from None
        if any(extent > LARGEST_SIZE if isinstance(extent, int) else not always(extent <= LARGEST_SIZE) for extent in shape.sizes):
            raise Refusal("size-limit", "the map grows beyond 2^63 - 1")
        self.layers += 1
        if self.layers > MOST_LAYERS:
            raise stop(Diagnostic("too-many-layers", f"the network has more than {MOST_LAYERS:,} layers", item.span))
        sources = tuple(tensor.number for tensor in inputs)
        place.children.append(Layer(name, op, sources, shapes, shape, item.span, frame.manner))
        self.number += 1
        return Tensor(self.number - 1, shape)

    def row_name(self, item: Item, place: Place, name: str | None) -> str:
        """The given name, that of the pass (empty: the group's own), or an automatic one."""
        if item.name is not None:
            return place.named(item.name)
        return place.automatic(item.key) if name is None else name

    def block(self, item: Item, frame: Frame, sources: tuple[Result, ...], place: Place, name: str | None) -> Result:
        """A call of another layout, as a group of its own."""
        layout = self.library.resolve(frame.layout, item.key)
        assert layout is not None, "linked"
        arguments = {}
        if item.shorthand is not None:
            value = self.evaluate(item.shorthand, frame)
            arguments[next(iter(layout.params))] = Argument(value, item.shorthand.span, None, (item.shorthand, frame))
        for key, written in item.arguments.items():
            assert isinstance(written, Expression)
            arguments[key] = Argument(self.evaluate(written, frame), written.span, None, (written, frame))
        inputs = tuple(Result({"input": source.tensor}) for source in sources)
        file = (frame.file if frame.layout.local else frame) if layout.local and layout.path == frame.layout.path else None
        row = self.row_name(item, place, name)
        inner = place if row == "" else self.group(row, item.key, place, item.span)
        note = Note(f"called as `{item.key}` here", item.span)
        return self.call(layout, arguments, inputs, frame.style(), inner, file, (note, *frame.calls), frame.manner)

    def group(self, name: str, kind: str, place: Place, span: Span, entry: int = 0) -> Place:
        """A new group at the end of a place; `entry` is the value that a pass begins with."""
        children: list[Layer | Group] = []
        place.children.append(Group(name, kind, children, 1, span, entry))
        return Place(children, place.reserved)

    # Values

    def attribute(self, item: Item, key: str, spec: OpSpec, frame: Frame, axes: int) -> Any:
        """One attribute of an op: as given, from the style in force, or its default."""
        attribute = spec.attributes[key]
        written = item.arguments.get(key)
        if written is None:
            value = frame.values[key] if attribute.style else attribute.default
            try:
                return self.converted(item.key, key, attribute, value, axes)
            except Refusal as refusal:
                origin = frame.origins.get(key) or item.span
                raise stop(Diagnostic(refusal.code, refusal.message, origin, refusal.hint, frame.calls)) from None
        if isinstance(written, Expression) and written.tree is None:
            try:
                return self.converted(item.key, key, attribute, written.constant, axes)
            except Refusal as refusal:
                raise stop(Diagnostic(refusal.code, refusal.message, written.span, refusal.hint, frame.calls)) from None
        with self.located(frame, span_of(written), expressions_of(written)):
            return convert(attribute, value_of(written, frame), axes)

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

    def evaluate(self, expression: Expression, frame: Frame) -> Value:
        with self.located(frame, expression.span, (expression,)):
            return evaluate(expression, frame)

    def condition(self, expression: Expression, frame: Frame) -> bool:
        with self.located(frame, expression.span, (expression,)):
            return flag(OPS["conv"].attributes["bias"], evaluate(expression, frame), 0)

    # Errors

    @contextmanager
    def located(self, frame: Frame, span: Span, expressions: tuple[Expression, ...]) -> Iterator[None]:
        """Give what the core refuses a place."""
        try:
            yield
        except Refusal as refusal:
            notes = frame.notes(expressions)
            raise ConvcalcError(Diagnostic(refusal.code, refusal.message, span, refusal.hint, notes)) from None

    def diagnosed(self, refusal: Refusal, item: Item, frame: Frame) -> ConvcalcError:
        """A refusal of an op, at the value of the attribute it names."""
        written = item.arguments.get(refusal.attribute or "")
        if written is None:
            return stop(Diagnostic(refusal.code, refusal.message, item.span, refusal.hint, frame.calls))
        notes = frame.notes(expressions_of(written))
        return stop(Diagnostic(refusal.code, refusal.message, span_of(written), refusal.hint, notes))


def word_of(key: str, value: Any) -> str:
    """The op that a style word names.

    Raises:
        Refusal: for what is no word of that kind.
    """
    attribute = OPS["conv"].attributes[key]
    return str(convert(attribute, value, 1))


def value_of(written: Written, frame: Frame) -> Any:
    return evaluate(written, frame) if isinstance(written, Expression) else tuple(value_of(part, frame) for part in written)


def stop(diagnostic: Diagnostic) -> ConvcalcError:
    return ConvcalcError(diagnostic)
