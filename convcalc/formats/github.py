"""Remarks as workflow commands, which GitHub shows beside the line."""

from __future__ import annotations

from convcalc.formats.remarks import Remark, Where, remarks
from convcalc.formats.text import broken, visible
from convcalc.report.contract import Report

MOST_SHOWN = 10  # of each kind and step; GitHub drops the rest in silence
KINDS = {"error": "error", "warning": "warning", "note": "notice"}


def render(report: Report, where: Where) -> str:
    """A line a remark; where there are more than GitHub shows, the tenth counts the others."""
    lines: list[str] = []
    known = remarks(report, where)
    for level, kind in KINDS.items():
        found = [remark for remark in known if remark.level == level]
        shown = found if len(found) <= MOST_SHOWN else found[: MOST_SHOWN - 1]
        lines += [annotation(remark) for remark in shown]
        if len(shown) < len(found):
            lines.append(f"::{kind} title=convcalc::{len(found) - len(shown)} more; run convcalc {report.command} to see all")
    return "".join(f"{line}\n" for line in lines)


def annotation(remark: Remark) -> str:
    """`::error file=…,line=…,col=…,endColumn=…,title=…::message`."""
    properties = {"title": f"convcalc {remark.rule}"}
    if remark.path:
        place = {"file": remark.path, "line": str(remark.line), "endLine": str(remark.line), "col": str(remark.column)}
        end = {"endColumn": str(remark.end_column)} if remark.end_column is not None else {}
        properties = {**place, **end, **properties}
    fields = ",".join(f"{key}={escape(value).replace(':', '%3A').replace(',', '%2C')}" for key, value in properties.items())
    return f"::{KINDS[remark.level]} {fields}::{escape(remark.text)}"


def escape(text: str) -> str:
    """GitHub's escaping: the percent sign first, then line ends; other control characters made visible."""
    return "%0A".join(broken(visible(line)) for line in text.replace("%", "%25").split("\n")).replace("\r", "%0D")
