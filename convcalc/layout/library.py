"""Where layouts come from: shipped by name, files by path, includes beside the file that names them."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Protocol

from convcalc.core.collection import uncollected
from convcalc.core.shape import kind_of
from convcalc.errors import MOST_ERRORS, ConvcalcError, Diagnostic, Note, Source, Span, too_many_errors
from convcalc.layout.expression import Expression
from convcalc.layout.model import Layout, Model, Written
from convcalc.layout.reader import Reader
from convcalc.layout.shipped import KINDS, composed, node_of, place, shipped_files, shipped_names, shipped_text
from convcalc.layout.source import mapped, read_text
from convcalc.layout.values_reader import is_name
from convcalc.layout.vocabulary import OPS, STRUCTURES
from convcalc.spelling import nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from convcalc.core.shape import Shape
    from convcalc.layout.model import Imported
    from convcalc.layout.source import Bytes, Node

STDIN = "<stdin>"
YAML = (".yaml", ".yml")
ONNX = ".onnx"
CONFIG = "convcalc.yaml"  # budgets of other files


class Files(Protocol):
    """Where files are read: the disk, or the tree of a revision."""

    def text(self, path: str, shown: str) -> str: ...
    def data(self, path: str, shown: str) -> Bytes: ...
    def inside(self, path: str, top: str) -> bool: ...


class Disk:
    """Files of this machine."""

    def text(self, path: str, shown: str) -> str:
        """The text of a regular file."""
        return read_text(path, shown)

    def data(self, path: str, shown: str) -> Bytes:
        """The bytes of a regular file."""
        return mapped(path, shown)

    def inside(self, path: str, top: str) -> bool:
        """Whether a path lies in a directory once every link is followed."""
        return is_inside(path, top)


DISK = Disk()


class Library:
    """The layouts read so far. `diagnostics` is what was wrong with their files."""

    def __init__(self, source: Files = DISK) -> None:
        self.source = source  # of the layouts that are named by path; shipped ones are always read from the disk
        self.diagnostics: list[Diagnostic] = []
        self.seen: set[object] = set()
        self.files: dict[str, Layout] = {}  # by the path that messages show
        self.places: dict[str, str] = {}  # the same, where they are on disk
        self.tops: dict[str, str] = {}  # the directory that their includes must not leave
        self.known: dict[str, Layout | None] = {}  # shipped, by name

    def design(self, text: str) -> Layout:
        """A layout by shipped name, or by path where the text has a slash or ends in .yaml or .yml.

        Raises:
            ConvcalcError: when there is no such layout, or its file cannot be read.
        """
        if isinstance(text, Model):
            self.files[text.layout.path] = text.layout
            return text.layout
        if not is_path(text):
            layout = self.shipped(text)
            if layout is None:
                beside = next((name for name in (text, *(text + suffix for suffix in YAML)) if os.path.isfile(name)), None)
                hint = f"a file of that name is written ./{beside}" if beside else nearest(text, shipped_names())
                raise ConvcalcError(Diagnostic("unknown-design", f"there is no block or network `{text}`", None, hint))
            return layout
        path, colon, preset = text.rpartition(":")
        if colon and path.endswith(ONNX) and not os.path.exists(text):
            raise ConvcalcError(Diagnostic("unknown-design", f"{path} is a model, and has no preset `{preset}`", None, f"write {path}"))
        if not (colon and path.endswith((".yaml", ".yml")) and is_name(preset)) or os.path.exists(text):
            return self.load(text, text.replace("\\", "/"))
        layout = self.load(path, path.replace("\\", "/"))
        if preset not in layout.presets:
            hint = nearest(preset, list(layout.presets))
            raise ConvcalcError(Diagnostic("unknown-design", f"{path} has no preset `{preset}`", layout.span, hint))
        return layout.with_preset(preset)

    def load(self, path: str, shown: str, top: str | None = None, ships: bool = False) -> Layout:
        """The layout of a file, read once."""
        if shown not in self.files:
            self.places[shown], self.tops[shown] = path, top or os.path.dirname(path)
            if ships:
                self.read(lambda: node_of(path, shown), shown)
            elif path.endswith(ONNX):
                self.files[shown] = self.imported(self.source.data(path, shown), shown)
            else:
                self.text(self.source.text(path, shown), shown)
        return self.files[shown]

    def text(self, text: str, shown: str) -> Layout:
        """The layout of a text."""
        return self.read(lambda: composed(text, shown), shown)

    def read(self, compose: Callable[[], Node], shown: str) -> Layout:
        """The layout of what is composed. Errors in its words are collected; it is used only if there are none."""
        reader = Reader()
        with uncollected():
            self.files[shown] = reader.file(compose(), stem_of(shown))
        self.diagnostics += reader.diagnostics
        return self.files[shown]

    def imported(self, data: Bytes, shown: str) -> Layout:
        """A model of another format as a layout without layers of its own."""
        from convcalc.interop.onnx.network import Imported  # paid only by those who have one

        graph = Imported(data, shown)
        return of_graph(graph, graph.inputs, shown)

    def shipped(self, name: str) -> Layout | None:
        """A shipped block, network or preset."""
        if name not in self.known:
            self.known[name] = self.find(name)
        return self.known[name]

    def find(self, name: str) -> Layout | None:
        if not is_name(name):
            return None
        for kind in KINDS:
            path, shown = place(kind, name)
            if os.path.isfile(path):
                return self.load(path, shown, ships=True)
        for path in sorted(shipped_files("networks"), key=lambda path: not name.startswith(stem_of(path))):  # resnet50: resnet.yaml first
            if f"\n  {name}:" in shipped_text(path):
                layout = self.load(*place("networks", os.path.basename(path).removesuffix(".yaml")), ships=True)
                if name in layout.presets:
                    return layout.with_preset(name)
        return None

    def resolve(self, layout: Layout, key: str) -> Layout | None:
        """What a layer's key calls in a layout: a local block, an included one, a shipped one; None for nothing."""
        file = self.files[layout.path]
        if key in file.blocks:
            return file.blocks[key]
        for text, span in file.includes:
            included = self.include(file, text, span)
            if included is None:
                continue
            if key in included.presets:
                return included.with_preset(key)
            if not included.library and included.name == key:
                return included
            if included.library and key in included.blocks:
                return included.blocks[key]
        return self.shipped(key)

    def include(self, file: Layout, text: str, span: Span) -> Layout | None:
        """An included file; None where it cannot be read, which is then reported."""
        place, top = self.places.get(file.path), self.tops.get(file.path)
        if place is None or top is None:
            self.report("include-outside", "standard input includes nothing", span, "write the layout to a file")
            return None
        if text.endswith(ONNX):
            hint = f"write it as one: convcalc import {text} -o {text.removesuffix(ONNX)}.yaml"
            self.report("bad-model", f"`{text}` is a model, and no layout", span, hint)
            return None
        path = os.path.join(os.path.dirname(place), text)
        if os.path.isabs(text) or not self.source.inside(path, top):
            hint = "include files beside or below it"
            self.report("include-outside", f"`{text}` lies outside the directory of the top file", span, hint)
            return None
        shown = os.path.normpath(os.path.join(os.path.dirname(file.path), text)).replace("\\", "/")
        try:
            return self.load(path, shown, top)
        except ConvcalcError as error:
            note = Note("included here", span)
            for diagnostic in error.diagnostics:
                placed = diagnostic._replace(notes=(*diagnostic.notes, note)) if diagnostic.span else diagnostic._replace(span=span)
                self.add(placed)
            return None

    def report(self, code: str, message: str, span: Span, hint: str) -> None:
        self.add(Diagnostic(code, message, span, hint))

    def add(self, diagnostic: Diagnostic) -> None:
        """Keep an error once."""
        span = diagnostic.span
        key = (diagnostic.code, diagnostic.message, span and (span.source.path, span.line, span.column))
        if key not in self.seen:
            self.seen.add(key)
            self.diagnostics.append(diagnostic)
            if len(self.diagnostics) >= MOST_ERRORS:
                raise too_many_errors(self.diagnostics)

    def callable_names(self, layout: Layout) -> list[str]:
        """Everything that a layer of a layout may begin with."""
        return [*OPS, *STRUCTURES, *self.files[layout.path].blocks, *shipped_names()]


