"""`convcalc roofline`."""

from __future__ import annotations

from typing import Any

import click

from convcalc.cli.options import PARTS, REPLACING, completed, output_of, output_options, running, spec_options
from convcalc.cli.run import emit


@click.command("roofline")
@click.argument("specs", nargs=-1, metavar="SPEC...", shell_complete=completed("specs"))
@running("--device", "--dtype", "--weights-dtype", "--cached", *REPLACING)
@click.option("--top", type=click.IntRange(1), metavar="N", help="The N layers of the largest floors.")
@click.option("--plot", metavar="FILE", help="Also draw it as FILE.svg, .png or .pdf.")
@spec_options
@output_options(PARTS)
def command(plot: str | None, top: int | None, **options: Any) -> int:
    """No faster than: the floor of a network on a device, and what binds it.

    Each convolution, linear layer and matrix product takes at least its FLOPs at the peak, and its bytes at the
    bandwidth; everything else is free.

    \b
    convcalc roofline mobilenet_v2 --device a100-sxm-80gb --dtype fp16 --batch 256
    convcalc roofline models/net.yaml --device ./ours.yaml --dtype int8 --plot roof.svg
    """
    from convcalc.commands.roofline import roofline

    if plot is not None:
        from convcalc.formats.picture import check_file

        check_file(plot)
    output = output_of(options)
    report = roofline(options.pop("specs"), **options)
    code = emit(report, output, PARTS, top=top)
    if plot is not None:
        from convcalc.cli.streams import warn, write_file
        from convcalc.commands.roofline.page import svg
        from convcalc.commands.roofline.plot import picture
        from convcalc.formats.picture import SVG

        write_file(plot, svg(report) if plot.endswith(SVG) else picture(report, plot))
        warn(f"convcalc: wrote {plot}")
    return code
