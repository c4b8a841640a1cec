"""What a check is compared with: a git revision, or a saved report."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import NamedTuple

from convcalc.api.budgets import Config, config_of, matches, own_budgets, places
from convcalc.api.designs import chosen_convention
from convcalc.api.specs import read_spec
from convcalc.core.trace import Trace, trace
from convcalc.errors import ConvcalcError, Diagnostic
from convcalc.layout.assemble import build_network
from convcalc.layout.library import YAML, Library, is_path
from convcalc.layout.model import Layout
from convcalc.layout.revision import Revision, known_revision, path_here, repository_path
from convcalc.layout.source import read_text
from convcalc.report.budget import Budget
from convcalc.report.model import ModelReport, Report
from convcalc.report.quantity import percent
from convcalc.report.saved import load_models
from convcalc.report.trace import model_report
from convcalc.report.views import Finding


class Spec(NamedTuple):
    """A network as it stands somewhere, on disk or in a revision."""

    text: str
    layout: Layout
    trace: Trace

    def model(self, convention: str | None) -> ModelReport:
        """Its figures, `counted` by a convention."""
        return model_report(self.trace, self.layout.name, {"path": self.layout.path}, chosen_convention(convention))

    @property
    def lines(self) -> tuple[str, ...]:
        return self.layout.span.source.lines


def read(library: Library, text: str) -> Spec:
    """A spec, traced.

    Raises:
        ConvcalcError: with every error of its files.
    """
    design = read_spec(library, text)
    return Spec(text, design.layout, trace(build_network(library, design.layout, design.arguments)))


class Before(NamedTuple):
    """A spec as the base has it: its figures, the limits on it, its lines where they are known."""

    model: Callable[[str | None], ModelReport]
    budgets: list[Budget]
    lines: tuple[str, ...] = ()


class Base:
    """A revision. `warnings` is what of it cannot be used."""

    def __init__(self, revision: Revision) -> None:
        self.revision = revision
        self.moves = revision.moves()
        self.warnings: list[Diagnostic] = []
        self.configs: dict[str, Config | None] = {}

    def before(self, spec: Spec, config: str | None) -> Before | None:
        """A spec as it was, under its old name where it has another now; None for one that is new."""
        if not is_path(spec.text):
            return None
        file = spec.layout.path
        named = repository_path(file)
        old = next((old for old, new in self.moves.items() if new == named), named)
        try:
            was = read(Library(self.revision), f"./{old}{spec.text[len(file) :]}")
        except ConvcalcError as error:
            self.note(error, f"{spec.text} as of {self.revision.name} cannot be used, so it counts as new")
            return None
        return Before(was.model, self.budgets(old, was.layout, config), was.lines)

    def budgets(self, path: str, layout: Layout | None, config: str | None) -> list[Budget]:
        """The limits on a path: its own, and those of a convcalc.yaml of the revision."""
        own = own_budgets(layout.budgets) if layout is not None else []
        here = path_here(path)
        for place in [config] if config is not None else places(here):
            found = self.config(place)
            if found is not None:
                return [*own, *applying(found, here)]
        return own

    def config(self, place: str) -> Config | None:
        """A convcalc.yaml as it was."""
        if place not in self.configs:
            self.configs[place] = None
            try:
                self.configs[place] = config_of(self.revision.text(repository_path(place), place), place)
            except ConvcalcError as error:
                self.note(error, f"{place} as of {self.revision.name} cannot be used, so its limits are not compared")
        return self.configs[place]

    def note(self, error: ConvcalcError, what: str) -> None:
        """Say what is wrong with the base, unless it just has no such file: its own errors are no errors of the change."""
        [first, *_] = error.diagnostics
        if first.code != "file-missing" or first.span is not None:
            self.warnings.append(Diagnostic("base-unusable", f"{what}: {first.message}", severity="warning"))

    def gone(self, config: str | None) -> list[tuple[str, list[Budget]]]:
        """Specs that are no more, with the limits that went with them."""
        found = []
        for path, new in self.moves.items():
            if new is None and path.endswith(YAML):
                try:
                    layout = Library(self.revision).design(f"./{path}")
                except ConvcalcError:
                    layout = None  # no layout, or one that was wrong
                if limits := self.budgets(path, layout, config):
                    found.append((path_here(path), limits))
        return found


class SavedBase:
    """A saved report."""

    def __init__(self, report: Report) -> None:
        self.report = report
        self.warnings: list[Diagnostic] = []

    def before(self, spec: Spec, config: str | None) -> Before | None:
        """The model of the same file, else of the same name; with the limits that a report of `check` holds."""
        found = [m for m in self.report.models if m.source.get("path") == spec.layout.path]
        found = found or [m for m in self.report.models if m.name == spec.layout.name]
        if not found:
            return None
        limits = [budget_of(finding) for finding in self.report.findings if finding.spec == spec.text and finding.limit_location]
        return Before(lambda convention: self.model(found[0], convention), [limit for limit in limits if limit is not None])

    def model(self, model: ModelReport, convention: str | None) -> ModelReport:
        """The model, where it was counted by this convention."""
        if (convention or "mac") != self.report.convention.name:
            message = f"the base was counted under {self.report.convention.name}, this is {convention or 'mac'}"
            raise ConvcalcError(Diagnostic("convention-differs", message, None, "make the base with the same --convention"))
        return model

    def gone(self, config: str | None) -> list[tuple[str, list[Budget]]]:
        return []


def read_base(text: str) -> Base | SavedBase:
    """A revision, or a report where the text ends in .json.

    Raises:
        ConvcalcError: for a revision that git does not know here, and for a report that cannot be read.
    """
    return SavedBase(load_models(read_text(text, text), text)) if text.endswith(".json") else Base(known_revision(text))


def budget_of(finding: Finding) -> Budget | None:
    """The budget that a finding was held against."""
    if finding.kind == "max":
        return Budget(finding.metric, "max", finding.limit, Fraction(0), finding.limit_text, finding.convention)
    if finding.kind == "increase":
        return Budget(finding.metric, "increase", 0, percent(finding.limit_text, "increase"), finding.limit_text, finding.convention)
    return None


def applying(config: Config, spec: str) -> list[Budget]:
    """The budgets of a configuration whose patterns name a spec."""
    inside = relative(spec, config.folder)
    return [budget for budget in config.budgets if budget.pattern == spec or matches(budget.pattern, inside)]


def relative(spec: str, folder: str) -> str:
    """A spec's path as its convcalc.yaml writes it."""
    import posixpath

    return posixpath.relpath(spec, folder or ".") if is_path(spec) else spec
