"""`convcalc conventions`: one network under every convention, and which of them gives a published figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from convcalc.analysis.convention import Convention, folded, total_and_bridge
from convcalc.analysis.gradients import with_backward
from convcalc.analysis.part import only
from convcalc.core.quantity import Quantity, parse_quantity
from convcalc.core.trace import Trace
from convcalc.formats.parts import Cell, Column, Figure, Grid, Paragraph, Parts, figure, title
from convcalc.inputs.designs import read_given, traced
from convcalc.layout.library import Library
from convcalc.report.contract import ModelReport, Report
from convcalc.report.from_trace import model_report
from convcalc.report.numbers import decimal_text
from convcalc.report.plain import without
from convcalc.report.results import BridgeStep, CountReport, Match
from convcalc.rules.conventions import read_convention, shipped_conventions


def conventions(
    spec: str,
    *,
    set: Mapping[str, Any] | Sequence[str] = (),  # noqa: A002  # as the option is called
    input: str | Sequence[str] | None = None,  # noqa: A002
    batch: int | str = 1,
    layer: str | None = None,
    match: str | None = None,
    convention: Sequence[str] = (),
) -> Report:
    """One network under every counting convention, and why they differ.

    Args:
        spec: a shipped network, a path, `path:preset`, or "-" for standard input.
        set, input, batch: as for `summary`.
        layer: the path of one layer, or of a part of the network.
        match: a figure that somebody published, "4.13G"; finds the conventions and units that give it.
        convention: paths of conventions of your own, shown after the shipped ones.

    Returns:
        A report whose model has `conventions`: name, version, unit, total (the figure that the tool itself prints)
        and the bridge from the MACs to it, whose amounts sum to the difference.

    Raises:
        ConvcalcError: with every error of the spec, and for an unknown layer or figure.

    >>> [count.total for count in conventions("resnet50").models[0].conventions if count.name == "fvcore"]
    [4111512576]
    """
    published = parse_quantity(match, "--match") if match is not None else None
    whole = traced(Library(), spec, read_given(set, input, batch))
    part = whole.trace if layer is None else only(whole.trace, layer)
    known = [*shipped_conventions(), *(read_convention(name) for name in convention)]
    backward = with_backward(whole.trace).trace if any(one.backward for one in known) else whole.trace
    found = counts(part, backward if layer is None else only(backward, layer), known)
    shown = model_report(whole.trace, whole.layout.name, {"path": whole.layout.path})
    model = shown._replace(conventions=found, layer=layer or "", matches=matches(found, published) if published else None)
    return Report("conventions", published=match or "", models=(model,), diagnostics=whole.notes)


def counts(trace: Trace, backward: Trace, conventions: Sequence[Convention]) -> tuple[CountReport, ...]:
    """What a trace counts for under each convention; those of the backward pass take rows that know theirs."""
    found, kinds, both = [], folded(trace), folded(backward)
    for convention in conventions:
        total, steps = total_and_bridge(both if convention.backward else kinds, convention)
        bridge = tuple(BridgeStep(step.term, step.amount) for step in steps)
        found.append(CountReport(convention.name, convention.version, convention.unit, convention.counts, total, bridge))
    return tuple(found)


def matches(found: Sequence[CountReport], published: Quantity) -> tuple[Match, ...]:
    """Figures of all conventions and units, nearest first. MACs are published as FLOPs both as they are and doubled."""
    value = int(published.value)
    figures = [(count.name, count.unit, count.total) for count in found]
    figures += [(count.name, "FLOP (2 a MAC)", 2 * count.total) for count in found if count.unit == "MAC"]
    wanted = [
        Match(name, unit, figure, figure - value, 2 * abs(figure - value) <= published.precision)
        for name, unit, figure in figures
        if published.unit is None or unit.startswith(published.unit)
    ]
    return tuple(sorted(wanted, key=lambda match: (abs(match.difference), match.convention != "mac", match.convention)))


MATCHES = 8  # lines of figures near a published one


def parts(report: Report, width: int | None) -> Parts:
    """The conventions of a network, or those that give a figure."""
    blocks: Parts = []
    for model in report.models:
        shown = [totals(model), bridges(model)] if model.matches is None else [matching(model, report.published)]
        blocks.append([Paragraph(title(model), "bold")])
        blocks += [[grid] for grid in shown]
    return blocks


def rows(report: Report) -> list[dict[str, Any]]:
    """A row a convention: `total` is the figure that the tool prints."""
    return [{"model": model.name, **without(count._asdict(), "bridge")} for model in report.models for count in model.conventions]


def totals(model: ModelReport) -> Grid:
    """A line a convention."""
    found = model.conventions
    base = next((count.total for count in found if count.name == "mac"), 0)
    return Grid(
        [
            Column("Convention", [f"{count.name} {count.version}".strip() for count in found], right=False),
            Column("Total", [figure(count.total) for count in found]),
            Column("Unit", [f"{count.unit}s" for count in found], right=False, rank=1),
            Column("÷ mac", [decimal_text(count.total, base, 3) if base else "" for count in found], rank=2),
            Column("Counts", [count.counts for count in found], right=False, rank=3),
        ]
    )


def bridges(model: ModelReport) -> Grid:
    """From the MACs to each convention, term by term."""
    names: list[str] = []
    terms: list[str] = []
    amounts: list[Cell] = []
    for count in model.conventions:
        for place, (term, amount) in enumerate(count.bridge):
            names.append(count.name if place == 0 else "")
            terms.append(term)
            amounts.append(Figure(amount, signed=True))
    return Grid([Column("From mac to", names, right=False), Column("Term", terms, right=False), Column("Amount", amounts)])


def matching(model: ModelReport, published: str) -> Grid:
    """The nearest figures."""
    found = (model.matches or ())[:MATCHES]
    return Grid(
        [
            Column(f"Gives {published}", ["yes" if match.agrees else "no" for match in found], right=False),
            Column("Convention", [match.convention for match in found], right=False),
            Column("Unit", [match.unit for match in found], right=False, rank=2),
            Column("Figure", [figure(match.figure) for match in found]),
            Column("Difference", [Figure(match.difference, signed=True) for match in found], rank=1),
        ]
    )
