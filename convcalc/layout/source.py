"""YAML text → nodes that know where they stand.

Nodes are composed here from the parser's events, in one pass that needs no recursion: a hostile file is refused
by the limits below before anything is built from it, and duplicate keys, tags, merge keys and aliases are seen.
"""

from __future__ import annotations

import os
import re
import stat
import sys
from itertools import islice
from typing import TYPE_CHECKING, Any, BinaryIO, TypeVar

import yaml

from convcalc.errors import ConvcalcError, Diagnostic, Note, Source, Span, closest
from convcalc.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable
    from mmap import mmap

    Bytes = bytes | mmap

T = TypeVar("T")
LARGEST_FILE = 16 * 2**20  # bytes
MOST_DIRECTIVES = 100  # lines that begin with %; for each the parser goes through all before
MOST_NAMES = 10_000  # of a folder, to find the one that was meant
DEEPEST_NESTING = 100
MOST_NODES = 4_000_000  # of a document with its aliases expanded

LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


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


def compose(text: str, shown: str) -> tuple[Source, Node]:
    """The only document of a YAML text.

    Raises:
        ConvcalcError: with the place, for text that is not YAML or that this language does not take.
    """
    source = Source(shown, tuple(lines_of(text)))
    if text.startswith("%") and text.count("\n%") > MOST_DIRECTIVES:
        raise refused("yaml-syntax", "too many directives", "drop the lines that begin with %", Span(source, 1, 1))
    if "<<<<<<<" in text or ">>>>>>>" in text:
        check_conflict(source)
    try:
        return source, Composer(source).document(LOADER(text))
    except yaml.MarkedYAMLError as error:
        about_tag = "tag" in str(error.context)
        mark = error.context_mark if about_tag else error.problem_mark or error.context_mark
        at = place_of(source, mark) if mark else None
        if "nesting depth" in str(error.problem):  # a parser with a limit of its own, which it meets as it looks ahead
            raise too_deep(at) from None
        message = " ".join(filter(None, (error.problem, error.context)))
        begun = Span(source, error.context_mark.line + 1, error.context_mark.column + 1) if error.context_mark else None
        notes = (Note("it begins here", begun),) if begun and begun != at else ()
        from convcalc.layout.yaml_fixes import yaml_fix  # paid only by those who made a slip

        raise ConvcalcError(Diagnostic("yaml-syntax", message, at, yaml_fix(error, at), notes)) from None
    except yaml.reader.ReaderError as error:
        if LOADER is not yaml.SafeLoader:  # the C parser counts bytes
            text = text.encode()[: error.position].decode(errors="ignore")
        before = lines_of(text[: error.position])
        at = Span(source, len(before), len(before[-1]) + 1)
        raise refused("control-character", "a character that YAML does not allow", "remove it", at) from None


def place_of(source: Source, mark: Any) -> Span:
    """Where a parser stopped; the end of the text is the end of its last line that has any."""
    line = min(mark.line, len(source.lines) - 1)
    if mark.line == line and source.lines[line].strip():
        return Span(source, line + 1, mark.column + 1)
    while line > 0 and not source.lines[line].strip():
        line -= 1
    return Span(source, line + 1, len(source.lines[line]) + 1)


def lines_of(text: str) -> list[str]:
    """Lines as YAML counts them, whatever ends them."""
    for end in ("\r\n", "\r", "\x85", "\u2028", "\u2029"):
        text = text.replace(end, "\n")
    return text.split("\n")


def check_conflict(source: Source) -> None:
    """Refuse a file that a merge left unfinished."""
    for number, line in enumerate(source.lines):
        if re.match(r"(<{7}|>{7})( |$)", line):
            raise refused("conflict-marker", "a merge conflict marker", "resolve the conflict first", Span(source, number + 1, 1, 7))


