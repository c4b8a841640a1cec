"""Quantities as people write them: `4.2G`, `4.2 GMACs`, `8.4 GFLOPs`, `26M`, `256KiB`, `5ms`; strict, and exact."""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor

from convcalc.errors import usage
from convcalc.record import NamedTuple

Scale = int | Fraction
SCALES: dict[str, Scale] = {"": 1, "k": 10**3, "K": 10**3, "M": 10**6, "G": 10**9, "B": 10**9, "T": 10**12, "P": 10**15, "E": 10**18}
BYTES: dict[str, Scale] = {
    "": 1,
    "B": 1,
    **{f"{prefix}B": 10**power for prefix, power in (("k", 3), ("M", 6), ("G", 9), ("T", 12))},
    **{f"{prefix}iB": 2**power for prefix, power in (("K", 10), ("M", 20), ("G", 30), ("T", 40))},
}
SECONDS: dict[str, Scale] = {
    "": 1,
    "s": 1,
    "ms": Fraction(1, 10**3),
    "us": Fraction(1, 10**6),
    "µs": Fraction(1, 10**6),
    "ns": Fraction(1, 10**9),
}
RATIO: dict[str, Scale] = {"": 1}
# Scales by the unit of a metric; counts have decimal prefixes.
SCALES_OF = {"bytes": BYTES, "seconds": SECONDS, "ratio": RATIO}
UNITS = {"": None, "MAC": "MAC", "MACs": "MAC", "MAdds": "MAC", "FLOP": "FLOP", "FLOPs": "FLOP", "FLOPS": "FLOP", "Flops": "FLOP"}
FRACTIONAL = ("seconds", "ratio")  # units of which a part can be meant


class Quantity(NamedTuple):
    """A number with the place of its last digit: 4.13G is 4,130,000,000 give or take 5,000,000."""

    value: int | Fraction
    precision: int  # of the last digit that was written
    unit: str | None  # MAC, FLOP, or not said


def parse_quantity(text: str, what: str, unit: str = "count") -> Quantity:
    """Read a quantity of a metric's unit.

    Raises:
        ConvcalcError: for what is none; a fraction of a count cannot be meant.
    """
    number, rest = split_number(text.strip())
    scale, written = split_unit(rest.strip(), unit)
    if number is None or scale is None:
        raise usage(f"{what} {text}: expected a quantity", EXAMPLES.get(unit, "write 4.13G, 4.2 GMACs, 8.4 GFLOPs, 26M or 1234567"))
    whole, _, decimals = number.partition(".")
    place = 10 ** len(decimals)
    value = Fraction(int(whole + decimals)) * scale / place
    if value.denominator > 1 and unit not in FRACTIONAL:
        raise usage(f"{what} {text}: not a whole number", f"write {floor(value)} or {ceil(value)}")
    return Quantity(value.numerator if value.denominator == 1 else value, max(int(scale // place), 1), written)


EXAMPLES = {"bytes": "write 256KiB, 1.5MiB or 262144", "seconds": "write 5ms or 0.005", "ratio": "write 12.5"}


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


def split_unit(text: str, unit: str = "count") -> tuple[Scale | None, str | None]:
    """The scale of a prefix and the unit after it; None for a scale where there is no such unit."""
    if unit in SCALES_OF:
        return SCALES_OF[unit].get(text), None
    for prefix, scale in SCALES.items():
        if text.startswith(prefix) and text[len(prefix) :] in UNITS:
            return scale, UNITS[text[len(prefix) :]]
    return None, None
