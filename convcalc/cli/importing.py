"""`convcalc import`."""

from __future__ import annotations

import click

from convcalc.cli.streams import warn, write, write_file


@click.command("import")
@click.argument("model", metavar="MODEL", type=click.Path())
@click.option("--input", "input", multiple=True, metavar="[NAME=]SHAPE", help="Input where the model leaves it open: 3x224x224.")
@click.option("-o", "--output", "file", metavar="FILE", help="File for the layout, in place of standard output.")
def command(model: str, input: tuple[str, ...], file: str | None) -> int:  # noqa: A002
    """Write a layout for a model: blocks, repeats and paths as a person would have written them.

    MODEL is an ONNX file, or PACKAGE:NAME of what makes a PyTorch module: torchvision.models:resnet50, timm:resnet50,
    mine.models:build. That code is imported and run; give only code that you trust. The layout is read back and held
    against the model before it is written.

    \b
    convcalc import model.onnx -o net.yaml
    convcalc import torchvision.models:resnet50 --input 3x224x224
    """
    from convcalc.commands.importing import imported

    found = imported(model, input)
    if file is None:
        write(found.text)
    else:
        write_file(file, found.text)
        warn(f"convcalc: wrote {file}")
    warn(found.told)
    return 0
