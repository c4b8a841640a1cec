"""Windows that slide along a map: what convolution and pooling share."""

from __future__ import annotations

from typing import Any

from convcalc.core.shape import Map, shape_text
from convcalc.core.size import always, ceil_div, larger
from convcalc.errors import Refusal

Axes = tuple[Any, ...]  # one size a spatial axis
Pairs = tuple[tuple[Any, Any], ...]  # zeros before and after, a spatial axis
Padding = str | Pairs  # "same", or pairs


def same_padding(size: Any, kernel: Any, stride: Any, dilation: Any) -> tuple[Any, Any]:
    """The zeros that make an output of ⌈size / stride⌉.

    A kernel of odd extent gets the same on both sides, at every stride (PyTorch's `k // 2`); an even one the
    fewest that do it, the odd one at the end (TensorFlow's SAME).
    """
    reach = dilation * (kernel - 1)
    if always(reach % 2 == 0):
        return reach // 2, reach // 2
    zeros = larger((ceil_div(size, stride) - 1) * stride + reach + 1 - size, 0)
    return zeros // 2, zeros - zeros // 2


def zeros_before(shape: Map, kernel: Axes, stride: Axes, padding: Padding, dilation: Axes) -> Axes:
    """The zeros before a map, an axis."""
    if isinstance(padding, str):
        return tuple(same_padding(*window)[0] for window in zip(shape.spatial, kernel, stride, dilation, strict=True))
    return tuple(before for before, _ in padding)


def slide(size: Any, kernel: Any, stride: Any, padding: tuple[Any, Any], dilation: Any, ceil: bool = False) -> Any:
    """Positions of a window along one axis: ⌊(size + padding − dilation·(kernel−1) − 1) / stride⌋ + 1.

    With `ceil` the division rounds up, and a last window that would start in the end padding is dropped
    (PyTorch's `ceil_mode`).
    """
    room = size + padding[0] + padding[1] - dilation * (kernel - 1) - 1
    if not ceil:
        return room // stride + 1
    count = ceil_div(room, stride) + 1
    return count - ((count - 1) * stride >= size + padding[0])


def window_out(op: str, shape: Map, kernel: Axes, stride: Axes, padding: Padding, dilation: Axes, ceil: bool = False) -> Axes:
    """Spatial sizes of the output of a window that slides along a map.

    Raises:
        Refusal: when the window has other axes than the map, or does not fit the padded map.
    """
    for attribute, numbers in (("kernel", kernel), ("stride", stride), ("dilation", dilation)):
        check_axes(op, shape, numbers, attribute)
    if padding == "same":
        return tuple(ceil_div(size, step) for size, step in zip(shape.spatial, stride, strict=True))
    assert not isinstance(padding, str)
    check_axes(op, shape, padding, "padding")
    columns = zip(shape.spatial, kernel, stride, padding, dilation, strict=True)
    sizes = tuple(slide(size, k, s, p, d, ceil) for size, k, s, p, d in columns)
    if not all(always(size >= 1) for size in sizes):
        reach = "×".join(str(d * (k - 1) + 1) for k, d in zip(kernel, dilation, strict=True))
        padded = "×".join(str(size + p[0] + p[1]) for size, p in zip(shape.spatial, padding, strict=True))
        raise Refusal(
            "map-vanishes",
            f"a {reach} window does not fit the {padded} map (input {shape_text(shape)} with its padding)",
            "use a smaller kernel or stride, more padding, or a larger input",
            "kernel",
        )
    return sizes


def taps_inside(size: Any, kernel: Any, stride: Any, before: Any, dilation: Any, out: Any) -> Any:
    """How many taps of all windows along one axis meet the map and not its padding, `before` zeros of which come first.

    The taps before the map are points (i, t) of a grid with i·stride + t·dilation < before, and by symmetry those behind
    it too. Equal to XLA's own count (`cost_analysis` of jax 0.10.2) of 120 convolutions, and to loops.
    """
    behind = (out - 1) * stride + (kernel - 1) * dilation - (size - 1) - before
    return kernel * out - below(before, out, stride, kernel, dilation) - below(behind, out, stride, kernel, dilation)


def below(bound: Any, out: Any, stride: Any, kernel: Any, dilation: Any) -> Any:
    """Points 0 ≤ i < out, 0 ≤ t < kernel with i·stride + t·dilation < bound: those of a quarter plane, less what is beyond its sides."""
    rows, columns = out * stride, kernel * dilation
    found = triangle(bound, stride, dilation) + triangle(bound - rows - columns, stride, dilation)
    return found - triangle(bound - rows, stride, dilation) - triangle(bound - columns, stride, dilation)


def triangle(bound: Any, stride: Any, dilation: Any) -> Any:
    """Points i, t ≥ 0 with i·stride + t·dilation < bound."""
    bound = larger(bound, 0)
    lines = ceil_div(bound, dilation)
    return floor_sum(lines, stride, dilation, bound + stride - 1 - (lines - 1) * dilation)


def floor_sum(terms: Any, divisor: Any, step: Any, start: Any) -> Any:
    """Σ ⌊(step·i + start) / divisor⌋ over 0 ≤ i < terms, by Euclid's algorithm (as in the AtCoder library): no loop over the terms."""
    found: Any = 0
    while True:
        found = found + terms * (terms - 1) // 2 * (step // divisor) + terms * (start // divisor)
        step, start = step % divisor, start % divisor
        last = step * terms + start
        if always(last < divisor):
            return found
        terms, start = last // divisor, last % divisor
        divisor, step = step + (step == 0), divisor  # of points that are done there are no terms left


def check_axes(op: str, shape: Map, kernel: Axes | Pairs, attribute: str = "kernel") -> None:
    """Refuse a window whose axes are not the map's."""
    if len(kernel) != len(shape.spatial):
        raise Refusal(
            "wrong-kind",
            f"{op} has a {len(kernel)}-axis {attribute} on a map with {len(shape.spatial)} spatial axes ({shape_text(shape)})",
            f"write {attribute} as one number, or one a spatial axis",
            attribute,
        )


def transposed_out(size: Any, kernel: Any, stride: Any, padding: tuple[Any, Any], dilation: Any, output_padding: Any) -> Any:
    """Length of one axis after a transposed convolution (PyTorch's ConvTranspose)."""
    return (size - 1) * stride - padding[0] - padding[1] + dilation * (kernel - 1) + output_padding + 1


def covered(size: Any, out: Any, divisor: Any) -> Any:
    """Elements read along one axis by all windows of adaptive pooling, `divisor` = gcd(size, out).

    Window i spans ⌊i·size/out⌋ … ⌈(i+1)·size/out⌉; neighbours share one element wherever the border between
    them falls inside one, which it does out − gcd times.
    """
    return size + out - divisor
