"""Every layer of a network in tables: what people read first, and all counts of all layers below it."""

from __future__ import annotations

from collections.abc import Sequence

from convcalc.analysis.metrics import BRIEF, COUNTED, METRICS, ranked, short_label
from convcalc.formats.page.markup import folded
from convcalc.formats.page.tables import MOST_ROWS, table
from convcalc.formats.parts import Column
from convcalc.report.contract import LayerReport, ModelReport
from convcalc.report.location import location_text
from convcalc.report.numbers import amount_text, attribute_text, shape_text, share_text

USUAL = ("kernel", "stride")  # attributes with a column


def layer_tables(model: ModelReport, most: int = MOST_ROWS) -> str:
    """The layers with their usual metrics and those that were asked for, then all others; the dearest where there are many."""
    if not model.layers:
        return ""
    shown = dearest(model.layers, most)
    known = [key for key in METRICS if key in shown[0].metrics]
    first = [*ranked(BRIEF), *(key for key in known if METRICS[key].on_demand)]
    hidden = [*first, COUNTED] if counts_macs(shown) else first
    others = [key for key in known if key not in hidden and any(layer.metrics[key] for layer in shown)]
    cut = len(model.layers) - len(shown)
    note = f'<p class="quiet">The {len(shown):,} dearest of {len(model.layers):,} layers; the JSON report has all.</p>' if cut else ""
    count = f"{len(shown):,} layer{'s' * (len(shown) != 1)} of {model.name}"
    return (
        f"{note}{chief(model, shown, first, count)}\n"
        f"{folded('Every count of every layer', counts(model, shown, others, f'All counts of {count}'))}"
    )


def counts_macs(layers: Sequence[LayerReport]) -> bool:
    """Whether the convention counts the MACs, so that a column of them says nothing new."""
    return all(layer.metrics[COUNTED] == layer.metrics["macs"] for layer in layers)


def dearest(layers: Sequence[LayerReport], most: int) -> list[LayerReport]:
    """All layers, or those of most MACs, parameters and elements written, in their order."""
    if len(layers) <= most:
        return list(layers)
    keys = [(tuple(layer.metrics[key] for key in ("macs", "params", "elements_written")), place) for place, layer in enumerate(layers)]
    return [layers[place] for place in sorted(place for _, place in sorted(keys, reverse=True)[:most])]


def chief(model: ModelReport, layers: Sequence[LayerReport], metrics: Sequence[str], what: str) -> str:
    """What people read first of each layer, and where it stands in the spec."""
    total = model.totals["macs"]
    columns = [
        Column("Layer", [name_of(layer) for layer in layers], right=False),
        Column("Op", [layer.op for layer in layers], right=False),
        *(Column(key.capitalize(), [attribute_text(layer.attributes.get(key)) for layer in layers]) for key in USUAL),
        Column("Output", [shape_text(layer.output) for layer in layers]),
    ]
    totals = ["Total", *[""] * (len(columns) - 1)]
    for key in metrics:
        columns.append(metric_column(key, layers))
        totals.append(amount_text(model.totals.get(key), METRICS[key].unit))
        if key == "macs":
            columns.append(Column("% MACs", [share_text(layer.metrics[key], total).removesuffix("%") for layer in layers]))
            totals.append(share_text(total, total).removesuffix("%"))
    columns.append(Column("In the spec", [location_text(layer.location) for layer in layers], right=False))
    rows = zip(*(map(str, column.cells) for column in columns), strict=True)
    return table(columns, rows, [*totals, ""], what, {"class": "layers"})


def counts(model: ModelReport, layers: Sequence[LayerReport], metrics: Sequence[str], what: str) -> str:
    """All other metrics of each layer."""
    columns = [
        Column("Layer", [name_of(layer) for layer in layers], right=False),
        Column("Input", [" ".join(map(shape_text, layer.every_input)) for layer in layers]),
        *(metric_column(key, layers) for key in metrics),
    ]
    totals = ["Total", "", *(amount_text(model.totals.get(key), METRICS[key].unit) for key in metrics)]
    return table(columns, zip(*(map(str, column.cells) for column in columns), strict=True), totals, what)


def metric_column(key: str, layers: Sequence[LayerReport]) -> Column:
    """A metric of each layer, exact."""
    unit = METRICS[key].unit
    header = METRICS[key].label if key == COUNTED else short_label(key)
    return Column(header, [amount_text(layer.metrics.get(key), unit) if layer.metrics.get(key) is not None else "" for layer in layers])


def name_of(layer: LayerReport) -> str:
    """`layer1.1-2.conv1 ×2`."""
    return layer.path + (f" ×{layer.times}" if layer.times > 1 else "")
