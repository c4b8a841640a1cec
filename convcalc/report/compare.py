"""Models side by side: ratios against a baseline, and a sentence that people can quote."""

from __future__ import annotations

from typing import Any

from convcalc.analysis.compare import ratios, reductions
from convcalc.errors import ConvcalcError, Diagnostic
from convcalc.report.model import MAC, ConventionReport, ModelReport, Report
from convcalc.report.numbers import times_text

EQUAL = "exactly as many"
NEEDS = {"macs": "MACs", "params": "parameters"}


def compare_report(models: list[ModelReport], baseline: int, diagnostics: list[Diagnostic], convention: ConventionReport = MAC) -> Report:
    """The models with their ratios to one of them, all counted by one convention."""
    base = models[baseline]
    found = list(diagnostics)
    compared = []
    for number, model in enumerate(models):
        if model.output != base.output:
            shapes = "×".join(map(str, model.output)), "×".join(map(str, base.output))
            message = f"{model.name} gives {shapes[0]}, {base.name} gives {shapes[1]}: their ratios compare unlike things"
            found.append(Diagnostic("unlike-shapes", message, severity="warning"))
        compared.append(
            model._replace(
                ratio=ratios(model.totals, base.totals),
                reduction=reductions(model.totals, base.totals),
                sentence=None if number == baseline or model.output != base.output else sentence(model, base),
            )
        )
    return Report("compare", tuple(compared), convention, tuple(found), baseline=baseline)


def sentence(model: ModelReport, base: ModelReport) -> str:
    """Gains and price together: "b needs 8.47× fewer MACs and parameters than a, and writes 1.50× more activations."

    Metrics of which either has none are left out.
    """
    phrases: dict[str, list[str]] = {}
    for key, word in NEEDS.items():
        if phrase := relation(model.totals[key], base.totals[key]):
            phrases.setdefault(phrase, []).append(word)
    needs = " and ".join(f"{phrase} {' and '.join(words)}" for phrase, words in phrases.items())
    writes = relation(model.totals["activations"], base.totals["activations"])
    clauses = [*([f"needs {needs}"] if needs else []), *([f"writes {writes} activations"] if writes else [])]
    if not clauses:
        return f"{model.name} and {base.name} share no cost to compare."
    equal = set(phrases or [writes]) == {EQUAL}
    clauses[0] += f" {'as' if equal else 'than'} {base.name}"
    return f"{model.name} {', and '.join(clauses)}."


def relation(value: Any, base: Any) -> str | None:
    """`8.47× fewer`, `1.50× more`, `exactly as many`; None where one of them is zero."""
    if value == 0 or base == 0:
        return None
    if value == base:
        return EQUAL
    return f"{times_text(base, value)} fewer" if value < base else f"{times_text(value, base)} more"


def check_conventions(reports: list[Report]) -> None:
    """Refuse to hold figures against each other that were counted by different rules."""
    names = {f"{report.convention.name} {report.convention.version}".strip() for report in reports}
    if len(names) > 1:
        message = f"reports made under different conventions cannot be compared: {', '.join(sorted(names))}"
        raise ConvcalcError(Diagnostic("convention-differs", message, None, "make both with the same --convention"))
