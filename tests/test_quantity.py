"""Quantities as people write them: every unit of every kind of metric, exactly, and what is none."""

from __future__ import annotations

from fractions import Fraction

import pytest

from convcalc.core.quantity import parse_quantity
from convcalc.core.size import divisors
from convcalc.errors import ConvcalcError
from tests.conftest import Run

COUNTS = {"": 0, "k": 3, "K": 3, "M": 6, "G": 9, "B": 9, "T": 12, "P": 15, "E": 18}
BYTES = {
    "B": 1, "kB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40, "": 1,
}  # fmt: skip
SECONDS = {"": 0, "s": 0, "ms": 3, "us": 6, "µs": 6, "ns": 9}


@pytest.mark.parametrize("prefix", COUNTS)
def test_counts(prefix: str) -> None:
    """Decimal prefixes, whatever unit follows."""
    for unit in ("", "MACs", "FLOPs"):
        assert parse_quantity(f"7{prefix}{unit}", "--max").value == 7 * 10 ** COUNTS[prefix]


@pytest.mark.parametrize("unit", BYTES)
def test_bytes(unit: str) -> None:
    """KiB is not kB."""
    assert parse_quantity(f"3{unit}", "--max", "bytes").value == 3 * BYTES[unit]


def test_parts_of_units() -> None:
    """Half a mebibyte is whole bytes; of seconds and ratios a part can be meant, of counts it cannot."""
    assert parse_quantity("1.5MiB", "--max", "bytes").value == 1_572_864
    assert parse_quantity("12.5", "--max", "ratio").value == Fraction(25, 2)
    for unit, power in SECONDS.items():
        assert parse_quantity(f"5{unit}", "--max", "seconds").value == Fraction(5, 10**power)
    for text, unit in (("0.5B", "bytes"), ("1.5", "count"), ("1.0005k", "count")):
        with pytest.raises(ConvcalcError, match="not a whole number"):
            parse_quantity(text, "--max", unit)


def test_digits() -> None:
    """Forty digits are read, more are not; a comma stands between digits, and not before them."""
    assert parse_quantity("9" * 40, "--max").value == 10**40 - 1
    for text in ("9" * 41, ",9", "_9"):
        with pytest.raises(ConvcalcError, match="expected a quantity"):
            parse_quantity(text, "--max")


def test_percentages(run: Run) -> None:
    """A blank before the sign is fine; a sign alone is no percentage."""
    assert run("diff", "resnet18", "resnet18", "--fail-on", "macs>2 %").code == 0
    ran = run("diff", "resnet18", "resnet18", "--fail-on", "macs>%")
    assert (ran.code, "expected a percentage" in ran.err) == (2, True)


def test_divisors_of_the_largest_number_that_is_looked_through() -> None:
    """10⁹ has its divisors listed; beyond it a search might not end."""
    assert divisors(10**9) == "1, 2, 4, 5, 8, 10, 16, 20, 25, 32, …"
    assert divisors(10**9 + 1) == "1, …"
