"""A network as steps between values: what a layout would say of each layer, without its structure yet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from convcalc.core.network import Group, Layer, Network
from convcalc.core.ops import Op, build
from convcalc.core.shape import Features, Shape, Tensor
from convcalc.errors import usage
from convcalc.record import NamedTuple

Value = int
POINTWISE = ("batch_norm",)  # the same on vectors and on tokens


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
    needs: tuple[Value, ...] = ()  # values that its weights are worked out from
    followed: tuple[str, str] = ("none", "none")  # the norm and activation that were joined to it
    note: str = ""  # what the model calls it, where the language has no word for it

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
            for source in (*step.sources, *step.needs):
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
            self.put(step._replace(sources=tuple(map(self.kept, step.sources)), needs=tuple(map(self.kept, step.needs))))
        self.outputs = [self.kept(value) for value in self.outputs]
        self.instead = {}
        self.sweep()

    def kept(self, value: Value) -> Value:
        while value in self.instead:
            value = self.instead[value]
        return value

    def order(self) -> None:
        """Put steps in an order in which each stands behind what it reads, else as they were."""
        done: dict[Value, Step] = {}
        for first in self:
            left = [first]
            while left:
                step = left[-1]
                waiting = [self.by_value[value] for value in (*step.sources, *step.needs) if value in self.by_value and value not in done]
                if waiting and step.value not in done:
                    left += waiting[:1]
                else:
                    done[left.pop().value] = step
        self.by_value = done

    def sweep(self) -> None:
        """Leave out what nobody reads any more."""
        readers, owners = self.readers(), self.owners()
        for step in reversed(list(self)):
            if not readers[step.value] and step.value not in owners:
                del self.by_value[step.value]
                for source in (*step.sources, *step.needs):
                    readers[source].remove(step.value)


def steps_of(network: Network) -> Steps:
    """The steps of a network whose passes are written out.

    Raises:
        ConvcalcError: for repeats, which imported networks do not have.
    """
    found: list[Step] = []

    def walk(children: list[Layer | Group], module: tuple[str, ...]) -> None:
        for child in children:
            if isinstance(child, Group) and child.kind == "batch":
                [layer] = child.children
                assert isinstance(layer, Layer)
                found.append(on_batch(step_of(layer, module, child.name), child.times))
            elif isinstance(child, Group):
                if child.times != 1:
                    raise usage(f"{network.name} has repeats", "write them out")
                walk(child.children, (*module, child.name))
            else:
                found.append(step_of(child, module, child.name))

    def step_of(layer: Layer, module: tuple[str, ...], name: str) -> Step:
        value = len(network.inputs) + len(found)
        return Step(value, layer.op, layer.sources, layer.inputs, layer.output, module, name, layer.weights, layer.needs)

    walk(network.children, ())
    return Steps(network.inputs, found, network.outputs)


def on_batch(step: Step, times: int) -> Step:
    """A step on several samples, an axis of a tensor here: of vectors it is the same op on tokens, else one that states its figures."""
    if step.op.name in POINTWISE and all(len(shape.sizes) == 1 for shape in step.inputs):
        inputs = tuple(Features((times, *shape.sizes)) for shape in step.inputs)
        return step._replace(inputs=inputs, output=step.op.out_shape(*inputs))
    cost = step.op.cost(*step.inputs)
    out = Tensor((times, *step.output.sizes))
    figures = {"macs": cost.macs * times, "activations": cost.activations * times, "buffers": cost.buffers}
    parameters = cost.params if step.owner is None else 0
    op = build("custom", {"cout": out.sizes[-1], "size": out.sizes[:-1], "params": parameters, **figures})
    seen = tuple(Tensor((times, *shape.sizes)) for shape in step.inputs)
    return step._replace(op=op, inputs=seen, output=out, owner=None, note=f"{step.op.name} on {times} at once")
