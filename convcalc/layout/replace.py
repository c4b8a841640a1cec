"""Layers and calls of a network replaced by other designs, as if its layout said so where they stand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from convcalc.core.network import Group, Layer
from convcalc.core.ops import TRAITS
from convcalc.core.shape import Map, same_shape, shape_text
from convcalc.errors import ConvcalcError, Diagnostic, Note, Refusal, Span
from convcalc.layout.build import Argument, Builder
from convcalc.layout.evaluate import boolean, evaluate
from convcalc.layout.layers import Place
from convcalc.layout.library import Library
from convcalc.layout.model import Item
from convcalc.layout.replacement import Candidate, Known, Replaced, Replacement, Replacements
from convcalc.layout.scope import Result, Scope, Tensor, Unknown
from convcalc.layout.vocabulary import OpSpec

LESS = "replace less: 'conv[cin >= 64 and stride == 1]=…', or leave such layers as they are: --replace-where-possible"
PASSED_ON = ("stride", "kernel")  # attributes that a design follows where it has such parameters


class Replacer(Builder):
    """Builds a network with designs in the place of some of its layers and calls."""

    def __init__(self, library: Library, replacements: Replacements) -> None:
        super().__init__(library)
        self.replacements = replacements
        self.paths: dict[int, str] = {}  # what paths begin with, by the identity of a list of children
        self.inside = False  # whether a design is being built, in which nothing is replaced
        replacements.done.clear()
        replacements.seen.clear()

    def group(self, name: str, kind: str, place: Place, span: Span, entry: int = 0) -> Place:
        inner = super().group(name, kind, place, span, entry)
        self.paths[id(inner.children)] = f"{self.prefix(place)}{name}."
        return inner

    def prefix(self, place: Place) -> str:
        return self.paths.get(id(place.children), "")

    def as_before(self, after: Tensor, before: Tensor) -> bool:
        """A pass stands for the others, unless they are told apart by their numbers."""
        apart = self.replacements.unrolled or any(one.by_pass for one in self.replacements.items)
        return not apart and super().as_before(after, before)

    def op(self, item: Item, spec: OpSpec, scope: Scope, inputs: tuple[Tensor, ...], place: Place, name: str | None) -> Tensor:
        start, number = len(place.children), self.number
        out = super().op(item, spec, scope, inputs, place, name)
        if self.inside or len(place.children) == start or item.key in ("norm", "activation"):
            return out
        own = place.children[start]
        path = f"{self.prefix(place)}{own.name}".removesuffix(".")
        candidate = Candidate(path, item.key, list(layers_of(place.children[start:])), inputs, out, False)
        return self.replaced(candidate, own.name, item, scope, place, start, number) or out

    def block(self, item: Item, scope: Scope, sources: tuple[Result, ...], place: Place, name: str | None) -> Result:
        start, number, roots = len(place.children), self.number, len(self.roots)
        done = len(self.replacements.done)
        result = super().block(item, scope, sources, place, name)
        if self.inside or len(place.children) == start or len(sources) != 1 or len(result.outputs) != 1:
            return result
        own = "" if item.name is None and name == "" else place.children[start].name  # what a pass calls stands in its place
        path = f"{self.prefix(place)}{own}".removesuffix(".")
        candidate = Candidate(path, item.key, list(layers_of(place.children[start:])), (sources[0].tensor,), result.tensor, True)
        out = self.replaced(candidate, own, item, scope, place, start, number, done)
        if out is None:
            return result
        del self.roots[roots:]
        return Result({"output": out})

    def replaced(
        self, candidate: Candidate, name: str, item: Item, scope: Scope, place: Place, start: int, number: int, done: int | None = None
    ) -> Tensor | None:
        """The output of the design that stands for a candidate; None where that stays."""
        found = next((one for one in self.replacements.items if self.wants(one, candidate)), None)
        if found is None:
            return None
        log = self.replacements.done
        kept, kept_done = place.children[start:], log[done if done is not None else len(log) :]
        before = self.number, self.layers
        del place.children[start:], log[len(log) - len(kept_done) :]
        self.number, self.layers = number, self.layers - len(candidate.layers)
        self.fixed -= set(range(number, before[0]))
        try:
            out, unused = self.design(found, candidate, name, item, scope, place)
        except ConvcalcError as error:
            if not self.replacements.where_possible:
                raise
            place.children[start:] = kept
            self.number, self.layers = before
            log += [*kept_done, Replaced(candidate.path, found.text, found.design.name, (), error.diagnostics[0].message)]
            return None
        log.append(Replaced(candidate.path, found.text, found.design.name, unused))
        return out

    def wants(self, one: Replacement, candidate: Candidate) -> bool:
        """Whether a replacement is meant for a candidate."""
        self.replacements.seen.update(dict.fromkeys((candidate.key, candidate.path)))
        if not one.names(candidate) or len(candidate.inputs) != 1:
            return False
        if one.condition is None:
            return True
        try:
            return boolean(evaluate(one.condition, Known(candidate, self.replacements.measure)))
        except Refusal as refusal:
            raise ConvcalcError(Diagnostic(refusal.code, f"{one.text}: {refusal.message}", one.span, refusal.hint)) from None

    def design(
        self, one: Replacement, candidate: Candidate, name: str, item: Item, scope: Scope, place: Place
    ) -> tuple[Tensor, tuple[str, ...]]:
        """Build a design where a candidate stood. It follows its stride and kernel, and gives what it gave.

        Raises:
            ConvcalcError: where it cannot.
        """
        params, kept, known = one.design.params, len(self.diagnostics), set(self.kept)
        wanted = {key: value for key in PASSED_ON if (value := attribute_of(candidate, key)) is not None}
        arguments = {key: Argument(value) for key, value in {"cout": candidate.output.shape.channels, **wanted}.items() if key in params}
        unused = tuple(key for key, value in wanted.items() if key not in params and value != 1)
        start = len(place.children)
        inner = self.group(name, one.design.name, place, item.span)
        place.children[start] = place.children[start]._replace(replaces=one.text)  # type: ignore[call-arg]
        calls = (Note(f"{one.text}, in the place of {candidate.path}", item.span), *scope.calls)
        self.inside = True
        try:
            source = Result({"input": candidate.inputs[0]})
            result = self.call(one.design, {**arguments, **one.arguments}, (source,), scope.style(), inner, None, calls, scope.called_as)
            out = self.ended_alike(result.tensor, candidate, place.children[start:], item, scope)
        except Unknown:
            [first, *_] = self.diagnostics[kept:]
            del self.diagnostics[kept:]
            self.kept = known
            raise cannot(one, candidate, item, first.message, LESS) from None
        except Refusal as refusal:
            raise cannot(one, candidate, item, refusal.message, LESS) from None
        finally:
            self.inside = False
        if not same_shape(out.shape, candidate.output.shape):
            lacks = f"; it has no {', no '.join(unused)}" if unused else ""
            message = f"it gives {shape_text(out.shape)}, not {shape_text(candidate.output.shape)}{lacks}"
            raise cannot(one, candidate, item, message, LESS)
        return out, unused

    def ended_alike(self, out: Tensor, candidate: Candidate, children: list[Layer | Group], item: Item, scope: Scope) -> Tensor:
        """The end of a design, with the norm and activation of the layer that it stands for where those are others than are in force."""
        in_force = [word for key in ("norm", "activation") if (word := scope.values[key]) != "none"]
        if candidate.is_call or [layer.op.name for layer in candidate.layers[1:]] == in_force:
            return out
        siblings = last_list(children)
        tail = 0
        while tail < len(siblings) and is_style(siblings[-1 - tail]):
            tail += 1
        if out.number != self.number - 1 or tail == len(siblings):
            return out
        end = siblings[-1 - tail]
        wanted = [layer.op for layer in candidate.layers[1:]]
        if not isinstance(end, Layer) or [one.op for one in siblings[len(siblings) - tail :] if isinstance(one, Layer)] == wanted:
            return out
        if not TRAITS[end.op.name].weighted:  # a join: its norms stand in its paths
            wanted = [op for op in wanted if TRAITS[op.name].nonlinear]
        elif hasattr(end.op, "bias") and hasattr(candidate.op, "bias"):
            siblings[-1 - tail] = end._replace(op=end.op._replace(bias=candidate.op.bias))  # type: ignore[attr-defined]
        del siblings[len(siblings) - tail :]
        self.number -= tail
        self.layers -= tail
        place = Place(siblings)
        out = Tensor(self.number - 1, end.output)
        for op in wanted:
            part = "norm" if TRAITS[op.name].norm else "activation"
            out = self.layer(f"{end.name}.{part}" if end.name else part, op, (out,), item, scope, place)
        return out


def cannot(one: Replacement, candidate: Candidate, item: Item, why: str, hint: str | None) -> ConvcalcError:
    """The error for a candidate that a design cannot stand for."""
    message = f"{candidate.path} cannot be replaced by {one.design.name}: {why}"
    return ConvcalcError(Diagnostic("cannot-replace", message, item.span, hint))


def attribute_of(candidate: Candidate, key: str) -> Any:
    """The stride or kernel of a layer where it is one number; of a call its stride, by the sizes of its maps."""
    if not candidate.is_call:
        axes = getattr(candidate.op, key, None)
        return axes[0] if axes and all(bool(axis == axes[0]) for axis in axes[1:]) else None
    source, output = candidate.inputs[0].shape, candidate.output.shape
    if key != "stride" or not isinstance(source, Map) or not isinstance(output, Map):
        return None
    strides = [-(-before // after) for before, after in zip(source.spatial, output.spatial, strict=True)]
    return strides[0] if all(bool(stride == strides[0]) for stride in strides[1:]) else None


def layers_of(children: list[Layer | Group]) -> Iterator[Layer]:
    """All layers of some children, in order."""
    for child in children:
        if isinstance(child, Group):
            yield from layers_of(child.children)
        else:
            yield child


def last_list(children: list[Layer | Group]) -> list[Layer | Group]:
    """The list that the last layer of some children stands in."""
    while children and isinstance(children[-1], Group):
        children = children[-1].children
    return children


def is_style(child: Layer | Group) -> bool:
    """Whether a layer is the norm or activation of one before it."""
    return isinstance(child, Layer) and (TRAITS[child.op.name].norm or TRAITS[child.op.name].nonlinear)
