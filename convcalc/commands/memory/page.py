"""`memory` as a page: the peak and what lives then, the timeline, and every layer; and the timeline as a picture."""

from __future__ import annotations

from typing import Any

from convcalc.commands.memory.show import parts
from convcalc.formats.page.layers import layer_tables
from convcalc.formats.page.lifetimes import lifetimes
from convcalc.formats.page.markup import INNER_WIDTH, Page, Section, drawn, standalone
from convcalc.formats.page.network import lead, of_each
from convcalc.formats.page.tables import body
from convcalc.report.records import ModelReport, Report


def page(report: Report, units: str = "exact", **_: Any) -> Page:
    """The memory of each network."""

    def sections(model: ModelReport) -> list[Section]:
        picture = lifetimes(model)
        timeline = [Section("Memory while it runs", drawn(picture))] if picture is not None else []
        peak = body(parts(report._replace(models=(model,)), None), units, f"Live at the peak of {model.name}", drawings=False)
        return [Section("Peak", peak), *timeline, Section("Every layer", layer_tables(model))]

    return Page(", ".join(model.name for model in report.models), lead(report), of_each(report, sections))


def svg(report: Report, **_: Any) -> str:
    """The timeline of each network as a picture."""
    several = len(report.models) > 1
    return standalone(lead(report), [(model.name if several else "", lifetimes(model, INNER_WIDTH)) for model in report.models])
