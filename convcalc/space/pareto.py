"""Pareto fronts: points that no other is better than in every metric at once, found chunk by chunk."""

from __future__ import annotations

from bisect import bisect_right

import numpy as np

from convcalc.space.program import Array

FEW = 64  # points that are not worth a grid
SAMPLED = 16  # every so many points make the first, rough grid
CELLS = (65_536, 512, 64, 16)  # a metric, for two metrics, three, four and more


def front(columns: list[Array]) -> Array:
    """Which points are on the front, the smallest being best; of equal points all are. In order of the points."""
    if not len(columns[0]):
        return np.arange(0)
    if len(columns) == 1:
        return np.flatnonzero(columns[0] == columns[0].min())
    columns = [ranks(column) if column.dtype == object else column for column in columns]
    places = np.arange(len(columns[0]))
    for step in (SAMPLED, 1):  # a rough grid, then of what is left a full one
        if len(places) > FEW and len(columns) <= len(CELLS) + 1:
            alive = ~beaten(columns, step)
            places, columns = places[alive], [column[alive] for column in columns]
    inner = staircase(*columns) if len(columns) == 2 else layered(columns)
    return places[inner]


def ranks(column: Array) -> Array:
    """The places of values in order, equal ones alike: what a front depends on."""
    return np.unique(column, return_inverse=True)[1]


def beaten(columns: list[Array], step: int) -> Array:
    """Points that are surely not on the front: every `step`th point is put into a coarse grid of all metrics but the
    last, and a point goes where a cell that is below its own in each has one that is no worse in the last.

    Cells are by value, and rounding keeps order: what is in a lower cell is smaller.
    """
    *coarse, last = columns
    cells = CELLS[min(len(coarse), len(CELLS)) - 1]
    shape = (cells + 2,) * len(coarse)
    index = np.zeros(len(last), dtype=np.int64)
    for column in coarse:
        low, high = int(column.min()), int(column.max())
        index = index * (cells + 2) + ((column.astype(np.float64) - low) * (cells / max(high - low, 1))).astype(np.int64)
    least = np.full(int(np.prod(shape)), np.iinfo(np.int64).max)
    offset = sum((cells + 2) ** place for place in range(len(coarse)))  # one cell up in every metric
    np.minimum.at(least, index[::step] + offset, last[::step])
    table = least.reshape(shape)
    for place in range(len(coarse)):
        np.minimum.accumulate(table, axis=place, out=table)
    return last >= table.ravel()[index]


def staircase(a: Array, b: Array) -> Array:
    """The front of two metrics: in order of the first, those whose second is below all before."""
    order = np.lexsort((b, a))
    first, second = a[order], b[order]
    least = np.minimum.accumulate(second)
    before = np.concatenate(([np.iinfo(second.dtype).max], least[:-1]))
    starts = second < before
    group = np.maximum.accumulate(np.where(starts, np.arange(len(order)), 0))
    equal = (first == first[group]) & (second == second[group])
    return np.sort(order[starts | equal])


def layered(columns: list[Array]) -> Array:
    """The front of three metrics or more: in order of the first, what the first of its equals does not beat."""
    order = np.lexsort(tuple(reversed(columns)))
    first = columns[0][order]
    starts = np.concatenate(([True], first[1:] != first[:-1]))
    leader = order[np.maximum.accumulate(np.where(starts, np.arange(len(order)), 0))]
    no_better, worse = np.ones(len(order), dtype=bool), np.zeros(len(order), dtype=bool)
    for column in columns[1:]:
        no_better &= column[order] >= column[leader]
        worse |= column[order] > column[leader]
    order = order[~(no_better & worse)]
    found = (stairs if len(columns) == 3 else one_by_one)(*(column[order] for column in columns))
    return np.sort(order[np.array(found, dtype=np.int64)])


def stairs(a: Array, b: Array, c: Array) -> list[int]:
    """Three metrics: a staircase of the other two, kept while the first grows. Equal points follow one another."""
    repeated = np.concatenate(([False], (a[1:] == a[:-1]) & (b[1:] == b[:-1]) & (c[1:] == c[:-1]))).tolist()
    xs: list[int] = []  # ascending
    ys: list[int] = []  # descending: the least third among those whose second is at most this
    found: list[int] = []
    keep, kept = found.append, False
    for place, (again, x, y) in enumerate(zip(repeated, b.tolist(), c.tolist(), strict=True)):
        if again:
            if kept:
                keep(place)
            continue
        right = bisect_right(xs, x)
        kept = not right or ys[right - 1] > y
        if not kept:
            continue
        keep(place)
        left = right - 1 if right and xs[right - 1] == x else right
        while right < len(ys) and ys[right] >= y:
            right += 1
        if left == right:
            xs.insert(left, x)
            ys.insert(left, y)
        else:
            xs[left:right] = (x,)
            ys[left:right] = (y,)
    return found


def one_by_one(*columns: Array) -> list[int]:
    """Any number of metrics: each point against the front so far."""
    table = np.stack(columns, axis=1)
    best = np.empty_like(table[:0])
    found: list[int] = []
    for place, point in enumerate(table):
        worse = (best <= point).all(axis=1) & (best < point).any(axis=1)
        if not worse.any():
            best = np.concatenate((best, point[None]))
            found.append(place)
    return found
