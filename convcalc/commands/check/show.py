"""`check` for people: a line a budget, then what is exceeded and what to do; and as a comment on a pull request."""

from __future__ import annotations

import re
from typing import Any

from convcalc.analysis.metrics import LAYER, METRICS
from convcalc.errors import Diagnostic
from convcalc.formats.changes import layer_columns, shown_changes, total_columns
from convcalc.formats.markdown import escape, table
from convcalc.formats.parts import Column, Grid, Paragraph, Parts, counted_by, figure
from convcalc.formats.remarks import details
from convcalc.report.contract import STATUS as STATUSES
from convcalc.report.contract import Report
from convcalc.report.numbers import percent_text, share_text
from convcalc.report.plain import record_dict, without
from convcalc.report.results import Finding
from convcalc.rules.budgets import budget_name

MARKER = "<!-- convcalc:check -->"  # by which a bot finds the comment that it wrote before
LARGEST_COMMENT = 60_000  # bytes; GitHub takes 65,536 characters
LONGEST_NAME = 200
LONGEST_TEXT = 2_000  # figures come first in it
PLAIN = re.compile(r"[\w ./:=,+'-]+")
STATUS = {"ok": "ok", "warn": "warn", "fail": "FAIL"}
STYLES = {"fail": "bold red", "warn": "yellow"}
BUDGETS = ("max", "increase")


def parts(report: Report, width: int | None, hide_passed: bool = False) -> Parts:
    """The budgets, what is to be said of them, and the verdict last."""
    shown = budgets(report, hide_passed)
    blocks: Parts = [[Grid(budget_columns(shown))]] if shown else []
    blocks += [[*finding_lines(finding)] for finding in sayings(report)]
    return [*blocks, [Paragraph(verdict(report) + counted_by(report), "bold")]]


def rows(report: Report, **_: Any) -> list[dict[str, Any]]:
    """A row a finding."""
    return [without(record_dict(finding, report.convention.unit), "carriers", "growth") for finding in report.findings]


def markdown(report: Report, hide_passed: bool = False, units: str = "exact") -> str:
    """Markdown is a comment on a pull request here."""
    return comment(report, hide_passed, units)


def budgets(report: Report, hide_passed: bool) -> list[Finding]:
    return [finding for finding in report.findings if finding.kind in BUDGETS and not (hide_passed and finding.status == "ok")]


def sayings(report: Report) -> list[Finding]:
    """What there is something to say of."""
    return [finding for finding in report.findings if finding.status != "ok" or finding.note]


def budget_columns(findings: list[Finding]) -> list[Column]:
    """A line a budget."""
    several = len({finding.spec for finding in findings}) > 1
    columns = [
        Column("", [status(finding) for finding in findings], right=False),
        Column("Spec", [finding.spec for finding in findings], right=False, rank=0 if several else 4, path=True),
        Column("Budget", [budget_name(finding.metric, finding.convention, finding.kind) for finding in findings], right=False),
        Column("Value", [figure(finding.value, unit_of(finding.metric)) for finding in findings]),
        Column("Limit", ["" if is_new(finding) else figure(finding.limit, unit_of(finding.metric)) for finding in findings]),
        Column("Used", [share_text(finding.value, finding.limit) if finding.kind == "max" else "" for finding in findings]),
    ]
    if any(finding.base is not None for finding in findings):
        columns.append(Column("vs base", [percent_text(finding.base, finding.value) for finding in findings], rank=3))
    return columns


def unit_of(metric: str) -> str:
    """The unit of a limit's figures; of a saved report's own words counts."""
    name = metric.removeprefix(LAYER)
    return METRICS[name].unit if name in METRICS else "count"


def status(finding: Finding) -> str:
    return "new" if is_new(finding) else STATUS[finding.status]


def is_new(finding: Finding) -> bool:
    """Whether it is a limit on growth, of what the base does not have."""
    return finding.kind == "increase" and finding.base is None


def finding_lines(finding: Finding) -> list[Paragraph]:
    """What there is to say of a budget: the figures, where the limit stands, what to do."""
    first = f"{STATUS[finding.status]} {finding.spec}: {finding.message}"
    return [Paragraph(first, STYLES.get(finding.status, "")), *(Paragraph(f"     {line}", wrap=False) for line in details(finding))]


