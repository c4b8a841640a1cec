"""ONNX nodes as layers: shapes worked out node by node, each cost by the op of convcalc that does the same.

Rules by op stand in `rules`; what has none is a visible layer `uncounted`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from convcalc.core.network import Layer
from convcalc.core.ops import Op, build
from convcalc.core.shape import Features, Map, Shape, Tensor
from convcalc.core.size import LARGEST_SIZE, product
from convcalc.errors import ConvcalcError, Diagnostic, Refusal, Source, Span
from convcalc.interop.onnx.arrays import Array
from convcalc.interop.onnx.constants import constant, evaluated
from convcalc.interop.onnx.graph import Model, Node, Weights
from convcalc.interop.onnx.paths import Path, path_of, path_of_weights
from convcalc.record import NamedTuple

Dims = tuple[int, ...]
MOST_AXES = 32
MOST_WORKED = 4_000_000  # elements; shapes and indices of real models have thousands


class Value(NamedTuple):
    """What a name of the graph stands for: its sizes, and a layer's output, stored weights, or known numbers."""

    dims: Dims
    number: int = -1  # of the network's values
    stored: str = ""  # the tensor that it is, perhaps laid out otherwise
    floating: bool = True
    array: Array | None = None


def view(dims: Dims) -> Shape:
    """Sizes as convcalc has them: without a batch of one, channels first where there are 4 or 5; else plain axes."""
    if len(dims) in (2, 3) and dims[0] == 1:
        return Features(dims[1:])
    if len(dims) in (4, 5) and dims[0] == 1:
        return Map(dims[1], dims[2:])
    return Tensor(dims or (1,))


def image(dims: Dims) -> Map:
    """Sizes of N×C×… as a map of one sample."""
    if not 3 <= len(dims) <= 5:
        raise Refusal("wrong-kind", f"{'×'.join(map(str, dims))} is no map with its batch")
    return Map(dims[1], dims[2:])


class Made(NamedTuple):
    """A layer, where it stands, how often for a batch, and the values that its weights are worked out from."""

    path: Path
    layer: Layer
    times: int
    needs: tuple[int, ...]


