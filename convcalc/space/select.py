"""Which points a sweep keeps: a front, an order, the first so many; chunk by chunk, so that memory does not grow."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from convcalc.space.pareto import front
from convcalc.space.points import CHUNK, Points, joined
from convcalc.space.program import Array


class Goal(NamedTuple):
    """A metric or an axis of numbers, and whether the most of it is best."""

    name: str
    most: bool


class Wanted(NamedTuple):
    """What of all points is kept; nothing said keeps all."""

    goals: tuple[Goal, ...] = ()  # of a Pareto front
    sort: Goal | None = None
    top: int | None = None

    @property
    def is_all(self) -> bool:
        return not self.goals and self.sort is None and self.top is None

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
            wanted = self.wanted._replace(top=None) if self.wanted.goals else self.wanted  # what a front loses beats others still
            self.parts, self.waiting = [wanted.of(joined(self.parts))], 0

    def found(self) -> Points:
        return self.wanted.of(joined(self.parts))


def keyed(points: Points, goal: Goal) -> Array:
    """A column to be made small."""
    column = points.metrics[goal.name] if goal.name in points.metrics else points.columns[goal.name]
    return -column if goal.most else column
