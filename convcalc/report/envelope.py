"""The envelope of the JSON contract: reports written as JSON, on success and on failure, and read back whole."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any

from convcalc.errors import ConvcalcError, Diagnostic, Source, Span
from convcalc.report.plain import record_dict
from convcalc.report.records import CONTENTS, SCHEMA_VERSION, STATUS, Report
from convcalc.version import __version__

if TYPE_CHECKING:
    from convcalc.report.codec import Contract

SAVED = ".json"  # what a path to a saved report ends in
dumps = partial(json.dumps, allow_nan=False)


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


# Reading


def load_report(text: str, shown: str) -> Report:
    """The report that a JSON text holds.

    Raises:
        ConvcalcError: for text that is no report, and for a report of another schema version.
    """
    try:
        data = json.loads(text, parse_constant=refuse_constant)
    except (ValueError, RecursionError):
        raise refused(shown, "it is no report of convcalc", "make one with --format json") from None
    version = data.get("schema_version") if isinstance(data, dict) else None
    if isinstance(version, str) and version.partition(".")[0] != SCHEMA_VERSION.partition(".")[0]:
        raise refused(shown, f"its schema version is {version}, this is {SCHEMA_VERSION}", "make it again with this convcalc")
    try:
        return read_report(data)
    except ValueError:
        raise refused(shown, "it is no report of convcalc", "make one with --format json") from None


def read_report(data: Any) -> Report:
    """A report from what JSON has of it.

    Raises:
        ValueError: where `output_schema` does not accept it.
    """
    from convcalc.report.results import Head, diagnostic_of

    known = contract()
    head: Head = known.record(Head).read(data)
    report: Report = known.record(Report).read(data)
    return report._replace(diagnostics=tuple(map(diagnostic_of, head.diagnostics)))


def contract() -> Contract:
    """The contract that the records and the table of metrics make."""
    from convcalc.analysis.metrics import METRICS
    from convcalc.report import codec, location, records, results

    return codec.Contract({**vars(codec), **vars(location), **vars(records), **vars(results)}, METRICS)


def refuse_constant(name: str) -> None:
    raise ValueError(name)


def load_models(text: str, shown: str) -> Report:
    """The same for one whose models are compared with others.

    Raises:
        ConvcalcError: also for a report of a run that failed, and for one without models.
    """
    report = load_report(text, shown)
    if report.exit_code not in STATUS:
        raise refused(shown, "it is the report of a run that failed", "look at its diagnostics")
    if not report.models:
        raise refused(shown, "it holds no models", "save one of convcalc summary")
    return report


def refused(shown: str, why: str, hint: str) -> ConvcalcError:
    return ConvcalcError(Diagnostic("bad-report", f"{shown}: {why}", Span(Source(shown, ()), 1, 1), hint))


def output_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of everything that `--format json` prints. More keys may come within a version; none go."""
    from convcalc.report.codec import DEFINITIONS
    from convcalc.report.results import Head

    known = contract()
    head, report = known.record(Head).schema, known.record(Report).schema
    whole = {
        "type": "object",
        "required": [*head["required"], *report["required"]],
        "properties": {**head["properties"], **report["properties"]},
        "$defs": DEFINITIONS,
    }
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": f"convcalc output {SCHEMA_VERSION}", **whole}


def check_one_convention(reports: list[Report]) -> None:
    """Refuse to hold figures against each other that were counted by different rules."""
    names = {f"{report.convention.name} {report.convention.version}".strip() for report in reports}
    if len(names) > 1:
        message = f"reports made under different conventions cannot be compared: {', '.join(sorted(names))}"
        raise ConvcalcError(Diagnostic("convention-differs", message, None, "make both with the same --convention"))
