"""A trace as a report: totals and layers under their names in the JSON contract."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from convcalc.analysis.metrics import COUNTED, METRICS
from convcalc.analysis.receptive_field import seen_by_outputs
from convcalc.analysis.totals import layer_metrics, totals
from convcalc.core.execution import execution_dict
from convcalc.core.ops import TRAITS
from convcalc.core.ops.sliding_window import same_padding
from convcalc.core.shape import Map
from convcalc.core.trace import Row, Trace
from convcalc.report.contract import MAC, ConventionReport, FieldReport, GroupReport, LayerReport, ModelReport
from convcalc.report.location import location_of
from convcalc.report.plain import decimal

if TYPE_CHECKING:
    from convcalc.analysis.convention import Convention


def model_report(
    trace: Trace, name: str, source: dict[str, str], convention: Convention | None = None, asked: Collection[str] = ()
) -> ModelReport:
    """Everything that one model's report holds, comparisons excepted. `counted` is by the convention, MACs unless given.

    `asked` are metrics to work out of those that are so on demand.
    """
    rows = layer_metrics(trace, asked)
    if convention is not None:
        from convcalc.analysis.convention import counted_layers  # only those who ask for one pay for it

        rows = [{**values, COUNTED: amount} for values, amount in zip(rows, counted_layers(trace, convention), strict=True)]
    if rows and any(key in rows[0] for key in inexact()):
        rows = [plain_metrics(values) for values in rows]
    fields = [values["receptive_field"] for values in rows]
    known: dict[Any, Any] = {}
    layers = [layer_report(row, values, known) for row, values in zip(trace.rows, rows, strict=True)]
    device = None
    if trace.execution.device is not None:
        from convcalc.report.from_device import device_report  # paid by those who name one

        device, bounds = device_report(trace)
        layers = [layer._replace(bound=bound) for layer, bound in zip(layers, bounds, strict=True)]
    inputs = [list(shape.sizes) for shape in trace.inputs]
    outputs = [list(trace.value(number).sizes) for number in trace.outputs]
    groups = tuple(
        GroupReport(scope.path, scope.kind, scope.times, scope.start, scope.stop, location_of(scope.span), scope.shared, scope.replaces)
        for scope in trace.scopes
    )
    return ModelReport(
        name,
        source,
        inputs[0],
        outputs[0],
        trace.batch,
        plain_metrics(totals(trace, rows, asked)),
        layers,
        groups,
        inputs=several(inputs),
        outputs=several(outputs),
        device=device,
        execution=execution_dict(trace.execution),
        receptive_fields=tuple(FieldReport(output, *seen) for output, seen in seen_by_outputs(trace, fields)),
    )


def several(shapes: list[list[int]]) -> tuple[list[int], ...]:
    """All of some shapes, where there is more than the first."""
    return tuple(shapes) if len(shapes) > 1 else ()


def layer_report(row: Row, values: dict[str, Any], known: dict[Any, Any]) -> LayerReport:
    """A row under the names of the contract; `known` holds what equal rows share."""
    same = row.op, row.inputs, row.calls, row.shares
    if same not in known:
        inputs = [list(shape.sizes) for shape in row.inputs]
        known[same] = inputs[0] if inputs else [], list(row.output.sizes), attributes(row), several(inputs)
    first, output, given, all_inputs = known[same]
    location = location_of(row.span)
    copies = None if row.copies == row.times or row.shares else row.copies
    return LayerReport(row.path, row.op.name, row.times, first, output, given, values, location, all_inputs, row.sources, copies=copies)


def inexact() -> list[str]:
    """Metrics that are no whole numbers."""
    return [key for key, metric in METRICS.items() if not metric.exact]


def plain_metrics(values: dict[str, Any]) -> dict[str, Any]:
    """Metrics as JSON has them: what is no whole number as the nearest one that JSON has."""
    return values | {key: decimal(values[key]) for key in inexact() if values.get(key) is not None}


def attributes(row: Row) -> dict[str, Any]:
    """The op's attributes that are set: kernel, stride, … one an axis, padding before and after each."""
    op: Any = row.op
    found = {field: plain(value) for field, value in op._asdict().items() if field != "name" and value is not None and value != ()}
    shape = row.inputs[0] if row.inputs else None
    if found.get("padding") == "same" and isinstance(shape, Map) and TRAITS[row.op.name].field != "spread":
        windows = zip(shape.spatial, op.kernel, op.stride, op.dilation, strict=True)
        found["padding"] = [list(same_padding(*window)) for window in windows]
    if row.calls is not None:
        found["as"] = row.calls
    if row.shares:
        found["weights"] = row.shares
    return found


def plain(value: Any) -> Any:
    """Tuples as lists, and exact fractions as decimals."""
    if isinstance(value, tuple):
        return [plain(part) for part in value]
    return value if isinstance(value, int | str) else float(value)


def convention_report(convention: Convention | None) -> ConventionReport:
    """A convention as reports name it; the default for none."""
    if convention is None:
        return MAC
    return ConventionReport(convention.name, convention.counts, convention.version, convention.unit)
