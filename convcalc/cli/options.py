"""Options that every command has, and the writing of a report in the formats that they choose."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any, NamedTuple

import click

from convcalc.cli.streams import terminal_width, wants_color, warn, write, write_file
from convcalc.errors import nearest, usage
from convcalc.report.records import Report

SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
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
KINDS = {"json": "json", "gitlab": "json", "sarif": "json", "github": "commands"}  # for the log of a CI
ALSO = "Also write FILE as its suffix says: .json .csv .md .txt .html .svg; .xml (JUnit) and .sarif where there are such."
TOLD = ("json", "github", "junit", "gitlab", "sarif")  # formats that have the diagnostics in them
# A renderer takes the report, the width (None: no limit) and whether to colour; it gives text and what it left out.
Renderer = Callable[[Report, int | None, bool], tuple[str, list[str]]]


class Output(NamedTuple):
    """What the common options say."""

    format: str
    files: tuple[str, ...]
    color: str


def output_options(formats: tuple[str, ...]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """The options --format, --output and --color, as three parameters of the command."""

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        for option in (
            click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", show_default=True, help="Colour."),
            click.option("-o", "--output", "files", multiple=True, metavar="FILE", help=ALSO),
            click.option(
                "-f", "--format", "format_", type=click.Choice(formats), default="table", show_default=True, help="Output format."
            ),
        ):
            function = option(function)
        return function

    return decorate


def spec_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """The options that put others in place of a network's own parameters and input."""
    for option in (
        click.option("--batch", metavar="N", default="1", show_default=True, help="Samples."),
        click.option("--input", "input", multiple=True, metavar="[NAME=]SHAPE", help="Another input: 3x288x288."),
        click.option("--set", "set", multiple=True, metavar="NAME=VALUE", help="Set a parameter of the network."),
    ):
        function = option(function)
    return function


def complete_convention(_: click.Context, __: click.Parameter, incomplete: str) -> list[str]:
    from convcalc.rules.conventions import convention_names

    return [name for name in convention_names() if name.startswith(incomplete)]


convention_option = click.option(
    "--convention",
    metavar="NAME",
    shell_complete=complete_convention,
    help="How `counted` counts: fvcore, thop, torch, …, or a path.  [default: mac]",
)


def emit(report: Report, output: Output, renderers: dict[str, Renderer], told: bool = False) -> int:
    """Write a report to standard output and to each file; notes and warnings go to standard error, unless the
    report itself has `told` them.

    Raises:
        ConvcalcError: for a file that cannot be written or whose suffix names no format.
    """
    formats = [(file, file_format(file, renderers)) for file in output.files]
    width = terminal_width(sys.stdout)
    text, dropped = renderers[output.format](report, width, wants_color(output.color, sys.stdout))
    written = [(file, renderers[name](report, None, False)[0]) for file, name in formats]
    for file, content in written:
        write_file(file, content)
    write(text, KINDS.get(output.format, "text"))
    if output.format not in TOLD and not told:
        notes(report, dropped, width)
    for file, _ in written:
        warn(f"convcalc: wrote {file}")
    return report.exit_code


def notes(report: Report, dropped: list[str], width: int | None) -> None:
    """What a reader of the table has to know besides."""
    if report.diagnostics:
        from convcalc.formats.diagnostics import diagnostics_text

        warn(diagnostics_text(report.diagnostics))
    if dropped:
        names = ", ".join(dict.fromkeys(dropped))
        warn(f"convcalc: {width} columns leave no room for {names}; widen the terminal, or use --format json")


def file_format(file: str, renderers: dict[str, Renderer]) -> str:
    """The format that a file's suffix names."""
    suffix = os.path.splitext(file)[1]
    name = SUFFIXES.get(suffix.lower(), "")
    if name not in renderers:
        suffixes = [suffix for suffix, known in SUFFIXES.items() if known in renderers]
        raise usage(f"--output {file}: its suffix names no format", nearest(suffix, suffixes))
    return name
