"""Saved JSON reports, read back: their models and convention."""

from __future__ import annotations

import json
from typing import Any

from convcalc.errors import ConvcalcError, Diagnostic, Source, Span
from convcalc.report.model import ADDITIVE, SCHEMA_VERSION, ConventionReport, LayerReport, ModelReport, Report


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
    if not data.get("models"):
        raise refused(shown, "it holds no models", "save one of convcalc summary")
    convention = data["convention"]
    return Report(
        command=text_of(data["command"]),
        models=tuple(read_model(model) for model in data["models"]),
        convention=ConventionReport(*(text_of(convention[key]) for key in ("name", "counts", "version", "unit"))),
        exit_code=whole(data["exit_code"]),
    )


def read_model(data: dict[str, Any]) -> ModelReport:
    return ModelReport(
        name=text_of(data["name"]),
        source=dict(data["source"]),
        input=sizes(data["input"]),
        output=sizes(data["output"]),
        batch=whole(data["batch"]),
        totals=metrics(data["totals"]),
        layers=[read_layer(layer) for layer in data["layers"]],
        inputs=tuple(sizes(shape) for shape in data.get("inputs", [data["input"]])),
        outputs=tuple(sizes(shape) for shape in data.get("outputs", [data["output"]])),
    )


def read_layer(data: dict[str, Any]) -> LayerReport:
    return LayerReport(
        path=text_of(data["path"]),
        op=text_of(data["op"]),
        times=whole(data["times"]),
        inputs=tuple(sizes(shape) for shape in data.get("inputs", [data["input"]])),
        output=sizes(data["output"]),
        attributes={name: read_attribute(value) for name, value in data["attributes"].items()},
        metrics=metrics(data),
        location=read_location(data["location"]),
    )


def read_attribute(value: Any) -> Any:
    """A number or word, or a list of such by axis, padding with one for each side."""
    if isinstance(value, list):
        return [[scalar(side) for side in axis] if isinstance(axis, list) and len(axis) == 2 else scalar(axis) for axis in value]
    return scalar(value)


def scalar(value: Any) -> Any:
    if isinstance(value, (list, dict)) or value in (float("inf"), float("-inf")):  # what 1e999 is read as
        raise TypeError("not a number or word")
    return value


def read_location(data: dict[str, Any] | None) -> dict[str, Any] | None:
    if data is None:
        return None
    return {"path": text_of(data["path"]), "line": whole(data["line"]), "column": whole(data["column"])}


def metrics(data: dict[str, Any]) -> dict[str, Any]:
    """Additive metrics, and the receptive field."""
    plain = {key: whole(data[key]["value"] if key == "counted" else data[key]) for key in ADDITIVE}
    return {**plain, "receptive_field": data["receptive_field"]}


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
