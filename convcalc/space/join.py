"""Measured columns beside computed ones: rows that name points by the values of some axes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from fractions import Fraction

import numpy as np

from convcalc.errors import usage
from convcalc.record import NamedTuple
from convcalc.space.axes import Axis, shown
from convcalc.space.points import Points

DECIMAL = re.compile(r"[-+]?[0-9]{1,40}(\.[0-9]{0,40})?([eE][-+]?[0-9]{1,2})?")


TAKEN = ("convention", "row", "why")  # columns that reports have of their own


class Join(NamedTuple):
    """Measurements: which axes name a point, what was measured, and the values by digits of those axes."""

    keys: tuple[str, ...]
    names: tuple[str, ...]
    rows: tuple[tuple[tuple[int, ...], tuple[Fraction, ...]], ...]

    def of(self, points: Points, table: Mapping[tuple[int, ...], tuple[Fraction, ...]]) -> Points:
        """The points that were measured, with what was; `table` is the rows by key."""
        named = list(zip(*(points.digits[key].tolist() for key in self.keys), strict=True))
        places = np.array([place for place, key in enumerate(named) if key in table], dtype=np.int64)
        found = points.taken(places)
        for number, name in enumerate(self.names):
            column = np.empty(len(places), dtype=object)
            column[:] = [table[named[place]][number] for place in places]
            found.metrics[name] = column
        return found


Line = tuple[int, list[str]]  # with its number in the file


def read_join(header: list[str], lines: Sequence[Line], axes: tuple[Axis, ...], known: tuple[str, ...], shown_as: str) -> Join:
    """Measurements from a table: columns that are axes name points, the others are measured.

    Raises:
        ConvcalcError: for a table without either, and for rows that name no point (which ones).
    """
    places = {axis.name: {shown(value): digit for digit, value in enumerate(axis.values)} for axis in axes}
    twice = next((name for name in header if header.count(name) > 1), None)
    if twice is not None:
        raise usage(f"--join {shown_as}: the column `{twice}` stands twice", "drop one")
    keys = tuple(name for name in header if name in places)
    names = tuple(name for name in header if name not in places)
    if not keys or not names:
        what = "no axis" if not keys else "nothing that was measured"
        raise usage(f"--join {shown_as}: its columns name {what}", f"the axes are {', '.join(places)}; commas separate columns")
    if taken := [name for name in names if name in (*known, *TAKEN) or not (name.isidentifier() and name.isascii())]:
        raise usage(f"--join {shown_as}: the column `{taken[0]}` cannot be a measurement", "letters, digits and _, and no metric's name")
    rows: dict[tuple[int, ...], tuple[Fraction, ...]] = {}
    lost: list[str] = []
    for number, line in lines:
        cells = dict(zip(header, line, strict=False))
        if len(line) != len(header):
            raise usage(f"--join {shown_as}: line {number} has {len(line)} of {len(header)} columns", "mend it, or drop it")
        key = tuple(places[name].get(normal(cells[name]), -1) for name in keys)
        if -1 in key:
            lost.append(f"line {number}: " + ", ".join(f"{name}={cells[name]}" for name in keys))
            continue
        if key in rows:
            raise usage(f"--join {shown_as}: line {number} names a point that stands above", "drop one")
        rows[key] = tuple(measured(cells[name], f"--join {shown_as}: line {number}, {name}") for name in names)
    if lost or not rows:
        more = f" and {len(lost) - 3} more" if len(lost) > 3 else ""
        raise usage(f"--join {shown_as}: no such point: {'; '.join(lost[:3]) or 'the table is empty'}{more}", "add its values to --set")
    return Join(keys, names, tuple(rows.items()))


def normal(text: str) -> str:
    """A value as an axis shows it: 0.50 as 0.5."""
    if not DECIMAL.fullmatch(text.strip()):
        return text.strip()
    number = Fraction(text.strip())
    return shown(number.numerator if number.denominator == 1 else number)


def measured(text: str, where: str) -> Fraction:
    if not DECIMAL.fullmatch(text.strip()):
        raise usage(f"{where}: `{text[:40]}` is no number", "write decimals, 76.13, or drop the row or column")
    return Fraction(repr(float(text)))  # what a report holds of it
