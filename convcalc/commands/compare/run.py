"""`convcalc compare`: designs side by side, with ratios against a baseline and a sentence to quote."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Unpack

from convcalc.analysis.metrics import additive, dear
from convcalc.commands.compare.sentence import sentence
from convcalc.core.shape import Shape
from convcalc.core.trace import Trace, trace
from convcalc.errors import Diagnostic, for_each, usage
from convcalc.inputs.designs import (
    STYLE_IN_FORCE,
    Design,
    chosen_convention,
    network_of,
    read_design,
    replacement_notes,
    replacements_of,
    runs_alone,
)
from convcalc.inputs.execution import Running, read_execution
from convcalc.inputs.goals import asked_for
from convcalc.inputs.settings import style_options
from convcalc.inputs.sizes import input_shape, read_size
from convcalc.layout.library import Library
from convcalc.report.contract import ConventionReport, ModelReport, Report
from convcalc.report.from_trace import convention_report, model_report
from convcalc.report.numbers import shape_text

if TYPE_CHECKING:
    from convcalc.layout.replacement import Replacements

ON_DEVICE = ("bytes", "floor_seconds")  # what a comparison on a device says
DEFAULT_DESIGNS = ("plain", "bottleneck")


def compare(
    designs: str | Sequence[str] = DEFAULT_DESIGNS,
    *,
    cin: int | str | None = None,
    cout: int | str | None = None,
    hw: int | str | Sequence[int] | None = None,
    kernel: int | str | None = None,
    stride: int | str | None = None,
    norm: str | None = None,
    activation: str | None = None,
    bias: bool | str | None = None,
    batch: int | str = 1,
    baseline: str | None = None,
    metrics: str | Sequence[str] = (),
    convention: str | None = None,
    **running: Unpack[Running],
) -> Report:
    """Designs side by side on one input.

    Args:
        designs: names of blocks or networks, `name:param=value,param=value`, or paths to layouts.
        cin, hw: the input, cin channels on a square (56) or "56x48" map; networks may leave them to their own.
        cout, kernel, stride: given to every design that has such a parameter; cout is cin unless given.
        norm, activation, bias: the style of layers that do not set their own: none, relu and false unless given.
        batch: samples; every cost but parameters and buffers scales with it.
        metrics: those to work out beside the usual ones: "peak_bytes", "saved_bytes", …
        convention: how `counted` counts, mac unless given: a name, or a path to a convention of your own.
        running: how they are run, as `inputs.execution.Running` lists it: `dtype`, `in_place`, `optimizer`, …; with `replace`
            each design is shown as it is, and with others in the place of some of its layers.
        baseline: the design that others are compared with, the first unless given; added where it is not listed.

    Returns:
        A report with one model a design: totals in exact integers, ratios and reductions against the baseline.

    Raises:
        ConvcalcError: with every error of every design.

    >>> compare(cin=256, cout=256, hw=56).models[1].totals["macs"]
    218365952
    """
    execution = read_execution(**running)
    names = ([designs] if isinstance(designs, str) else list(designs)) or list(() if execution.replaced else DEFAULT_DESIGNS)
    if not names:
        raise usage("--replace: in which network?", "name it: convcalc compare resnet34 --replace 'conv[kernel > 1]=bottleneck'")
    if baseline is not None and baseline not in names:
        names.insert(0, baseline)
    shape = input_shape(cin, hw)
    options = {"cout": cout, "kernel": kernel, "stride": stride}
    given = {name: read_size(f"--{name}", value) for name, value in options.items() if value is not None}
    style = {**STYLE_IN_FORCE, **style_options(norm, activation, bias)}
    samples = read_size("--batch", batch)
    asked = dear([*asked_for(metrics), *(ON_DEVICE if execution.device is not None else ())])
    rules = chosen_convention(convention)
    library = Library()
    warnings: list[Diagnostic] = []

    def models_of(name: str) -> list[ModelReport]:
        design = read_design(library, name)
        traced = trace_design(library, design, shape, given, style, samples, warnings)
        models = [model_report(traced._replace(execution=execution.as_written), name, {"path": design.layout.path}, rules, asked)]
        if replacements is not None:  # the design as it is, and as it would be
            from convcalc.analysis.replaced import counted, stands  # paid by those who replace something

            other = trace_design(library, design, shape, given, style, samples, [], replacements)
            model = model_report(other._replace(execution=execution), name, {"path": design.layout.path}, rules, asked)
            models.append(model._replace(name=f"{name} with {counted(stands(model))}"))
            warnings.extend(replacement_notes(name, replacements))
        return models

    replacements = replacements_of(library, execution)
    models = [model for found in for_each(names, models_of) for model in found]
    return compare_report(
        models, names.index(baseline) * (2 if execution.replaced else 1) if baseline is not None else 0, warnings, convention_report(rules)
    )


def trace_design(
    library: Library,
    design: Design,
    shape: Shape | None,
    given: dict[str, int],
    style: dict[str, Any],
    batch: int,
    warnings: list[Diagnostic],
    replacements: Replacements | None = None,
) -> Trace:
    """One design on the common input, with the options that it has a parameter for."""
    layout = design.layout
    if shape is None and not runs_alone(design):
        raise usage(f"{design.text} needs an input", "give --cin and --hw: convcalc compare --cin 256 --cout 256 --hw 56")
    for name, value in given.items():
        if name != "cout" and name not in layout.params:
            message = f"{design.text} has no parameter {name}: --{name} {value} changes nothing in it"
            warnings.append(Diagnostic("option-unused", message, severity="warning"))
    shapes = None if shape is None else (shape,)
    traced = trace(network_of(library, design, shapes, options=given, style=style, replacements=replacements), batch)
    if "cout" in given and "cout" not in layout.params and traced.output.channels != given["cout"]:
        message = f"{design.text} has no parameter cout: it gives {traced.output.channels} channels, not {given['cout']}"
        warnings.append(Diagnostic("option-unused", message, severity="warning"))
    return traced


def compare_report(models: list[ModelReport], baseline: int, diagnostics: list[Diagnostic], convention: ConventionReport) -> Report:
    """The models with their ratios to one of them, all counted by one convention."""
    base = models[baseline]
    found = list(diagnostics)
    compared = []
    for number, model in enumerate(models):
        unlike = model.output != base.output
        if unlike:
            shapes = shape_text(model.output), shape_text(base.output)
            message = f"{model.name} gives {shapes[0]}, {base.name} gives {shapes[1]}: their ratios compare unlike things"
            found.append(Diagnostic("unlike-shapes", message, severity="warning"))
        compared.append(
            model._replace(
                ratio=ratios(model.totals, base.totals),
                reduction=ratios(base.totals, model.totals),
                sentence="" if number == baseline or unlike else sentence(model, base),
            )
        )
    return Report("compare", convention=convention, baseline=baseline, models=tuple(compared), diagnostics=tuple(found))


def ratio(value: Any, baseline: Any) -> float | int | None:
    """value ÷ baseline, correctly rounded at any size; None for a zero baseline, never infinity."""
    if baseline == 0:
        return None
    try:
        return float(value / baseline)
    except OverflowError:
        return int(value // baseline)


def ratios(values: dict[str, Any], baseline: dict[str, Any]) -> dict[str, float | int | None]:
    """`ratio` of every metric that adds up."""
    return {key: ratio(values[key], baseline[key]) for key in additive() if key in values}
