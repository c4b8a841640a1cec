"""Sizes of one value and of arrays of values: each point of an array is what that value gives alone."""

from __future__ import annotations

import math
from itertools import product as every
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from convcalc.core.size import always, ceil_div, check_divides, common_divisor, divisors, larger, product, smaller
from convcalc.errors import ConvcalcError, Refusal
from tests.test_counts import summary

VALUES = (1, 2, 3, 4, 6, 7, 12, 35, 36)
A, B = (np.array(side) for side in zip(*every(VALUES, VALUES), strict=True))


@pytest.mark.parametrize(
    ("helper", "oracle"),
    [
        (larger, max),
        (smaller, min),
        (ceil_div, lambda a, b: math.ceil(a / b)),
        (common_divisor, math.gcd),
    ],
)
def test_two_sizes(helper: Any, oracle: Any) -> None:
    """Of numbers, of arrays, and of an array and a number, the same."""
    expected = [oracle(a, b) for a, b in every(VALUES, VALUES)]
    assert [helper(a, b) for a, b in every(VALUES, VALUES)] == expected
    assert helper(A, B).tolist() == expected
    assert helper(A, 12).tolist() == [oracle(a, 12) for a in A.tolist()]
    assert helper(12, B).tolist() == [oracle(12, b) for b in B.tolist()]


def test_products() -> None:
    """One for no sizes; of arrays point by point."""
    assert (product([]), product([5]), product([2, 3, 7])) == (1, 5, 42)
    assert product([A, 2, B]).tolist() == [2 * a * b for a, b in every(VALUES, VALUES)]


@pytest.mark.parametrize(
    ("condition", "expected"),
    [(True, True), (False, False), (np.array([True, True]), True), (np.array([True, False]), False), (np.array([], bool), True)],
)
def test_what_always_holds(condition: Any, expected: bool) -> None:
    """An array's condition holds where it does at every point."""
    assert always(condition) is expected


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (1, "1"),
        (2, "1, 2"),
        (9, "1, 3, 9"),
        (12, "1, 2, 3, 4, 6, 12"),
        (36, "1, 2, 3, 4, 6, 9, 12, 18, 36"),
        (48, "1, 2, 3, 4, 6, 8, 12, 16, 24, 48"),  # ten
        (60, "1, 2, 3, 4, 5, 6, 10, 12, 15, 20, …"),  # of twelve
        (97, "1, 97"),
    ],
)
def test_divisors_that_a_fix_names(number: int, text: str) -> None:
    """All of them from the least, ten at most."""
    assert divisors(number) == text


@pytest.mark.parametrize(
    ("divisor", "number", "fix"),
    [(3, 12, None), (5, 12, "use a divisor of 12: 1, 2, 3, 4, 6, 12"), (24, 12, "use a divisor of 12: 1, 2, 3, 4, 6, 12")],
)
def test_a_divisor_that_leaves_a_rest_is_refused(divisor: int, number: int, fix: str | None) -> None:
    """What divides is fine; what does not names the attribute and the divisors there are."""
    if fix is None:
        check_divides("groups", divisor, "cin", number)
        return
    with pytest.raises(Refusal, match=f"groups={divisor} does not divide cin={number}") as refused:
        check_divides("groups", divisor, "cin", number)
    assert refused.value.hint == fix


def test_a_divisor_of_some_points_is_refused() -> None:
    """It has to divide at every point; for arrays there is no list of divisors."""
    check_divides("groups", 2, "cin", np.array([4, 6]))
    with pytest.raises(Refusal) as refused:
        check_divides("groups", 4, "cin", np.array([4, 6]))
    assert refused.value.hint is None


@pytest.mark.parametrize(("size", "fine"), [(2**63 - 2, True), (2**63 - 1, True), (2**63, False), (2**63 + 1, False)])
def test_the_largest_size(tmp_path: Path, size: int, fine: bool) -> None:
    """A size is at most 2⁶³ − 1; what it costs has no limit."""
    if fine:
        assert summary(tmp_path, f"input: {size}\nlayers: [relu: {{name: r}}]\n").totals["comparisons"] == size
        return
    with pytest.raises(ConvcalcError):
        summary(tmp_path, f"input: {size}\nlayers: [relu: {{name: r}}]\n")


class Formula:
    """What stands for a size that is not known yet."""

    def larger(self, other: int) -> tuple[str, int]:
        return "the larger of it and", other


def test_a_formula_writes_its_maximum() -> None:
    """On either side of a number, a formula says itself how the larger of both is written."""
    assert larger(Formula(), 3) == larger(3, Formula()) == ("the larger of it and", 3)
