"""`roofline` as a page: layers under the roof, the floor layer by layer, and where it is; and the roof as a picture."""

from __future__ import annotations

from typing import Any

from convcalc.commands.roofline.show import parts
from convcalc.formats.page.cost_map import kinds_of, legend_picture
from convcalc.formats.page.intensity import intensity
from convcalc.formats.page.markup import Page, Section, drawn, standalone
from convcalc.formats.page.network import lead, maps, page_of_each, pictures
from convcalc.formats.page.tables import body
from convcalc.report.contract import ModelReport, Report

MAPPED = ("floor_seconds", "macs")


def page(report: Report, units: str = "exact", **view: Any) -> Page:
    """Each network on its device."""

    def sections(model: ModelReport) -> list[Section]:
        picture = intensity(model)
        found = [Section("Under the roof", drawn(picture))] if picture is not None else []
        where = maps([model], MAPPED)
        found += [Section("Where the time is", where)] if where else []
        table = body(parts(report._replace(models=(model,)), None, **view), units, f"Floors of {model.name}", drawings=False)
        return [*found, Section("No faster than", table)]

    return page_of_each(report, sections)


def svg(report: Report, **_: Any) -> str:
    """The roof of each network as a picture."""
    return standalone(lead(report), [*pictures(report, intensity), ("", legend_picture(kinds_of(report.models)))])
