"""ONNX nodes as layers: shapes worked out node by node, each cost by the op of convcalc that does the same.

Rules by op stand in `rules`; what has none is a visible layer `uncounted`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from convcalc.core.ops import Op, build
from convcalc.core.shape import Shape
from convcalc.errors import ConvcalcError, Diagnostic, Refusal, Source, Span
from convcalc.interop.arrays import Array
from convcalc.interop.assembly import Assembly, Dims, Value, view
from convcalc.interop.onnx.constants import constant, evaluated
from convcalc.interop.onnx.graph import Graph as Inner
from convcalc.interop.onnx.graph import Model, Node, Weights
from convcalc.interop.onnx.paths import path_of, path_of_weights

MOST_WORKED = 4_000_000  # elements; shapes and indices of real models have thousands


class Graph(Assembly):
    """Layers made so far, and what names stand for. `rules` make those of a node, by domain and op."""

    def __init__(self, model: Model, inputs: dict[str, Dims], rules: dict[tuple[str, str], Rule]) -> None:
        super().__init__(len(inputs), {name: weights.dims for name, weights in model.graph.stored.items()})
        self.model, self.rules = model, rules
        self.values: dict[str, Value] = {"": Value(())}
        self.worked = 0  # elements of known numbers that were worked out
        self.uncounted: list[Node] = []
        self.folded = 0  # channels of convolutions that carry a batch norm
        self.told: list[str] = []  # what of its control flow a reader has to know
        self.stated = dict(model.graph.stated)
        self.passes = 1  # of the loops around
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
        placed = [(value, path_of_weights(node, value.stored)) for value in weights]
        path = path_of(node, [value.stored for value in weights if value.stored not in self.owners])  # not the name of another's
        reading = [(value, shape, path_of_weights(node, value.stored)) for value, shape in reads]
        return self.weighted(path, op, reading, dims, out, placed, times * self.passes)

    def sizes_stated(self, name: str) -> Dims | None:
        """The sizes of a value that the file states, where none is open."""
        dims = self.stated.get(name)
        fixed = tuple(size for size in dims or () if isinstance(size, int))
        return fixed if dims is not None and len(fixed) == len(dims) else None

    def macs_since(self, place: int) -> int:
        """The MACs of the layers made since there were so many."""
        return sum(made.layer.op.cost(*made.layer.inputs).macs * made.times for made in self.layers[place:])

    def inside(self, inner: Inner, given: dict[str, Value], passes: int = 1) -> list[Value]:
        """Make the layers of a graph inside a node, so many times; what it gives."""
        self.stated |= inner.stated
        self.sizes |= {name: weights.dims for name, weights in inner.stored.items()}
        self.values |= given | {name: self.stored(name, weights) for name, weights in inner.stored.items()}
        self.passes *= passes
        for node in inner.nodes:
            self.node(node)
        self.passes //= passes
        missing = next((name for name in inner.outputs if name not in self.values), None)
        if missing is not None:
            raise Refusal("bad-model", f"the graph in it gives `{missing}`, which nothing makes")
        return [self.values[name] for name in inner.outputs]

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
            dims = self.sizes_stated(name)
            if dims is None:
                raise Refusal("bad-model", "convcalc does not know this op, and the file does not state the sizes of what it gives")
            shape = view(dims)
            reads = [(value, view(value.dims)) for value in inputs if value.number >= 0]
            found.append(self.layer(node, build("uncounted", {"out": shape, "of": node.op}), reads, dims))
        return found


Rule = Callable[[Graph, Node, list[Value]], list[Value]]


def moved(graph: Graph, node: Node, inputs: list[Value], dims: Dims, kind: str, **where: Dims) -> Value:
    """A layer that gives elements other places; of stored weights the same weights, laid out otherwise."""
    x = inputs[0]
    if x.number < 0 and x.stored and kind == "view":
        return x._replace(dims=dims, array=None)
    shape = view(dims)
    reads = [(value, view(value.dims)) for value in inputs if value.number >= 0 or (kind == "copy" and value.floating)]
    return graph.layer(node, build(kind, {"out": shape, "of": node.op, **where}), reads, dims)
