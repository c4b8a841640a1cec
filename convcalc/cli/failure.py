"""How a command that did not end well is reported, and with which exit code."""

from __future__ import annotations

import os
import traceback

import click

from convcalc.cli.output import warn, write
from convcalc.errors import ConvcalcError, Diagnostic
from convcalc.report.model import Report


def report_failure(args: list[str], code: int, error: Exception | None) -> int:
    """Print diagnostics on stderr, or the JSON envelope on stdout where JSON was asked for; return the exit code."""
    if isinstance(error, click.exceptions.Exit):
        return error.exit_code
    code, diagnostics = classified(code, error)
    if wants_json(args) and not diagnostics[0].message.startswith("cannot write"):
        from convcalc.cli import COMMANDS
        from convcalc.render.json import render

        command = next((text for text in args if text in COMMANDS), "")
        write(render(Report(command, diagnostics=diagnostics, exit_code=code)))
        return code
    from convcalc.render.diagnostics import diagnostics_text

    if code == 130:
        warn("convcalc: interrupted")
    else:
        warn(diagnostics_text(diagnostics))
    if code == 3:
        debug = os.environ.get("CONVCALC_DEBUG")
        warn("".join(traceback.format_exception(error)) if debug else "  set CONVCALC_DEBUG=1 to see where, and report it")
    return code


def classified(code: int, error: Exception | None) -> tuple[int, tuple[Diagnostic, ...]]:
    """The exit code and diagnostics of an error."""
    if isinstance(error, ConvcalcError):
        return 2, error.diagnostics
    if error is None or isinstance(error, click.Abort):
        return 130, (Diagnostic("interrupted", "interrupted"),)
    if isinstance(error, click.ClickException):
        context = getattr(error, "ctx", None)
        hint = f"see {context.command_path} --help" if context else None
        return 2, (Diagnostic("usage", error.format_message().replace("\n", " "), None, hint),)
    return 3, (Diagnostic("bug", f"a bug in convcalc: {type(error).__name__}: {error}"),)


def wants_json(args: list[str]) -> bool:
    """Whether JSON was asked for, also where the arguments could not be parsed."""
    pairs = list(zip(args, [*args[1:], ""], strict=True))
    last = [second if first in ("-f", "--format") else first.partition("=")[2] for first, second in pairs if is_format(first)]
    return (bool(last) and last[-1] == "json") or any(text == "-fjson" for text in args)


def is_format(text: str) -> bool:
    return text in ("-f", "--format") or text.startswith("--format=")
