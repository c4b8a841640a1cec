"""`convcalc list`."""

from __future__ import annotations

from typing import Any

import click

from convcalc.cli.options import PARTS, output_of, output_options
from convcalc.cli.run import emit
from convcalc.commands.list import KINDS


@click.command("list")
@click.argument("what", type=click.Choice(KINDS))
@output_options(PARTS, figures=False)
def command(**options: Any) -> int:
    """What there is: blocks, networks, ops, functions, conventions, metrics or devices, with their parameters and a line each."""
    from convcalc.commands.list import listing

    output = output_of(options)
    return emit(listing(options.pop("what")), output, PARTS)
