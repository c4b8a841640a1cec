"""Conditions on points: `macs < 300M and params < 5M`, `activation == relu or width >= 0.5`."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from convcalc.analysis.metrics import METRICS
from convcalc.core.quantity import BYTES, EXAMPLES, SCALES, SCALES_OF, SECONDS
from convcalc.errors import usage
from convcalc.layout.expression import syntax_tree
from convcalc.space.axes import Axis
from convcalc.space.points import Points, table_of
from convcalc.space.program import Array
from convcalc.spelling import nearest

LONGEST = 1_000
MOST_PARTS = 100
# A quantity (number, scale, unit), or a shape.
SIZED = "|".join(unit for unit in (*BYTES, *SECONDS) if len(unit) > 1 or unit == "s")  # `8B` is eight billion
CONSTANT = re.compile(rf"(?<![\w.])(?:(-?\d[\d_]*(?:\.\d+)?)\s?(?:({SIZED})|([kKMGBTPE]?)(MACs?|FLOPs?)?)|(\d+(?:x\d+)+))(?![\w.])")
QUOTED = re.compile(r"""["']([a-z_]\w*)["']""")  # a word as Python writes it
MARK = "\N{GREEK SMALL LETTER KAPPA}"  # stands for a constant: no name has it
PREFIXED = "prefixed"  # a number with a prefix and no unit
TRUTHS = {"true": True, "false": False}
COMPARE: dict[type, Callable[[Any, Any], Any]] = {
    ast.Lt: np.less,
    ast.LtE: np.less_equal,
    ast.Gt: np.greater,
    ast.GtE: np.greater_equal,
    ast.Eq: np.equal,
    ast.NotEq: np.not_equal,
}
EXAMPLE = "write --where 'macs < 300M and params < 5M'"


class Where:
    """A condition on metrics and axes, checked against their names; `used` are those that it names."""

    def __init__(self, text: str, axes: tuple[Axis, ...], metrics: Sequence[str]) -> None:
        self.axes = {axis.name: axis for axis in axes}
        self.words = {axis.name: [comparable(value) for value in axis.values] for axis in axes if not axis.is_number}
        self.names = [*self.axes, *metrics]
        self.text = text
        self.constants: list[Fraction | str] = []  # quantities, and shapes as they are written
        self.units: list[str] = []  # of constants, as `fits` has them
        if len(text) > LONGEST:
            raise usage(f"--where: more than {LONGEST:,} characters", "make it shorter")
        if not text.isascii() or "#" in text:
            raise usage(f"--where {text}: not a condition", EXAMPLE)
        written = CONSTANT.sub(self.numbered, QUOTED.sub(r"\1", text))
        try:
            self.tree = syntax_tree(" ".join(written.split()))
        except (SyntaxError, ValueError, MemoryError, RecursionError):
            hint = "equal is written ==" if re.search(r"[^<>=!]=[^=]", text) else EXAMPLE
            raise usage(f"--where {text}: not a condition", hint) from None
        parts = list(ast.walk(self.tree))
        if len(parts) > MOST_PARTS:
            raise usage(f"--where {text}: more than {MOST_PARTS} parts", "make it shorter")
        self.check(self.tree)
        self.used = {part.id for part in parts if isinstance(part, ast.Name)} & set(self.names)
        self.tables = {name: self.table(self.axes[name]) for name in self.used & set(self.axes)}

    def table(self, axis: Axis) -> Array:
        """The values of an axis, as they are compared."""
        if axis.name not in self.words:
            return table_of(axis)
        found = np.empty(len(axis.values), dtype=object)
        found[:] = self.words[axis.name]
        return found

    def numbered(self, match: re.Match[str]) -> str:
        """A quantity or shape as the place of its exact value."""
        number, sized, prefix, unit, shape = match.groups()
        scale = BYTES.get(sized) or SECONDS.get(sized) or SCALES[prefix or ""]
        self.constants.append(shape or Fraction(number.replace("_", "")) * scale)
        self.units.append(unit_of(sized) if sized else (unit or "").removesuffix("s") or (PREFIXED if prefix else ""))
        return f"{MARK}{len(self.constants) - 1}"

    def check(self, node: ast.expr) -> None:
        """Refuse what is no condition, and names that there are not."""
        if isinstance(node, ast.BoolOp):
            for part in node.values:
                self.check(part)
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            self.check(node.operand)
        elif isinstance(node, ast.Compare) and all(type(operator) in COMPARE for operator in node.ops):
            for side in (node.left, *node.comparators):
                self.check_side(side, node)
        else:
            raise usage(f"--where {self.text}: expected comparisons, and, or, not", EXAMPLE)

    def check_side(self, side: ast.expr, node: ast.Compare) -> None:
        if not isinstance(side, ast.Name):
            raise usage(f"--where {self.text}: a side is a metric, an axis, a number or a word", EXAMPLE)
        name = side.id
        others = [other.id for other in (node.left, *node.comparators) if isinstance(other, ast.Name) and other is not side]
        words = [word for other in (name, *others) for word in self.words.get(other, ())]
        numbers = [other for other in (name, *others) if other in self.names and other not in self.words]
        if words and numbers:
            raise usage(f"--where {self.text}: words are compared with {', '.join(numbers)}", EXAMPLE)
        if words and not all(isinstance(operator, ast.Eq | ast.NotEq) for operator in node.ops):
            raise usage(f"--where {self.text}: words have no order", "use == or !=")
        if name in self.names:
            return
        place = self.place(name)
        unit = self.units[place] if place is not None else ""
        if unfit := [other for other in others if not fits(other, unit)]:
            hint = next((EXAMPLES[METRICS[other].unit] for other in unfit if other in METRICS and METRICS[other].unit in EXAMPLES), EXAMPLE)
            raise usage(f"--where {self.text}: {', '.join(unfit)} is not counted in that unit", hint)
        value = self.constants[place] if place is not None else TRUTHS.get(name, name)
        if isinstance(value, Fraction) and not words:
            return
        if not any(value == word and isinstance(value, bool) is isinstance(word, bool) for word in words):
            shown = str(value).lower()
            if words:
                raise usage(f"--where: no value of {', '.join(others)} is `{shown}`", nearest(shown, [str(word).lower() for word in words]))
            raise usage(f"--where: there is no metric or axis `{shown}`", nearest(shown, self.names))

    def place(self, name: str) -> int | None:
        """Which constant a name stands for."""
        return int(name.removeprefix(MARK)) if name.startswith(MARK) else None

    def __call__(self, points: Points) -> Array:
        """Which points meet it."""
        return np.broadcast_to(self.truth(self.tree, points), points.size)

    def truth(self, node: ast.expr, points: Points) -> Any:
        if isinstance(node, ast.BoolOp):
            join = np.logical_and if isinstance(node.op, ast.And) else np.logical_or
            found = self.truth(node.values[0], points)
            for part in node.values[1:]:
                found = join(found, self.truth(part, points))
            return found
        if isinstance(node, ast.UnaryOp):
            return np.logical_not(self.truth(node.operand, points))
        assert isinstance(node, ast.Compare)
        sides = [self.side(side, points) for side in (node.left, *node.comparators)]
        found = True
        for operator, left, right in zip(node.ops, sides[:-1], sides[1:], strict=True):
            found = np.logical_and(found, COMPARE[type(operator)](*exactly(left, right)))
        return found

    def side(self, node: ast.expr, points: Points) -> Any:
        """A column, a number, or a word."""
        assert isinstance(node, ast.Name)
        if node.id in points.metrics:
            return points.metrics[node.id]
        if node.id in self.tables:
            return self.tables[node.id][points.digits[node.id]]
        place = self.place(node.id)
        return self.constants[place] if place is not None else TRUTHS.get(node.id, node.id)


def unit_of(sized: str) -> str:
    return "bytes" if sized in BYTES else "seconds"


def fits(name: str, unit: str) -> bool:
    """Whether a number with a unit can be compared with a metric or axis; a bare prefix, `8M`, is of no bytes or seconds."""
    metric = METRICS.get(name)
    if unit in ("", PREFIXED):
        return not unit or metric is None or metric.unit not in SCALES_OF
    return metric is not None and unit in (metric.unit, metric.written)


def comparable(value: Any) -> Any:
    return "x".join(map(str, value)) if isinstance(value, tuple) else value


def exactly(left: Any, right: Any) -> tuple[Any, Any]:
    """Both sides so that NumPy compares them exactly: whole numbers that 64 bits hold, or Python's own."""
    whole = [side.numerator if isinstance(side, Fraction) and side.denominator == 1 else side for side in (left, right)]
    exact = all(isinstance(side, int) or (isinstance(side, np.ndarray) and side.dtype != object) for side in whole)
    if exact and all(not isinstance(side, int) or abs(side) < 2**63 for side in whole):
        return whole[0], whole[1]
    return tuple(side.astype(object) if isinstance(side, np.ndarray) else as_object(side) for side in whole)  # type: ignore[return-value]


def as_object(value: Any) -> Any:
    found = np.empty((), dtype=object)
    found[()] = value
    return found
