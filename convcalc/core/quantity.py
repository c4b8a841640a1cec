"""Quantities as people write them: `4.2G`, `4.2 GMACs`, `8.4 GFLOPs`, `26M`; strict, and exact."""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from convcalc.errors import usage

SCALES = {"": 1, "k": 10**3, "K": 10**3, "M": 10**6, "G": 10**9, "B": 10**9, "T": 10**12, "P": 10**15, "E": 10**18}
UNITS = {"": None, "MAC": "MAC", "MACs": "MAC", "MAdds": "MAC", "FLOP": "FLOP", "FLOPs": "FLOP", "FLOPS": "FLOP", "Flops": "FLOP"}


class Quantity(NamedTuple):
    """A number with the place of its last digit: 4.13G is 4,130,000,000 give or take 5,000,000."""

    value: int
    precision: int  # of the last digit that was written
    unit: str | None  # MAC, FLOP, or not said


def parse_quantity(text: str, what: str) -> Quantity:
    """Read a quantity.

    Raises:
        ConvcalcError: for what is none; a fraction of one cannot be meant.
    """
    number, rest = split_number(text.strip())
    scale, unit = split_unit(rest.strip())
    if number is None or scale is None:
        raise usage(f"{what} {text}: expected a quantity", "write 4.13G, 4.2 GMACs, 8.4 GFLOPs, 26M or 1234567")
    whole, _, decimals = number.partition(".")
    digits = int(whole + decimals)
    place = 10 ** len(decimals)
    if digits * scale % place:
        raise usage(f"{what} {text}: not a whole number")
    return Quantity(digits * scale // place, max(scale // place, 1), unit)


def percent(text: str, what: str) -> Fraction:
    """The number before a percent sign, exactly.

    Raises:
        ConvcalcError: for what is no percentage.
    """
    number, rest = split_number(text.strip())
    if number is None or rest.strip() != "%":
        raise usage(f"{what} {text}: expected a percentage", "write 2% or 0.5%")
    return Fraction(number)


def split_number(text: str) -> tuple[str | None, str]:
    """Leading digits, with a point or commas between thousands, and what follows."""
    end = 0
    while end < len(text) and (text[end] in "0123456789." or (text[end] in ",_" and end > 0)):
        end += 1
    number = text[:end].replace(",", "").replace("_", "")
    parts = number.split(".")
    fine = len(parts) <= 2 and all(part.isdecimal() and part.isascii() for part in parts) and len(number) <= 40
    return (number if fine else None), text[end:]


def split_unit(text: str) -> tuple[int | None, str | None]:
    """The scale of a prefix and the unit after it; None for a scale where there is no such unit."""
    for prefix, scale in SCALES.items():
        if text.startswith(prefix) and text[len(prefix) :] in UNITS:
            return scale, UNITS[text[len(prefix) :]]
    return None, None
