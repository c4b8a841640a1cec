"""`convcalc check`."""

from __future__ import annotations

from functools import partial
from typing import Any

import click

from convcalc.cli.ci import SUMMARY, annotated, append_summary, summary_file
from convcalc.cli.options import CI, PARTS, Output, completed, convention_option, output_of, output_options, running_options
from convcalc.cli.run import emit, file_format, rendered
from convcalc.cli.streams import annotate, warn, write_file
from convcalc.errors import ConvcalcError, usage
from convcalc.report.contract import Report

FORMATS = (*PARTS, *CI)


@click.command("check")
@click.argument("specs", nargs=-1, metavar="[SPEC]...", shell_complete=completed("specs"))
@click.option(
    "--max",
    "max",
    multiple=True,
    metavar="METRIC=LIMIT",
    shell_complete=completed("limits"),
    help="A limit: macs=4.2G, params=26M, layer.macs=300M.",
)
@click.option("--base", metavar="REV|FILE.json", help="A git revision or saved report to compare with.")
@click.option("--config", metavar="FILE", help="Budgets by pattern, instead of each convcalc.yaml.")
@click.option("--update", is_flag=True, help="Rewrite the limits that are exceeded, in the files where they stand.")
@click.option("--hide-passed", is_flag=True, help="Leave budgets that are met out of tables.")
@click.option("--ci", type=click.Choice(["github"]), help="Also annotate lines (on stderr) and write the step's summary.")
@click.option("--summary", is_flag=True, help=f"Add Markdown to ${SUMMARY}.")
@running_options
@convention_option
@output_options(FORMATS)
def command(update: bool, ci: str | None, summary: bool, hide_passed: bool, **options: Any) -> int:
    """Budgets: exit 1 when one is exceeded.

    SPEC is a network, a file or a directory; those that convcalc.yaml names unless given. Limits come from --max, from
    `budgets` in a spec, and from each convcalc.yaml beside it, in the current directory and above; all of them hold. A
    metric is any of the JSON report, layer.METRIC that of each layer. Limits on growth need --base.

    \b
    convcalc check resnet50 --max macs=4.2G --max params=26M
    convcalc check --base origin/main --ci github
    convcalc check models/net.yaml --update
    """
    from convcalc.commands.check import check

    output = output_of(options)
    if update and "-" in options["specs"]:
        raise usage("--update: standard input is no file", "name one")
    step = summary_file(summary)
    run = partial(check, options.pop("specs"), **options)
    try:
        report = run()
        if update and rewrite(report):
            report = run()
    except ConvcalcError as error:
        write_anyway(Report("check", 2, diagnostics=error.diagnostics), output, step if summary or ci else None)
        raise
    code = emit(report, output, FORMATS, hide_passed=hide_passed)
    if ci == "github" and output.format != "github":
        annotate(annotated(report))
    if step is not None and (summary or ci == "github"):
        append_summary(step, rendered(report, "markdown", None, False, hide_passed=hide_passed)[0])
    return code


def write_anyway(report: Report, output: Output, step: str | None) -> None:
    """Write what went wrong where the report was to go, so that nobody reads an older one for it."""
    for file in output.files:
        write_file(file, rendered(report, file_format(file, FORMATS), None, False)[0])
    if step is not None:
        append_summary(step, rendered(report, "markdown", None, False)[0])


def rewrite(report: Report) -> bool:
    """Write the limits that are exceeded into their files; whether there were any."""
    from convcalc.commands.check.update import updated

    edits = updated(report.findings)
    for edit in edits:
        write_file(edit.path, edit.text, "--update")
        for line in edit.lines:
            warn(f"convcalc: {line}")
    if not edits and report.exit_code:
        raise usage("--update: the limits that are exceeded stand in no file", "raise the option --max")
    return bool(edits)
