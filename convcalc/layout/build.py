"""Layouts → networks: calls, joins and repeats expanded, every shape known.

A layer that fails is reported and yields nothing; what depends on it is passed over in silence, what does not is
still checked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from convcalc.core.network import Group
from convcalc.core.ops import build
from convcalc.core.shape import same_shape
from convcalc.errors import ConvcalcError, Diagnostic, Note, Refusal, Span
from convcalc.layout.check_names import DEEPEST_CALLS
from convcalc.layout.evaluate import evaluate
from convcalc.layout.expression import Expression
from convcalc.layout.layers import Layers, Place
from convcalc.layout.model import STYLE, Item, Layout, Parameter, first_differs, given_names
from convcalc.layout.scope import Made, Result, Scope, Tensor, Unknown
from convcalc.layout.sharing import share
from convcalc.layout.values import whole
from convcalc.layout.vocabulary import FLEXIBLE, OPS, STRUCTURES
from convcalc.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from convcalc.layout.expression import Value

MOST_PASSES = 10_000  # of a repeat that does not settle


class Argument(NamedTuple):
    """A value that a caller gives, and where it and its name stand."""

    value: Value
    span: Span | None = None
    key: Span | None = None
    trail: tuple[Expression, Scope] | None = None  # what the caller evaluated, and where


class Builder(Layers):
    """Builds one network."""

    # Calls

    def call(
        self,
        layout: Layout,
        arguments: dict[str, Argument],
        inputs: tuple[Result, ...],
        style: dict[str, Any],
        place: Place,
        file: Scope | None = None,
        calls: tuple[Note, ...] = (),
        called_as: str | None = None,
    ) -> Result:
        """Expand a layout on some inputs."""
        scope = Scope(layout, dict(zip(layout.inputs, inputs, strict=True)), style, file, calls)
        scope.called_as = called_as
        self.part(layout.span, 1 + len(layout.params))
        for parameter in self.parameters(layout, arguments):
            self.set_parameter(scope, parameter, arguments.get(parameter.name))
        names = self.names_of(layout)
        if names and not any(names is known for known in place.reserved):
            place.reserved = (*place.reserved, names)
        self.items(layout.layers, scope, place)
        taps = scope.levels[0]
        if layout.outputs is None:
            if scope.previous is None:
                raise Unknown
            return Result(scope.previous.outputs, taps)
        outputs = {}
        for reference in layout.outputs:
            with self.located(scope, reference.span, ()):
                found = scope.resolve(reference)
                if not found.off:
                    outputs[reference.text] = found.tensor
        self.roots += [tensor.number for tensor in outputs.values()]
        if not outputs:
            raise Refusal("several-outputs", "every output is switched off")
        return Result(outputs, taps)

    def names_of(self, layout: Layout) -> frozenset[str]:
        """The names that a layout gives its layers, worked out once."""
        key = id(layout.layers)
        if key not in self.given:
            self.given[key] = given_names(layout.layers)
        return self.given[key]

    def parameters(self, layout: Layout, arguments: dict[str, Argument]) -> Iterator[Parameter]:
        """The layout's own parameters in order, after the style words that only the caller sets."""
        for word in STYLE:
            if word in arguments and word not in layout.params:
                yield Parameter(word, None, layout.span)
        yield from layout.params.values()

    def set_parameter(self, scope: Scope, parameter: Parameter, argument: Argument | None) -> None:
        name, default = parameter.name, parameter.default
        if argument is not None:
            scope.set(name, argument.value, argument.span, argument.trail)
        elif default is not None:
            with self.located(scope, default.span, (default,)):
                scope.set(name, evaluate(default, scope), default.span, (default, scope))
        elif name not in STYLE:
            raise Refusal("missing-parameter", f"`{scope.layout.name}` needs `{name}`", f"give {name} a value")

    def block(self, item: Item, scope: Scope, sources: tuple[Result, ...], place: Place, name: str | None) -> Result:
        """A call of another layout, as a group of its own."""
        layout = self.library.resolve(scope.layout, item.key)
        assert layout is not None, "linked"
        arguments = {}
        if item.shorthand is not None:
            value = self.evaluate(item.shorthand, scope)
            arguments[next(iter(layout.params))] = Argument(value, item.shorthand.span, None, (item.shorthand, scope))
        for key, written in item.arguments.items():
            assert isinstance(written, Expression)
            arguments[key] = Argument(self.evaluate(written, scope), written.span, None, (written, scope))
        inputs = tuple(Result({"input": source.tensor}) for source in sources)
        file = (scope.file if scope.layout.local else scope) if layout.local and layout.path == scope.layout.path else None
        row = self.row_name(item, place, name)
        inner = place if row == "" else self.group(row, item.key, place, item.span)
        note = Note(f"called as `{item.key}` here", item.span)
        return self.call(layout, arguments, inputs, scope.style(), inner, file, (note, *scope.calls), scope.called_as)

    # Lists of layers

    def items(self, items: tuple[Item, ...], scope: Scope, place: Place, name: str | None = None) -> None:
        """Expand a list of layers, each on the one before."""
        self.depth += 1
        if self.depth > DEEPEST_CALLS:
            raise Refusal("too-deep", f"lists and calls are nested more than {DEEPEST_CALLS} deep")
        for item in items:
            scope.previous = self.guarded(item, scope, place, name)
            if item.name is not None:
                scope.levels[-1][item.name] = scope.previous
        self.depth -= 1

    def guarded(self, item: Item, scope: Scope, place: Place, name: str | None) -> Result | None:
        """Expand a layer; None where it fails, its error kept."""
        depth, scopes, passes, called_as = self.depth, len(scope.levels), len(scope.first), scope.called_as
        scope.called_as = item.calls or called_as  # what stands inside is called alike, unless it says otherwise
        try:
            return self.item(item, scope, place, name)
        except Unknown:
            pass
        except Refusal as refusal:
            self.keep(Diagnostic(refusal.code, refusal.message, item.span, refusal.hint, scope.calls))
        except ConvcalcError as error:
            for diagnostic in error.diagnostics:
                self.keep(diagnostic)
        finally:
            scope.called_as = called_as
        self.depth = depth
        del scope.levels[scopes:], scope.first[passes:]
        return None

    def item(self, item: Item, scope: Scope, place: Place, name: str | None) -> Result:
        """Expand a layer, and let it use the parameters of another where it says so."""
        before, first = len(place.children), self.number
        result = self.expanded(item, scope, place, name)
        if item.weights is not None:
            with self.located(scope, item.weights.span, ()):
                old = scope.resolve(item.weights).made
                if old is None:
                    raise Refusal("unknown-name", f"`{item.weights.text}` has no weights", "name an earlier layer or call")
                share(Made(first, place.children, before, len(place.children)), old, item.weights.text)
        if item.name is not None:
            return result._replace(made=Made(first, place.children, before, len(place.children)))
        return result if result.made is None else result._replace(made=None)

    def expanded(self, item: Item, scope: Scope, place: Place, name: str | None) -> Result:
        """Expand a layer by what it is."""
        if item.sources is not None:
            sources = tuple(scope.resolve(reference) for reference in item.sources)
        elif scope.previous is None:
            raise Unknown
        else:
            sources = (scope.previous,)
        if item.when is not None and not self.condition(item.when, scope):
            return sources[0]._replace(taps={}, off=True) if sources else Result({}, {}, True)
        if item.key == "repeat":
            return self.repeat(item, scope, sources[0], place)
        if item.key == "residual" or item.paths is not None:
            return self.join(item, scope, sources[0], place)
        spec = OPS.get(item.key)
        if spec is None:
            return self.block(item, scope, sources, place, name)
        tensors = tuple(source.tensor for source in sources) if spec.most else ()
        return Result({"output": self.op(item, spec, scope, tensors, place, name)})

    def join(self, item: Item, scope: Scope, start: Result, place: Place) -> Result:
        """Named paths from one layer, joined. The body of a residual adds no level to the report's paths."""
        paths = item.paths or ()
        if item.name is not None:
            row = place.named(item.name)
            inner = self.group(row, item.key, place, item.span)
        else:
            row, inner = "", place
        results: list[Result] = []
        failed = False
        for path in paths:
            if path.when is not None and not self.condition(path.when, scope):
                continue
            transparent = item.key == "residual" and path.name == "body"
            target = inner
            if not transparent and path.layers:
                target = self.group(inner.named(path.name), "path", inner, path.span)
            scope.levels.append({})
            scope.previous = start
            self.items(path.layers, scope, target)
            scope.levels.pop()
            if target is not inner and not target.children:
                inner.children.pop()
            if scope.previous is None:
                failed = True
            else:
                results.append(scope.previous)
        if item.key == "residual" and not any(path.name == "shortcut" for path in paths):
            results.append(start)
        if failed:
            raise Unknown
        if not results:
            raise Refusal("missing-value", f"no path of this {item.key} is left", "one `when` must hold")
        if len(results) == 1:
            return results[0]._replace(taps={}, off=False)
        key = "add" if item.key == "residual" else item.key
        tensors = tuple(result.tensor for result in results)
        name = "" if row else inner.automatic(key)
        attributes = self.attributes(item, OPS[key], scope, tensors)
        return Result({"output": self.layer(name, build(key, attributes), tensors, item, scope, inner)})

    def as_before(self, after: Tensor, before: Tensor) -> bool:
        """Whether a pass gives what it takes: a value of that shape, which inputs reach or do not reach alike."""
        return same_shape(after.shape, before.shape) and (after.number in self.fixed) == (before.number in self.fixed)

    def repeat(self, item: Item, scope: Scope, start: Result, place: Place) -> Result:
        """Passes of a body: the first, then others until one gives back its own input shape, which then stands for the rest."""
        written = item.arguments["times"]
        assert isinstance(written, Expression)
        with self.located(scope, written.span, (written,)):
            times = whole(evaluate(written, scope), 0)
        shared = "shared" in item.arguments and self.condition(item.arguments["shared"], scope)
        if times == 0:
            return start
        if item.name is not None:
            place = self.group(place.named(item.name), "repeat", place, item.span)
        kind = item.layers[0].key if len(item.layers) == 1 else "repeat"
        alone = len(item.layers) == 1 and item.layers[0].name is None and kind not in (*STRUCTURES, *FLEXIBLE)
        result, done, offset, pass_one = start, 0, place.passes, None
        while done < times:
            if done == MOST_PASSES:
                hint = "let the body give back the shape that it takes"
                message = f"a repeat that changes its shape in each of {MOST_PASSES:,} passes"
                raise ConvcalcError(Diagnostic("repeat-limit", message, item.span, hint))
            self.part(item.span)
            index, first = offset + done, self.number
            inner = self.group(str(index), kind, place, item.span, result.tensor.number)
            scope.levels.append({})
            scope.first.append(done == 0)
            scope.previous = result
            self.items(item.layers, scope, inner, "" if alone else None)
            scope.first.pop()
            scope.levels.pop()
            if scope.previous is None:
                raise Unknown
            made = Made(first, inner.children, 0, len(inner.children))
            if shared and pass_one is not None:
                with self.located(scope, item.span, ()):
                    share(made, pass_one, "the first pass")
            pass_one = pass_one or made
            alike = done > 0 or not first_differs(item.layers)  # whether the next pass does as this one, on the same shape
            settled = alike and self.as_before(scope.previous.tensor, result.tensor)
            result, done = scope.previous._replace(taps={}, off=False), done + 1
            if not inner.children:
                place.children.pop()
            if settled:
                last = place.children[-1] if inner.children else None
                if isinstance(last, Group) and (not isinstance(times, int) or done < times):
                    place.children[-1] = last._replace(name=f"{index}-{offset + times - 1}", times=times - done + 1, shared=shared)
                break
        place.passes = offset + times
        return result
