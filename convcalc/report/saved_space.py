"""Saved sweeps and solutions, read back."""

from __future__ import annotations

from typing import Any

from convcalc.core.size import LARGEST_SIZE
from convcalc.report.reading import count, number, optional, read_attribute, record, rows, text_of, texts, whole
from convcalc.report.records import Asked, Candidate, InvalidReport, Solution, SweepReport


def read_sweep(data: dict[str, Any]) -> SweepReport:
    """A design space; each point has a value of every axis and a number for every metric."""
    axes = rows(data["axes"], lambda axis: (text_of(axis["name"]), [read_attribute(value) for value in axis["values"]]))
    names = [name for name, _ in axes]
    metrics = rows(data["metrics"], text_of)
    for _, values in axes:
        check_axis(values)
    if not axes or len({*names, *metrics}) < len(names) + len(metrics):
        raise ValueError("no axes, or a name twice")
    allowed = {name: {repr(value) for value in found} for name, found in axes}
    found = []
    for point in data["points"]:
        if any(repr(point[name]) not in allowed[name] for name in names):
            raise ValueError("a value that its axis does not have")
        found.append((*(point[name] for name in names), *(number(point[name]) for name in metrics)))
    invalid = rows(data["invalid"], lambda one: invalid_of(one))
    front = optional(lambda places: [whole(place) for place in places])(data["front"])
    return SweepReport(axes, metrics, found, front, invalid, count(data["done"]), count(data["met"]), read_asked(data["asked"]))


def check_axis(values: list[Any]) -> None:
    """Refuse values that no axis has: nested ones, those beyond 64 bits, and those that stand twice."""
    sizes = [size for value in values for size in (value if isinstance(value, list) else [value])]
    if any(isinstance(size, list) or (isinstance(size, int) and abs(size) > LARGEST_SIZE) for size in sizes):
        raise ValueError("no value of an axis")
    if not values or len({repr(value) for value in values}) < len(values):
        raise ValueError("no values, or one twice")


def invalid_of(data: dict[str, Any]) -> InvalidReport:
    return record(InvalidReport, data, reason=text_of, count=count, message=text_of, location=optional(text_of), example=texts)


def read_asked(data: dict[str, Any]) -> Asked:
    """What a sweep was asked."""
    texts_or_none = {name: optional(text_of)(data[name]) for name in ("where", "pareto", "sort", "join")}
    numbers_or_none = {name: optional(whole)(data[name]) for name in ("top", "sample")}
    if any(value is not None and value < 1 for value in numbers_or_none.values()):
        raise ValueError("not so many")
    return Asked(
        designs=rows(data["designs"], text_of),
        spec=text_of(data["spec"]),
        seed=whole(data["seed"]),
        shard=optional(read_shard)(data["shard"]),
        **texts_or_none,
        **numbers_or_none,
    )


def read_shard(data: Any) -> tuple[int, int]:
    """Which part of how many."""
    number, parts = (whole(size) for size in data)
    if not 1 <= number <= parts < 10**7:
        raise ValueError("no such part")
    return number, parts


def read_solution(data: dict[str, Any]) -> Solution:
    here, neighbours = read_candidate(data), rows(data["neighbours"], read_candidate)
    if any(set(row.values) != set(here.values) or (row.metrics and set(row.metrics) != set(here.metrics or {})) for row in neighbours):
        raise ValueError("neighbours of something else")
    return Solution(here, neighbours)


def read_candidate(data: dict[str, Any]) -> Candidate:
    metrics = optional(lambda found: {text_of(name): count(value) for name, value in found.items()})
    values = {text_of(name): read_attribute(value) for name, value in data["values"].items()}
    return Candidate(values, metrics(data["metrics"]), text_of(data["why"]))
