"""`convcalc conventions`."""

from __future__ import annotations

from typing import Any

import click

from convcalc.cli.options import PARTS, completed, output_of, output_options, spec_options
from convcalc.cli.run import emit


@click.command("conventions")
@click.argument("spec", shell_complete=completed("specs"))
@click.option("--layer", metavar="PATH", help="One layer, or all below a path: layer1.0.conv2.")
@click.option("--match", metavar="FIGURE", help="Find what gives a published figure: 4.13G, 8.2 GFLOPs.")
@click.option("--convention", multiple=True, metavar="FILE", help="A convention of your own, shown with the others.")
@spec_options
@output_options(PARTS)
def command(**options: Any) -> int:
    """One network under every counting convention, and why they differ.

    \b
    convcalc conventions resnet50
    convcalc conventions resnet50 --match 4.13G
    convcalc conventions mobilenet_v2 --layer stem
    """
    from convcalc.commands.conventions import conventions

    output = output_of(options)
    return emit(conventions(options.pop("spec"), **options), output, PARTS)
