"""What `diff` holds against each other: specs, saved reports, and files of a revision."""

from __future__ import annotations

import os

from convcalc.api.designs import chosen_convention
from convcalc.api.specs import spec_files, traced
from convcalc.errors import for_each
from convcalc.layout.library import DISK, YAML, Files, Library, is_path
from convcalc.layout.revision import known_revision, revision
from convcalc.report.model import ModelReport, Report
from convcalc.report.saved import load_models
from convcalc.report.trace import convention_report

RELATIVE = ("./", "../")
SAVED = ".json"


def read_side(text: str, convention: str | None = None) -> Report:
    """The models of a spec or of a saved report (a path that ends in .json), on disk or, as `REV:path`, in a revision.

    Raises:
        ConvcalcError: with every error of the spec, for a report that cannot be read, and for an unknown revision.
    """
    source, path = split_revision(text)
    if path.endswith(SAVED):
        return load_models(source.text(path, path), path)
    return models_of(spec_files([path]) if source is DISK else [path], convention, source)


def split_revision(text: str) -> tuple[Files, str]:
    """Where to read, and what: `HEAD:net.yaml` is in the revision where git knows it, `./HEAD:net.yaml` on disk.

    As git has it, `HEAD:./net.yaml` begins at the current directory, and `HEAD:net.yaml` at the repository's top.
    """
    before, colon, path = text.partition(":")
    if not colon or not path or before.startswith((".", "/")):
        return DISK, text
    found = revision(before)
    if found is not None:
        inside = found.path(path) if path.startswith(RELATIVE) else path
        return found, inside if is_path(inside) else f"./{inside}"  # never a shipped network: it is of no revision
    if path.endswith((*YAML, SAVED)) and not os.path.exists(before) and not os.path.exists(text):
        known_revision(before)  # says what to do
    return DISK, text


def models_of(specs: list[str], convention: str | None, source: Files) -> Report:
    """Reports of networks as they stand on disk or in a revision."""
    library = Library(source)
    models = for_each(specs, lambda spec: traced(library, spec).model(convention))
    return Report("summary", tuple(models), convention_report(chosen_convention(convention)))


def partners(old: tuple[ModelReport, ...], new: tuple[ModelReport, ...]) -> list[tuple[ModelReport | None, ModelReport | None]]:
    """Models of both sides by name and file, then by name in order; one against one whatever their names."""
    if len(old) == len(new) == 1:
        return [(old[0], new[0])]
    left = list(old)
    found: list[tuple[ModelReport | None, ModelReport | None]] = [(None, model) for model in new]
    for same in (same_file, same_name):
        for number, (partner, model) in enumerate(found):
            place = next((place for place, other in enumerate(left) if partner is None and model and same(other, model)), None)
            if place is not None:
                found[number] = left.pop(place), model
    return [*found, *((model, None) for model in left)]


def same_name(a: ModelReport, b: ModelReport) -> bool:
    return a.name == b.name


def same_file(a: ModelReport, b: ModelReport) -> bool:
    return same_name(a, b) and a.source == b.source
