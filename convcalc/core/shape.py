"""Shapes: a map (channels first, 1 to 3 spatial axes) or features (channels last)."""

from __future__ import annotations

from typing import Any, NamedTuple

from convcalc.core.size import always, product
from convcalc.errors import Refusal


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


Shape = Map | Features


def shape_of(sizes: tuple[Any, ...]) -> Shape:
    """A shape from its sizes: one is a vector, more are channels and 1 to 3 spatial sizes.

    Raises:
        Refusal: for none, and for more than four.
    """
    if not 1 <= len(sizes) <= 4:
        raise Refusal("bad-value", f"a shape of {len(sizes)} sizes", "write channels and 1 to 3 spatial sizes: 3x224x224")
    return Features(sizes) if len(sizes) == 1 else Map(sizes[0], sizes[1:])


def shape_text(shape: Shape) -> str:
    """A shape as people write it: `256×56×56`; features say what they are: `features 196×768`."""
    text = "×".join(str(size) for size in shape.sizes)
    return text if isinstance(shape, Map) else f"features {text}"


def with_channels(shape: Shape, channels: Any) -> Shape:
    """The same shape with other channels."""
    if isinstance(shape, Map):
        return Map(channels, shape.spatial)
    return Features((*shape.sizes[:-1], channels))


def expect_map(op: str, shape: Shape) -> Map:
    """The shape, if it is a map.

    Raises:
        Refusal: for features, with the op that turns them into a map.
    """
    if isinstance(shape, Map):
        return shape
    raise Refusal("wrong-kind", f"{op} takes a map, got {shape_text(shape)}", "turn H×W×C features into a map with `channels_first`")


def expect_features(op: str, shape: Shape) -> Features:
    """The shape as features; a C×1×1 map counts as a vector of C.

    Raises:
        Refusal: for a larger map, with the ops that turn it into features.
    """
    if isinstance(shape, Features):
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
