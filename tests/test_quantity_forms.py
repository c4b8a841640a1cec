"""Quantities to the digit: what is written, how exactly, in which unit, and what is none."""

from __future__ import annotations

from fractions import Fraction

import pytest

from convcalc.core.quantity import Quantity, parse_quantity, percent
from convcalc.errors import ConvcalcError
from tests.conftest import Run


@pytest.mark.parametrize(
    ("text", "unit", "value", "precision", "said"),
    [
        # the last digit that was written stands for so many
        ("4.13G", "count", 4_130_000_000, 10**7, None),
        ("4.130G", "count", 4_130_000_000, 10**6, None),
        ("4G", "count", 4 * 10**9, 10**9, None),
        ("26M", "count", 26_000_000, 10**6, None),
        ("1234567", "count", 1_234_567, 1, None),
        ("1.5k", "count", 1500, 100, None),
        ("1.5000k", "count", 1500, 1, None),  # a tenth of one is not meant
        ("2.50 K", "count", 2500, 10, None),
        ("1,234_567", "count", 1_234_567, 1, None),
        (" 7 ", "count", 7, 1, None),
        ("4.2GMACs", "count", 4_200_000_000, 10**8, "MAC"),
        ("4.2 GMAC", "count", 4_200_000_000, 10**8, "MAC"),
        ("5 MMAdds", "count", 5_000_000, 10**6, "MAC"),
        ("8.4 GFLOPs", "count", 8_400_000_000, 10**8, "FLOP"),
        ("3FLOPS", "count", 3, 1, "FLOP"),
        ("3kFlops", "count", 3000, 1000, "FLOP"),
        ("3 TFLOP", "count", 3 * 10**12, 10**12, "FLOP"),
        ("256KiB", "bytes", 262_144, 1024, None),
        ("1.5MiB", "bytes", 1_572_864, 104_857, None),  # 2²⁰ / 10, whole
        ("2GB", "bytes", 2 * 10**9, 10**9, None),
        ("3", "bytes", 3, 1, None),
        ("5ms", "seconds", Fraction(1, 200), 1, None),
        ("0.005", "seconds", Fraction(1, 200), 1, None),
        ("2.0s", "seconds", 2, 1, None),
        ("12.5", "ratio", Fraction(25, 2), 1, None),
    ],
)
def test_what_a_quantity_says(text: str, unit: str, value: int | Fraction, precision: int, said: str | None) -> None:
    """The value is exact and whole where it can be; its precision is that of the last digit, at least one."""
    found = parse_quantity(text, "--max", unit)
    assert found == Quantity(value, precision, said)
    assert type(found.value) is type(value)


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("2k", "ratio"),
        ("2MACs", "ratio"),
        ("2%", "ratio"),
        ("2k", "seconds"),
        ("2m", "seconds"),
        ("2k", "bytes"),
        ("2KB", "bytes"),
        ("2kiB", "bytes"),
        ("2KiB", "count"),
        ("2s", "count"),
        ("2kk", "count"),
        ("2 MAC s", "count"),
        ("2Gmacs", "count"),
        ("G", "count"),
        ("", "count"),
        (".", "count"),
        ("7.", "count"),
        (".5", "count"),
        ("1.2.3", "count"),
        ("-2", "count"),
        ("2e3", "count"),
        ("٣", "count"),
        (",2", "count"),
        ("2..", "count"),
    ],
)
def test_what_is_no_quantity(text: str, unit: str) -> None:
    """A prefix or a unit of another kind of metric, and what is no number, are refused."""
    with pytest.raises(ConvcalcError, match="expected a quantity"):
        parse_quantity(text, "--max", unit)


@pytest.mark.parametrize(("text", "value"), [("2%", 2), ("0.5%", Fraction(1, 2)), (" 2.50 % ", Fraction(5, 2)), ("1,000%", 1000)])
def test_what_a_percentage_says(text: str, value: int | Fraction) -> None:
    """The number before the sign, exactly."""
    assert percent(text, "--fail-on") == value


@pytest.mark.parametrize("text", ["2", "2x%", "2%%", "2k%", "%", "", "-2%", "x"])
def test_what_is_no_percentage(text: str) -> None:
    """Nothing stands between the number and the sign, and nothing behind that."""
    with pytest.raises(ConvcalcError, match="expected a percentage"):
        percent(text, "--fail-on")


def test_a_growth_limit_with_a_unit_before_its_sign_is_refused(run: Run) -> None:
    """`macs>2k%` is a slip, not two percent."""
    ran = run("diff", "resnet18", "resnet18", "--fail-on", "macs>2k%")
    assert (ran.code, "expected a percentage" in ran.err) == (2, True)
