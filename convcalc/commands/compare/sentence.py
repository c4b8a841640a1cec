"""The sentence of a comparison, which people can quote."""

from __future__ import annotations

from typing import Any

from convcalc.analysis.metrics import METRICS, ranked, word_of
from convcalc.report.numbers import times_text
from convcalc.report.records import ModelReport

EQUAL = "exactly as many"


def sentence(model: ModelReport, base: ModelReport) -> str:
    """Gains and price together: "b needs 8.47× fewer MACs and parameters than a, and writes 1.50× more activations."

    Metrics of which either has none are left out.
    """
    clauses: dict[str, dict[str, list[str]]] = {}  # by verb, the words of what stands in a relation to the baseline
    for key in ranked():
        verb, phrase = METRICS[key].verb, relation(model.totals[key], base.totals[key]) if METRICS[key].verb else None
        if phrase is not None:
            clauses.setdefault(verb, {}).setdefault(phrase, []).append(word_of(key))
    if not clauses:
        return f"{model.name} and {base.name} share no cost to compare."
    texts = [f"{verb} {listed([f'{phrase} {listed(words)}' for phrase, words in phrases.items()])}" for verb, phrases in clauses.items()]
    first = next(iter(clauses.values()))
    texts[0] += f" {'as' if set(first) == {EQUAL} else 'than'} {base.name}"
    return f"{model.name} {', and '.join(texts)}."


def listed(texts: list[str]) -> str:
    return " and ".join(texts)


def relation(value: Any, base: Any) -> str | None:
    """`8.47× fewer`, `1.50× more`, `exactly as many`; None where one of them is zero."""
    if value == 0 or base == 0:
        return None
    if value == base:
        return EQUAL
    return f"{times_text(base, value)} fewer" if value < base else f"{times_text(value, base)} more"
