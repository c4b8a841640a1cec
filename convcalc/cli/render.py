"""`convcalc render`."""

from __future__ import annotations

from collections.abc import Callable

import click

from convcalc.api.render import saved
from convcalc.cli.ci import CI_RENDERERS
from convcalc.cli.formats import FORMATS, as_json
from convcalc.cli.options import SETTINGS, Output, Renderer, emit, output_options
from convcalc.errors import nearest, usage
from convcalc.report.model import STATUS, Report


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
    shown = renderers_of(report)
    if format_ not in shown:
        raise usage(f"--format {format_}: a report of {report.command} has no such format", nearest(format_, list(shown)))
    emit(report, Output(format_, files, color), shown, told=report.exit_code not in STATUS)
    return 0


def renderers_of(report: Report) -> dict[str, Renderer]:
    """How a report is shown by the command that made it; one of a run that failed as its diagnostics."""
    from importlib import import_module

    from convcalc.cli import COMMANDS, FILES

    if report.exit_code not in STATUS or report.command not in COMMANDS:
        return {"table": diagnostics, "json": as_json, **CI_RENDERERS}
    module = import_module(f"convcalc.cli.{FILES.get(report.command, report.command)}")
    shown: Callable[[], dict[str, Renderer]] | None = getattr(module, "shown", None)
    return shown() if shown is not None else {"json": as_json}


def diagnostics(report: Report, width: int | None, color: bool) -> tuple[str, list[str]]:
    from convcalc.render.diagnostics import diagnostics_text

    return diagnostics_text(report.diagnostics) + "\n", []
