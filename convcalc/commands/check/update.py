"""`convcalc check --update`: limits rewritten where they stand, all else of the file as it was."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from fractions import Fraction

from convcalc.analysis.metrics import LAYER, METRICS
from convcalc.core.quantity import split_number, split_unit
from convcalc.errors import ConvcalcError, Diagnostic, Source, Span
from convcalc.layout.source import Mapping, Node, Scalar, lines_of, read_text
from convcalc.layout.yaml_nodes import compose
from convcalc.record import NamedTuple
from convcalc.report.numbers import exact_text, percent_text
from convcalc.report.results import Finding
from convcalc.rules.budgets import read_budgets

NUMBER = re.compile(r"(?:&[^\s,\[\]{}]+\s+)?['\"]?\s*([0-9](?:[0-9.,_]*[0-9])?)")  # of a scalar, behind its anchor and quote
LINE = re.compile(r".*?(?:\r\n|[\n\r\x85\u2028\u2029]|\Z)", re.DOTALL)
MARK = "\ufeff"  # byte-order mark
LEAST, MOST_DECIMALS = 100, 12  # three digits of a raised limit: one of `4G` that 4.1 G exceeds is not raised to 5 G


class Edit(NamedTuple):
    """A file's new text, and a line for each limit that it raises."""

    path: str
    text: str
    lines: list[str]


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
        limits = needed.setdefault(place.path, {})
        key = place.line, place.column
        if key not in limits or needs(finding) > needs(limits[key]):
            limits[key] = finding
    return [edited(path, limits) for path, limits in needed.items()]


def needs(finding: Finding) -> Fraction:
    """What the limit must at least be: the figure, or its growth in percent (below zero where there is no such)."""
    if finding.kind == "max":
        return Fraction(finding.value)
    return 100 * Fraction(finding.value - (finding.base or 0)) / Fraction(finding.base) if finding.base else Fraction(-1)


def edited(path: str, limits: dict[tuple[int, int], Finding]) -> Edit:
    """A file with some of its limits raised, read again to see that they suffice and that nothing else changed."""
    text = read_text(path, path)
    if os.path.islink(path):
        raise unwritable(path, text, next(iter(limits)), "a link, which --update does not follow")
    with open(path, encoding="utf-8", newline="") as file:
        raw = file.read()  # with its line ends and byte-order mark
    lines = [match[0] for match in LINE.finditer(raw.removeprefix(MARK)) if match[0]]
    raised_lines: list[str] = []
    for (line, column), finding in sorted(limits.items(), reverse=True):
        old = lines[line - 1]
        number = NUMBER.match(old, column - 1)
        if number is None or needs(finding) < 0:
            raise unwritable(path, text, (line, column), "there is no number here to raise")
        new = raised(finding, number[1])
        lines[line - 1] = old[: number.start(1)] + new + old[number.end(1) :]
        raised_lines.insert(0, line_of(finding, f"{path}:{line}:{column}", finding.limit_text.replace(number[1], new, 1)))
    result = "".join(lines)
    if not sound(path, text, result, limits):
        raise unwritable(path, text, next(iter(limits)), "it cannot be raised in place")
    return Edit(path, (MARK if raw.startswith(MARK) else "") + result, raised_lines)


def line_of(finding: Finding, place: str, new: str) -> str:
    """`net.yaml:4:9: macs 4G raised to 4.09G, for 4,089,184,256`."""
    figure = exact_text(finding.value) if finding.kind == "max" else percent_text(finding.base, finding.value)
    return f"{place}: {finding.metric} {finding.limit_text} raised to {new}, for {figure}"


def raised(finding: Finding, old: str) -> str:
    """The least number in the same unit that the figure stays within, with as many decimals as the old one, or as it takes."""
    amount = needs(finding) if finding.kind == "increase" else in_unit(finding)
    decimals = kept = len(old.partition(".")[2])
    while amount.denominator > 1 and decimals < MOST_DECIMALS and amount * 10**decimals < LEAST:
        decimals += 1
    whole, rest = divmod(-int(-amount * 10**decimals // 1), 10**decimals)  # rounded up
    separator = "," if "," in old else "_" if "_" in old else ""
    digits = f"{whole:,}".replace(",", separator)
    after = f"{rest:0{decimals}d}" if decimals else ""
    while after.endswith("0") and len(after) > kept:
        after = after[:-1]
    return f"{digits}.{after}" if after else digits


def in_unit(finding: Finding) -> Fraction:
    """A figure in the unit and prefix that its limit is written in."""
    metric = METRICS[finding.metric.removeprefix(LAYER)]
    _, rest = split_number(finding.limit_text)
    scale, unit = split_unit(rest.strip(), metric.unit)
    factor = Fraction(1) if unit in (None, metric.written) else Fraction(2) if unit == "FLOP" else Fraction(1, 2)
    return Fraction(finding.value) * factor / (scale or 1)


def sound(path: str, old: str, new: str, limits: dict[tuple[int, int], Finding]) -> bool:
    """Whether a new text differs in these limits alone, and they suffice."""
    try:
        budgets = list(zip(read_budgets(old, path), read_budgets(new, path), strict=True))
        scalars = list(zip(texts(compose(old, path)), texts(compose(new, path)), strict=True))
    except (ConvcalcError, ValueError):
        return False
    for was, now in budgets:
        finding = limits.get((was.span.line, was.span.column)) if was.span else None
        if finding is not None and finding.value > (now.limit if finding.kind == "max" else now.above(finding.base or 0)):
            return False
    return sum(was != now for was, now in scalars) == len(limits)


def texts(node: Node) -> Iterator[str]:
    """All words of a document, in order; what an alias stands for only once more."""
    if isinstance(node, Scalar):
        yield node.text
        return
    for part in (part for pair in node.items for part in pair) if isinstance(node, Mapping) else node.items:
        yield from texts(part)


def unwritable(path: str, text: str, place: tuple[int, int], why: str) -> ConvcalcError:
    span = Span(Source(path, tuple(lines_of(text))), *place)
    return ConvcalcError(Diagnostic("limit-unwritable", f"--update: {why}", span, "raise it by hand"))
