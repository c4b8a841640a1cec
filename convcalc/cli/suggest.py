"""`convcalc suggest`."""

from __future__ import annotations

from typing import Any

import click

from convcalc.cli.options import PARTS, completed, output_of, output_options, running, spec_options
from convcalc.cli.run import emit


@click.command("suggest")
@click.argument("spec", metavar="SPEC", shell_complete=completed("specs"))
@click.option("--with", "designs", multiple=True, metavar="DESIGNS", help="What may stand for a layer: fire,ghost, bottleneck:reduction=8.")
@click.option("--max", "max", metavar="METRIC=LIMIT", shell_complete=completed("limits"), help="Choose the fewest that reach it: macs=1G.")
@click.option("--keep", multiple=True, metavar="PATHS", help="What stays as it is: stem,fc.")
@click.option("--top", type=click.IntRange(1), metavar="N", default=20, show_default=True, help="The N largest savings.")
@spec_options
@running("--dtype", "--in-place", "--device")
@output_options(PARTS)
def command(top: int, **options: Any) -> int:
    """What designs would save in the place of each layer, the largest saving first.

    Exit 1 where all of them together do not reach the limit of --max.

    \b
    convcalc suggest resnet50 --with bottleneck,depthwise_separable,fire,ghost
    convcalc suggest vgg16 --max macs=10G --keep stage1,classifier
    """
    from convcalc.commands.suggest import suggest

    output = output_of(options)
    options["designs"] = options["designs"] or ()
    return emit(suggest(options.pop("spec"), **options), output, PARTS, top=top)
