"""What a layout sees while it is built: its parameters, the style in force, its maps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from convcalc.core.network import Group, Layer
from convcalc.core.ops.axes import axis_names
from convcalc.core.shape import Shape
from convcalc.errors import Note, Refusal, Span
from convcalc.layout.evaluate import show
from convcalc.layout.expression import LAYOUT_SIZES, Expression, shown
from convcalc.layout.model import Layout, Reference
from convcalc.record import NamedTuple

if TYPE_CHECKING:
    from convcalc.layout.expression import Value


MOST_NOTES = 20  # steps that a value is followed back


class Tensor(NamedTuple):
    """A value of the network: its number and shape."""

    number: int
    shape: Shape


class Unknown(Exception):
    """Something depends on a layer that failed; that layer's error is the one to show."""


class Made(NamedTuple):
    """The layers that an item of a layout became: entries start … stop−1 of a list, and the number of the first one's value."""

    first: int
    siblings: list[Layer | Group]
    start: int
    stop: int


class Result(NamedTuple):
    """What a layer gives: one tensor, or a named few. `taps` are the layers that others may name as CALL.NAME."""

    outputs: dict[str, Tensor]
    taps: dict[str, Result | None] = {}
    off: bool = False  # switched off by `when`
    made: Made | None = None  # of a named layer

    @property
    def tensor(self) -> Tensor:
        """The one output.

        Raises:
            Refusal: when there are several.
        """
        if len(self.outputs) > 1:
            names = list(self.outputs)
            raise Refusal("several-outputs", f"this call has {len(names)} outputs", f"name one: CALL.{names[0]}")
        return next(iter(self.outputs.values()))


class Scope:
    """One use of a layout. A layer that failed stands in the scopes as None, and all that needs it is Unknown."""

    def __init__(
        self, layout: Layout, inputs: dict[str, Result | None], style: dict[str, Any], file: Scope | None, calls: tuple[Note, ...]
    ) -> None:
        self.layout = layout
        self.file = file  # the scope whose parameters a local block sees
        self.values: dict[str, Value] = dict(style)
        self.origins: dict[str, Span] = {}
        self.trails: dict[str, tuple[Expression, Scope]] = {}  # what a value was computed from, and where
        self.calls = calls
        self.levels: list[dict[str, Result | None]] = [dict(inputs)]
        self.previous: Result | None = next(iter(inputs.values()), None)
        self.called_as: str | None = None  # module, function or method: how the original calls what stands here (`as`)
        self.first: list[bool] = []  # whether each open repeat is in its first pass
        self.input = self.previous
        self.has_input = bool(inputs)

    def style(self) -> dict[str, Any]:
        """The style words in force."""
        return {word: self.values[word] for word in ("norm", "activation", "bias", "padding")}

    def set(self, name: str, value: Value, origin: Span | None, trail: tuple[Expression, Scope] | None = None) -> None:
        """Give a parameter its value, from a caller or its default."""
        self.values[name] = value
        if origin is not None:
            self.origins[name] = origin
        if trail is not None:
            self.trails[name] = trail

    # What expressions ask

    def lookup(self, name: str) -> Value:
        if name in self.values:
            return self.values[name]
        if name == "first" and self.first:
            return self.first[-1]
        if name in LAYOUT_SIZES:
            return self.extent(self.input, "the layout's input", LAYOUT_SIZES[name])
        if self.file is not None and name in self.file.values:
            return self.file.values[name]
        raise Refusal("unknown-name", f"`{name}` has no value here")

    def size(self, name: str, field: str) -> int:
        if name == "previous":
            return self.extent(self.previous, name, field)
        if name == "input" and name not in self.levels[0]:
            return self.extent(self.input, name, field)
        return self.extent(self.find(name), name, field)

    def extent(self, result: Result | None, what: str, field: str) -> int:
        """One size of a map."""
        if result is None:
            if not self.has_input:
                raise Refusal("unknown-name", f"{what} has no size yet")
            raise Unknown
        shape = result.tensor.shape
        if field == "c":
            return shape.channels  # type: ignore[no-any-return]
        names = axis_names(shape)
        if field not in names:
            raise Refusal("wrong-kind", f"{what} has no {field}: it is {'×'.join(map(str, shape.sizes))}", "c is its channels")
        return shape.sizes[names.index(field)]  # type: ignore[no-any-return]

    def find(self, name: str) -> Result | None:
        return next((scope[name] for scope in reversed(self.levels) if name in scope), None)

    # What layers ask

    def resolve(self, reference: Reference) -> Result:
        """What a reference names.

        Raises:
            Unknown: when that layer failed.
            Refusal: for a tap on a layer that `when` switched off.
        """
        if reference.name == "previous":
            found = self.previous
        elif reference.name == "input" and "input" not in self.levels[0]:
            found = self.input
        else:
            found = self.find(reference.name)
        if found is not None and reference.tap is not None:
            if reference.tap not in found.taps:
                raise Refusal("unknown-name", f"`{reference.name}` is switched off here, so it has no `{reference.tap}`")
            found = found.taps[reference.tap]
        if found is None:
            raise Unknown
        return found

    def notes(self, expressions: tuple[Expression, ...]) -> tuple[Note, ...]:
        """Where the values of some expressions come from, step by step, and the calls that led here."""
        found: dict[Note, None] = {}  # in order, each once
        pending: list[tuple[Expression, Scope]] = [(expression, self) for expression in expressions]
        while pending and len(found) < MOST_NOTES:
            expression, scope = pending.pop(0)
            for name in sorted(expression.names - expression.sized):
                owner = scope if name in scope.values else scope.file
                if owner is not None and name in owner.values:
                    note = Note(f"{name} is {shown(show(owner.values[name]))}", owner.origins.get(name))
                    if note not in found and name in owner.trails:
                        pending.append(owner.trails[name])
                    found[note] = None
                elif name in LAYOUT_SIZES and scope.input is not None:
                    found[Note(f"{name} is {scope.lookup(name)}")] = None
        return (*found, *self.calls)
