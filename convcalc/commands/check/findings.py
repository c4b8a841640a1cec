"""Findings: budgets held against figures, and limits that a change loosened."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from convcalc.analysis.blame import Amounts, Evidence, Subject, Written
from convcalc.analysis.metrics import LAYER, METRICS
from convcalc.errors import Span
from convcalc.record import NamedTuple
from convcalc.report.location import Location, location_of
from convcalc.report.numbers import amount_text, percent_text, share_text
from convcalc.report.results import Finding
from convcalc.rules.budgets import Budget, budget_name, named


def against(budget: Budget, subject: Subject, found: Evidence, accept: str) -> Finding:
    """What a budget finds; `accept` is the command that rewrites its limit."""
    limit = budget.above(found.before or 0) if budget.kind == "increase" else budget.limit
    status = status_of(budget, found.value, limit, found.before)
    return Finding(
        status=status,
        kind=budget.kind,
        spec=subject.spec,
        model=subject.model.name,
        metric=budget.metric,
        convention=budget.convention,
        value=found.value,
        limit=limit,
        base=found.before,
        limit_text=budget.text,
        message=message(budget, status, found.value, limit, found.before, found.largest, found.more),
        hint=hint(budget, found.before, accept) if status == "fail" else "",
        note=note(budget, status),
        location=place_of(found.place if status != "ok" else subject.written.start) or location_of(budget.span),
        limit_location=location_of(budget.span),
        carriers=found.largest,
        growth=found.more,
    )


def place_of(place: Location) -> Location | None:
    """A place in a file of the user's: shipped networks are none."""
    return place if place.path else None


def status_of(budget: Budget, value: Any, limit: Any, before: Any) -> str:
    """fail beyond the limit, warn from its warning level on, ok for a spec that is new and so has not grown."""
    if budget.kind == "increase" and before is None:
        return "ok"
    if value > limit:
        return "fail"
    near = budget.warn is not None and value > 0 and Fraction(100 * value) >= limit * budget.warn
    return "warn" if near else "ok"


def message(budget: Budget, status: str, value: Any, limit: Any, base: Any, largest: Amounts, more: Amounts) -> str:
    """One sentence with exact figures, so that no two different ones look alike."""
    text = (growth_text if budget.kind == "increase" else limit_text)(budget, status, value, limit, base)
    if status != "ok" and largest:
        single = budget.metric.startswith(LAYER)
        text += "; largest: " + ", ".join(f"{name} {shown(budget, n) if single else share_text(n, value)}" for name, n in largest)
    if status != "ok" and more:
        text += "; grew most: " + ", ".join(f"{name} +{shown(budget, amount)}" for name, amount in more)
    return text


def limit_text(budget: Budget, status: str, value: Any, limit: Any, base: Any) -> str:
    """`MACs 4,089,184,256 exceed 4,000,000,000 by 89,184,256 (2.2%)`."""
    word = named(budget)
    if status == "fail":
        share = share_text(value - limit, limit)
        exceed = "exceed" if word.endswith(("s", "a layer")) else "exceeds"
        figures = f"{shown(budget, value)} {exceed} {shown(budget, limit)} by {shown(budget, value - limit)}"
        return f"{word} {figures}" + (f" ({share})" if share else "")
    share = share_text(value, limit)
    return f"{word} {shown(budget, value)} of {shown(budget, limit)}" + (f" ({share} used)" if share else "")


def shown(budget: Budget, value: Any) -> str:
    """A figure of a budget's metric, in its unit."""
    return amount_text(value, METRICS[budget.metric.removeprefix(LAYER)].unit)


