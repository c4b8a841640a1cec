"""Saved JSON reports, read back whole: whatever a command found can be compared or shown again."""

from __future__ import annotations

import json
from typing import Any

from convcalc.analysis.changes import COSTS
from convcalc.analysis.metrics import ADDITIVE
from convcalc.commands.summary.lines import View, lines
from convcalc.errors import ConvcalcError, Diagnostic, Note, Source, Span
from convcalc.report.reading import (
    count,
    location,
    numbers,
    one_of,
    optional,
    positive,
    read_attribute,
    record,
    refuse_constant,
    rows,
    sizes,
    text_of,
    texts,
    truth,
    whole,
    word,
)
from convcalc.report.records import (
    SCHEMA_VERSION,
    STATUS,
    AttributeChange,
    Change,
    ConventionReport,
    CountReport,
    Entry,
    Explanation,
    FileReport,
    Finding,
    Formula,
    GroupReport,
    ItemReport,
    LayerReport,
    Match,
    ModelChange,
    ModelReport,
    Node,
    Report,
)
from convcalc.report.saved_space import read_solution, read_sweep

DEEPEST = 200  # groups within each other: more than any layout has


def load_report(text: str, shown: str) -> Report:
    """The report that a JSON text holds.

    Raises:
        ConvcalcError: for text that is no report, and for a report of another schema version.
    """
    try:
        data = json.loads(text, parse_constant=refuse_constant)
        version = data["schema_version"]
        if not isinstance(version, str) or version.split(".")[0] != SCHEMA_VERSION.split(".")[0]:
            raise refused(shown, f"its schema version is {version}, this is {SCHEMA_VERSION}", "make it again with this convcalc")
        return read_report(data)
    except (ValueError, RecursionError, KeyError, TypeError, IndexError, AttributeError):
        raise refused(shown, "it is no report of convcalc", "make one with --format json") from None


def load_models(text: str, shown: str) -> Report:
    """The same for one whose models are compared with others.

    Raises:
        ConvcalcError: also for a report of a run that failed, and for one without models.
    """
    report = load_report(text, shown)
    if report.exit_code not in STATUS:
        raise refused(shown, "it is the report of a run that failed", "look at its diagnostics")
    if not report.models:
        raise refused(shown, "it holds no models", "save one of convcalc summary")
    return report


def refused(shown: str, why: str, hint: str) -> ConvcalcError:
    return ConvcalcError(Diagnostic("bad-report", f"{shown}: {why}", Span(Source(shown, ()), 1, 1), hint))


def read_report(data: dict[str, Any]) -> Report:
    report = Report(
        command=word(data["command"]),
        models=rows(data.get("models", []), read_model),
        convention=record(ConventionReport, data["convention"], name=text_of, counts=text_of, version=text_of, unit=text_of),
        diagnostics=rows(data["diagnostics"], read_diagnostic),
        exit_code=whole(data["exit_code"]),
        baseline=whole(data.get("baseline", 0)),
        rearranged=any("entries" in model for model in data.get("models", [])),
        files=rows(data.get("files", []), lambda file: record(FileReport, file, path=text_of, status=one_of("ok", "fail", "error"))),
        explanations=read_explanations(data.get("formulas", [])),
        items=rows(data.get("items", []), lambda item: record(ItemReport, item, name=text_of, parameters=texts, meaning=text_of)),
        changes=rows(data.get("changes", []), read_change),
        totals=rows(data.get("totals", []), read_total),
        findings=rows(data.get("findings", []), read_finding),
        published=optional(text_of)(data.get("published")),
        sweep=read_sweep(data) if "points" in data or (data["command"] == "sweep" and not data["diagnostics"]) else None,
        solutions=rows(data.get("solutions", []), read_solution),
    )
    if not 0 <= report.baseline < max(len(report.models), 1):
        raise ValueError("no such baseline")
    return report


# Models


def read_model(data: dict[str, Any]) -> ModelReport:
    layers = list(rows(data["layers"], read_layer))
    model = ModelReport(
        name=text_of(data["name"]),
        source=texts(data["source"]),
        input=sizes(data["input"]),
        output=sizes(data["output"]),
        batch=whole(data["batch"]),
        totals=metrics(data["totals"]),
        layers=layers,
        ratio=optional(numbers)(data.get("ratio")),
        reduction=optional(numbers)(data.get("reduction")),
        sentence=optional(text_of)(data.get("sentence")),
        groups=nested(rows(data["groups"], read_group), len(layers)),
        inputs=rows(data.get("inputs", [data["input"]]), sizes),
        outputs=rows(data.get("outputs", [data["output"]]), sizes),
        storage=read_storage(data["storage"]) if "storage" in data else None,
        conventions=rows(data.get("conventions", []), read_count),
        layer=optional(text_of)(data.get("layer")),
        matches=rows(data["matches"], read_match) if "matches" in data else None,
    )
    entries = [read_entry(entry, layers) for entry in data["entries"]] if "entries" in data else lines(model, View())
    return model._replace(entries=tuple(entries))


def read_layer(data: dict[str, Any]) -> LayerReport:
    return LayerReport(
        path=text_of(data["path"]),
        op=text_of(data["op"]),
        times=positive(data["times"]),
        inputs=rows(data.get("inputs", [data["input"]]), sizes),
        output=sizes(data["output"]),
        attributes={name: read_attribute(value) for name, value in data["attributes"].items()},
        metrics=metrics(data),
        location=location(data["location"]),
    )


