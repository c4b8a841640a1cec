"""`convcalc diff`: what a change does to the cost, layer by layer."""

from __future__ import annotations

from fractions import Fraction

from convcalc.api.sides import named_metric, partners, read_side
from convcalc.report.compare import check_conventions
from convcalc.report.diff import COSTS, diff_models
from convcalc.report.model import ModelReport, Report
from convcalc.report.quantity import parse_quantity, percent
from convcalc.report.views import Change, ModelChange


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
    failed = fail_on is not None and fails(fail_on, changes, totals)
    return Report("diff", convention=after.convention, changes=tuple(changes), totals=tuple(totals), exit_code=int(failed))


def alone(old: ModelReport | None, new: ModelReport | None) -> ModelChange:
    """A model that one side alone has."""
    model = new or old
    assert model is not None
    costs: dict[str, int | None] = {key: model.totals[key] for key in COSTS}
    none: dict[str, int | None] = dict.fromkeys(COSTS)
    name = model.name
    return ModelChange(name, "", none, costs, f"{name} is new.") if new else ModelChange("", name, costs, none, f"{name} is removed.")


def fails(rule: str, changes: list[Change], totals: list[ModelChange]) -> bool:
    """Whether a rule of `--fail-on` holds for any model."""
    if rule == "any":
        return bool(changes) or any(total.old != total.new for total in totals)
    if rule == "increase":
        return any((total.new[key] or 0) > (total.old[key] or 0) for total in totals for key in COSTS)
    metric, limit = named_metric(rule, COSTS)
    return any(exceeds(total.old[metric] or 0, total.new[metric] or 0, limit) for total in totals)


def exceeds(old: int, new: int, limit: str) -> bool:
    """Whether the growth is more than a limit, `2%` or `10k`."""
    if limit.endswith("%"):
        return Fraction(new - old) * 100 > old * percent(limit)
    return new - old > parse_quantity(limit, "--fail-on").value
