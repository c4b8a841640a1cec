"""`convcalc diff`: what a change does to the cost, layer by layer."""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from convcalc.api.sides import partners, read_side
from convcalc.errors import nearest, usage
from convcalc.report.compare import check_conventions
from convcalc.report.diff import COSTS, diff_models
from convcalc.report.model import ModelReport, Report
from convcalc.report.quantity import parse_quantity, percent
from convcalc.report.views import Change, ModelChange

WORDS = ("any", "increase")


class Rule(NamedTuple):
    """When `--fail-on` fails: on a word, or where a metric grows by more than an amount and a percentage of the old."""

    word: str  # empty for a limit
    metric: str = ""
    amount: int = 0
    percentage: Fraction = Fraction(0)


def diff(old: str, new: str, *, convention: str | None = None, fail_on: str | None = None) -> Report:
    """What changed between two designs.

    Args:
        old, new: a network by name or path, a saved JSON report, or `REV:path` of a git revision, which is read
            without a checkout, its includes from the same revision.
        convention: how `counted` counts, for both.
        fail_on: "any" change, an "increase" of a total, or a limit on one, "macs>2%", "params>10k".

    Returns:
        A report with `changes`, a row a layer, and `totals`; `exit_code` is 1 where `fail_on` holds.

    Raises:
        ConvcalcError: for sides that cannot be read, and for reports made under different conventions.
    """
    rule = read_rule(fail_on) if fail_on is not None else None
    before, after = read_side(old, convention), read_side(new, convention)
    check_conventions([before, after])
    changes: list[Change] = []
    totals: list[ModelChange] = []
    for a, b in partners(before.models, after.models):
        if a is not None and b is not None:
            found, total = diff_models(a, b)
            changes += found
            totals.append(total)
        else:
            totals.append(alone(a, b))
    failed = rule is not None and fails(rule, changes, totals)
    return Report("diff", convention=after.convention, changes=tuple(changes), totals=tuple(totals), exit_code=int(failed))


def alone(old: ModelReport | None, new: ModelReport | None) -> ModelChange:
    """A model that one side alone has."""
    model = new or old
    assert model is not None
    costs: dict[str, int | None] = {key: model.totals[key] for key in COSTS}
    none: dict[str, int | None] = dict.fromkeys(COSTS)
    name = model.name
    return ModelChange(name, "", none, costs, f"{name} is new.") if new else ModelChange("", name, costs, none, f"{name} is removed.")


def read_rule(text: str) -> Rule:
    """`any`, `increase`, `macs>2%` or `params>10k`.

    Raises:
        ConvcalcError: for anything else, and for a unit that is not the metric's.
    """
    if text in WORDS:
        return Rule(text)
    metric, sign, limit = (part.strip() for part in text.partition(">"))
    if not sign or metric not in COSTS:
        hint = nearest(metric, list(COSTS) if sign else [*WORDS, "macs>2%"])
        raise usage(f"--fail-on {text}: expected any, increase or METRIC>LIMIT", hint)
    if limit.endswith("%"):
        return Rule("", metric, percentage=percent(limit, "--fail-on"))
    quantity = parse_quantity(limit, "--fail-on")
    if quantity.unit is not None and (metric, quantity.unit) != ("macs", "MAC"):
        raise usage(f"--fail-on {text}: {metric} are not counted in {quantity.unit}s", f"write the number alone: '{metric}>10M'")
    return Rule("", metric, quantity.value)


def fails(rule: Rule, changes: list[Change], totals: list[ModelChange]) -> bool:
    """Whether a rule holds for any model."""
    if rule.word == "any":
        return bool(changes) or any(total.old != total.new for total in totals)
    if rule.word == "increase":
        return any((total.new[key] or 0) > (total.old[key] or 0) for total in totals for key in COSTS)
    return any(exceeds(total.old[rule.metric] or 0, total.new[rule.metric] or 0, rule) for total in totals)


def exceeds(old: int, new: int, rule: Rule) -> bool:
    """Whether the growth is more than a rule allows; one of its limits is zero."""
    return new - old > rule.amount + old * rule.percentage / 100
