"""`convcalc help`."""

from __future__ import annotations

import sys

import click

from convcalc.cli.options import completed
from convcalc.cli.streams import terminal_height, terminal_width, wants_color, write


@click.command("help")
@click.argument("topic", required=False, shell_complete=completed("topics"))
@click.pass_context
def command(context: click.Context, topic: str | None) -> int:
    """The manual: guides, and a page on each op, metric, function and command.

    On a terminal it is laid out and shown page by page; into a pipe it is Markdown.

    \b
    convcalc help
    convcalc help language
    convcalc help conv
    """
    from convcalc.cli import COMMANDS, cli
    from convcalc.commands.help import contents, page

    text = page(topic, COMMANDS) if topic else contents(COMMANDS)
    if topic in COMMANDS:
        found = cli.get_command(context, topic)
        assert found is not None and context.parent is not None
        with click.Context(found, info_name=topic, parent=context.parent) as own:
            options = own.get_help()
        text = f"{text}\n## Options\n\n```text\n{options}\n```\n" if text else f"{options}\n"
        if not text.startswith("#"):
            write(text)
            return 0
    width = terminal_width(sys.stdout)
    if not sys.stdout.isatty() or width is None:
        write(text)
        return 0
    from convcalc.formats.manual import laid_out

    color = wants_color("auto", sys.stdout)
    shown = laid_out(text, width, color)
    if shown.count("\n") < terminal_height():
        write(shown)
    else:
        click.echo_via_pager(shown, color=color)
    return 0
