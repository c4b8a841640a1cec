"""`convcalc render`."""

from __future__ import annotations

from typing import Any

import click

from convcalc.cli.options import CI, PARTS, output_of, output_options
from convcalc.cli.run import emit, is_empty
from convcalc.errors import usage
from convcalc.report.contract import Report
from convcalc.spelling import nearest


@click.command("render")
@click.argument("reports", nargs=-1, metavar="REPORT.json...", type=click.Path())
@output_options((*PARTS, *CI))
def command(**options: Any) -> int:
    """Saved reports in another format; several of one command are merged.

    Nothing is computed. Exits 0 once the report is shown, whatever it says.

    \b
    convcalc render report.json --format markdown
    convcalc render a.json b.json --format junit
    """
    from convcalc.commands.render import saved

    output = output_of(options)
    report = saved(options["reports"])
    formats = formats_of(report)
    if output.format not in formats:
        raise usage(f"--format {output.format}: a report of {report.command} has no such format", nearest(output.format, list(formats)))
    emit(report, output, formats)
    return 0


def formats_of(report: Report) -> tuple[str, ...]:
    """The formats that the command has which made a report; of one that found nothing those that show diagnostics."""
    if is_empty(report):
        return ("table", "json", *CI)
    from convcalc.cli import cli

    command = cli.get_command(click.Context(cli), report.command)
    assert command is not None
    return next(tuple(option.type.choices) for option in command.params if option.name == "format_")  # type: ignore[attr-defined]
