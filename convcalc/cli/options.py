"""Options that several commands have."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

import click

from convcalc.record import NamedTuple

PARTS = ("table", "json", "csv", "markdown", "html", "svg")  # formats of every command that has a table
UNITS = ("exact", "auto", "k", "M", "G")
CI = ("github", "junit", "gitlab", "sarif")  # formats that a CI reads
ALSO = "Also write FILE as its suffix says: .json .csv .md .txt .html .svg; .xml (JUnit) and .sarif where there are such."
Command = Callable[..., Any]


class Output(NamedTuple):
    """What the common options say."""

    format: str
    files: tuple[str, ...]
    color: str
    units: str = "exact"


def completed(what: str) -> Callable[[click.Context, click.Parameter, str], list[Any]]:
    """Completion by a function of `cli.complete`, which is imported when it is asked."""

    def complete(_: click.Context, __: click.Parameter, incomplete: str) -> list[Any]:
        found: list[Any] = getattr(import_module("convcalc.cli.complete"), what)(incomplete)
        return found

    return complete


def output_options(formats: tuple[str, ...], figures: bool = True) -> Callable[[Command], Command]:
    """The options --format, --output, --color and, of tables with figures, --units; `output_of` takes them out of a command's."""
    units = click.option("--units", type=click.Choice(UNITS), default="exact", show_default=True, help="Figures in tables: 4.09 G.")

    def decorate(function: Command) -> Command:
        for option in (
            *((units,) if figures else ()),
            click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", show_default=True, help="Colour."),
            click.option("-o", "--output", "files", multiple=True, metavar="FILE", help=ALSO),
            click.option(
                "-f", "--format", "format_", type=click.Choice(formats), default="table", show_default=True, help="Output format."
            ),
        ):
            function = option(function)
        return function

    return decorate


def output_of(options: dict[str, Any]) -> Output:
    """Where a command's output goes, taken out of its options."""
    return Output(options.pop("format_"), options.pop("files"), options.pop("color"), options.pop("units", "exact"))


def spec_options(function: Command) -> Command:
    """The options that put others in place of a network's own parameters and input."""
    for option in (
        click.option("--batch", metavar="N", default="1", show_default=True, help="Samples."),
        click.option("--input", "input", multiple=True, metavar="[NAME=]SHAPE", help="Another input: 3x288x288."),
        click.option("--set", "set", multiple=True, metavar="NAME=VALUE", help="Set a parameter of the network."),
    ):
        function = option(function)
    return function


# How a network is run and trained: words of options, and what click is told of them.
RUNNING: dict[str, dict[str, Any]] = {
    "--dtype": {"metavar": "TYPE", "help": "Type of values and weights: fp32, fp16, int8, …  [default: fp32]"},
    "--weights-dtype": {"metavar": "TYPE", "help": "Type of weights, where it is another."},
    "--in-place": {
        "metavar": "WHAT",
        "help": "What is written onto its input: none, activations, fused, fused-add, depthwise.  [default: fused]",
    },
    "--hold-input": {"is_flag": True, "help": "The caller keeps the input."},
    "--optimizer": {"metavar": "NAME", "help": "Optimizer: sgd, momentum, adam, adamw, …  [default: sgd]"},
    "--amp": {"metavar": "TYPE", "help": "Automatic mixed precision: bf16 or fp16."},
    "--device": {
        "metavar": "NAME",
        "shell_complete": completed("devices"),
        "help": "A device for floors and times: a100-sxm-80gb, or a path.",
    },
    "--cached": {"is_flag": True, "help": "The device's cache holds values between layers."},
    "--freeze": {"multiple": True, "metavar": "PATH", "help": "What is not trained: stem, layer1, '*.norm'."},
    "--replace": {"multiple": True, "metavar": "WHERE=DESIGN", "help": "A design in the place of layers: 'conv[kernel > 1]=bottleneck'."},
    "--replace-where-possible": {"is_flag": True, "help": "Leave layers as they are that cannot be replaced."},
    "--checkpoint": {"multiple": True, "metavar": "PATH", "help": "What is computed again for the backward pass: layer1, 'layer*.*'."},
}


def running(*names: str) -> Callable[[Command], Command]:
    """Some of the options that say how a network is run and trained."""

    def decorate(function: Command) -> Command:
        for name in reversed(names):
            function = click.option(name, **RUNNING[name])(function)
        return function

    return decorate


REPLACING = ("--replace", "--replace-where-possible")
running_options = running("--dtype", "--in-place", "--optimizer", "--device", "--cached", *REPLACING)  # of commands about all
convention_option = click.option(
    "--convention",
    metavar="NAME",
    shell_complete=completed("conventions"),
    help="How `counted` counts: fvcore, thop, torch, …, or a path.  [default: mac]",
)
