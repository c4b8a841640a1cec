"""Saved JSON reports, read back."""

from __future__ import annotations

import json
from typing import Any

from convcalc.errors import ConvcalcError, Diagnostic, Note, Source, Span
from convcalc.report.model import ADDITIVE, SCHEMA_VERSION, ConventionReport, GroupReport, LayerReport, ModelReport, Report


def load_report(text: str, shown: str) -> Report:
    """The report that a JSON text holds.

    Raises:
        ConvcalcError: for text that is no report, a report of another schema version, or of a run that failed.
    """
    try:
        data = json.loads(text, parse_constant=refuse_constant)
        return read_report(data, shown)
    except (ValueError, RecursionError, KeyError, TypeError, IndexError, AttributeError):
        raise refused(shown, "it is no report of convcalc", "make one with --format json") from None


def refuse_constant(name: str) -> None:
    raise ValueError(name)


def refused(shown: str, why: str, hint: str) -> ConvcalcError:
    return ConvcalcError(Diagnostic("bad-report", f"{shown}: {why}", Span(Source(shown, ()), 1, 1), hint))


def read_report(data: dict[str, Any], shown: str) -> Report:
    version = data["schema_version"]
    if not isinstance(version, str) or version.split(".")[0] != SCHEMA_VERSION.split(".")[0]:
        raise refused(shown, f"its schema version is {version}, this is {SCHEMA_VERSION}", "make it again with this convcalc")
    if data["status"] == "error":
        raise refused(shown, "it is the report of a run that failed", "look at its diagnostics")
    convention = data["convention"]
    return Report(
        command=text_of(data["command"]),
        models=tuple(read_model(model) for model in data.get("models", ())),
        convention=ConventionReport(*(text_of(convention[key]) for key in ("name", "counts", "version", "unit"))),
        diagnostics=tuple(read_diagnostic(item) for item in data.get("diagnostics", ())),
        exit_code=whole(data["exit_code"]),
        **other_contents(data),
    )


def other_contents(data: dict[str, Any]) -> dict[str, Any]:
    """What diff reports beside models."""
    from convcalc.report.views import ModelChange, change_of

    found: dict[str, Any] = {}
    if "changes" in data:
        found["changes"] = tuple(change_of(item) for item in data["changes"])
        found["totals"] = tuple(ModelChange(**item) for item in data["totals"])
    return found


def read_model(data: dict[str, Any]) -> ModelReport:
    return ModelReport(
        name=text_of(data["name"]),
        source=dict(data["source"]),
        input=sizes(data["input"]),
        output=sizes(data["output"]),
        batch=whole(data["batch"]),
        totals=metrics(data["totals"]),
        layers=[read_layer(layer) for layer in data["layers"]],
        ratio=data.get("ratio"),
        reduction=data.get("reduction"),
        sentence=data.get("sentence"),
        groups=tuple(GroupReport(**group) for group in data["groups"]),
        inputs=tuple(sizes(shape) for shape in data.get("inputs", [data["input"]])),
        outputs=tuple(sizes(shape) for shape in data.get("outputs", [data["output"]])),
        storage=data.get("storage"),
    )


def read_layer(data: dict[str, Any]) -> LayerReport:
    return LayerReport(
        path=text_of(data["path"]),
        op=text_of(data["op"]),
        times=whole(data["times"]),
        inputs=tuple(sizes(shape) for shape in data.get("inputs", [data["input"]])),
        output=sizes(data["output"]),
        attributes=dict(data["attributes"]),
        metrics=metrics(data),
        location=data["location"],
    )


def metrics(data: dict[str, Any]) -> dict[str, Any]:
    """Additive metrics, and the receptive field."""
    plain = {key: whole(data[key]["value"] if key == "counted" else data[key]) for key in ADDITIVE}
    return {**plain, "receptive_field": data["receptive_field"]}


def read_diagnostic(data: dict[str, Any]) -> Diagnostic:
    notes = tuple(Note(text_of(note["message"]), place(note)) for note in data["notes"])
    return Diagnostic(text_of(data["code"]), text_of(data["message"]), place(data), data["hint"], notes, text_of(data["severity"]))


def place(data: dict[str, Any]) -> Span | None:
    if data["path"] is None:
        return None
    return Span(
        Source(text_of(data["path"]), ()), whole(data["line"]), whole(data["column"]), whole(data["end_column"]) - whole(data["column"])
    )


def whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError("not a whole number")
    return value


def text_of(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("not text")
    return value


def sizes(value: Any) -> list[int]:
    return [whole(size) for size in value]
