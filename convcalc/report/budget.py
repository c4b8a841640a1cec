"""A budget as plain data, and how it reads a model's figures."""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from convcalc.analysis.totals import ADDITIVE
from convcalc.errors import Span
from convcalc.report.diff import WORDS
from convcalc.report.model import LayerReport, ModelReport

FIELD = "receptive_field"
METRICS = (*ADDITIVE, FIELD)
LAYER = "layer."  # of one layer, the dearest
OWN_UNITS = {"macs": "MAC", "flops": "FLOP"}  # of those that have one; two FLOPs are a MAC


class Budget(NamedTuple):
    """What a metric may be: at most `limit`, or above a base by at most `growth` percent."""

    metric: str  # layer.macs for that of each layer
    kind: str  # max or increase
    limit: int
    growth: Fraction
    text: str  # the limit as written
    convention: str = ""  # how `counted` counts; as the run says where empty
    warn: Fraction | None = None  # in percent of the limit, from which it is a warning
    message: str = ""  # the team's own
    note: str = ""  # a unit that was converted
    span: Span | None = None  # none for an option
    pattern: str = ""  # of which specs, in a convcalc.yaml

    @property
    def measures(self) -> tuple[str, str, str]:
        """What it limits, whatever the limit."""
        return self.metric, self.kind, self.convention

    def above(self, base: int) -> int:
        """The most that growth from a base may reach: whole numbers, so rounding down loses nothing."""
        return base + int(base * self.growth / 100)


def budget_name(metric: str, convention: str, kind: str) -> str:
    """`macs`, `counted (fvcore)`, `macs growth`, `macs limit raised`."""
    counted = f" ({convention})" if convention else ""
    return metric + counted + {"max": "", "increase": " growth"}.get(kind, f" limit {kind}")


def named(budget: Budget) -> str:
    """`MACs`, `MACs of a layer`, `counted (fvcore)`."""
    name = budget.metric.removeprefix(LAYER)
    counted = f" ({budget.convention})" if budget.convention else ""
    return WORDS.get(name, name.replace("_", " ")) + counted + (" of a layer" if budget.metric.startswith(LAYER) else "")


def is_metric(text: str) -> bool:
    """Whether a budget may name it: every metric of a report, and those that add up of each layer."""
    return text in METRICS or (text.startswith(LAYER) and text.removeprefix(LAYER) in ADDITIVE)


def figure(metric: str, model: ModelReport) -> int:
    """The figure that a budget holds its limit against."""
    if metric.startswith(LAYER):
        return max((of_one(layer, metric.removeprefix(LAYER)) for layer in model.layers), default=0)
    value = model.totals[metric]
    return (max(value) if value else 0) if metric == FIELD else int(value)


def of_one(layer: LayerReport, name: str) -> int:
    """A metric of one of the equal layers that a row stands for."""
    return int(layer.metrics[name]) // layer.times if layer.times else 0