def growth_text(budget: Budget, status: str, value: Any, limit: Any, base: Any) -> str:
    """`MACs 131,958,016, +24.8% of 105,743,616, where +2% is 107,858,488`."""
    word = named(budget)
    if base is None:
        return f"{word} {shown(budget, value)}, which is new: the base has nothing that it grew from"
    change = percent_text(base, value) or ("+0%" if value == base else f"+{shown(budget, value - base)}")
    verdict = "is more than" if status == "fail" else "is within"
    return f"{word} {shown(budget, value)}, {change} from {shown(budget, base)}, {verdict} {shown(budget, limit)} (+{budget.text})"


def hint(budget: Budget, before: Any, accept: str) -> str:
    if budget.span is None:
        return "shrink it, or raise the option --max"
    if budget.kind == "increase" and before == 0:
        return "shrink it, or drop the limit: no percentage allows growth from none"
    if not accept:
        return "shrink it, or raise the limit"
    if budget.kind == "increase":
        return f"shrink it, or allow as much from now on: {accept}"
    return f"shrink it, or accept it: {accept}"


def note(budget: Budget, status: str) -> str:
    """The team's own words, where there is something to say, and how the limit's unit was read."""
    own = budget.message if status != "ok" else ""
    proof = PROOFS[status == "fail"] if METRICS[budget.metric.removeprefix(LAYER)].is_floor else ""
    said = "; ".join(filter(None, (proof, own)))
    return f"{said} ({budget.note})" if said and budget.note else said or budget.note


# Of a floor: within its limit, beyond it.
PROOFS = ("no proof: what runs may be slower", "a proof: nothing that runs is faster")


# Limits that a change loosened


class Loosened(NamedTuple):
    """A limit that is looser than before, and where it stood or stands: specs that share it are one finding."""

    place: str
    finding: Finding


def loosened(spec: str, written: Written, before: Sequence[Budget], after: Sequence[Budget]) -> list[Loosened]:
    """Limits of a spec that were raised or removed: what makes a budget pass is a finding of its own."""
    now = tightest(after)
    found = []
    for measures, old in tightest(before).items():
        new, name = now.get(measures), budget_name(old.metric, old.convention, old.kind)
        if new is None:
            text = f"the limit of {name}, {old.text}, is removed"
            found.append(Loosened(str(location_of(old.span)), loosening("removed", spec, old, written, text)))
        elif looseness(new) > looseness(old):
            text = f"the limit of {name} is raised from {old.text} to {new.text}"
            found.append(Loosened(str(location_of(new.span)), loosening("raised", spec, old, written, text, new)))
    return found


def gone(spec: str, budgets: Sequence[Budget], why: str) -> Loosened:
    """A spec that is held against nothing any more, and its limits with it."""
    limits = ", ".join(f"{budget_name(b.metric, b.convention, b.kind)} {b.text}" for b in budgets)
    return Loosened(spec, loosening("removed", spec, budgets[0], None, f"{spec} {why}, and its limits with it: {limits}"))


def tightest(budgets: Sequence[Budget]) -> dict[tuple[str, str, str], Budget]:
    """Of several limits on one figure, the one that counts."""
    found: dict[tuple[str, str, str], Budget] = {}
    for budget in budgets:
        known = found.setdefault(budget.measures, budget)
        if looseness(budget) < looseness(known):
            found[budget.measures] = budget
    return found


def looseness(budget: Budget) -> tuple[int | float, Fraction]:
    return budget.limit, budget.growth


def loosening(kind: str, spec: str, old: Budget, written: Written | None, text: str, new: Budget | None = None) -> Finding:
    """A limit that is looser than before: `limit` is what it was, `value` what it is. It stands where it stands now."""
    span: Span | None = new.span if new is not None else None
    return Finding(
        status="warn",
        kind=kind,
        spec=spec,
        model="",
        metric=old.metric,
        convention=old.convention,
        value=new.limit if new is not None else 0,
        limit=old.limit,
        base=None,
        limit_text=new.text if new is not None else "",
        message=text,
        hint="",
        note=old.message,
        location=location_of(span) or (place_of(written.start) if written is not None else None),
        limit_location=location_of(span),
        carriers=(),
        growth=(),
    )
