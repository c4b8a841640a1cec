"""The command line: load → analyse → report → render → exit code. No arithmetic here.

Start-up is paid at every call: this file imports click alone, and a command's file only when it runs. The short
helps stand in the table below, so that `--help` imports no command.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any

import click

GROUPS = {
    "Inspect": {
        "summary": "Networks layer by layer: what each costs, and its share.",
        "explain": "Every formula of an op, block or layer, with the numbers put in.",
        "memory": "Does it fit: the peak of live values, what lives then, and the weights.",
        "training": "A step of training: MACs backward, what is saved, gradients, optimizer.",
        "roofline": "No faster than: the floor of a network on a device, and what binds it.",
        "conventions": "One network under every counting convention, and why they differ.",
    },
    "Compare": {
        "compare": "Designs side by side: parameters, MACs, FLOPs, activations and their reductions.",
        "diff": "What a change does to the cost, layer by layer.",
        "suggest": "What other designs would save in the place of each layer.",
    },
    "Search": {
        "sweep": "A design space: every point exactly, at NumPy speed.",
        "solve": "The largest design within limits; where two designs cost the same.",
    },
    "Review": {
        "check": "Budgets: exit 1 when one is exceeded.",
        "render": "Saved reports in another format, several merged.",
        "validate": "Check layouts: their text, names, shapes and expectations.",
    },
    "Set up": {
        "init": "Write a commented starter network or budgets, or print what sets up a CI.",
        "import": "Write a layout for a model: an ONNX file, or a PyTorch module.",
        "list": "What there is: blocks, networks, ops, functions, conventions, metrics, devices.",
        "schema": "JSON Schema of the layout language, or of the JSON output.",
        "help": "The manual: guides, and a page on each op, metric and command.",
    },
}
COMMANDS = {name: short for commands in GROUPS.values() for name, short in commands.items()}

# Files named list.py and help.py would put a module in the place of the builtin, here of all places.
FILES = {"list": "listing", "help": "manual", "import": "importing"}

EXAMPLES = """\b
Examples:
  convcalc compare --cin 256 --cout 256 --hw 56
  convcalc compare plain bottleneck:reduction=8 ./mine.yaml --cin 256 --hw 56
  convcalc summary resnet50 --format json
  convcalc help language

Figures are MACs unless --convention says otherwise: multiply-accumulates of convolutions, linear layers and matrix
products; FLOPs are two a MAC; bias, norm, activation, pooling and joins are counted apart (convcalc help conventions).

Exit codes: 0 fine, 1 a check failed, 2 bad usage or bad input, 3 a bug in convcalc, 130 interrupted.
"""


class LazyGroup(click.Group):
    """Commands by name, each in a file of its own; options given before the command count as given after it."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"convcalc.cli.{FILES.get(cmd_name, cmd_name)}").command
        command.help = command.help or COMMANDS[cmd_name]  # python -OO drops docstrings
        command.add_help_option = False
        if HELP not in command.params:  # click asks for a command more than once
            command.params.append(HELP)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        width = max(map(len, COMMANDS))
        for group, commands in GROUPS.items():
            with formatter.section(group):
                formatter.write_dl([(f"{name:{width}}", short) for name, short in commands.items()])

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        names = [number for number, text in enumerate(args) if text in COMMANDS]
        own = {"-h", "--help", "-V", "--version"}
        if args[:1] == ["--"]:
            args = args[1:]  # no option stands before it
        if names and args[0].startswith("-") and not own & set(args[: names[0]]):
            args = [args[names[0]], *args[: names[0]], *args[names[0] + 1 :]]
        return super().parse_args(ctx, args)

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.exceptions.NoSuchCommand:
            raise click.exceptions.NoSuchCommand(args[0], possibilities=COMMANDS, ctx=ctx) from None


def print_help(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:  # as when a shell asks what may follow
        click.echo(ctx.get_help(), color=ctx.color)
        ctx.exit()


# Of every command. Click's own asks gettext for its one sentence, which reads the tables of all locales at every call.
HELP = click.Option(
    ["-h", "--help"], is_flag=True, expose_value=False, is_eager=True, callback=print_help, help="Show this message and exit."
)


def print_version(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:
        from convcalc.version import __version__

        click.echo(f"convcalc {__version__}")
        ctx.exit()


@click.group(
    cls=LazyGroup,
    name="convcalc",
    invoke_without_command=True,
    context_settings={"max_content_width": 100},
    add_help_option=False,
    epilog=EXAMPLES,
)
@click.option("-V", "--version", is_flag=True, expose_value=False, is_eager=True, callback=print_version, help="Show the version and exit.")
@click.pass_context
def cli(ctx: click.Context) -> None:
    """Exact MACs, FLOPs and parameters of convolutional networks. No framework needed."""
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


cli.params.append(HELP)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and give its exit code."""
    args = list(sys.argv[1:] if arguments is None else arguments)
    try:
        code: Any = cli.main(args, prog_name="convcalc", standalone_mode=False)
        return int(code or 0)
    except KeyboardInterrupt:
        return failed(args, 130, None)
    except Exception as error:  # the last place that may catch everything: a bug must not look like a finding
        return failed(args, 3, error)


def failed(args: list[str], code: int, error: Exception | None) -> int:
    """Report what ended a command, where its kind of output goes."""
    from convcalc.cli.failure import report_failure

    return report_failure(COMMANDS, args, code, error)
