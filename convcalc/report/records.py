"""The JSON contract as annotated records: what a command found, as plain data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from convcalc.errors import Diagnostic


class Formula(NamedTuple):
    """A quantity as symbols, as numbers, and its value."""

    quantity: str
    symbols: str
    numbers: str
    value: Any


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


BRIEF = ("params", "macs", "activations")  # what tables of many designs show, unless others are asked for


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


class AttributeChange(NamedTuple):
    """Something that a layer was told, before and after; None where it was not told."""

    name: str
    old: Any
    new: Any


class Change(NamedTuple):
    """What became of a layer: changed, new or removed. Costs are those of all its passes; None on a side without it."""

    model: str
    status: str
    path: str
    old_path: str
    op: str
    attributes: tuple[AttributeChange, ...]
    location: dict[str, Any] | None
    old: dict[str, int | None]
    new: dict[str, int | None]


class ModelChange(NamedTuple):
    """Totals of a model before and after; `old_name` is empty for a new one, `name` for one that is gone."""

    name: str
    old_name: str
    old: dict[str, int | None]
    new: dict[str, int | None]
    sentence: str = ""


class Finding(NamedTuple):
    """A budget held against a figure: ok, warn or fail.

    `kind` is max, increase (against a base), raised or removed (a limit that the change itself loosened); `limit` is
    that of the metric, for an increase what the base allows.
    """

    status: str
    kind: str
    spec: str
    model: str
    metric: str  # layer.macs: that of each layer
    convention: str  # how `counted` counts
    value: int
    limit: int
    base: int | None
    limit_text: str  # as it was written
    message: str
    hint: str
    note: str  # of the team's own
    location: dict[str, Any] | None  # what it is about, in the spec
    limit_location: dict[str, Any] | None  # where the limit stands; none for an option
    carriers: tuple[tuple[str, int], ...] = ()  # the dearest parts, and their figures
    growth: tuple[tuple[str, int], ...] = ()  # the parts that grew most against the base, and by how much


class InvalidReport(NamedTuple):
    """Points that could not be built for one reason, with one of them and its message."""

    reason: str
    count: int  # type: ignore[assignment]  # of points: the name in the JSON contract
    message: str
    location: str | None  # in the layout that refuses it
    example: dict[str, str]


class Asked(NamedTuple):
    """What a sweep was asked, as it was written; `spec` is a digest of the layouts' texts."""

    designs: tuple[str, ...]
    spec: str
    where: str | None
    pareto: str | None
    sort: str | None
    top: int | None
    sample: int | None
    seed: int
    join: str | None
    shard: tuple[int, int] | None  # which part of how many; None: a sample, or not all parts


class SweepReport(NamedTuple):
    """A design space: its axes with their values, and a row a point, axes first, then metrics."""

    axes: tuple[tuple[str, list[Any]], ...]
    metrics: tuple[str, ...]
    rows: list[tuple[Any, ...]]
    front: Sequence[int] | None  # which rows are on the front
    invalid: tuple[InvalidReport, ...]
    done: int  # points that were looked at
    met: int  # of these, those that are possible, measured where there are measurements, and meet the condition
    asked: Asked


class Candidate(NamedTuple):
    """Values of variables, what they cost (None where they are impossible), and why they do not do; empty where they do."""

    values: dict[str, Any]
    metrics: dict[str, int] | None
    why: str


class Solution(NamedTuple):
    """What was looked for, and its neighbours, which fail: the proof."""

    here: Candidate
    neighbours: tuple[Candidate, ...]


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
