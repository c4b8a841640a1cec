"""The lines of a summary that were asked for, and the bytes of its parameters."""

from __future__ import annotations

from convcalc.analysis.metrics import of_layers
from convcalc.analysis.tree import Line, Node, by_op, leaves, lines, ordered, top, tree
from convcalc.core.execution import bytes_of
from convcalc.errors import Diagnostic
from convcalc.inputs.goals import Goal, read_goal
from convcalc.record import NamedTuple
from convcalc.report.contract import ConventionReport, EntryReport, ModelReport, Report, Storage


class View(NamedTuple):
    """Which lines of a model, in which order. `by` None is the tree."""

    by: str | None = None
    sort: str | None = None
    top: int | None = None
    dtype: str = "fp32"

    @property
    def rearranged(self) -> bool:
        """Whether the lines are other than the layers in their order, so that programs need them too."""
        return self.by is not None or self.sort is not None or self.top is not None


def summary_report(models: list[ModelReport], view: View, diagnostics: list[Diagnostic], convention: ConventionReport) -> Report:
    """The models with the lines that a view asks for."""
    order = check_order(view.sort)
    found = [*diagnostics, *(custom_layers(model) for model in models if any(layer.op == "custom" for layer in model.layers))]
    viewed = tuple(
        model._replace(entries=entries(model, view, order) if view.rearranged else (), storage=storage(model, view.dtype))
        for model in models
    )
    return Report("summary", convention=convention, models=viewed, diagnostics=tuple(found))


def entries(model: ModelReport, view: View, order: Goal) -> tuple[EntryReport, ...]:
    """The lines that a view asks for, as records."""
    places = {id(layer): place for place, layer in enumerate(model.layers)}
    found = []
    for line in chosen_lines(model, view, order):
        layers = line.node.layers  # neighbours; none where it stands for what is strewn over the network
        start, stop = (places[id(layers[0])], places[id(layers[-1])] + 1) if layers else (0, 0)
        found.append(EntryReport(line.label, line.node.kind, line.node.times, line.node.metrics, start, stop))
    return tuple(found)


def chosen_lines(model: ModelReport, view: View, order: Goal) -> list[Line]:
    """The lines of one model. Sorting needs lines of one kind: layers, unless `by` says otherwise."""
    by = view.by or "layer"
    found = leaves(model) if by == "layer" else by_op(model) if by == "op" else lines(tree(model), 1)
    if view.sort or (view.top and by != "op"):
        found = ordered(found, order.name, not order.most)
    return top(found, view.top) if view.top else found


def shown_lines(model: ModelReport, depth: int) -> list[Line]:
    """The lines that a table shows: those that were asked for, else the tree as deep as `depth`."""
    if not model.entries:
        return lines(tree(model), depth)
    return [
        Line(entry.label, 0, Node(entry.label, entry.kind, entry.times, entry.metrics, tuple(model.layers[entry.start : entry.stop]), ()))
        for entry in model.entries
    ]


def check_order(sort: str | None) -> Goal:
    """The order of lines.

    Raises:
        ConvcalcError: for a metric that there is not.
    """
    return read_goal("--sort", sort or "macs", of_layers(), most="desc", least="asc", most_first=True)


def storage(model: ModelReport, dtype: str) -> Storage:
    """Bytes of the parameters, buffers excepted."""
    return Storage(dtype, bytes_of(model.totals["params"], dtype))


def custom_layers(model: ModelReport) -> Diagnostic:
    """A note on layers whose figures are the spec's own."""
    names = [layer.path for layer in model.layers if layer.op == "custom"]
    shown = ", ".join(names[:3]) + (", …" if len(names) > 3 else "")
    message = f"{model.name}: the figures of {len(names)} custom layer{'s' * (len(names) > 1)} are stated, not computed: {shown}"
    return Diagnostic("custom-layer", message, severity="note")
