"""`summary` as a page: all sections of each network; and its cost map as a picture."""

from __future__ import annotations

from typing import Any

from convcalc.formats.page.cost_map import cost_maps, kinds_of, legend_picture
from convcalc.formats.page.markup import INNER_WIDTH, Page, standalone
from convcalc.formats.page.network import lead, network, page_of_each, pictures
from convcalc.report.contract import Report

MAPPED = "macs"


def page(report: Report, **_: Any) -> Page:
    """The networks one after another; how deep or in which order a table shows lines changes nothing here."""
    return page_of_each(report, network)


def pictured(device: str | None) -> tuple[str, ...]:
    """The metrics that pictures are of, beside the usual ones."""
    return ("peak_bytes", "bytes", *(("floor_seconds",) if device else ()))


def svg(report: Report, **_: Any) -> str:
    """The map of the MACs of each network as a picture."""
    maps = pictures(report, lambda model: cost_maps(model, {MAPPED: None}, INNER_WIDTH).get(MAPPED))
    return standalone(lead(report), [*maps, ("", legend_picture(kinds_of(report.models)))])
