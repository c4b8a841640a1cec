"""Formats that CI reads, and where a CI wants what it shows."""

from __future__ import annotations

import os
from importlib import import_module

from convcalc.cli.options import Renderer
from convcalc.errors import usage
from convcalc.formats.remarks import Where
from convcalc.report.records import Report

ROOTS = ("GITHUB_WORKSPACE", "CI_PROJECT_DIR")
SUMMARY = "GITHUB_STEP_SUMMARY"


def where() -> Where:
    """The top of the checkout, as the CI names it: what it shows beside a line, it finds by paths from there."""
    root = next((os.environ[name] for name in ROOTS if os.environ.get(name)), "")
    return Where(os.path.realpath(root).replace("\\", "/"), os.getcwd().replace("\\", "/")) if root else Where()


def renderer(module: str) -> Renderer:
    """The renderer of a module, imported when it is used."""

    def render(report: Report, width: int | None, color: bool) -> tuple[str, list[str]]:
        return import_module(f"convcalc.formats.{module}").render(report, where()), []

    return render


CI_RENDERERS = {"github": renderer("github"), "junit": renderer("junit"), "gitlab": renderer("gitlab"), "sarif": renderer("sarif")}


def annotated(report: Report) -> str:
    """What GitHub shows beside lines."""
    return CI_RENDERERS["github"](report, None, False)[0]


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
        with open(path, "a", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except OSError as error:
        raise usage(f"--summary: cannot write {path}: {error.strerror}") from None
