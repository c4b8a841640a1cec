"""Sizes and shapes as people write them: `56`, `56x48`, `3x224x224`."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import takewhile
from typing import Any

from convcalc.core.shape import KINDS, Shape, shape_of
from convcalc.core.size import LARGEST_SIZE
from convcalc.errors import Refusal, usage
from convcalc.spelling import nearest


def read_size(option: str, value: Any) -> int:
    """A whole number of at least 1 and below 2^63."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise usage(f"{option}: expected a whole number, got {value!r}", f"write {option} 8")
    text = str(value) if isinstance(value, str) or value < 10**19 else "1" * 20
    if not (text.isdecimal() and text.isascii()):
        digits = "".join(takewhile(str.isdecimal, text)).lstrip("0") if text.isascii() else ""
        raise usage(f"{option} {shown(text)}: expected a whole number of at least 1", f"write {option} {shown(digits or '8')}")
    if len(text.lstrip("0")) > 19 or int(text) > LARGEST_SIZE:
        raise usage(f"{option} {shown(text)}: larger than 2^63 - 1", "write a smaller one")
    if int(text) < 1:
        raise usage(f"{option} {text}: expected at least 1", f"write {option} 1")
    return int(text)


def read_sizes(option: str, value: Any) -> tuple[int, ...]:
    """`56`, `56x48`, or a sequence of sizes."""
    if isinstance(value, str):
        parts_of = value.replace("×", "x").split("x")
        if not all(parts_of):
            raise usage(f"{option} {shown(value)}: a size is missing", f"write {option} 56x48")
        value = parts_of
    parts: Iterable[Any] = value if isinstance(value, tuple | list) else (value,)
    return tuple(read_size(option, part) for part in parts)


def read_shape(option: str, value: Any, declared: str = "") -> Shape:
    """`3x224x224`: channels and 1 to 3 spatial sizes; one size alone is a vector. `tokens:77x768` says what it is.

    Without a word it is of the declared kind, if it has that kind's number of sizes.

    Raises:
        ConvcalcError: for what is no shape.
    """
    kind, colon, sizes = value.partition(":") if isinstance(value, str) else ("", "", value)
    if colon and kind not in KINDS:
        raise usage(f"{option} {shown(value)}: there is no such kind", nearest(kind, list(KINDS)))
    parts = read_sizes(option, sizes if colon else value)
    if not colon:
        kind = declared if declared != "tokens" or len(parts) == 2 else ""
    try:
        return shape_of(parts, kind)
    except Refusal as refusal:
        raise usage(f"{option}: {refusal.message}", refusal.hint if kind else f"write {option} 3x224x224") from None


def shown(text: str) -> str:
    return text if len(text) <= 24 else text[:20] + "…"


def input_shape(cin: Any, hw: Any) -> Shape | None:
    """The common input, or None where every design runs on its own."""
    if cin is None and hw is None:
        return None
    if cin is None or hw is None:
        missing = "--cin" if cin is None else "--hw"
        raise usage(f"an input needs {missing} too", "give --cin and --hw: convcalc compare --cin 256 --cout 256 --hw 56")
    sizes = read_sizes("--hw", hw)
    if len(sizes) > 3:
        raise usage("--hw: at most three spatial sizes", "write --hw 56 or --hw 56x48")
    return shape_of((read_size("--cin", cin), *(sizes * 2 if len(sizes) == 1 else sizes)))