class Composer:
    """Builds nodes from events, with a stack of its own."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.anchors: dict[str, tuple[Node, int]] = {}
        self.nodes = 0

    def document(self, loader: Any) -> Node:
        """The root node of the only document."""
        next_event, source, new = loader.get_event, self.source, tuple.__new__
        stack: list[tuple[Any, int, list[Node]]] = []  # opening event, node count before it, items so far
        items: list[Node] = []
        scalar_event, documents = yaml.ScalarEvent, 0
        while True:
            event = next_event()
            kind = type(event)
            if kind is scalar_event:
                if event.tag is not None or event.anchor is not None:
                    self.check_tag(event)
                start, end = event.start_mark, event.end_mark
                column = start.column
                length = end.column - column if end.line == start.line else 1
                # Built past their own constructors, which take as long as the parser does.
                items.append(new(Scalar, (event.value, source, start.line + 1, column + 1, length or 1, bool(event.style))))
                self.nodes += 1
                if event.anchor is not None:
                    self.anchors[event.anchor] = items[-1], 1
            elif kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
                if event.tag is not None:
                    self.check_tag(event)
                stack.append((event, self.nodes, items))
                if len(stack) > DEEPEST_NESTING:
                    raise too_deep(self.at(event))
                self.count(1, event)
                items = []
            elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
                opening, before, outer = stack.pop()
                node = self.mapping(opening, items) if kind is yaml.MappingEndEvent else Sequence(tuple(items), self.at(opening))
                items = outer
                items.append(node)
                if opening.anchor is not None:
                    self.anchors[opening.anchor] = node, self.nodes - before
            elif kind is yaml.AliasEvent:
                items.append(self.alias(event))
            elif kind is yaml.DocumentStartEvent:
                documents += 1
                if documents > 1:
                    raise refused("yaml-documents", "a second document", "put it into a file of its own", self.at(event))
            elif kind is yaml.StreamEndEvent:
                break
        if not items or (isinstance(items[0], Scalar) and not items[0].text):
            raise refused("file-empty", f"{self.source.path} is empty", "write at least a name and layers", Span(self.source, 1, 1))
        return items[0]

    def mapping(self, opening: Any, items: list[Node]) -> Mapping:
        """Pairs of keys and values; keys are words, each once."""
        seen: dict[str, Scalar] = {}
        pairs = tuple(zip(items[::2], items[1::2], strict=True))
        for key, _ in pairs:
            if not isinstance(key, Scalar):
                raise refused("wrong-type", "a key must be a word", "quote an expression that has a brace or bracket", key.span)
            if key.text == "<<":
                raise refused("yaml-merge", "merge keys (<<) are not read", "write the keys out", key.span)
            if key.text in seen:
                note = Note(f"`{key.text}` stands here first", seen[key.text].span)
                raise ConvcalcError(Diagnostic("duplicate-key", f"the key `{key.text}` stands twice", key.span, "remove one", (note,)))
            seen[key.text] = key
        return Mapping(pairs, self.at(opening))  # type: ignore[arg-type]  # keys are scalars, as was just seen

    def alias(self, event: Any) -> Node:
        """The node that an alias stands for, its size counted again."""
        if event.anchor not in self.anchors:
            message = f"*{event.anchor} names no anchor that is complete here"
            hint = f"a value that starts with * is a YAML alias; for a product write the factor first: 2 * {event.anchor}"
            raise refused("yaml-alias", message, hint, self.at(event))
        node, size = self.anchors[event.anchor]
        self.count(size, event)
        return node

    def count(self, nodes: int, event: Any) -> None:
        """Count nodes, those of aliases as often as they stand."""
        self.nodes += nodes
        if self.nodes > MOST_NODES:
            raise refused("yaml-alias", f"the document has more than {MOST_NODES:,} values, its aliases expanded", None, self.at(event))

    def check_tag(self, event: Any) -> None:
        if event.tag is not None:
            word = event.tag.lstrip("!")
            negation = event.tag.startswith("!") and word.isidentifier()
            hint = f"for a negation write `not {word}`" if negation else "write the value without it"
            raise refused("yaml-tag", f"YAML tags ({event.tag}) are not read", hint, self.at(event))

    def at(self, event: Any) -> Span:
        mark = event.start_mark
        return Span(self.source, mark.line + 1, mark.column + 1)


def too_deep(at: Span | None) -> ConvcalcError:
    return refused("yaml-nesting", f"nested more than {DEEPEST_NESTING} deep", None, at)


def too_large(shown: str) -> ConvcalcError:
    return refused("file-too-large", f"{shown} has more than {LARGEST_FILE // 2**20} MiB")


def refused(code: str, message: str, hint: str | None = None, span: Span | None = None) -> ConvcalcError:
    return ConvcalcError(Diagnostic(code, message, span, hint))
