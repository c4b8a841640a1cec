"""`diff` as a page: what changed, and maps of both sides where the report has them."""

from __future__ import annotations

from typing import Any

from convcalc.commands.diff.show import heading, parts
from convcalc.formats.page.markup import Page, Section, unique
from convcalc.formats.page.network import map_metrics, maps
from convcalc.formats.page.tables import body
from convcalc.formats.parts import counted_by
from convcalc.report.contract import Report


def page(report: Report, units: str = "exact", **view: Any) -> Page:
    """The changes, then before and after."""
    found = [Section("What changed", body(parts(report, None, **view), units, "Changes"))]
    names = unique([after.name for after in report.models[1::2]], " ")
    for name, before, after in zip(names, report.models[::2], report.models[1::2], strict=False):
        pair = [before._replace(name=f"{name}, before: {before.name}"), after._replace(name=f"{name}, after")]
        if where := maps(pair, map_metrics(pair), common=True):
            found.append(Section(f"{name} before and after", where))
    return Page(heading(report.totals), counted_by(report).removeprefix(" · "), found)
