"""`convcalc diff`."""

from __future__ import annotations

from typing import Any

import click

from convcalc.cli.options import PARTS, completed, convention_option, output_of, output_options, running_options, spec_options
from convcalc.cli.run import emit, formats_of

FORMATS = (*PARTS, "github")


@click.command("diff")
@click.argument("old", shell_complete=completed("specs"))
@click.argument("new", shell_complete=completed("specs"))
@click.option("--fail-on", multiple=True, metavar="RULE", help="Exit 1 on: any, increase, or METRIC>LIMIT such as 'macs>2%'.")
@click.option("--all", "every", is_flag=True, help="Also show layers that only follow their input, at no MACs of their own.")
@click.option(
    "--columns", "metrics", metavar="NAMES", shell_complete=completed("metrics"), help="Totals to show beside the usual: peak_bytes,…"
)
@spec_options
@running_options
@convention_option
@output_options(FORMATS)
def command(**options: Any) -> int:
    """What a change does to the cost, layer by layer.

    OLD and NEW are networks by name or path, saved JSON reports, or REV:path of a git revision.

    \b
    convcalc diff main:models/net.yaml models/net.yaml
    convcalc diff saved.json models/net.yaml --fail-on 'macs>2%'
    convcalc diff resnet50 resnet50_v1 --input 3x288x288
    """
    from convcalc.commands.diff import diff

    output = output_of(options)
    every, metrics = options.pop("every"), options.pop("metrics") or ()
    return emit(
        diff(options.pop("old"), options.pop("new"), metrics=metrics, models="html" in formats_of(output, FORMATS), **options),
        output,
        FORMATS,
        every=every,
    )
