"""`convcalc suggest`: what each design would save in the place of each layer, and the fewest that reach a limit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Unpack

from convcalc.analysis.metrics import BRIEF, METRICS, ranked, word_of
from convcalc.analysis.paths import is_named
from convcalc.analysis.replaced import Stand, stands
from convcalc.core.trace import is_in
from convcalc.errors import Diagnostic, usage
from convcalc.inputs.designs import Given, read_given, traced
from convcalc.inputs.execution import Running
from convcalc.inputs.limits import limit_of
from convcalc.layout.library import Library
from convcalc.report.contract import ModelReport, Report
from convcalc.report.numbers import exact_text
from convcalc.report.results import Suggestion

DESIGNS = ("bottleneck", "depthwise_separable", "fire", "ghost")
EVERYWHERE = "**"  # every layer with weights, at any depth
PEAK = "peak_bytes"


def suggest(
    spec: str,
    *,
    designs: str | Sequence[str] = DESIGNS,
    max: str | None = None,  # noqa: A002  # as the option is called
    keep: str | Sequence[str] = (),
    set: Mapping[str, Any] | Sequence[str] = (),  # noqa: A002
    input: str | Sequence[str] | None = None,  # noqa: A002
    batch: int | str = 1,
    **running: Unpack[Running],
) -> Report:
    """What each design would save in the place of each layer of a network.

    Args:
        spec: the network.
        designs: what may stand for a layer, "bottleneck:reduction=8", "fire,ghost".
        max: a limit on one metric, "macs=1G"; the fewest replacements that reach it are chosen.
        keep: paths of what stays as it is, "stem,fc".
        set, input, batch: as for `summary`.
        running: how it is run, as `inputs.execution.Running` lists it.

    Returns:
        A report with `suggestions`, those that save most first; `chosen` are those that reach the limit. `exit_code` is 1
        where none do. The first of its models is the network as it is. A layer in a repeat is replaced in all passes.
        What is saved of `peak_bytes` is so where nothing else is replaced.

    Raises:
        ConvcalcError: for a network, a design or a limit that cannot be read.
    """
    metric, limit = read_limit(max)
    texts = split(designs) or list(DESIGNS)
    given = read_given(set, input, batch, [PEAK, *(["floor_seconds"] if running.get("device") else []), metric], **running)
    library = Library()
    model = traced(library, spec, given).model(None)
    found: list[Suggestion] = []
    for text in texts:
        other = traced(library, spec, with_design(given, text)).model(None)
        found += [one for stand in stands(other, model) if (one := suggestion(stand, text, model, other, metric)) is not None]
    kept = split(keep)
    check_kept(kept, model)
    found = [one for one in found if not any(is_named(one.path, path) for path in kept)]
    ordered = sorted(found, key=lambda one: (-one.amount(metric), one.path, texts.index(one.design)))
    chosen = fewest(ordered, metric, model.totals[metric] - limit) if limit is not None else ()
    notes, code = verdict(model, ordered, metric, limit, chosen)
    return Report("suggest", code, models=(model,), suggestions=tuple(ordered), chosen=chosen, diagnostics=tuple(notes))


def read_limit(text: str | None) -> tuple[str, Any]:
    """The metric that savings are sorted by, and its limit, if there is one."""
    if text is None:
        return "macs", None
    metric, equals, amount = (part.strip() for part in text.partition("="))
    known = [key for key, one in METRICS.items() if one.adds_up and one.of_each_layer and one.less_is_better]
    if not equals or metric not in known:
        raise usage(f"--max {text}: expected METRIC=LIMIT", f"a metric that adds up over layers: {', '.join(ranked(BRIEF))}, …")
    return metric, limit_of(metric, amount, "--max")[0]


def split(texts: str | Sequence[str]) -> list[str]:
    """Texts that stand behind commas; those with arguments of their own are one each."""
    listed = [texts] if isinstance(texts, str) else list(texts)
    return [part.strip() for text in listed for part in (text.split(",") if "=" not in text else [text]) if part.strip()]


def with_design(given: Given, text: str) -> Given:
    """The same network with a design wherever it can stand."""
    execution = given.execution._replace(replaced=(f"{EVERYWHERE}={text}",), where_possible=True)
    return given._replace(execution=execution)


def suggestion(stand: Stand, design: str, model: ModelReport, other: ModelReport, metric: str) -> Suggestion | None:
    """What a design saves at a place; None where it saves nothing of a metric."""
    if stand.before is None or stand.saved(metric) <= 0:
        return None
    keys = dict.fromkeys([metric, *ranked(BRIEF), *(["floor_seconds"] if "floor_seconds" in stand.before else [])])
    saved = {key: stand.saved(key) for key in keys}
    saved[PEAK] = model.totals[PEAK] - peak_with(stand.path, model, other)
    location = next(layer.location for layer in model.layers if is_in(layer.path, stand.path))
    return Suggestion(stand.path, stand.times, design, saved, location)


def peak_with(path: str, model: ModelReport, other: ModelReport) -> int:
    """The peak of a network where one layer is replaced: that of all others, and of the design in its place."""
    stay = [layer.metrics[PEAK] for layer in model.layers if not is_in(layer.path, path)]
    new = [layer.metrics[PEAK] for layer in other.layers if is_in(layer.path, path)]
    return max([*stay, *new], default=0)


def check_kept(kept: Sequence[str], model: ModelReport) -> None:
    """Refuse a path that names nothing."""
    for path in kept:
        if not any(is_named(layer.path, path) for layer in model.layers):
            raise usage(f"--keep {path}: {model.name} has no such layer", "write paths as convcalc summary shows them")


def fewest(ordered: Sequence[Suggestion], metric: str, needed: Any) -> tuple[Suggestion, ...]:
    """The fewest replacements that save so much: of each layer its best, the largest first; empty where all are too few.

    No smaller set does: any so many layers save at most what the so many best ones do.
    """
    best: dict[str, Suggestion] = {}
    for one in ordered:
        best.setdefault(one.path, one)
    chosen: list[Suggestion] = []
    saved: Any = 0
    for one in best.values():
        if saved >= needed:
            break
        chosen.append(one)
        saved += one.amount(metric)
    return tuple(chosen) if saved >= needed else ()


def verdict(
    model: ModelReport, found: Sequence[Suggestion], metric: str, limit: Any, chosen: Sequence[Suggestion]
) -> tuple[list[Diagnostic], int]:
    """What is to be said of a limit: that it is met already, or that no replacements reach it."""
    if limit is None or chosen:
        return [], 0
    if model.totals[metric] <= limit:
        return [Diagnostic("limit-met", f"{model.name} is within {metric}={exact_text(limit)} as it is", severity="note")], 0
    best: dict[str, Any] = {}
    for one in found:
        best.setdefault(one.path, one.amount(metric))
    least = model.totals[metric] - sum(best.values())
    message = f"all {len(best)} replacements leave {exact_text(least)} {word_of(metric)}, more than {exact_text(limit)}"
    return [Diagnostic("limit-not-reached", message, severity="warning")], 1
