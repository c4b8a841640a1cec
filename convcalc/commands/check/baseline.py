"""What a check is compared with: a git revision, or a saved report."""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction

from convcalc.core.quantity import percent
from convcalc.errors import ConvcalcError, Diagnostic, usage
from convcalc.files.find import is_glob, matches, places
from convcalc.files.revision import Revision, known_revision
from convcalc.inputs.designs import Given, Spec, traced
from convcalc.layout.library import YAML, Library, is_config, is_path
from convcalc.layout.model import Layout
from convcalc.layout.source import read_text
from convcalc.record import NamedTuple
from convcalc.report.contract import ModelReport, Report
from convcalc.report.results import Finding
from convcalc.report.saved import SUFFIX as SAVED
from convcalc.report.saved import load_models
from convcalc.rules.budgets import Budget, Config, config_of, own_budgets


class Before(NamedTuple):
    """A spec as the base has it: its figures under a convention (None where they are not known), the limits on it, its
    lines, and for a saved report the one convention that it was counted by."""

    model: Callable[[str], ModelReport | None]
    budgets: list[Budget]
    lines: tuple[str, ...] = ()
    counted: str | None = None


class Base:
    """A revision. `warnings` is what of it cannot be used."""

    def __init__(self, revision: Revision, config: str | None) -> None:
        self.revision = revision
        self.name = revision.name
        self.config = config  # instead of those that specs have beside or above them
        self.moves = revision.moves()
        self.warnings: list[Diagnostic] = []
        self.configs: dict[str, Config | None] = {}

    def before(self, spec: Spec) -> Before | None:
        """A spec as it was, under its old name where it has another now; None for one that is new."""
        if spec.text == "-":
            return None
        if not is_path(spec.text):
            return Before(spec.model, self.budgets(spec.text, "", None))  # a shipped network is of no revision
        file = spec.layout.path
        old = self.before_move(self.revision.path(file))
        here, rest = self.revision.here(old), spec.text[len(file) :]
        try:
            was = traced(Library(self.revision), f"./{old}{rest}", Given(execution=spec.trace.execution, asked=spec.asked))
            return Before(was.model, self.budgets(here + rest, here, was.layout), was.layout.span.source.lines)
        except ConvcalcError as error:
            if not self.note(error, f"{spec.text} as of {self.name} cannot be used, so it counts as new"):
                return None
            return Before(unknown, self.budgets(here + rest, here, None))

    def before_move(self, path: str) -> str:
        """What a file was called."""
        return next((old for old, new in self.moves.items() if new == path), path)

    def budgets(self, text: str, path: str, layout: Layout | None) -> list[Budget]:
        """The limits on a spec: its own, and those of each convcalc.yaml of the revision that names it."""
        own = own_budgets(layout.budgets) if layout is not None else []
        found = [config for place in self.places(path) if (config := self.configured(place)) is not None]
        return [*own, *applying(found, text, path)]

    def places(self, path: str) -> list[str]:
        return [self.config] if self.config is not None else places(path)

    def configured(self, place: str) -> Config | None:
        """A convcalc.yaml as it was."""
        if place not in self.configs:
            self.configs[place] = None
            try:
                self.configs[place] = config_of(self.revision.text(self.before_move(self.revision.path(place)), place), place)
            except ConvcalcError as error:
                self.note(error, f"{place} as of {self.name} cannot be used, so its limits are not compared")
        return self.configs[place]

    def note(self, error: ConvcalcError, what: str) -> bool:
        """Say what is wrong with the base, unless it just has no such file: its own errors are no errors of the change.

        Raises:
            ConvcalcError: where git failed: what is not known is not new.
        """
        if any(diagnostic.code == "git-failed" for diagnostic in error.diagnostics):
            raise error
        [first, *_] = error.diagnostics
        if (first.code == "file-missing" and first.span is None) or first.code == "unknown-design":
            return False
        self.warnings.append(Diagnostic("base-unusable", f"{what}: {first.message}", severity="warning"))
        return True

    def checked(self, folders: Sequence[str] | None) -> Iterator[tuple[str, str | None]]:
        """Specs that a check of the base covered, those in some folders or (None) those that its configurations name:
        what they were called, and what they are called now (None where they are gone)."""
        tops = [config for place in self.places("") if (config := self.configured(place)) is not None]
        below = [os.path.realpath(folder) for folder in folders or ()]
        unseen = self.revision.unseen()
        for path in self.revision.files():
            here, now = self.revision.here(path), self.moves.get(path, path)
            full = os.path.realpath(here)
            covered = any(full.startswith(f"{folder.rstrip('/')}/") for folder in below)
            asked = covered if folders is not None else bool(applying(tops, here, here))
            if path.endswith(YAML) and not is_config(path) and asked and now not in unseen:
                yield here, None if now is None else self.revision.here(now)
        if folders is None:
            yield from ((name, name) for name in dict.fromkeys(literal_specs(tops)))

    def limits(self, here: str) -> list[Budget]:
        """All limits that a spec had."""
        file = file_of(here)
        return [*(self.own(self.revision.path(file)) if is_path(here) else []), *self.budgets(here, file, None)]

    def own(self, path: str) -> list[Budget]:
        """The limits that a file held itself; none where it was no layout."""
        try:
            return own_budgets(Library(self.revision).design(f"./{path}").budgets)
        except ConvcalcError as error:
            if any(diagnostic.code == "git-failed" for diagnostic in error.diagnostics):
                raise
            return []


