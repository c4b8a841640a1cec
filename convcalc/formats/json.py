"""The JSON contract, version 1: one envelope for every command, on success and on failure."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any

from convcalc import __version__
from convcalc.analysis.metrics import ADDITIVE
from convcalc.errors import Diagnostic, Span
from convcalc.report.records import SCHEMA_VERSION, STATUS, LayerReport, ModelReport, Report

if TYPE_CHECKING:
    from convcalc.report.records import Change, CountReport, Entry, Explanation, Finding, Formula, SweepReport

dumps = partial(json.dumps, allow_nan=False)


def render(report: Report) -> str:
    """A report as a JSON document."""
    return pretty(envelope(report), "") + "\n"


def pretty(value: Any, pad: str) -> str:
    """JSON with a line a key, and a line a row in lists of rows: it diffs well, and is quick to write."""
    if isinstance(value, dict) and value:
        inner = pad + "  "
        lines = [f"{inner}{dumps(key)}: {pretty(item, inner)}" for key, item in value.items()]
        return "{\n" + ",\n".join(lines) + f"\n{pad}}}"
    if isinstance(value, list) and any(isinstance(item, dict) for item in value):
        inner = pad + "  "
        lines = [inner + (pretty(item, inner) if holds_rows(item) else dumps(item)) for item in value]
        return "[\n" + ",\n".join(lines) + f"\n{pad}]"
    return dumps(value)


def holds_rows(item: Any) -> bool:
    """Whether a value is too deep for one line: it has a list of objects in it."""
    return isinstance(item, dict) and any(isinstance(part, list) and part and isinstance(part[0], dict) for part in item.values())


def envelope(report: Report) -> dict[str, Any]:
    return {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": "convcalc", "version": __version__},
        "command": report.command,
        "status": STATUS.get(report.exit_code, "error"),
        "exit_code": report.exit_code,
        "convention": report.convention._asdict(),
        **contents(report),
        "diagnostics": [diagnostic_dict(diagnostic) for diagnostic in report.diagnostics],
    }


def contents(report: Report) -> dict[str, Any]:
    """What a command found, under the key that it has for it."""
    if report.command == "validate":
        return {"files": [file._asdict() for file in report.files]}
    if report.command == "explain":
        rows = [(item, formula) for item in report.explanations for formula in item.formulas]
        return {"formulas": [{**formula_dict(item, formula), "attributes": item.attributes} for item, formula in rows]}
    if report.command == "diff":
        return {"changes": [change_dict(change) for change in report.changes], "totals": [total._asdict() for total in report.totals]}
    if report.command == "check":
        return {
            "findings": [finding_dict(finding) for finding in report.findings],
            "changes": [change_dict(change) for change in report.changes],
            "totals": [total._asdict() for total in report.totals],
            "models": [model_dict(model, report.convention.unit) for model in report.models],
        }
    if report.command == "solve":
        return {"solutions": [{**s.here._asdict(), "neighbours": [n._asdict() for n in s.neighbours]} for s in report.solutions]}
    if report.sweep is not None:
        return sweep_dict(report.sweep)
    if report.command == "list":
        return {"items": [item._asdict() for item in report.items]}
    models = {"models": [model_dict(model, report.convention.unit, report.rearranged) for model in report.models]}
    baseline = {"baseline": report.baseline} if report.baseline else {}  # the first unless it says so
    published = {"published": report.published} if report.published is not None else {}
    return {**baseline, **published, **models}


def change_dict(change: Change) -> dict[str, Any]:
    """A changed layer, costs before and after."""
    return {**change._asdict(), "attributes": [attribute._asdict() for attribute in change.attributes]}


def sweep_dict(found: SweepReport) -> dict[str, Any]:
    """A design space: its points by name, and which are on the front."""
    names = [*(name for name, _ in found.axes), *found.metrics]
    return {
        "axes": [{"name": name, "values": values} for name, values in found.axes],
        "metrics": list(found.metrics),
        "points": [dict(zip(names, row, strict=True)) for row in found.rows],
        "front": None if found.front is None else list(found.front),
        "invalid": [reason._asdict() for reason in found.invalid],
        "done": found.done,
        "met": found.met,
        "asked": found.asked._asdict(),
    }


def finding_dict(finding: Finding) -> dict[str, Any]:
    """A budget held against a figure."""
    lists = {key: [{"path": path, "value": value} for path, value in getattr(finding, key)] for key in ("carriers", "growth")}
    return {**finding._asdict(), **lists}


def formula_dict(item: Explanation, formula: Formula) -> dict[str, Any]:
    """A formula with what it explains."""
    return {"name": item.name, "kind": item.kind, "input": item.input, "output": item.output, **formula._asdict()}


def model_dict(model: ModelReport, unit: str, rearranged: bool = False) -> dict[str, Any]:
    found: dict[str, Any] = {
        "name": model.name,
        "source": model.source,
        "input": model.input,
        "output": model.output,
        **{key: list(shapes) for key, shapes in (("inputs", model.inputs), ("outputs", model.outputs)) if len(shapes) > 1},
        "batch": model.batch,
        "totals": with_unit(model.totals, unit),
    }
    for key in ("reduction", "ratio", "sentence"):
        if getattr(model, key) is not None:
            found[key] = getattr(model, key)
    if model.conventions:
        found["conventions"] = [count_dict(count) for count in model.conventions]
    if model.layer is not None:
        found["layer"] = model.layer
    if model.matches is not None:
        found["matches"] = [match._asdict() for match in model.matches]
    if model.storage is not None:
        found["storage"] = model.storage
    if rearranged:
        places = {id(layer): place for place, layer in enumerate(model.layers)}
        found["entries"] = [{**entry_dict(entry, unit), **layers_of(entry, places)} for entry in model.entries]
    found["groups"] = [group._asdict() for group in model.groups]
    found["layers"] = [layer_dict(layer, unit) for layer in model.layers]
    return found


def count_dict(count: CountReport) -> dict[str, Any]:
    """A convention's total and the bridge to it."""
    return {**count._asdict(), "bridge": [{"term": term, "amount": amount} for term, amount in count.bridge]}


