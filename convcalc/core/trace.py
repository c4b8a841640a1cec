"""The trace: what one pass over a network yields. Every analysis is a function of it."""

from __future__ import annotations

from typing import Any, NamedTuple

from convcalc.core.collection import uncollected
from convcalc.core.cost import Cost, total
from convcalc.core.network import Group, Layer, Network
from convcalc.core.ops import Op
from convcalc.core.shape import Shape
from convcalc.errors import Span


class Row(NamedTuple):
    """A layer and its cost: one pass of it, the whole batch. It stands for `times` equal layers."""

    path: str
    op: Op
    sources: tuple[int, ...]
    inputs: tuple[Shape, ...]
    output: Shape
    cost: Cost
    times: Any = 1
    span: Span | None = None
    calls: str | None = None

    @property
    def total(self) -> Cost:
        """The cost of all layers that the row stands for."""
        return self.cost.repeated(self.times)


class Scope(NamedTuple):
    """Rows start … stop−1 that belong together. `times` is that of the scope alone, not of those around it."""

    path: str
    kind: str
    start: int
    stop: int
    times: Any = 1
    span: Span | None = None
    entry: int = 0  # the value that a pass begins with


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


def trace(network: Network, batch: Any = 1) -> Trace:
    """Walk a network once."""
    result = Trace(network.name, network.inputs, [], [], network.outputs, batch)
    with uncollected():
        walk(network.children, "", 1, result, {})
    return result


def walk(children: list[Layer | Group], prefix: str, times: Any, result: Trace, costs: dict[Any, Cost]) -> None:
    """Append the rows and scopes of some children whose paths begin with `prefix`; equal layers share their cost."""
    rows, batch = result.rows, result.batch
    for child in children:
        path = prefix + child.name if child.name else prefix.removesuffix(".")  # unnamed: the group's own layer
        if isinstance(child, Layer):
            key = child.op, child.inputs
            try:
                cost = costs[key]
            except KeyError:
                cost = costs[key] = child.op.cost(*child.inputs).batched(batch)
            except TypeError:  # arrays of sizes
                cost = child.op.cost(*child.inputs).batched(batch)
            rows.append(Row(path, child.op, child.sources, child.inputs, child.output, cost, times, child.span, child.calls))
            continue
        place = len(result.scopes)
        scope = Scope(path, child.kind, len(rows), 0, child.times, child.span, child.entry)
        result.scopes.append(scope)
        walk(child.children, path + ".", times * child.times, result, costs)
        if len(rows) == scope.start:  # nothing is in it
            del result.scopes[place:]
        else:
            result.scopes[place] = scope._replace(stop=len(rows))


def one_sample(row: Row) -> Row:
    """A row with the cost of one sample."""
    return row._replace(cost=row.op.cost(*row.inputs))
