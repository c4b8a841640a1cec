"""A design space: its points sorted into classes that are traced once each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Any

import numpy as np

from convcalc.errors import ConvcalcError, Diagnostic, usage
from convcalc.space.program import Array, Program
from convcalc.space.ratio import Ratio, ratio
from convcalc.space.symbolic import ARITHMETIC, Column, Condition, Formulas, Operand

MOST_CLASSES = 100_000  # a second or more each thousand

# What a design costs, metric by metric; for numbers on the axes numbers, for columns formulas.
Costing = Callable[[Sequence[Operand]], dict[str, Operand]]


class Class:
    """Points that are traced alike: the program of their metrics, or why they are impossible."""

    def __init__(self, names: Sequence[str], metrics: dict[str, Operand] | None, reason: str) -> None:
        self.reason = reason  # its code
        self.program: Program | None = None
        if metrics is not None:
            operands = [metrics[name] for name in names]
            self.program = Program([operand.top if isinstance(operand, Ratio) else operand for operand in operands])
            self.divisors = {place: Program([operand.bottom]) for place, operand in enumerate(operands) if isinstance(operand, Ratio)}

    def values(self, columns: Sequence[Array]) -> list[Any]:
        """The metrics of some points; those that are no whole numbers as the nearest that 64 bits hold."""
        assert self.program is not None
        found = self.program.run(columns)
        for place, divisor in self.divisors.items():
            [bottom] = divisor.run(columns)
            found[place] = np.asarray(found[place] / bottom, dtype=np.float64)
        return found


class Branch:
    """A question that some points answer otherwise than others."""

    def __init__(self, condition: Condition) -> None:
        self.program = Program([condition])
        self.answers: dict[bool, Branch | Class | None] = {True: None, False: None}


class Space:
    """The classes met so far, as a tree of questions."""

    def __init__(self, costing: Costing, metrics: Sequence[str], ranges: Sequence[tuple[int, int]]) -> None:
        self.costing, self.metrics = costing, metrics
        self.formulas = Formulas(ratio)
        self.axes = [self.formulas.axis(number, low, high) for number, (low, high) in enumerate(ranges)]
        self.count = 0
        self.used: set[int] = set()  # axes that a class depends on
        self.root: dict[bool, Branch | Class | None] = {True: None}

    def classes(self, columns: Sequence[Array]) -> Iterator[tuple[Class, Array | None]]:
        """Each class among some points, and which points are of it (None: all of them)."""
        pending: list[tuple[dict[bool, Branch | Class | None], bool, Array | None]] = [(self.root, True, None)]
        while pending:
            holder, answer, chosen = pending.pop()
            here = columns if chosen is None else [column[chosen] for column in columns]
            node = holder[answer]
            if node is None:
                self.grow([int(column[0]) for column in here])
                node = holder[answer]
            if isinstance(node, Class):
                yield node, chosen
                continue
            assert node is not None
            [mask] = node.program.run(here)
            mask = np.asarray(mask, dtype=bool)
            if mask.all():
                pending.append((node.answers, True, chosen))
            elif not mask.any():
                pending.append((node.answers, False, chosen))
            else:
                places = np.arange(len(mask)) if chosen is None else chosen
                pending += [(node.answers, False, places[~mask]), (node.answers, True, places[mask])]

    def only(self, columns: Sequence[Array]) -> Class | None:
        """The class of all points, where their ranges alone say that there is but one."""
        [(first, _)] = list(self.classes([column[:1] for column in columns]))
        return first if self.root[True] is first else None

    def grow(self, point: list[int]) -> None:
        """Trace the class of a point, and put it into the tree."""
        values: dict[int, Any] = {}
        path: list[tuple[Condition, bool]] = []
        known: dict[int, bool] = {}

        def decide(condition: Condition) -> bool:
            if id(condition) not in known:
                known[id(condition)] = bool(exact(condition, point, values))
                path.append((condition, known[id(condition)]))
            return known[id(condition)]

        self.formulas.decide = decide
        found: dict[str, Operand] | None = None
        with suppress(ConvcalcError):
            found = self.costing(self.axes)
        leaf = Class(self.metrics, found, self.reason(point).code if found is None else "")
        self.count += 1
        if self.count > MOST_CLASSES:
            raise usage(f"more than {MOST_CLASSES:,} kinds of network are among the points", "take fewer values of what changes its layers")
        holder, answer = self.root, True
        nodes: list[Branch] = []
        for condition, outcome in path:
            node = holder[answer]
            if node is None:
                node = holder[answer] = Branch(condition)
            assert isinstance(node, Branch), "a trace asks the same questions in the same order"
            nodes.append(node)
            holder, answer = node.answers, outcome
        holder[answer] = leaf
        for program in (*(node.program for node in nodes), *([leaf.program] if leaf.program is not None else [])):
            self.used |= program.axes

    def reason(self, point: list[int]) -> Diagnostic:
        """Why a point is impossible, as its own layout says it."""
        try:
            self.costing(point)
        except ConvcalcError as error:
            return error.diagnostics[0]
        raise AssertionError(f"the point {point} was refused within its class, and is accepted alone")


def exact(node: Operand, point: Sequence[int], values: dict[int, Any]) -> Any:
    """The value of a formula at one point, in Python's integers."""
    if not isinstance(node, Column):
        return node
    pending = [node]
    while pending:
        top = pending[-1]
        if id(top) in values:
            pending.pop()
            continue
        if top.operator == "axis":
            values[id(top)] = point[top.left]
            continue
        needed = [side for side in (top.left, top.right) if isinstance(side, Column) and id(side) not in values]
        if needed:
            pending += needed
            continue
        left, right = (values[id(side)] if isinstance(side, Column) else side for side in (top.left, top.right))
        values[id(top)] = ARITHMETIC[top.operator](left, right)
    return values[id(node)]