class Graph:
    """Layers made so far, and what names stand for. `rules` make those of a node, by domain and op."""

    def __init__(self, model: Model, inputs: dict[str, Dims], rules: dict[tuple[str, str], Rule]) -> None:
        self.model, self.rules = model, rules
        self.values: dict[str, Value] = {"": Value(())}
        self.layers: list[Made] = []
        self.first = len(inputs)
        self.owners: dict[str, int] = {}  # the layer that has a stored tensor among its parameters
        self.kept: dict[object, int] = {}  # the layer that gives a stored tensor, or known numbers, as a value
        self.worked = 0  # elements of known numbers that were worked out
        self.uncounted: list[Node] = []
        self.folded = 0  # channels of convolutions that carry a batch norm
        for number, (name, dims) in enumerate(inputs.items()):
            self.values[name] = Value(dims, number)
        for name, weights in model.graph.stored.items():
            self.values[name] = self.stored(name, weights)

    def stored(self, name: str, weights: Weights) -> Value:
        array = Array(weights.dims, weights.values) if weights.values is not None else None
        return Value(weights.dims, -1, name, weights.floating, array)

    # What rules ask

    def inputs(self, node: Node) -> list[Value]:
        """The values that a node reads.

        Raises:
            Refusal: for a name that nothing gives, or that a later node gives.
        """
        found = []
        for name in node.inputs:
            if name not in self.values:
                raise Refusal("bad-model", f"reads `{name}`, which nothing before it gives")
            found.append(self.values[name])
        return found

    def numbered(self, value: Value, node: Node) -> int:
        """The number of a value; stored weights and constants become a layer of their own that gives them, once."""
        if value.number >= 0:
            return value.number
        key = value.stored or (value.dims, value.array)
        if key not in self.kept:
            whole = self.model.graph.stored.get(value.stored)
            dims = (whole.dims if whole is not None else value.dims) or (1,)  # all of it, whatever part is read here
            learned = value.floating and bool(value.stored) and product(dims) > 1
            op = build("learned", {"sizes": dims, "join": "none"}) if learned else build("constant", {"sizes": dims})
            path = path_of_weights(node, value.stored)
            self.kept[key] = self.put(path, op, (), (), Tensor(dims), self.owners.get(value.stored) if learned else None)
            self.owners.setdefault(value.stored, self.kept[key])
        return self.kept[key]

    def put(
        self,
        path: Path,
        op: Op,
        sources: tuple[int, ...],
        shapes: tuple[Shape, ...],
        out: Shape,
        weights: int | None = None,
        times: int = 1,
        needs: tuple[int, ...] = (),
    ) -> int:
        """Add a layer; the number of its value.

        Raises:
            Refusal: for a value without elements, or beyond the limits.
        """
        if len(out.sizes) > MOST_AXES or not all(0 < size <= LARGEST_SIZE for size in out.sizes):
            raise Refusal("bad-model", f"gives a value of {'×'.join(map(str, out.sizes[:8]))}")
        self.layers.append(Made(path, Layer("", op, sources, shapes, out, None, None, weights), times, needs))
        return self.first + len(self.layers) - 1

    def layer(
        self,
        node: Node,
        op: Op,
        reads: Sequence[tuple[Value, Shape]],
        dims: Dims,
        out: Shape | None = None,
        weights: tuple[Value, ...] = (),
        times: int = 1,
    ) -> Value:
        """The layer of a node: what it reads as it sees it, the sizes it gives, and the weights it has."""
        sources = tuple(self.numbered(value, node) for value, _ in reads)
        known = [self.owners.get(value.stored) if value.stored else self.numbered(value, node) for value in weights]
        owner = next((number for number in known if number is not None), None)
        if owner is not None:  # what is its own beside weights of others, or that are worked out, is a layer of its own
            known = [self.numbered(value, node) if number is None else number for number, value in zip(known, weights, strict=True)]
        computed = tuple(number for number in known if number is not None)
        path = path_of(node, [value.stored for value in weights])
        number = self.put(path, op, sources, tuple(shape for _, shape in reads), out or view(dims), owner, times, computed)
        for value in weights:
            if value.stored:
                self.owners.setdefault(value.stored, number)
        return Value(dims, number)

    # The walk

    def run(self) -> None:
        """Make the layers of all nodes.

        Raises:
            ConvcalcError: for a node that cannot be followed, by its name.
        """
        for node in self.model.graph.nodes:
            try:
                self.node(node)
            except (Refusal, LookupError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
                raise self.refused(node, error) from None

    def refused(self, node: Node, error: Exception) -> ConvcalcError:
        reason = error.message if isinstance(error, Refusal) else f"its attributes or inputs do not fit ({type(error).__name__})"
        span = Span(Source(self.model.path, ()), 1, 1)
        return ConvcalcError(Diagnostic("bad-model", f"{self.model.path}: {node.shown}: {reason}", span, "export the model again"))

    def node(self, node: Node) -> None:
        """One node: worked out, another name for what there is, a layer, or a few."""
        if node.op == "Constant" and not node.domain:
            weights = constant(node)
            if weights is None:
                raise Refusal("bad-model", "a constant without a value")
            self.values[node.outputs[0]] = self.stored(node.outputs[0], weights)
            return
        inputs = self.inputs(node)
        if not node.domain:
            found = evaluated(node, [value.array for value in inputs], [value.dims for value in inputs])
            if found is not None:
                self.worked += sum(len(array.data) for array in found)
                if self.worked > MOST_WORKED:
                    raise Refusal("bad-model", f"more than {MOST_WORKED:,} elements of known numbers are worked out")
                if node.op == "ConstantOfShape":  # by its rule it may be weights too
                    [filled] = self.rules["", node.op](self, node, inputs)
                    self.values[node.outputs[0]] = filled._replace(array=found[0])
                    return
                for name, array in zip(node.outputs, found, strict=False):
                    self.values[name] = Value(array.dims, floating=any(isinstance(item, float) for item in array.data[:1]), array=array)
                return
        rule = self.rules.get((node.domain, node.op))
        outputs = rule(self, node, inputs) if rule is not None else self.unknown(node, inputs)
        for name, value in zip(node.outputs, outputs, strict=False):
            if name:
                self.values[name] = value

    def unknown(self, node: Node, inputs: list[Value]) -> list[Value]:
        """What is in none of the lists: a layer that says so, of the sizes that the file states."""
        self.uncounted.append(node)
        found = []
        for name in node.outputs:
            dims = self.model.graph.stated.get(name)
            if dims is None or not all(isinstance(size, int) for size in dims):
                raise Refusal("bad-model", "convcalc does not know this op, and the file does not state the sizes of what it gives")
            shape = view(dims)  # type: ignore[arg-type]
            reads = [(value, view(value.dims)) for value in inputs if value.number >= 0]
            found.append(self.layer(node, build("uncounted", {"out": shape, "of": node.op}), reads, dims))  # type: ignore[arg-type]
        return found


Rule = Callable[[Graph, Node, list[Value]], list[Value]]


def moved(graph: Graph, node: Node, inputs: list[Value], dims: Dims, kind: str) -> Value:
    """A layer that gives elements other places; of stored weights the same weights, laid out otherwise."""
    x = inputs[0]
    if x.number < 0 and x.stored and kind == "view":
        return x._replace(dims=dims, array=None)
    shape = view(dims)
    reads = [(value, view(value.dims)) for value in inputs if value.number >= 0 or (kind == "copy" and value.floating)]
    return graph.layer(node, build(kind, {"out": shape, "of": node.op}), reads, dims)
