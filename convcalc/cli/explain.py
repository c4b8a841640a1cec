"""`convcalc explain`."""

from __future__ import annotations

from typing import Any

import click

from convcalc.cli.options import PARTS, completed, output_of, output_options
from convcalc.cli.run import emit


@click.command("explain")
@click.argument("design", shell_complete=completed("explained"))
@click.argument("layer", required=False)
@click.option("--cin", metavar="N", help="Input channels.")
@click.option("--cout", metavar="N", help="Output channels.")
@click.option("--hw", metavar="N|HxW", help="Input map: 56, or 56x48.")
@click.option("--kernel", metavar="K", help="Kernel size.")
@click.option("--stride", metavar="S", help="Stride.")
@click.option("--groups", metavar="G", help="Groups.")
@click.option("--set", "set", multiple=True, metavar="NAME=VALUE", help="Another attribute or parameter: bias=true.")
@click.option("--input", "input", multiple=True, metavar="[NAME=]SHAPE", help="The input as a shape, 256x56x56, instead of --cin and --hw.")
@click.option("--batch", metavar="N", default="1", show_default=True, help="Samples; what scales with them is shown for all of them too.")
@output_options(PARTS)
def command(**options: Any) -> int:
    """Every formula, with the numbers put in.

    DESIGN is an op, a block, a network or a path; LAYER a layer of a network.

    \b
    convcalc explain conv --cin 256 --cout 256 --kernel 3 --hw 56
    convcalc explain bottleneck --cin 256 --cout 256 --hw 56
    convcalc explain resnet50 layer1.0.conv2
    """
    from convcalc.commands.explain import explain

    output = output_of(options)
    return emit(explain(options.pop("design"), options.pop("layer"), **options), output, PARTS)
