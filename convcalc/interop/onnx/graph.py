"""ONNX graphs as records, from the fields of onnx.proto3 (IR version 10); weights keep their names and sizes alone."""

from __future__ import annotations

from collections.abc import Callable
from struct import calcsize
from typing import Any

from convcalc.interop.arrays import MOST_ELEMENTS
from convcalc.interop.onnx.wire import Data, Part, fields, floats, integer, integers, message, text
from convcalc.record import NamedTuple

MOST_NODES = 1_000_000
DEEPEST = 20  # graphs inside each other
SCOPES = "pkg.torch.onnx.name_scopes"  # where PyTorch's newer exporter says which module a node is of
# What a model's bytes may begin with: the tags of its fields 1 to 8, 14, 20, 25 and 26.
FIRST = frozenset((0x08, 0x12, 0x1A, 0x22, 0x28, 0x32, 0x3A, 0x42, 0x72, 0xA2, 0xCA, 0xD2))
# Types of elements: how raw bytes are read, and whether they are floating; others are known by name alone.
TYPES = {
    1: ("f", True),
    2: ("B", False),
    3: ("b", False),
    5: ("h", False),
    6: ("i", False),
    7: ("q", False),
    9: ("?", False),
    11: ("d", True),
}
FLOATING = (1, 10, 11, 16, 17, 18, 19, 20)


class Weights(NamedTuple):
    """A stored tensor: its sizes, whether it is of floating numbers, and its values where they are few and there."""

    dims: tuple[int, ...]
    floating: bool
    values: tuple[Any, ...] | None


class Node(NamedTuple):
    """One operation of a graph."""

    op: str
    domain: str
    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: dict[str, Any]
    scopes: str  # as the exporter wrote them

    @property
    def shown(self) -> str:
        """The node in a message."""
        kind = f"{self.domain}.{self.op}" if self.domain else self.op
        return f"{kind} `{self.name or (self.outputs[0] if self.outputs else '')}`"


Dims = tuple[int | str, ...]  # sizes, and the names of those that are open


class Graph(NamedTuple):
    """Nodes in order, with what is stored, what comes in and goes out, and the sizes that the file states."""

    name: str
    nodes: list[Node]
    stored: dict[str, Weights]
    inputs: dict[str, Dims | None]
    outputs: tuple[str, ...]
    stated: dict[str, Dims | None]


class Model(NamedTuple):
    """A file: its graph, and the version of each domain of ops."""

    path: str
    graph: Graph
    opsets: dict[str, int]


def read_model(data: Data) -> Model:
    """The model of a file.

    Raises:
        ConvcalcError: for a file that is no ONNX model, or beyond the limits.
    """
    if data.bytes[:1] and data.bytes[0] not in FIRST:
        raise data.refuse("it is no ONNX model", "name a file that an exporter to ONNX has written")
    graph, opsets, functions = None, dict[str, int](), dict[tuple[str, str], Any]()
    for number, value in fields(data, Part(0, len(data.bytes))):
        if number == 7:
            graph = read_graph(data, message(data, value), 0)
        elif number == 8:
            domain, version = "", 1
            for key, item in fields(data, message(data, value)):
                if key == 1:
                    domain = text(data, item)
                elif key == 2:
                    version = integer(data, item)
            opsets[domain.removeprefix("ai.onnx")] = version
        elif number == 25:
            functions |= [read_function(data, message(data, value))]
    if graph is None:
        raise data.refuse("there is no graph in it; is it an ONNX file?", "name a file that ends in .onnx and is one")
    nodes = inlined(data, graph.nodes, functions, "", 0) if functions else graph.nodes
    return Model(data.path, graph._replace(nodes=nodes), opsets)


def read_graph(data: Data, part: Part, depth: int) -> Graph:
    """A graph, its own graphs in the attributes of its nodes."""
    if depth > DEEPEST:
        raise data.refuse(f"graphs are nested more than {DEEPEST} deep")
    name, nodes, stored = "", list[Node](), dict[str, Weights]()
    inputs, outputs, stated = dict[str, Dims | None](), list[str](), dict[str, Dims | None]()
    for number, value in fields(data, part):
        if number == 1:
            nodes.append(read_node(data, message(data, value), depth))
            if len(nodes) > MOST_NODES:
                raise data.refuse(f"more than {MOST_NODES:,} nodes")
        elif number == 2:
            name = text(data, value)
        elif number == 5:
            key, weights = read_tensor(data, message(data, value))
            stored[key] = weights
        elif number in (11, 12, 13):
            key, dims = read_value(data, message(data, value))
            stated[key] = dims
            if number == 11:
                inputs[key] = dims
            elif number == 12:
                outputs.append(key)
    return Graph(name, nodes, stored, {key: dims for key, dims in inputs.items() if key not in stored}, tuple(outputs), stated)


def read_node(data: Data, part: Part, depth: int) -> Node:
    inputs, outputs, attributes = list[str](), list[str](), dict[str, Any]()
    words = {3: "", 4: "", 7: ""}
    scopes = ""
    for number, value in fields(data, part):
        if number == 1:
            inputs.append(text(data, value))
        elif number == 2:
            outputs.append(text(data, value))
        elif number in words:
            words[number] = text(data, value)
        elif number == 5:
            attributes |= [read_attribute(data, message(data, value), depth)]
        elif number == 9:
            entry = {key: item for key, item in fields(data, message(data, value)) if key in (1, 2)}
            if len(entry) == 2 and text(data, entry[1]) == SCOPES:
                scopes = text(data, entry[2])
    domain = words[7].removeprefix("ai.onnx")
    return Node(words[4], domain, words[3], tuple(inputs), tuple(outputs), attributes, scopes)


