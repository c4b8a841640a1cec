"""`convcalc solve`."""

from __future__ import annotations

from typing import Any

import click

from convcalc.cli.options import PARTS, completed, output_of, output_options, running_options
from convcalc.cli.run import emit


@click.command("solve")
@click.argument("designs", nargs=-1, required=True, metavar="DESIGN...", shell_complete=completed("designs"))
@click.option("--for", "variables", required=True, metavar="NAMES", help="What to look for: width, or width,resolution.")
@click.option("--max", multiple=True, metavar="METRIC=LIMIT", shell_complete=completed("limits"), help="At most: macs=300M.")
@click.option("--min", multiple=True, metavar="METRIC=LIMIT", shell_complete=completed("limits"), help="At least: params=1M.")
@click.option("--set", "set", multiple=True, metavar="NAME=VALUES", help="Another parameter, cin or hw; or the range of a variable.")
@click.option("--multiple-of", metavar="N", default="1", show_default=True, help="Step between tried values of a variable without a range.")
@click.option("--smallest", is_flag=True, help="The smallest value instead of the largest.")
@click.option(
    "--maximize",
    metavar="METRIC",
    shell_complete=completed("metrics"),
    help="What is to be large, instead of the value.  [default of several: the first limit's]",
)
@click.option("--minimize", metavar="METRIC", shell_complete=completed("metrics"), help="What is to be small, instead of the value.")
@click.option("--break-even", is_flag=True, help="Where the first of two designs begins, or ceases, to cost more.")
@click.option(
    "--metric",
    metavar="METRIC",
    shell_complete=completed("metrics"),
    default="macs",
    show_default=True,
    help="Metric that --break-even compares.",
)
@running_options
@output_options(PARTS)
def command(**options: Any) -> int:
    """The largest design within limits, or where two designs cost the same; exact, with the next value that fails.

    Exit 1 where there is none.

    \b
    convcalc solve mobilenet_v2 --for width --set width=0.25:2:0.05 --max macs=300M
    convcalc solve bottleneck --for mid --set cin=256 --set hw=56 --max macs=300M --multiple-of 8
    convcalc solve bottleneck plain --break-even --for mid --set cin=256 --set hw=56
    """
    from convcalc.commands.solve import solve

    output = output_of(options)
    return emit(solve(options.pop("designs"), **options), output, PARTS)
