"""`convcalc check`: budgets held against what designs cost."""

from __future__ import annotations

import os
from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

from convcalc.api.base import Before, Spec, applying, read, read_base
from convcalc.api.budgets import CONFIG, Config, is_config, is_glob, matches, option_budgets, own_budgets, places, read_config
from convcalc.api.designs import chosen_convention
from convcalc.api.specs import spec_files, walk
from convcalc.errors import ConvcalcError, Diagnostic, Span, for_each, usage
from convcalc.layout.library import YAML, Library, is_inside, is_path
from convcalc.report.budget import Budget
from convcalc.report.carriers import Written
from convcalc.report.check import Subject, against, gone, loosened
from convcalc.report.diff import diff_models
from convcalc.report.model import ModelReport, Report
from convcalc.report.trace import convention_report
from convcalc.report.views import Change, Finding, ModelChange

LONGEST_DIFF = 5_000  # lines; beyond it a line has changed where the base has none like it


class Target(NamedTuple):
    """A spec to check, and the configuration that may name it."""

    spec: str
    config: Config | None
    named_at: Span | None = None  # where a configuration asks for it


class Checked(NamedTuple):
    """What came of one spec."""

    model: ModelReport
    findings: list[Finding]
    looser: list[Finding]
    changes: tuple[Change, ...] = ()
    totals: tuple[ModelChange, ...] = ()


def check(
    specs: Sequence[str] = (),
    *,
    max: str | Sequence[str] = (),  # noqa: A002  # as the option is called
    base: str | None = None,
    convention: str | None = None,
    config: str | None = None,
) -> Report:
    """Budgets held against what designs cost.

    Args:
        specs: networks, files or directories; those that convcalc.yaml names unless given.
        max: limits for all of them, "macs=4.2G", "layer.macs=300M".
        base: a git revision, or a saved report (a path that ends in .json), for budgets of growth, for what changed,
            and for limits that the change itself raised or removed.
        convention: how `counted` counts where a budget does not say.
        config: another convcalc.yaml than that beside a spec or in the current directory.

    Returns:
        A report with `findings`, one a budget; with a base `changes` and `totals` too, as `diff` has them.
        `exit_code` is 1 where a budget is exceeded.

    Raises:
        ConvcalcError: for bad input, for nothing to check, and for no budget at all.
    """
    options = option_budgets([max] if isinstance(max, str) else max)
    rules = chosen_convention(convention)
    before = read_base(base) if base is not None else None
    asked = targets(specs, config)

    def check_target(target: Target) -> Checked:
        spec = spec_of(target)
        own = [*options, *own_budgets(spec.layout.budgets), *(applying(target.config, target.spec) if target.config else [])]
        was = before.before(spec, config) if before is not None else None
        return held(spec, counted_by(own, convention), was, before is not None, convention, accepting(target.spec, base, config))

    checked = for_each(asked, check_target)
    findings = [finding for item in checked for finding in item.findings]
    if not findings:
        raise usage("there is no budget to check", no_budget_hint(base))
    looser = [finding for item in checked for finding in item.looser]
    if before is not None and not specs:
        looser += [gone(path, limits) for path, limits in before.gone(config)]
    return Report(
        "check",
        models=tuple(item.model for item in checked),
        convention=convention_report(rules),
        diagnostics=tuple(before.warnings) if before is not None else (),
        exit_code=int(any(finding.status == "fail" for finding in findings)),
        changes=tuple(change for item in checked for change in item.changes),
        totals=tuple(total for item in checked for total in item.totals),
        findings=(*findings, *merged(looser)),
    )


def no_budget_hint(base: str | None) -> str:
    growth = "" if base else "; limits on growth need --base"
    return f"give --max macs=4.2G, or write `budgets` into the spec or {CONFIG}{growth}"


# Which specs


def targets(specs: Sequence[str], config: str | None) -> list[Target]:
    """The specs to check.

    Raises:
        ConvcalcError: where none is named, and for a pattern that names none.
    """
    given = read_config(config) if config is not None else None
    if not specs:
        found = given or (read_config(CONFIG) if os.path.isfile(CONFIG) else None)
        if found is None:
            raise usage("there is nothing to check", f"name specs, or write a {CONFIG}: budgets: [{{spec: models/*.yaml, macs: 4.2G}}]")
        return configured(found)
    known: dict[str, Config] = {}

    def target(spec: str) -> Target:
        place = next((place for place in places(spec) if os.path.isfile(place)), None)
        if given is None and place is not None and place not in known:
            known[place] = read_config(place)
        return Target(spec, given or known.get(place or ""))

    return for_each(spec_files(specs), target)


