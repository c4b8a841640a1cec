"""Reports written in the formats that options choose. How a command shows its report is looked up by the command's name."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

from convcalc.cli.options import CI, Output
from convcalc.cli.streams import terminal_width, wants_color, warn, write, write_file
from convcalc.errors import usage
from convcalc.report.contract import Report
from convcalc.spelling import nearest

if TYPE_CHECKING:
    from convcalc.formats.page.markup import Page

SUFFIXES = {
    ".json": "json",
    ".csv": "csv",
    ".jsonl": "jsonl",
    ".md": "markdown",
    ".markdown": "markdown",
    ".txt": "table",
    ".html": "html",
    ".svg": "svg",
    ".xml": "junit",
    ".sarif": "sarif",
}
LOG_KINDS = {"json": "json", "gitlab": "json", "sarif": "json", "github": "commands"}  # what the log of a CI takes them for
PICTURED = ("summary", "compare", "memory", "roofline")  # commands with a page and a picture of their own
PAGED = ("diff", "check", "sweep", "training")  # commands with a page of their own
WITH_DIAGNOSTICS = ("json", *CI)  # formats that hold the diagnostics themselves


def emit(report: Report, output: Output, formats: tuple[str, ...], **view: Any) -> int:
    """Write a report to standard output and to each file; notes and warnings go to standard error, unless the format holds them.

    `formats` are those that the command has; `view` is what its options say of the lines and columns to show.

    Raises:
        ConvcalcError: for a file that cannot be written or whose suffix names no format.
    """
    files = [(file, file_format(file, formats)) for file in output.files]
    width = terminal_width(sys.stdout)
    text, dropped = rendered(report, output.format, width, wants_color(output.color, sys.stdout), output.units, **view)
    written = [(file, rendered(report, name, None, False, output.units, **view)[0]) for file, name in files]
    for file, content in written:
        write_file(file, content)
    write(text, LOG_KINDS.get(output.format, "text"))
    if output.format not in WITH_DIAGNOSTICS and not explains_itself(report, output.format):
        write_notes(report, dropped, width)
    for file, _ in written:
        warn(f"convcalc: wrote {file}")
    return report.exit_code


def rendered(report: Report, format_: str, width: int | None, color: bool, units: str = "exact", **view: Any) -> tuple[str, list[str]]:
    """A report in a format for a width (None: no limit), and the headers of columns that had no room."""
    if format_ == "json":
        from convcalc.report.envelope import render

        return render(report), []
    if format_ in CI:
        from convcalc.cli.ci import where

        return import_module(f"convcalc.formats.{format_}").render(report, where()), []
    if format_ == "table" and is_empty(report):
        from convcalc.formats.diagnostics import diagnostics_text

        return diagnostics_text(report.diagnostics) + "\n", []
    command = shown_by(report)
    if format_ == "html":
        from convcalc.formats.page.document import written as page_written

        return page_written(page_of(command, report, units, view)), []
    if format_ == "svg" and report.command in PICTURED:
        return drawings(report).svg(report, **view), []
    own = getattr(command, format_, None)  # a form that this command alone has, by a function of its name
    if own is not None and getattr(own, "__module__", None) == command.__name__:
        return own(report, **view, **({"units": units} if format_ == "markdown" else {})), []
    if format_ == "csv":
        from convcalc.formats.csv import written

        return written(command.rows(report, **view), report.convention.name), []
    parts = command.parts(report, width if format_ == "table" else None, **view)
    if format_ == "markdown":
        from convcalc.formats.markdown import document

        return document(parts, units), []
    from convcalc.formats.table import drawing, text

    if format_ == "table":
        return text(parts, width, color, units)
    return drawing(parts, f"convcalc {report.command}", units), []


def page_of(command: Any, report: Report, units: str, view: dict[str, Any]) -> Page:
    """The page of a command that has one of its own, else what its table says; notes, warnings and errors behind it."""
    from convcalc.formats.page.tables import notes, plain_page

    if is_empty(report):
        found = plain_page(f"convcalc {report.command}", [], units)
    elif report.command in (*PICTURED, *PAGED):
        found = drawings(report).page(report, units=units, **view)
    else:
        found = plain_page(f"convcalc {report.command}", command.parts(report, None, **view), units)
    return found._replace(sections=[*found.sections, *notes(report.diagnostics)])


def shown_by(report: Report) -> Any:
    """The file that shows a command's report: `show` of its folder, else the command's own."""
    command = import_module(f"convcalc.commands.{report.command}")
    return import_module(f"{command.__name__}.show") if hasattr(command, "__path__") else command


def drawings(report: Report) -> Any:
    """The file of a command's page and picture, which only those pay for who ask for one."""
    return import_module(f"convcalc.commands.{report.command}.page")


def is_empty(report: Report) -> bool:
    """Whether a run ended before it found anything."""
    from convcalc.report.contract import CONTENTS, STATUS

    found = any(getattr(report, name) for name in CONTENTS.get(report.command, ()))
    return report.command not in CONTENTS or (report.exit_code not in STATUS and not found)


def explains_itself(report: Report, format_: str) -> bool:
    """Whether what was written holds the diagnostics: of validate, of a run that found nothing, and of solve without a solution."""
    return report.command == "validate" or is_empty(report) or (report.command == "solve" and not report.solutions and format_ != "csv")


def write_notes(report: Report, dropped: list[str], width: int | None) -> None:
    """Write what a reader of the table has to know besides."""
    if report.diagnostics:
        from convcalc.formats.diagnostics import diagnostics_text

        warn(diagnostics_text(report.diagnostics))
    if dropped:
        names = ", ".join(dict.fromkeys(dropped))
        warn(f"convcalc: {width} columns leave no room for {names}; widen the terminal, or use --format json")


def formats_of(output: Output, formats: tuple[str, ...]) -> set[str]:
    """The formats that a command is asked for, on standard output and in files."""
    return {output.format, *(file_format(file, formats) for file in output.files)}


def file_format(file: str, formats: tuple[str, ...]) -> str:
    """The format that a file's suffix names."""
    suffix = os.path.splitext(file)[1]
    name = SUFFIXES.get(suffix.lower(), "")
    if name not in formats:
        suffixes = [suffix for suffix, known in SUFFIXES.items() if known in formats]
        raise usage(f"--output {file}: its suffix names no format", nearest(suffix, suffixes))
    return name