class SavedBase:
    """A saved report."""

    def __init__(self, report: Report, name: str) -> None:
        self.report = report
        self.name = name
        self.warnings: list[Diagnostic] = []

    def before(self, spec: Spec) -> Before | None:
        """The model of the same file, else of the same name; with the limits that a report of `check` holds."""
        named = [m for m in self.report.models if m.name == spec.layout.name]
        found = [m for m in self.report.models if same_path(str(m.source.get("path")), spec.layout.path)]
        given = spec.source.get("spec")
        if given is not None or any("spec" in m.source for m in found):  # a preset, or with arguments
            found = [m for m in found if ending(m.source.get("spec")) == ending(given)]
        if not found and not any(os.path.exists(str(m.source.get("path"))) for m in named):
            found = named  # a spec of this name that stood elsewhere
        if len(found) != 1:
            return None
        limits = [budget_of(f) for f in self.report.findings if f.limit_location and same_spec(f.spec, spec.text)]
        counted = self.report.convention.name
        return Before(lambda name: found[0] if name == counted else None, [limit for limit in limits if limit is not None], counted=counted)

    def checked(self, folders: Sequence[str] | None) -> Iterator[tuple[str, str | None]]:
        return iter(())

    def limits(self, here: str) -> list[Budget]:
        return []


def unknown(convention: str) -> None:
    """The figures of a spec that cannot be used."""


def same_path(a: str, b: str) -> bool:
    try:
        return os.path.realpath(a) == os.path.realpath(b)
    except ValueError:  # no path: a saved report may hold anything
        return False


def file_of(spec: str) -> str:
    """The file of a spec, without its preset or arguments."""
    return spec if os.path.isfile(spec) else re.sub(r"(\.ya?ml):.*$", r"\1", spec)


def ending(spec: str | None) -> str:
    """The preset or arguments of a spec."""
    return spec[len(file_of(spec)) :] if spec is not None else ""


def same_spec(a: str, b: str) -> bool:
    return same_path(file_of(a), file_of(b)) and ending(a) == ending(b)


def literal_specs(configs: Sequence[Config]) -> Iterator[str]:
    """What configurations name and no file of a tree is: shipped networks, presets, files with arguments."""
    for config in configs:
        for pattern, _ in config.patterns:
            if not is_glob(pattern) and (not is_path(pattern) or file_of(pattern) != pattern):
                yield posixpath.normpath(posixpath.join(config.folder, pattern)) if is_path(pattern) else pattern


def read_base(text: str, config: str | None) -> Base | SavedBase:
    """A revision, or a report where the text ends in .json.

    Raises:
        ConvcalcError: for a revision that git does not know here, and for a report that cannot be read.
    """
    if not text:
        raise usage("--base: the name is empty", "is the variable set that it comes from?")
    if text.endswith(SAVED):
        return SavedBase(load_models(read_text(text, text), text), text)
    if text.endswith(YAML):
        raise usage(f"--base {text}: that is a spec", "name a git revision, --base main, or a saved report, --base report.json")
    return Base(known_revision(text), config)


def budget_of(finding: Finding) -> Budget | None:
    """The budget that a finding was held against."""
    if finding.kind == "max":
        return Budget(finding.metric, "max", finding.limit, Fraction(0), finding.limit_text, finding.convention)
    if finding.kind == "increase":
        return Budget(finding.metric, "increase", 0, percent(finding.limit_text, "increase"), finding.limit_text, finding.convention)
    return None


def applying(configs: Sequence[Config], text: str, path: str) -> list[Budget]:
    """The budgets whose patterns name a spec, by its text or by the path of its file."""
    found = []
    for config in configs:
        name, file = config.relative(text), config.relative(path) if is_path(text) else None
        found += [budget for budget in config.budgets if budget.pattern == name or (file is not None and matches(budget.pattern, file))]
    return found
