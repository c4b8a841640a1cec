"""YAML text → nodes.

They are composed here from the parser's events, in one pass that needs no recursion: a hostile file is refused
by the limits below before anything is built from it, and duplicate keys, tags, merge keys and aliases are seen.
"""

from __future__ import annotations

import re
from typing import Any

import yaml

from convcalc.errors import ConvcalcError, Diagnostic, Note, Source, Span
from convcalc.layout.source import Mapping, Node, Scalar, Sequence, lines_of, refused

MOST_DIRECTIVES = 100  # lines that begin with %; for each the parser goes through all before
DEEPEST_NESTING = 100
MOST_NODES = 4_000_000  # of a document with its aliases expanded

LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def compose(text: str, shown: str) -> Node:
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
        return Composer(source).document(LOADER(text))
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
