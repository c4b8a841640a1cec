"""`convcalc check`: budgets held against what designs cost."""

from __future__ import annotations

import os
from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import Unpack

from convcalc.analysis.blame import Evidence, Subject, Written, evidence
from convcalc.analysis.changes import diff_models
from convcalc.analysis.match import Pairs, pairs
from convcalc.analysis.metrics import LAYER, dear, is_counted, word_of
from convcalc.analysis.totals import number
from convcalc.commands.check.baseline import Base, Before, SavedBase, applying, ending, file_of, read_base
from convcalc.commands.check.findings import Loosened, against, gone, loosened
from convcalc.commands.check.targets import Configs, Target, misnamed, targets
from convcalc.core.execution import Execution
from convcalc.errors import ConvcalcError, Diagnostic, for_each, usage
from convcalc.inputs.designs import Given, Spec, chosen_convention, traced
from convcalc.inputs.execution import Running, options_of, read_execution
from convcalc.inputs.limits import Limits, limit_texts
from convcalc.layout.library import CONFIG, Library, is_path
from convcalc.record import NamedTuple
from convcalc.report.contract import ModelReport, Report
from convcalc.report.from_trace import convention_report
from convcalc.report.results import Change, Finding, ModelChange
from convcalc.rules.budgets import Budget, Config, of_uncounted, option_budgets, own_budgets, read_config

LONGEST_DIFF = 200  # lines; of more, those count as changed that were nowhere before


class Settings(NamedTuple):
    """What a check was asked for, for all specs alike."""

    limits: list[Budget]
    base: Base | SavedBase | None
    convention: str
    config: Config | None  # instead of those that specs have beside or above them
    execution: Execution = Execution()

    def accept(self, spec: str, kind: str) -> str:
        """The command that rewrites a limit of a spec; none for standard input."""
        if spec == "-":
            return ""
        from shlex import quote

        options = [f"--config {quote(self.config.path)}"] if self.config is not None else []
        options += [f"--convention {quote(self.convention)}"] if self.convention != "mac" else []
        options += [quote(word) for word in options_of(self.execution)]
        options += [f"--base {quote(self.base.name)}"] if self.base is not None and kind == "increase" else []
        named = f"./{spec}" if spec.startswith("-") and spec != "-" else spec  # a file may be called like an option
        return " ".join([f"convcalc check {quote(named)} --update", *options])


class Checked(NamedTuple):
    """What came of one spec."""

    model: ModelReport
    findings: list[Finding]
    looser: list[Loosened]
    unheld: int  # limits on growth without a base
    changes: tuple[Change, ...] = ()
    totals: tuple[ModelChange, ...] = ()


def check(
    specs: str | Sequence[str] = (),
    *,
    max: Limits = (),  # noqa: A002  # as the option is called
    base: str | None = None,
    convention: str | None = None,
    config: str | None = None,
    **running: Unpack[Running],
) -> Report:
    """Budgets held against what designs cost.

    Args:
        specs: networks, files or directories; those that convcalc.yaml names unless given.
        max: limits for all of them, "macs=4.2G", "layer.macs=300M", beside those that stand in files.
        base: a git revision, or a saved report (a path that ends in .json), for budgets of growth, for what changed,
            and for limits that the change itself raised or removed.
        convention: how `counted` counts where a budget does not say.
        config: another convcalc.yaml than those beside a spec, in the current directory and above it.
        running: how they are run, as `inputs.execution.Running` lists it: `dtype`, `in_place`, `optimizer`, …

    Returns:
        A report with `findings`, one a budget; with a base `changes` and `totals` too, as `diff` has them.
        `exit_code` is 1 where a budget is exceeded.

    Raises:
        ConvcalcError: for bad input, for nothing to check, and for no budget at all.
    """
    specs = [specs] if isinstance(specs, str) else specs
    limits = option_budgets(limit_texts(max))
    rules = chosen_convention(convention)
    before = read_base(base, config) if base is not None else None
    execution = read_execution(**running)
    settings = Settings(limits, before, convention or "mac", read_config(config) if config is not None else None, execution)
    found = Configs(settings.config)
    asked = targets(specs, found)
    checked = for_each(asked, lambda target: check_target(target, settings, found))
    findings = [finding for item in checked for finding in item.findings]
    unheld = sum(item.unheld for item in checked)
    if not findings:
        raise no_budget(unheld)
    looser = [one for item in checked for one in item.looser]
    if before is not None:
        looser += dropped(before, specs, asked)
    return Report(
        "check",
        models=tuple(item.model for item in checked),
        convention=convention_report(rules),
        diagnostics=(*(before.warnings if before is not None else ()), *unheld_note(unheld)),
        exit_code=int(any(finding.status == "fail" for finding in findings)),
        changes=tuple(change for item in checked for change in item.changes),
        totals=tuple(total for item in checked for total in item.totals),
        findings=(*findings, *merged(looser)),
    )


