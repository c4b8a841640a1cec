"""The sections of a network in a page: totals, where the cost is, its stages, its memory, its intensity, and every layer."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from convcalc.analysis.metrics import BRIEF, METRICS, ranked
from convcalc.formats.page.cost_map import amount_of, cost_maps, kinds_of, legend
from convcalc.formats.page.intensity import intensity
from convcalc.formats.page.layers import layer_tables
from convcalc.formats.page.lifetimes import lifetimes
from convcalc.formats.page.markup import Page, Picture, Section, drawn, safe, unique
from convcalc.formats.page.stages import stage_table
from convcalc.formats.parts import counted_by, title
from convcalc.report.contract import ModelReport, Report
from convcalc.report.numbers import amount_text, bytes_text, scaled_text, shape_text

ON_DEMAND = ("peak_bytes", "floor_seconds")  # totals that are shown where a report has them
LACKING = '<p class="quiet">No pictures of memory: the report has no peak_bytes. Make it with --columns peak_bytes,bytes.</p>'
MORE = ("weighted_layers", "receptive_field")


def lead(report: Report) -> str:
    """`resnet50: 3×224×224 → 1000 · counted by mac`."""
    return ", ".join(map(title, report.models)) + counted_by(report)


def page_of_each(report: Report, sections: Callable[[ModelReport], list[Section]]) -> Page:
    """The sections of each network, one network after another; their headings name it where there are several."""
    several = len(report.models) > 1
    found = [
        section._replace(title=f"{model.name}: {section.title}" if several else section.title)
        for model in distinct(report.models)
        for section in sections(model)
    ]
    return Page(", ".join(model.name for model in report.models), lead(report), found)


def pictures(report: Report, draw: Callable[[ModelReport], Picture | None]) -> list[tuple[str, Picture | None]]:
    """A picture of each network, named where there are several."""
    several = len(report.models) > 1
    return [(model.name if several else "", draw(model)) for model in report.models]


def distinct(models: Sequence[ModelReport]) -> list[ModelReport]:
    """Networks with names of their own: the second of the same name has a number behind it."""
    return [model._replace(name=name) for model, name in zip(models, unique([model.name for model in models], " "), strict=True)]


def network(model: ModelReport) -> list[Section]:
    """All that a report knows of a network."""
    pictures = (("Memory while it runs", lifetimes(model)), (intensity_title(model), intensity(model)))
    metrics = [key for key in ranked(BRIEF) if model.totals[key]]
    lacking = LACKING if model.layers and "peak_bytes" not in model.totals else ""
    bodies = [
        ("Totals", cards(model) + lacking),
        ("Where the cost is", maps([model], map_metrics([model]))),
        ("Stage by stage", stage_table(model, metrics) if metrics and model.layers else ""),
        *((heading, drawn(picture) if picture is not None else "") for heading, picture in pictures),
        ("Every layer", layer_tables(model)),
    ]
    return [Section(heading, body) for heading, body in bodies if body]


def intensity_title(model: ModelReport) -> str:
    return "Under the roof" if model.device is not None else "Arithmetic and memory"


def map_metrics(models: Sequence[ModelReport]) -> list[str]:
    """The metrics that networks have maps of: the usual ones, bytes where a type was asked for, and their floor on a device."""
    asked = ("bytes", "floor_seconds") if any(model.device is not None or "dtype" in model.execution for model in models) else ()
    known = [metrics for model in models for metrics in (model.totals, *(layer.metrics for layer in model.layers[:1]))]
    return [key for key in (*ranked(BRIEF), *asked) if all(key in metrics for metrics in known)]


def maps(models: Sequence[ModelReport], metrics: Sequence[str], common: bool = False) -> str:
    """A map for each metric, of which a page shows the one that is chosen, and what their colours mean; empty where nothing costs anything.

    Those of several networks stand below each other, each as wide as there is room, or on a `common` scale.
    """
    models = distinct(models)
    wholes = {key: max(model.totals[key] for model in models) if common else None for key in metrics}
    pictures = [(model, cost_maps(model, wholes)) for model in models]
    bodies = [
        (METRICS[key].label, "\n".join(body))
        for key in metrics
        if (body := [named_map(model, key, found[key], len(models) > 1) for model, found in pictures if key in found])
    ]
    what = ", ".join(model.name for model in models)
    return choice(f"Metric of the map of {what}", bodies) + legend(kinds_of(models)) if bodies else ""


def named_map(model: ModelReport, metric: str, picture: Picture, several: bool) -> str:
    """A map; of several with its network's name and total above it, and without its caption."""
    if not several:
        return drawn(picture)
    return f"<h3>{safe(f'{model.name}, {amount_of(model.totals[metric], metric)}')}</h3>\n{drawn(picture._replace(caption=''))}"


def choice(what: str, bodies: Sequence[tuple[str, str]]) -> str:
    """Bodies of which one is shown, by buttons that need no script; all of them where there is no style sheet, and in print."""
    if len(bodies) < 2:
        return "".join(body for _, body in bodies)
    buttons = "".join(
        f'<label><input type="radio" name="{safe(what)}"{" checked" if place == 0 else ""}>{safe(name)}</label>'
        for place, (name, _) in enumerate(bodies)
    )
    shown = "\n".join(f"<div>{body}</div>" for _, body in bodies)
    return f'<div class="choice"><fieldset><legend>{safe(what)}</legend>{buttons}</fieldset>\n{shown}</div>'


def cards(model: ModelReport) -> str:
    """The totals, rounded and exact."""
    keys = [key for key in (*ranked(BRIEF), *ON_DEMAND, *MORE) if model.totals.get(key) is not None]
    return f'<dl class="cards">{"".join(card(key, model) for key in keys)}</dl>'


def card(key: str, model: ModelReport) -> str:
    """One total."""
    value, metric = model.totals[key], METRICS[key]
    exact = amount_text(value, metric.unit)
    if metric.unit == "sizes":
        large, small = shape_text(value), ""
    elif metric.unit == "seconds":
        large, small = exact, f"on {model.device.name}" if model.device is not None else ""
    else:
        large = bytes_text(value) if metric.unit == "bytes" else scaled_text(value)
        small = exact if exact != large else ""
    return f"<div><dt>{safe(metric.label)}</dt><dd>{safe(large)}<small>{safe(small)}</small></dd></div>"
