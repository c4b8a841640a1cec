"""Layers as they will be written: an op or call with its arguments, a join with its paths, a repeat with its layers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from convcalc.core.ops import TRAITS
from convcalc.core.ops.sliding_window import same_padding
from convcalc.core.shape import Map, Shape, Tensor
from convcalc.layout.vocabulary import OPS, Attribute
from convcalc.record import NamedTuple
from convcalc.writer.steps import Step, Value

Args = dict[str, Any]


NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")


class Item(NamedTuple):
    """A layer of a layout. It reads the one before it unless `sources` are given; `value` is what it gives.

    Arguments are those that the op has, defaults among them; what need not be written is left out by who writes.
    """

    key: str
    args: Args = {}
    paths: tuple[tuple[str, Items], ...] = ()
    layers: Items = ()
    name: str = ""
    sources: tuple[Value, ...] = ()
    module: tuple[str, ...] = ()
    value: Value = -1
    x: Shape | None = None  # what it reads first
    out: Shape | None = None
    owner: Value | None = None
    note: str = ""  # a comment

    @property
    def inner(self) -> Iterator[Items]:
        """The lists of layers inside it."""
        yield from (layers for _, layers in self.paths)
        if self.layers:
            yield self.layers


Items = tuple[Item, ...]


class Expr(NamedTuple):
    """An expression of the language, as text."""

    text: str


def item_of(step: Step) -> Item:
    """An op with all its arguments."""
    args = {key: argument(step, key, attribute) for key, attribute in OPS[step.kind].attributes.items() if has(step, key)}
    args = {**args, **OWN.get(step.kind, nothing)(step.op, args)}
    x = step.inputs[0] if step.inputs else None
    args |= {key: word for key, word in zip(("norm", "activation"), step.followed, strict=True) if key in OPS[step.kind].attributes}
    name = step.name if TRAITS[step.kind].weighted and NAME.fullmatch(step.name) else ""
    return Item(step.kind, args, (), (), name, (), step.module, step.value, x, step.output, step.owner, step.note)


def nothing(op: Any, args: Args) -> Args:
    return {}


def learned(op: Any, args: Args) -> Args:
    """A tensor of its own says so."""
    return {} if hasattr(op, "join") else {"join": "none"}


def attention(op: Any, args: Args) -> Args:
    """One word for biases that are all alike; what is added to the scores is a source."""
    alike = op.qkv_bias == op.out_bias
    single_ = single(op.window) if op.window is not None else None
    own = {"bias": op.qkv_bias, "qkv_bias": None, "out_bias": None} if alike else {"bias": True}
    return {**own, "window": single_, "scores": None, "kv_heads": op.kv_heads if op.kv_heads != op.heads else None}


def back(sizes: tuple[int, ...]) -> Args:
    """The sizes of a map to go back to, by their names."""
    return dict(zip(("d", "h", "w")[-len(sizes) :], sizes, strict=True))


def untokens(op: Any, args: Args) -> Args:
    return back(op.size)


def unwindows(op: Any, args: Args) -> Args:
    return {**back(op.to), "size": single(op.size), "shift": single(op.shift)}


# Attributes that are written otherwise than the op has them.
OWN: dict[str, Callable[[Any, Args], Args]] = {"learned": learned, "attention": attention, "untokens": untokens, "unwindows": unwindows}


def has(step: Step, key: str) -> bool:
    return hasattr(step.op, key) and key not in ("norm", "activation")


def argument(step: Step, key: str, attribute: Attribute) -> Any:
    """A value as people write it: one number for equal axes, `same` for the padding that means it."""
    value = getattr(step.op, key)
    if key == "padding" and isinstance(value, tuple):
        return padding_of(step, value, attribute.style)
    if attribute.kind in ("axes", "axes0", "places", "places0") and isinstance(value, tuple):
        return value if isinstance(step.inputs[0], Tensor) else single(value)  # of which one number is one axis
    return value


def padding_of(step: Step, pairs: tuple[tuple[int, int], ...], style: bool) -> Any:
    x, op = step.inputs[0], step.op
    if style and isinstance(x, Map) and step.kind != "conv_transpose":
        axes = zip(x.spatial, op.kernel, op.stride, op.dilation, strict=True)  # type: ignore[attr-defined]
        outs = zip(x.spatial, op.stride, step.output.spatial, strict=True)  # type: ignore[attr-defined, union-attr]
        if tuple(same_padding(*axis) for axis in axes) == pairs and all(-(-size // stride) == out for size, stride, out in outs):
            return "same"
    if all(first == last for first, last in pairs):
        return single(tuple(first for first, _ in pairs))
    return pairs


def single(values: tuple[Any, ...]) -> Any:
    """One value where all are equal."""
    return values[0] if values and all(value == values[0] for value in values) else values


def mapped(items: Items, change: Callable[[Items], Items]) -> Items:
    """Lists of layers changed from the inside out."""
    return change(tuple(within(item, lambda inner: mapped(inner, change)) for item in items))


def within(item: Item, change: Callable[[Items], Items]) -> Item:
    """An item with other layers in it."""
    if not item.paths and not item.layers:
        return item
    return item._replace(
        paths=tuple((name, change(layers)) for name, layers in item.paths), layers=change(item.layers) if item.layers else ()
    )


def every(items: Items) -> Iterator[Item]:
    """All layers, those inside others behind them."""
    for item in items:
        yield item
        for layers in item.inner:
            yield from every(layers)