def no_budget(unheld: int) -> ConvcalcError:
    if unheld:
        return usage("all limits are on growth, and there is no base", "give --base main, or a saved report")
    return usage("there is no budget to check", f"give --max macs=4.2G, or write `budgets` into the spec or {CONFIG}")


def unheld_note(unheld: int) -> list[Diagnostic]:
    """A word on limits that nothing was held against."""
    if not unheld:
        return []
    message = f"{unheld} limit{'s' * (unheld != 1)} on growth not checked: there is no base"
    return [Diagnostic("growth-unchecked", message, None, "give --base main, or a saved report", severity="note")]


def dropped(base: Base | SavedBase, specs: Sequence[str], asked: list[Target]) -> list[Loosened]:
    """Specs that the base had limits on and that are not checked any more: deleted, or out of the configuration."""
    kept = {real(target.spec) for target in asked}
    folders = [spec for spec in specs if os.path.isdir(spec)] if specs else None
    found = [(was, now) for was, now in base.checked(folders) if real(was) not in kept and (now is None or real(now) not in kept)]
    return [
        gone(was, limits, "is checked no more" if now is not None and (os.path.isfile(file_of(now)) or not is_path(now)) else "is gone")
        for was, now in found
        if (limits := base.limits(was))
    ]


def real(spec: str) -> str:
    """What tells specs apart, however their paths are written."""
    return os.path.realpath(file_of(spec)) + ending(spec) if is_path(spec) else spec


def spec_of(target: Target, execution: Execution) -> Spec:
    """The spec of a target; one that is not there is an error of the configuration that names it."""
    try:
        return traced(Library(), target.spec, Given(execution=execution))  # one a spec, so that no file's errors hide another's
    except ConvcalcError as error:
        [first, *_] = error.diagnostics
        if target.named_at is not None and first.span is None and first.code in ("file-missing", "unknown-design"):
            raise misnamed("nothing-matched", first.message, target.named_at) from None
        raise


def check_target(target: Target, settings: Settings, configs: Configs) -> Checked:
    """One spec, held against all that limits it."""
    spec = spec_of(target, settings.execution)
    path = spec.layout.path
    applied = applying(configs.of(path if is_path(spec.text) else ""), spec.text, path)
    stated = [*settings.limits, *own_budgets(spec.layout.budgets), *applied]
    budgets = counted_by([*stated, *of_uncounted(spec.trace, stated)], settings.convention)
    spec = spec._replace(asked=dear([budget.metric.removeprefix(LAYER) for budget in budgets]))
    return held(spec, budgets, settings.base.before(spec) if settings.base is not None else None, settings)


def counted_by(budgets: list[Budget], convention: str) -> list[Budget]:
    """Budgets of `counted` that say by which convention: that of the run, where they do not."""
    return [b._replace(convention=b.convention or convention) if is_counted(b.metric) else b for b in budgets]


