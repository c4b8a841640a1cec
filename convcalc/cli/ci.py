"""Formats that CI reads, and where a CI wants what it shows."""

from __future__ import annotations

import os

from convcalc.errors import usage
from convcalc.formats.remarks import Where
from convcalc.layout.source import check_kind, without_waiting
from convcalc.report.contract import Report

ROOTS = ("GITHUB_WORKSPACE", "CI_PROJECT_DIR")
SUMMARY = "GITHUB_STEP_SUMMARY"


def where() -> Where:
    """Find the top of the checkout: a CI shows annotations beside files that are named by paths from there."""
    root = next((os.environ[name] for name in ROOTS if os.environ.get(name)), "")
    return Where(os.path.realpath(root).replace("\\", "/"), os.getcwd().replace("\\", "/")) if root else Where()


def annotated(report: Report) -> str:
    """What GitHub shows beside lines."""
    from convcalc.formats.github import render

    return render(report, where())


def summary_file(wanted: bool) -> str | None:
    """Where the summary of a GitHub step goes.

    Raises:
        ConvcalcError: where there is no such place, and one is wanted.
    """
    path = os.environ.get(SUMMARY)
    if wanted and not path:
        raise usage(f"--summary: {SUMMARY} is not set", "it is in a step of GitHub Actions; elsewhere write --output summary.md")
    return path


def append_summary(path: str, text: str) -> None:
    """Add Markdown to the summary of a GitHub step."""
    try:
        with open(path, "a", encoding="utf-8", newline="\n", opener=without_waiting) as file:
            check_kind(os.fstat(file.fileno()), path)
            file.write(text)
    except OSError as error:
        raise usage(f"--summary: cannot write {path}: {error.strerror}") from None
