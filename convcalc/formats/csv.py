"""CSV: the names of the JSON contract, nested keys joined with `_`, lists as `3x3`, missing as empty."""

from __future__ import annotations

import csv
import io
from typing import Any

from convcalc.formats.json import change_dict, entry_dict, finding_dict, formula_dict, layer_dict, model_dict
from convcalc.formats.text import visible
from convcalc.report.records import Report


def render(report: Report, layers: bool = False) -> str:
    """A row a model, or a row a layer. There is no total row, so that a sum of a column counts nothing twice."""
    rows = []
    unit = report.convention.unit
    for model in report.models:
        if layers:
            rows += [{"model": model.name, **flat(layer_dict(layer, unit))} for layer in model.layers]
        else:
            whole = model_dict(model, unit)
            rows.append(flat({key: value for key, value in whole.items() if key not in ("layers", "groups", "sentence")}))
    return written(rows, report)


def render_summary(report: Report) -> str:
    """A row a layer, or a row a line of a summary whose lines are other than layers."""
    first = next((entry for model in report.models for entry in model.entries), None)
    if not report.rearranged or first is None or [layer.path for layer in first.node.layers] == [first.label]:
        return render(report, layers=True)
    return written(
        [{"model": model.name, **flat(entry_dict(entry, report.convention.unit))} for model in report.models for entry in model.entries],
        report,
    )


def render_conventions(report: Report) -> str:
    """A row a convention: `total` is the figure that the tool prints."""
    rows = []
    for model in report.models:
        for count in model.conventions:
            rows.append({"model": model.name, **{key: value for key, value in count._asdict().items() if key != "bridge"}})
    return written(rows, report)


def render_explanations(report: Report) -> str:
    """A row a formula."""
    return written([flat(formula_dict(item, formula)) for item in report.explanations for formula in item.formulas], report)


def render_changes(report: Report) -> str:
    """A row a changed layer."""
    rows = []
    for change in report.changes:
        told = " ".join(f"{a.name}={cell(a.old)}>{cell(a.new)}" for a in change.attributes)
        rows.append({**flat({**change_dict(change), "location": change.location or {}}), "attributes": visible(told)})
    return written(rows, report)


def render_findings(report: Report) -> str:
    """A row a finding."""
    rows = []
    for finding in report.findings:
        row = {key: value for key, value in finding_dict(finding).items() if key not in ("carriers", "growth")}
        rows.append(flat({**row, "location": finding.location or {}, "limit_location": finding.limit_location or {}}))
    return written(rows, report)


def render_items(report: Report) -> str:
    """A row an item, its parameters as `name=default`."""
    rows = [
        {"name": item.name, "parameters": " ".join(f"{key}={value}" for key, value in item.parameters.items()), "meaning": item.meaning}
        for item in report.items
    ]
    return written(rows, report)


def written(rows: list[dict[str, Any]], report: Report) -> str:
    """Rows as CSV, the convention in the last column."""
    for row in rows:
        row["convention"] = row.get("convention") or report.convention.name
    header = [*dict.fromkeys(key for row in rows for key in row if key != "convention"), "convention"]
    out = io.StringIO()
    writer = csv.DictWriter(out, header, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def flat(value: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested keys joined with `_`."""
    found: dict[str, Any] = {}
    for key, item in value.items():
        if isinstance(item, dict):
            found |= flat(item, f"{prefix}{key}_")
        else:
            found[prefix + key] = cell(item)
    return found


def cell(value: Any) -> Any:
    """One value: lists as `3x3`, pairs in them as `1:1`, truth as JSON writes it."""
    if isinstance(value, list):
        return "x".join(":".join(map(str, part)) if isinstance(part, list) else str(part) for part in value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return visible(value) if isinstance(value, str) else value
