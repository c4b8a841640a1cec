"""`convcalc diff`: what a change does to the cost, layer by layer."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, Unpack

from convcalc.analysis.changes import costs, diff_models
from convcalc.analysis.drift import drift, is_imported
from convcalc.analysis.metrics import METRICS, decisive, word_of
from convcalc.core.quantity import percent
from convcalc.core.trace import trace
from convcalc.errors import ConvcalcError, Diagnostic, for_each, usage
from convcalc.files.find import spec_files
from convcalc.files.revision import known_revision, revision
from convcalc.inputs.designs import Given, Spec, chosen_convention, read_given, traced
from convcalc.inputs.execution import Running
from convcalc.inputs.goals import asked_for
from convcalc.inputs.limits import limit_of
from convcalc.layout.library import DISK, YAML, Files, Library, is_path
from convcalc.record import NamedTuple
from convcalc.report.contract import ModelReport, Report
from convcalc.report.from_trace import convention_report
from convcalc.report.numbers import change_text
from convcalc.report.results import Change, ModelChange
from convcalc.report.saved import SUFFIX as SAVED
from convcalc.report.saved import check_one_convention, load_models
from convcalc.spelling import nearest

ANY = ("any", "increase")


class Rule(NamedTuple):
    """When `--fail-on` fails: on a word, or where a metric grows by more than an amount and a percentage of the old."""

    word: str  # empty for a limit
    metric: str = ""
    amount: int | float = 0
    percentage: Fraction = Fraction(0)


def diff(
    old: str,
    new: str,
    *,
    set: Mapping[str, Any] | Sequence[str] = (),  # noqa: A002  # as the option is called
    input: str | Sequence[str] | None = None,  # noqa: A002
    batch: int | str = 1,
    convention: str | None = None,
    fail_on: str | Sequence[str] = (),
    metrics: str | Sequence[str] = (),
    models: bool = False,
    **running: Unpack[Running],
) -> Report:
    """What changed between two designs.

    Args:
        old, new: a network by name or path, a saved JSON report, or `REV:path` of a git revision, which is read
            without a checkout, its includes from the same revision.
        set, input, batch: as for `summary`, for both.
        convention: how `counted` counts, for both.
        models: whether the report holds both sides of each network too, as its page needs them.
        fail_on: "any" change, an "increase" of a total, or a limit on one, "macs>2%", "params>10k"; one or several.
        metrics: those to work out beside the usual ones, and those of `fail_on`: "peak_bytes", "saved_bytes", …
        running: how they are run, as `inputs.execution.Running` lists it: `dtype`, `in_place`, `optimizer`, …

    Returns:
        A report with `changes`, a row a layer, and `totals`; `exit_code` is 1 where a rule
        of `fail_on` holds, which `diagnostics` name.

    Raises:
        ConvcalcError: for sides that cannot be read, and for reports made under different conventions.
    """
    rules = [(text, read_rule(text)) for text in ([fail_on] if isinstance(fail_on, str) else fail_on)]
    given = read_given(set, input, batch, asked_for(metrics, [rule.metric for _, rule in rules]), **running)
    plain = given._replace(execution=given.execution.as_written)  # what is replaced is so in NEW
    before, after = read_side(old, convention, plain, new), read_side(new, convention, given, old)
    check_one_convention([before, after])
    changes: list[Change] = []
    totals: list[ModelChange] = []
    notes: list[Diagnostic] = []
    differ = False
    sides = partners(before.models, after.models)
    for a, b in sides:
        if a is None or b is None:
            totals.append(alone(a, b))
            differ = True
        elif is_imported(a) or is_imported(b):
            apart = drift(a, b)
            changes += apart.changes
            totals.append(apart.total)
            notes += apart.notes
            differ = differ or not apart.same
        else:
            found, total = diff_models(a, b)
            changes += found
            totals.append(total)
            differ = differ or bool(found) or total.old != total.new
    failed = [
        Diagnostic("fail-on", f"--fail-on {text}: {why}", severity="warning")
        for text, rule in rules
        for why in failures(rule, differ, totals)
    ]
    diagnostics = (*notes, *failed)
    kept = tuple(model for pair in sides if None not in pair for model in pair if model is not None) if models else ()
    return Report(
        "diff", int(bool(failed)), after.convention, changes=tuple(changes), totals=tuple(totals), models=kept, diagnostics=diagnostics
    )


def alone(old: ModelReport | None, new: ModelReport | None) -> ModelChange:
    """A model that one side alone has."""
    model = new or old
    assert model is not None
    before, after = costs(old.totals if old else None, new.totals if new else None)
    name = model.name
    return ModelChange(name, "", before, after, f"{name} is new.") if new else ModelChange("", name, before, after, f"{name} is removed.")


def read_rule(text: str) -> Rule:
    """`any`, `increase`, `macs>2%` or `params>10k`.

    Raises:
        ConvcalcError: for anything else, and for a unit that is not the metric's.
    """
    if text in ANY:
        return Rule(text)
    metric, sign, limit = (part.strip() for part in text.partition(">"))
    if not sign or metric not in METRICS:
        hint = nearest(metric, list(METRICS) if sign else [*ANY, "macs>2%"])
        raise usage(f"--fail-on {text}: expected any, increase or METRIC>LIMIT", hint)
    if limit.endswith("%"):
        return Rule("", metric, percentage=percent(limit, "--fail-on"))
    return Rule("", metric, limit_of(metric, limit, "--fail-on")[0])


def failures(rule: Rule, differ: bool, totals: list[ModelChange]) -> list[str]:
    """Why a rule fails, a line a model; nothing where it holds for none.

    Raises:
        ConvcalcError: for a metric that a saved report does not have.
    """
    if rule.word == "any":
        return ["something changed"] if differ else []
    if rule.metric and any(rule.metric not in total.old for total in totals):
        raise usage(f"--fail-on {rule.metric}: a saved report does not have it", f"make the report with --columns {rule.metric}")
    keys = decisive() if rule.word == "increase" else [rule.metric]
    return [
        f"{total.name or total.old_name}: {word_of(key)} {change_text(total.old[key] or 0, total.new[key] or 0)}"
        for total in totals
        for key in keys
        if exceeds(total.old[key] or 0, total.new[key] or 0, rule)
    ]


def exceeds(old: int | float, new: int | float, rule: Rule) -> bool:
    """Whether the growth is more than a rule allows; one of its limits is zero, for an increase both."""
    return new - old > rule.amount + Fraction(old) * rule.percentage / 100


RELATIVE = ("./", "../")


def read_side(text: str, convention: str | None = None, given: Given = Given(), other: str = "") -> Report:  # noqa: B008
    """The models of a spec or of a saved report (a path that ends in .json), on disk or, as `REV:path`, in a revision.

    Raises:
        ConvcalcError: with every error of the spec, for a report that cannot be read, and for an unknown revision.
    """
    source, path = split_revision(text)
    if path.endswith(SAVED):
        if given.changes:
            raise usage(f"{text} is a saved report: --set, --input and --batch change nothing in it", "name the network itself")
        return load_models(source.text(path, path), path)
    try:
        return models_of(spec_files([path]) if source is DISK else [path], convention, source, given)
    except ConvcalcError as error:
        [first, *_] = error.diagnostics
        if first.code == "unknown-design" and is_path(other) and revision(text) is not None:
            raise ConvcalcError(first._replace(hint=f"{text} is a git revision: write {text}:{other}")) from None
        raise


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


def models_of(specs: list[str], convention: str | None, source: Files, given: Given = Given()) -> Report:  # noqa: B008
    """Reports of networks as they stand on disk or in a revision."""
    library = Library(source)
    models = for_each(specs, lambda spec: model_of(traced(library, spec, given), convention))
    return Report("summary", convention=convention_report(chosen_convention(convention)), models=tuple(models))


def model_of(spec: Spec, convention: str | None) -> ModelReport:
    """The figures of a network; the layers of an imported one in the words of the language, to be matched with a layout's."""
    model = spec.model(convention)
    if spec.layout.graph is None:
        return model
    from convcalc.writer.words import in_words  # paid only by those who have a model

    words = in_words(spec.layout.graph.network(spec.trace.inputs))
    return spec._replace(trace=trace(words, spec.trace.batch, spec.trace.execution)).model(convention)._replace(totals=model.totals)


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
