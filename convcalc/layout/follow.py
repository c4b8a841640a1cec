"""Attributes that follow from others, or from an earlier layer: what an op's record takes, from what a layout says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from convcalc.core.shape import Map, Shape, positions
from convcalc.errors import Refusal

Attributes = dict[str, Any]


def pool(attributes: Attributes) -> None:
    """A pool steps by its kernel."""
    if attributes["stride"] is None:
        attributes["stride"] = attributes["kernel"]


def attention(attributes: Attributes) -> None:
    """`bias` is for what says nothing else; what is named is an input."""
    bias = attributes.pop("bias")
    for name in ("qkv_bias", "out_bias"):
        if attributes[name] is None:
            attributes[name] = bias
    del attributes["context"]
    attributes["scores"] = attributes["scores"] is not None


def untokens(attributes: Attributes) -> None:
    """The sizes of the map."""
    attributes["size"] = back(attributes, "untokens")


def unwindows(attributes: Attributes) -> None:
    """The sizes of what the windows were of, whether that was a map, and the window along each of its axes."""
    attributes["map"] = isinstance(attributes["like"], Map)
    attributes["to"] = to = back(attributes, "unwindows")
    for name in ("size", "shift"):
        if len(attributes[name]) == 1:
            attributes[name] *= len(to)


def fold(attributes: Attributes) -> None:
    """Columns do not tell how many axes their map has: as in PyTorch two, unless an attribute says otherwise."""
    spread = [name for name in ("size", "kernel", "stride", "padding", "dilation") if attributes[name] != "same"]
    axes = max(2, *(len(attributes[name]) for name in spread))
    for name in spread:
        if len(attributes[name]) == 1:
            attributes[name] *= axes


def back(attributes: Attributes, op: str) -> tuple[Any, ...]:
    """The sizes of a map to go back to: those of another, or `d`, `h` and `w`.

    Raises:
        Refusal: for both, and for neither.
    """
    other: Shape | None = attributes.pop("like")
    given = tuple(size for name in ("d", "h", "w") if (size := attributes.pop(name)) is not None)
    if (other is None) == (not given):
        raise Refusal("missing-key", f"{op} takes the sizes of a map, or a map that has them", "write h: 14, w: 14, or like: NAME")
    return given or positions(other)  # type: ignore[arg-type]


FOLLOWING: dict[str, Callable[[Attributes], None]] = {
    "max_pool": pool,
    "avg_pool": pool,
    "attention": attention,
    "fold": fold,
    "untokens": untokens,
    "unwindows": unwindows,
}
