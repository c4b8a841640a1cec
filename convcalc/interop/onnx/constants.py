"""Nodes whose values can be worked out: the arithmetic of shapes, axes and indices that exporters leave in graphs."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from math import prod
from typing import Any

from convcalc.interop.arrays import BINARY, UNARY, Array, TooMany, broadcast, count, each, joined, picked, stretched, turned
from convcalc.interop.onnx.graph import Node, Weights

Arrays = list[Array | None]


def constant(node: Node) -> Weights | None:
    """What a Constant holds."""
    for key, value in node.attributes.items():
        if isinstance(value, Weights):
            return value
        if key in ("value_int", "value_float"):
            return Weights((), key == "value_float", (value,))
        if key in ("value_ints", "value_floats"):
            values = tuple(value or ())
            return Weights((len(values),), key == "value_floats", values)
    return None


def evaluated(node: Node, inputs: Arrays, sizes: list[tuple[int, ...] | None]) -> list[Array] | None:
    """The values of a node's outputs; None where they are not known.

    `sizes` are those of its inputs, which Shape and Size ask for whatever their values.
    """
    if node.op in ("Shape", "Size") and sizes and sizes[0] is not None:
        return [shape_of(node, sizes[0])]
    given = [array for array, name in zip(inputs, node.inputs, strict=True) if name]
    known = [array for array in given if array is not None]
    rule = RULES.get(node.op)
    if not given or len(known) < len(given) or (rule is None and node.op not in UNARY and node.op not in BINARY):
        return None
    try:
        if node.op in UNARY:
            return [each(UNARY[node.op], known[0])]
        if node.op in BINARY:
            return [reduce(lambda a, b: each(BINARY[node.op], a, b), known)]
        assert rule is not None
        found = rule(node, inputs)
        found = found if isinstance(found, list) else [found]
        for array in found:
            count(array.dims)
    except (TooMany, ArithmeticError, LookupError, TypeError, ValueError):
        return None  # left to the shapes, which say what is wrong with them
    return found


def shape_of(node: Node, dims: tuple[int, ...]) -> Array:
    if node.op == "Size":
        return Array((), (prod(dims),))
    start, end = node.attributes.get("start") or 0, node.attributes.get("end")
    found = dims[start:end] if end is not None else dims[start:]
    return Array((len(found),), found)


def whole(array: Array) -> list[int]:
    """Whole numbers."""
    return [int(value) for value in array.data]


def axis_of(node: Node, rank: int, default: int = 0) -> int:
    axis = node.attributes.get("axis", default)
    return axis + rank if axis < 0 else axis  # type: ignore[no-any-return]


def filled(node: Node, inputs: Arrays) -> Array:
    dims = tuple(whole(inputs[0]))  # type: ignore[arg-type]
    value = node.attributes.get("value")
    return Array(dims, ((value.values[0] if value and value.values else 0),) * count(dims))


def gathered(node: Node, inputs: Arrays) -> Array:
    x, index = inputs[0], inputs[1]
    assert x is not None and index is not None
    axis = axis_of(node, len(x.dims))
    chosen = [list(range(size)) for size in x.dims]
    chosen[axis] = [place + x.dims[axis] if place < 0 else place for place in whole(index)]
    found = picked(x, chosen)
    return Array((*x.dims[:axis], *index.dims, *x.dims[axis + 1 :]), found.data)


def concatenated(node: Node, inputs: Arrays) -> Array:
    arrays = [array for array in inputs if array is not None]
    return joined(arrays, axis_of(node, len(arrays[0].dims)))


def cast(node: Node, inputs: Arrays) -> Array:
    x = inputs[0]
    assert x is not None
    kind = node.attributes.get("to")
    rule: Callable[[Any], Any] = (
        int if kind in (2, 3, 4, 5, 6, 7, 12, 13) else bool if kind == 9 else float if kind in (1, 10, 11, 16) else lambda v: v
    )
    return Array(x.dims, tuple(map(rule, x.data)))


def as_it_is(_: Node, inputs: Arrays) -> Array:
    x = inputs[0]
    assert x is not None
    return x


def axes_of(node: Node, inputs: Arrays, place: int) -> list[int] | None:
    """Axes, an attribute in older files and an input in newer ones."""
    if "axes" in node.attributes:
        return list(node.attributes["axes"])
    given = inputs[place] if len(inputs) > place else None
    return whole(given) if given is not None else None


def unsqueezed(dims: tuple[int, ...], axes: list[int]) -> tuple[int, ...]:
    """Sizes with axes of 1 put between them."""
    rank = len(dims) + len(axes)
    new, left = {axis % rank for axis in axes}, iter(dims)
    return tuple(1 if axis in new else next(left) for axis in range(rank))


def squeezed(dims: tuple[int, ...], axes: list[int] | None) -> tuple[int, ...]:
    """Sizes without some axes of 1, or without all."""
    gone = {axis % len(dims) for axis in axes} if axes is not None else {axis for axis, size in enumerate(dims) if size == 1}
    return tuple(size for axis, size in enumerate(dims) if axis not in gone)


def with_axes(node: Node, inputs: Arrays) -> Array:
    x = inputs[0]
    assert x is not None
    return Array(unsqueezed(x.dims, axes_of(node, inputs, 1) or []), x.data)


def without_axes(node: Node, inputs: Arrays) -> Array:
    x = inputs[0]
    assert x is not None
    return Array(squeezed(x.dims, axes_of(node, inputs, 1)), x.data)


def bounds(node: Node, inputs: Arrays, rank: int) -> list[tuple[int, int, int, int]]:
    """Axis, start, end and step of each axis that a Slice cuts."""

    def words(name: str, place: int) -> list[int] | None:
        if name in node.attributes:
            return list(node.attributes[name])
        given = inputs[place] if len(inputs) > place else None
        return whole(given) if given is not None else None

    starts, ends = words("starts", 1), words("ends", 2)
    if starts is None or ends is None:
        raise LookupError
    axes = words("axes", 3) or list(range(len(starts)))
    steps = words("steps", 4) or [1] * len(starts)
    return [(axis % rank, start, end, step) for axis, start, end, step in zip(axes, starts, ends, steps, strict=True)]


def sliced(node: Node, inputs: Arrays) -> Array:
    x = inputs[0]
    assert x is not None
    chosen = [list(range(size)) for size in x.dims]
    for axis, start, end, step in bounds(node, inputs, len(x.dims)):
        chosen[axis] = chosen[axis][slice(start, clipped(end, step), step)]
    return picked(x, chosen)


def clipped(end: int, step: int) -> int | None:
    """The end of a slice; backwards to before the first."""
    return None if step < 0 and end < -(2**31) else end


def reshaped_dims(dims: tuple[int, ...], wanted: list[int], keep_zeros: bool) -> tuple[int, ...]:
    """The sizes of a Reshape: 0 keeps a size, -1 takes what is left.

    Raises:
        ValueError: where the elements do not fit.
    """
    found = [dims[place] if size == 0 and not keep_zeros else size for place, size in enumerate(wanted)]
    total = prod(dims)
    if found.count(-1) == 1:
        known = prod(size for size in found if size != -1)
        if known == 0 or total % known:
            raise ValueError
        found[found.index(-1)] = total // known
    if any(size < 0 for size in found) or prod(found) != total:
        raise ValueError
    return tuple(found)


def reshaped(node: Node, inputs: Arrays) -> Array:
    x, wanted = inputs[0], inputs[1] if len(inputs) > 1 else None
    assert x is not None
    sizes = list(node.attributes["shape"]) if wanted is None else whole(wanted)
    return Array(reshaped_dims(x.dims, sizes, bool(node.attributes.get("allowzero"))), x.data)


def transposed(node: Node, inputs: Arrays) -> Array:
    x = inputs[0]
    assert x is not None
    return turned(x, node.attributes.get("perm") or list(range(len(x.dims)))[::-1])


def expanded(node: Node, inputs: Arrays) -> Array:
    x, wanted = inputs[0], inputs[1]
    assert x is not None and wanted is not None
    return stretched(x, broadcast(x.dims, tuple(whole(wanted))))


def ranged(node: Node, inputs: Arrays) -> Array:
    start, stop, step = (array.data[0] for array in inputs if array is not None)
    length = max(0, -(-(stop - start) // step))
    return Array((count((int(length),)),), tuple(start + place * step for place in range(int(length))))


def chosen_of(node: Node, inputs: Arrays) -> Array:
    condition, a, b = (array for array in inputs if array is not None)
    return each(lambda c, x, y: x if c else y, condition, a, b)


def reduced(node: Node, inputs: Arrays) -> Array:
    """Sums, products and extremes over all elements, as shape arithmetic has them."""
    x = inputs[0]
    assert x is not None
    axes = axes_of(node, inputs, 1)
    if axes is not None and len(axes) < len(x.dims):
        raise LookupError
    rules: dict[str, Callable[[Any], Any]] = {"ReduceProd": prod, "ReduceSum": sum, "ReduceMax": max, "ReduceMin": min}
    return Array((1,) * len(x.dims) if node.attributes.get("keepdims", 1) else (), (rules[node.op](x.data),))


def clip(node: Node, inputs: Arrays) -> Array:
    x = inputs[0]
    assert x is not None
    low, high = (inputs[place] if len(inputs) > place else None for place in (1, 2))
    least = low.data[0] if low is not None else node.attributes.get("min", x.data[0] if x.data else 0)
    most = high.data[0] if high is not None else node.attributes.get("max")
    return each(
        lambda v: min(max(v, least) if low is not None or "min" in node.attributes else v, most) if most is not None else max(v, least), x
    )


def tiled(node: Node, inputs: Arrays) -> Array:
    x, times = inputs[0], inputs[1]
    assert x is not None and times is not None
    count(tuple(size * number for size, number in zip(x.dims, whole(times), strict=True)))
    return picked(x, [list(range(size)) * number for size, number in zip(x.dims, whole(times), strict=True)])


def split(node: Node, inputs: Arrays) -> list[Array]:
    x = inputs[0]
    assert x is not None
    axis = axis_of(node, len(x.dims))
    found, start = list[Array](), 0
    for size in split_sizes(node, inputs, x.dims[axis]):
        chosen = [list(range(extent)) for extent in x.dims]
        chosen[axis] = chosen[axis][start : start + size]
        found.append(picked(x, chosen))
        start += size
    return found


def split_sizes(node: Node, inputs: Arrays, size: int) -> list[int]:
    """The sizes of the parts of a Split: as stated, or equal ones, the last perhaps smaller."""
    if node.attributes.get("split"):
        return list(node.attributes["split"])
    given = inputs[1] if len(inputs) > 1 else None
    if given is not None:
        return whole(given)
    parts = node.attributes.get("num_outputs") or len(node.outputs)
    each_ = -(-size // parts)
    return [min(each_, size - place * each_) for place in range(parts)]


RULES: dict[str, Callable[[Node, Arrays], Array | list[Array]]] = {
    "Cast": cast,
    "CastLike": as_it_is,
    "Clip": clip,
    "Concat": concatenated,
    "ConstantOfShape": filled,
    "Expand": expanded,
    "Gather": gathered,
    "Range": ranged,
    "ReduceMax": reduced,
    "ReduceMin": reduced,
    "ReduceProd": reduced,
    "ReduceSum": reduced,
    "Reshape": reshaped,
    "Slice": sliced,
    "Split": split,
    "Squeeze": without_axes,
    "Tile": tiled,
    "Transpose": transposed,
    "Unsqueeze": with_axes,
    "Where": chosen_of,
}
