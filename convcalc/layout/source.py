"""Files and texts, and the nodes of a text, which know where they stand."""

from __future__ import annotations

import os
import stat
import sys
from itertools import islice
from typing import TYPE_CHECKING, BinaryIO, TypeVar

from convcalc.errors import ConvcalcError, Diagnostic, Source, Span
from convcalc.record import NamedTuple
from convcalc.spelling import closest

if TYPE_CHECKING:
    from collections.abc import Callable
    from mmap import mmap

    Bytes = bytes | mmap

T = TypeVar("T")
LARGEST_FILE = 16 * 2**20  # bytes
MOST_NAMES = 10_000  # of a folder, to find the one that was meant


class Scalar(NamedTuple):
    """A word, a number or an expression, as text."""

    text: str
    source: Source
    line: int
    column: int
    length: int
    quoted: bool = False

    @property
    def span(self) -> Span:
        """Its place, made when it is asked for: most scalars are in order."""
        return Span(self.source, self.line, self.column, self.length)


class Mapping(NamedTuple):
    """Keys and values in written order."""

    items: tuple[tuple[Scalar, Node], ...]
    span: Span


class Sequence(NamedTuple):
    """Values in written order."""

    items: tuple[Node, ...]
    span: Span


Node = Scalar | Mapping | Sequence


def read_text(path: str, shown: str) -> str:
    """The text of a regular file of at most 16 MiB. A FIFO or device is refused without opening it."""

    def text(file: BinaryIO) -> bytes:
        check_link(path, shown)
        return file.read(LARGEST_FILE + 1)

    return decode(opened(path, shown, LARGEST_FILE, text), shown)


def mapped(path: str, shown: str) -> Bytes:
    """The bytes of a regular file of any size: only what is looked at is read.

    Links are followed wherever they point: no error shows what a binary file holds.
    """
    import mmap

    def view(file: BinaryIO) -> Bytes:
        size = os.fstat(file.fileno()).st_size
        return mmap.mmap(file.fileno(), size, access=mmap.ACCESS_READ) if size else b""

    return opened(path, shown, sys.maxsize, view)


def opened(path: str, shown: str, largest: int, read: Callable[[BinaryIO], T]) -> T:
    """What `read` makes of a regular file of at most so many bytes.

    Raises:
        ConvcalcError: for what is no such file, or cannot be read.
    """
    try:
        check_kind(os.stat(path), shown, largest)
        with open(path, "rb", opener=without_waiting) as file:
            check_kind(os.fstat(file.fileno()), shown, largest)  # again: it may be another by now
            return read(file)
    except FileNotFoundError:
        raise refused("file-missing", f"there is no file {shown}", near(path)) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it cannot be opened"
        raise refused("file-unreadable", f"cannot read {shown}: {reason}") from None


def check_kind(status: os.stat_result, shown: str, largest: int = LARGEST_FILE) -> None:
    """Refuse what is no regular file, or too large."""
    if stat.S_ISDIR(status.st_mode):
        raise refused("file-kind", f"{shown} is a directory", "name a file")
    if not stat.S_ISREG(status.st_mode):
        raise refused("file-kind", f"{shown} is not a regular file", "name a file")
    if status.st_size > largest:
        raise too_large(shown)


def without_waiting(path: str, flags: int) -> int:
    """Open a file; a FIFO that has taken its place must not wait for a writer."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def check_link(path: str, shown: str) -> None:
    """Refuse a link out of the checkout: it comes with the checkout, and errors would show the lines of what it points at."""
    real = os.path.realpath(path)
    if real == os.path.abspath(path):
        return
    outward = os.path.isabs(path) or os.path.normpath(path).startswith(os.pardir)
    folder = os.path.realpath(os.path.dirname(path) if outward else os.curdir)
    top = folder
    while not os.path.exists(os.path.join(top, ".git")) and os.path.dirname(top) != top:
        top = os.path.dirname(top)
    checkout = os.path.exists(os.path.join(top, ".git"))
    top = top if checkout else folder
    if os.path.commonpath((real, top)) != top:
        raise refused("file-kind", f"{shown} is a link out of {'the checkout' if checkout else 'its folder'}", f"name {real} itself")


def near(path: str) -> str:
    """A hint that names the file of the same folder whose name is nearest."""
    folder, name = os.path.split(path)
    try:
        files = [entry.name for entry in islice(os.scandir(folder or "."), MOST_NAMES) if entry.is_file()]
    except (OSError, ValueError):
        files = []
    close = closest(name, files, 0.85)  # more than the same suffix
    return f"did you mean `{close}`?" if close else "paths start at the current folder"


def decode(data: bytes, shown: str) -> str:
    """UTF-8 text, its byte-order mark dropped."""
    if len(data) > LARGEST_FILE:
        raise too_large(shown)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        place = Span(Source(shown, ()), line, error.start - (data.rfind(b"\n", 0, error.start) + 1) + 1)
        raise refused("file-encoding", f"byte 0x{data[error.start]:02x} is not UTF-8", "save the file as UTF-8", place) from None


def lines_of(text: str) -> list[str]:
    """Lines as YAML counts them, whatever ends them."""
    for end in ("\r\n", "\r", "\x85", "\u2028", "\u2029"):
        text = text.replace(end, "\n")
    return text.split("\n")


def too_large(shown: str) -> ConvcalcError:
    return refused("file-too-large", f"{shown} has more than {LARGEST_FILE // 2**20} MiB")


def refused(code: str, message: str, hint: str | None = None, span: Span | None = None) -> ConvcalcError:
    return ConvcalcError(Diagnostic(code, message, span, hint))
