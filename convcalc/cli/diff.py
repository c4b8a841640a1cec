"""`convcalc diff`."""

from __future__ import annotations

import click

from convcalc.cli.formats import FORMATS, renderers
from convcalc.cli.options import SETTINGS, Output, Renderer, convention_option, emit, output_options
from convcalc.cli.summary import complete_spec
from convcalc.commands.diff import diff
from convcalc.formats.parts import Parts
from convcalc.report.records import Report


@click.command("diff", context_settings=SETTINGS)
@click.argument("old", shell_complete=complete_spec)
@click.argument("new", shell_complete=complete_spec)
@click.option("--fail-on", multiple=True, metavar="RULE", help="Exit 1 on: any, increase, or METRIC>LIMIT such as 'macs>2%'.")
@convention_option
@output_options(FORMATS)
def command(old: str, new: str, fail_on: tuple[str, ...], convention: str | None, format_: str, files: tuple[str, ...], color: str) -> int:
    """What a change does to the cost, layer by layer.

    OLD and NEW are networks by name or path, saved JSON reports, or REV:path of a git revision.

    \b
    convcalc diff main:models/net.yaml models/net.yaml
    convcalc diff saved.json models/net.yaml --fail-on 'macs>2%'
    convcalc diff resnet50 resnet50_v1
    """
    report = diff(old, new, convention=convention, fail_on=fail_on)
    return emit(report, Output(format_, files, color), writers())


def writers() -> dict[str, Renderer]:
    """How it is written."""
    return renderers(as_parts, as_csv)


def as_parts(report: Report, width: int | None) -> Parts:
    from convcalc.commands.diff import parts

    return parts(report, width)


def as_csv(report: Report) -> str:
    from convcalc.formats.csv import render_changes

    return render_changes(report)
