"""Bars below each other: of designs, metric by metric, and of the amounts that a sum is of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from convcalc.analysis.metrics import METRICS
from convcalc.formats.page.colors import fill, mark
from convcalc.formats.page.markup import Picture, percent, words
from convcalc.formats.page.plane import LARGEST
from convcalc.formats.text import shortened
from convcalc.record import NamedTuple
from convcalc.report.contract import ModelReport
from convcalc.report.numbers import amount_text

ROW, BAR, HEAD, GAP = 50, 10, 22, 14  # pixels: of a name and its bar, of the bar alone, of a heading, and between blocks

LONGEST_NAME = 46  # letters, that a phone has room for


class Bar(NamedTuple):
    """A name, its amount, and that as text."""

    name: str
    amount: float
    text: str


def bars(blocks: Sequence[tuple[str, Sequence[Bar]]]) -> Picture | None:
    """Blocks with a heading, the largest bar of each as wide as there is room; None where all are zero."""
    content: list[str] = []
    said: list[str] = []
    y = 0
    for heading, block in blocks:
        most = max((bar.amount for bar in block), default=0)
        if not most:
            continue
        content.append(words("0", y + 14, heading, more='font-weight="600"'))
        y += HEAD
        for place, bar in enumerate(block):
            content.append(drawn_bar(y, bar, bar.amount / most, mark(place)))
            y += ROW
        y += GAP
        said.append(f"{heading}: {', '.join(f'{bar.name} {bar.text}' for bar in block)}.")
    return Picture(y - GAP, "\n".join(content), " ".join(said), role="bars") if content else None


def drawn_bar(y: int, bar: Bar, share: float, color: str) -> str:
    """A name and its figure, and the bar below them."""
    return (
        words("0", y + 12, shortened(bar.name, LONGEST_NAME))
        + words("0", y + 28, bar.text, "quiet")
        + f'<rect y="{y + 34}" width="100%" height="{BAR}" {fill("panel")}/>'
        + f'<rect y="{y + 34}" width="{percent(share)}" height="{BAR}" {fill(color)}/>'
    )


def design_bars(models: Sequence[ModelReport], metrics: Sequence[str], remarks: Mapping[str, Sequence[str]]) -> Picture | None:
    """A block a metric, a bar a design; `remarks` are what stands behind the figure of each, by metric."""
    return bars(
        [
            (
                METRICS[key].label,
                [
                    Bar(model.name, length(model.totals[key]), f"{amount_text(model.totals[key], METRICS[key].unit)}{remark}")
                    for model, remark in zip(models, remarks[key], strict=True)
                ],
            )
            for key in metrics
        ]
    )


def length(value: Any) -> float:
    """A metric as a length: of sizes the largest."""
    return float(min(max(value, default=0) if isinstance(value, list) else value or 0, LARGEST))
