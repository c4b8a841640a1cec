"""Counting conventions: what another counter makes of the same trace, and why it differs.

A convention is data: a table from op to terms, each a label and a rule over what a row holds. Rules come as plain
functions of named numbers, so that this room needs no language.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from convcalc.analysis.gradients import with_backward
from convcalc.analysis.metric import inside as macs_inside
from convcalc.analysis.passes import Apart, whole
from convcalc.core.ops import TRAITS
from convcalc.core.shape import Map, Shape
from convcalc.core.size import product
from convcalc.core.trace import Row, Trace, one_sample
from convcalc.record import NamedTuple

MACS = "macs"  # the label of the term that stands for a row's own MACs
Numbers = Callable[[str], Any]


class Term(NamedTuple):
    """A part of what an op counts for; without a label it is called after the op."""

    label: str
    rule: Callable[[Numbers], Any]

    def called(self, op: str) -> str:
        """Its name in a bridge; one expression of a convolution or linear layer stands for its MACs."""
        return self.label or (MACS if op in ("conv", "linear") else op)


class Convention(NamedTuple):
    """A counting rule: `rules` by op; what is not in them counts nothing."""

    name: str
    version: str
    unit: str  # MAC or FLOP
    counts: str  # what it counts, in one line
    rules: dict[str, tuple[Term, ...]]
    per_sample: bool = False  # the tool ignores the batch
    path: str = ""
    backward: bool = False  # it counts the backward pass


class Step(NamedTuple):
    """A term of the bridge from `mac` to a convention."""

    term: str
    amount: Any


BACKWARD = ("input_gradient", "weight_gradient")  # facts of the backward pass

# What a rule may ask of a row: one pass of it, the whole batch.
FACTS: dict[str, Callable[[Row, Any], Any]] = {
    "macs": lambda row, _: row.cost.macs,
    "params": lambda row, _: row.cost.params,
    "buffers": lambda row, _: row.cost.buffers,
    "adds": lambda row, _: row.cost.adds,
    "multiplies": lambda row, _: row.cost.multiplies,
    "comparisons": lambda row, _: row.cost.comparisons,
    "divisions": lambda row, _: row.cost.divisions,
    "transcendentals": lambda row, _: row.cost.transcendentals,
    "input": lambda row, batch: row.inputs[0].elements * batch if row.inputs else 0,
    "inputs": lambda row, batch: sum(shape.elements for shape in row.inputs) * batch,
    "output": lambda row, batch: row.output.elements * batch,
    "activations": lambda row, _: row.cost.activations,
    "bias": lambda row, batch: biased(row, batch),
    "inside": lambda row, _: macs_inside(row, row.cost),
    "input_gradient": lambda row, _: row.backward[0],
    "weight_gradient": lambda row, _: row.backward[1],
    "batch": lambda _, batch: batch,
    "cin": lambda row, _: row.inputs[0].channels if row.inputs else 0,
    "cout": lambda row, _: row.output.channels,
    "groups": lambda row, _: getattr(row.op, "groups", 1),
    "heads": lambda row, _: getattr(row.op, "heads", 1),
    "gates": lambda row, _: getattr(row.op, "gates", 1),
    "letters": lambda row, batch: row.op.letters(*row.inputs) * batch if hasattr(row.op, "letters") else 0,
    "estimate": lambda row, batch: estimate(row, batch),
    "projections": lambda row, batch: row.op.projected(*row.inputs) * batch if hasattr(row.op, "projected") else 0,
    "scores": lambda row, batch: row.op.scored(*row.inputs) * batch if hasattr(row.op, "scored") else 0,
    "kernel": lambda row, _: product(getattr(row.op, "kernel", ())),
    "axes": lambda row, _: len(row.inputs[0].spatial) if row.inputs and isinstance(row.inputs[0], Map) else 0,
    "positions": lambda row, batch: row.output.elements // row.output.channels * batch,
    "tokens": lambda row, _: keys_of(row).elements // keys_of(row).channels if row.inputs else 0,
    "slid": lambda row, batch: slid(row) * batch,
    "affine": lambda row, _: bool(getattr(row.op, "affine", False)),
    "mode": lambda row, _: getattr(row.op, "mode", "none"),
    "called": lambda row, _: row.calls or TRAITS[row.op.name].called,
}


def keys_of(row: Row) -> Shape:
    """The last input, but for what is added to the scores of an attention."""
    return row.inputs[-1 - bool(getattr(row.op, "scores", False) is True and len(row.inputs) > 1)]


def biased(row: Row, batch: Any) -> Any:
    """Elements to which a bias is added: what an op says, else the outputs of a layer that has one."""
    if hasattr(row.op, "biased"):
        return row.op.biased(*row.inputs) * batch
    return row.cost.activations if getattr(row.op, "bias", False) else 0


def estimate(row: Row, batch: Any) -> Any:
    """What `numpy.einsum_path` prints as the count of an einsum's operations, of four digits; 0 for other ops."""
    if not hasattr(row.op, "letters"):
        return 0
    op: Any = row.op
    return int(float(f"{1 + op.letters(*row.inputs) * batch * (1 + op.sums):.3e}"))


