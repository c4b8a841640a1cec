"""`check` for people: a line a budget, then what is exceeded and what to do; and as a comment on a pull request."""

from __future__ import annotations

from convcalc.render.compare import convention
from convcalc.render.diff import layer_columns, total_columns
from convcalc.render.markdown import escape, table
from convcalc.render.parts import Column, Grid, Paragraph, Parts
from convcalc.render.remarks import budget_name, details
from convcalc.report.model import Report
from convcalc.report.numbers import exact_text, percent_text, share_text
from convcalc.report.views import Finding

MARKER = "<!-- convcalc:check -->"  # by which a bot finds the comment that it wrote before
LARGEST_COMMENT = 60_000  # bytes; GitHub takes 65,536 characters
LONGEST_NAME = 200
LONGEST_TEXT = 2_000  # figures come first in it
STATUS = {"ok": "ok", "warn": "warn", "fail": "FAIL"}
STYLES = {"fail": "bold red", "warn": "yellow"}
BUDGETS = ("max", "increase")


def parts(report: Report, width: int | None, hide_passed: bool = False) -> Parts:
    """The budgets, what is to be said of them, and the verdict last."""
    shown = budgets(report, hide_passed)
    blocks: Parts = [[Grid(budget_columns(shown))]] if shown else []
    blocks += [[*told(finding)] for finding in report.findings if finding.status != "ok" or finding.note]
    return [*blocks, [Paragraph(verdict(report), "bold"), convention(report)]]


def budgets(report: Report, hide_passed: bool) -> list[Finding]:
    return [finding for finding in report.findings if finding.kind in BUDGETS and not (hide_passed and finding.status == "ok")]


def budget_columns(findings: list[Finding]) -> list[Column]:
    """A line a budget."""
    several = len({finding.spec for finding in findings}) > 1
    columns = [
        Column("", [STATUS[finding.status] for finding in findings], right=False),
        Column("Spec", [finding.spec for finding in findings], right=False, rank=0 if several else 4),
        Column("Budget", [budget_name(finding) for finding in findings], right=False),
        Column("Value", [exact_text(finding.value) for finding in findings]),
        Column("Limit", [limit_text(finding) for finding in findings], rank=1),
        Column("Used", [used_text(finding) for finding in findings], rank=2),
    ]
    if any(finding.base is not None for finding in findings):
        columns.append(Column("vs base", [percent_text(finding.base, finding.value) for finding in findings], rank=3))
    return columns


def limit_text(finding: Finding) -> str:
    """The limit; of growth without a base there is none."""
    return "" if is_new(finding) else exact_text(finding.limit)


def used_text(finding: Finding) -> str:
    return "" if is_new(finding) else share_text(finding.value, finding.limit)


def is_new(finding: Finding) -> bool:
    return finding.kind == "increase" and finding.base is None


def told(finding: Finding) -> list[Paragraph]:
    """What there is to say of a budget: the figures, where the limit stands, what to do."""
    first = f"{STATUS[finding.status]} {finding.spec}: {finding.message}"
    return [Paragraph(first, STYLES.get(finding.status, "")), *(Paragraph(f"     {line}") for line in details(finding))]


def verdict(report: Report) -> str:
    """`1 of 3 budgets exceeded`, and what else there is to see."""
    held = budgets(report, False)
    failed, warned = (sum(finding.status == status for finding in held) for status in ("fail", "warn"))
    count = f"{len(held)} budget{'s' * (len(held) != 1)}"
    parts = [f"{failed} of {count} exceeded" if failed else f"{len(held)} of {count} met"]
    parts += [f"{warned} near the limit"] if warned else []
    looser = len(report.findings) - len(held)
    parts += [f"{looser} limit{'s' * (looser != 1)} raised or removed"] if looser else []
    return ", ".join(parts)


# As a comment


def comment(report: Report, hide_passed: bool = False) -> str:
    """Markdown for a pull request, below 60 KB: what does not fit is counted."""
    rows = [100_000, 300, 100, 30, 10, 3, 0]
    return next(text for most in rows if len((text := document(report, hide_passed, most)).encode()) < LARGEST_COMMENT)


def document(report: Report, hide_passed: bool, most: int) -> str:
    """The comment with at most so many rows of a kind, those that fail first."""
    order = {"fail": 0, "warn": 1, "ok": 2}
    shown = sorted(budgets(report, hide_passed), key=lambda finding: order[finding.status])
    sayings = sorted((f for f in report.findings if f.status != "ok" or f.note), key=lambda finding: order[finding.status])
    blocks = [f"{MARKER}\n### convcalc: {escape(verdict(report))}\n"]
    if shown:
        blocks.append(clipped(Grid(budget_columns(shown)), most))
    blocks.append("".join(saying(finding) for finding in sayings[:most]) + rest(len(sayings), most))
    if report.totals:
        sentences = "".join(f"{escape(clip(total.sentence, LONGEST_TEXT))}  \n" for total in report.totals[:most])
        blocks += [clipped(Grid(total_columns(report)), most), sentences + rest(len(report.totals), most)]
    if report.changes:
        grid = clipped(Grid(layer_columns(report.changes)), most)
        count = f"{len(report.changes)} layer{'s' * (len(report.changes) != 1)}"
        blocks.append(f"<details><summary>What changed: {count}</summary>\n\n{grid}\n</details>\n")
    blocks.append(f"{escape(clip(convention(report).text, LONGEST_TEXT))}\n")
    return "\n".join(block for block in blocks if block)


def saying(finding: Finding) -> str:
    """A list entry."""
    lines = [escape(clip(line, LONGEST_TEXT)) for line in (finding.message, *details(finding))]
    return f"- **{STATUS[finding.status]}** {escape(clip(finding.spec))}: {'<br>'.join(lines)}\n"


def clipped(grid: Grid, most: int) -> str:
    """A table with at most so many rows, and a line that counts the others."""
    columns = [column._replace(cells=[clip(cell) for cell in column.cells[:most]]) for column in grid.columns]
    return table(Grid(columns)) + rest(len(grid.columns[0].cells), most)


def rest(count: int, most: int) -> str:
    return f"\n{count - most} more, which the JSON report has.\n" if count > most else ""


def clip(text: str, longest: int = LONGEST_NAME) -> str:
    """A name that is no name any more, cut; figures are far shorter."""
    return text if len(text) <= longest else text[: longest - 1] + "…"
