"""`convcalc sweep`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import click

from convcalc.api.merge import merge_sweeps
from convcalc.api.sweep import Plan, checked, chunks, impossible, read_plan, sweep
from convcalc.cli.compare import complete_design
from convcalc.cli.formats import FORMATS, renderers
from convcalc.cli.options import SETTINGS, Output, Renderer, emit, output_options
from convcalc.cli.output import progress, warn, write, write_file
from convcalc.errors import usage
from convcalc.render.parts import Parts
from convcalc.report.model import ADDITIVE, Report
from convcalc.report.sweep import rows, sweep_report
from convcalc.space.points import merged

SHOWN = "params,macs,activations"  # in a table, unless others are asked for
STREAMED = ("csv", "jsonl")


@click.command("sweep", context_settings=SETTINGS)
@click.argument("designs", nargs=-1, metavar="DESIGN...", shell_complete=complete_design)
@click.option("--set", "axes", multiple=True, metavar="NAME=VALUES", help="An axis: 2,4,8 or 64:512:64 or 32:512:x2 or relu,silu.")
@click.option("--where", metavar="CONDITION", help="Keep points: 'macs < 300M and params < 5M'.")
@click.option("--pareto", metavar="METRICS", help="Keep the front: macs,activations or macs,params:max.")
@click.option("--sort", metavar="METRIC", help="Smallest first; METRIC:desc the largest.")
@click.option("--top", metavar="N", help="The N first points.")
@click.option("--sample", metavar="N", help="N points of the grid at random.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of the sample.")
@click.option("--shard", metavar="I/N", help="The part I of N of the grid, for job arrays.")
@click.option("--join", metavar="FILE.csv", help="Measurements by the values of axes, for --where, --pareto and --sort.")
@click.option("--merge", multiple=True, metavar="FILE.json", help="Instead of a sweep: its parts, saved with --format json.")
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
    axes: parameters of the design, for a block cin, cout, hw and batch too, for a network its input.

    \b
    convcalc sweep bottleneck --set cin=256 --set hw=56 --set reduction=2,4,8
    convcalc sweep plain bottleneck --set cin=64:512:64 --set hw=56 --pareto macs,activations
    convcalc sweep mobilenet_v2 --set width=0.25:2:0.25 --where 'macs < 300M' --format csv
    """
    people = format_ not in ("json", *STREAMED) and not any(file.endswith((".json", ".csv")) for file in files)
    asked = columns or (SHOWN if people else None)
    if format_ in STREAMED and not (files or plot or merge or options["dask"] or options["pareto"] or options["sort"] or options["top"]):
        return stream(read_plan(designs, axes, metrics=columns, **{key: value for key, value in options.items() if key != "dask"}), format_)
    if merge:
        found = merge_sweeps(merge, **{key: options[key] for key in ("where", "pareto", "sort", "top")})
    else:
        with progress("sweep") as told:
            found = sweep(designs, set=axes, metrics=asked, told=told, **options)
    metrics = [name for name in found.plan.shown if asked is None or name not in ADDITIVE or name in [*asked.split(","), *used(found.plan)]]
    report = Report(
        "sweep",
        diagnostics=found.warnings,
        exit_code=130 if found.interrupted else 0,
        sweep=sweep_report(found.points, range(found.points.size) if found.front is not None else None, found.done, metrics),
    )
    code = emit(report, Output(format_, files, color), writers())
    if plot is not None:
        draw(report, plot, used(found.plan))
    if found.interrupted:
        warn(f"convcalc: interrupted after {found.done:,} of {found.plan.size:,} points; what is shown is of these")
    return code


def draw(report: Report, plot: str, chosen: list[str]) -> None:
    """A scatter of the first two metrics that points were chosen by, or that are shown: on standard error beside data."""
    from convcalc.render.plot import picture, terminal

    found = report.sweep
    assert found is not None
    names = list(dict.fromkeys([*chosen, "macs", "activations", *found.metrics]))
    shown = [name for name in names if name in found.metrics]
    if len(shown) < 2:
        raise usage("--plot: there are not two metrics", "write --columns macs,activations")
    if plot == "-":
        write(terminal(found, shown[0], shown[1]))
    else:
        write_file(plot, picture(found, shown[0], shown[1], plot), "--plot")
        warn(f"convcalc: wrote {plot}")


def used(plan: Plan) -> list[str]:
    """Metrics that points were chosen by."""
    return [goal.name for goal in (*plan.wanted.goals, plan.wanted.sort) if goal is not None]


def stream(plan: Plan, format_: str) -> int:
    """Write points chunk by chunk, however many there are."""
    from convcalc.render.sweep import csv_header, csv_rows, invalid_text, jsonl_rows
    from convcalc.report.sweep import invalid_reports

    for warning in checked(plan):
        warn(f"convcalc: {warning.message}")
    names = [*(axis.name for axis in plan.axes), *plan.shown]
    done = valid = 0
    invalid: list[Any] = []
    try:
        for chunk in chunks(plan):
            found: Iterator[Sequence[Any]] = rows(chunk.points, plan.shown)
            head = csv_header(names) if not valid and chunk.valid else ""
            if not write(head + csv_rows(found) if format_ == "csv" else jsonl_rows(names, found)):
                return 0  # nobody reads on
            done, valid = done + chunk.done, valid + chunk.valid
            invalid = merged([*invalid, *chunk.points.invalid])
    except KeyboardInterrupt:
        warn(f"convcalc: interrupted after {done:,} of {plan.size:,} points")
        return 130
    if not valid:
        raise impossible(invalid)
    for reason in invalid_reports(invalid):
        warn(f"convcalc: {invalid_text(reason)}")
    return 0


def writers() -> dict[str, Renderer]:
    """How a sweep is written."""
    return {**renderers(as_parts, as_csv), "jsonl": as_jsonl}


def as_parts(report: Report, width: int | None) -> Parts:
    from convcalc.render.sweep import parts

    return parts(report, width)


def as_csv(report: Report) -> str:
    from convcalc.render.sweep import csv_header, csv_rows

    names, found = names_and_rows(report)
    return csv_header(names) + csv_rows(found)


def as_jsonl(report: Report, width: int | None, color: bool) -> tuple[str, list[str]]:
    from convcalc.render.sweep import jsonl_rows

    return jsonl_rows(*names_and_rows(report)), []


def names_and_rows(report: Report) -> tuple[list[str], list[tuple[Any, ...]]]:
    if report.sweep is None:
        raise usage("there is no sweep in the report")
    return [*(name for name, _ in report.sweep.axes), *report.sweep.metrics], report.sweep.rows
