"""Single values of a saved report; anything that is not what it should be raises."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeVar

Kind = TypeVar("Kind")
WIDEST = 4_096  # bits of a number: more than any layout can cost
Reader = Callable[[Any], Any]


def record(kind: Callable[..., Kind], data: dict[str, Any], /, **readers: Reader) -> Kind:
    """Plain data from the keys that it has names for."""
    return kind(**{name: reader(data[name]) for name, reader in readers.items()})


def location(data: dict[str, Any] | None) -> dict[str, Any] | None:
    if data is None:
        return None
    return {"path": text_of(data["path"]), "line": positive(data["line"]), "column": positive(data["column"])}


def read_attribute(value: Any) -> Any:
    """A number or word, or a list of such by axis, padding with one for each side."""
    if isinstance(value, list):
        return [[scalar(side) for side in axis] if isinstance(axis, list) and len(axis) == 2 else scalar(axis) for axis in value]
    return scalar(value)


def scalar(value: Any) -> Any:
    if isinstance(value, (list, dict)) or value in (float("inf"), float("-inf")):  # what 1e999 is read as
        raise TypeError("not a number or word")
    return value


def numbers(data: dict[str, Any]) -> dict[str, Any]:
    return {name: scalar(value) for name, value in data.items()}


def texts(data: dict[str, Any]) -> dict[str, str]:
    return {name: text_of(value) for name, value in data.items()}


def rows(data: Any, reader: Callable[[Any], Kind]) -> tuple[Kind, ...]:
    if not isinstance(data, list):
        raise TypeError("not a list")
    return tuple(reader(item) for item in data)


def optional(reader: Reader) -> Reader:
    return lambda value: None if value is None else reader(value)


def one_of(*words: str) -> Reader:
    def read(value: Any) -> Any:
        if value not in words:
            raise ValueError("not one of the words")
        return value

    return read


def truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError("not true or false")
    return value


def whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError("not a whole number")
    if value.bit_length() > WIDEST:
        raise ValueError("too large")
    return value


def count(value: Any) -> int:
    if whole(value) < 0:
        raise ValueError("below zero")
    return whole(value)


def number(value: Any) -> Any:
    """A count, or a measurement."""
    return scalar(value) if type(value) is float else whole(value)


def positive(value: Any) -> int:
    if whole(value) < 1:
        raise ValueError("not above zero")
    return whole(value)


def text_of(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("not text")
    return value


def sizes(value: Any) -> list[int]:
    return [whole(size) for size in value]


def refuse_constant(name: str) -> None:
    raise ValueError(name)


def word(value: Any) -> str:
    """The name of a command or rule, which formats write as it is."""
    if not re.fullmatch(r"[a-z-]*", text_of(value)):
        raise ValueError("no such word")
    return text_of(value)
