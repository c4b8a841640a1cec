"""`convcalc init`."""

from __future__ import annotations

import os

import click

from convcalc.cli.streams import warn, write, write_file
from convcalc.errors import usage
from convcalc.spelling import nearest

SCHEMA = "convcalc.schema.json"
CONFIG, BUDGETS = "convcalc.yaml", "budgets"
YAML = (".yaml", ".yml")
SCHEMA_MARK, SCHEMA_HEAD = '"title": "convcalc', 1_000  # what a schema of ours begins with


def is_schema(path: str) -> bool:
    """Whether a file is a schema that was written here before, and may be renewed."""
    if os.path.islink(path) or not os.path.isfile(path):
        return False
    with open(path, encoding="utf-8", errors="replace") as file:
        return SCHEMA_MARK in file.read(SCHEMA_HEAD)


@click.command("init")
@click.argument("file", default="network.yaml", metavar="[FILE|budgets|github|gitlab|pre-commit]")
def command(file: str) -> int:
    """Write a commented starter network or budgets, or print what sets up a CI.

    FILE is network.yaml unless given, - for standard output; beside it goes the schema that editors complete it by.
    budgets writes limits for it to convcalc.yaml. Existing files are not overwritten. github, gitlab and pre-commit
    print a workflow, a job and hooks.

    \b
    convcalc init
    convcalc init budgets
    convcalc init github > .github/workflows/convcalc.yaml
    """
    from convcalc.cli.schema import schema_text
    from convcalc.commands.init import SNIPPETS, budgets, snippet, starter

    if file == BUDGETS:
        if os.path.lexists(CONFIG):
            raise usage(f"{CONFIG} exists", "add budgets to it: convcalc help review")
        write_file(CONFIG, budgets(), "init")
        warn(f"convcalc: wrote {CONFIG}\n  next: convcalc check")
        return 0
    if file in SNIPPETS:
        write(snippet(file))
        return 0
    if file == "-":
        write(starter())
        return 0
    if not file:
        raise usage("init: the name is empty", "write convcalc init network.yaml")
    if not file.endswith(YAML):
        raise usage(f"init: {file} is no .yaml file", nearest(file, [BUDGETS, *SNIPPETS]))
    beside = os.path.join(os.path.dirname(file), SCHEMA)
    if os.path.lexists(file):
        raise usage(f"{file} exists", "name another file: convcalc init other.yaml")
    if os.path.lexists(beside) and not is_schema(beside):
        raise usage(f"{beside} exists, and is none of convcalc's", "move it away, or choose another folder")
    write_file(file, starter(), "init")
    write_file(beside, schema_text("layout"), "init")
    warn(f"convcalc: wrote {file} and {beside}\n  next: convcalc summary {file if '/' in file else './' + file}")
    return 0
