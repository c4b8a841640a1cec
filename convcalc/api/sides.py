"""What `diff` and `--base` hold against each other: specs, saved reports, and files of a revision."""

from __future__ import annotations

import os
from typing import Any

from convcalc.api.designs import chosen_convention
from convcalc.api.specs import read_spec, spec_files
from convcalc.core.trace import trace
from convcalc.errors import ConvcalcError, Diagnostic, usage
from convcalc.layout.assemble import build_network
from convcalc.layout.library import Library
from convcalc.layout.revision import Revision, known_revision, revision
from convcalc.layout.source import read_text
from convcalc.report.model import ModelReport, Report
from convcalc.report.saved import load_report
from convcalc.report.trace import convention_report, model_report


def read_side(text: str, convention: str | None = None) -> Report:
    """The models of a spec, a saved report (a path that ends in .json) or `REV:path`.

    Raises:
        ConvcalcError: with every error of the spec, for a report that cannot be read, and for an unknown revision.
    """
    if text.endswith(".json") and os.path.isfile(text):
        return load_report(read_text(text, text), text)
    name, path = split_revision(text)
    if name is not None:
        return models_of([path], convention, name)
    return models_of(spec_files([text]), convention, None)


def split_revision(text: str) -> tuple[Revision | None, str]:
    """The revision that a text begins with, where git knows it; `./HEAD:net.yaml` is a file."""
    before, colon, path = text.partition(":")
    if not colon or not path or before.startswith((".", "/")):
        return None, text
    found = revision(before)
    if found is not None:
        return found, path
    if path.endswith((".yaml", ".yml")) and not os.path.exists(before) and not os.path.exists(text):
        known_revision(before)  # says what to do
    return None, text


def models_of(specs: list[str], convention: str | None, source: Revision | None) -> Report:
    """Reports of networks as they stand on disk or in a revision."""
    rules = chosen_convention(convention)
    problems: list[Diagnostic] = []
    models: list[ModelReport] = []
    for spec in specs:
        library = Library(source) if source is not None else Library()
        try:
            design = read_spec(library, spec)
            network = build_network(library, design.layout, design.arguments)
            models.append(model_report(trace(network), network.name, {"path": design.layout.path}, rules))
        except ConvcalcError as error:
            problems += [diagnostic for diagnostic in error.diagnostics if diagnostic not in problems]
    if problems:
        raise ConvcalcError(*problems)
    return Report("summary", tuple(models), convention_report(rules))


def partners(old: tuple[ModelReport, ...], new: tuple[ModelReport, ...]) -> list[tuple[ModelReport | None, ModelReport | None]]:
    """Models of both sides by name; one against one whatever their names."""
    if len(old) == len(new) == 1:
        return [(old[0], new[0])]
    names = {model.name: model for model in old}
    found: list[tuple[Any, Any]] = [(names.pop(model.name, None), model) for model in new]
    return [*found, *((model, None) for model in names.values())]


def named_metric(text: str, known: tuple[str, ...]) -> tuple[str, str]:
    """`macs>2%` in two: a metric, and the limit after it."""
    metric, sign, limit = text.partition(">")
    if not sign or metric.strip() not in known or not limit.strip():
        raise usage(f"--fail-on {text}: expected any, increase or METRIC>LIMIT", "write --fail-on 'macs>2%'")
    return metric.strip(), limit.strip()
