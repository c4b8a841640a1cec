"""Calls of aten ops as layers, each cost by the op of convcalc that does the same; their sizes are those of the run.

Rules by op stand in `rules`; what has none is a visible layer `uncounted`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from convcalc.core.ops import Op, build
from convcalc.core.shape import Shape, Tensor
from convcalc.errors import ConvcalcError, Diagnostic, Refusal
from convcalc.interop.assembly import Assembly, Dims, Value, live, view
from convcalc.interop.modules import Path
from convcalc.interop.torch.program import Call, Out, Program, Ref

WHERE = Path("", "constant")


class Run(Assembly):
    """Layers made so far, and what the names of a program stand for."""

    def __init__(self, program: Program, rules: dict[str, Rule]) -> None:
        super().__init__(len(program.inputs), {**program.parameters, **program.buffers})
        self.program, self.rules = program, rules
        self.values: dict[str, Value] = {}
        self.uncounted: list[Call] = []
        self.with_norms: dict[str, int] = {}  # statistics by the batch norm that counts them
        for number, entry in enumerate(program.inputs):
            self.values[entry.name] = Value(entry.dims, number, "", entry.floating)
        for name, dims in program.parameters.items():
            self.values[name] = Value(dims, -1, name)
        for name, dims in program.buffers.items():
            self.values[name] = Value(dims, -1, name, False)

    # What rules ask

    def value(self, call: Call, key: str) -> Value | None:
        """A tensor among the arguments of a call."""
        name = call.ref(key)
        return self.values.get(name) if name else None

    def tensors(self, call: Call) -> list[Value]:
        """All tensors that a call reads."""
        return [self.values[name] for name in refs(call.args.values()) if name in self.values]

    def layer(
        self,
        call: Call,
        op: Op,
        reads: Sequence[tuple[Value, Shape]],
        out: Dims | Out | None = None,
        shape: Shape | None = None,
        weights: Sequence[Value | None] = (),
        times: int = 1,
    ) -> Value:
        """The layer of a call: what it reads as it sees it, the sizes it gives, and the weights it has."""
        out = call.outs[0] if out is None else out
        dims = out.dims if isinstance(out, Out) else out
        assert dims is not None
        given = [value if value.floating or not value.stored else self.kept_as(value) for value in weights if value is not None]
        path = Path(call.module, op.name)
        placed = [(value, path_of(value, path)) for value in given]
        reading = [(value, seen, path_of(value, path)) for value, seen in reads]
        made = self.weighted(path, op, reading, dims, shape, placed, times)
        return made._replace(floating=out.floating if isinstance(out, Out) else True)

    def kept_as(self, value: Value) -> Value:
        """A buffer in the place of weights: a value of its own, with no parameters."""
        return Value(value.dims, self.numbered(value, path_of(value, WHERE)))

    # The walk

    def run(self) -> None:
        """Make the layers of all calls.

        Raises:
            ConvcalcError: for a call that cannot be followed.
        """
        for call in self.program.calls:
            try:
                self.call(call)
            except (Refusal, LookupError, TypeError, ValueError, AttributeError, ArithmeticError, AssertionError) as error:
                raise refused(self.program, call, error) from error

    def call(self, call: Call) -> None:
        """One call: another name for what there is, a layer, or a few."""
        if call.op == "getitem":
            self.values[call.outs[0].name] = self.values[f"{call.ref('of')}.{call.args['place']}"]  # type: ignore[union-attr]
            return
        if not any(out is not None and all(size > 0 for size in out.dims) for out in call.outs):
            self.values |= {out.name: Value(out.dims, floating=False) for out in call.outs if out is not None}
            return
        rule = self.rules.get(call.op)
        outputs = rule(self, call) if rule is not None else self.unknown(call)
        for out, value in zip(call.outs, outputs, strict=False):
            if out is not None:
                self.values[out.name] = value._replace(dims=out.dims) if value.number >= 0 or value.stored else value

    def unknown(self, call: Call) -> list[Value]:
        """What is in none of the lists: a layer that says so."""
        self.uncounted.append(call)
        reads = [(value, view(value.dims)) for value in self.tensors(call)]
        return [
            self.layer(call, build("uncounted", {"out": view(out.dims), "of": call.op}), reads, out) if out is not None else Value(())
            for out in call.outs
        ]

    def unused(self, outputs: Sequence[int]) -> dict[str, int]:
        """Parameters and buffers that reach no output: layers of their own that nothing reads, so that all the module's are counted."""
        alive = live(self, outputs)
        left = {name: "learned" for name in self.program.parameters if self.owners.get(name, -1) not in alive}
        left |= {name: "constant" for name in self.program.buffers if self.with_norms.get(name, self.kept.get(name, -1)) not in alive}
        made = {}
        for name, kind in left.items():
            module, _, word = name.rpartition(".")
            sizes = self.sizes[name] or (1,)
            op = build(kind, {"sizes": sizes, **({"join": "none"} if kind == "learned" else {})})
            made[name] = self.put(Path(module, word), op, (), (), Tensor(sizes))
        return made


def path_of(value: Value, default: Path) -> Path:
    """Where a value stands: stored tensors have their module in their name."""
    module, _, word = value.stored.rpartition(".")
    return Path(module, word) if value.stored else default


def refs(items: Any) -> Iterator[str]:
    """The names of all tensors among arguments."""
    for item in items:
        if isinstance(item, Ref):
            yield item.name
        elif isinstance(item, list | tuple):
            yield from refs(item)


def refused(program: Program, call: Call, error: Exception) -> ConvcalcError:
    reason = error.message if isinstance(error, Refusal) else f"its arguments do not fit ({type(error).__name__})"
    message = f"{program.name}: aten.{call.op} in `{call.module or 'the module itself'}`: {reason}"
    return ConvcalcError(Diagnostic("bad-model", message, None, "report the module, or export it to ONNX"))


Rule = Callable[[Run, Call], list[Value]]


def moved(run: Run, call: Call, kind: str, **where: Dims) -> list[Value]:
    """A layer that gives elements other places; of stored weights the same weights, laid out otherwise."""
    tensors = run.tensors(call)[: 1 if kind == "view" else None]  # view_as looks at the sizes of a second one alone
    found = []
    for out in call.outs:
        if out is None:
            found.append(Value(()))
        elif kind == "view" and tensors and tensors[0].number < 0 and tensors[0].stored:
            found.append(tensors[0]._replace(dims=out.dims))
        else:
            op = build(kind, {"out": view(out.dims), "of": call.op, **where})
            reads = [(value, view(value.dims)) for value in tensors if value.dims or value.number >= 0]
            found.append(run.layer(call, op, reads, out))
    return found
