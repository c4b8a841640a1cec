"""`suggest` for people: what each design would save, the largest saving first; and for a limit what reaches it."""

from __future__ import annotations

from shlex import quote
from typing import Any

from convcalc.analysis.metrics import METRICS, short_label, word_of
from convcalc.formats.parts import Column, Grid, Paragraph, Parts, counted_by, figure, title
from convcalc.report.contract import ModelReport, Report
from convcalc.report.numbers import exact_text, share_text
from convcalc.report.plain import record_dict
from convcalc.report.results import Suggestion

MOST_SHOWN = 20  # lines of a table
UNKNOWN = "What a replacement does to the accuracy is not known here: train it."


def parts(report: Report, width: int | None, top: int = MOST_SHOWN) -> Parts:
    """The network, what each design would save, and what was chosen for a limit."""
    if not report.models:
        return []
    model, shown = report.models[0], report.chosen or report.suggestions[:top]
    blocks: Parts = [[Paragraph(title(model) + counted_by(report), "bold")]]
    keys = metrics_of(shown, model)
    if not keys:
        return [*blocks, [Paragraph("No design saves anything.")]]
    blocks.append([Grid(columns(shown, keys, model))])
    if report.chosen:
        count, metric = len(report.chosen), keys[0]
        left = exact_text(model.totals[metric] - sum(one.amount(metric) for one in report.chosen))
        blocks.append([Paragraph(f"{count} replacement{'s' * (count != 1)} leave {left} {word_of(metric)}; fewer do not reach the limit.")])
        blocks.append([Paragraph(options(report.chosen), wrap=False)])
    elif len(report.suggestions) > top:
        blocks.append([Paragraph(f"{len(report.suggestions) - top:,} more, which --top or --format json has.")])
    return [*blocks, [Paragraph(UNKNOWN)]]


def metrics_of(found: tuple[Suggestion, ...], model: ModelReport) -> list[str]:
    """The metrics that all suggestions say a saving of, the one that they are sorted by first."""
    known = list(found[0].saved) if found else []
    numbers = [one.saved for one in found] + [model.totals]
    return [key for key in known if key in METRICS and all(isinstance(values.get(key), int | float) for values in numbers)]


def columns(found: tuple[Suggestion, ...], keys: list[str], model: ModelReport) -> list[Column]:
    """A line a suggestion."""
    first = [
        Column("Layer", [one.path + (f" ×{one.times}" if one.times > 1 else "") for one in found], right=False, path=True),
        Column("Design", [one.design for one in found], right=False, whole=True),
    ]
    for place, key in enumerate(keys):
        unit = METRICS[key].unit
        first.append(Column(f"{short_label(key)} saved", [figure(one.amount(key), unit) for one in found], rank=place))
        if place == 0:
            first.append(Column("%", [share_text(one.amount(key), model.totals[key]).removesuffix("%") for one in found], rank=1))
    return first


def options(chosen: tuple[Suggestion, ...]) -> str:
    """What was chosen as the options of a command: `--replace 'stem=ghost'`."""
    return " ".join(f"--replace {quote(f'{one.path}={one.design}')}" for one in chosen)


def rows(report: Report, **_: Any) -> list[dict[str, Any]]:
    """A row a suggestion."""
    chosen = {(one.path, one.design) for one in report.chosen}
    unit = report.convention.unit
    return [{**record_dict(one, unit), "chosen": (one.path, one.design) in chosen} for one in report.suggestions]
