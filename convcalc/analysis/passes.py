"""Passes of a repeat taken apart, where one that is held for all does not do: they differ in what lives, or is trained."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from convcalc.core.trace import Row, Scope, Trace
from convcalc.errors import ConvcalcError, Diagnostic
from convcalc.record import NamedTuple

MOST_ROWS = 100_000


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


FIRST = (1,)  # the first pass alone


def taken_apart(apart: Apart, fronts: Mapping[int, Sequence[int]]) -> Apart:
    """The same network with the first passes of some scopes in runs: their lengths, by the number of the scope; the rest is one more.

    Raises:
        ConvcalcError: for more than MOST_ROWS rows.
    """
    taking = Taking(apart.trace, fronts)
    taking.walk(0, len(apart.trace.rows), 0, 1, "", "")
    outputs = tuple(taking.numbers[number] for number in apart.trace.outputs)
    made = apart.trace._replace(rows=taking.rows, scopes=taking.scopes, outputs=outputs)
    return Apart(made, [apart.origins[number] for number in taking.origins])


class Taking:
    """Takes passes apart: rows and scopes are written anew, and values numbered anew."""

    def __init__(self, trace: Trace, fronts: Mapping[int, Sequence[int]]) -> None:
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
                raise ConvcalcError(
                    Diagnostic(
                        "too-many-layers", f"{self.trace.network}: repeats within repeats have more than {MOST_ROWS:,} different passes"
                    )
                )

    def passes(self, number: int, times: Any, old: str, new: str) -> None:
        """Write the passes of a scope: some alone, and one that stands for the rest."""
        scope, front = self.trace.scopes[number], self.fronts.get(number, ())
        entry, place = self.numbers[scope.entry], 0
        for count in (*front, scope.times - sum(front)):
            path = new + scope.path[len(old) :]
            path = path if not front else renamed(path, place, count)
            place += count
            index = len(self.scopes)
            made = Scope(path, scope.kind, len(self.rows), 0, count, scope.span, self.numbers[scope.entry], scope.shared)
            self.scopes.append(made)
            self.walk(scope.start, scope.stop, number + 1, times * count, scope.path, path)
            self.scopes[index] = made._replace(stop=len(self.rows))
            self.numbers[scope.entry] = self.numbers[end_of(self.trace, scope)]  # what the next pass begins with
        self.numbers[scope.entry] = entry


def renamed(path: str, place: int, count: Any) -> str:
    """The path of so many of the passes `a-b` from one place on."""
    group, dot, name = path.rpartition(".")
    first, _, _ = name.partition("-")
    if not first.isdecimal() or not isinstance(count, int):
        return path
    begin = int(first) + place
    return f"{group}{dot}{begin if count == 1 else f'{begin}-{begin + count - 1}'}"
