"""`convcalc summary`."""

from __future__ import annotations

from functools import partial
from typing import Any

import click

from convcalc.cli.formats import FORMATS, renderers
from convcalc.cli.options import SETTINGS, Output, Renderer, convention_option, emit, output_options, spec_options
from convcalc.commands.summary.run import summary
from convcalc.formats.parts import Parts
from convcalc.report.records import Report


def complete_spec(_: click.Context, __: click.Parameter, incomplete: str) -> list[Any]:
    from convcalc.cli.complete import specs

    return specs(incomplete)


@click.command("summary", context_settings=SETTINGS)
@click.argument("specs", nargs=-1, metavar="SPEC...", shell_complete=complete_spec)
@click.option("--depth", type=click.IntRange(1), default=2, show_default=True, help="How deep the tree goes.")
@click.option("--by", type=click.Choice(["layer", "op", "stage"]), help="Lines of one kind instead of the tree.")
@click.option("--sort", metavar="METRIC", help="Largest first: macs, params, …; METRIC:asc for the smallest.")
@click.option("--top", type=click.IntRange(1), metavar="N", help="The N first lines, and one for the rest.")
@click.option("--columns", metavar="NAMES", help="Columns to show: op,kernel,stride,output,params,macs,share,…")
@spec_options
@click.option("--dtype", metavar="TYPE", default="fp32", show_default=True, help="Type that parameter bytes are counted in.")
@convention_option
@output_options(FORMATS)
def command(columns: str | None, format_: str, files: tuple[str, ...], color: str, **options: Any) -> int:
    """Networks layer by layer: what each costs, and its share.

    SPEC is a shipped network, a path to a layout, path:preset, a directory, or - for standard input.

    \b
    convcalc summary resnet50
    convcalc summary resnet50 --sort macs --top 10
    convcalc summary mobilenet_v2 --set width=0.5 --input 3x160x160
    """
    if columns is not None:
        check_columns(columns)
    report = summary(options.pop("specs"), **options)
    return emit(report, Output(format_, files, color), writers(columns))


def writers(columns: str | None = None) -> dict[str, Renderer]:
    """How a summary is written."""
    return renderers(partial(summary_parts, columns), summary_csv)


def check_columns(columns: str) -> None:
    """Refuse a wrong --columns in every format."""
    from convcalc.commands.summary.show import chosen

    chosen(columns)


def summary_parts(columns: str | None, report: Report, width: int | None) -> Parts:
    from convcalc.commands.summary.show import parts

    return parts(report, width, columns)


def summary_csv(report: Report) -> str:
    from convcalc.formats.csv import render_summary

    return render_summary(report)
