"""Ops of imported graphs that move elements and compute nothing, and those that nobody knows; their outputs are the graph's."""

from __future__ import annotations

from convcalc.core.cost import Cost
from convcalc.core.shape import Shape
from convcalc.record import NamedTuple


class Given(NamedTuple):
    """`view`: the same elements otherwise laid out. `copy`: each element of the output is written. `uncounted`: who knows."""

    out: Shape
    of: str  # the graph's own name for it
    name: str
    order: tuple[int, ...] = ()  # of axes, where they are turned about
    start: tuple[int, ...] = ()  # the axis and the first place of what is taken of it, and the step where that is not 1
    shift: tuple[int, ...] = ()  # by how many places elements are moved round, an axis

    def out_shape(self, *inputs: Shape) -> Shape:
        return self.out

    def cost(self, *inputs: Shape) -> Cost:
        if self.name == "view":
            return Cost()
        return Cost(read=self.out.elements, written=self.out.elements)


RECORDS = dict.fromkeys(("view", "copy", "uncounted"), Given)
