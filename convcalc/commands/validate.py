"""`convcalc validate`: files checked, nothing else."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from convcalc.analysis.totals import totals
from convcalc.core.trace import Trace, trace
from convcalc.errors import MOST_ERRORS, ConvcalcError, Diagnostic, too_many_errors
from convcalc.files.find import spec_files
from convcalc.inputs.designs import read_spec, unmet
from convcalc.layout.check_names import most_parts, too_many_parts
from convcalc.layout.library import Library, is_config, is_path
from convcalc.layout.model import Layout
from convcalc.layout.network import build_network, check_layout
from convcalc.layout.source import read_text
from convcalc.report.contract import Report
from convcalc.report.results import FileReport
from convcalc.rules import conventions, devices

READERS: dict[str, Callable[[str, str], object]] = {"convention": conventions.load, "device": devices.load}


def validate(specs: str | Sequence[str]) -> Report:
    """Check files: their text, the names in them, their shapes where they give an input, what they expect to cost.

    Args:
        specs: files, directories, shipped names, or "-" for standard input. All presets of a file are checked; of
            conventions, devices and of a convcalc.yaml the text.

    Returns:
        A report with one entry a file. `exit_code` is 0 where all is well, 1 where an expectation does not hold, 2
        for a file that cannot be used; the diagnostics say why.
    """
    files = []
    found: list[Diagnostic] = []
    for spec in spec_files(specs, config=True):
        diagnostics = check_spec(spec)
        found += [diagnostic for diagnostic in diagnostics if diagnostic not in found]
        status = "error" if any(d.code != "expect-differs" for d in diagnostics) else "fail" if diagnostics else "ok"
        files.append(FileReport(spec, status))
    statuses = {file.status for file in files}
    code = 2 if "error" in statuses else 1 if "fail" in statuses else 0
    return Report("validate", code, files=tuple(files), diagnostics=tuple(found))


def check_spec(spec: str) -> list[Diagnostic]:
    """Everything that is wrong with a file and its presets."""
    library = Library()  # one a file, so that no file's errors hide another's
    try:
        if (load := reader_of(spec)) is not None:
            load(spec, spec)
            return []
        if is_config(spec):
            check_config(spec)
            return []
        design = read_spec(library, spec)
        check_layout(library, design.layout)
        check_budgets(design.layout)
    except ConvcalcError as error:
        return list(error.diagnostics)
    layout = library.files[design.layout.path]  # without what a preset has set
    found: dict[Diagnostic, None] = {}
    rows, most = 0, most_parts(library)
    for variant in (layout, *(layout.with_preset(name) for name in layout.presets)):
        try:
            traced = trace_alone(library, variant)
            found |= dict.fromkeys(unmet(variant, totals(traced), "error") if traced is not None else ())
            rows += len(traced.rows) if traced is not None else 0
        except ConvcalcError as error:
            found |= dict.fromkeys(error.diagnostics)
        if rows > most:
            return [*found, too_many_parts(f"`{layout.name}` with all its presets", most, layout.span)]
        if len(found) >= MOST_ERRORS:
            return list(too_many_errors(list(found)[:MOST_ERRORS]).diagnostics)
    return list(found)


def reader_of(spec: str) -> Callable[[str, str], object] | None:
    """What reads a file that is no layout, by the key that only such files have."""
    if not is_path(spec) or not spec.endswith((".yaml", ".yml")):
        return None
    text = f"\n{read_text(spec, spec)}"
    return next((load for key, load in READERS.items() if f"\n{key}:" in text), None)


def trace_alone(library: Library, layout: Layout) -> Trace | None:
    """The trace of a layout that runs alone; None of any other."""
    alone = all(written is not None for written in layout.inputs.values())
    if not alone or any(parameter.default is None for parameter in layout.params.values()):
        return None
    return trace(build_network(library, layout, {}, checked=True))


def check_config(path: str) -> None:
    from convcalc.rules.budgets import read_config  # only those who have budgets pay for their reader

    read_config(path)


def check_budgets(layout: Layout) -> None:
    if layout.budgets is not None:
        from convcalc.rules.budgets import own_budgets

        own_budgets(layout.budgets)


def table(report: Report) -> str:
    """Findings first, the count last: it is what stays in sight."""
    from convcalc.formats.diagnostics import diagnostics_text

    count, errors = len(report.files), sum(d.severity == "error" for d in report.diagnostics)
    checked = f"{count} file{'s' * (count != 1)} checked"
    verdict = f"{errors} error{'s' * (errors != 1)}" if errors else "all is well"
    return "".join(f"{part}\n" for part in (diagnostics_text(report.diagnostics), f"{checked}, {verdict}") if part)
