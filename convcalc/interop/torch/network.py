"""A PyTorch module as a design that every function takes."""

from __future__ import annotations

from typing import Any

from convcalc.core.network import Network
from convcalc.core.shape import Shape
from convcalc.core.size import product
from convcalc.errors import Diagnostic, Source, Span, usage
from convcalc.interop.assembly import arranged, view
from convcalc.interop.modules import Path
from convcalc.interop.torch.lower import Run
from convcalc.interop.torch.program import Program
from convcalc.interop.torch.rules import RULES
from convcalc.layout.library import of_graph
from convcalc.layout.model import Model

OUTPUT = Path("", "output")


class Traced:
    """A module as its program; its sizes are those of the inputs that it was given."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.inputs: dict[str, Shape | None] = {entry.name: view(entry.dims) for entry in program.inputs}
        self.notes: list[Diagnostic] = []
        self.unused = 0
        self.channels: int | None = None  # its inputs are fixed

    def network(self, shapes: tuple[Shape, ...] | None) -> Network:
        """The network on its inputs.

        Raises:
            ConvcalcError: for other inputs, and for a call that cannot be followed.
        """
        name = self.program.name
        own = tuple(view(entry.dims) for entry in self.program.inputs)
        if shapes is not None and tuple(shape.sizes for shape in shapes) != tuple(shape.sizes for shape in own):
            raise usage(
                f"{name} was traced on {', '.join('×'.join(map(str, shape.sizes)) for shape in own)}", "call from_torch with other inputs"
            )
        run = Run(self.program, RULES)
        run.run()
        outputs = [run.values[name] for name in self.program.outputs if name in run.values]
        if not outputs:
            raise usage(f"{name} gives no tensor", "give a module whose output is one")
        numbers = [run.numbered(value, OUTPUT) for value in outputs]
        unused = run.unused(numbers)
        children, places = arranged(run, numbers, unused.values())
        self.notes = notes(run, list(unused))
        self.unused = sum(product(run.sizes[name]) for name in unused if name in self.program.parameters)
        span = Span(Source(name, ()), 1, 1)
        return Network(name, own, children, tuple(places[number] for number in numbers), span)


def notes(run: Run, unused: list[str]) -> list[Diagnostic]:
    """What a reader of the figures has to know: ops that nobody counted, parameters that this run does not use, one run."""
    found = []
    name = run.program.name
    for call in run.uncounted:
        message = f"{name}: aten.{call.op} in `{call.module}` is not counted: convcalc does not know it"
        found.append(Diagnostic("uncounted", message, None, "its MACs, if it has any, are missing", severity="warning"))
    if any(name in run.program.parameters for name in unused):
        modules = dict.fromkeys(path.partition(".")[0] for path in unused if path in run.program.parameters)
        message = f"{name}: parameters of {', '.join(modules)} are counted, and this run does not use them"
        found.append(Diagnostic("unused-parameters", message, severity="note"))
    if run.program.recorded:
        message = f"{name}: torch.export cannot follow it; counted in one run, which another input may not take"
        found.append(Diagnostic("one-run", message, severity="note"))
    return found


def from_torch(module: Any, *inputs: Any, train: bool = False) -> Model:
    """A PyTorch module as a design that every function takes: `convcalc.summary(convcalc.from_torch(model, (1, 3, 224, 224)))`.

    A copy without data is exported by torch.export (non-strict), and each aten op is counted as convcalc counts it. Where
    that fails, one run of the module on real tensors is recorded. PyTorch 2.6 or newer is imported by this call alone.

    Args:
        module: a torch.nn.Module.
        inputs: a tensor each, or the sizes of one, batch first.
        train: whether the module is in training mode; in evaluation otherwise, whatever its own is.

    Raises:
        ConvcalcError: without PyTorch, for what is no module, and for a module that runs on no such inputs.
    """
    from convcalc.interop.torch.host import program_of  # who has no PyTorch pays nothing

    graph = Traced(program_of(module, inputs, train))
    return Model(graph.program.name, of_graph(graph, graph.inputs, graph.program.name))
