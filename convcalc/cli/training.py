"""`convcalc training`."""

from __future__ import annotations

from typing import Any

import click

from convcalc.cli.options import PARTS, REPLACING, completed, output_of, output_options, running, spec_options
from convcalc.cli.run import emit


@click.command("training")
@click.argument("specs", nargs=-1, metavar="SPEC...", shell_complete=completed("specs"))
@running("--optimizer", "--amp", "--freeze", "--checkpoint", "--device", *REPLACING)
@click.option("--fit", metavar="BYTES", help="A limit to hold the bytes of a step against: 24GiB.")
@click.option("--images", metavar="N", help="Samples of an epoch, with --epochs: 1.28M.")
@click.option("--epochs", metavar="N", help="How often all samples are seen.")
@click.option("--by", type=click.Choice(["stage", "layer", "op"]), default="stage", show_default=True, help="What a line is.")
@click.option("--depth", type=click.IntRange(1), default=1, show_default=True, help="How deep the tree of stages goes.")
@spec_options
@output_options(PARTS)
def command(**options: Any) -> int:
    """A step of training: MACs backward, what is saved, gradients, optimizer.

    MACs are exact; bytes are those that PyTorch's autograd and optimizers keep, and their sum an upper estimate of the
    peak of a step.

    \b
    convcalc training resnet50 --optimizer adamw --batch 256 --fit 24GiB
    convcalc training resnet50 --freeze stem --freeze layer1 --amp bf16
    convcalc training resnet50 --checkpoint 'layer*.*' --images 1.28M --epochs 90
    """
    from convcalc.commands.training import training

    output = output_of(options)
    view = {name: options.pop(name) for name in ("by", "depth")}
    return emit(training(options.pop("specs"), **options), output, PARTS, **view)
