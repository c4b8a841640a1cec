"""The JSON contract, version 1: what commands find, as records whose annotations are the contract.

`report.codec` reads and describes (JSON Schema) every record by its annotations, `report.plain` writes it. A field with
a default may be missing in JSON and is left out where it has that default, but for what a command is run for (`CONTENTS`).
A record may say `SPREAD`, fields whose entries stand among the record's own in JSON, `METRICS`, fields of metrics, whose
`counted` has a unit beside it there, and `PLAIN`, fields that are as JSON has them. What every command pays for at its
start stands here, the rest in `report.results`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcalc.record import NamedTuple

if TYPE_CHECKING:
    from convcalc.errors import Diagnostic
    from convcalc.report.codec import Count, ExitCode, LayerMetrics, Positive, Rate, Shape, Sums, Totals, Unit, Value, Word
    from convcalc.report.device import DeviceReport
    from convcalc.report.location import Location
    from convcalc.report.memory import MemoryReport, TrainingReport
    from convcalc.report.results import (
        Asked,
        AxisReport,
        Change,
        CountReport,
        FileReport,
        Finding,
        FormulaReport,
        InvalidReport,
        ItemReport,
        Match,
        ModelChange,
        Solution,
        Suggestion,
    )

SCHEMA_VERSION = "1.0"
STATUS = {0: "ok", 1: "fail"}  # by exit code; anything else is an error


class ConventionReport(NamedTuple):
    """A counting rule: what it counts in one line, the tool's version that it reproduces, the unit of `counted`."""

    name: str
    counts: str
    version: str
    unit: Unit


MAC = ConventionReport(
    "mac",
    "MACs of convolutions, linear layers and matrix products; FLOPs = 2 × MACs; "
    "bias, norm, activation, pooling and joins are counted apart",
    "",
    "MAC",
)


# Models


class LayerReport(NamedTuple):
    """A row of a model. Metrics are those of all `times` layers and the whole batch.

    `sources` are the numbers of the values it reads: the network's inputs first, then a value a row, in order.
    """

    path: str
    op: str
    times: Positive
    input: Shape
    output: Shape
    attributes: dict[str, Value]
    metrics: LayerMetrics
    location: Location | None
    inputs: tuple[Shape, ...] = ()  # all of them, where there are several
    sources: tuple[Count, ...] = ()
    bound: str = ""  # what binds it on a device: compute or bandwidth
    copies: Count | None = None  # sets of parameters that the times layers have, where that is not one each

    @property
    def every_input(self) -> tuple[list[int], ...]:
        return self.inputs or ((self.input,) if self.input else ())


LayerReport.SPREAD = LayerReport.METRICS = ("metrics",)  # type: ignore[attr-defined]
LayerReport.PLAIN = ("input", "output", "attributes", "inputs", "sources")  # type: ignore[attr-defined]


class GroupReport(NamedTuple):
    """Layers start … stop−1 that belong together: a call, a path or a pass. `times` is its own, not that of those around it."""

    path: str
    kind: str
    times: Positive
    start: Count
    stop: Count
    location: Location | None
    shared: bool = False  # whether its passes use one set of parameters
    replaces: str = ""  # the --replace that put it in the place of what the layout says


class EntryReport(NamedTuple):
    """A line of a summary that is other than a layer: what it sums up, and which layers it shows where they are neighbours."""

    label: str
    kind: str
    times: Positive
    metrics: Sums
    start: Count = 0
    stop: Count = 0


EntryReport.SPREAD = EntryReport.METRICS = ("metrics",)  # type: ignore[attr-defined]


class Storage(NamedTuple):
    """Bytes of the parameters in a data type."""

    dtype: str
    param_bytes: Count


class FieldReport(NamedTuple):
    """What an output sees of the input, an axis; `before` is the layer that ended that, where one did."""

    output: str
    sizes: Shape | None
    before: str | None


class ModelReport(NamedTuple):
    """One design with its totals; ratios and the sentence only where it is compared with others."""

    name: str
    source: dict[str, str]
    input: Shape
    output: Shape
    batch: Positive
    totals: Totals
    layers: list[LayerReport]
    groups: tuple[GroupReport, ...]
    inputs: tuple[Shape, ...] = ()  # all of them, where there are several
    outputs: tuple[Shape, ...] = ()
    reduction: dict[str, Rate] | None = None
    ratio: dict[str, Rate] | None = None
    sentence: str = ""
    conventions: tuple[CountReport, ...] = ()
    layer: str = ""  # the part of the network that the conventions are shown for
    matches: tuple[Match, ...] | None = None  # figures near a published one
    storage: Storage | None = None
    memory: MemoryReport | None = None
    training: TrainingReport | None = None
    device: DeviceReport | None = None
    receptive_fields: tuple[FieldReport, ...] = ()  # an output each
    execution: dict[str, Value] = {}  # how it is run, where that is not as it is unless given
    entries: tuple[EntryReport, ...] = ()  # the lines of a summary, where they are other than the layers in their order


ModelReport.METRICS = ("totals",)  # type: ignore[attr-defined]


# The report


class Report(NamedTuple):
    """What a command found."""

    command: Word
    exit_code: ExitCode = 0
    convention: ConventionReport = MAC
    baseline: Count = 0  # which model the others are compared with
    published: str = ""  # the figure that conventions were matched with
    files: tuple[FileReport, ...] = ()
    formulas: tuple[FormulaReport, ...] = ()
    items: tuple[ItemReport, ...] = ()
    findings: tuple[Finding, ...] = ()
    changes: tuple[Change, ...] = ()
    totals: tuple[ModelChange, ...] = ()
    models: tuple[ModelReport, ...] = ()
    solutions: tuple[Solution, ...] = ()
    suggestions: tuple[Suggestion, ...] = ()
    chosen: tuple[Suggestion, ...] = ()  # the fewest of them that reach the limit
    axes: tuple[AxisReport, ...] = ()
    metrics: tuple[str, ...] = ()  # that points have
    points: list[dict[str, Value]] = []
    front: list[Count] | None = None  # which points are on the front
    invalid: tuple[InvalidReport, ...] = ()
    done: Count = 0  # points that were looked at
    met: Count = 0  # of these, those that are possible, measured where there are measurements, and meet the condition
    asked: Asked | None = None
    diagnostics: tuple[Diagnostic, ...] = ()


Report.PLAIN = ("points",)  # type: ignore[attr-defined]  # as they are, and many
Report.NEEDED = ("exit_code", "convention")  # type: ignore[attr-defined]  # though code has defaults for them
Report.UNREAD = ("diagnostics",)  # type: ignore[attr-defined]  # the envelope has them as records of their own

# What a command is run for stands in its JSON also where it is empty.
CONTENTS = {
    "validate": ("files",),
    "explain": ("formulas",),
    "list": ("items",),
    "diff": ("changes", "totals"),
    "check": ("findings", "changes", "totals", "models"),
    "solve": ("solutions",),
    "suggest": ("models", "suggestions"),
    "sweep": ("axes", "metrics", "points", "front", "invalid", "done", "met", "asked"),
    "compare": ("models",),
    "summary": ("models",),
    "conventions": ("models",),
    "memory": ("models",),
    "training": ("models",),
    "roofline": ("models",),
}
