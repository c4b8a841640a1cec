"""`convcalc init`."""

from __future__ import annotations

import os

import click

from convcalc.cli.options import SETTINGS
from convcalc.cli.output import warn, write, write_file
from convcalc.errors import usage

SCHEMA = "convcalc.schema.json"


@click.command("init", context_settings=SETTINGS)
@click.argument("file", default="network.yaml")
def command(file: str) -> int:
    """Write a commented starter network, and the schema that editors complete it by.

    FILE is network.yaml unless given, - for standard output. An existing network is not overwritten.
    """
    from convcalc.api.schema import starter
    from convcalc.cli.schema import schema_text

    if file == "-":
        write(starter())
        return 0
    if not file:
        raise usage("init: the name is empty", "write convcalc init network.yaml")
    if os.path.lexists(file):
        raise usage(f"{file} exists", "name another file: convcalc init other.yaml")
    write_file(file, starter())
    beside = os.path.join(os.path.dirname(file), SCHEMA)
    write_file(beside, schema_text("layout"))
    warn(f"convcalc: wrote {file} and {beside}\n  next: convcalc summary {file if '/' in file else './' + file}")
    return 0
