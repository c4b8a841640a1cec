"""An imported model as layers: what its names stand for, who has which parameters, and what reaches an output."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from convcalc.core.network import Group, Layer
from convcalc.core.ops import Op, build
from convcalc.core.shape import Features, Map, Shape, Tensor
from convcalc.core.size import LARGEST_SIZE, product
from convcalc.errors import Refusal
from convcalc.interop.arrays import Array
from convcalc.interop.modules import Made, Path, named, parts, tree
from convcalc.record import NamedTuple

Dims = tuple[int, ...]
MOST_AXES = 32


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


class Assembly:
    """Layers made so far. Values are numbered as a network's are; stored tensors are known by name."""

    def __init__(self, inputs: int, stored: dict[str, Dims]) -> None:
        self.first = inputs
        self.sizes = stored
        self.layers: list[Made] = []
        self.owners: dict[str, int] = {}  # the layer that has a stored tensor among its parameters
        self.kept: dict[object, int] = {}  # the layer that gives a stored tensor, or known numbers, as a value

    def numbered(self, value: Value, path: Path) -> int:
        """The number of a value; stored weights and constants become a layer of their own that gives them, once."""
        if value.number >= 0:
            return value.number
        key = value.stored or (value.dims, value.array)
        if key not in self.kept:
            dims = self.sizes.get(value.stored, value.dims) or (1,)  # all of it, whatever part is read here
            learned = value.floating and bool(value.stored) and product(dims) > 1
            op = build("learned", {"sizes": dims, "join": "none"}) if learned else build("constant", {"sizes": dims})
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
        self.layers.append(Made(path, Layer("", op, sources, shapes, out, None, None, weights, needs), times))
        return self.first + len(self.layers) - 1

    def weighted(
        self,
        path: Path,
        op: Op,
        reads: Sequence[tuple[Value, Shape, Path]],
        dims: Dims,
        out: Shape | None = None,
        weights: Sequence[tuple[Value, Path]] = (),
        times: int = 1,
    ) -> Value:
        """Add a layer that reads values, each as it sees it, and has weights; the value that it gives.

        Raises:
            Refusal: for a value without elements, or beyond the limits.
        """
        sources = tuple(self.numbered(value, place) for value, _, place in reads)
        known = [self.owners.get(value.stored) if value.stored else self.numbered(value, place) for value, place in weights]
        owner = next((number for number in known if number is not None), None)
        if owner is not None:  # what is its own beside weights of others, or that are worked out, is a layer of its own
            known = [
                self.numbered(value, place) if number is None else number for number, (value, place) in zip(known, weights, strict=True)
            ]
        computed = tuple(number for number in known if number is not None)
        number = self.put(path, op, sources, tuple(shape for _, shape, _ in reads), out or view(dims), owner, times, computed)
        for value, _ in weights:
            if value.stored:
                self.owners.setdefault(value.stored, number)
        return Value(dims, number)


def live(graph: Assembly, outputs: Iterable[int]) -> set[int]:
    """The values that the outputs depend on."""
    found, left = set[int](), list(outputs)
    while left:
        number = left.pop()
        if number < graph.first or number in found:
            continue
        found.add(number)
        made = graph.layers[number - graph.first]
        left += [*made.layer.sources, *made.layer.needs]
    return found


def arranged(graph: Assembly, outputs: Iterable[int], others: Iterable[int] = ()) -> tuple[list[Layer | Group], dict[int, int]]:
    """Layers that reach an output, and those of other values, as the tree of their modules; and the new number of each value."""
    alive = live(graph, outputs) | set(others)
    places = {number: number for number in range(graph.first)}
    kept: list[Made] = []
    for number, made in enumerate(graph.layers, graph.first):
        if number in alive:
            places[number] = graph.first + len(kept)
            layer = made.layer
            owner = places[layer.weights] if layer.weights is not None else None
            sources, needs = (tuple(places[value] for value in values) for values in (layer.sources, layer.needs))
            kept.append(made._replace(layer=layer._replace(sources=sources, weights=owner, needs=needs)))
    return tree(kept, [parts(name) for name in named([made.path for made in kept])], 0), places
