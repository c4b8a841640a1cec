"""What CI shows: findings and diagnostics in one list, which every CI format reads."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import Any, NamedTuple

from convcalc.errors import Diagnostic
from convcalc.report.model import Report
from convcalc.report.views import Finding

RULES = {
    "max": ("budget", "A metric is held against a limit."),
    "increase": ("growth", "A metric is held against its growth from a base."),
    "raised": ("limit-raised", "The change itself raises a limit."),
    "removed": ("limit-removed", "The change itself removes a limit."),
}
LEVELS = {"ok": "ok", "warn": "warning", "fail": "error"}


class Where(NamedTuple):
    """The top of what a CI checked out, and the directory that paths begin at; empty where they are the same."""

    root: str = ""
    here: str = ""

    def path(self, path: str) -> str:
        """A path from the top, where it lies below it."""
        full = posixpath.normpath(posixpath.join(self.here, path))
        inside = self.root and full.startswith(self.root.rstrip("/") + "/")
        return posixpath.relpath(full, self.root) if inside else path.removeprefix("./")


class Remark(NamedTuple):
    """One finding or diagnostic. `line` and `column` are 1 where nothing nearer is known."""

    level: str  # ok, note, warning or error
    rule: str
    subject: str  # a spec or file
    name: str  # what of it
    lines: tuple[str, ...]  # the message, and what to do about it
    path: str  # empty where there is none
    line: int = 1
    column: int = 1
    end_column: int | None = None
    figures: dict[str, Any] = {}

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


def remarks(report: Report, where: Where) -> list[Remark]:
    """Diagnostics and findings, in the order of the report."""
    return [*(of_diagnostic(diagnostic, where) for diagnostic in report.diagnostics), *of_findings(report, where)]


def of_diagnostic(diagnostic: Diagnostic, where: Where) -> Remark:
    span = diagnostic.span
    lines = (diagnostic.message, *([diagnostic.hint] if diagnostic.hint else []))
    if span is None:
        return Remark(diagnostic.severity, diagnostic.code, "convcalc", diagnostic.code, lines, "")
    path, end = where.path(span.source.path), span.column + span.length
    return Remark(diagnostic.severity, diagnostic.code, path, diagnostic.code, lines, path, span.line, span.column, end)


def of_findings(report: Report, where: Where) -> Iterator[Remark]:
    for finding in report.findings:
        place = finding.location or {"path": "", "line": 1, "column": 1}
        yield Remark(
            LEVELS[finding.status],
            RULES[finding.kind][0],
            finding.spec,
            budget_name(finding),
            (finding.message, *details(finding)),
            where.path(place["path"]) if place["path"] else "",
            place["line"],
            place["column"],
            figures={key: getattr(finding, key) for key in ("metric", "value", "limit", "base")},
        )


def budget_name(finding: Finding) -> str:
    """`macs`, `counted (fvcore)`, `macs growth`."""
    convention = f" ({finding.convention})" if finding.convention else ""
    return f"{finding.metric}{convention}{' growth' if finding.kind == 'increase' else ''}"


def details(finding: Finding) -> list[str]:
    """Where the limit stands, what the team has to say, and what to do."""
    place = finding.limit_location if finding.status != "ok" else None
    stands = f"limit {finding.limit_text} at {place['path']}:{place['line']}:{place['column']}" if place else ""
    return [line for line in (stands, *finding.note.splitlines(), finding.hint) if line]
