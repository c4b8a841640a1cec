"""`convcalc check --update`: limits rewritten where they stand, all else of the file as it was."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from convcalc.api.budgets import read_budgets
from convcalc.errors import ConvcalcError, Diagnostic, Source, Span
from convcalc.layout.source import read_text
from convcalc.report.budget import LAYER, Budget
from convcalc.report.quantity import parse_quantity, split_number, split_unit
from convcalc.report.views import Finding

NUMBER = re.compile(r"[0-9][0-9.,_]*")
LINE = re.compile(r".*?(?:\r\n|[\n\r\x85\u2028\u2029]|\Z)", re.DOTALL)
MARK = "\ufeff"  # byte-order mark


class Edit(NamedTuple):
    """A file's new text, and a line for each limit that it raises."""

    path: str
    text: str
    told: list[str]


def updated(findings: Sequence[Finding]) -> list[Edit]:
    """New texts of the files whose limits are exceeded; nothing is written.

    Raises:
        ConvcalcError: for a limit that cannot be rewritten in place.
    """
    needed: dict[str, dict[tuple[int, int], Finding]] = {}
    for finding in findings:
        place = finding.limit_location
        if finding.status != "fail" or place is None:
            continue
        limits = needed.setdefault(place["path"], {})
        key = place["line"], place["column"]
        if key not in limits or needs(finding) > needs(limits[key]):
            limits[key] = finding
    return [edited(path, limits) for path, limits in needed.items()]


def needs(finding: Finding) -> Fraction:
    """What the limit must at least be: the figure, or its growth in percent."""
    if finding.kind == "max":
        return Fraction(finding.value)
    return Fraction(100 * (finding.value - (finding.base or 0)), finding.base) if finding.base else Fraction(-1)


def edited(path: str, limits: dict[tuple[int, int], Finding]) -> Edit:
    """A file with some of its limits raised, read again to see that nothing else changed."""
    if os.path.islink(path):
        raise unwritable(path, next(iter(limits)), "a link, which --update does not follow")
    text = raw(path)
    lines = [match[0] for match in LINE.finditer(text.removeprefix(MARK)) if match[0]]
    told: list[str] = []
    for (line, column), finding in sorted(limits.items(), reverse=True):
        old = lines[line - 1]
        number = NUMBER.search(old, column - 1)
        if number is None or needs(finding) < 0:
            raise unwritable(path, (line, column), "there is no number here to raise")
        new = raised(finding, number[0].rstrip(".,_"))
        lines[line - 1] = old[: number.start()] + new + old[number.start() + len(number[0].rstrip(".,_")) :]
        told.insert(0, f"{path}:{line}:{column}: {finding.metric} {finding.limit_text} raised to {new_text(finding, new)}")
    result = text[: len(text) - len(text.removeprefix(MARK))] + "".join(lines)
    check_same(path, text, result, limits)
    return Edit(path, result, told)


def raw(path: str) -> str:
    """The text with its line ends and byte-order mark as they are."""
    read_text(path, path)  # refuses what is no regular file, too large or not UTF-8
    with open(path, encoding="utf-8", newline="") as file:
        return file.read()


def new_text(finding: Finding, number: str) -> str:
    old, rest = split_number(finding.limit_text.strip())
    return number + finding.limit_text.strip()[len(finding.limit_text.strip()) - len(rest) :] if old is not None else number


def raised(finding: Finding, old: str) -> str:
    """The least number in the same unit, with as many decimals, that the figure stays within."""
    decimals = len(old.partition(".")[2])
    amount = needs(finding) if finding.kind == "increase" else in_unit(finding)
    steps = -((-amount * 10**decimals) // 1)  # rounded up
    whole, rest = divmod(int(steps), 10**decimals)
    separator = "," if "," in old else "_" if "_" in old else ""
    digits = f"{whole:,}".replace(",", separator)
    return f"{digits}.{rest:0{decimals}d}" if decimals else digits


def in_unit(finding: Finding) -> Fraction:
    """A figure in the unit and prefix that its limit is written in."""
    _, rest = split_number(finding.limit_text.strip())
    scale, _ = split_unit(rest.strip())
    unit = parse_quantity(finding.limit_text, finding.metric).unit
    own = {"macs": "MAC", "flops": "FLOP"}.get(finding.metric.removeprefix(LAYER))
    factor = Fraction(1) if unit in (None, own) else Fraction(2) if unit == "FLOP" else Fraction(1, 2)
    return finding.value * factor / (scale or 1)


def check_same(path: str, old: str, new: str, limits: dict[tuple[int, int], Finding]) -> None:
    """Refuse a text in which not just these limits changed, to what was needed."""
    try:
        before, after = (read_budgets(text.removeprefix(MARK), path) for text in (old, new))
    except ConvcalcError:
        raise unwritable(path, next(iter(limits)), "it cannot be raised in place") from None
    for was, now in zip(before, after, strict=True):
        finding = limits.get((was.span.line, was.span.column)) if was.span else None
        enough = finding is None or meets(now, finding)
        if not enough or (finding is None and (was.limit, was.growth) != (now.limit, now.growth)):
            raise unwritable(path, (was.span.line, was.span.column) if was.span else (1, 1), "it cannot be raised in place")


def meets(budget: Budget, finding: Finding) -> bool:
    limit = budget.limit if finding.kind == "max" else budget.above(finding.base or 0)
    return finding.value <= limit


def unwritable(path: str, place: tuple[int, int], why: str) -> ConvcalcError:
    lines = tuple(raw(path).split("\n"))
    return ConvcalcError(Diagnostic("limit-unwritable", f"--update: {why}", Span(Source(path, lines), *place), "raise it by hand"))
