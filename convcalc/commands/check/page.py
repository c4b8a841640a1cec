"""`check` as a page: verdicts first, then maps of the networks that exceed a budget."""

from __future__ import annotations

from typing import Any

from convcalc.analysis.metrics import LAYER
from convcalc.commands.check.show import parts
from convcalc.formats.page.layers import layer_tables
from convcalc.formats.page.lifetimes import lifetimes
from convcalc.formats.page.markup import Page, Section, drawn, folded
from convcalc.formats.page.network import distinct, map_metrics, maps
from convcalc.formats.page.tables import body
from convcalc.report.contract import ModelReport, Report

PEAK = "peak_bytes"
VERDICTS = {"ok": "Budgets are met", "warn": "Budgets are met, with warnings", "fail": "Budgets are exceeded"}


def page(report: Report, units: str = "exact", **view: Any) -> Page:
    """The verdicts, and where the cost of what fails is."""
    found = [Section("Verdicts", body(parts(report, None, **view), units, "Budgets"))]
    for model, shown in zip(report.models, distinct(report.models), strict=True):
        failing = [
            finding.metric.removeprefix(LAYER) for finding in report.findings if finding.status == "fail" and finding.model == model.name
        ]
        memory = lifetimes(shown) if PEAK in failing else None
        found += [Section(f"Memory of {shown.name} while it runs", drawn(memory))] if memory is not None else []
        if failing and (where := maps([shown], mapped(model, failing))):
            found += [
                Section(f"Where the cost of {shown.name} is", where),
                Section(f"Layers of {shown.name}", folded(f"{len(model.layers):,} layers", layer_tables(shown))),
            ]
    return Page(VERDICTS[worst(report)], ", ".join(model.name for model in report.models), found)


def mapped(model: ModelReport, failing: list[str]) -> list[str]:
    """The metrics of the maps of a network: those that fail first."""
    known = map_metrics([model])
    return sorted(known, key=lambda key: key not in failing)


def worst(report: Report) -> str:
    """The worst verdict."""
    return max((finding.status for finding in report.findings), key=list(VERDICTS).index, default="ok")
