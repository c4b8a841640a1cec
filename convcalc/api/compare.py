"""`convcalc compare`: designs side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from convcalc.api.designs import (
    STYLE_IN_FORCE,
    Design,
    chosen_convention,
    network_of,
    read_design,
    read_size,
    read_sizes,
    runs_alone,
    shown,
)
from convcalc.core.shape import Map, Shape
from convcalc.core.trace import Trace, trace
from convcalc.errors import Diagnostic, for_each, nearest, usage
from convcalc.layout.library import Library
from convcalc.layout.vocabulary import OPS
from convcalc.report.compare import compare_report
from convcalc.report.model import ModelReport, Report
from convcalc.report.trace import convention_report, model_report

DEFAULT_DESIGNS = ("plain", "bottleneck")


def compare(
    designs: Sequence[str] = DEFAULT_DESIGNS,
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
    convention: str | None = None,
) -> Report:
    """Designs side by side on one input.

    Args:
        designs: names of blocks or networks, `name:param=value,param=value`, or paths to layouts.
        cin, hw: the input, cin channels on a square (56) or "56x48" map; networks may leave them to their own.
        cout, kernel, stride: given to every design that has such a parameter; cout is cin unless given.
        norm, activation, bias: the style of layers that do not set their own: none, relu and false unless given.
        batch: samples; every cost but parameters and buffers scales with it.
        convention: how `counted` counts, mac unless given: a name, or a path to a convention of your own.
        baseline: the design that others are compared with, the first unless given; added where it is not listed.

    Returns:
        A report with one model a design: totals in exact integers, ratios and reductions against the baseline.

    Raises:
        ConvcalcError: with every error of every design.

    >>> compare(cin=256, cout=256, hw=56).models[1].totals["macs"]
    218365952
    """
    names = list(designs) or list(DEFAULT_DESIGNS)
    if baseline is not None and baseline not in names:
        names.insert(0, baseline)
    shape = input_shape(cin, hw)
    options = {"cout": cout, "kernel": kernel, "stride": stride}
    given = {name: read_size(f"--{name}", value) for name, value in options.items() if value is not None}
    style = {**STYLE_IN_FORCE, **style_options(norm, activation, bias)}
    samples = read_size("--batch", batch)
    rules = chosen_convention(convention)
    library = Library()
    warnings: list[Diagnostic] = []

    def model_of(name: str) -> ModelReport:
        design = read_design(library, name)
        traced = trace_design(library, design, shape, given, style, samples, warnings)
        return model_report(traced, name, {"path": design.layout.path}, rules)

    models = for_each(names, model_of)
    return compare_report(models, names.index(baseline) if baseline is not None else 0, warnings, convention_report(rules))


def trace_design(
    library: Library,
    design: Design,
    shape: Shape | None,
    given: dict[str, int],
    style: dict[str, Any],
    batch: int,
    warnings: list[Diagnostic],
) -> Trace:
    """One design on the common input, with the options that it has a parameter for."""
    layout = design.layout
    if shape is None and not runs_alone(design):
        raise usage(f"{design.text} needs an input", "give --cin and --hw: convcalc compare --cin 256 --cout 256 --hw 56")
    if shape is not None and len(layout.inputs) > 1:
        raise usage(f"{design.text} takes {len(layout.inputs)} inputs", "compare it by its own shapes, without --cin and --hw")
    for name, value in given.items():
        if name != "cout" and name not in layout.params:
            message = f"{design.text} has no parameter {name}: --{name} {value} changes nothing in it"
            warnings.append(Diagnostic("option-unused", message, severity="warning"))
    traced = trace(network_of(library, design, shape, given, style), batch)
    if "cout" in given and "cout" not in layout.params and traced.output.channels != given["cout"]:
        message = f"{design.text} has no parameter cout: it gives {traced.output.channels} channels, not {given['cout']}"
        warnings.append(Diagnostic("option-unused", message, severity="warning"))
    return traced


def input_shape(cin: Any, hw: Any) -> Shape | None:
    """The common input, or None where every design runs on its own."""
    if cin is None and hw is None:
        return None
    if cin is None or hw is None:
        missing = "--cin" if cin is None else "--hw"
        raise usage(f"an input needs {missing} too", "give --cin and --hw: convcalc compare --cin 256 --cout 256 --hw 56")
    sizes = read_sizes("--hw", hw)
    if len(sizes) > 3:
        raise usage("--hw: at most three spatial sizes", "write --hw 56 or --hw 56x48")
    return Map(read_size("--cin", cin), sizes * 2 if len(sizes) == 1 else sizes)


def style_options(norm: str | None, activation: str | None, bias: bool | str | None) -> dict[str, Any]:
    """The style words that were given, checked."""
    found: dict[str, Any] = {}
    for word, value in (("norm", norm), ("activation", activation), ("bias", bias)):
        if value is None:
            continue
        choices = ["true", "false", "auto"] if word == "bias" else list(OPS["conv"].attributes[word].choices)
        text = str(value).lower() if isinstance(value, bool) else value
        if text not in choices:
            raise usage(f"--{word} {shown(text)}: there is no such {word}", nearest(text, choices))
        found[word] = {"true": True, "false": False}.get(text, text)
    return found
