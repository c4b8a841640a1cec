"""Numbers as people read them. One formatter for all outputs, in integers, so that no size loses digits."""

from __future__ import annotations

from typing import Any

PREFIXES = ("", "k", "M", "G", "T", "P", "E")
SMALL = ("", "m", "µ", "n", "p")
BINARY = ("B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB")


def exact_text(value: Any) -> str:
    """`1,849,688,064`."""
    return "" if value is None else f"{value:,}"


def metric_text(value: Any) -> str:
    """A metric, exact: sizes as `3×3`, a whole number with its commas, any other to six digits."""
    if isinstance(value, list):
        return shape_text(value)
    return f"{value:,.6g}" if isinstance(value, float) else exact_text(value)


def amount_text(value: Any, unit: str) -> str:
    """A metric as one number, in its unit: seconds with a prefix."""
    return seconds_text(value) if unit == "seconds" and value is not None else metric_text(value)


def seconds_text(value: Any) -> str:
    """`8.402 ms`: four digits, with the prefix that leaves one to three before the point."""
    numerator, denominator = value.as_integer_ratio()
    if numerator <= 0:
        return f"-{seconds_text(-value)}" if numerator else "0 s"
    power = 0
    while power < len(SMALL) - 1 and 10_000 * numerator < 9_995 * denominator:
        numerator, power = 1000 * numerator, power + 1  # 999.96 µs is 1.000 ms already
    digits = 3 - sum(10_000 * numerator >= most * denominator for most in (99_995, 999_950, 9_999_500))
    return f"{decimal_text(numerator, denominator, digits)} {SMALL[power]}s"


def decimal_text(numerator: int | float, denominator: int | float, digits: int) -> str:
    """numerator ÷ denominator with so many digits after the point, half up, at any size."""
    if isinstance(numerator, float) or isinstance(denominator, float):
        (n, over), (d, under) = numerator.as_integer_ratio(), denominator.as_integer_ratio()
        numerator, denominator = n * under, d * over
    scale: int = 10**digits
    scaled = (2 * numerator * scale + denominator) // (2 * denominator)
    whole, rest = divmod(scaled, scale)
    return f"{whole:,}.{rest:0{digits}d}" if digits else f"{whole:,}"


def times_text(numerator: int | float, denominator: int | float) -> str:
    """`8.47×`; no decimals from 100 on, and as many as it takes to tell a ratio from 1."""
    if denominator == 0:
        return ""
    digits = 2 if numerator < 100 * denominator else 0
    text = decimal_text(numerator, denominator, digits)
    while digits < 12 and numerator != denominator and text.rstrip("0") in ("1.", "0."):
        digits += 1
        text = decimal_text(numerator, denominator, digits)
    return f"{text}×"


def scaled_text(value: int) -> str:
    """`4.09 G`."""
    return in_units(value)


def bytes_text(value: int) -> str:
    """`97.49 MiB`."""
    return in_units(value, binary=True)


def in_units(value: int, binary: bool = False, power: int | None = None, digits: int = 2) -> str:
    """A number with a prefix; unless a power of it is given, the one that leaves one to three digits before the point."""
    base, units = (1024, BINARY) if binary else (1000, PREFIXES)
    scale: int = 10**digits
    found = power or 0
    while power is None and found < len(units) - 1 and 2 * scale * value + base**found >= 2 * scale * base ** (found + 1):
        found += 1  # 999,995 is 1.00 M already
    if found == 0:
        return f"{value:,} {units[0]}".rstrip()
    return f"{decimal_text(value, base**found, digits)} {units[found]}"


def shape_text(sizes: list[int] | None) -> str:
    """`256×56×56`."""
    return "" if sizes is None else "×".join(str(size) for size in sizes)


def percent_text(old: Any, new: Any) -> str:
    """`+20.3%`; `×281` from tenfold on; digits until the change shows; `new` and `removed` where a side is missing."""
    if old is None or new is None:
        return "new" if old is None else "removed"
    if old in (0, new):
        return ""
    if new >= 10 * old:
        return f"×{decimal_text(new, old, 0)}"
    digits = 1
    text = decimal_text(100 * abs(new - old), old, digits)
    while set(text) <= {"0", ".", ","} and digits < 30:
        digits += 1
        text = decimal_text(100 * abs(new - old), old, digits)
    return f"{'+' if new > old else '-'}{text}%"


def share_text(part: int | float, whole: int | float) -> str:
    """`35.8%`: as many digits as it takes for a share above zero never to print as 0%, and one below all never as 100%.

    Empty where the whole is 0.
    """
    if whole == 0:
        return ""
    digits = 1
    text = decimal_text(100 * part, whole, digits)
    while digits < 30 and ((part and not text.strip("0.")) or (part != whole and text.rstrip("0") == "100.")):
        digits += 1
        text = decimal_text(100 * part, whole, digits)
    return f"{text}%"


def change_text(old: Any, new: Any) -> str:
    """`grow by 20.3% (692,060,160)`, in words that need no sign."""
    verb = "grow" if new > old else "shrink"
    if old == 0:
        return f"{verb} by {abs(new - old):,} from none"
    if new >= 10 * old:
        return f"{verb} {percent_text(old, new)} (by {new - old:,})"
    return f"{verb} by {percent_text(old, new)[1:]} ({abs(new - old):,})"


def attribute_text(value: Any) -> str:
    """`3×3`; padding as `1×1`, or `0:1×0:1` where the sides differ."""
    if isinstance(value, list):
        return "×".join(side_text(axis) if isinstance(axis, list) else str(axis) for axis in value)
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def side_text(sides: list[Any]) -> str:
    """`1` where all sides are equal, else `0:1`."""
    return ":".join(map(str, sides if len({*map(str, sides)}) > 1 else sides[:1]))
