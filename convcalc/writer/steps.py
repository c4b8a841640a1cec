"""A network as steps between values: what a layout would say of each layer, without its structure yet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from convcalc.core.network import Group, Layer, Network
from convcalc.core.ops import Op
from convcalc.core.shape import Shape
from convcalc.errors import usage
from convcalc.record import NamedTuple

Value = int


class Step(NamedTuple):
    """An op that reads values and gives one, in a module. `owner` is the value of the layer whose weights it uses."""

    value: Value
    op: Op
    sources: tuple[Value, ...]
    inputs: tuple[Shape, ...]
    output: Shape
    module: tuple[str, ...]
    name: str
    owner: Value | None = None
    followed: tuple[str, str] = ("none", "none")  # the norm and activation that were joined to it

    @property
    def kind(self) -> str:
        return self.op.name


class Steps:
    """The steps of a network by the value that each gives, in order."""

    def __init__(self, inputs: Sequence[Shape], steps: Iterable[Step], outputs: Sequence[Value]) -> None:
        self.inputs = tuple(inputs)
        self.by_value = {step.value: step for step in steps}
        self.outputs = list(outputs)
        self.instead: dict[Value, Value] = {}  # what is read in the place of steps that are left out

    def __iter__(self) -> Iterator[Step]:
        return iter(list(self.by_value.values()))

    def readers(self) -> dict[Value, list[Value]]:
        """Who reads each value; an output of the network is read by -1."""
        found: dict[Value, list[Value]] = {value: [] for value in (*range(len(self.inputs)), *self.by_value)}
        for step in self.by_value.values():
            for source in step.sources:
                found[source].append(step.value)
        for value in self.outputs:
            found[value].append(-1)
        return found

    def shape(self, value: Value) -> Shape:
        return self.inputs[value] if value < len(self.inputs) else self.by_value[value].output

    def owners(self) -> set[Value]:
        """The steps whose weights others use."""
        return {step.owner for step in self.by_value.values() if step.owner is not None}

    def put(self, step: Step) -> None:
        """A step in the place of the one that gave its value."""
        self.by_value[step.value] = step

    def drop(self, value: Value, instead: Value) -> None:
        """Leave out a step: who read its value reads another, once `settle` was called."""
        del self.by_value[value]
        self.instead[value] = instead

    def settle(self) -> None:
        """Read what stands in the place of what was left out; leave out what nobody reads any more."""
        for step in self:
            self.put(step._replace(sources=tuple(map(self.kept, step.sources))))
        self.outputs = [self.kept(value) for value in self.outputs]
        self.instead = {}
        self.sweep()

    def kept(self, value: Value) -> Value:
        while value in self.instead:
            value = self.instead[value]
        return value

    def sweep(self) -> None:
        """Leave out what nobody reads any more."""
        readers, owners = self.readers(), self.owners()
        for step in reversed(list(self)):
            if not readers[step.value] and step.value not in owners:
                del self.by_value[step.value]
                for source in step.sources:
                    readers[source].remove(step.value)


def steps_of(network: Network) -> Steps:
    """The steps of a network whose passes are written out.

    Raises:
        ConvcalcError: for a network on several samples, of which a layout cannot speak.
    """
    found: list[Step] = []

    def walk(children: list[Layer | Group], module: tuple[str, ...]) -> None:
        for child in children:
            if isinstance(child, Group):
                if child.times != 1:
                    raise usage(
                        f"{network.name} runs on a batch of {child.times}, and a layout is of one sample", "export it with a batch of 1"
                    )
                walk(child.children, (*module, child.name))
                continue
            value = len(network.inputs) + len(found)
            found.append(Step(value, child.op, child.sources, child.inputs, child.output, module, child.name, child.weights))

    walk(network.children, ())
    return Steps(network.inputs, found, network.outputs)