def configured(config: Config) -> list[Target]:
    """The specs that the patterns of a configuration name, each once; each pattern must name one."""
    found: dict[str, Target] = {}

    def name(pattern: tuple[str, Span]) -> None:
        text, span = pattern
        for spec in named_by(text.replace("\\", "/"), span, config.folder):
            found.setdefault(spec, Target(spec, config, span))

    for_each(config.patterns, name)
    return list(found.values())


def named_by(pattern: str, span: Span, folder: str) -> list[str]:
    """The specs of one pattern, which stay in the directory of the configuration."""
    if not is_glob(pattern):
        spec = os.path.join(folder, pattern).replace("\\", "/") if is_path(pattern) else pattern
        check_inside(pattern, spec, span, folder)
        return [spec]
    start = pattern[: min(pattern.index(sign) for sign in "*?[" if sign in pattern)].rpartition("/")[0]
    root = os.path.join(folder, start) or "."
    check_inside(pattern, root, span, folder)
    files = [os.path.relpath(file, folder or ".").replace("\\", "/") for file in walk(root)]
    named = [file for file in files if file.endswith(YAML) and not is_config(file) and matches(pattern, file)]
    if not named:
        raise misnamed("nothing-matched", f"no file matches `{pattern}`", span)
    return [os.path.join(folder, file).replace("\\", "/") for file in named]


def check_inside(pattern: str, place: str, span: Span, folder: str) -> None:
    """Refuse a path outside a directory: an error in a file there would echo its lines."""
    if is_path(pattern) and not is_inside(place, folder):
        raise misnamed("spec-outside", f"`{pattern}` lies outside the directory of the configuration", span)


def misnamed(code: str, message: str, span: Span) -> ConvcalcError:
    return ConvcalcError(Diagnostic(code, message, span, "correct the pattern, or drop the budget"))


def spec_of(target: Target) -> Spec:
    """The spec of a target; one that is not there is an error of the configuration that names it."""
    try:
        return read(Library(), target.spec)
    except ConvcalcError as error:
        [first, *_] = error.diagnostics
        if target.named_at is not None and first.span is None and first.code in ("file-missing", "unknown-design"):
            raise misnamed("nothing-matched", first.message, target.named_at) from None
        raise


# What they cost


def counted_by(budgets: list[Budget], convention: str | None) -> list[Budget]:
    """Budgets of `counted` that say by which convention: that of the run, where they do not."""
    run = convention or "mac"
    return [b._replace(convention=b.convention or run) if b.metric.endswith("counted") else b for b in budgets]


def accepting(spec: str, base: str | None, config: str | None) -> dict[str, str]:
    """The commands that rewrite a limit, by the kind of budget."""
    from shlex import quote

    command = f"convcalc check {quote(spec)} --update" + (f" --config {quote(config)}" if config else "")
    return {"max": command, "increase": f"{command} --base {quote(base or '')}"}


def held(spec: Spec, budgets: list[Budget], was: Before | None, compared: bool, convention: str | None, accept: dict[str, str]) -> Checked:
    """Budgets against one spec; those of growth only where there is a base."""
    changed = changed_lines(was.lines, spec.lines) if was is not None else frozenset()
    written = Written(spec.layout.path, spec.lines, changed)
    subjects: dict[str | None, Subject] = {}

    def subject(name: str | None) -> Subject:
        if name not in subjects:
            subjects[name] = Subject(spec.text, spec.model(name), was.model(name) if was is not None else None, written)
        return subjects[name]

    findings = [
        against(budget, subject(budget.convention or convention), accept[budget.kind])
        for budget in budgets
        if compared or budget.kind == "max"
    ]
    own = subject(convention)
    if was is None or own.base is None:
        return Checked(own.model, findings, [])
    changes, total = diff_models(own.base, own.model)
    looser = loosened(spec.text, counted_by(was.budgets, convention), [b for b in budgets if b.span is not None])
    return Checked(own.model, findings, looser, changes, (total,))


def changed_lines(old: tuple[str, ...], new: tuple[str, ...]) -> frozenset[int]:
    """The numbers of the lines that a change wrote; none where the base's are not known."""
    if not old:
        return frozenset()
    if max(len(old), len(new)) > LONGEST_DIFF:
        known = set(old)
        return frozenset(number for number, line in enumerate(new, 1) if line not in known)
    blocks = SequenceMatcher(None, old, new).get_opcodes()
    return frozenset(number + 1 for tag, _, _, start, stop in blocks if tag != "equal" for number in range(start, stop))


def merged(findings: list[Finding]) -> list[Finding]:
    """Limits of several specs that stand in one place, told once."""
    found: dict[object, Finding] = {}
    count: dict[object, int] = {}
    for finding in findings:
        key = finding.kind, finding.message, str(finding.limit_location or finding.spec)
        found.setdefault(key, finding)
        count[key] = count.get(key, 0) + 1
    return [
        finding if count[key] == 1 else finding._replace(message=f"{finding.message} ({count[key]} specs)")
        for key, finding in found.items()
    ]
