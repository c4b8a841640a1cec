"""`convcalc memory`."""

from __future__ import annotations

from typing import Any

import click

from convcalc.cli.options import PARTS, REPLACING, completed, output_of, output_options, running, spec_options
from convcalc.cli.run import emit


@click.command("memory")
@click.argument("specs", nargs=-1, metavar="SPEC...", shell_complete=completed("specs"))
@running("--dtype", "--weights-dtype", "--in-place", "--hold-input", *REPLACING)
@click.option("--fit", metavar="BYTES", help="A limit to hold the peak against: 256KiB, 24GiB.")
@spec_options
@output_options(PARTS)
def command(**options: Any) -> int:
    """Does it fit: the peak of live values, what lives then, and the weights.

    A value lives from the layer that makes it to the last layer that reads it; a layer's inputs and its result live
    together; views are free.

    \b
    convcalc memory mobilenet_v2 --dtype int8 --fit 256KiB
    convcalc memory resnet50 --in-place fused-add
    convcalc memory models/net.yaml --batch 8 --fit 24GiB
    """
    from convcalc.commands.memory import memory

    output = output_of(options)
    return emit(memory(options.pop("specs"), **options), output, PARTS)
