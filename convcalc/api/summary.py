"""`convcalc summary`: networks layer by layer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from convcalc.api.designs import Design, chosen_convention, read_input, read_settings, read_size
from convcalc.api.specs import Spec, read_spec, spec_files, unmet
from convcalc.core.network import Network
from convcalc.core.shape import Shape
from convcalc.core.trace import trace
from convcalc.errors import Diagnostic, for_each, nearest, usage
from convcalc.layout.assemble import build_network
from convcalc.layout.build import Argument
from convcalc.layout.library import Library
from convcalc.report.model import ModelReport, Report
from convcalc.report.summary import View, summary_report
from convcalc.report.trace import convention_report, model_report


def summary(
    specs: Sequence[str],
    *,
    set: Mapping[str, Any] | Sequence[str] = (),  # noqa: A002  # as the option is called
    input: str | Sequence[str] | None = None,  # noqa: A002
    batch: int | str = 1,
    depth: int = 2,
    by: str | None = None,
    sort: str | None = None,
    top: int | None = None,
    dtype: str = "fp32",
    convention: str | None = None,
) -> Report:
    """Networks layer by layer.

    Args:
        specs: shipped networks, paths, `path:preset`, directories, or "-" for standard input.
        set: parameters of the network, `{"width": 0.5}` or `["width=0.5"]`.
        input: its input instead of its own, "3x288x288"; `name=shape` where it has several.
        batch: samples; every cost but parameters and buffers scales with it.
        depth: how deep the tree of lines goes.
        by: "op", "stage" or "layer" instead of the tree.
        sort: a metric, the largest first; `metric:asc` the smallest.
        top: as many lines, and one for the rest.
        convention: how `counted` counts, mac unless given: a name, or a path to a convention of your own.
        dtype: the type that parameter bytes are counted in.

    Returns:
        A report with one model a network: totals and layers in exact integers.

    Raises:
        ConvcalcError: with every error of every file.

    >>> summary(["resnet50"]).models[0].totals["macs"]
    4089184256
    """
    settings = settings_of(set)
    inputs = [input] if isinstance(input, str) else list(input or ())
    samples = read_size("--batch", batch)
    rules = chosen_convention(convention)
    library = Library()
    warnings: list[Diagnostic] = []

    def model_of(spec: str) -> ModelReport:
        design = read_spec(library, spec)
        network = spec_network(library, design, settings, inputs)
        found = Spec(spec, design.layout, trace(network, samples))
        model = model_report(found.trace, network.name, found.source, rules)
        if not (settings or inputs or design.arguments) and samples == 1:
            warnings.extend(unmet(design.layout, model.totals, "warning"))
        return model

    models = for_each(spec_files(specs), model_of)
    return summary_report(models, View(depth, by, sort, top, dtype), warnings, convention_report(rules))


def settings_of(given: Mapping[str, Any] | Sequence[str]) -> dict[str, Argument]:
    """Arguments from a mapping or from `name=value` texts."""
    if isinstance(given, Mapping):
        given = [f"{name}={str(value).lower() if isinstance(value, bool) else value}" for name, value in given.items()]
    return read_settings(given)


def spec_network(library: Library, design: Design, settings: dict[str, Argument], inputs: list[str]) -> Network:
    """The network of a spec, with settings and inputs in place of its own."""
    return build_network(library, design.layout, {**design.arguments, **settings}, input_shapes(design, inputs))


def input_shapes(design: Design, inputs: list[str]) -> tuple[Shape, ...] | None:
    """Shapes for all inputs of a layout, or None where it keeps its own."""
    if not inputs:
        return None
    names = list(design.layout.inputs)
    given: dict[str, Shape] = {}
    for text in inputs:
        name, equals, shape = text.rpartition("=")
        key = name if equals else names[0]
        if key not in names:
            raise usage(f"--input {text}: {design.layout.name} has no input `{key}`", nearest(key, names))
        if key in given:
            raise usage(f"--input {text}: the shape of {key} is given twice", "drop one")
        given[key] = read_input("--input", shape)
    if missing := [name for name in names if name not in given]:
        raise usage(f"--input: {design.layout.name} needs shapes of {', '.join(missing)} too", f"write --input {missing[0]}=256x80x80")
    return tuple(given[name] for name in names)
