"""`convcalc schema`."""

from __future__ import annotations

import json

import click

from convcalc.cli.streams import warn, write, write_file


@click.command("schema")
@click.argument("what", type=click.Choice(["layout", "device", "output"]))
@click.option("-o", "--output", "file", metavar="FILE", help="Write FILE instead of standard output.")
def command(what: str, file: str | None) -> int:
    """JSON Schema of the layout language, of devices, or of what --format json prints.

    \b
    convcalc schema layout --output convcalc.schema.json
    """
    text = schema_text(what)
    if file is None:
        write(text)
    else:
        write_file(file, text)
        warn(f"convcalc: wrote {file}")
    return 0


def schema_text(what: str) -> str:
    """A schema as JSON text."""
    from convcalc.commands.schema import schema

    return json.dumps(schema(what), indent=2, ensure_ascii=False) + "\n"
