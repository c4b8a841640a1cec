"""`convcalc validate`."""

from __future__ import annotations

import click

from convcalc.cli.ci import CI_RENDERERS
from convcalc.cli.formats import as_json
from convcalc.cli.options import SETTINGS, Output, Renderer, emit, output_options
from convcalc.commands.validate import validate
from convcalc.report.records import Report


@click.command("validate", context_settings=SETTINGS)
@click.argument("specs", nargs=-1, metavar="FILE...", type=click.Path())
@output_options(("table", "json", *CI_RENDERERS))
def command(specs: tuple[str, ...], format_: str, files: tuple[str, ...], color: str) -> int:
    """Check layouts: their text, names, shapes and expectations.

    FILE is a path, a directory, a shipped name, or - for standard input. Exit 2 for a file that cannot be used, 1
    where one does not cost what it expects.

    \b
    convcalc validate networks/
    convcalc validate model.yaml --format github
    """
    report = validate(specs)
    return emit(report, Output(format_, files, color), writers(), told=True)


def writers() -> dict[str, Renderer]:
    """How it is written."""
    return {"table": as_text, "json": as_json, **CI_RENDERERS}


def as_text(report: Report, width: int | None, color: bool) -> tuple[str, list[str]]:
    from convcalc.formats.diagnostics import validation_text

    return validation_text(report), []
