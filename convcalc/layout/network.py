"""A layout on given inputs, as a network: check names, build, and see that every layer is used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from convcalc.core.collection import uncollected
from convcalc.core.network import Group, Layer, Network
from convcalc.core.shape import Shape
from convcalc.errors import MOST_ERRORS, ConvcalcError, Diagnostic, Refusal, Span, too_many_errors
from convcalc.layout.build import Argument, Builder
from convcalc.layout.check_names import NameCheck
from convcalc.layout.layers import Enough, Place, stop, value_of
from convcalc.layout.library import Library
from convcalc.layout.model import STYLE, STYLE_DEFAULTS, Layout, expressions_of, span_of
from convcalc.layout.scope import Result, Scope, Tensor, Unknown
from convcalc.layout.values import read_shape
from convcalc.spelling import nearest

if TYPE_CHECKING:
    from convcalc.layout.replacement import Replacements


@uncollected()
def build_network(
    library: Library,
    layout: Layout,
    arguments: dict[str, Argument],
    shapes: tuple[Shape, ...] | None = None,
    style: dict[str, Any] | None = None,
    checked: bool = False,
    replacements: Replacements | None = None,
) -> Network:
    """A layout with its parameters and input shapes, as a network; `checked` where `check_layout` has passed its file.

    `replacements` are designs to stand in the place of some of its layers.

    Raises:
        ConvcalcError: with every error of every file that it takes part in.
    """
    if not checked:
        check_layout(library, layout)
    check_arguments(layout, arguments)
    if layout.graph is not None:
        return layout.graph.network(shapes)
    builder = builder_of(library, replacements)
    builder.number = len(layout.inputs)
    style = {**STYLE_DEFAULTS, **(style or {})}
    children: list[Layer | Group] = []
    result = None
    try:
        shapes = shapes or input_shapes(builder, layout, arguments, style)
        inputs = tuple(Result({"input": Tensor(number, shape)}) for number, shape in enumerate(shapes))
        result = builder.call(layout, arguments, inputs, style, Place(children))
    except Unknown:
        pass
    except Enough:
        if len(builder.diagnostics) >= MOST_ERRORS:
            raise too_many_errors(in_order(builder.diagnostics)) from None
    except Refusal as refusal:
        builder.diagnostics.append(Diagnostic(refusal.code, refusal.message, layout.span, refusal.hint))
    except ConvcalcError as error:
        builder.diagnostics += error.diagnostics
    if builder.diagnostics or result is None:
        raise ConvcalcError(*in_order(builder.diagnostics))
    outputs = tuple(tensor.number for tensor in result.outputs.values())
    used = {*outputs, *builder.roots}
    unused = unused_layers(children, len(shapes or ()), used)
    unused += [
        Diagnostic("unused-layer", f"the input `{name}` reaches no output", layout.span, "use it, or drop it")
        for number, name in enumerate(layout.inputs)
        if number not in used and len(layout.inputs) > 1
    ]
    if len(unused) > MOST_ERRORS:
        raise too_many_errors(in_order(unused)[:MOST_ERRORS])
    if unused:
        raise ConvcalcError(*in_order(unused))
    if replacements is not None:
        replacements.check()
    return Network(layout.name, shapes or (), children, outputs, layout.span)


def builder_of(library: Library, replacements: Replacements | None) -> Builder:
    """What builds a network, as it is written or with other designs in it."""
    if replacements is None:
        return Builder(library)
    from convcalc.layout.replace import Replacer  # paid by those who replace something

    return Replacer(library, replacements)


def check_layout(library: Library, layout: Layout) -> None:
    """Refuse a layout that has errors, or calls one that has; nothing is evaluated."""
    NameCheck(library).check(layout)
    if library.diagnostics:
        raise ConvcalcError(*in_order(library.diagnostics))
    if layout.library:
        hint = f"call one of its blocks: {', '.join(list(layout.blocks)[:5])}"
        raise ConvcalcError(Diagnostic("no-layers", f"`{layout.name}` is a file of blocks", layout.span, hint))


def check_arguments(layout: Layout, arguments: dict[str, Argument]) -> None:
    """Refuse arguments that a layout does not have, or lacks."""
    choices = [*layout.params, *STYLE] if layout.graph is None else []
    hint = "" if choices else "a model has none; write it as a layout first: convcalc import"
    found = [
        Diagnostic("unknown-parameter", f"`{layout.name}` has no parameter `{name}`", argument.key, hint or nearest(name, choices))
        for name, argument in arguments.items()
        if name not in choices
    ]
    found += [
        Diagnostic("missing-parameter", f"`{layout.name}` needs `{name}`", parameter.span, f"give {name} a value: --set {name}=64")
        for name, parameter in layout.params.items()
        if parameter.default is None and name not in arguments
    ]
    if found:
        raise ConvcalcError(*found)


def input_shapes(builder: Builder, layout: Layout, arguments: dict[str, Argument], style: dict[str, Any]) -> tuple[Shape, ...]:
    """The shapes that a layout gives its inputs; their expressions see the parameters that need no map."""
    scope = Scope(layout, {}, style, None, ())
    for parameter in builder.parameters(layout, arguments):
        try:
            builder.set_parameter(scope, parameter, arguments.get(parameter.name))
        except ConvcalcError:
            continue  # it needs the map; if an input needs it, that is reported there
    shapes = []
    for name, written in layout.inputs.items():
        if written is None:
            hint = f"add {name}: 3x224x224, or call it from a network"
            raise stop(Diagnostic("missing-key", f"`{layout.name}` gives no shape of its {name}", layout.span, hint))
        with builder.located(scope, span_of(written), expressions_of(written)):
            shapes.append(read_shape(value_of(written, scope), layout.kinds.get(name, "")))
    return tuple(shapes)


def unused_layers(children: list[Layer | Group], inputs: int, used: set[int]) -> list[Diagnostic]:
    """Layers that reach no output and no tap."""
    layers: list[Layer] = []
    pending = list(reversed(children))
    while pending:
        child = pending.pop()
        if isinstance(child, Group):
            pending.extend(reversed(child.children))
        else:
            layers.append(child)
    found: dict[Span | None, Diagnostic] = {}
    for number in range(inputs + len(layers) - 1, inputs - 1, -1):
        layer = layers[number - inputs]
        if number in used:
            used.update(layer.sources)
        else:
            hint = "name it in `outputs` or in a `from`, or drop it"
            found[layer.span] = Diagnostic("unused-layer", f"this {layer.op.name} reaches no output", layer.span, hint)
    return list(found.values())


def in_order(diagnostics: list[Diagnostic]) -> list[Diagnostic]:
    """By file and place; what has no place first."""
    return sorted(diagnostics, key=lambda d: (d.span.source.path, d.span.line, d.span.column) if d.span else ("", 0, 0))
