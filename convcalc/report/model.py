"""Reports: what a command found, as plain data. Renderers format it and compute nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from convcalc.analysis.totals import ADDITIVE as ADDITIVE
from convcalc.errors import Diagnostic

if TYPE_CHECKING:
    from convcalc.report.views import (
        Change,
        CountReport,
        Entry,
        Explanation,
        FileReport,
        Finding,
        ItemReport,
        Match,
        ModelChange,
        Solution,
        SweepReport,
    )

SCHEMA_VERSION = "1.0"
STATUS = {0: "ok", 1: "fail"}  # anything else is an error


class ConventionReport(NamedTuple):
    """A counting rule: what it counts in one line, the tool's version that it reproduces, the unit of `counted`."""

    name: str
    counts: str
    version: str = ""
    unit: str = "MAC"


BRIEF = ("params", "macs", "activations")  # what tables of many designs show, unless others are asked for

MAC = ConventionReport(
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


class GroupReport(NamedTuple):
    """Layers start … stop−1 that belong together: a call, a path or a pass. `times` is its own, not that of those around it."""

    path: str
    kind: str
    times: int
    start: int
    stop: int
    location: dict[str, Any] | None = None


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
    groups: tuple[GroupReport, ...] = ()
    inputs: tuple[list[int], ...] = ()
    outputs: tuple[list[int], ...] = ()
    storage: dict[str, Any] | None = None  # bytes of the parameters in a data type
    entries: tuple[Entry, ...] = ()  # the lines of a summary
    conventions: tuple[CountReport, ...] = ()
    layer: str | None = None  # the part of the network that the conventions are shown for
    matches: tuple[Match, ...] | None = None  # figures near a published one


class Report(NamedTuple):
    """What a command found."""

    command: str
    models: tuple[ModelReport, ...] = ()
    convention: ConventionReport = MAC
    diagnostics: tuple[Diagnostic, ...] = ()
    exit_code: int = 0
    baseline: int = 0  # which model the others are compared with
    rearranged: bool = False  # whether the models' entries are other than their layers in order
    files: tuple[FileReport, ...] = ()
    explanations: tuple[Explanation, ...] = ()
    items: tuple[ItemReport, ...] = ()
    changes: tuple[Change, ...] = ()
    totals: tuple[ModelChange, ...] = ()
    findings: tuple[Finding, ...] = ()
    sweep: SweepReport | None = None
    solutions: tuple[Solution, ...] = ()
    published: str | None = None  # the figure that conventions were matched with
