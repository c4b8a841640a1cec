"""Where layouts come from: shipped by name, files by path, includes beside the file that names them."""

from __future__ import annotations

import re
from pathlib import Path

from convcalc.errors import ConvcalcError, Diagnostic, Note, Span, nearest
from convcalc.layout.model import Layout
from convcalc.layout.reader import Reader
from convcalc.layout.source import compose, read_text
from convcalc.layout.vocabulary import OPS, STRUCTURES

PACKAGE = Path(__file__).resolve().parent.parent
# In a wheel the configs stand inside the package, in a checkout (or an editable install of one) beside it.
CONFIGS = next((path for path in (PACKAGE / "configs", PACKAGE.parent / "configs") if path.is_dir()), PACKAGE / "configs")
KINDS = ("blocks", "networks")
STDIN = "<stdin>"


class Library:
    """The layouts read so far. `diagnostics` is what was wrong with their files."""

    def __init__(self) -> None:
        self.diagnostics: list[Diagnostic] = []
        self.files: dict[str, Layout] = {}  # by the path that messages show
        self.places: dict[str, Path] = {}  # the same, where they are on disk
        self.tops: dict[str, Path] = {}  # the directory that their includes must not leave
        self.known: dict[str, Layout | None] = {}  # shipped, by name

    def design(self, text: str) -> Layout:
        """A layout by shipped name, or by path where the text has a slash or ends in .yaml or .yml.

        Raises:
            ConvcalcError: when there is no such layout, or its file cannot be read.
        """
        if not is_path(text):
            layout = self.shipped(text)
            if layout is None:
                hint = f"a file of that name is written ./{text}" if Path(text).is_file() else nearest(text, shipped_names())
                raise ConvcalcError(Diagnostic("unknown-design", f"there is no block or network `{text}`", None, hint))
            return layout
        return self.load(Path(text), text.replace("\\", "/"))

    def load(self, path: Path, shown: str, top: Path | None = None) -> Layout:
        """The layout of a file, read once."""
        if shown not in self.files:
            self.places[shown], self.tops[shown] = path, top or path.parent
            self.text(read_text(path, shown), shown)
        return self.files[shown]

    def text(self, text: str, shown: str) -> Layout:
        """The layout of a text. Errors in its words are collected; it is used only if there are none."""
        reader = Reader()
        _, node = compose(text, shown)
        self.files[shown] = reader.file(node, re.sub(r"[^A-Za-z0-9_-]", "_", Path(shown).stem) or "unnamed")
        self.diagnostics += reader.diagnostics
        return self.files[shown]

    def shipped(self, name: str) -> Layout | None:
        """A shipped block, network or preset."""
        if name not in self.known:
            self.known[name] = self.find(name)
        return self.known[name]

    def find(self, name: str) -> Layout | None:
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_-]*", name):
            return None
        for kind in KINDS:
            path = CONFIGS / kind / f"{name}.yaml"
            if path.is_file():
                return self.load(path, f"configs/{kind}/{name}.yaml")
        key = re.compile(rf"^  {name}:", re.MULTILINE)
        for path in sorted((CONFIGS / "networks").glob("*.yaml")):
            if key.search(path.read_text(encoding="utf-8")):
                layout = self.load(path, f"configs/networks/{path.name}")
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
            if included.layers and included.name == key:
                return included
            if not included.layers and key in included.blocks:
                return included.blocks[key]
        return self.shipped(key)

    def include(self, file: Layout, text: str, span: Span) -> Layout | None:
        """An included file; None where it cannot be read, which is then reported."""
        place, top = self.places.get(file.path), self.tops.get(file.path)
        if place is None or top is None:
            self.report("include-outside", "standard input includes nothing", span, "write the layout to a file")
            return None
        path = place.parent / text
        try:
            inside = path.resolve().is_relative_to(top.resolve())
        except (OSError, ValueError, RuntimeError):
            inside = False
        if not inside or Path(text).is_absolute():
            self.report("include-outside", f"`{text}` lies outside the directory of the top file", span, "include files beside or below it")
            return None
        shown = (Path(file.path).parent / text).as_posix()
        try:
            return self.load(path, shown, top)
        except ConvcalcError as error:
            note = Note("included here", span)
            for diagnostic in error.diagnostics:
                self.add(diagnostic._replace(span=diagnostic.span or span, notes=(*diagnostic.notes, note)))
            return None

    def report(self, code: str, message: str, span: Span, hint: str) -> None:
        self.add(Diagnostic(code, message, span, hint))

    def add(self, diagnostic: Diagnostic) -> None:
        if diagnostic not in self.diagnostics:
            self.diagnostics.append(diagnostic)

    def callable_names(self, layout: Layout) -> list[str]:
        """Everything that a layer of a layout may begin with."""
        return [*OPS, *STRUCTURES, *self.files[layout.path].blocks, *shipped_names()]


def is_path(text: str) -> bool:
    """Whether a design is named by its file."""
    return "/" in text or "\\" in text or text.endswith((".yaml", ".yml"))


def shipped_names(kinds: tuple[str, ...] = KINDS) -> list[str]:
    """Names of all shipped blocks and networks, presets of families in place of the families' own names."""
    names: list[str] = []
    for kind in kinds:
        for path in sorted((CONFIGS / kind).glob("*.yaml")):
            names += preset_names(path.read_text(encoding="utf-8")) or [path.stem]
    return names


def preset_names(text: str) -> list[str]:
    """The presets of a shipped file, by a scan of its text: completion has no time to read every file."""
    section = re.search(r"^presets:\n((?: .*\n|\n)+)", text, re.MULTILINE)
    return re.findall(r"^  ([A-Za-z_][A-Za-z0-9_-]*):", section[1], re.MULTILINE) if section else []