def verdict(report: Report) -> str:
    """`1 of 3 budgets exceeded`, and what else there is to see."""
    if report.exit_code not in STATUSES:
        errors = sum(diagnostic.severity == "error" for diagnostic in report.diagnostics)
        return f"could not check, {errors} error{'s' * (errors != 1)}"
    held = [finding for finding in budgets(report, False) if not is_new(finding)]
    new = len(budgets(report, False)) - len(held)
    failed, warned = (sum(finding.status == status for finding in held) for status in ("fail", "warn"))
    count = f"{len(held)} budget{'s' * (len(held) != 1)}"
    parts = [f"{failed} of {count} exceeded" if failed else f"{len(held)} of {count} met"]
    parts += [f"{warned} near the limit"] if warned else []
    parts += [f"{new} not compared, as the base has no such spec"] if new else []
    looser = sum(finding.kind not in BUDGETS for finding in report.findings)
    parts += [f"{looser} limit{'s' * (looser != 1)} raised or removed"] if looser else []
    return ", ".join(parts)


# As a comment


def comment(report: Report, hide_passed: bool = False, units: str = "exact") -> str:
    """Markdown for a pull request, below 60 KB: what does not fit is counted."""
    rows = [100_000, 300, 100, 30, 10, 3, 0]
    return next(text for most in rows if len((text := document(report, hide_passed, most, units)).encode()) < LARGEST_COMMENT)


def document(report: Report, hide_passed: bool, most: int, units: str) -> str:
    """The comment with at most so many rows of a kind, those that fail first: what changed in a sentence, then why it matters."""
    blocks = [
        f"{MARKER}\n### convcalc: {escape(clip(verdict(report) + counted_by(report), LONGEST_TEXT))}\n",
        listed([diagnostic_line(d) for d in report.diagnostics], most),
        listed([f"{escape(clip(sentence, LONGEST_TEXT))}  \n" for sentence in sentences(report)], most),
    ]
    if shown := in_order(budgets(report, hide_passed)):
        blocks.append(clipped(Grid(budget_columns(shown)), most, units))
    blocks.append(listed([saying(finding) for finding in in_order(sayings(report))], most))
    if report.changes:
        changes, following = shown_changes(report.changes)
        count = f"{len(changes)} layer{'s' * (len(changes) != 1)}"
        grids = [clipped(Grid(columns), most, units) for columns in (total_columns(report), layer_columns(changes))]
        inside = "\n".join([*grids, *([f"{following}\n"] if following else [])])
        blocks.append(f"<details><summary>What changed: {count}</summary>\n\n{inside}\n</details>\n")
    return "\n".join(block for block in blocks if block)


def sentences(report: Report) -> list[str]:
    """What changed, a sentence a model; of those that did not, one for all."""
    changed = [total.sentence for total in report.totals if total.old != total.new]
    return changed or (["No cost changed against the base."] if report.totals else [])


def in_order(findings: list[Finding]) -> list[Finding]:
    return sorted(findings, key=lambda finding: ("fail", "warn", "ok").index(finding.status))


def saying(finding: Finding) -> str:
    """A list entry."""
    lines = [marked(clip(line, LONGEST_TEXT)) for line in (finding.message, *details(finding))]
    return f"- **{STATUS[finding.status]}** {escape(clip(finding.spec))}: {'<br>'.join(lines)}\n"


def diagnostic_line(diagnostic: Diagnostic) -> str:
    span = diagnostic.span
    place = f"{span.source.path}:{span.line}:{span.column}: " if span else ""
    lines = [f"{place}{diagnostic.message}", *([diagnostic.hint] if diagnostic.hint else [])]
    return f"- **{diagnostic.severity}** {'<br>'.join(escape(clip(line, LONGEST_TEXT)) for line in lines)}\n"


def marked(line: str) -> str:
    """A line whose command, at its end, can be copied as code, unless there is in it what code might not hold."""
    before, colon, command = line.partition(": convcalc ")
    if not colon or not PLAIN.fullmatch(command):
        return escape(line)
    return f"{escape(before)}: `convcalc {command}`"


def listed(lines: list[str], most: int) -> str:
    return "".join(lines[:most]) + rest(len(lines), most)


def clipped(grid: Grid, most: int, units: str) -> str:
    """A table with at most so many rows, and a line that counts the others."""
    columns = [
        column._replace(cells=[clip(cell) if isinstance(cell, str) else cell for cell in column.cells[:most]]) for column in grid.columns
    ]
    return table(Grid(columns), units) + rest(len(grid.columns[0].cells), most)


def rest(count: int, most: int) -> str:
    return f"\n{count - most} more, which the JSON report has.\n" if count > most else ""


def clip(text: str, longest: int = LONGEST_NAME) -> str:
    """A name that is no name any more, cut; figures are far shorter."""
    return text if len(text) <= longest else text[: longest - 1] + "…"
