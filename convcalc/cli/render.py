"""`convcalc render`."""

from __future__ import annotations

import click

from convcalc.cli.ci import CI_RENDERERS
from convcalc.cli.formats import FORMATS, as_json, is_told
from convcalc.cli.options import SETTINGS, Output, Renderer, emit, output_options
from convcalc.commands.render import LISTS, saved
from convcalc.errors import nearest, usage
from convcalc.report.records import STATUS, Report


@click.command("render", context_settings=SETTINGS)
@click.argument("files_", nargs=-1, metavar="REPORT.json...", type=click.Path())
@output_options((*FORMATS, *CI_RENDERERS))
def command(files_: tuple[str, ...], format_: str, files: tuple[str, ...], color: str) -> int:
    """Saved reports in another format; several of one command are merged.

    Nothing is computed. Exits 0 once the report is shown, whatever it says.

    \b
    convcalc render report.json --format markdown
    convcalc render a.json b.json --format junit
    """
    report = saved(files_)
    found = writers_of(report)
    if format_ not in found:
        raise usage(f"--format {format_}: a report of {report.command} has no such format", nearest(format_, list(found)))
    emit(report, Output(format_, files, color), found, told=report.command == "validate" or is_empty(report) or is_told(report, format_))
    return 0


def writers_of(report: Report) -> dict[str, Renderer]:
    """How the command that made a report writes it; where it found nothing, its diagnostics."""
    from importlib import import_module

    from convcalc.cli import COMMANDS, FILES

    if report.command not in COMMANDS or is_empty(report):
        return {"table": diagnostics, "json": as_json, **CI_RENDERERS}
    found: dict[str, Renderer] = import_module(f"convcalc.cli.{FILES.get(report.command, report.command)}").writers()
    return found


def is_empty(report: Report) -> bool:
    """Whether a run ended before it found anything."""
    return report.exit_code not in STATUS and not any(getattr(report, name) for name in LISTS)


def diagnostics(report: Report, width: int | None, color: bool) -> tuple[str, list[str]]:
    from convcalc.formats.diagnostics import diagnostics_text

    return diagnostics_text(report.diagnostics) + "\n", []
