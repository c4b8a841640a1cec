"""The trace: what one pass over a network yields. Every analysis is a function of it."""

from __future__ import annotations

from typing import Any

from convcalc.core.collection import uncollected
from convcalc.core.cost import Cost, total
from convcalc.core.execution import Execution
from convcalc.core.network import Group, Layer, Network, is_fixed
from convcalc.core.ops import Op
from convcalc.core.shape import Shape
from convcalc.errors import Span
from convcalc.record import NamedTuple


class Row(NamedTuple):
    """A layer and its cost: one pass of it, the whole batch. It stands for `times` equal layers.

    Those have `copies` sets of parameters: as many as they are, fewer where passes share theirs, none where they use
    those of the layer at the path `shares`. What no input reaches is `fixed`: it is the same for every sample, and computed once.
    """

    path: str
    op: Op
    sources: tuple[int, ...]
    inputs: tuple[Shape, ...]
    output: Shape
    cost: Cost
    times: Any = 1
    span: Span | None = None
    calls: str | None = None
    copies: Any = 1
    shares: str = ""
    fixed: bool = False
    backward: tuple[Any, Any] = (0, 0)  # MACs of the gradients of its inputs and its weights, where they were worked out

    @property
    def total(self) -> Cost:
        """The cost of all layers that the row stands for."""
        return self.cost.repeated(self.times) if self.copies is self.times else self.cost.shared(self.times, self.copies)

    @property
    def kind(self) -> Any:
        """What tells a row from another that costs the same: everything but its place."""
        return self.op, self.inputs, self.calls, self.times, self.copies, self.shares, self.fixed


class Scope(NamedTuple):
    """Rows start … stop−1 that belong together. `times` is that of the scope alone, not of those around it."""

    path: str
    kind: str
    start: int
    stop: int
    times: Any = 1
    span: Span | None = None
    entry: int = 0  # the value that a pass begins with
    shared: bool = False  # passes use one set of parameters
    replaces: str = ""  # what asked for it in the place of what the layout says


class Trace(NamedTuple):
    """The rows of a network in order, and how they nest (outer scopes first).

    Value `n` is an input for n < len(inputs), else the output of row n − len(inputs).
    """

    network: str
    inputs: tuple[Shape, ...]
    rows: list[Row]
    scopes: list[Scope]
    outputs: tuple[int, ...]
    batch: Any = 1
    execution: Execution = Execution()

    @property
    def total(self) -> Cost:
        """The cost of the whole network for the whole batch."""
        return total(row.total for row in self.rows)

    @property
    def output(self) -> Shape:
        """The shape of the first output."""
        return self.value(self.outputs[0])

    def value(self, number: int) -> Shape:
        """The shape of a value."""
        inputs = len(self.inputs)
        return self.inputs[number] if number < inputs else self.rows[number - inputs].output


def trace(network: Network, batch: Any = 1, execution: Execution = Execution()) -> Trace:  # noqa: B008  # it cannot be changed
    """Walk a network once."""
    result = Trace(network.name, network.inputs, [], [], network.outputs, batch, execution)
    with uncollected():
        walk(network.children, "", Passes(1, 1), result, {}, set())
    return result


class Passes(NamedTuple):
    """How often what is walked stands in the network, and with how many sets of parameters."""

    times: Any
    copies: Any


def walk(children: list[Layer | Group], prefix: str, passes: Passes, result: Trace, costs: dict[Any, Cost], fixed: set[int]) -> None:
    """Append the rows and scopes of some children whose paths begin with `prefix`; equal layers share their cost.

    `fixed` are the values that no input reaches.
    """
    rows, inputs = result.rows, len(result.inputs)
    for child in children:
        path = prefix + child.name if child.name else prefix.removesuffix(".")  # unnamed: the group's own layer
        if isinstance(child, Layer):
            once = is_fixed(child.sources, fixed)
            if once:
                fixed.add(inputs + len(rows))
            cost = cost_of(child, 1 if once else result.batch, costs)
            row = Row(path, child.op, child.sources, child.inputs, child.output, cost, passes.times, child.span, child.calls, passes.copies)
            if once or child.weights is not None:
                owner = "" if child.weights is None else rows[child.weights - inputs].path
                row = row._replace(copies=0 if owner else passes.copies, shares=owner, fixed=once)
            rows.append(row)
            continue
        place = len(result.scopes)
        scope = Scope(path, child.kind, len(rows), 0, child.times, child.span, child.entry, child.shared, child.replaces)
        result.scopes.append(scope)
        times = passes.times * child.times
        copies = passes.copies if child.shared else times if passes.copies is passes.times else passes.copies * child.times
        walk(child.children, path + ".", Passes(times, copies), result, costs, fixed)
        if len(rows) == scope.start:  # nothing is in it
            del result.scopes[place:]
        else:
            result.scopes[place] = scope._replace(stop=len(rows))


def cost_of(layer: Layer, batch: Any, costs: dict[Any, Cost]) -> Cost:
    """The cost of a layer for a batch, from those that are known where an equal layer is among them."""
    key = layer.op, layer.inputs, batch
    try:
        return costs[key]
    except KeyError:
        cost = costs[key] = layer.op.cost(*layer.inputs).batched(batch)
        return cost
    except TypeError:  # arrays of sizes
        return layer.op.cost(*layer.inputs).batched(batch)


def of_one_sample(trace: Trace) -> Trace:
    """A trace with the costs of one sample."""
    return trace._replace(rows=[one_sample(row) for row in trace.rows], batch=1)


def one_sample(row: Row) -> Row:
    """A row with the cost of one sample."""
    return row._replace(cost=row.op.cost(*row.inputs))


def is_in(path: str, other: str) -> bool:
    """Whether a path is another one, or below it."""
    return path == other or path.startswith(f"{other}.")
