"""`convcalc explain`: every formula, with the numbers put in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from convcalc.analysis.part import only
from convcalc.analysis.receptive_field import Fields, receptive_fields
from convcalc.commands.explain.formulas import KINDS, explain_block, explain_row, ratio_formula
from convcalc.core.cost import Cost, total
from convcalc.core.shape import Map, Shape, shape_of
from convcalc.core.trace import Trace, trace
from convcalc.errors import ConvcalcError, usage
from convcalc.inputs.designs import STYLE_IN_FORCE, Design, arguments_of, input_shapes, network_of, read_design, read_spec, runs_alone
from convcalc.inputs.settings import settings_of, texts_of
from convcalc.inputs.sizes import input_shape, read_shape, read_size
from convcalc.layout.build import Argument
from convcalc.layout.library import Library
from convcalc.layout.network import build_network
from convcalc.layout.vocabulary import OPS
from convcalc.record import NamedTuple
from convcalc.report.contract import Report
from convcalc.report.from_trace import attributes as row_attributes
from convcalc.report.results import Formula, FormulaReport

Shapes = tuple[Shape, ...] | None  # of all inputs; None for a design's own
Sizes = tuple[int, ...]
SCALES = ("MACs", "FLOPs", "activations", *KINDS)  # with the batch
OPTIONS = ("cout", "kernel", "stride", "groups")

if TYPE_CHECKING:
    from convcalc.layout.model import Layout


class Explanation(NamedTuple):
    """Formulas of one layer, op or block, and what of them is computed once, whatever the batch."""

    formulas: list[FormulaReport]
    once: dict[str, int]


EXAMPLE_VALUES = {"cout": 256, "kernel": 3}


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
    input: str | Sequence[str] | None = None,  # noqa: A002
    batch: int | str = 1,
) -> Report:
    """Every figure of an op, a block or a layer as a formula with its numbers put in.

    Args:
        design: an op ("conv"), a block, a network, or a path.
        layer: the path of a layer of a network ("layer1.0.conv2").
        cin, hw: the input of an op or block, as for `compare`.
        cout, kernel, stride, groups: attributes of the op, or parameters of the block.
        set: further attributes or parameters, `{"bias": True}` or `["bias=true"]`.
        input: the input as a shape instead of cin and hw, "256x56x56"; `name=shape` where there are several.
        batch: samples; what scales with them has a formula of its own.

    Returns:
        A report with `formulas`: in symbols, in numbers, and their values, each with what it explains; all are for one
        pass, and for one sample unless they name the batch.

    Raises:
        ConvcalcError: for an unknown design or layer, or an input that is missing.

    >>> [formula.value for formula in explain("conv", cin=256, cout=256, kernel=3, hw=56).formulas][:2]
    [56, 589824]
    """
    options = {"cout": cout, "kernel": kernel, "stride": stride, "groups": groups}
    sizes = {name: read_size(f"--{name}", value) for name, value in options.items() if value is not None}
    library, samples = Library(), read_size("--batch", batch)
    inputs = [input] if isinstance(input, str) else list(input or ())
    if inputs and (cin, hw) != (None, None):
        raise usage("--input and --cin or --hw say the same", "leave out --cin and --hw")
    if design in OPS and library.shipped(design) is None:
        attributes = {name: str(size) for name, size in sizes.items()} | {name: one.value for name, one in texts_of(set).items()}
        found = [explain_op(library, design, cin, hw, attributes, inputs)]
    else:
        given = {name: Argument(size) for name, size in sizes.items()} | settings_of(set)
        spec, shape = read_spec(library, design), input_shape(cin, hw)
        shapes = input_shapes(library, spec, inputs, given) if shape is None else (shape,)
        found = explain_layer(library, spec, layer, shapes, given) if layer is not None else explain_design(library, spec, shapes, given)
    return Report("explain", formulas=tuple(formula for explanation in found for formula in with_batch(explanation, samples)))


def with_batch(explanation: Explanation, samples: int) -> Iterator[FormulaReport]:
    """Formulas, each that scales with the batch followed by that of the whole batch, what is computed once apart."""
    for formula in explanation.formulas:
        yield formula
        if samples == 1 or formula.quantity not in SCALES or not isinstance(formula.value, int):
            continue
        once = explanation.once.get(formula.quantity, 0)
        each = formula.value - once
        yield formula._replace(
            quantity=f"of {samples} samples",
            symbols=" + ".join([*[f"N·{formula.quantity}"] * bool(each or not once), *["computed once"] * bool(once)]),
            numbers=" + ".join([*[f"{samples}·{each}"] * bool(each or not once), *[str(once)] * bool(once)]),
            value=samples * each + once,
        )


def computed_once(cost: Cost) -> dict[str, int]:
    """What a batch does not multiply, by quantity."""
    return {"MACs": cost.macs, "FLOPs": 2 * cost.macs, "activations": cost.activations, **{kind: getattr(cost, kind) for kind in KINDS}}


def explain_op(library: Library, name: str, cin: Any, hw: Any, given: dict[str, str], inputs: list[str]) -> Explanation:
    """One op on one input, written as a layout of its own."""
    required = [key for key, attribute in OPS[name].attributes.items() if attribute.required and key not in given]
    missing = [
        *(["--cin"] if cin is None and not inputs else []),
        *(f"--{key}" if key in OPTIONS else f"--set {key}=…" for key in required),
    ]
    if missing:
        raise usage(f"{name} needs {', '.join(missing)}", f"for example: {example_of(name)}")
    if len(inputs) > 1:
        raise usage(f"{name} is explained on one input", "give --input once")
    takes = OPS[name].takes
    if inputs:
        shape: Shape | None = read_shape("--input", inputs[0], takes)
    else:
        shape = shape_of((read_size("--cin", cin),)) if hw is None else input_shape(cin, hw)
    assert shape is not None
    needs_tokens = takes == "tokens" and isinstance(shape, Map)
    arguments = ", ".join(f"{key}: {value}" for key, value in given.items())
    entry = f"{{{name}: {{{arguments}}}}}" if arguments else name
    layout = library.text(f"layers: [{'tokens, ' if needs_tokens else ''}{entry}]\n", f"<{name}>")
    try:
        traced = trace(build_network(library, layout, {}, (shape,)))
    except ConvcalcError as error:
        if hw is None and not inputs and error.diagnostics[0].code == "wrong-kind":
            raise usage(f"{name} takes a map, so it needs --hw too", f"for example: {example_of(name)}") from None
        raise
    rows = [place for place, row in enumerate(traced.rows) if row.op.name == name]
    if not rows:
        raise usage(f"{name} applies what is in force, and here nothing is")
    return explanation(traced, rows[0], name)


def example_of(name: str) -> str:
    """A command that explains an op, with all that the op requires."""
    required = [key for key, attribute in OPS[name].attributes.items() if attribute.required]
    values = {key: EXAMPLE_VALUES.get(key, 8) for key in required}
    own = [f"--{key} {value}" if key in OPTIONS else f"--set {key}={value}" for key, value in values.items()]
    return " ".join(["convcalc explain", name, "--cin 256", *own, "--hw 56"])


def explain_layer(library: Library, design: Design, layer: str, shapes: Shapes, given: dict[str, Argument]) -> list[Explanation]:
    """The layer of a network at a path, with the norm and activation that follow it."""
    traced = trace_of(library, design, shapes, given)
    paths = {row.path for row in only(traced, layer).rows}
    places = [place for place, row in enumerate(traced.rows) if row.path in paths]
    fields = receptive_fields(traced)
    return [explanation(traced, place, traced.rows[place].path, fields) for place in places]


def explain_design(library: Library, design: Design, shapes: Shapes, given: dict[str, Argument]) -> list[Explanation]:
    """A block or network as sums over its weighted layers, and whether it pays against a plain convolution."""
    traced = trace_of(library, design, shapes, given)
    shape = shapes[0] if shapes is not None and len(shapes) == 1 else None
    mid = mid_of(library, design, shape, given)
    name = design.layout.name
    once = computed_once(total(row.total for row in traced.rows if row.fixed))
    found = [explained(name, name, traced.inputs[0].sizes, traced.output.sizes, explain_block(traced, mid), once=once)]
    if mid is not None and shape is not None and design.layout.path.startswith("configs/blocks/"):
        found.append(against_plain(library, design, shape, given, traced, mid))
    return found


def against_plain(library: Library, design: Design, shape: Shape, given: dict[str, Argument], traced: Trace, mid: int) -> Explanation:
    """The ratio to one plain convolution, and the largest mid at which the block still costs no more."""
    plain = read_design(library, "plain")
    shared = {name: value for name, value in {**design.arguments, **given}.items() if name in ("kernel", "stride", "cout")}
    base = trace_of(library, plain, (shape,), {"cout": Argument(traced.output.channels), **shared})

    def macs(size: int) -> int | None:
        try:
            return int(trace_of(library, design, (shape,), {**given, "mid": Argument(size)}).total.macs)
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
    return explained(f"{design.layout.name} against plain", "comparison", shape.sizes, traced.output.sizes, formulas)


def mid_of(library: Library, design: Design, shape: Shape | None, given: dict[str, Argument]) -> int | None:
    """The inner width of a block that has a parameter for it."""
    if "mid" not in design.layout.params or shape is None:
        return None
    if "mid" in given:
        return int(given["mid"].value)
    values = build_values(library, design.layout, shape, arguments_of(design, (shape,), given))
    return int(values["mid"])


def build_values(library: Library, layout: Layout, shape: Shape, arguments: dict[str, Argument]) -> dict[str, Any]:
    """The parameters of a layout on an input, evaluated."""
    from convcalc.layout.build import Builder
    from convcalc.layout.model import STYLE_DEFAULTS
    from convcalc.layout.scope import Result, Scope, Tensor

    scope = Scope(layout, {"input": Result({"input": Tensor(0, shape)})}, {**STYLE_DEFAULTS, **STYLE_IN_FORCE}, None, ())
    builder = Builder(library)
    for parameter in builder.parameters(layout, arguments):
        builder.set_parameter(scope, parameter, arguments.get(parameter.name))
    return scope.values


def trace_of(library: Library, design: Design, shapes: Shapes, given: dict[str, Argument]) -> Trace:
    """A design on an input, in the style that `compare` has; a network on its own."""
    if shapes is None and not runs_alone(design):
        raise usage(f"{design.text} needs an input", f"give --cin and --hw: convcalc explain {design.text} --cin 256 --hw 56")
    return trace(network_of(library, design, shapes, settings=given, style=STYLE_IN_FORCE))


def explanation(traced: Trace, place: int, path: str, fields: list[Fields | None] | None = None) -> Explanation:
    """One layer's formulas; `fields` are the receptive fields of all rows, where they are known."""
    row = traced.rows[place]
    known = receptive_fields(traced) if fields is None else fields
    given = row.inputs[0].sizes if row.inputs else ()
    once = computed_once(row.cost) if row.fixed else {}
    return explained(path, row.op.name, given, row.output.sizes, explain_row(traced, row, place, known), row_attributes(row), once)


def explained(
    name: str,
    kind: str,
    given: Sizes,
    output: Sizes,
    formulas: list[Formula],
    attributes: dict[str, Any] | None = None,
    once: dict[str, int] | None = None,
) -> Explanation:
    """Formulas with what they explain."""
    ends = list(given), list(output)
    return Explanation([FormulaReport(name, kind, *ends, *formula, attributes or {}) for formula in formulas], once or {})
