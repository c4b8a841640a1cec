"""Windows of a map as groups of tokens, and back (Swin Transformer, Liu et al. 2021)."""

from __future__ import annotations

from typing import Any

from convcalc.core.cost import Cost
from convcalc.core.ops.sliding_window import Axes
from convcalc.core.shape import Features, Map, Shape, Tensor, positions, shape_text
from convcalc.core.size import always, ceil_div, product
from convcalc.errors import Refusal
from convcalc.record import NamedTuple


class Windows(NamedTuple):
    """A map or H×W×C features cut into windows: W×N×C, W windows of N = product of `size` tokens. Every element is copied.

    Where a size is no multiple of the window's, zeros are added at its end, as Swin has it. A `shift` moves the map round first,
    which copies it once more; not along an axis that one window covers. With `grid` a window takes positions that lie as far apart as
    there are windows (MaxViT, Tu et al. 2022), which costs the same.
    """

    size: Axes
    shift: Axes
    grid: bool = False
    name: str = "windows"

    def out_shape(self, *inputs: Shape) -> Tensor:
        (x,) = inputs
        counts = counts_of(self.name, x, self.size)
        check_axes(self.name, x, self.shift)
        return Tensor((product(counts), product(self.size), x.channels))

    def cost(self, *inputs: Shape) -> Cost:
        (x,) = inputs
        n = self.out_shape(x).elements
        return moved(Cost(read=x.elements, written=n), n, self.shift, counts_of(self.name, x, self.size))

    def inner(self, *inputs: Shape) -> Any:
        """The map that was moved round, before it is cut into windows."""
        n = self.out_shape(*inputs).elements
        return n * moves(self.shift, counts_of(self.name, inputs[0], self.size))


class Unwindows(NamedTuple):
    """Windows put together again, what was added cut off and what was moved moved back: W×N×C → H×W×C features, or a map."""

    size: Axes
    shift: Axes
    grid: bool
    to: Axes  # the spatial sizes that there were
    map: bool = False
    name: str = "unwindows"

    def out_shape(self, *inputs: Shape) -> Shape:
        (x,) = inputs
        out: Shape = Map(x.channels, self.to) if self.map else Features((*self.to, x.channels))
        count = product(counts_of(self.name, out, self.size))
        check_axes(self.name, out, self.shift)
        tokens = product(self.size)
        if not isinstance(x, Tensor) or len(x.sizes) != 3 or not (always(x.sizes[0] == count) and always(x.sizes[1] == tokens)):
            message = f"unwindows to {'×'.join(map(str, self.to))} takes {count}×{tokens}×C, got {shape_text(x)}"
            raise Refusal("shape-mismatch", message, "give it the size of `windows`, and the map that those were of in `like`")
        return out

    def cost(self, *inputs: Shape) -> Cost:
        (x,) = inputs
        out = self.out_shape(x)
        return moved(Cost(read=x.elements, written=out.elements), x.elements, self.shift, counts_of(self.name, out, self.size))

    def inner(self, *inputs: Shape) -> Any:
        """The map of windows put together, before it is moved back."""
        (x,) = inputs
        return x.elements * moves(self.shift, counts_of(self.name, self.out_shape(x), self.size))


def counts_of(op: str, shape: Shape, size: Axes) -> tuple[Any, ...]:
    """How many windows there are along each axis."""
    sizes = positions(shape)
    if isinstance(shape, Tensor) or len(sizes) != len(size):
        fix = "put it on a map, or on H×W×C features; `size` is one number, or one an axis"
        raise Refusal("wrong-kind", f"{op} of {'×'.join(map(str, size))} on {shape_text(shape)}", fix, "size")
    return tuple(ceil_div(n, w) for n, w in zip(sizes, size, strict=True))


def check_axes(op: str, shape: Shape, shift: Axes) -> None:
    """Refuse a shift along other axes than a map has."""
    if len(shift) != len(positions(shape)):
        message = f"{op} shifted along {len(shift)} axes of {shape_text(shape)}"
        raise Refusal("wrong-kind", message, "`shift` is one number, or one an axis", "shift")


def moves(shift: Axes, counts: tuple[Any, ...]) -> Any:
    """Whether a shift moves elements along an axis of several windows, as 1 or 0."""
    return 1 - product(1 - (step > 0) * (count > 1) for step, count in zip(shift, counts, strict=True))


def moved(cost: Cost, elements: Any, shift: Axes, counts: tuple[Any, ...]) -> Cost:
    """The cost with that of moving all elements round, where a shift moves them along an axis of several windows."""
    copied = elements * moves(shift, counts)
    return cost._replace(read=cost.read + copied, written=cost.written + copied)


RECORDS = {"windows": Windows, "unwindows": Unwindows}
