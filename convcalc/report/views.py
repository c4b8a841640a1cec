"""What single commands report beside models. Apart from them, so that no other command pays for it at start."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from convcalc.analysis.formula import Formula as Formula
from convcalc.report.model import LayerReport


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
