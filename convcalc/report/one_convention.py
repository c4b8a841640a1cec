"""Reports that are held against each other."""

from __future__ import annotations

from convcalc.errors import ConvcalcError, Diagnostic
from convcalc.report.records import Report


def check_conventions(reports: list[Report]) -> None:
    """Refuse to hold figures against each other that were counted by different rules."""
    names = {f"{report.convention.name} {report.convention.version}".strip() for report in reports}
    if len(names) > 1:
        message = f"reports made under different conventions cannot be compared: {', '.join(sorted(names))}"
        raise ConvcalcError(Diagnostic("convention-differs", message, None, "make both with the same --convention"))
