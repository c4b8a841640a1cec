"""`memory` as a page: the peak and what lives then, the timeline, and every layer; and the timeline as a picture."""

from __future__ import annotations

from typing import Any

from convcalc.commands.memory.show import parts
from convcalc.formats.page.layers import layer_tables
from convcalc.formats.page.lifetimes import lifetimes
from convcalc.formats.page.markup import INNER_WIDTH, Page, Section, drawn, standalone
from convcalc.formats.page.network import lead, page_of_each, pictures
from convcalc.formats.page.tables import body
from convcalc.report.contract import ModelReport, Report


def page(report: Report, units: str = "exact", **_: Any) -> Page:
    """The memory of each network."""

    def sections(model: ModelReport) -> list[Section]:
        picture = lifetimes(model)
        timeline = [Section("Memory while it runs", drawn(picture))] if picture is not None else []
        peak = body(parts(report._replace(models=(model,)), None), units, f"Live at the peak of {model.name}", drawings=False)
        return [Section("Peak", peak), *timeline, Section("Every layer", layer_tables(model))]

    return page_of_each(report, sections)


def svg(report: Report, **_: Any) -> str:
    """The timeline of each network as a picture."""
    return standalone(lead(report), pictures(report, lambda model: lifetimes(model, INNER_WIDTH)))
