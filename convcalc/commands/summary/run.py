"""`convcalc summary`: networks layer by layer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Unpack

from convcalc.commands.summary.lines import View, check_order, summary_report
from convcalc.errors import Diagnostic, for_each
from convcalc.files.find import spec_files
from convcalc.inputs.designs import chosen_convention, read_given, traced, unmet
from convcalc.inputs.execution import Running
from convcalc.inputs.goals import asked_for
from convcalc.layout.library import Library
from convcalc.report.contract import ModelReport, Report
from convcalc.report.from_trace import convention_report


def summary(
    specs: str | Sequence[str],
    *,
    set: Mapping[str, Any] | Sequence[str] = (),  # noqa: A002  # as the option is called
    input: str | Sequence[str] | None = None,  # noqa: A002
    batch: int | str = 1,
    by: str | None = None,
    sort: str | None = None,
    top: int | None = None,
    metrics: str | Sequence[str] = (),
    convention: str | None = None,
    **running: Unpack[Running],
) -> Report:
    """Networks layer by layer.

    Args:
        specs: one or several shipped networks, paths, `path:preset`, directories, or "-" for standard input.
        set: parameters of the network, `{"width": 0.5}` or `["width=0.5"]`.
        input: its input instead of its own, "3x288x288"; `name=shape` where it has several.
        batch: samples; every cost but parameters and buffers scales with it.
        by: "op", "stage" or "layer" instead of the tree.
        sort: a metric, the largest first; `metric:asc` the smallest.
        top: as many lines, and one for the rest.
        metrics: those to work out beside the usual ones: "peak_bytes", "saved_bytes", …
        convention: how `counted` counts, mac unless given: a name, or a path to a convention of your own.
        running: how it is run, as `inputs.execution.Running` lists it: `dtype` and `in_place`, `optimizer`, …

    Returns:
        A report with one model a network: totals and layers in exact integers.

    Raises:
        ConvcalcError: with every error of every file.

    >>> summary(["resnet50"]).models[0].totals["macs"]
    4089184256
    """
    order = check_order(sort)
    given = read_given(set, input, batch, asked_for(metrics, [order.name]), **running)
    rules = chosen_convention(convention)
    library = Library()
    warnings: list[Diagnostic] = []

    def model_of(spec: str) -> ModelReport:
        found = traced(library, spec, given)
        model = found.model(convention)
        warnings.extend([*found.notes, *(unmet(found.layout, model.totals, "warning") if found.own else ())])
        return model

    models = for_each(spec_files(specs), model_of)
    return summary_report(models, View(by, sort, top, given.execution.type_of_weights), warnings, convention_report(rules))
