"""Formats that CI reads, and where a CI wants what it shows."""

from __future__ import annotations

import os

from convcalc.cli.options import Renderer
from convcalc.errors import usage
from convcalc.render.remarks import Where
from convcalc.report.model import Report

ROOTS = ("GITHUB_WORKSPACE", "CI_PROJECT_DIR")
SUMMARY = "GITHUB_STEP_SUMMARY"


def where() -> Where:
    """The top of the checkout, as the CI names it: what it shows beside a line, it finds by paths from there."""
    root = next((os.environ[name] for name in ROOTS if os.environ.get(name)), "")
    return Where(os.path.realpath(root).replace("\\", "/"), os.getcwd().replace("\\", "/")) if root else Where()


def github(report: Report, width: int | None = None, color: bool = False) -> tuple[str, list[str]]:
    from convcalc.render.annotations import render

    return render(report, where()), []


def junit(report: Report, width: int | None = None, color: bool = False) -> tuple[str, list[str]]:
    from convcalc.render.junit import render

    return render(report, where()), []


def gitlab(report: Report, width: int | None = None, color: bool = False) -> tuple[str, list[str]]:
    from convcalc.render.gitlab import render

    return render(report, where()), []


def sarif(report: Report, width: int | None = None, color: bool = False) -> tuple[str, list[str]]:
    from convcalc.render.sarif import render

    return render(report, where()), []


CI_RENDERERS: dict[str, Renderer] = {"github": github, "junit": junit, "gitlab": gitlab, "sarif": sarif}


def append_summary(text: str) -> None:
    """Add Markdown to the summary of a GitHub step.

    Raises:
        ConvcalcError: where there is no such place, or it cannot be written.
    """
    path = os.environ.get(SUMMARY)
    if not path:
        raise usage(f"--summary: {SUMMARY} is not set", "it is in a step of GitHub Actions; elsewhere write --output summary.md")
    try:
        with open(path, "a", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except OSError as error:
        raise usage(f"--summary: cannot write {path}: {error.strerror}") from None
