"""`convcalc diff`: what a change does to the cost, layer by layer."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from convcalc.api.sides import partners, read_side
from convcalc.errors import Diagnostic, nearest, usage
from convcalc.report.compare import check_conventions
from convcalc.report.diff import COSTS, WORDS, diff_models
from convcalc.report.model import ModelReport, Report
from convcalc.report.numbers import change_text
from convcalc.report.quantity import parse_quantity, percent
from convcalc.report.views import Change, ModelChange

ANY = ("any", "increase")


class Rule(NamedTuple):
    """When `--fail-on` fails: on a word, or where a metric grows by more than an amount and a percentage of the old."""

    word: str  # empty for a limit
    metric: str = ""
    amount: int = 0
    percentage: Fraction = Fraction(0)


def diff(old: str, new: str, *, convention: str | None = None, fail_on: str | Sequence[str] = ()) -> Report:
    """What changed between two designs.

    Args:
        old, new: a network by name or path, a saved JSON report, or `REV:path` of a git revision, which is read
            without a checkout, its includes from the same revision.
        convention: how `counted` counts, for both.
        fail_on: "any" change, an "increase" of a total, or a limit on one, "macs>2%", "params>10k"; one or several.

    Returns:
        A report with `changes`, a row a layer, and `totals`; `exit_code` is 1 where a rule
        of `fail_on` holds, which `diagnostics` name.

    Raises:
        ConvcalcError: for sides that cannot be read, and for reports made under different conventions.
    """
    rules = [(text, read_rule(text)) for text in ([fail_on] if isinstance(fail_on, str) else fail_on)]
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
    failed = [
        Diagnostic("fail-on", f"--fail-on {text}: {why}", severity="warning")
        for text, rule in rules
        for why in failures(rule, changes, totals)
    ]
    return Report("diff", (), after.convention, tuple(failed), int(bool(failed)), changes=tuple(changes), totals=tuple(totals))


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
    if text in ANY:
        return Rule(text)
    metric, sign, limit = (part.strip() for part in text.partition(">"))
    if not sign or metric not in COSTS:
        hint = nearest(metric, list(COSTS) if sign else [*ANY, "macs>2%"])
        raise usage(f"--fail-on {text}: expected any, increase or METRIC>LIMIT", hint)
    if limit.endswith("%"):
        return Rule("", metric, percentage=percent(limit, "--fail-on"))
    quantity = parse_quantity(limit, "--fail-on")
    if quantity.unit is not None and (metric, quantity.unit) != ("macs", "MAC"):
        raise usage(f"--fail-on {text}: {metric} are not counted in {quantity.unit}s", f"write the number alone: '{metric}>10M'")
    return Rule("", metric, quantity.value)


def failures(rule: Rule, changes: list[Change], totals: list[ModelChange]) -> list[str]:
    """Why a rule fails, a line a model; nothing where it holds for none."""
    if rule.word == "any":
        differing = bool(changes) or any(total.old != total.new for total in totals)
        return ["something changed"] if differing else []
    keys = COSTS if rule.word == "increase" else (rule.metric,)
    return [
        f"{total.name or total.old_name}: {WORDS.get(key, key)} {change_text(total.old[key] or 0, total.new[key] or 0)}"
        for total in totals
        for key in keys
        if exceeds(total.old[key] or 0, total.new[key] or 0, rule)
    ]


def exceeds(old: int, new: int, rule: Rule) -> bool:
    """Whether the growth is more than a rule allows; one of its limits is zero, for an increase both."""
    return new - old > rule.amount + old * rule.percentage / 100
