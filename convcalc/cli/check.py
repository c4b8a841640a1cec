"""`convcalc check`."""

from __future__ import annotations

from functools import partial

import click

from convcalc.cli.ci import CI_RENDERERS, SUMMARY, annotated, append_summary, summary_file
from convcalc.cli.formats import FORMATS, renderers
from convcalc.cli.options import SETTINGS, Output, Renderer, convention_option, emit, file_format, output_options
from convcalc.cli.streams import annotate, warn, write_file
from convcalc.cli.summary import complete_spec
from convcalc.commands.check.run import check
from convcalc.errors import ConvcalcError, usage
from convcalc.formats.parts import Parts
from convcalc.report.records import Report


@click.command("check", context_settings=SETTINGS)
@click.argument("specs", nargs=-1, metavar="[SPEC]...", shell_complete=complete_spec)
@click.option("--max", "max_", multiple=True, metavar="METRIC=LIMIT", help="A limit: macs=4.2G, params=26M, layer.macs=300M.")
@click.option("--base", metavar="REV|FILE.json", help="A git revision or saved report to compare with.")
@click.option("--config", metavar="FILE", help="Budgets by pattern, instead of each convcalc.yaml.")
@click.option("--update", is_flag=True, help="Rewrite the limits that are exceeded, in the files where they stand.")
@click.option("--hide-passed", is_flag=True, help="Leave budgets that are met out of tables.")
@click.option("--ci", type=click.Choice(["github"]), help="Also annotate lines (on stderr) and write the step's summary.")
@click.option("--summary", is_flag=True, help=f"Add Markdown to ${SUMMARY}.")
@convention_option
@output_options((*FORMATS, *CI_RENDERERS))
def command(
    specs: tuple[str, ...],
    max_: tuple[str, ...],
    base: str | None,
    config: str | None,
    update: bool,
    hide_passed: bool,
    ci: str | None,
    summary: bool,
    convention: str | None,
    format_: str,
    files: tuple[str, ...],
    color: str,
) -> int:
    """Budgets: exit 1 when one is exceeded.

    SPEC is a network, a file or a directory; those that convcalc.yaml names unless given. Limits come from --max, from
    `budgets` in a spec, and from each convcalc.yaml beside it, in the current directory and above; all of them hold. A
    metric is any of the JSON report, layer.METRIC that of each layer. Limits on growth need --base.

    \b
    convcalc check resnet50 --max macs=4.2G --max params=26M
    convcalc check --base origin/main --ci github
    convcalc check models/net.yaml --update
    """
    if update and "-" in specs:
        raise usage("--update: standard input is no file", "name one")
    step = summary_file(summary)
    output = Output(format_, files, color)
    run = partial(check, specs, max=max_, base=base, convention=convention, config=config)
    try:
        report = run()
        if update and rewrite(report):
            report = run()
    except ConvcalcError as error:
        write_anyway(Report("check", diagnostics=error.diagnostics, exit_code=2), output, step if summary or ci else None)
        raise
    code = emit(report, output, writers(hide_passed))
    if ci == "github" and format_ != "github":
        annotate(annotated(report))
    if step is not None and (summary or ci == "github"):
        append_summary(step, as_comment(hide_passed, report, None, False)[0])
    return code


def write_anyway(report: Report, output: Output, step: str | None) -> None:
    """Write what went wrong where the report was to go, so that nobody reads an older one for it."""
    found = writers()
    for file in output.files:
        write_file(file, found[file_format(file, found)](report, None, False)[0])
    if step is not None:
        append_summary(step, as_comment(False, report, None, False)[0])


def writers(hide_passed: bool = False) -> dict[str, Renderer]:
    """Markdown is a comment here; the rest is as everywhere."""
    return {**renderers(partial(as_parts, hide_passed), as_csv), "markdown": partial(as_comment, hide_passed), **CI_RENDERERS}


def rewrite(report: Report) -> bool:
    """Write the limits that are exceeded into their files; whether there were any."""
    from convcalc.commands.check.update import updated

    edits = updated(report.findings)
    for edit in edits:
        write_file(edit.path, edit.text, "--update")
        for line in edit.told:
            warn(f"convcalc: {line}")
    if not edits and report.exit_code:
        raise usage("--update: the limits that are exceeded stand in no file", "raise the option --max")
    return bool(edits)


def as_parts(hide_passed: bool, report: Report, width: int | None) -> Parts:
    from convcalc.commands.check.show import parts

    return parts(report, width, hide_passed)


def as_comment(hide_passed: bool, report: Report, width: int | None, color: bool) -> tuple[str, list[str]]:
    from convcalc.commands.check.show import comment

    return comment(report, hide_passed), []


def as_csv(report: Report) -> str:
    from convcalc.formats.csv import render_findings

    return render_findings(report)
