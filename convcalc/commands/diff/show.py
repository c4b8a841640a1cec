"""`diff` for people: layers, totals and sentences."""

from __future__ import annotations

from typing import Any

from convcalc.formats.changes import layer_columns, model_name, shown_changes, total_columns
from convcalc.formats.csv import cell
from convcalc.formats.parts import Grid, Paragraph, Parts, counted_by
from convcalc.report.contract import Report
from convcalc.report.plain import record_dict
from convcalc.report.results import ModelChange

MOST_NAMED = 3  # networks in a heading


def parts(report: Report, width: int | None, every: bool = False) -> Parts:
    """Layers, totals and sentences; layers that only follow their input are counted, unless `every` is asked for."""
    changes, following = shown_changes(report.changes, every)
    blocks: Parts = [[Paragraph(heading(report.totals) + counted_by(report), "bold")]]
    blocks += [[Grid(layer_columns(changes))]] if changes else []
    blocks += [[Paragraph(following)]] if following else []
    return [*blocks, [Grid(total_columns(report))], [Paragraph(total.sentence) for total in report.totals]]


def heading(totals: tuple[ModelChange, ...]) -> str:
    """What was compared: `resnet50_v1 → resnet50`."""
    if len(totals) > MOST_NAMED:
        return f"{len(totals)} networks"
    return ", ".join(model_name(total) for total in totals)


def rows(report: Report, **_: Any) -> list[dict[str, Any]]:
    """A row a changed layer; its attributes as `groups=1>256`."""
    found = []
    for change in report.changes:
        attributes = " ".join(f"{a.name}={cell(a.old)}>{cell(a.new)}" for a in change.attributes)
        found.append({**record_dict(change, report.convention.unit), "attributes": attributes})
    return found
