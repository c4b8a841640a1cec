"""`convcalc compare`."""

from __future__ import annotations

from functools import partial
from typing import Any

import click

from convcalc.cli.formats import FORMATS, renderers
from convcalc.cli.options import SETTINGS, Output, Renderer, convention_option, emit, output_options
from convcalc.commands.compare.run import compare
from convcalc.formats.parts import Parts
from convcalc.report.records import Report


def complete_design(_: click.Context, __: click.Parameter, incomplete: str) -> list[str]:
    from convcalc.cli.complete import designs

    return designs(incomplete)


@click.command("compare", context_settings=SETTINGS)
@click.argument("designs", nargs=-1, metavar="[DESIGN]...", shell_complete=complete_design)
@click.option("--cin", metavar="N", help="Input channels.")
@click.option("--cout", metavar="N", help="Output channels; as many as the input unless given.")
@click.option("--hw", metavar="N|HxW", help="Input map: 56, or 56x48.")
@click.option("--kernel", metavar="K", help="Kernel size of the designs' main convolution.")
@click.option("--stride", metavar="S", help="Stride of the designs' main convolution.")
@click.option("--norm", metavar="WORD", help="Norm after each convolution: none, batch_norm, …  [default: none]")
@click.option("--activation", metavar="WORD", help="Activation after each convolution: relu, none, …  [default: relu]")
@click.option("--bias", metavar="WORD", help="Bias of each convolution: true, false, auto.  [default: false]")
@click.option("--batch", metavar="N", default="1", show_default=True, help="Samples.")
@click.option("--baseline", metavar="DESIGN", shell_complete=complete_design, help="What others are compared with; the first unless given.")
@click.option("--columns", metavar="NAMES", help="Metrics to show, by their JSON names: macs,params,…")
@click.option("--layers", is_flag=True, help="Show each design's own layers too.")
@convention_option
@output_options(FORMATS)
def command(
    designs: tuple[str, ...], columns: str | None, layers: bool, format_: str, files: tuple[str, ...], color: str, **options: Any
) -> int:
    """Designs side by side, and what one saves against another.

    DESIGN is a block or network by name, `name:param=value,…`, or a path to a layout; plain and bottleneck unless
    given.

    \b
    convcalc compare --cin 256 --cout 256 --hw 56
    convcalc compare plain bottleneck:reduction=8 ./mine.yaml --cin 256 --hw 56
    """
    if columns is not None:
        check_columns(columns)
    report = compare(designs, **options)
    return emit(report, Output(format_, files, color), writers(layers, columns))


def writers(layers: bool = False, columns: str | None = None) -> dict[str, Renderer]:
    """How a comparison is written."""
    return renderers(partial(compare_parts, layers, columns), partial(compare_csv, layers))


def check_columns(columns: str) -> None:
    """Refuse a wrong --columns in every format, and before anything is computed."""
    from convcalc.commands.compare.show import chosen_metrics

    chosen_metrics(columns)


def compare_parts(layers: bool, columns: str | None, report: Report, width: int | None) -> Parts:
    from convcalc.commands.compare.show import parts

    return parts(report, width, layers, columns)


def compare_csv(layers: bool, report: Report) -> str:
    from convcalc.formats.csv import render

    return render(report, layers)
