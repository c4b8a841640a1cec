"""Programs: formulas in an order that computes each once, run on arrays of points.

Exact by construction: a program runs on 64-bit integers only where the ranges of all its formulas fit; where they do
not, for the values at hand, it runs on Python's own integers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convcalc.space.symbolic import RANGES, Column, Operand

Array = NDArray[Any]
LARGEST = 2**63 - 1
UFUNCS: dict[str, Any] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "//": np.floor_divide,
    "%": np.remainder,
    "<": np.less,
    "<=": np.less_equal,
    "==": np.equal,
    "!=": np.not_equal,
    "&": np.logical_and,
    "|": np.logical_or,
    "max": np.maximum,
}
NOWHERE: Mapping[int, Array] = {}


class Program:
    """What computes some formulas in order; what is not needed any more makes room for what comes."""

    def __init__(self, outputs: Sequence[Operand]) -> None:
        self.outputs = list(outputs)
        self.nodes = ordered(outputs)
        self.axes = {node.left for node in self.nodes if node.operator == "axis"}
        self.fits = all(fits(node) for node in self.nodes)
        self.steps = list(zip(self.nodes, last_uses(self.nodes, self.outputs), strict=True))

    def run(self, columns: Sequence[Array], into: Mapping[int, Array] = NOWHERE) -> list[Any]:
        """The outputs for some points, in 64-bit integers or, where those might not hold them, in objects.

        `columns` are the axes, 64-bit integers of one length; an output that is the same everywhere is a number.
        `into` has arrays, by the ids of formulas, that 64-bit results are written to.
        """
        if not self.fits and not self.fits_here(columns):
            return [narrowed(value) for value in self.computed([column.astype(object) for column in columns], NOWHERE)]
        return self.computed(columns, into)

    def computed(self, columns: Sequence[Array], into: Mapping[int, Array]) -> list[Any]:
        length = len(columns[0]) if columns else 1
        exact = bool(columns) and columns[0].dtype == object
        pool: list[Array] = []
        values: dict[int, Any] = {}
        for node, ended in self.steps:
            if node.operator == "axis":
                values[id(node)] = columns[node.left]
                continue
            a = values[id(node.left)] if isinstance(node.left, Column) else node.left
            b = values[id(node.right)] if isinstance(node.right, Column) else node.right
            if exact:  # conditions too: Python's truths are numbers, NumPy's are not
                values[id(node)] = np.asarray(UFUNCS[node.operator](a, b), dtype=object)
            elif node.operator in BOOLEAN:
                values[id(node)] = UFUNCS[node.operator](a, b)
            else:
                room = into.get(id(node))
                if room is None:
                    room = pool.pop() if pool else np.empty(length, np.int64)
                values[id(node)] = UFUNCS[node.operator](a, b, out=room, dtype=np.int64)
            for side in ended:
                free = values.pop(id(side))
                if not exact and side.operator not in FOREIGN:
                    pool.append(free)
        return [values[id(output)] if isinstance(output, Column) else output for output in self.outputs]

    def fits_here(self, columns: Sequence[Array]) -> bool:
        """Whether 64 bits hold every formula for the values that these columns have."""
        ranges: dict[int, tuple[int, int]] = {}
        for node in self.nodes:
            if node.operator == "axis":
                column = columns[node.left]
                ranges[id(node)] = int(column.min()), int(column.max())
                continue
            sides = [ranges[id(side)] if isinstance(side, Column) else (int(side), int(side)) for side in (node.left, node.right)]
            ranges[id(node)] = RANGES[node.operator](*sides)
            if any(abs(bound) > LARGEST for bounds in (*sides, ranges[id(node)]) for bound in bounds):
                return False
        return True


BOOLEAN = ("<", "<=", "==", "!=", "&", "|")
FOREIGN = ("axis", *BOOLEAN)  # whose arrays are the caller's, or of another type


def fits(node: Column) -> bool:
    """Whether 64 bits hold its values, and the numbers that it is made of."""
    numbers = [side for side in (node.left, node.right) if node.operator != "axis" and not isinstance(side, Column)]
    return all(abs(number) <= LARGEST for number in (node.low, node.high, *numbers))


def ordered(outputs: Sequence[Operand]) -> list[Column]:
    """All formulas that the outputs need, what a formula needs before it."""
    found: dict[int, Column] = {}
    pending = [output for output in reversed(outputs) if isinstance(output, Column)]
    while pending:
        node = pending[-1]
        needed = [side for side in (node.left, node.right) if isinstance(side, Column) and id(side) not in found]
        if needed and id(node) not in found:
            pending += needed
            continue
        pending.pop()
        found.setdefault(id(node), node)
    return list(found.values())


def last_uses(nodes: list[Column], outputs: Sequence[Operand]) -> list[list[Column]]:
    """For each formula those that nothing after it needs, outputs excepted."""
    kept = {id(output) for output in outputs}
    seen: set[int] = set()
    found: list[list[Column]] = []
    for node in reversed(nodes):
        sides = {id(side): side for side in (node.left, node.right) if isinstance(side, Column)}
        found.append([side for key, side in sides.items() if key not in seen and key not in kept])
        seen.update(sides)
    return found[::-1]


def narrowed(value: Any) -> Any:
    """Objects as 64-bit integers where all of them fit."""
    if isinstance(value, np.ndarray) and value.dtype == object and all(-LARGEST <= item <= LARGEST for item in value):
        return value.astype(np.int64)
    return value
