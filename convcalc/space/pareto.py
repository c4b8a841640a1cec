"""Pareto fronts: points that no other is better than in every metric at once, found chunk by chunk."""

from __future__ import annotations

import numpy as np

from convcalc.space.program import Array

NOTHING = np.iinfo(np.int64).max  # what is above every value
BATCH, MOST_AT_ONCE = 512, 4_096  # points of four metrics and more, against so many
FEW = 64  # points that are not worth a grid
SAMPLED = 16  # every so many points make the first, rough grid
CELLS = (1_024, 256, 64, 16)  # a metric, for two metrics, three, four and more


def front(columns: list[Array]) -> Array:
    """Which points are on the front, the smallest being best; of equal points all are. In order of the points."""
    if not len(columns[0]):
        return np.arange(0)
    if len(columns) == 1:
        return np.flatnonzero(columns[0] == columns[0].min())
    columns = [ranks(column) if column.dtype == object or column.max() == NOTHING else column for column in columns]
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
    """Find points that are surely dominated, by a coarse grid of all metrics but the last.

    Every `step`th point is put into the grid. A point is dropped where some cell that is lower than its own in every
    coarse metric holds a point that is at least as good in the last metric. Cells have about the same number of points;
    what is in a lower cell is smaller.
    """
    *coarse, last = columns
    cells = CELLS[min(len(coarse), len(CELLS)) - 1]
    shape = (cells + 2,) * len(coarse)
    index = np.zeros(len(last), dtype=np.int64)
    for column in coarse:
        some = np.sort(column[:: max(step, SAMPLED)])
        edges = some[np.linspace(0, len(some) - 1, min(cells, len(some))).astype(np.int64)]
        index = index * (cells + 2) + np.searchsorted(edges, column, side="right")
    least = np.full(int(np.prod(shape)), NOTHING)
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
    before = np.concatenate(([NOTHING], least[:-1]))
    starts = second < before
    group = np.maximum.accumulate(np.where(starts, np.arange(len(order)), 0))
    equal = (first == first[group]) & (second == second[group])
    return np.sort(order[starts | equal])


def layered(columns: list[Array]) -> Array:
    """The front of three metrics or more, of points that differ: equal ones share their fate."""
    order = np.lexsort(tuple(reversed(columns)))
    ordered = [column[order] for column in columns]
    differs = np.zeros(len(order), dtype=bool)
    differs[0] = True
    for column in ordered:
        differs[1:] |= column[1:] != column[:-1]
    firsts = np.flatnonzero(differs)
    distinct = [column[firsts] for column in ordered]
    kept = by_halves(*distinct[1:]) if len(columns) == 3 else by_batches(distinct)
    return np.sort(order[kept[np.cumsum(differs) - 1]])


def by_halves(b: Array, c: Array) -> Array:
    """Which of some points, in order of a first metric, none before them beats in the other two.

    Halves of halves: of each block, in order of `b`, what is in its second half is beaten by the least `c` of the first
    half so far (Kung, Luccio and Preparata 1975). All blocks of a size are done at once: `c` less a number that grows
    from block to block is a running minimum of each.
    """
    count = len(b)
    alive = np.ones(count, dtype=bool)
    places = np.argsort(b, kind="stable")  # of equals the first comes first
    values = ranks(c)
    step = count + 1
    for level in reversed(range(max(1, (count - 1).bit_length()))):
        second = (places >> level) & 1  # half of the block
        block = places >> (level + 1)
        least = np.minimum.accumulate(np.where(second == 0, values[places], count) - block * step) + block * step
        alive[places[(second == 1) & (least <= values[places])]] = False
        places = parted(places, second, block, level)
    return alive


def parted(places: Array, second: Array, block: Array, level: int) -> Array:
    """The halves of each block one after the other, each in the order that it had."""
    ones = np.cumsum(second)
    start = block << (level + 1)  # of the block among all points, which are full but for the last
    before = np.concatenate(([0], ones))[start]  # ones in blocks before
    rank = np.arange(len(places))
    ones_here = ones - second - before  # of this block, before this point
    zeros_here = rank - start - ones_here
    first_half = np.minimum(1 << level, len(places) - start)
    found = np.empty_like(places)
    found[start + np.where(second == 1, first_half + ones_here, zeros_here)] = places
    return found


def by_batches(columns: list[Array]) -> Array:
    """Any number of metrics: which of some points, in order of the first, none before them beats. Each against all."""
    table = np.stack(columns, axis=1)
    alive = np.ones(len(table), dtype=bool)
    best = np.empty((0, table.shape[1]), dtype=table.dtype)
    for start in range(0, len(table), BATCH):
        batch = table[start : start + BATCH]
        alive[start : start + BATCH] = ~beats_any(best, batch)
        left = np.flatnonzero(alive[start : start + BATCH])
        inner = ~beats_any(batch[left], batch[left], themselves=True)
        alive[start + left[~inner]] = False
        best = np.concatenate((best, batch[left[inner]]))
    return alive


def beats_any(best: Array, batch: Array, themselves: bool = False) -> Array:
    """Which points of a batch some point of `best` beats; all differ, but for a point and itself."""
    found = np.zeros(len(batch), dtype=bool)
    for start in range(0, len(best), MOST_AT_ONCE):
        some = best[start : start + MOST_AT_ONCE]
        better = np.ones((len(batch), len(some)), dtype=bool)
        for column in range(batch.shape[1]):
            better &= some[None, :, column] <= batch[:, None, column]
        if themselves:
            better &= ~np.eye(len(batch), len(some), -start, dtype=bool)
        found |= better.any(axis=1)
    return found
