"""`convcalc sweep`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import click

from convcalc.cli.compare import complete_design
from convcalc.cli.formats import FORMATS, renderers
from convcalc.cli.options import SETTINGS, Output, Renderer, emit, file_format, output_options
from convcalc.cli.streams import progress, terminal_width, warn, write, write_file
from convcalc.errors import usage
from convcalc.formats.parts import Parts
from convcalc.report.records import BRIEF, Report

if TYPE_CHECKING:
    from convcalc.commands.sweep.run import Swept

SHOWN = ",".join(BRIEF)
STREAMED = ("csv", "jsonl")
PROGRAMS = ("json", *STREAMED)  # formats that have all metrics
CHOOSERS = ("pareto", "sort", "top")


@click.command("sweep", context_settings=SETTINGS)
@click.argument("designs", nargs=-1, metavar="[DESIGN...]", shell_complete=complete_design)
@click.option("--set", "axes", multiple=True, metavar="NAME=VALUES", help="An axis: 2,4,8 or 64:512:64 or 32:512:x2 or relu,silu.")
@click.option("--where", metavar="CONDITION", help="Keep points: 'macs < 300M and params < 5M'.")
@click.option("--pareto", metavar="METRICS", help="Keep the front: macs,activations or macs,params:max.")
@click.option("--sort", metavar="METRIC", help="Smallest first; METRIC:desc the largest.")
@click.option("--top", metavar="N", help="The N first points.")
@click.option("--sample", metavar="N", help="N points of the grid at random.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of the sample.")
@click.option("--shard", metavar="I/N", help="The part I of N of the grid, for job arrays.")
@click.option("--join", metavar="FILE.csv", help="Measurements by the values of axes, for --where, --pareto and --sort.")
@click.option("--merge", multiple=True, metavar="FILES", help="Instead of a sweep: its parts, saved with --format json.")
@click.option("--dask", metavar="ADDRESS", help="Compute on a dask.distributed cluster.")
@click.option("--plot", is_flag=False, flag_value="-", metavar="[FILE]", help="Draw a scatter here, or as FILE.svg or FILE.png.")
@click.option("--columns", metavar="METRICS", help=f"Metrics.  [default: {SHOWN} in tables, else all]")
@output_options((*FORMATS, "jsonl"))
def command(
    designs: tuple[str, ...],
    axes: tuple[str, ...],
    columns: str | None,
    plot: str | None,
    merge: tuple[str, ...],
    format_: str,
    files: tuple[str, ...],
    color: str,
    **options: Any,
) -> int:
    """A design space: every point exactly, at NumPy speed.

    DESIGN is a block or network by name or path; several make an axis of their own. The grid is the product of all
    axes: parameters of the design, batch, and its input: cin and hw of a block, hw (or input=3x224x224) of a network.

    \b
    convcalc sweep bottleneck --set cin=256 --set hw=56 --set reduction=2,4,8
    convcalc sweep plain bottleneck --set cin=64:512:64 --set hw=56 --pareto macs,activations
    convcalc sweep mobilenet_v2 --set width=0.25:2:0.25 --where 'macs < 300M' --format csv
    """
    if plot not in (None, "-"):
        from convcalc.commands.sweep.plot import check_file

        check_file(str(plot))
    output = Output(format_, files, color)
    formats = [format_, *(file_format(file, writers()) for file in files)]
    options |= {"designs": designs, "set": axes, "metrics": columns or (None if set(formats) & set(PROGRAMS) else SHOWN)}
    if format_ in STREAMED and not (files or plot or merge or any(options[name] for name in CHOOSERS)):
        return stream(options, format_)
    found = merge_parts(merge, options, columns) if merge else compute(options)
    report = report_of(found)
    code = emit(report, output, writers())
    if plot is not None:
        draw(report, plot, found.plan.wanted.names, warn if format_ in PROGRAMS else write)
    if found.interrupted:
        warn(f"convcalc: interrupted after {found.done:,} of {found.plan.size:,} points; what is shown is of these")
    return code


def compute(options: dict[str, Any]) -> Swept:
    """The points, with a bar where that takes long."""
    from convcalc.commands.sweep.run import sweep

    with progress("sweep") as told:
        return sweep(**options, told=told)


def merge_parts(files: tuple[str, ...], options: dict[str, Any], columns: str | None) -> Swept:
    """The points of saved parts; a shell has made several files of one pattern."""
    from convcalc.commands.sweep.merge import merge_sweeps

    refused = {"--columns": columns, **{f"--{name}": options[name] for name in ("set", "dask", "sample", "shard", "join")}}
    for name, value in refused.items():
        if value:
            raise usage(f"--merge and {name} exclude each other", "merge parts, and choose from them: --where, --pareto, --sort, --top")
    return merge_sweeps((*files, *options["designs"]), **{name: options[name] for name in ("where", *CHOOSERS)})


def report_of(found: Swept) -> Report:
    """A report of points; exit 1 where parts of them are missing."""
    from convcalc.commands.sweep.rows import sweep_report

    lacking = any(warning.code == "part-missing" for warning in found.warnings)
    swept = sweep_report(found.points, found.plan.shown, found.done, found.met, found.plan.asked)
    return Report("sweep", diagnostics=found.warnings, exit_code=130 if found.interrupted else int(lacking), sweep=swept)


def draw(report: Report, plot: str, chosen: list[str], show: Callable[[str], Any]) -> None:
    """A scatter of what points were chosen by, of two metrics or axes at least: on standard error beside data."""
    from convcalc.commands.sweep.plot import picture, terminal

    found = report.sweep
    assert found is not None
    numbers = [name for name, values in found.axes if all(isinstance(value, int | float) for value in values)]
    known = (*found.metrics, *numbers)
    names = [name for name in dict.fromkeys((*chosen, "macs", "activations", *known)) if name in known]
    if len(names) < 2:
        raise usage("--plot: there are not two metrics", "write --columns macs,activations")
    if plot == "-":
        show(terminal(found, names[0], names[1], terminal_width(sys.stdout)))
    else:
        write_file(plot, picture(found, names[0], names[1], plot), "--plot")
        warn(f"convcalc: wrote {plot}")


def stream(options: dict[str, Any], format_: str) -> int:
    """Write points chunk by chunk, however many there are."""
    from convcalc.commands.sweep.request import read_plan
    from convcalc.commands.sweep.rows import axis_values, invalid_reports, invalid_text, rows
    from convcalc.commands.sweep.run import chunks, idle, impossible
    from convcalc.commands.sweep.show import csv_header, csv_rows, jsonl_rows
    from convcalc.formats.csv import cell
    from convcalc.space.points import merged

    dask = options.pop("dask")
    plan = read_plan(options.pop("designs"), options.pop("set"), **options)
    for warning in plan.warnings:
        warn(f"convcalc: {warning.message}")
    names, values = [*(axis.name for axis in plan.axes), *plan.shown], axis_values(plan.axes)
    if format_ == "csv":
        values = [[cell(value) for value in table] for table in values]
    done = valid = 0
    invalid: list[Any] = []
    try:
        with progress("sweep", beside=sys.stdout) as told:
            for chunk in chunks(plan, dask):
                found: Iterator[Sequence[Any]] = rows(chunk.points, values, plan.shown)
                head = csv_header(names) if not valid and chunk.valid else ""
                if not write(head + csv_rows(found) if format_ == "csv" else jsonl_rows(names, found)):
                    return 0  # nobody reads on
                done, valid = done + chunk.done, valid + chunk.valid
                invalid = merged([*invalid, *chunk.points.invalid])
                if told is not None:
                    told(chunk.done, plan.size)
    except KeyboardInterrupt:
        warn(f"convcalc: interrupted after {done:,} of {plan.size:,} points")
        return 130
    if not valid and plan.is_whole:
        raise impossible(invalid)
    if not valid and format_ == "csv":
        write(csv_header(names))
    for warning in idle(plan):
        warn(f"convcalc: {warning.message}")
    for reason in invalid_reports(invalid):
        warn(f"convcalc: {invalid_text(reason)}")
    return 0


def writers() -> dict[str, Renderer]:
    """How a sweep is written."""
    return {**renderers(as_parts, as_csv), "jsonl": as_jsonl}


def as_parts(report: Report, width: int | None) -> Parts:
    from convcalc.commands.sweep.show import parts

    return parts(report, width)


def as_csv(report: Report) -> str:
    from convcalc.commands.sweep.show import csv_header, csv_rows
    from convcalc.formats.csv import cell

    names, found = names_and_rows(report)
    return csv_header(names) + csv_rows([*map(cell, row)] for row in found)


def as_jsonl(report: Report, width: int | None, color: bool) -> tuple[str, list[str]]:
    from convcalc.commands.sweep.show import jsonl_rows

    return jsonl_rows(*names_and_rows(report)), []


def names_and_rows(report: Report) -> tuple[list[str], list[tuple[Any, ...]]]:
    if report.sweep is None:
        raise usage("there is no sweep in the report")
    return [*(name for name, _ in report.sweep.axes), *report.sweep.metrics], report.sweep.rows
