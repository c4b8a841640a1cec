"""The JSON contract, version 1: one envelope for every command, on success and on failure."""

from __future__ import annotations

import json
import re
from typing import Any

from convcalc import __version__
from convcalc.errors import Diagnostic, Span
from convcalc.report.model import SCHEMA_VERSION, STATUS, LayerReport, ModelReport, Report

NUMBERS = re.compile(r"\[\n\s+(-?\d+(?:,\n\s+-?\d+)*)\n\s+\]")  # a list of numbers; strings hold no raw line ends


def render(report: Report) -> str:
    """A report as a JSON document, lists of numbers on one line."""
    text = json.dumps(envelope(report), indent=2, allow_nan=False)
    return NUMBERS.sub(lambda match: "[" + re.sub(r"\s+", " ", match[1]) + "]", text) + "\n"


def envelope(report: Report) -> dict[str, Any]:
    return {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": "convcalc", "version": __version__},
        "command": report.command,
        "status": STATUS.get(report.exit_code, "error"),
        "exit_code": report.exit_code,
        "convention": report.convention._asdict(),
        "models": [model_dict(model) for model in report.models],
        "diagnostics": [diagnostic_dict(diagnostic) for diagnostic in report.diagnostics],
    }


def model_dict(model: ModelReport) -> dict[str, Any]:
    found: dict[str, Any] = {
        "name": model.name,
        "source": model.source,
        "input": model.input,
        "output": model.output,
        "batch": model.batch,
        "totals": model.totals,
    }
    for key in ("reduction", "ratio", "sentence"):
        if getattr(model, key) is not None:
            found[key] = getattr(model, key)
    found["layers"] = [layer_dict(layer) for layer in model.layers]
    return found


def layer_dict(layer: LayerReport) -> dict[str, Any]:
    found: dict[str, Any] = {"path": layer.path, "op": layer.op, "times": layer.times, "input": layer.inputs[0], "output": layer.output}
    if len(layer.inputs) > 1:
        found["inputs"] = list(layer.inputs)
    return {**found, "attributes": layer.attributes, **layer.metrics, "location": layer.location}


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
