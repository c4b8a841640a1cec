"""Stages side by side: a bar for each metric, its parts coloured by kind of layer, as a table."""

from __future__ import annotations

from collections.abc import Sequence

from convcalc.analysis.kind import by_kind
from convcalc.analysis.metrics import METRICS
from convcalc.analysis.tree import gathered, tree
from convcalc.formats.page.colors import fill
from convcalc.formats.page.markup import percent, safe
from convcalc.formats.stages import MOST, Stage, name_of, stages
from convcalc.report.contract import ModelReport
from convcalc.report.numbers import shape_text, share_text

BAR = 14  # pixels


def stage_table(model: ModelReport, metrics: Sequence[str]) -> str:
    """A row a stage: its output, and its share of each metric."""
    nodes = gathered(tuple(node for node in tree(model) if any(node.metrics[metric] for metric in metrics)), MOST)
    known = {metric: {stage.name: stage for stage in stages(nodes, metric)} for metric in metrics}
    there = {name for found in known.values() for name in found}
    names = [name for node in nodes if (name := name_of(node)) in there]
    rows = "\n".join(row(name, known) for name in names)
    heads = "".join(f'<th scope="col" class="t">{safe(METRICS[metric].label)}</th>' for metric in metrics)
    return (
        f'<div class="scroll" role="group" tabindex="0" aria-label="Stages of {safe(model.name)}"><table class="bars">\n'
        f'<thead><tr><th scope="col" class="t">Stage</th><th scope="col">Output</th>{heads}</tr></thead>\n'
        f"<tbody>\n{rows}\n</tbody></table></div>"
    )


def row(name: str, known: dict[str, dict[str, Stage]]) -> str:
    """One stage."""
    layers = next(found[name].layers for found in known.values() if name in found)
    output = shape_text(layers[-1].output) if layers else ""
    cells = "".join(f'<td class="t">{bar(found.get(name), metric, found)}</td>' for metric, found in known.items())
    return f'<tr><th scope="row" class="t">{safe(name)}</th><td>{output}</td>{cells}</tr>'


def bar(stage: Stage | None, metric: str, beside: dict[str, Stage]) -> str:
    """The bar of a stage, the largest beside it as wide as there is room, and its share."""
    if stage is None:
        return ""
    most, total = max(one.amount for one in beside.values()), sum(one.amount for one in beside.values())
    parts, start = [], 0.0
    for kind, amount in by_kind(stage.layers, metric).items():
        share = float(amount / most)
        parts.append(f'<rect x="{percent(start)}" width="{percent(share)}" height="{BAR}" {fill(kind)}/>')
        start += share
    return f'<svg width="100%" height="{BAR}" aria-hidden="true">{"".join(parts)}</svg> {share_text(stage.amount, total)}'
