"""`convcalc explain`: every formula, with the numbers put in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from convcalc.analysis.part import only
from convcalc.commands.explain.formulas import explain_block, explain_row, ratio_formula
from convcalc.core.shape import Features, Map, Shape
from convcalc.core.trace import Trace, trace
from convcalc.errors import ConvcalcError, usage
from convcalc.inputs.designs import STYLE_IN_FORCE, Design, read_design, read_spec, runs_alone
from convcalc.inputs.settings import settings_of
from convcalc.inputs.sizes import input_shape, read_size
from convcalc.layout.build import Argument
from convcalc.layout.evaluate import show
from convcalc.layout.library import Library
from convcalc.layout.network import build_network
from convcalc.layout.vocabulary import OPS
from convcalc.report.records import Explanation, Formula, Report

if TYPE_CHECKING:
    from convcalc.layout.model import Layout

EXAMPLE = "convcalc explain conv --cin 256 --cout 256 --kernel 3 --hw 56"


def explain(
    design: str,
    layer: str | None = None,
    *,
    cin: int | str | None = None,
    cout: int | str | None = None,
    hw: int | str | Sequence[int] | None = None,
    kernel: int | str | None = None,
    stride: int | str | None = None,
    groups: int | str | None = None,
    set: Mapping[str, Any] | Sequence[str] = (),  # noqa: A002  # as the option is called
) -> Report:
    """Every figure of an op, a block or a layer as a formula with its numbers put in.

    Args:
        design: an op ("conv"), a block, a network, or a path.
        layer: the path of a layer of a network ("layer1.0.conv2").
        cin, hw: the input of an op or block, as for `compare`.
        cout, kernel, stride, groups: attributes of the op, or parameters of the block.
        set: further attributes or parameters, `{"bias": True}` or `["bias=true"]`.

    Returns:
        A report with `explanations`: formulas in symbols, in numbers, and their values; all are for one pass and
        one sample.

    Raises:
        ConvcalcError: for an unknown design or layer, or an input that is missing.

    >>> [formula.value for formula in explain("conv", cin=256, cout=256, kernel=3, hw=56).explanations[0].formulas][:2]
    [56, 589824]
    """
    options = {"cout": cout, "kernel": kernel, "stride": stride, "groups": groups}
    given = {name: Argument(read_size(f"--{name}", value)) for name, value in options.items() if value is not None}
    given |= settings_of(set)
    library = Library()
    shape = input_shape(cin, hw) if hw is not None or design not in OPS else vector(cin)
    if design in OPS and library.shipped(design) is None:
        return Report("explain", explanations=(explain_op(library, design, shape, given),))
    found = read_spec(library, design) if design == "-" else read_design(library, design)
    if layer is not None:
        return Report("explain", explanations=tuple(explain_layer(library, found, layer, shape, given)))
    return Report("explain", explanations=tuple(explain_design(library, found, shape, given)))


def vector(cin: Any) -> Shape | None:
    """The input of an op on features: so many channels."""
    return None if cin is None else Features((read_size("--cin", cin),))


def explain_op(library: Library, name: str, shape: Shape | None, given: dict[str, Argument]) -> Explanation:
    """One op on one input, written as a layout of its own."""
    if shape is None:
        raise usage(f"{name} needs an input", f"give --cin and --hw: {EXAMPLE}")
    needs_tokens = name in ("attention", "class_token", "position_embedding") and isinstance(shape, Map)
    arguments = ", ".join(f"{key}: {show(argument.value)}" for key, argument in given.items())
    entry = f"{{{name}: {{{arguments}}}}}" if arguments else name
    layout = library.text(f"layers: [{'tokens, ' if needs_tokens else ''}{entry}]\n", f"<{name}>")
    traced = trace(build_network(library, layout, {}, (shape,)))
    rows = [place for place, row in enumerate(traced.rows) if row.op.name == name]
    if not rows:
        raise usage(f"{name} applies what is in force, and here nothing is")
    return explanation(traced, rows[0], name)


def explain_layer(library: Library, design: Design, layer: str, shape: Shape | None, given: dict[str, Argument]) -> list[Explanation]:
    """The layer of a network at a path, with the norm and activation that follow it."""
    traced = trace_of(library, design, shape, given)
    paths = {row.path for row in only(traced, layer).rows}
    places = [place for place, row in enumerate(traced.rows) if row.path in paths]
    return [explanation(traced, place, traced.rows[place].path) for place in places]


def explain_design(library: Library, design: Design, shape: Shape | None, given: dict[str, Argument]) -> list[Explanation]:
    """A block or network as sums over its weighted layers, and whether it pays against a plain convolution."""
    traced = trace_of(library, design, shape, given)
    mid = mid_of(library, design, shape, given)
    name = design.layout.name
    found = [Explanation(name, name, sizes(traced.inputs[0]), sizes(traced.output), {}, tuple(explain_block(traced, mid)))]
    if mid is not None and shape is not None and design.layout.path.startswith("configs/blocks/"):
        found.append(against_plain(library, design, shape, given, traced, mid))
    return found


def against_plain(library: Library, design: Design, shape: Shape, given: dict[str, Argument], traced: Trace, mid: int) -> Explanation:
    """The ratio to one plain convolution, and the largest mid at which the block still costs no more."""
    plain = read_design(library, "plain")
    shared = {name: value for name, value in {**design.arguments, **given}.items() if name in ("kernel", "stride", "cout")}
    base = trace_of(library, plain, shape, {"cout": Argument(traced.output.channels), **shared})

    def macs(size: int) -> int | None:
        try:
            return int(trace_of(library, design, shape, {**given, "mid": Argument(size)}).total.macs)
        except ConvcalcError:
            return None  # a mid that groups do not divide

    formulas: list[Formula] = []
    kernel = int(shared["kernel"].value) if "kernel" in shared else 3
    if design.layout.name == "bottleneck" and not {"stride", "groups"} & {*given, *design.arguments}:
        formulas.append(ratio_formula(base, traced, mid, kernel))
    limit, low, high = base.total.macs, 1, 2
    while (cost := macs(high)) is not None and cost <= limit and high < 2**40:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        cost = macs(middle)
        low, high = (middle, high) if cost is not None and cost <= limit else (low, middle)
    within, beyond = macs(low), macs(high)
    if within is not None and beyond is not None and within <= limit < beyond:
        formulas.append(Formula("MACs of plain", "", "", limit))
        formulas.append(Formula(f"pays up to Cmid = {low}", f"MACs at Cmid = {low}", "", within))
        formulas.append(Formula(f"not at Cmid = {high}", f"MACs at Cmid = {high}", "", beyond))
    return Explanation(f"{design.layout.name} against plain", "comparison", sizes(shape), sizes(traced.output), {}, tuple(formulas))


def mid_of(library: Library, design: Design, shape: Shape | None, given: dict[str, Argument]) -> int | None:
    """The inner width of a block that has a parameter for it."""
    if "mid" not in design.layout.params or shape is None:
        return None
    if "mid" in given:
        return int(given["mid"].value)
    values = build_values(library, design.layout, shape, arguments_of(design, shape, given))
    return int(values["mid"])


def build_values(library: Library, layout: Layout, shape: Shape, arguments: dict[str, Argument]) -> dict[str, Any]:
    """The parameters of a layout on an input, evaluated."""
    from convcalc.layout.build import Builder
    from convcalc.layout.model import STYLE_DEFAULTS
    from convcalc.layout.scope import Frame, Result, Tensor

    frame = Frame(layout, {"input": Result({"input": Tensor(0, shape)})}, {**STYLE_DEFAULTS, **STYLE_IN_FORCE}, None, ())
    builder = Builder(library)
    for parameter in builder.parameters(layout, arguments):
        builder.set_parameter(frame, parameter, arguments.get(parameter.name))
    return frame.values


def arguments_of(design: Design, shape: Shape | None, given: dict[str, Argument]) -> dict[str, Argument]:
    """Arguments in a design's name, and those of options; cout of a block is cin unless given."""
    arguments = {**design.arguments, **given}
    if shape is not None and "cout" in design.layout.params and not runs_alone(design):
        arguments.setdefault("cout", Argument(shape.channels))
    return arguments


def trace_of(library: Library, design: Design, shape: Shape | None, given: dict[str, Argument]) -> Trace:
    """A design on an input, in the style that `compare` has; a network on its own."""
    alone = runs_alone(design)
    if shape is None and not alone:
        raise usage(f"{design.text} needs an input", f"give --cin and --hw: convcalc explain {design.text} --cin 256 --hw 56")
    shapes = None if shape is None else (shape,)
    return trace(build_network(library, design.layout, arguments_of(design, shape, given), shapes, {} if alone else STYLE_IN_FORCE))


def explanation(traced: Trace, place: int, path: str) -> Explanation:
    """One layer's formulas."""
    from convcalc.report.from_trace import attributes

    row = traced.rows[place]
    return Explanation(path, row.op.name, sizes(row.inputs[0]), sizes(row.output), attributes(row), tuple(explain_row(traced, row, place)))


def sizes(shape: Shape) -> list[int]:
    return list(shape.sizes)
