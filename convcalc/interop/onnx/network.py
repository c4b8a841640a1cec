"""An ONNX file as a network: its inputs bound, its layers under the names of the model's modules."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from convcalc.core.network import Group, Layer, Network
from convcalc.core.shape import Shape
from convcalc.errors import Diagnostic, Source, Span, usage
from convcalc.interop.onnx.graph import Dims, Model, read_model
from convcalc.interop.onnx.lower import Graph, Made, view
from convcalc.interop.onnx.paths import Path
from convcalc.interop.onnx.rules import RULES
from convcalc.interop.onnx.wire import Data

if TYPE_CHECKING:
    from convcalc.layout.source import Bytes

Fixed = tuple[int, ...]
DEEPEST = 50  # modules inside each other


class Imported:
    """A model of a file. `inputs` are the shapes that it fixes by name, None where a size but the batch is open."""

    def __init__(self, data: Bytes, shown: str) -> None:
        self.model: Model = read_model(Data(data, shown))
        self.inputs: dict[str, Shape | None] = {}
        for name, dims in self.model.graph.inputs.items():
            if dims is None:
                raise usage(f"{shown}: the file does not say what shape its input `{name}` has", "export it again")
            fixed = with_batch(dims)
            self.inputs[name] = view(fixed) if fixed is not None else None
        self.notes: list[Diagnostic] = []

    def network(self, shapes: tuple[Shape, ...] | None) -> Network:
        """The network on its inputs, or on others where the file leaves their sizes open.

        Raises:
            ConvcalcError: for sizes that the file fixes otherwise, and for a node that cannot be followed.
        """
        bound = self.bound(shapes)
        graph = Graph(self.model, bound, RULES)
        graph.run()
        outputs = [graph.values[name] for name in self.model.graph.outputs if name in graph.values]
        numbers = [graph.numbered(value, self.model.graph.nodes[-1]) for value in outputs]
        if not numbers:
            raise usage(f"{self.model.path}: the graph gives nothing", "export it again")
        children, places = arranged(graph, numbers)
        self.notes = notes(graph)
        inputs = tuple(view(dims) for dims in bound.values())
        span = Span(Source(self.model.path, ()), 1, 1)
        return Network(self.model.graph.name or "graph", inputs, children, tuple(places[number] for number in numbers), span)

    def bound(self, shapes: tuple[Shape, ...] | None) -> dict[str, Fixed]:
        """The sizes of all inputs, the batch among them."""
        found: dict[str, Fixed] = {}
        for place, (name, dims) in enumerate(self.model.graph.inputs.items()):
            assert dims is not None
            fixed = with_batch(dims)
            if shapes is None:
                if fixed is None:
                    open_ = ", ".join(str(size) for size in dims[1:] if isinstance(size, str))
                    raise usage(f"{self.model.path}: the sizes {open_} of its input `{name}` are open", "give them: --input 3x224x224")
                found[name] = fixed
                continue
            given = shapes[place].sizes
            sizes = (fixed[0] if fixed else 1, *given) if len(given) == len(dims) - 1 else given
            if len(sizes) != len(dims) or any(isinstance(size, int) and size != own for size, own in zip(dims[1:], sizes[1:], strict=True)):
                stated = "×".join(map(str, dims))
                raise usage(f"{self.model.path}: the file fixes its input `{name}` as {stated}", "export it with open sizes (dynamic axes)")
            found[name] = sizes
        return found


def with_batch(dims: Dims) -> Fixed | None:
    """Sizes with a batch of one where that is open; None where another is."""
    first = tuple(1 if isinstance(size, str) else size for size in dims[:1])
    rest = tuple(size for size in dims[1:] if isinstance(size, int))
    return (*first, *rest) if len(rest) == len(dims[1:]) else None


def live(graph: Graph, outputs: list[int]) -> set[int]:
    """The values that the outputs depend on."""
    found, left = set[int](), list(outputs)
    while left:
        number = left.pop()
        if number < graph.first or number in found:
            continue
        found.add(number)
        made = graph.layers[number - graph.first]
        left += [*made.layer.sources, *made.needs]
    return found


def arranged(graph: Graph, outputs: list[int]) -> tuple[list[Layer | Group], dict[int, int]]:
    """Layers that reach an output, as the tree of their modules, and the new number of each value."""
    alive = live(graph, outputs)
    places = {number: number for number in range(graph.first)}
    kept: list[Made] = []
    for number, made in enumerate(graph.layers, graph.first):
        if number in alive:
            places[number] = graph.first + len(kept)
            layer = made.layer
            owner = places[layer.weights] if layer.weights is not None else None
            kept.append(made._replace(layer=layer._replace(sources=tuple(places[source] for source in layer.sources), weights=owner)))
    return tree(kept, [parts(name) for name in named([made.path for made in kept])], 0), places


def parts(name: str) -> list[str]:
    """The names of the modules around a layer, and its own; what is nested too deep is one name."""
    return [part for part in name.split(".", DEEPEST) if part] or [name]


def named(paths: list[Path]) -> list[str]:
    """The names of layers, each once: a module that has but one is that layer."""
    within = Counter(module for path in paths for module in modules(path))
    taken: dict[str, int] = {}
    return [unique(path.module if path.module and within[path.module] == 1 else path.text, taken) for path in paths]


def modules(path: Path) -> list[str]:
    """The module of a layer and those around it."""
    names = path.module.split(".", DEEPEST)
    return [".".join(names[: number + 1]) for number in range(len(names))]


def unique(path: str, taken: dict[str, int]) -> str:
    """A path that no earlier layer has."""
    count = taken[path] = taken.get(path, 0) + 1
    return path if count == 1 else f"{path}_{count}"


def tree(layers: list[Made], names: list[list[str]], depth: int) -> list[Layer | Group]:
    """Layers whose paths agree up to a depth, neighbours of one module as a group."""
    found: list[Layer | Group] = []
    place = 0
    while place < len(layers):
        name, end = names[place][depth], place + 1
        if len(names[place]) == depth + 1:
            found.append(batched(name, layers[place]))
        else:
            while end < len(layers) and len(names[end]) > depth + 1 and names[end][depth] == name:
                end += 1
            found.append(Group(name, "module", tree(layers[place:end], names[place:end], depth + 1)))
        place = end
    return found


def batched(name: str, made: Made) -> Layer | Group:
    """A layer; for a fixed batch of several as many of it, with one set of weights."""
    if made.times == 1:
        return made.layer._replace(name=name)
    return Group(name, "batch", [made.layer], made.times, shared=True)


def notes(graph: Graph) -> list[Diagnostic]:
    """What a reader of the figures has to know: ops that nobody counted, norms that are folded away."""
    found = []
    path = graph.model.path
    for node in graph.uncounted:
        message = f"{path}: {node.shown} is not counted: convcalc does not know it"
        found.append(Diagnostic("uncounted", message, None, "its MACs, if it has any, are missing", severity="warning"))
    if graph.folded:
        message = f"{path}: {graph.folded:,} parameters of batch norms are folded into convolutions"
        found.append(Diagnostic("folded-norms", message, severity="note"))
    return found
