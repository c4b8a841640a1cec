"""Reports: what a command found, as plain data. Renderers format it and compute nothing."""

from __future__ import annotations

from typing import Any, NamedTuple

from convcalc.analysis.formula import Formula as Formula
from convcalc.analysis.totals import ADDITIVE as ADDITIVE
from convcalc.errors import Diagnostic

SCHEMA_VERSION = "1.0"
STATUS = {0: "ok", 1: "fail"}  # anything else is an error


class ConventionReport(NamedTuple):
    """A counting rule: what it counts in one line, the tool's version that it reproduces, the unit of `counted`."""

    name: str
    counts: str
    version: str = ""
    unit: str = "MAC"


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


class Node(NamedTuple):
    """A layer or group with what stands below it. Metrics are those of all its layers, its `times` included."""

    path: str
    kind: str
    times: int
    metrics: dict[str, Any]
    layers: tuple[LayerReport, ...]
    children: tuple[Node, ...]
    last: str = ""  # the last path where several were folded


class Entry(NamedTuple):
    """A line of a summary."""

    label: str
    depth: int
    node: Node
    ends: tuple[bool, ...] = ()  # for each level, whether nothing follows there: what a tree's guides need


class GroupReport(NamedTuple):
    """Layers start … stop−1 that belong together: a call, a path or a pass. `times` is its own, not that of those around it."""

    path: str
    kind: str
    times: int
    start: int
    stop: int


class Match(NamedTuple):
    """A figure that a convention gives, in a unit, and how far it is from the one that was published."""

    convention: str
    unit: str
    figure: int
    difference: int
    agrees: bool  # to the last digit that was published


class CountReport(NamedTuple):
    """What a network counts for under a convention, and the bridge there from its MACs; the amounts sum to the difference."""

    name: str
    version: str
    unit: str
    counts: str
    total: int
    bridge: tuple[tuple[str, int], ...]


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


class FileReport(NamedTuple):
    """A file that was checked: ok, fail where it does not cost what it expects, error where it cannot be used."""

    path: str
    status: str


class Explanation(NamedTuple):
    """The formulas of a layer, an op or a block."""

    name: str
    kind: str
    input: list[int]
    output: list[int]
    attributes: dict[str, Any]
    formulas: tuple[Formula, ...]


class ItemReport(NamedTuple):
    """Something that there is: a block, network, op or convention."""

    name: str
    parameters: dict[str, str]
    meaning: str


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
    published: str | None = None  # the figure that conventions were matched with
