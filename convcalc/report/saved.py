"""Saved JSON reports read back whole: whatever a command found can be compared or shown again."""

from __future__ import annotations

import json
from typing import Any

from convcalc.errors import ConvcalcError, Diagnostic, Source, Span
from convcalc.report.contract import SCHEMA_VERSION, STATUS, Report
from convcalc.report.results import Head, diagnostic_of
from convcalc.report.schema import whole_contract

SUFFIX = ".json"  # what a path to a saved report ends in


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
    known = whole_contract()
    head: Head = known.record(Head).read(data)
    report: Report = known.record(Report).read(data)
    return report._replace(diagnostics=tuple(map(diagnostic_of, head.diagnostics)))


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


def check_one_convention(reports: list[Report]) -> None:
    """Refuse to hold figures against each other that were counted by different rules."""
    names = {f"{report.convention.name} {report.convention.version}".strip() for report in reports}
    if len(names) > 1:
        message = f"reports made under different conventions cannot be compared: {', '.join(sorted(names))}"
        raise ConvcalcError(Diagnostic("convention-differs", message, None, "make both with the same --convention"))
