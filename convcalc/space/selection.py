"""Which points a sweep keeps: a front, an order, the first so many; chunk by chunk, so that memory does not grow."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from convcalc.analysis.metrics import METRICS
from convcalc.inputs.goals import Goal
from convcalc.record import NamedTuple
from convcalc.report.numbers import amount_text
from convcalc.space.pareto import front
from convcalc.space.points import CHUNK, Points, joined
from convcalc.space.program import Array
from convcalc.space.where import exactly


class Bound(NamedTuple):
    """What a metric may be at most, or must be at least."""

    metric: str
    limit: int | float
    least: bool = False

    def met(self, points: Points) -> Array:
        """Which points meet it."""
        column, limit = exactly(points.metrics[self.metric], self.limit)
        found: Array = (column >= limit if self.least else column <= limit).astype(bool)
        return found

    def fails_on(self, points: Points) -> bool:
        """Whether all points miss it, each by no less than the one before, the last by more than the first."""
        column = points.metrics[self.metric]
        growing = column[1:] <= column[:-1] if self.least else column[1:] >= column[:-1]
        return bool(len(column) > 1 and column[0] != column[-1] and not self.met(points).any() and growing.all())

    def broken(self, value: int | float) -> str:
        """Why a value does not meet it; empty where it does."""
        figure, limit = (amount_text(one, METRICS[self.metric].unit) for one in (value, self.limit))
        if self.least:
            return f"{self.metric} {figure} are below {limit}" if value < self.limit else ""
        return f"{self.metric} {figure} exceed {limit}" if value > self.limit else ""


def meeting(bounds: Sequence[Bound], points: Points) -> Array:
    """Which points meet all bounds."""
    found = np.ones(points.size, dtype=bool)
    for bound in bounds:
        found &= bound.met(points)
    return found


class Wanted(NamedTuple):
    """What of all points is kept; nothing said keeps all."""

    goals: tuple[Goal, ...] = ()  # of a Pareto front
    sort: Goal | None = None
    top: int | None = None

    @property
    def names(self) -> list[str]:
        """What points are chosen by."""
        return [goal.name for goal in (*self.goals, self.sort) if goal is not None]

    def of(self, points: Points) -> Points:
        """The front, in order, the first so many."""
        if self.goals and points.size:
            points = points.taken(front([keyed(points, goal) for goal in self.goals]))
        if self.sort is not None and points.size:
            points = points.taken(np.argsort(keyed(points, self.sort), kind="stable"))
        return points.taken(np.arange(min(self.top, points.size))) if self.top is not None else points


class Kept:
    """The points that are wanted, of the chunks so far."""

    def __init__(self, wanted: Wanted, empty: Points) -> None:
        self.wanted = wanted
        self.parts = [empty]
        self.waiting = 0

    def add(self, points: Points) -> None:
        self.parts.append(points)
        self.waiting += points.size
        bounded = bool(self.wanted.goals) or self.wanted.top is not None
        if bounded and self.waiting > max(4 * CHUNK, self.parts[0].size):
            # With a front, do not cut to the first so many yet: later chunks may still hold better points.
            wanted = self.wanted._replace(top=None) if self.wanted.goals else self.wanted
            self.parts, self.waiting = [wanted.of(joined(self.parts))], 0

    @property
    def size(self) -> int:
        return self.parts[0].size + self.waiting

    def found(self) -> Points:
        return self.wanted.of(joined(self.parts))


def keyed(points: Points, goal: Goal) -> Array:
    """A column to be made small."""
    column = points.column(goal.name)
    return -column if goal.most else column