def held(spec: Spec, budgets: list[Budget], was: Before | None, settings: Settings) -> Checked:
    """Budgets against one spec; those of growth only where there is a base."""
    lines = spec.layout.span.source.lines
    written = Written(
        spec.layout.path if is_path(spec.text) else "", lines, changed_lines(was.lines, lines) if was is not None else frozenset()
    )
    subjects: dict[str, Subject] = {}
    seen: dict[tuple[str, str], Evidence] = {}

    def subject(convention: str) -> Subject:
        if convention not in subjects:
            model, base = spec.model(convention), was.model(convention) if was is not None else None
            matched: Pairs = pairs(base.layers, model.layers) if base is not None else []
            subjects[convention] = Subject(spec.text, model, base, matched, written)
        return subjects[convention]

    def finding(budget: Budget) -> Finding:
        about = subject(budget.convention or settings.convention)
        if budget.kind == "increase" and was is not None and was.counted not in (None, budget.convention or settings.convention):
            message = f"{spec.text}: the base was not counted by {budget.convention or settings.convention}"
            raise ConvcalcError(Diagnostic("convention-differs", message, budget.span, "make the base with the same --convention"))
        if budget.kind == "increase" and about.base is not None and budget.metric.removeprefix(LAYER) not in about.base.totals:
            message = f"{spec.text}: the base has no {word_of(budget.metric.removeprefix(LAYER))}"
            raise ConvcalcError(Diagnostic("bad-value", message, budget.span, "make the saved report with the same limit"))
        if not budget.metric.startswith(LAYER) and number(about.model.totals[budget.metric]) is None:
            message = f"{spec.text} has no {word_of(budget.metric)}"
            raise ConvcalcError(Diagnostic("bad-value", message, budget.span, "drop the limit, or set it for another network"))
        key = budget.metric, budget.convention
        if key not in seen:
            seen[key] = evidence(budget.metric, about)
        return against(budget, about, seen[key], settings.accept(spec.text, budget.kind))

    asked = [budget for budget in budgets if settings.base is not None or budget.kind == "max"]
    findings, own = for_each(asked, finding), subject(settings.convention)
    if was is None:
        return Checked(own.model, findings, [], len(budgets) - len(asked))
    before, after = counted_by(was.budgets, settings.convention), [budget for budget in budgets if budget.span is not None]
    looser = loosened(spec.text, written, before, after)
    if own.base is None:
        return Checked(own.model, findings, looser, 0)
    changes, total = diff_models(own.base, own.model, own.pairs)
    return Checked(own.model, findings, looser, 0, changes, (total,))


def changed_lines(old: tuple[str, ...], new: tuple[str, ...]) -> frozenset[int]:
    """The numbers of the lines that a change wrote; none where the base's are not known."""
    if not old:
        return frozenset()
    shorter = min(len(old), len(new))
    before = next((place for place in range(shorter) if old[place] != new[place]), shorter)
    behind = next((place for place in range(shorter - before) if old[-1 - place] != new[-1 - place]), shorter - before)
    was, now = old[before : len(old) - behind], new[before : len(new) - behind]
    if max(len(was), len(now)) > LONGEST_DIFF:
        known = set(was)
        return frozenset(number for number, line in enumerate(now, before + 1) if line not in known)
    blocks = SequenceMatcher(None, was, now, autojunk=False).get_opcodes()
    return frozenset(before + number + 1 for tag, _, _, start, stop in blocks if tag != "equal" for number in range(start, stop))


def merged(findings: list[Loosened]) -> list[Finding]:
    """Limits of several specs that stand in one place, as one finding."""
    groups: dict[tuple[str, str], list[Finding]] = {}
    for place, finding in findings:
        groups.setdefault((place, finding.message), []).append(finding)
    return [same[0] if len(same) == 1 else same[0]._replace(message=f"{same[0].message} ({len(same)} specs)") for same in groups.values()]
