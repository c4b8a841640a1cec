"""`convcalc init`."""

from __future__ import annotations

import os

import click

from convcalc.cli.options import SETTINGS
from convcalc.cli.streams import warn, write, write_file
from convcalc.errors import nearest, usage

SCHEMA = "convcalc.schema.json"
YAML = (".yaml", ".yml")


@click.command("init", context_settings=SETTINGS)
@click.argument("file", default="network.yaml", metavar="[FILE|github|gitlab|pre-commit]")
def command(file: str) -> int:
    """Write a commented starter network, or print what sets up a CI.

    FILE is network.yaml unless given, - for standard output; beside it goes the schema that editors complete it by. An
    existing network is not overwritten. github, gitlab and pre-commit print a workflow, a job and hooks.

    \b
    convcalc init
    convcalc init github > .github/workflows/convcalc.yaml
    """
    from convcalc.cli.schema import schema_text
    from convcalc.commands.init import SNIPPETS, snippet, starter

    if file in SNIPPETS:
        write(snippet(file))
        return 0
    if file == "-":
        write(starter())
        return 0
    if not file:
        raise usage("init: the name is empty", "write convcalc init network.yaml")
    if not file.endswith(YAML):
        raise usage(f"init: {file} is no .yaml file", nearest(file, list(SNIPPETS)))
    if os.path.lexists(file):
        raise usage(f"{file} exists", "name another file: convcalc init other.yaml")
    write_file(file, starter(), "init")
    beside = os.path.join(os.path.dirname(file), SCHEMA)
    write_file(beside, schema_text("layout"), "init")
    warn(f"convcalc: wrote {file} and {beside}\n  next: convcalc summary {file if '/' in file else './' + file}")
    return 0