def read_group(data: dict[str, Any]) -> GroupReport:
    group = record(GroupReport, data, path=text_of, kind=text_of, times=positive, start=whole, stop=whole)
    return group._replace(location=location(data.get("location")))


def nested(groups: tuple[GroupReport, ...], layers: int) -> tuple[GroupReport, ...]:
    """Groups that nest as those of a network do, outer ones first."""
    open_ = [(0, layers)]
    for group in groups:
        while not open_[-1][0] <= group.start < group.stop <= open_[-1][1]:
            _, stop = open_.pop()  # an IndexError where it lies in none
            if group.start < stop:
                raise ValueError("crossing")
        open_.append((group.start, group.stop))
        if len(open_) > DEEPEST:
            raise ValueError("too deep")
    return groups


def read_entry(data: dict[str, Any], layers: list[LayerReport]) -> Entry:
    """A line of a summary, with the layers that it shows."""
    label, kind, times = text_of(data["label"]), text_of(data["kind"]), whole(data["times"])
    start, stop = whole(data.get("start", 0)), whole(data.get("stop", 0))
    return Entry(label, 0, Node(label, kind, times, additive(data), tuple(layers[start:stop]), ()))


def read_storage(data: dict[str, Any]) -> dict[str, Any]:
    return {"dtype": text_of(data["dtype"]), "param_bytes": whole(data["param_bytes"])}


def read_count(data: dict[str, Any]) -> CountReport:
    texts_of = dict.fromkeys(("name", "version", "unit", "counts"), text_of)
    return record(CountReport, data, **texts_of, total=whole, bridge=lambda steps: rows(steps, read_step))


def read_step(data: dict[str, Any]) -> tuple[str, int]:
    return text_of(data["term"]), whole(data["amount"])


def read_match(data: dict[str, Any]) -> Match:
    return record(Match, data, convention=text_of, unit=text_of, figure=whole, difference=whole, agrees=truth)


def metrics(data: dict[str, Any]) -> dict[str, Any]:
    """Additive metrics, and the receptive field."""
    return {**additive(data), "receptive_field": optional(sizes)(data["receptive_field"])}


def additive(data: dict[str, Any]) -> dict[str, Any]:
    return {key: count(data[key]["value"] if key == "counted" else data[key]) for key in ADDITIVE}


# What else commands find


def read_explanations(data: list[dict[str, Any]]) -> tuple[Explanation, ...]:
    """Formulas of what has the same name and shapes belong together."""
    found: list[Explanation] = []
    for row in data:
        attributes = {name: read_attribute(value) for name, value in row.get("attributes", {}).items()}
        head = Explanation(text_of(row["name"]), text_of(row["kind"]), sizes(row["input"]), sizes(row["output"]), attributes, ())
        formula = record(Formula, row, quantity=text_of, symbols=text_of, numbers=text_of, value=read_attribute)
        if found and found[-1]._replace(formulas=()) == head:
            found[-1] = found[-1]._replace(formulas=(*found[-1].formulas, formula))
        else:
            found.append(head._replace(formulas=(formula,)))
    return tuple(found)


def read_change(data: dict[str, Any]) -> Change:
    return record(
        Change,
        data,
        **dict.fromkeys(("model", "path", "old_path", "op"), text_of),
        status=one_of("changed", "new", "removed"),
        attributes=lambda told: rows(told, lambda one: record(AttributeChange, one, name=text_of, old=read_attribute, new=read_attribute)),
        location=location,
        old=costs,
        new=costs,
    )


def read_total(data: dict[str, Any]) -> ModelChange:
    return record(ModelChange, data, name=text_of, old_name=text_of, old=costs, new=costs, sentence=text_of)


def costs(data: dict[str, Any]) -> dict[str, int | None]:
    return {key: optional(count)(data[key]) for key in COSTS}


def read_finding(data: dict[str, Any]) -> Finding:
    return record(
        Finding,
        data,
        **dict.fromkeys(("spec", "model", "metric", "convention", "limit_text", "message", "hint", "note"), text_of),
        status=one_of("ok", "warn", "fail"),
        kind=one_of("max", "increase", "raised", "removed"),
        value=count,
        limit=count,
        base=optional(count),
        location=location,
        limit_location=location,
        carriers=amounts,
        growth=amounts,
    )


def amounts(data: Any) -> tuple[tuple[str, int], ...]:
    return rows(data, lambda part: (text_of(part["path"]), whole(part["value"])))


def read_diagnostic(data: dict[str, Any]) -> Diagnostic:
    notes = rows(data["notes"], lambda note: Note(text_of(note["message"]), span(note)))
    severity = one_of("error", "warning", "note")(data["severity"])
    return Diagnostic(word(data["code"]), text_of(data["message"]), span(data), optional(text_of)(data["hint"]), notes, severity)


def span(data: dict[str, Any]) -> Span | None:
    """A place without its line: reports do not hold the text of specs."""
    if data["path"] is None:
        return None
    line, column = positive(data["line"]), positive(data["column"])
    return Span(Source(text_of(data["path"]), ()), line, column, max(whole(data["end_column"]) - column, 1))
