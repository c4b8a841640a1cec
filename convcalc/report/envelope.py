"""The envelope of the JSON contract: a report as a JSON document, on success and on failure."""

from __future__ import annotations

import json
from typing import Any

from convcalc.report.contract import CONTENTS, SCHEMA_VERSION, STATUS, Report
from convcalc.report.plain import record_dict
from convcalc.version import __version__

dumps = json.JSONEncoder(allow_nan=False).encode


def render(report: Report) -> str:
    """A report as a JSON document."""
    return pretty(envelope(report), "") + "\n"


def envelope(report: Report) -> dict[str, Any]:
    """A report as JSON has it."""
    unit = report.convention.unit
    always = ("command", "exit_code", "convention", *CONTENTS.get(report.command, ("models",)))
    found = record_dict(report._replace(diagnostics=()), unit, always)
    head = {key: found.pop(key) for key in ("command", "exit_code", "convention")}
    return {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": "convcalc", "version": __version__},
        "command": head["command"],
        "status": STATUS.get(report.exit_code, "error"),
        "exit_code": head["exit_code"],
        "convention": head["convention"],
        **found,
        "diagnostics": diagnostic_dicts(report),
    }


def diagnostic_dicts(report: Report) -> list[dict[str, Any]]:
    if not report.diagnostics:
        return []
    from convcalc.report.results import diagnostic_report  # paid by those who have some

    return [record_dict(diagnostic_report(diagnostic), report.convention.unit) for diagnostic in report.diagnostics]


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