def slid(row: Row) -> Any:
    """Positions of the row's kernel sliding over its input without padding its output: what some counters take for
    the output of a transposed convolution."""
    op, shape = row.op, row.inputs[0] if row.inputs else None
    kernel, stride = getattr(op, "kernel", ()), getattr(op, "stride", ())
    if not isinstance(shape, Map) or not kernel:
        return 1
    return product((n - k) // s + 1 for n, k, s in zip(shape.spatial, kernel, stride, strict=True))


def terms(row: Row, convention: Convention, batch: Any) -> list[tuple[str, Any]]:
    """What a row counts for, term by term, all its layers together."""
    if row.fixed or (convention.per_sample and batch != 1):
        row, batch = one_sample(row), 1

    def numbers(name: str) -> Any:
        return FACTS[name](row, batch)

    op = row.op.name
    return [(term.called(op), term.rule(numbers) * row.times) for term in convention.rules.get(op, ())]


def counted(row: Row, convention: Convention, batch: Any) -> Any:
    """What a row counts for; it has to know its backward pass where that is counted."""
    return sum(amount for _, amount in terms(row, convention, batch))


def counted_layers(trace: Trace, convention: Convention) -> list[Any]:
    """What each row of a trace counts for."""
    apart = prepared(trace, convention)
    found: list[Any] = [0] * len(trace.rows)
    for origin, row in zip(apart.origins, apart.trace.rows, strict=True):
        found[origin] = found[origin] + counted(row, convention, trace.batch)
    return found


def prepared(trace: Trace, convention: Convention) -> Apart:
    """A trace whose rows know what a convention asks of them."""
    return with_backward(trace) if convention.backward else whole(trace)


def total(trace: Trace, convention: Convention) -> Any:
    """What a network counts for: the figure that the tool prints."""
    return total_and_bridge(prepared(trace, convention).trace, convention)[0]


def by_op(trace: Trace, convention: Convention) -> dict[str, Any]:
    """What each op counts for."""
    found: dict[str, Any] = {}
    for row in prepared(trace, convention).trace.rows:
        found[row.op.name] = found.get(row.op.name, 0) + counted(row, convention, trace.batch)
    return found


def bridge(trace: Trace, convention: Convention) -> list[Step]:
    """From the MACs to the convention's total, term by term: the amounts sum to the difference, exactly."""
    return total_and_bridge(prepared(trace, convention).trace, convention)[1]


def folded(trace: Trace) -> Trace:
    """A trace in which equal layers are one row, so that a rule is evaluated once for each kind of layer; figures stay."""
    found: dict[Any, Row] = {}
    for row in trace.rows:
        kind = row.op, row.inputs, row.calls, row.fixed, row.backward
        found[kind] = found[kind]._replace(times=found[kind].times + row.times) if kind in found else row._replace(copies=row.times)
    return trace._replace(rows=list(found.values()), scopes=[])


def total_and_bridge(trace: Trace, convention: Convention) -> tuple[Any, list[Step]]:
    """Both from one walk; rows know their backward pass where that is counted.

    MACs that the convention counts otherwise, or not at all, are a term of their own for each op; those of the forward
    pass are one where it counts the backward pass.
    """
    steps: dict[str, Any] = {}
    total: Any = 0
    for row in trace.rows:
        missing = row.cost.macs * row.times
        for label, amount in terms(row, convention, trace.batch):
            total = total + amount
            if label == MACS:
                missing = missing - amount
            else:
                steps[label] = steps.get(label, 0) + amount
        if missing != 0:
            label = f"{row.op.name} MACs counted otherwise" if row.op.name in convention.rules else f"{row.op.name} not counted"
            label = "the forward pass, not counted" if convention.backward else label
            steps[label] = steps.get(label, 0) - missing
    return total, [Step(label, amount) for label, amount in steps.items() if amount != 0]
