"""Changed layers and totals as grids."""

from __future__ import annotations

from convcalc.analysis.changes import follows
from convcalc.analysis.metrics import BRIEF, METRICS, beside_macs, dear, ranked
from convcalc.formats.parts import Column, difference, figure
from convcalc.report.contract import Report
from convcalc.report.location import location_text
from convcalc.report.numbers import attribute_text, percent_text
from convcalc.report.results import Change, ModelChange

MARKS = {"changed": "~", "new": "+", "removed": "-"}


def shown_changes(changes: tuple[Change, ...], every: bool = False) -> tuple[tuple[Change, ...], str]:
    """The layers to show, and what is to be said of those that only follow their input."""
    own = changes if every else tuple(change for change in changes if not follows(change))
    following = len(changes) - len(own)
    more = "more " if own else ""
    return own, f"{following} {more}layer{'s follow their' if following > 1 else ' follows its'} input" if following else ""


def layer_columns(changes: tuple[Change, ...]) -> list[Column]:
    """A line a changed layer."""
    return [
        Column("", [MARKS[change.status] for change in changes], right=False),
        Column("Layer", [change.path for change in changes], right=False, path=True),
        Column("Changed", [changed_text(change) for change in changes], right=False, rank=1),
        Column("MACs before", [figure(change.old["macs"]) for change in changes]),
        Column("after", [figure(change.new["macs"]) for change in changes]),
        Column("Δ MACs", [difference(change.old["macs"], change.new["macs"]) for change in changes]),
        Column("%", [percent_text(change.old["macs"], change.new["macs"]) for change in changes], rank=2),
        Column("Δ params", [difference(change.old["params"], change.new["params"]) for change in changes], rank=5),
        Column("Δ activations", [difference(change.old["activations"], change.new["activations"]) for change in changes], rank=7),
        Column("Where", [location_text(change.location) for change in changes], right=False, path=True),
    ]


def changed_text(change: Change) -> str:
    """`groups 1 → 256`, and the old path where it differs."""
    moved = [f"was {change.old_path}"] if change.old_path not in ("", change.path) else []
    shapes = [f"{a.name} {attribute_text(a.old) or 'none'} → {attribute_text(a.new) or 'none'}" for a in change.attributes]
    return ", ".join([*shapes, *moved]) or change.op


def total_columns(report: Report) -> list[Column]:
    """A line a metric of each model."""
    rows = [(total, key) for total in report.totals for key in shown_costs(report)]
    several = len(report.totals) > 1
    return [
        Column("Model", [model_name(total) for total, _ in rows], right=False, rank=0 if several else 3),
        Column("Total", [key for _, key in rows], right=False),
        Column("before", [figure(total.old.get(key), METRICS[key].unit) for total, key in rows]),
        Column("after", [figure(total.new.get(key), METRICS[key].unit) for total, key in rows]),
        Column("Δ", [difference(total.old.get(key), total.new.get(key), METRICS[key].unit) for total, key in rows]),
        Column("%", [percent_text(total.old.get(key), total.new.get(key)) for total, key in rows], rank=2),
    ]


def shown_costs(report: Report) -> list[str]:
    """The brief metrics, what a convention other than mac counts, and what was asked for by name."""
    asked = dear({key for total in report.totals for key in (*total.old, *total.new)})
    return [*ranked(BRIEF), *beside_macs(report.convention.name), *asked]


def model_name(total: ModelChange) -> str:
    if total.old_name in ("", total.name) or not total.name:
        return total.name or total.old_name
    return f"{total.old_name} → {total.name}"
