"""How a command that did not end well is reported, and with which exit code."""

from __future__ import annotations

import errno
import os
import traceback
from collections.abc import Collection
from contextlib import suppress

import click

from convcalc.cli.ci import annotated
from convcalc.cli.options import CI
from convcalc.cli.run import LOG_KINDS, rendered
from convcalc.cli.streams import annotate, unwritten, warn, write
from convcalc.errors import ConvcalcError, Diagnostic
from convcalc.report.contract import Report

UNWRITTEN = (errno.ENOSPC, errno.EFBIG, errno.EIO, errno.EDQUOT)


def report_failure(commands: Collection[str], args: list[str], code: int, error: Exception | None) -> int:
    """Print diagnostics on stderr, or in a format for programs on stdout where one was asked for; return the exit code."""
    if isinstance(error, click.exceptions.Exit):
        return error.exit_code
    code, diagnostics = classified(code, error)
    try:
        print_failure(commands, args, code, diagnostics, error)
    except ConvcalcError as second:  # nor can this be written where it should go
        with suppress(ConvcalcError):
            warn(second.diagnostics[0].message)
        return code if code in (3, 130) else 2
    return code


def print_failure(
    commands: Collection[str], args: list[str], code: int, diagnostics: tuple[Diagnostic, ...], error: Exception | None
) -> None:
    """Print what ended a command, where its kind of output goes.

    Raises:
        ConvcalcError: where it cannot be written.
    """
    command = next((text for text in args if text in commands), "")
    report = Report(command, code, diagnostics=diagnostics)
    format_ = asked(args, "-f", "--format")
    if asked(args, "--ci") == "github" and format_ != "github":
        annotate(annotated(report))
    if format_ in ("json", *CI) and not diagnostics[0].message.startswith("cannot write"):
        write(rendered(report, format_, None, False)[0], LOG_KINDS.get(format_, "text"))
        return
    from convcalc.formats.diagnostics import diagnostics_text

    if code == 130:
        warn("convcalc: interrupted")
    else:
        warn(diagnostics_text(diagnostics))
    if code == 3:
        debug = os.environ.get("CONVCALC_DEBUG")
        warn("".join(traceback.format_exception(error)) if debug else "  set CONVCALC_DEBUG=1 to see where, and report it")


def classified(code: int, error: Exception | None) -> tuple[int, tuple[Diagnostic, ...]]:
    """The exit code and diagnostics of an error."""
    if isinstance(error, ConvcalcError):
        return 2, error.diagnostics
    if error is None or isinstance(error, click.Abort):
        return 130, (Diagnostic("interrupted", "interrupted"),)
    if isinstance(error, click.ClickException):
        context = getattr(error, "ctx", None)
        hint = f"see {context.command_path} --help" if context else None
        return 2, (Diagnostic("usage", " ".join(error.format_message().split()), None, hint),)
    if isinstance(error, OSError) and error.errno in UNWRITTEN:
        return 2, unwritten(error).diagnostics
    if isinstance(error, FileNotFoundError) and not is_somewhere():
        return 2, (Diagnostic("usage", "the current folder is gone", None, "go to one that exists"),)
    return 3, (Diagnostic("bug", f"a bug in convcalc: {type(error).__name__}: {error}"),)


def is_somewhere() -> bool:
    """Whether there is a current folder."""
    try:
        os.getcwd()
    except FileNotFoundError:
        return False
    return True


def asked(args: list[str], *names: str) -> str:
    """The last value of an option, also where the arguments could not be parsed."""
    pairs = zip(args, [*args, ""][1:], strict=True)
    found = [value for first, second in pairs if (value := value_of(first, second, names))]
    return found[-1] if found else ""


def value_of(first: str, second: str, names: tuple[str, ...]) -> str:
    """The value of an option written as `-f json`, `-fjson` or `--format=json`."""
    if first in names:
        return second
    short = next((name for name in names if len(name) == 2 and first.startswith(name)), None)
    return first[2:] if short else first.partition("=")[2] if first.partition("=")[0] in names else ""
