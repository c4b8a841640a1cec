"""Passes of a repeat taken apart, where one that is held for all does not do: they differ in what lives, or is trained."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from convcalc.core.trace import Row, Scope, Trace
from convcalc.errors import Refusal
from convcalc.record import NamedTuple

MOST_ROWS = 1_000_000  # as many as a layout may have layers


class Apart(NamedTuple):
    """A trace with some passes apart, and for each of its rows the number of the row that held it.

    Parameters are those of the trace that it was made of: which passes share theirs is not followed.
    """

    trace: Trace
    origins: list[int]


def whole(trace: Trace) -> Apart:
    """A trace as it is."""
    return Apart(trace, list(range(len(trace.rows))))


def repeats(trace: Trace) -> dict[int, Scope]:
    """The scopes that stand for several passes, by their numbers."""
    return {number: scope for number, scope in enumerate(trace.scopes) if not (isinstance(scope.times, int) and scope.times == 1)}


def end_of(trace: Trace, scope: Scope) -> int:
    """The value that a pass gives."""
    return len(trace.inputs) + scope.stop - 1


def taken_apart(apart: Apart, fronts: Mapping[int, int]) -> Apart:
    """The same network with the first passes of some scopes alone: how many, by the number of the scope.

    Raises:
        Refusal: for more rows than a layout may have.
    """
    if not fronts:
        return apart
    taking = Taking(apart.trace, fronts)
    taking.walk(0, len(apart.trace.rows), 0, 1, "", "")
    outputs = tuple(taking.numbers[number] for number in apart.trace.outputs)
    made = apart.trace._replace(rows=taking.rows, scopes=taking.scopes, outputs=outputs)
    return Apart(made, [apart.origins[number] for number in taking.origins])


class Taking:
    """Takes passes apart: rows and scopes are written anew, and values numbered anew."""

    def __init__(self, trace: Trace, fronts: Mapping[int, int]) -> None:
        self.trace, self.fronts = trace, fronts
        self.rows: list[Row] = []
        self.scopes: list[Scope] = []
        self.origins: list[int] = []
        self.numbers = list(range(len(trace.inputs) + len(trace.rows)))  # of values: the old ones' new ones

    def walk(self, place: int, stop: int, number: int, times: Any, old: str, new: str) -> None:
        """Write rows place … stop−1, whose paths begin with `old`, under `new`; the first scope here has a number."""
        scopes = self.trace.scopes
        while place < stop:
            while number < len(scopes) and scopes[number].start < place:
                number += 1
            if number < len(scopes) and scopes[number].start == place:
                self.passes(number, times, old, new)
                place, number = scopes[number].stop, number + 1
                continue
            row = self.trace.rows[place]
            sources = tuple(self.numbers[source] for source in row.sources)
            self.numbers[len(self.trace.inputs) + place] = len(self.trace.inputs) + len(self.rows)
            self.rows.append(row._replace(path=new + row.path[len(old) :], sources=sources, times=times, copies=times))
            self.origins.append(place)
            place += 1
            if len(self.rows) > MOST_ROWS:
                raise Refusal(
                    "too-many-layers", f"{self.trace.network}: repeats within repeats have more than {MOST_ROWS:,} different passes"
                )

    def passes(self, number: int, times: Any, old: str, new: str) -> None:
        """Write the passes of a scope: some alone, and one that stands for the rest."""
        scope, front = self.trace.scopes[number], self.fronts.get(number, 0)
        entry = self.numbers[scope.entry]
        left = [1] * front + ([] if isinstance(scope.times, int) and front >= scope.times else [scope.times - front])
        for place, count in enumerate(left):
            path = new + scope.path[len(old) :]
            path = path if not front else renamed(path, place, count)
            index = len(self.scopes)
            made = Scope(path, scope.kind, len(self.rows), 0, count, scope.span, self.numbers[scope.entry], scope.shared)
            self.scopes.append(made)
            self.walk(scope.start, scope.stop, number + 1, times * count, scope.path, path)
            self.scopes[index] = made._replace(stop=len(self.rows))
            self.numbers[scope.entry] = self.numbers[end_of(self.trace, scope)]  # what the next pass begins with
        self.numbers[scope.entry] = entry


def renamed(path: str, place: int, count: Any) -> str:
    """The path of passes `a-b` where those from one place on stand apart: `a`, or `c-b`."""
    group, dot, name = path.rpartition(".")
    first, _, last = name.partition("-")
    if not first.isdecimal() or not isinstance(count, int):
        return path
    begin = int(first) + place
    return f"{group}{dot}{begin if count == 1 else f'{begin}-{last}'}"
