"""`convcalc validate`."""

from __future__ import annotations

from typing import Any

import click

from convcalc.cli.options import CI, output_of, output_options
from convcalc.cli.run import emit

FORMATS = ("table", "json", *CI)


@click.command("validate")
@click.argument("specs", nargs=-1, metavar="FILE...", type=click.Path())
@output_options(FORMATS, figures=False)
def command(**options: Any) -> int:
    """Check layouts: their text, names, shapes and expectations.

    FILE is a path, a directory, a shipped name, or - for standard input. Exit 2 for a file that cannot be used, 1
    where one does not cost what it expects.

    \b
    convcalc validate networks/
    convcalc validate model.yaml --format github
    """
    from convcalc.commands.validate import validate

    output = output_of(options)
    return emit(validate(options.pop("specs")), output, FORMATS)
