"""Protocol buffers by the byte: fields of a message, the lengths of what is in it checked, nothing copied.

The encoding is that of protobuf.dev/programming-guides/encoding; groups, which ONNX does not use, are refused.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import TYPE_CHECKING

from convcalc.errors import ConvcalcError, Diagnostic, Source, Span
from convcalc.record import NamedTuple

if TYPE_CHECKING:
    from convcalc.layout.source import Bytes

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
LONGEST_TEXT = 10_000  # bytes of a name


class Data(NamedTuple):
    """The bytes of a file, and what messages call it."""

    bytes: Bytes
    path: str

    def refuse(self, message: str, fix: str = "export it again") -> ConvcalcError:
        """An error at the file: a binary one has no lines."""
        return ConvcalcError(Diagnostic("bad-model", f"{self.path}: {message}", Span(Source(self.path, ()), 1, 1), fix))


class Part(NamedTuple):
    """Bytes start … stop−1 of a file: a message, a text, packed numbers."""

    start: int
    stop: int


def varint(data: Data, place: int, stop: int) -> tuple[int, int]:
    """A number of 7 bits a byte, and the place behind it."""
    number = shift = 0
    while place < stop and shift < 70:
        byte = data.bytes[place]
        place += 1
        number |= (byte & 127) << shift
        if byte < 128:
            return number & (2**64 - 1), place
        shift += 7
    raise data.refuse("a number without an end")


def fields(data: Data, part: Part) -> Iterator[tuple[int, int | Part]]:
    """The fields of a message in order: their numbers, and a number or the place of their bytes.

    Raises:
        ConvcalcError: for a field that is longer than its message.
    """
    place, stop = part
    while place < stop:
        key, place = varint(data, place, stop)
        number, kind = key >> 3, key & 7
        if kind == VARINT:
            value, place = varint(data, place, stop)
            yield number, value
            continue
        if kind == BYTES:
            length, place = varint(data, place, stop)
        elif kind in (FIXED32, FIXED64):
            length = 4 if kind == FIXED32 else 8
        else:
            raise data.refuse(f"a field of an unknown kind ({kind}); is it an ONNX file?", "name a file that ends in .onnx and is one")
        if length > stop - place:
            raise data.refuse("a field is longer than its message; the file is cut off, or none of ONNX")
        yield number, Part(place, place + length)
        place += length


def text(data: Data, value: int | Part) -> str:
    """A name; bytes that are no text, and what a terminal would obey, are shown as their numbers."""
    part = message(data, value)
    if part.stop - part.start > LONGEST_TEXT:
        raise data.refuse(f"a name of more than {LONGEST_TEXT:,} bytes")
    found = bytes(data.bytes[part.start : part.stop]).decode("utf-8", "backslashreplace")
    return found if found.isprintable() else "".join(c if c.isprintable() else repr(c)[1:-1] for c in found)


def message(data: Data, value: int | Part) -> Part:
    """The bytes of a field that has to have some."""
    if isinstance(value, int):
        raise data.refuse("a number where text or a message is meant")
    return value


def integer(data: Data, value: int | Part) -> int:
    """A signed number."""
    if not isinstance(value, int):
        raise data.refuse("text where a number is meant")
    return value - 2**64 if value >= 2**63 else value


def integers(data: Data, value: int | Part) -> list[int]:
    """One number, or several packed into one field."""
    if isinstance(value, int):
        return [integer(data, value)]
    found, place = list[int](), value.start
    while place < value.stop:
        number, place = varint(data, place, value.stop)
        found.append(integer(data, number))
    return found


def floats(data: Data, value: int | Part, form: str = "f") -> list[float]:
    """Floating numbers, one or several packed."""
    part = message(data, value)
    size = struct.calcsize(form)
    count = (part.stop - part.start) // size
    return list(struct.unpack(f"<{count}{form}", data.bytes[part.start : part.start + count * size]))