def of_graph(graph: Imported, shapes: Mapping[str, Shape | None], shown: str) -> Layout:
    """A layout without layers of its own for a model that knows its network; None stands for an input whose sizes are open."""
    span = Span(Source(shown, ()), 1, 1)
    inputs: dict[str, Written | None] = {}
    kinds: dict[str, str] = {}
    for name, shape in shapes.items():
        inputs[name] = tuple(Expression(str(size), span, None, size) for size in shape.sizes) if shape is not None else None
        kinds |= {name: kind_of(shape)} if shape is not None and kind_of(shape) else {}
    return Layout(stem_of(shown), span, {}, (), inputs, kinds, graph=graph)


def is_path(text: str) -> bool:
    """Whether a design is named by its file."""
    return (
        text in (".", "..") or "/" in text or "\\" in text or text.endswith((*YAML, ONNX)) or text.partition(":")[0].endswith((*YAML, ONNX))
    )


def is_config(path: str) -> bool:
    """Whether a file holds budgets of other files."""
    return os.path.basename(path) == CONFIG


def is_inside(path: str, directory: str) -> bool:
    """Whether a path lies in a directory once every link is followed."""
    try:
        real, top = os.path.realpath(path), os.path.realpath(directory or ".")
        return os.path.commonpath((real, top)) == top
    except (OSError, ValueError):
        return False


def stem_of(shown: str) -> str:
    """A name for a layout that gives none, from its file's."""
    stem = os.path.splitext(os.path.basename(shown))[0]
    return re.sub(r"[^A-Za-z0-9_-]|^(?![A-Za-z_])", "_", stem)