def entry_dict(entry: Entry, unit: str) -> dict[str, Any]:
    """A line of a summary: metrics are those of all that it stands for."""
    metrics = {key: entry.node.metrics[key] for key in ADDITIVE}
    return {"label": entry.label, "kind": entry.node.kind, "times": entry.node.times, **with_unit(metrics, unit)}


def layers_of(entry: Entry, places: dict[int, int]) -> dict[str, Any]:
    """Which layers a line shows, start … stop−1; none where it stands for what is strewn over the network."""
    layers = entry.node.layers
    return {"start": places[id(layers[0])], "stop": places[id(layers[-1])] + 1} if layers else {}


def with_unit(metrics: dict[str, Any], unit: str) -> dict[str, Any]:
    """Metrics with the unit of what the convention counted."""
    return {**metrics, "counted": {"value": metrics["counted"], "unit": unit}}


def layer_dict(layer: LayerReport, unit: str) -> dict[str, Any]:
    found: dict[str, Any] = {"path": layer.path, "op": layer.op, "times": layer.times, "input": layer.inputs[0], "output": layer.output}
    if len(layer.inputs) > 1:
        found["inputs"] = list(layer.inputs)
    return {**found, "attributes": layer.attributes, **with_unit(layer.metrics, unit), "location": layer.location}


def diagnostic_dict(diagnostic: Diagnostic) -> dict[str, Any]:
    return {
        "code": diagnostic.code,
        "severity": diagnostic.severity,
        "message": diagnostic.message,
        **place(diagnostic.span),
        "hint": diagnostic.hint,
        "notes": [{"message": note.message, **place(note.span)} for note in diagnostic.notes],
    }


def place(span: Span | None) -> dict[str, Any]:
    if span is None:
        return {"path": None, "line": None, "column": None, "end_column": None}
    return {"path": span.source.path, "line": span.line, "column": span.column, "end_column": span.column + span.length}
