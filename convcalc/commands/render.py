"""`convcalc render`: saved reports, several of a kind merged; nothing is computed."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Any

from convcalc.errors import Diagnostic, for_each, usage
from convcalc.layout.source import read_text
from convcalc.report.contract import Report
from convcalc.report.saved import check_one_convention, load_report

LISTS = ("models", "files", "formulas", "items", "changes", "totals", "findings", "solutions")  # what commands find
ALONE = ("compare", "sweep")  # whose models stand in relation to each other


def saved(paths: str | Sequence[str]) -> Report:
    """The report that files hold, those of several in the order of the files.

    Args:
        paths: reports that were saved with --format json, all of one command and one convention.

    Raises:
        ConvcalcError: for files that cannot be read or are no report, and for reports that do not go together.
    """
    paths = [paths] if isinstance(paths, str) else paths
    if not paths:
        raise usage("no report is given", "save one with --format json, or --output report.json")
    reports = for_each(paths, lambda path: load_report(read_text(path, path), path))
    first, *others = reports
    if not others:
        return first
    if commands := {report.command for report in others} - {first.command}:
        raise usage(f"reports of {first.command} and {', '.join(sorted(commands))} do not go together", "render each alone")
    if first.command in ALONE:
        raise usage(
            f"reports of {first.command} are not merged: they stand for themselves",
            "compare all designs in one run; merge sweeps with convcalc sweep --merge",
        )
    check_one_convention(reports)
    diagnostics: list[Diagnostic] = []
    for report in reports:
        diagnostics += [diagnostic for diagnostic in report.diagnostics if diagnostic not in diagnostics]
    found: dict[str, Any] = {name: tuple(chain.from_iterable(getattr(report, name) for report in reports)) for name in LISTS}
    return first._replace(
        **found,
        diagnostics=tuple(diagnostics),
        exit_code=max(report.exit_code for report in reports),
    )
