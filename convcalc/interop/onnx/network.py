"""An ONNX file as a network: its inputs bound, its layers under the names of the model's modules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcalc.core.network import Network
from convcalc.core.shape import Shape
from convcalc.errors import Diagnostic, Source, Span, usage
from convcalc.interop.assembly import arranged, view
from convcalc.interop.onnx.graph import Dims, Model, Node, read_model
from convcalc.interop.onnx.lower import Graph
from convcalc.interop.onnx.paths import path_of_weights
from convcalc.interop.onnx.rules import RULES
from convcalc.interop.onnx.wire import Data

if TYPE_CHECKING:
    from convcalc.layout.source import Bytes

Fixed = tuple[int, ...]
NOBODY = Node("output", "", "", (), (), {}, "")


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
        self.unused = 0
        first = next(iter(self.model.graph.inputs.values()), None)
        self.channels = first[1] if first is not None and len(first) > 2 and isinstance(first[1], int) else None

    def network(self, shapes: tuple[Shape, ...] | None) -> Network:
        """The network on its inputs, or on others where the file leaves their sizes open.

        Raises:
            ConvcalcError: for sizes that the file fixes otherwise, and for a node that cannot be followed.
        """
        bound = self.bound(shapes)
        graph = Graph(self.model, bound, RULES)
        graph.run()
        outputs = [graph.values[name] for name in self.model.graph.outputs if name in graph.values]
        if not outputs:
            raise usage(f"{self.model.path}: the graph gives nothing", "export it again")
        last = self.model.graph.nodes[-1] if self.model.graph.nodes else NOBODY
        numbers = [graph.numbered(value, path_of_weights(last, value.stored)) for value in outputs]
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
            if len(sizes) != len(dims):
                wanted = "x".join(str(size) if isinstance(size, int) else "224" for size in dims[1:])
                raise usage(
                    f"{self.model.path}: its input `{name}` has {len(dims) - 1} sizes, the batch apart, and gets {len(given)}",
                    f"write --input {wanted}",
                )
            if any(isinstance(size, int) and size != own for size, own in zip(dims[1:], sizes[1:], strict=True)):
                stated = "×".join(map(str, dims))
                raise usage(f"{self.model.path}: the file fixes its input `{name}` as {stated}", "export it with open sizes (dynamic axes)")
            found[name] = sizes
        return found


def with_batch(dims: Dims) -> Fixed | None:
    """Sizes with a batch of one where that is open; None where another is."""
    first = tuple(1 if isinstance(size, str) else size for size in dims[:1])
    rest = tuple(size for size in dims[1:] if isinstance(size, int))
    return (*first, *rest) if len(rest) == len(dims[1:]) else None


def notes(graph: Graph) -> list[Diagnostic]:
    """What a reader of the figures has to know: ops that nobody counted, norms that are folded away."""
    found = []
    path = graph.model.path
    for node in graph.uncounted:
        message = f"{path}: {node.shown} is not counted: convcalc does not know it"
        found.append(Diagnostic("uncounted", message, None, "its MACs, if it has any, are missing", severity="warning"))
    found += [Diagnostic("branches", f"{path}: {message}", severity="warning") for message in graph.told]
    if graph.folded:
        message = f"{path}: {graph.folded:,} parameters of batch norms are folded into convolutions"
        found.append(Diagnostic("folded-norms", message, severity="note"))
    return found