def read_attribute(data: Data, part: Part, depth: int) -> tuple[str, Any]:
    """An attribute's name and value: a number, text, a tensor, a graph, or a list of numbers or texts."""
    name, single, listed = "", None, list[Any]()
    for number, value in fields(data, part):
        if number == 1:
            name = text(data, value)
        elif number in SINGLE:
            single = SINGLE[number](data, value)
        elif number == 6:
            single = read_graph(data, message(data, value), depth + 1)
        elif number in LISTED and (
            isinstance(value, int) or value.stop - value.start <= 10 * MOST_ELEMENTS
        ):  # no longer ones are asked for
            listed += LISTED[number](data, value)
    return name, listed or single


SINGLE: dict[int, Callable[[Data, Any], Any]] = {
    2: lambda data, value: floats(data, value)[0],
    3: integer,
    4: text,
    5: lambda data, value: read_tensor(data, message(data, value))[1],
}
LISTED: dict[int, Callable[[Data, Any], list[Any]]] = {7: floats, 8: integers, 9: lambda data, value: [text(data, value)]}


def read_tensor(data: Data, part: Part) -> tuple[str, Weights]:
    """A stored tensor by name; of a large one, and of one whose values lie elsewhere, the sizes alone."""
    name, dims, kind, values, raw = "", list[int](), 0, list[Any](), None
    for number, value in fields(data, part):
        if number == 1:
            dims += integers(data, value)
        elif number == 2:
            kind = integer(data, value)
        elif number == 8:
            name = text(data, value)
        elif number == 9:
            raw = message(data, value)
        elif number in (5, 7) and isinstance(value, Part) and value.stop - value.start <= 10 * MOST_ELEMENTS:
            values += integers(data, value)
        elif number in (5, 7) and isinstance(value, int) and len(values) <= MOST_ELEMENTS:
            values.append(integer(data, value))
        elif number in (4, 10) and isinstance(value, Part) and value.stop - value.start <= 8 * MOST_ELEMENTS:
            values += floats(data, value, "f" if number == 4 else "d")
    if any(size < 0 for size in dims):
        raise data.refuse(f"the tensor `{name}` has a negative size")
    count = 1
    for size in dims:
        count *= size
    if raw is not None and kind in TYPES and count <= MOST_ELEMENTS and raw.stop - raw.start == count * calcsize(TYPES[kind][0]):
        values = floats(data, raw, TYPES[kind][0])
    found = tuple(values) if len(values) == count and kind in TYPES and all(size <= MOST_ELEMENTS for size in dims) else None
    return name, Weights(tuple(dims), kind in FLOATING, found)


def read_value(data: Data, part: Part) -> tuple[str, Dims | None]:
    """The name of a value and its sizes, where the file states them."""
    name, dims = "", None
    for number, value in fields(data, part):
        if number == 1:
            name = text(data, value)
        elif number == 2:
            for kind, tensor in fields(data, message(data, value)):
                if kind == 1:
                    for key, shape in fields(data, message(data, tensor)):
                        dims = read_dims(data, message(data, shape)) if key == 2 else dims
    return name, dims


def read_dims(data: Data, part: Part) -> Dims:
    """Sizes; one that is open by its name."""
    found = list[int | str]()
    for number, value in fields(data, part):
        if number == 1:
            size: int | str = "?"
            for key, item in fields(data, message(data, value)):
                size = integer(data, item) if key == 1 else text(data, item) if key == 2 else size
            found.append(size if isinstance(size, str) or size > 0 else "?")
    return tuple(found)


# Functions of the file itself, which PyTorch's newer exporter writes where it does not optimise


class Function(NamedTuple):
    """Nodes under a name, with their inputs and outputs."""

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    nodes: list[Node]


def read_function(data: Data, part: Part) -> tuple[tuple[str, str], Function]:
    words, inputs, outputs, nodes = {1: "", 10: ""}, list[str](), list[str](), list[Node]()
    for number, value in fields(data, part):
        if number in words:
            words[number] = text(data, value)
        elif number == 4:
            inputs.append(text(data, value))
        elif number == 5:
            outputs.append(text(data, value))
        elif number == 7:
            nodes.append(read_node(data, message(data, value), 0))
    return (words[10], words[1]), Function(tuple(inputs), tuple(outputs), nodes)


def inlined(data: Data, nodes: list[Node], functions: dict[tuple[str, str], Function], prefix: str, depth: int) -> list[Node]:
    """Nodes with those of functions in the place of their calls, inner values renamed."""
    if depth > DEEPEST:
        raise data.refuse(f"functions call each other more than {DEEPEST} deep")
    found: list[Node] = []
    for place, node in enumerate(nodes):
        function = functions.get((node.domain, node.op))
        if function is None:
            found.append(node)
            continue
        names = dict(zip(function.inputs, (*node.inputs, *[""] * len(function.inputs)), strict=False))
        names |= dict(zip(function.outputs, node.outputs, strict=False))
        inner = f"{prefix}{place}/"
        body = [
            one._replace(
                name=f"{node.name}/{one.name or one.op}",
                inputs=tuple(names.get(name, f"{inner}{name}" if name else "") for name in one.inputs),
                outputs=tuple(names.get(name, f"{inner}{name}" if name else "") for name in one.outputs),
                attributes={
                    key: node.attributes.get(value[1:], value) if is_argument(value) else value for key, value in one.attributes.items()
                },
                scopes=one.scopes or node.scopes,
            )
            for one in function.nodes
        ]
        found += inlined(data, body, functions, inner, depth + 1)
        if len(found) > MOST_NODES:
            raise data.refuse(f"more than {MOST_NODES:,} nodes")
    return found


def is_argument(value: Any) -> bool:
    return isinstance(value, str) and value.startswith("@")
