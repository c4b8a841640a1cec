"""Records of single commands, apart from those that every command pays for at its start."""

from __future__ import annotations

from typing import Annotated, Any

from convcalc.errors import Diagnostic, Note, Source, Span
from convcalc.record import NamedTuple
from convcalc.report.codec import (
    Amount,
    Costs,
    Count,
    Length,
    OneOf,
    Pattern,
    Positive,
    Rate,
    Scalar,
    Severity,
    Shape,
    Unit,
    Value,
    Verdict,
    Word,
)
from convcalc.report.location import Location


class Formula(NamedTuple):
    """A quantity as symbols, as numbers, and its value."""

    quantity: str
    symbols: str
    numbers: str
    value: Any


class BridgeStep(NamedTuple):
    """A term of the bridge from the MACs to a convention."""

    term: str
    amount: int


class CountReport(NamedTuple):
    """What a network counts for under a convention, and the bridge there from its MACs; the amounts sum to the difference."""

    name: str
    version: str
    unit: Unit
    counts: str
    total: Count
    bridge: tuple[BridgeStep, ...]


class Match(NamedTuple):
    """A figure that a convention gives, in a unit, and how far it is from the one that was published."""

    convention: str
    unit: str
    figure: Count
    difference: int
    agrees: bool  # to the last digit that was published


class FileReport(NamedTuple):
    """A file that was checked: ok, fail where it does not cost what it expects, error where it cannot be used."""

    path: str
    status: Verdict


class FormulaReport(NamedTuple):
    """A formula of a layer, op or block, with what it explains."""

    name: str
    kind: str
    input: Shape
    output: Shape
    quantity: str
    symbols: str
    numbers: str
    value: Scalar
    attributes: dict[str, Value]


class ItemReport(NamedTuple):
    """Something that there is: a block, network, op, convention or metric."""

    name: str
    parameters: dict[str, str]
    meaning: str


class AttributeChange(NamedTuple):
    """An attribute of a layer before and after; None where it was not given."""

    name: str
    old: Value
    new: Value


class Change(NamedTuple):
    """What became of a layer: changed, new or removed. Costs are those of all its passes; None on a side without it."""

    model: str
    status: Annotated[str, OneOf(("changed", "new", "removed"))]
    path: str
    old_path: str
    op: str
    attributes: tuple[AttributeChange, ...]
    location: Location | None
    old: Costs
    new: Costs


class ModelChange(NamedTuple):
    """Totals of a model before and after; `old_name` is empty for a new one, `name` for one that is gone."""

    name: str
    old_name: str
    old: Costs
    new: Costs
    sentence: str = ""


class Part(NamedTuple):
    """A part of a network, and its share of a metric or of a growth."""

    path: str
    value: float


class Finding(NamedTuple):
    """A budget held against a figure: ok, warn or fail.

    `kind` is max, increase (against a base), raised or removed (a limit that the change itself loosened); `limit` is
    that of the metric, for an increase what the base allows.
    """

    status: Annotated[str, OneOf(("ok", "warn", "fail"))]
    kind: Annotated[str, OneOf(("max", "increase", "raised", "removed"))]
    spec: str
    model: str
    metric: str  # layer.macs: that of each layer
    convention: str  # how `counted` counts
    value: Amount
    limit: Amount
    base: Amount | None
    limit_text: str  # as it was written
    message: str
    hint: str
    note: str  # of the team's own
    location: Location | None  # what it is about, in the spec
    limit_location: Location | None  # where the limit stands; none for an option
    carriers: tuple[Part, ...]  # the dearest parts, and their figures
    growth: tuple[Part, ...]  # the parts that grew most against the base, and by how much


class AxisReport(NamedTuple):
    """An axis of a design space with its values."""

    name: str
    values: list[Value]


class InvalidReport(NamedTuple):
    """Points that could not be built for one reason, with one of them and its message."""

    reason: str
    count: Count  # type: ignore[assignment]  # of points: the name in the JSON contract
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
    top: Positive | None
    sample: Positive | None
    seed: int
    join: str | None
    shard: Annotated[list[Positive], Length(2)] | None  # which part of how many; None: a sample, or not all parts
    execution: dict[str, Value] = {}  # how networks are run, where that is not as it is unless given


class Candidate(NamedTuple):
    """A candidate point: its values, its metrics (None where it cannot be built), and why it was rejected, '' if accepted."""

    values: dict[str, Value]
    metrics: dict[str, Amount] | None
    why: str


class Solution(NamedTuple):
    """The point that was looked for, and its neighbours, which fail: the proof."""

    values: dict[str, Value]
    metrics: dict[str, Amount] | None
    why: str
    neighbours: tuple[Candidate, ...]


class Suggestion(NamedTuple):
    """A design in the place of a layer (in all its passes), and what it saves of each metric; more than before is below zero."""

    path: str
    times: Positive
    design: str
    saved: dict[str, Rate]
    location: Location | None

    def amount(self, metric: str) -> Any:
        """What is saved of a metric."""
        return self.saved[metric]


class NoteReport(NamedTuple):
    """A second place that matters; all of it is None where there is none."""

    message: str
    path: str | None
    line: Positive | None
    column: Positive | None
    end_column: Positive | None


class DiagnosticReport(NamedTuple):
    """A diagnostic with its place; all of that is None where it has none."""

    code: Word
    severity: Severity
    message: str
    path: str | None
    line: Positive | None
    column: Positive | None
    end_column: Positive | None
    hint: str | None
    notes: tuple[NoteReport, ...]


def diagnostic_report(diagnostic: Diagnostic) -> DiagnosticReport:
    """A diagnostic as JSON has it."""
    notes = tuple(NoteReport(note.message, *place(note.span)) for note in diagnostic.notes)
    return DiagnosticReport(diagnostic.code, diagnostic.severity, diagnostic.message, *place(diagnostic.span), diagnostic.hint, notes)


def place(span: Span | None) -> tuple[str | None, int | None, int | None, int | None]:
    return (None,) * 4 if span is None else (span.source.path, span.line, span.column, span.column + span.length)


def diagnostic_of(found: DiagnosticReport) -> Diagnostic:
    """A diagnostic from what JSON has of it: its place without the text there."""
    notes = tuple(Note(note.message, span_of(note)) for note in found.notes)
    return Diagnostic(found.code, found.message, span_of(found), found.hint, notes, found.severity)


def span_of(found: DiagnosticReport | NoteReport) -> Span | None:
    if found.path is None or found.line is None or found.column is None:
        return None
    return Span(Source(found.path, ()), found.line, found.column, max((found.end_column or 0) - found.column, 1))


class Tool(NamedTuple):
    """What made a report."""

    name: Annotated[str, OneOf(("convcalc",))]
    version: str


class Head(NamedTuple):
    """What every JSON document has beside the report's own fields."""

    schema_version: Annotated[str, Pattern(r"^1\.")]
    tool: Tool
    status: Verdict
    diagnostics: tuple[DiagnosticReport, ...]
