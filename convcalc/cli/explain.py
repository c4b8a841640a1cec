"""`convcalc explain`."""

from __future__ import annotations

from typing import Any

import click

from convcalc.cli.formats import FORMATS, renderers
from convcalc.cli.options import SETTINGS, Output, Renderer, emit, output_options
from convcalc.commands.explain.run import explain
from convcalc.formats.parts import Parts
from convcalc.report.records import Report


def complete_explained(_: click.Context, __: click.Parameter, incomplete: str) -> list[str]:
    from convcalc.cli.complete import designs
    from convcalc.layout.vocabulary import OPS

    return [*(name for name in OPS if name.startswith(incomplete)), *designs(incomplete)]


@click.command("explain", context_settings=SETTINGS)
@click.argument("design", shell_complete=complete_explained)
@click.argument("layer", required=False)
@click.option("--cin", metavar="N", help="Input channels.")
@click.option("--cout", metavar="N", help="Output channels.")
@click.option("--hw", metavar="N|HxW", help="Input map: 56, or 56x48.")
@click.option("--kernel", metavar="K", help="Kernel size.")
@click.option("--stride", metavar="S", help="Stride.")
@click.option("--groups", metavar="G", help="Groups.")
@click.option("--set", "set", multiple=True, metavar="NAME=VALUE", help="Another attribute or parameter: bias=true.")
@output_options(FORMATS)
def command(format_: str, files: tuple[str, ...], color: str, **options: Any) -> int:
    """Every formula, with the numbers put in.

    DESIGN is an op, a block, a network or a path; LAYER a layer of a network.

    \b
    convcalc explain conv --cin 256 --cout 256 --kernel 3 --hw 56
    convcalc explain bottleneck --cin 256 --cout 256 --hw 56
    convcalc explain resnet50 layer1.0.conv2
    """
    report = explain(options.pop("design"), options.pop("layer"), **options)
    return emit(report, Output(format_, files, color), writers())


def writers() -> dict[str, Renderer]:
    """How it is written."""
    return renderers(as_parts, as_csv)


def as_parts(report: Report, width: int | None) -> Parts:
    from convcalc.commands.explain.show import parts

    return parts(report, width)


def as_csv(report: Report) -> str:
    from convcalc.formats.csv import render_explanations

    return render_explanations(report)
