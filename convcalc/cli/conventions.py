"""`convcalc conventions`."""

from __future__ import annotations

from typing import Any

import click

from convcalc.cli.formats import FORMATS, renderers
from convcalc.cli.options import SETTINGS, Output, Renderer, emit, output_options, spec_options
from convcalc.cli.summary import complete_spec
from convcalc.commands.conventions import conventions
from convcalc.formats.parts import Parts
from convcalc.report.records import Report


@click.command("conventions", context_settings=SETTINGS)
@click.argument("spec", shell_complete=complete_spec)
@click.option("--layer", metavar="PATH", help="One layer, or all below a path: layer1.0.conv2.")
@click.option("--match", metavar="FIGURE", help="Find what gives a published figure: 4.13G, 8.2 GFLOPs.")
@click.option("--convention", multiple=True, metavar="FILE", help="A convention of your own, shown with the others.")
@spec_options
@output_options(FORMATS)
def command(format_: str, files: tuple[str, ...], color: str, **options: Any) -> int:
    """One network under every counting convention, and why they differ.

    \b
    convcalc conventions resnet50
    convcalc conventions resnet50 --match 4.13G
    convcalc conventions mobilenet_v2 --layer stem
    """
    report = conventions(options.pop("spec"), **options)
    return emit(report, Output(format_, files, color), writers())


def writers() -> dict[str, Renderer]:
    """How it is written."""
    return renderers(as_parts, as_csv)


def as_parts(report: Report, width: int | None) -> Parts:
    from convcalc.commands.conventions import parts

    return parts(report, width)


def as_csv(report: Report) -> str:
    from convcalc.formats.csv import render_conventions

    return render_conventions(report)
