"""Layouts as text: what need not be said left out, short lists and mappings on one line."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from convcalc.core.shape import Shape, kind_of
from convcalc.layout.model import STYLE_DEFAULTS
from convcalc.layout.vocabulary import OPS
from convcalc.record import NamedTuple
from convcalc.writer.blocks import Block
from convcalc.writer.items import Expr, Item, Items
from convcalc.writer.unify import ANY, Pair, Param

WIDTH = 110
INDENT = "  "
PLAIN = re.compile(r"[\w.+*/%()<>= -]+", re.ASCII)  # what needs no quotes
MOST_NESTED = 4  # lists and mappings inside each other on one line


class Document(NamedTuple):
    """A layout: its inputs, blocks, layers and outputs; `style` is in force everywhere, `names` are those of values."""

    name: str
    inputs: tuple[tuple[str, Shape], ...]
    style: dict[str, str]
    blocks: tuple[Block, ...]
    layers: Items
    outputs: tuple[str, ...]
    names: dict[int, str]
    comments: Sequence[str] = ()
    expect: dict[str, Any] = {}

    @property
    def lists(self) -> list[Items]:
        """All lists of layers: the network's own, and those of its blocks."""
        return [self.layers, *(block.layers for block in self.blocks)]


class Noted(dict[str, Any]):
    """An item with a comment behind it."""

    def __init__(self, data: dict[str, Any], note: str) -> None:
        super().__init__(data)
        self.note = note


def document_text(document: Document) -> str:
    """The text of a layout."""
    writer = Writer(document)
    lines = [*(f"# {comment}" for comment in document.comments), "convcalc: 1", f"name: {document.name}"]
    lines += writer.inputs()
    if document.expect:
        lines.append(f"expect: {flow(document.expect)}")
    if document.style:
        lines.append(f"params: {flow(document.style)}")
    if document.blocks:
        lines.append("blocks:")
        for block in document.blocks:
            lines.append(f"  {block.name}:")
            if block.params:
                lines.append(f"    params: {flow({param.name: default_of(param) for param in block.params})}")
            lines += ["    layers:", *writer.listed(block.layers, 3)]
    lines += ["layers:", *writer.listed(document.layers, 1)]
    if document.outputs:
        lines.append(f"outputs: [{', '.join(document.outputs)}]")
    return "\n".join(lines) + "\n"


def default_of(param: Param) -> Any:
    return "required" if param.default is ANY else param.default


