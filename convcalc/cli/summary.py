"""`convcalc summary`."""

from __future__ import annotations

from typing import Any

import click

from convcalc.cli.options import PARTS, completed, convention_option, output_of, output_options, running_options, spec_options
from convcalc.cli.run import emit, formats_of


@click.command("summary")
@click.argument("specs", nargs=-1, metavar="SPEC...", shell_complete=completed("specs"))
@click.option("--depth", type=click.IntRange(1), default=2, show_default=True, help="How deep the tree goes.")
@click.option("--by", type=click.Choice(["layer", "op", "stage"]), help="Lines of one kind instead of the tree.")
@click.option(
    "--sort", metavar="METRIC", shell_complete=completed("metrics"), help="Largest first: macs, params, …; METRIC:asc for the smallest."
)
@click.option("--top", type=click.IntRange(1), metavar="N", help="The N first lines, and one for the rest.")
@click.option(
    "--columns", metavar="NAMES", shell_complete=completed("metrics"), help="Columns to show: op,kernel,stride,output,params,macs,share,…"
)
@click.option("--write", metavar="FILE.yaml", help="Also write the network as a layout, with what --replace put into it.")
@click.option("--plot", is_flag=True, help="Draw the stages as bars, and the memory while it runs.")
@spec_options
@running_options
@convention_option
@output_options(PARTS)
def command(write: str | None, **options: Any) -> int:
    """Networks layer by layer: what each costs, and its share.

    SPEC is a shipped network, a path to a layout, path:preset, a directory, or - for standard input.

    \b
    convcalc summary resnet50
    convcalc summary resnet50 --sort macs --top 10
    convcalc summary mobilenet_v2 --set width=0.5 --input 3x160x160
    """
    from convcalc.analysis.metrics import dear
    from convcalc.commands.summary import summary
    from convcalc.commands.summary.show import chosen

    output = output_of(options)
    view = {name: options.pop(name) for name in ("columns", "depth", "plot")}
    names = chosen(view["columns"])  # a wrong name is refused in every format, and before anything is computed
    if view["plot"]:
        names = (*names, "peak_bytes")
    if "html" in formats_of(output, PARTS):
        from convcalc.commands.summary.page import pictured

        names = (*names, *pictured(options["device"]))
    specs = options.pop("specs")
    code = emit(summary(specs, metrics=dear(names), **options), output, PARTS, **view)
    if write is not None:
        write_layout(write, specs, options)
    return code


def write_layout(file: str, specs: tuple[str, ...], options: dict[str, Any]) -> None:
    """Write one network as a layout."""
    from convcalc.cli.streams import warn, write_file
    from convcalc.errors import usage
    from convcalc.inputs.designs import layout_text, read_given
    from convcalc.inputs.execution import running_of

    if len(specs) != 1:
        raise usage("--write: one network at a time", "name one")
    given = read_given(options["set"], options["input"], 1, **running_of(options))
    write_file(file, layout_text(specs[0], given), "--write")
    warn(f"convcalc: wrote {file}")
