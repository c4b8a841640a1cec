"""The files that ship with convcalc.

They are composed once: Python keeps what it compiles of a module in `__pycache__`, and keeps this in the same way. YAML's
parser takes longer to import than a comparison takes, and a shipped file says today what it said yesterday. What is kept
holds the text that it was composed of, and is used for no other.
"""

from __future__ import annotations

import os
import re
from contextlib import suppress
from importlib.machinery import SourceFileLoader
from types import CodeType
from typing import Any

from convcalc.errors import Source, Span
from convcalc.layout.source import Mapping, Node, Scalar, Sequence, decode, lines_of, read_text

PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
# In a wheel the configs stand inside the package, in a checkout (or an editable install of one) beside it.
PLACES = (os.path.join(PACKAGE, "configs"), os.path.join(os.path.dirname(PACKAGE), "configs"))
CONFIGS = next((path for path in PLACES if os.path.isdir(path)), PLACES[0])
KINDS = ("blocks", "networks")
DAMAGED = (AttributeError, EOFError, ImportError, IndexError, MemoryError, SystemError, TypeError, ValueError)  # of what is kept
FORM = 1  # of what is kept: another is composed anew
NOTHING = compile("None", "<kept>", "eval")  # what holds it, as Python keeps nothing but code


def place(kind: str, name: str) -> tuple[str, str]:
    """Where a shipped file is, and how messages name it."""
    return os.path.join(CONFIGS, kind, f"{name}.yaml"), f"configs/{kind}/{name}.yaml"


def shipped_files(kind: str) -> list[str]:
    """The files of a kind, in order."""
    folder = os.path.join(CONFIGS, kind)
    names = sorted(os.listdir(folder)) if os.path.isdir(folder) else []
    return [os.path.join(folder, name) for name in names if name.endswith(".yaml")]


def shipped_text(path: str) -> str:
    with open(path, encoding="utf-8") as file:
        return file.read()


def shipped_names(kinds: tuple[str, ...] = KINDS) -> list[str]:
    """Names of all shipped blocks and networks, presets of families in place of the families' own names."""
    names: list[str] = []
    for kind in kinds:
        for path in shipped_files(kind):
            names += preset_names(shipped_text(path)) or [os.path.basename(path).removesuffix(".yaml")]
    return names


def preset_names(text: str) -> list[str]:
    """The presets of a shipped file, by a scan of its text: completion has no time to read every file."""
    section = re.search(r"^presets:\n((?: .*\n|\n)+)", text, re.MULTILINE)
    return re.findall(r"^  ([A-Za-z_][A-Za-z0-9_-]*):", section[1], re.MULTILINE) if section else []


def node_of(path: str, shown: str) -> Node:
    """What a YAML file holds; that of a shipped one is kept.

    Raises:
        ConvcalcError: as `read_text` and `compose` do.
    """
    text = read_text(path, shown)
    if not path.startswith(CONFIGS + os.sep):
        return composed(text, shown)
    with suppress(*DAMAGED):
        form, source, node = constants(Keeper(shown, path).get_code(shown))
        if (form, source) == (FORM, text):  # else the file took the place of another of its size and time
            found: Node = thawed(node, Source(shown, tuple(lines_of(text))))
            return found
    forget(path)
    return composed(text, shown)


def constants(code: CodeType | None) -> tuple[Any, ...]:
    return code.co_consts if code is not None else ()


def forget(path: str) -> None:
    """Remove what is kept of a file, so that the next run keeps it anew."""
    from importlib.util import cache_from_source  # paid where something is wrong

    with suppress(OSError, NotImplementedError):
        os.remove(cache_from_source(path))


class Keeper(SourceFileLoader):
    """Loads what is kept of a file, and keeps what is composed of it, where it may write."""

    def source_to_code(self, data: Any, *_: Any, **__: Any) -> CodeType:  # type: ignore[override]  # what Python calls to compile a module
        """The nodes of a file, as constants of code."""
        text = decode(bytes(data), self.name)
        return NOTHING.replace(co_consts=(FORM, text, frozen(composed(text, self.name))))


def composed(text: str, shown: str) -> Node:
    """The nodes of a text."""
    from convcalc.layout.yaml_nodes import compose  # the parser is paid by those of whose text nothing is kept

    return compose(text, shown)


def frozen(node: Node) -> tuple[Any, ...]:
    """A node as plain tuples."""
    if isinstance(node, Scalar):
        return node.text, node.line, node.column, node.length, node.quoted
    place = node.span.line, node.span.column
    if isinstance(node, Mapping):
        return True, *place, tuple((frozen(key), frozen(value)) for key, value in node.items)
    return False, *place, tuple(frozen(item) for item in node.items)


def thawed(plain: tuple[Any, ...], source: Source) -> Any:
    """The node that `frozen` made plain."""
    if isinstance(plain[0], str):
        text, line, column, length, quoted = plain
        return Scalar(text, source, line, column, length, quoted)
    is_mapping, line, column, items = plain
    span = Span(source, line, column)
    if is_mapping:
        return Mapping(tuple((thawed(key, source), thawed(value, source)) for key, value in items), span)
    return Sequence(tuple(thawed(item, source) for item in items), span)
