"""Reports: what a command found, as plain data. Renderers format it and compute nothing."""

from __future__ import annotations

from typing import Any, NamedTuple

from convcalc.errors import Diagnostic

SCHEMA_VERSION = "1.0"
STATUS = {0: "ok", 1: "fail"}  # anything else is an error


class Convention(NamedTuple):
    """A counting rule, and what it says in one line."""

    name: str
    counts: str


MAC = Convention(
    "mac",
    "MACs of convolutions, linear layers and matrix products; FLOPs = 2 × MACs; "
    "bias, norm, activation, pooling and joins are counted apart",
)


class LayerReport(NamedTuple):
    """A row of a model. Metrics are those of all `times` layers and the whole batch."""

    path: str
    op: str
    times: int
    inputs: tuple[list[int], ...]
    output: list[int]
    attributes: dict[str, Any]
    metrics: dict[str, Any]
    location: dict[str, Any] | None


class ModelReport(NamedTuple):
    """One design with its totals; ratios and the sentence only where it is compared with others."""

    name: str
    source: dict[str, Any]
    input: list[int]
    output: list[int]
    batch: int
    totals: dict[str, Any]
    layers: list[LayerReport]
    ratio: dict[str, Any] | None = None
    reduction: dict[str, Any] | None = None
    sentence: str | None = None


class Report(NamedTuple):
    """What a command found."""

    command: str
    models: tuple[ModelReport, ...] = ()
    convention: Convention = MAC
    diagnostics: tuple[Diagnostic, ...] = ()
    exit_code: int = 0
    baseline: int = 0  # which model the others are compared with
