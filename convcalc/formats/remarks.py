"""What CI shows: findings and diagnostics in one list, which every CI format reads."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from convcalc.analysis.changes import follows
from convcalc.analysis.metrics import BRIEF, beside_macs, ranked, word_of
from convcalc.errors import Diagnostic
from convcalc.formats.text import visible
from convcalc.record import NamedTuple
from convcalc.report.contract import Report
from convcalc.report.location import Location, location_text
from convcalc.report.numbers import change_text

if TYPE_CHECKING:
    from convcalc.report.results import Change, Finding

RULES = {
    "max": ("budget", "A cost exceeds its budget, or comes near it."),
    "increase": ("growth", "A cost grows more than its budget allows."),
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
    changes = report.changes if report.command == "diff" else ()  # those of check are what its findings are of
    return [
        *(of_diagnostic(diagnostic, where) for diagnostic in report.diagnostics),
        *of_findings(report, where),
        *(of_change(change, where, report.convention.name) for change in changes if not follows(change)),
    ]


def of_change(change: Change, where: Where, convention: str) -> Remark:
    """A changed layer, beside the line that has it now."""
    keys = [key for key in (*ranked(BRIEF), *beside_macs(convention)) if change.old[key] != change.new[key]]
    costs = [f"{word_of(key)} {change_text(change.old[key] or 0, change.new[key] or 0)}" for key in keys]
    message = f"{change.path} is {change.status}: {', '.join(costs) or 'all costs are the same'}"
    place = change.location or Location("", 1, 1)
    path = where.path(place.path) if place.path else ""
    return Remark("note", "change", change.model, change.path, (message,), path, place.line, place.column)


def of_diagnostic(diagnostic: Diagnostic, where: Where) -> Remark:
    span, code = diagnostic.span, visible(diagnostic.code)
    lines = (diagnostic.message, *([diagnostic.hint] if diagnostic.hint else []))
    if span is None:
        return Remark(diagnostic.severity, code, "convcalc", code, lines, "")
    path, end = where.path(span.source.path), span.column + span.length
    return Remark(diagnostic.severity, code, path, code, lines, path, span.line, span.column, end)


def of_findings(report: Report, where: Where) -> Iterator[Remark]:
    from convcalc.rules.budgets import budget_name  # paid by those who have findings

    for finding in report.findings:
        place = finding.location or Location("", 1, 1)
        yield Remark(
            LEVELS[finding.status],
            RULES[finding.kind][0],
            finding.spec,
            budget_name(finding.metric, finding.convention, finding.kind),
            (finding.message, *details(finding)),
            where.path(place.path) if place.path else "",
            place.line,
            place.column,
            figures={key: getattr(finding, key) for key in ("metric", "value", "limit", "base")},
        )


def details(finding: Finding) -> list[str]:
    """Where the limit stands, what the team has to say, and what to do."""
    place = finding.limit_location if finding.status != "ok" else None
    stands = f"limit {finding.limit_text} at {location_text(place)}" if place else ""
    return [line for line in (stands, *finding.note.splitlines(), finding.hint) if line]


def fingerprints(shown: list[Remark]) -> list[str]:
    """One a remark, unique among them, the same when figures and lines move: of what it is about, and which of several."""
    import hashlib

    seen: dict[str, int] = {}
    found = []
    for remark in shown:
        key = "\0".join((remark.rule, remark.subject, remark.name, remark.path, *([] if remark.figures else remark.lines[:1])))
        seen[key] = seen.get(key, 0) + 1
        found.append(hashlib.sha256(f"{key}\0{seen[key]}".encode(errors="surrogatepass")).hexdigest())
    return found
