"""`compare` as a page: bars, maps side by side, reductions, and the layers of each design; and its bars as a picture."""

from __future__ import annotations

from typing import Any

from convcalc.analysis.metrics import BRIEF, ranked
from convcalc.commands.compare.show import baseline_of, header, parts, reduction_text
from convcalc.formats.page.bars import design_bars
from convcalc.formats.page.layers import layer_tables
from convcalc.formats.page.markup import Page, Picture, Section, drawn, folded, standalone
from convcalc.formats.page.network import distinct, map_metrics, maps
from convcalc.formats.page.tables import MOST_ROWS, body
from convcalc.report.contract import Report

ALSO = ("peak_bytes", "bytes", "floor_seconds")  # metrics that have bars where a report has them, beside the foremost


def page(report: Report, units: str = "exact", columns: str | None = None, **_: Any) -> Page:
    """The comparison."""
    if not report.models:
        return Page("Nothing to compare", "", [])
    bars = bars_of(report)
    found = [Section("Side by side", body(parts(report, None, columns=columns), units, "Comparison") + (drawn(bars) if bars else ""))]
    if where := maps(report.models, map_metrics(report.models)):
        found.append(Section("Where each spends it", where))
    found += [
        Section(f"Layers of {model.name}", folded(f"{len(model.layers):,} layers", layer_tables(model, MOST_ROWS // len(report.models))))
        for model in distinct(report.models)
        if model.layers
    ]
    return Page(" against ".join(model.name for model in report.models), header(report).text, found)


def svg(report: Report, **_: Any) -> str:
    """The bars as a picture."""
    return standalone(header(report).text if report.models else "", [("", bars_of(report) if report.models else None)])


def bars_of(report: Report) -> Picture | None:
    """A bar a design for each of the foremost metrics, and what it saves."""
    base = baseline_of(report)
    metrics = [key for key in (*ranked(BRIEF), *ALSO) if all(key in model.totals for model in report.models)]
    remarks = {key: [remark(reduction_text(model, base, key), model is base) for model in report.models] for key in metrics}
    return design_bars(report.models, metrics, remarks)


def remark(reduction: str, is_base: bool) -> str:
    """` · reduction 8.47×`; nothing for the baseline."""
    return f" · reduction {reduction}" if reduction and not is_base else ""
