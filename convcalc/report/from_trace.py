"""A trace as a report: totals and layers under their names in the JSON contract."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from convcalc.analysis.metrics import metrics, summed
from convcalc.analysis.receptive_field import extent, receptive_field, receptive_fields
from convcalc.core.ops.window import same_padding
from convcalc.core.shape import Map
from convcalc.core.trace import Row, Trace
from convcalc.errors import Span
from convcalc.report.records import MAC, ConventionReport, GroupReport, LayerReport, ModelReport

if TYPE_CHECKING:
    from convcalc.analysis.convention import Convention


def model_report(trace: Trace, name: str, source: dict[str, Any], convention: Convention | None = None) -> ModelReport:
    """Everything that one model's report holds, comparisons excepted. `counted` is by the convention, MACs unless given."""
    fields = receptive_fields(trace)
    layers = [layer_report(row, {**metrics(row), "receptive_field": extent(field)}) for row, field in zip(trace.rows, fields, strict=True)]
    if convention is not None:
        from convcalc.analysis.convention import counted  # only those who ask for one pay for it

        for layer, row in zip(layers, trace.rows, strict=True):
            layer.metrics["counted"] = counted(row, convention, trace.batch)
    totals = {**summed([layer.metrics for layer in layers]), "receptive_field": receptive_field(trace)}
    inputs = tuple(list(shape.sizes) for shape in trace.inputs)
    outputs = tuple(list(trace.value(number).sizes) for number in trace.outputs)
    groups = tuple(
        GroupReport(scope.path, scope.kind, scope.times, scope.start, scope.stop, location(scope.span)) for scope in trace.scopes
    )
    return ModelReport(name, source, inputs[0], outputs[0], trace.batch, totals, layers, groups=groups, inputs=inputs, outputs=outputs)


def layer_report(row: Row, values: dict[str, Any]) -> LayerReport:
    inputs = tuple(list(shape.sizes) for shape in row.inputs)
    return LayerReport(row.path, row.op.name, row.times, inputs, list(row.output.sizes), attributes(row), values, location(row.span))


def attributes(row: Row) -> dict[str, Any]:
    """What the op was told: kernel, stride, … an axis, padding before and after each, only what is set."""
    op: Any = row.op
    found = {field: plain(value) for field, value in op._asdict().items() if field != "name" and value is not None}
    shape = row.inputs[0]
    if found.get("padding") == "same" and isinstance(shape, Map) and row.op.name != "conv_transpose":
        windows = zip(shape.spatial, op.kernel, op.stride, op.dilation, strict=True)
        found["padding"] = [list(same_padding(*window)) for window in windows]
    if row.calls is not None:
        found["as"] = row.calls
    return found


def plain(value: Any) -> Any:
    """Tuples as lists, and exact fractions as decimals."""
    if isinstance(value, tuple):
        return [plain(part) for part in value]
    return value if isinstance(value, int | str) else float(value)


def location(span: Span | None) -> dict[str, Any] | None:
    return None if span is None else {"path": span.source.path, "line": span.line, "column": span.column}


def convention_report(convention: Convention | None) -> ConventionReport:
    """A convention as reports name it; the default for none."""
    if convention is None:
        return MAC
    return ConventionReport(convention.name, convention.counts, convention.version, convention.unit)
