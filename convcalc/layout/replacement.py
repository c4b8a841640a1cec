"""What is to be replaced in a network, and what stands at a place in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from convcalc.core.network import Layer
from convcalc.core.ops import TRAITS
from convcalc.core.shape import Map
from convcalc.errors import ConvcalcError, Diagnostic, Refusal, Span
from convcalc.layout.build import Argument
from convcalc.layout.expression import Expression
from convcalc.layout.model import Layout
from convcalc.layout.scope import Tensor
from convcalc.record import NamedTuple
from convcalc.spelling import nearest

LONGEST_HINT = 400
ANY, DEEP = "*", "**"  # one part of a path, and any number of them


class Candidate(NamedTuple):
    """What stands at a place: a layer with its norm and activation, or a call with all in it."""

    path: str
    key: str
    layers: list[Layer]
    inputs: tuple[Tensor, ...]
    output: Tensor
    is_call: bool

    @property
    def op(self) -> Any:
        """The op of a layer; None of a call."""
        return None if self.is_call else self.layers[0].op


class Replacement(NamedTuple):
    """What is replaced (an op or block by its name, layers by their paths, under a condition), and by which design."""

    text: str
    where: str
    condition: Expression | None
    design: Layout
    arguments: dict[str, Argument]
    span: Span

    @property
    def parts(self) -> list[str]:
        """The parts of a path or pattern; `**` twice is as good as once."""
        parts = self.where.split(".")
        return [part for part, before in zip(parts, ["", *parts], strict=False) if not part == before == DEEP]

    @property
    def by_pass(self) -> bool:
        """Whether it tells passes of a repeat apart by their numbers."""
        return any(part[:1].isdecimal() for part in self.parts)

    def names(self, candidate: Candidate) -> bool:
        """Whether its name or path is that of what stands at a place; a path with `**` finds layers alone."""
        if self.where in (candidate.key, candidate.path):
            return True
        if DEEP in self.parts and candidate.is_call:
            return False
        weighted = candidate.is_call or bool(TRAITS[candidate.layers[0].op.name].weighted)
        return weighted and like(candidate.path.split("."), self.parts)


class Replaced(NamedTuple):
    """A place where a design stands for what the layout says; `why` says why it does not, where it cannot."""

    path: str
    text: str
    design: str
    unused: tuple[str, ...] = ()  # attributes of the layer that the design has no parameter for
    why: str = ""


class Replacements(NamedTuple):
    """All that is to be replaced, and what was.

    `measure` gives a metric of layers by its name; it raises a Refusal for a name that is none.
    """

    items: tuple[Replacement, ...]
    where_possible: bool
    measure: Callable[[list[Layer], str], Any]
    done: list[Replaced]
    seen: dict[str, None]  # ops, blocks and paths that there are
    unrolled: bool = False  # whether each pass of a repeat is built by itself

    @property
    def params(self) -> tuple[str, ...]:
        """The parameters of all designs but what they give, and what their texts fix."""
        found = (name for one in self.items for name in one.design.params if name != "cout" and name not in one.arguments)
        return tuple(dict.fromkeys(found))

    def given(self, values: dict[str, Any]) -> Replacements:
        """The same with values of the designs' parameters."""
        items = [
            one._replace(
                arguments={**{name: Argument(value) for name, value in values.items() if name in one.design.params}, **one.arguments}
            )
            for one in self.items
        ]
        return self._replace(items=tuple(items))

    def check(self) -> None:
        """Refuse a replacement that nothing was found for.

        Raises:
            ConvcalcError: with what there is.
        """
        for one in self.items:
            if all(done.text != one.text for done in self.done):
                hint = (
                    nearest(one.where, list(self.seen)) if not any(mark in one.where for mark in ANY) else "look at the paths: --format csv"
                )
                raise ConvcalcError(Diagnostic("nothing-replaced", f"--replace {one.text}: there is no such layer", one.span, hint))


class Known(NamedTuple):
    """What a condition can ask of what stands at a place."""

    candidate: Candidate
    measure: Callable[[list[Layer], str], Any]

    def lookup(self, name: str) -> Any:
        source, output, op = self.candidate.inputs[0].shape, self.candidate.output.shape, self.candidate.op
        if name in ("cin", "cout"):
            return (source if name == "cin" else output).channels
        if name in ("h", "w") and isinstance(source, Map) and len(source.spatial) > (name == "w"):
            return source.spatial[-2 if name == "h" and len(source.spatial) > 1 else -1]
        if name in ("kernel", "stride", "dilation"):
            return largest(getattr(op, name, (1,)))
        if name == "groups":
            return source.channels if op is not None and op.name == "depthwise_conv" else getattr(op, "groups", 1)
        return self.measure(self.candidate.layers, name)

    def size(self, name: str, field: str) -> int:
        raise Refusal("unknown-name", f"`{name}.{field}`: a condition knows cin, cout, h and w", "write cin >= 128")


def largest(axes: Any) -> Any:
    """The largest of an attribute's numbers."""
    found = axes[0]
    for axis in axes[1:]:
        found = axis if bool(axis > found) else found
    return found


def like(path: list[str], pattern: list[str]) -> bool:
    """Whether a path is one of a pattern's: `*` is one part of it, `**` any number, `1-5` one of these passes."""
    places = {0}  # how many parts the pattern so far may stand for
    for name in pattern:
        if name == DEEP:
            places = set(range(min(places), len(path) + 1)) if places else places
        else:
            places = {place + 1 for place in places if place < len(path) and (name in (ANY, path[place]) or within(path[place], name))}
    return len(path) in places


def within(part: str, passes: str) -> bool:
    """Whether a part of a path is one of some passes, `1-5`."""
    first, _, last = passes.partition("-")
    return all(text.isdecimal() for text in (part, first, last)) and int(first) <= int(part) <= int(last)
