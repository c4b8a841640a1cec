"""Diagnostics as workflow commands, which GitHub shows beside the line."""

from __future__ import annotations

from collections.abc import Sequence

from convcalc.errors import Diagnostic
from convcalc.render.text import visible

MOST_SHOWN = 10  # of each kind and step; GitHub drops the rest in silence
KINDS = {"error": "error", "warning": "warning", "note": "notice"}


def github(diagnostics: Sequence[Diagnostic]) -> str:
    """A line a diagnostic; where there are more than GitHub shows, the tenth counts the others."""
    lines: list[str] = []
    for kind in KINDS:
        found = [diagnostic for diagnostic in diagnostics if diagnostic.severity == kind]
        shown = found if len(found) <= MOST_SHOWN else found[: MOST_SHOWN - 1]
        lines += [annotation(diagnostic) for diagnostic in shown]
        if len(shown) < len(found):
            lines.append(f"::{KINDS[kind]} title=convcalc::{len(found) - len(shown)} more; run convcalc validate to see all")
    return "".join(f"{line}\n" for line in lines)


def annotation(diagnostic: Diagnostic) -> str:
    """`::error file=…,line=…,col=…,endColumn=…,title=…::message`."""
    properties = {"title": f"convcalc {diagnostic.code}"}
    if span := diagnostic.span:
        place = {"file": span.source.path.removeprefix("./"), "line": str(span.line), "endLine": str(span.line)}
        properties = {**place, "col": str(span.column), "endColumn": str(span.column + span.length), **properties}
    fields = ",".join(f"{key}={escape(value).replace(':', '%3A').replace(',', '%2C')}" for key, value in properties.items())
    text = diagnostic.message + (f"\n{diagnostic.hint}" if diagnostic.hint else "")
    return f"::{KINDS[diagnostic.severity]} {fields}::{escape(text)}"


def escape(text: str) -> str:
    """GitHub's escaping: the percent sign first, then line ends; other control characters made visible."""
    return "%0A".join(visible(line) for line in text.replace("%", "%25").split("\n")).replace("\r", "%0D")
