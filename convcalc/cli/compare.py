"""`convcalc compare`."""

from __future__ import annotations

from typing import Any

import click

from convcalc.cli.options import PARTS, completed, convention_option, output_of, output_options, running_options
from convcalc.cli.run import emit


@click.command("compare")
@click.argument("designs", nargs=-1, metavar="[DESIGN]...", shell_complete=completed("designs"))
@click.option("--cin", metavar="N", help="Input channels.")
@click.option("--cout", metavar="N", help="Output channels; as many as the input unless given.")
@click.option("--hw", metavar="N|HxW", help="Input map: 56, or 56x48.")
@click.option("--kernel", metavar="K", help="Kernel size of the designs' main convolution.")
@click.option("--stride", metavar="S", help="Stride of the designs' main convolution.")
@click.option("--norm", metavar="WORD", help="Norm after each convolution: none, batch_norm, …  [default: none]")
@click.option("--activation", metavar="WORD", help="Activation after each convolution: relu, none, …  [default: relu]")
@click.option("--bias", metavar="WORD", help="Bias of each convolution: true, false, auto.  [default: false]")
@click.option("--batch", metavar="N", default="1", show_default=True, help="Samples.")
@click.option(
    "--baseline", metavar="DESIGN", shell_complete=completed("designs"), help="What others are compared with; the first unless given."
)
@click.option("--columns", metavar="NAMES", shell_complete=completed("metrics"), help="Metrics to show, by their JSON names: macs,params,…")
@click.option("--layers", is_flag=True, help="Show each design's own layers too.")
@running_options
@convention_option
@output_options(PARTS)
def command(**options: Any) -> int:
    """Designs side by side, and what one saves against another.

    DESIGN is a block or network by name, `name:param=value,…`, or a path to a layout; plain and bottleneck unless
    given.

    \b
    convcalc compare --cin 256 --cout 256 --hw 56
    convcalc compare plain bottleneck:reduction=8 ./mine.yaml --cin 256 --hw 56
    """
    from convcalc.commands.compare import compare
    from convcalc.inputs.goals import read_columns

    output = output_of(options)
    view = {name: options.pop(name) for name in ("layers", "columns")}
    names = read_columns(view["columns"])  # a wrong name is refused in every format, and before anything is computed
    return emit(compare(options.pop("designs"), metrics=names, **options), output, PARTS, **view)
