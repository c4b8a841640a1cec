"""Models on disk: an ONNX file with its weights against the layout of the same network, and against a larger one.

    python tests/benchmarks/models.py [ROUNDS]

The files are made here: the fixture of ResNet-50 with a hole of zeros for each tensor (102 MB), and one with a tensor of
a gigabyte besides. swin_t's 6,536 nodes are measured where its file is.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from limits import at_most, finish
from processes import ratios

HERE = Path(__file__).parents[1]
MODEL = HERE / "facts" / "onnx" / "resnet50.ts.onnx"
SWIN = HERE.parents[1] / "shared" / "facts" / "onnx" / "swin_t.ts.onnx"
GIGABYTE = 2**30
GRAPH, INITIALIZER, DIMS, RAW = 7, 5, 1, 9  # fields of onnx.proto3


def varint(data: bytes, place: int) -> tuple[int, int]:
    number = shift = 0
    while True:
        byte = data[place]
        number |= (byte & 127) << shift
        place, shift = place + 1, shift + 7
        if byte < 128:
            return number, place


def coded(number: int) -> bytes:
    found = bytearray()
    while number > 127:
        found.append(number & 127 | 128)
        number >>= 7
    return bytes([*found, number])


def fields(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Fields of a message as numbers and their bytes, a number's in decimal."""
    place = 0
    while place < len(data):
        tag, place = varint(data, place)
        number, place = varint(data, place)
        if tag & 7 == 2:
            yield tag >> 3, data[place : place + number]
            place += number
        else:
            yield tag >> 3, str(number).encode()


def with_weights(model: bytes, extra: int = 0) -> tuple[list[bytes | int], int]:
    """Pieces of a file whose tensors have their bytes, a hole as its length; and the length of all."""
    pieces: list[bytes | int] = []
    for number, value in fields(model):
        if number == GRAPH:
            inner: list[bytes | int] = []
            for key, part in fields(value):
                inner += tensor(part) if key == INITIALIZER else [coded(key << 3 | 2) + coded(len(part)) + part]
            if extra:
                sizes = coded(DIMS << 3) + coded(extra // 4)
                inner += tensor(sizes + coded(2 << 3) + coded(1) + coded(8 << 3 | 2) + coded(5) + b"spare")
            pieces += [coded(GRAPH << 3 | 2) + coded(length(inner)), *inner]
        elif number in (1, 5):
            pieces.append(coded(number << 3) + coded(int(value)))
        else:
            pieces.append(coded(number << 3 | 2) + coded(len(value)) + value)
    return pieces, length(pieces)


def tensor(part: bytes) -> list[bytes | int]:
    """An initializer with as many zero bytes as it has elements of four."""
    count, listed = 1, list(fields(part))
    for number, value in listed:
        if number == DIMS:
            count *= int(value)
    if any(number == RAW for number, _ in listed):
        return [coded(INITIALIZER << 3 | 2) + coded(len(part)) + part]
    head = part + coded(RAW << 3 | 2) + coded(4 * count)
    return [coded(INITIALIZER << 3 | 2) + coded(len(head) + 4 * count) + head, 4 * count]


def length(pieces: list[bytes | int]) -> int:
    return sum(piece if isinstance(piece, int) else len(piece) for piece in pieces)


def write(file: BinaryIO, pieces: list[bytes | int]) -> None:
    for piece in pieces:
        file.write(bytes(piece) if isinstance(piece, int) and piece < 2**20 else b"" if isinstance(piece, int) else piece)
        if isinstance(piece, int) and piece >= 2**20:
            file.seek(piece, os.SEEK_CUR)
    file.truncate()


def main(rounds: int) -> None:
    """Print the ratios, and exit with 1 where one is beyond its limit."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    with tempfile.TemporaryDirectory() as folder:
        paths = {name: os.path.join(folder, f"{name}.onnx") for name in ("hundred", "thousand")}
        for name, extra in (("hundred", 0), ("thousand", GIGABYTE)):
            pieces, size = with_weights(MODEL.read_bytes(), extra)
            with open(paths[name], "wb") as file:
                write(file, pieces)
            print(f"{name}: {size / 2**20:,.0f} MiB")
        command = [sys.executable, "-m", "convcalc", "summary"]
        layout, hundred, thousand = [*command, "resnet50"], [*command, paths["hundred"]], [*command, paths["thousand"]]
        at_most("summary resnet50.onnx / resnet50", 1.5, lambda: ratios(hundred, layout, rounds)[0])
        at_most("a gigabyte / a hundred megabytes", 2.0, lambda: ratios(thousand, hundred, rounds)[0])
        if SWIN.exists():
            at_most("summary swin_t.onnx / resnet50", 4.0, lambda: ratios([*command, str(SWIN)], layout, rounds)[0])
        else:
            print(f"swin_t.onnx: skipped, {SWIN.name} is not here")
    finish()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