class Writer:
    """Writes layers; what is in force, and what calls leave out, are known from the document."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.style = {**STYLE_DEFAULTS, **document.style}
        self.defaults = {block.name: {param.name: param.default for param in block.params} for block in document.blocks}

    def inputs(self) -> list[str]:
        if len(self.document.inputs) == 1:
            return [f"input: {shape_value(self.document.inputs[0][1])}"]
        return ["inputs:", *(f"  {name}: {shape_value(shape)}" for name, shape in self.document.inputs)]

    def listed(self, items: Items, depth: int) -> list[str]:
        """A list of layers, an item a line where it fits."""
        if not items:
            return [f"{INDENT * depth}[]"]
        lines: list[str] = []
        for item in items:
            for data in self.written(item):
                lines += block_style(data, depth)
        return lines

    def written(self, item: Item) -> list[Any]:
        """An item as plain data; a repeat of one pass is its layers."""
        if item.key == "repeat" and item.args["times"] == 1:
            return [data for layer in item.layers for data in self.written(once(layer, item))]
        found: dict[str, Any] = {}
        name = self.document.names.get(item.value, item.name)
        if name:
            found["name"] = name
        if item.sources:
            found |= self.sources(item)
        if item.owner is not None:
            found["weights"] = self.document.names[item.owner]
        found |= self.arguments(item)
        when = found.pop("when", None) if item.key == "residual" else None
        if item.key == "repeat":
            found["layers"] = [data for layer in item.layers for data in self.written(layer)]
        paths = {name: [data for layer in layers for data in self.written(layer)] for name, layers in item.paths}
        if item.key == "residual":
            found |= paths
            if when is not None:
                found["shortcut"] = {"when": when}
        elif paths:
            found["paths"] = paths
        short = OPS[item.key].shorthand if item.key in OPS else None
        if item.note:
            return [Noted({item.key: found}, item.note)]
        if not found:
            return [item.key]
        if short is not None and list(found) == [short] and not isinstance(found[short], list):
            return [{item.key: found[short]}]
        return [{item.key: found}]

    def sources(self, item: Item) -> dict[str, Any]:
        """What an item reads; what is added to the scores of an attention is an attribute."""
        names = [self.document.names[source] for source in item.sources]
        if item.key == "attention" and len(names) == 2:
            return {"from": names[0], "scores": names[1]}
        return {"from": names[0] if len(names) == 1 else names}

    def arguments(self, item: Item) -> dict[str, Any]:
        """What has to be said of an item."""
        if item.key in self.defaults:
            return {key: plain(value) for key, value in item.args.items() if value != self.defaults[item.key].get(key, ANY)}
        if item.key not in OPS:
            return {key: plain(value) for key, value in item.args.items()}
        found = {}
        for key, value in item.args.items():
            attribute = OPS[item.key].attributes.get(key)
            if attribute is None:
                found[key] = plain(value)
            elif key == "bias":
                if value != self.usual_bias(item):
                    found[key] = plain(value)
            elif key == "stride" and attribute.default is None:  # a pool steps by its kernel
                if value != item.args["kernel"]:
                    found[key] = plain(value)
            elif attribute.required or value != (self.style[key] if attribute.style else attribute.default):
                found[key] = plain(value)
        return found

    def usual_bias(self, item: Item) -> Any:
        """Whether an item has a bias where it does not say so; None where that depends on a parameter."""
        attribute, norm = OPS[item.key].attributes["bias"], item.args.get("norm", "none")
        usual = self.style["bias"] if attribute.style else attribute.default
        if usual != "auto":
            return usual
        return None if isinstance(norm, Expr) else norm == "none"


def once(layer: Item, repeat: Item) -> Item:
    """A layer of a repeat of one pass, in its place."""
    args = {key: value.first if isinstance(value, Pair) else value for key, value in layer.args.items()}
    return layer._replace(args=args, name=repeat.name or layer.name, sources=repeat.sources, value=repeat.value)


def plain(value: Any) -> Any:
    """A value as the language writes it."""
    if isinstance(value, Pair):
        if value.rest is ANY or value.first == value.rest:
            return plain(value.first)
        return Expr(f"{scalar(value.first)} if first else {scalar(value.rest)}")
    if isinstance(value, tuple) and not isinstance(value, Expr):
        return [plain(part) for part in value]
    return value


def shape_value(shape: Shape) -> Any:
    """`3x224x224`, or what says what it is."""
    sizes = "x".join(map(str, shape.sizes))
    kind = kind_of(shape)
    return f"{{{kind}: {sizes}}}" if kind else sizes


def scalar(value: Any) -> str:
    if isinstance(value, Expr):
        return value.text
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Fraction):
        return f"{value.numerator} / {value.denominator}" if value.denominator != 1 else str(value.numerator)
    return "none" if value is None else str(value)


def flow(data: Any) -> str:
    """Data on one line."""
    if isinstance(data, dict):
        return "{" + ", ".join(f"{key}: {flow(value)}" for key, value in data.items()) + "}"
    if isinstance(data, list):
        return "[" + ", ".join(map(flow, data)) + "]"
    if isinstance(data, Expr):
        return f'"{data.text}"' if any(sign in data.text for sign in ",:") else data.text
    text = scalar(data)
    return text if PLAIN.fullmatch(text) else quoted(text)


def quoted(text: str) -> str:
    """A text that may hold anything: it is a model's, or the name of a file."""
    return '"' + printable(text).replace("\\", "\\\\").replace('"', '\\"') + '"'


def printable(text: str) -> str:
    """A text on one line, without what a terminal or YAML would act on."""
    return "".join(sign if sign.isprintable() else "?" for sign in text)


def block_style(data: Any, depth: int) -> list[str]:
    """An item of a list: on one line where it fits, else its parts below each other."""
    lead = INDENT * depth + "- "
    if isinstance(data, str):
        return [lead + data]
    [(key, value)] = data.items()
    line = f"{lead}{key}: {flow(value)}"
    if isinstance(data, Noted):
        return [f"{line} # {printable(data.note)}"]
    if (len(line) <= WIDTH and nesting(value) <= MOST_NESTED) or not isinstance(value, dict):
        return [line]
    return [f"{lead}{key}:", *mapping(value, depth + 2)]


def mapping(data: dict[str, Any], depth: int) -> list[str]:
    lines: list[str] = []
    for key, value in data.items():
        line = f"{INDENT * depth}{key}: {flow(value)}"
        if (len(line) <= WIDTH and nesting(value) <= MOST_NESTED) or not isinstance(value, dict | list):
            lines.append(line)
        elif isinstance(value, dict):
            lines += [f"{INDENT * depth}{key}:", *mapping(value, depth + 1)]
        else:
            lines += [f"{INDENT * depth}{key}:", *(line for item in value for line in block_style(item, depth + 1))]
    return lines


def nesting(data: Any) -> int:
    if isinstance(data, Noted):
        return MOST_NESTED + 1  # a comment ends its line
    if isinstance(data, dict | list) and not isinstance(data, Expr):
        parts: Sequence[Any] = list(data.values()) if isinstance(data, dict) else data
        return 1 + max(map(nesting, parts), default=0)
    return 0
