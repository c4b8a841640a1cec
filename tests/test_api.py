"""The Python interface: what the command line does, typed and importable."""

from __future__ import annotations

import doctest
import json
from importlib import import_module

import pytest

import convcalc
from convcalc.report.envelope import render


def test_compare_returns_what_the_command_line_prints() -> None:
    """The report that renderers read, with integers."""
    report = convcalc.compare(["plain", "bottleneck"], cin=256, cout=256, hw=56)
    assert [model.totals["macs"] for model in report.models] == [1_849_688_064, 218_365_952]
    assert json.loads(render(report))["models"][1]["totals"]["params"] == 69_632


def test_sizes_may_be_numbers_texts_or_pairs() -> None:
    """56, "56", "56x56" and (56, 56) are the same map."""
    reports = [convcalc.compare(cin=8, hw=hw) for hw in (56, "56", "56x56", (56, 56))]
    assert all(report.models == reports[0].models for report in reports)


def test_errors_are_data() -> None:
    """ConvcalcError holds diagnostics with code, message, place and hint."""
    with pytest.raises(convcalc.ConvcalcError) as caught:
        convcalc.compare(["botleneck"], cin=8, hw=8)
    [found] = caught.value.diagnostics
    assert (found.code, found.hint) == ("unknown-design", "did you mean `bottleneck`?")


@pytest.mark.parametrize("value", [0, -1, True, 2.5, "x", 2**63, None.__class__])
def test_bad_sizes_are_refused(value: object) -> None:
    """Only whole numbers from 1 to 2^63 − 1 are sizes; a boolean is none."""
    with pytest.raises(convcalc.ConvcalcError):
        convcalc.compare(cin=value, hw=8)  # type: ignore[arg-type]


def test_public_names() -> None:
    """Everything in __all__ is there, and nothing else is."""
    for name in convcalc.__all__:
        assert getattr(convcalc, name)
    assert set(convcalc.__all__) <= set(dir(convcalc))
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = convcalc.nothing


@pytest.mark.parametrize("name", ["convcalc", "convcalc.commands.compare.run", "convcalc.spelling"])
def test_examples_in_docstrings(name: str) -> None:
    """Docstrings show what the code does."""
    module = import_module(name)
    results = doctest.testmod(module)
    assert results.attempted > 0
    assert results.failed == 0
