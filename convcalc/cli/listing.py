"""`convcalc list`."""

from __future__ import annotations

import click

from convcalc.cli.formats import FORMATS, renderers
from convcalc.cli.options import SETTINGS, Output, Renderer, emit, output_options
from convcalc.commands.list import KINDS, listing
from convcalc.formats.parts import Parts
from convcalc.report.records import Report


@click.command("list", context_settings=SETTINGS)
@click.argument("what", type=click.Choice(KINDS))
@output_options(FORMATS)
def command(what: str, format_: str, files: tuple[str, ...], color: str) -> int:
    """What there is: blocks, networks, ops or conventions, with their parameters and a line each."""
    return emit(listing(what), Output(format_, files, color), writers())


def writers() -> dict[str, Renderer]:
    """How it is written."""
    return renderers(as_parts, as_csv)


def as_parts(report: Report, width: int | None) -> Parts:
    from convcalc.commands.list import parts as list_parts

    return list_parts(report, width)


def as_csv(report: Report) -> str:
    from convcalc.formats.csv import render_items

    return render_items(report)
