"""`training` as a page: the MACs of a step and its bytes as bars, by stage, and every layer."""

from __future__ import annotations

from typing import Any

from convcalc.commands.training.show import SHOWN, parts
from convcalc.formats.page.bars import Bar, bars
from convcalc.formats.page.layers import layer_tables
from convcalc.formats.page.markup import Page, Section, drawn
from convcalc.formats.page.network import page_of_each
from convcalc.formats.page.stages import stage_table
from convcalc.formats.page.tables import body
from convcalc.report.contract import ModelReport, Report
from convcalc.report.memory import TrainingReport
from convcalc.report.numbers import bytes_text, exact_text


def page(report: Report, units: str = "exact", **view: Any) -> Page:
    """A step of each network."""

    def sections(model: ModelReport) -> list[Section]:
        picture = bars(blocks(model.training)) if model.training is not None else None
        step = body(parts(report._replace(models=(model,)), None, **view), units, f"A step of {model.name}")
        found = [Section("A step", (drawn(picture) if picture is not None else "") + step)]
        shown = [key for key in SHOWN if model.totals.get(key)]
        found += [Section("Stage by stage", stage_table(model, shown))] if shown and model.layers else []
        return [*found, Section("Every layer", layer_tables(model))] if model.layers else found

    return page_of_each(report, sections)


def blocks(found: TrainingReport) -> list[tuple[str, list[Bar]]]:
    """The MACs of a step by pass, and its bytes by what they are of."""
    macs = {
        "Forward": found.forward_macs,
        "Input gradients": found.input_gradient_macs,
        "Weight gradients": found.weight_gradient_macs,
        "Computed again": found.recomputed_macs,
    }
    sizes = {
        "Weights": found.weight_bytes,
        "Gradients": found.gradient_bytes,
        "Optimizer": found.optimizer_bytes,
        "Saved for the backward pass": found.saved_bytes,
        "Output": found.output_bytes,
    }
    return [
        ("MACs of a step", [Bar(name, amount, exact_text(amount)) for name, amount in macs.items() if amount]),
        ("Bytes of a step", [Bar(name, amount, f"{amount:,} B ({bytes_text(amount)})") for name, amount in sizes.items() if amount]),
    ]
