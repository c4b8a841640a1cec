"""A sweep for people and for programs: a line a point."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from typing import Any

from convcalc.analysis.metrics import ADDITIVE
from convcalc.commands.sweep.rows import invalid_text
from convcalc.formats.csv import cell
from convcalc.formats.parts import Column, Grid, Paragraph, Parts
from convcalc.report.numbers import exact_text
from convcalc.report.records import BRIEF, MAC, Report, SweepReport

MOST_SHOWN = 50  # lines of a table


def parts(report: Report, width: int | None) -> Parts:
    """The points, as many as people read; then what could not be built, and how many there are."""
    found = report.sweep
    assert found is not None
    rows = found.rows[:MOST_SHOWN]
    columns = []
    for place, name in enumerate([*(name for name, _ in found.axes), *found.metrics]):
        if place >= len(found.axes) and name not in shown(found):
            continue
        number = place >= len(found.axes) or all(not isinstance(value, str) for value in found.axes[place][1])
        columns.append(Column(name, [text(row[place]) for row in rows], number, rank=max(0, place - len(found.axes))))
    blocks: Parts = [[Grid(columns)]] if found.rows else []
    invalid = [Paragraph(invalid_text(reason)) for reason in found.invalid]
    blocks += [[*invalid]] if invalid else []
    return [*blocks, [Paragraph(verdict(found)), Paragraph(f"Convention {MAC.name}: {MAC.counts}", "dim")]]


def shown(found: SweepReport) -> list[str]:
    """Of all metrics those that people ask for first, those that points were chosen by, and what was measured."""
    if not set(ADDITIVE) <= set(found.metrics):
        return list(found.metrics)
    chosen = [goal.partition(":")[0].strip() for goal in f"{found.asked.pareto or ''},{found.asked.sort or ''}".split(",")]
    return [name for name in found.metrics if name in (*BRIEF, *chosen) or name not in ADDITIVE]


def text(value: Any) -> str:
    return exact_text(value) if isinstance(value, int) and not isinstance(value, bool) else str(cell(value))


def verdict(found: SweepReport) -> str:
    """`30 points on the front of params:max,macs, of 402 that meet macs < 300M, of 1,512`."""
    asked, count = found.asked, len(found.rows)
    chosen = f" on the front of {asked.pareto}" if asked.pareto is not None else ""
    chosen += f", the first{f' by {asked.sort}' if asked.sort else ''}" if asked.top is not None else ""
    conditions = [*(["are measured"] if asked.join else []), *([f"meet {asked.where}"] if asked.where else [])]
    told = f" that {' and '.join(conditions)}" if conditions else ""
    first = f"{count:,} point{'s' * (count != 1)}{chosen or told}"
    steps = [first, *([f"{found.met:,}{told}"] if chosen and told else []), f"{found.done:,}"]
    more = f"; the first {MOST_SHOWN} are shown, --format csv has all" if count > MOST_SHOWN else ""
    return (", of " if chosen or told else " of ").join(steps) + more


def csv_header(names: Sequence[str]) -> str:
    return line([*names, "convention"])


def csv_rows(rows: Iterable[Sequence[Any]]) -> str:
    """Lines of points, whose values are cells already; the convention last."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows((*row, MAC.name) for row in rows)
    return out.getvalue()


def line(cells: Sequence[str]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerow(cells)
    return out.getvalue()


def jsonl_rows(names: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """An object a line, the convention last."""
    return "".join(json.dumps({**dict(zip(names, row, strict=True)), "convention": MAC.name}, allow_nan=False) + "\n" for row in rows)
