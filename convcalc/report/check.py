"""Findings: budgets held against figures, and limits that a change loosened."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from convcalc.errors import Span
from convcalc.report.budget import LAYER, WORDS, Budget, figure
from convcalc.report.carriers import Amounts, Written, carriers, growth, place_of
from convcalc.report.model import ModelReport
from convcalc.report.numbers import share_text
from convcalc.report.views import Finding


class Subject(NamedTuple):
    """A spec whose figures are held against budgets: with the base's where there is one."""

    spec: str
    model: ModelReport
    base: ModelReport | None  # none also for a spec that is new
    written: Written


def against(budget: Budget, subject: Subject, accept: str) -> Finding:
    """What a budget finds; `accept` is the command that rewrites its limit."""
    metric, model, base = budget.metric, subject.model, subject.base
    value = figure(metric, model)
    before = figure(metric, base) if base is not None else None
    limit = budget.above(before or 0) if budget.kind == "increase" else budget.limit
    status = status_of(budget, value, limit, before)
    largest = carriers(metric, model)
    more = growth(metric, base, model) if base is not None else ()
    return Finding(
        status=status,
        kind=budget.kind,
        spec=subject.spec,
        model=model.name,
        metric=metric,
        convention=budget.convention,
        value=value,
        limit=limit,
        base=before,
        limit_text=budget.text,
        message=message(budget, status, value, limit, before, largest, more),
        hint=hint(budget.span, accept) if status == "fail" else "",
        note=note(budget, status),
        location=place_of(metric, model, base, subject.written) if status != "ok" else start_of(subject.written),
        limit_location=location(budget.span),
        carriers=largest,
        growth=more,
    )


def status_of(budget: Budget, value: int, limit: int, before: int | None) -> str:
    """fail beyond the limit, warn from its warning level on, ok for a spec that is new and so has not grown."""
    if budget.kind == "increase" and before is None:
        return "ok"
    if value > limit:
        return "fail"
    return "warn" if budget.warn is not None and Fraction(100 * value) >= limit * budget.warn else "ok"


def message(budget: Budget, status: str, value: int, limit: int, base: int | None, largest: Amounts, more: Amounts) -> str:
    """One sentence with exact figures, so that no two different ones look alike."""
    word = named(budget)
    if budget.kind == "increase" and base is None:
        return f"{word} {value:,}: new, so there is nothing that it grew from"
    if status == "fail":
        text = f"{word} {value:,} exceed {limit:,} by {value - limit:,} ({share_text(value - limit, limit)})"
    else:
        text = f"{word} {value:,} of {limit:,} ({share_text(value, limit)} used)"
    if budget.kind == "increase":
        text += f"; {budget.text} above the base's {base:,} is allowed"
    if status == "ok":
        return text
    if largest:
        of_sum = not budget.metric.startswith(LAYER)
        text += "; largest: " + ", ".join(f"{name} {share_text(amount, value) if of_sum else f'{amount:,}'}" for name, amount in largest)
    if more:
        text += "; grew most: " + ", ".join(f"{name} +{amount:,}" for name, amount in more)
    return text


def named(budget: Budget) -> str:
    """`MACs`, `MACs of a layer`, `counted (fvcore)`."""
    name = budget.metric.removeprefix(LAYER)
    word = WORDS.get(name, name.replace("_", " "))
    counted = f" ({budget.convention})" if budget.convention else ""
    return f"{word}{counted}{' of a layer' if budget.metric.startswith(LAYER) else ''}"


def note(budget: Budget, status: str) -> str:
    """The team's own words, where there is something to say, and how the limit's unit was read."""
    own = budget.message if status != "ok" else ""
    return f"{own} ({budget.note})" if own and budget.note else own or budget.note


def hint(span: Span | None, accept: str) -> str:
    return f"shrink it, or accept it: {accept}" if span is not None else "shrink it, or raise the option --max"


def start_of(written: Written) -> dict[str, Any]:
    return {"path": written.path, "line": 1, "column": 1}


def location(span: Span | None) -> dict[str, Any] | None:
    return None if span is None else {"path": span.source.path, "line": span.line, "column": span.column}


# Limits that a change loosened


def loosened(spec: str, before: Sequence[Budget], after: Sequence[Budget]) -> list[Finding]:
    """Limits of a spec that were raised or removed: what makes a budget pass is a finding of its own."""
    now = tightest(after)
    found = []
    for measures, old in tightest(before).items():
        new = now.get(measures)
        if new is None:
            found.append(loosening("removed", spec, old, old, f"the limit of {old.name}, {old.text}, is removed"))
        elif looseness(new) > looseness(old):
            found.append(loosening("raised", spec, old, new, f"the limit of {old.name} is raised from {old.text} to {new.text}"))
    return found


def gone(spec: str, budgets: Sequence[Budget]) -> Finding:
    """A spec that is no more, and its limits with it."""
    limits = ", ".join(f"{budget.name} {budget.text}" for budget in budgets)
    return loosening("removed", spec, budgets[0], budgets[0], f"{spec} is gone, and its limits with it: {limits}")


def tightest(budgets: Sequence[Budget]) -> dict[tuple[str, str, str], Budget]:
    """Of several limits on one figure, the one that counts."""
    found: dict[tuple[str, str, str], Budget] = {}
    for budget in budgets:
        known = found.setdefault(budget.measures, budget)
        if looseness(budget) < looseness(known):
            found[budget.measures] = budget
    return found


def looseness(budget: Budget) -> tuple[int, Fraction]:
    return budget.limit, budget.growth


def loosening(kind: str, spec: str, old: Budget, new: Budget, text: str) -> Finding:
    """A limit that is looser than before; `value` is what it is, `limit` what it was."""
    place = location(new.span)
    return Finding(
        status="warn",
        kind=kind,
        spec=spec,
        model="",
        metric=old.metric,
        convention=old.convention,
        value=new.limit if kind == "raised" else 0,
        limit=old.limit,
        base=None,
        limit_text=new.text if kind == "raised" else "",
        message=text,
        hint="",
        note=old.message,
        location=place,
        limit_location=place if kind == "raised" else None,
    )
