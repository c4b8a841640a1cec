"""`convcalc sweep`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from convcalc.analysis.metrics import brief
from convcalc.cli.options import PARTS, completed, output_of, output_options, running_options
from convcalc.cli.run import emit, formats_of
from convcalc.cli.streams import progress, terminal_width, warn, write, write_file
from convcalc.errors import usage
from convcalc.report.contract import Report

if TYPE_CHECKING:
    from convcalc.commands.sweep.run import Swept

FORMATS = (*PARTS, "jsonl")
STREAMED = ("csv", "jsonl")
PROGRAMS = ("json", *STREAMED)  # formats that have all metrics


@click.command("sweep")
@click.argument("designs", nargs=-1, metavar="[DESIGN...]", shell_complete=completed("designs"))
@click.option("--set", "set", multiple=True, metavar="NAME=VALUES", help="An axis: 2,4,8 or 64:512:64 or 32:512:x2 or relu,silu.")
@click.option("--where", metavar="CONDITION", help="Keep points: 'macs < 300M and params < 5M'.")
@click.option(
    "--pareto", metavar="METRICS", shell_complete=completed("metrics"), help="Keep the front: macs,activations or macs,params:max."
)
@click.option("--sort", metavar="METRIC", shell_complete=completed("metrics"), help="Smallest first; METRIC:desc the largest.")
@click.option("--top", metavar="N", help="The N first points.")
@click.option("--sample", metavar="N", help="N points of the grid at random.")
@click.option("--seed", type=int, default=0, show_default=True, help="Random seed for --sample.")
@click.option("--shard", metavar="I/N", help="The part I of N of the grid, for job arrays.")
@click.option("--join", metavar="FILE.csv", help="Measurements by the values of axes, for --where, --pareto and --sort.")
@click.option("--merge", multiple=True, metavar="FILES", help="Instead of a sweep: its parts, saved with --format json.")
@click.option("--dask", metavar="ADDRESS", help="Compute on a dask.distributed cluster.")
@click.option("--plot", is_flag=False, flag_value="-", metavar="[FILE]", help="Draw a scatter here, or as FILE.svg, .png or .pdf.")
@running_options
@click.option(
    "--columns",
    metavar="METRICS",
    shell_complete=completed("metrics"),
    help=f"Metrics.  [default: {','.join(brief())} in tables, else all that add up]",
)
@output_options(FORMATS)
def command(plot: str | None, merge: tuple[str, ...], columns: str | None, **options: Any) -> int:
    """A design space: every point exactly, at NumPy speed.

    DESIGN is a block or network by name or path; several make an axis of their own. The grid is the product of all
    axes: parameters of the design, batch, and its input: cin and hw of a block, hw (or input=3x224x224) of a network.

    \b
    convcalc sweep bottleneck --set cin=256 --set hw=56 --set reduction=2,4,8
    convcalc sweep plain bottleneck --set cin=64:512:64 --set hw=56 --pareto macs,activations
    convcalc sweep mobilenet_v2 --set width=0.25:2:0.25 --where 'macs < 300M' --format csv
    """
    from convcalc.commands.sweep.request import is_bounded

    if plot not in (None, "-"):
        from convcalc.formats.picture import check_file

        check_file(str(plot))
    output = output_of(options)
    options["metrics"] = columns or (None if formats_of(output, FORMATS) & set(PROGRAMS) else brief())
    if output.format in STREAMED and not (output.files or plot or merge or is_bounded(options)):
        return stream(options, output.format)
    found = merge_parts(merge, columns, options) if merge else compute(options)
    report = report_of(found)
    code = emit(report, output, FORMATS)
    if plot is not None:
        draw(report, plot, write if output.format == "table" else warn)
    if found.interrupted:
        warn(f"convcalc: interrupted after {found.done:,} of {found.request.size:,} points; what is shown is of these")
    return code


def compute(options: dict[str, Any]) -> Swept:
    """The points, with a bar where that takes long."""
    from convcalc.commands.sweep import sweep

    with progress("sweep") as more:
        return sweep(options.pop("designs"), **options, progress=more)


def merge_parts(files: tuple[str, ...], columns: str | None, options: dict[str, Any]) -> Swept:
    """The points of saved parts; a shell has made several files of one pattern."""
    from convcalc.commands.sweep.merge import merge_sweeps
    from convcalc.commands.sweep.request import choice_of

    choice = choice_of(options)
    own = {name: value for name, value in options.items() if name not in ("designs", "metrics", "seed", *choice)}
    for name, value in {"columns": columns, **own}.items():
        if value:
            raise usage(f"--merge and --{name} exclude each other", f"merge parts, and choose from them: --{', --'.join(choice)}")
    return merge_sweeps((*files, *options["designs"]), **choice)


def report_of(found: Swept) -> Report:
    """A report of points; exit 1 where parts of them are missing."""
    from convcalc.commands.sweep.show import sweep_fields

    lacking = any(warning.code == "part-missing" for warning in found.warnings)
    fields = sweep_fields(found.points, found.request.shown, found.done, found.met, found.request.asked)
    return Report("sweep", 130 if found.interrupted else int(lacking), **fields, diagnostics=found.warnings)


def draw(report: Report, plot: str, show: Callable[[str], Any]) -> None:
    """A scatter of what points were chosen by, of two metrics or axes at least: on standard error beside data."""
    from convcalc.commands.sweep.page import svg
    from convcalc.commands.sweep.plot import picture, plotted_names, terminal
    from convcalc.formats.picture import SVG

    names = plotted_names(report)
    if len(names) < 2:
        raise usage("--plot: there are not two metrics", "write --columns macs,activations")
    if plot == "-":
        show(terminal(report, names[0], names[1], terminal_width(sys.stdout)))
    else:
        write_file(plot, svg(report) if plot.endswith(SVG) else picture(report, names[0], names[1], plot), "--plot")
        warn(f"convcalc: wrote {plot}")


def stream(options: dict[str, Any], format_: str) -> int:
    """Write points chunk by chunk, however many there are."""
    from convcalc.commands.sweep.request import read_request
    from convcalc.commands.sweep.stream import Stream

    dask = options.pop("dask")
    request = read_request(options.pop("designs"), options.pop("set"), **options)
    for warning in request.warnings:
        warn(f"convcalc: {warning.message}")
    found = Stream(request, format_, dask)
    try:
        with progress("sweep", beside=sys.stdout) as more:
            for text, done in found.texts():
                if not write(text):
                    return 0  # nobody reads on
                if more is not None:
                    more(done, request.size)
    except KeyboardInterrupt:
        warn(f"convcalc: interrupted after {found.done:,} of {request.size:,} points")
        return 130
    for remark in found.remarks():
        warn(f"convcalc: {remark}")
    return 0
