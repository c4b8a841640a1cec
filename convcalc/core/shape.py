"""Shapes: a map (channels first, 1 to 3 spatial axes), features (channels last), or a tensor of plain axes."""

from __future__ import annotations

from typing import Any

from convcalc.core.size import always, product
from convcalc.errors import Refusal
from convcalc.record import NamedTuple


class Map(NamedTuple):
    """A feature map: channels, then 1, 2 or 3 spatial sizes. One sample; the batch is not part of a shape."""

    channels: Any
    spatial: tuple[Any, ...]

    @property
    def sizes(self) -> tuple[Any, ...]:
        """All sizes, channels first."""
        return (self.channels, *self.spatial)

    @property
    def elements(self) -> Any:
        return self.channels * product(self.spatial)


class Features(NamedTuple):
    """Features, channels last: a flat vector (C), tokens (N×C), or H×W×C."""

    sizes: tuple[Any, ...]

    @property
    def channels(self) -> Any:
        return self.sizes[-1]

    @property
    def elements(self) -> Any:
        return product(self.sizes)


class Tensor(NamedTuple):
    """Plain axes, as windows, heads and imported graphs have them; where an op runs along channels, those are the last axis."""

    sizes: tuple[Any, ...]

    @property
    def channels(self) -> Any:
        return self.sizes[-1]

    @property
    def elements(self) -> Any:
        return product(self.sizes)


Shape = Map | Features | Tensor
MOST_AXES = 12  # of features and tensors
# How a shape says what it is; one that says nothing is a vector or a map.
KINDS = ("map", "features", "tokens", "tensor")


def shape_of(sizes: tuple[Any, ...], kind: str = "") -> Shape:
    """A shape from its sizes and kind: without one, one size is a vector, and more are channels and 1 to 3 spatial sizes.

    Raises:
        Refusal: for a number of sizes that the kind does not have.
    """
    if kind == "tensor" and 1 <= len(sizes) <= MOST_AXES:
        return Tensor(sizes)
    if (kind == "features" and 1 <= len(sizes) <= MOST_AXES) or (kind == "tokens" and len(sizes) == 2):
        return Features(sizes)
    if kind in ("", "map") and (2 if kind else 1) <= len(sizes) <= 4:
        return Features(sizes) if len(sizes) == 1 else Map(sizes[0], sizes[1:])
    raise Refusal("bad-value", f"a {kind or 'shape'} of {len(sizes)} sizes", SIZES_OF[kind])


SIZES_OF = {
    "": "write channels and 1 to 3 spatial sizes: 3x224x224",
    "map": "write channels and 1 to 3 spatial sizes: 3x224x224",
    "tokens": "write how many there are, and their channels: 77x768",
    "features": f"write 1 to {MOST_AXES} sizes, channels last: 14x14x384",
    "tensor": f"write 1 to {MOST_AXES} sizes: 64x49x96",
}


def kind_of(shape: Shape) -> str:
    """What a shape calls itself where its sizes alone do not tell."""
    if isinstance(shape, Tensor):
        return "tensor"
    return "" if isinstance(shape, Map) or len(shape.sizes) == 1 else "tokens" if len(shape.sizes) == 2 else "features"


def shape_text(shape: Shape) -> str:
    """A shape as people write it: `256×56×56`; others say what they are: `features 196×768`, `tensor 64×49×96`."""
    text = "×".join(str(size) for size in shape.sizes)
    return text if isinstance(shape, Map) else f"{'tensor' if isinstance(shape, Tensor) else 'features'} {text}"


def like(shape: Shape, sizes: tuple[Any, ...]) -> Shape:
    """A shape of the same kind with these sizes, as many as it has."""
    return Map(sizes[0], sizes[1:]) if isinstance(shape, Map) else type(shape)(sizes)


def with_channels(shape: Shape, channels: Any) -> Shape:
    """The same shape with other channels."""
    return Map(channels, shape.spatial) if isinstance(shape, Map) else type(shape)((*shape.sizes[:-1], channels))


def positions(shape: Shape) -> tuple[Any, ...]:
    """All sizes but the channels."""
    return shape.spatial if isinstance(shape, Map) else shape.sizes[:-1]


def expect_map(op: str, shape: Shape) -> Map:
    """The shape, if it is a map.

    Raises:
        Refusal: for features, with the op that turns them into a map.
    """
    if isinstance(shape, Map):
        return shape
    fix = {2: "turn tokens into a map with `untokens: {h: …, w: …}`", 1: "make a vector a map: `reshape: {sizes: [cin, 1, 1], to: map}`"}
    other = "turn H×W×C features into a map with `channels_first`"
    raise Refusal("wrong-kind", f"{op} takes a map, got {shape_text(shape)}", fix.get(len(shape.sizes), other))


def expect_features(op: str, shape: Shape) -> Features | Tensor:
    """The shape as features or a tensor; a C×1×1 map counts as a vector of C.

    Raises:
        Refusal: for a larger map, with the ops that turn it into features.
    """
    if not isinstance(shape, Map):
        return shape
    if all(always(size == 1) for size in shape.spatial):
        return Features((shape.channels,))
    raise Refusal(
        "wrong-kind",
        f"{op} takes features or C×1×1, got the map {shape_text(shape)}",
        "put `global_avg_pool`, `flatten`, `tokens` or `channels_last` before it",
    )


def same_shape(a: Shape, b: Shape) -> bool:
    """Whether two shapes are equal, at every point where sizes are arrays."""
    return type(a) is type(b) and len(a.sizes) == len(b.sizes) and all(always(n == m) for n, m in zip(a.sizes, b.sizes, strict=True))
