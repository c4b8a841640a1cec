"""Gradients: which values need one, and the MACs of the backward pass.

A layer's backward pass costs its MACs once where its weight is trained, and once where its input needs a gradient, which
it does where a trained parameter lies upstream of it; a product of two values costs its MACs once for each. Equal to half
of what torch.utils.flop_counter (2.14) counts, but for grouped convolutions, whose weight gradients that takes for dense.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from convcalc.analysis.passes import FIRST, Apart, end_of, repeats, taken_apart, whole
from convcalc.analysis.paths import check_named, is_named, with_paths_apart
from convcalc.core.ops import weights_of
from convcalc.core.trace import Row, Trace
from convcalc.record import NamedTuple


class Gradients(NamedTuple):
    """A network's rows with the passes that differ apart: whether the weights of each are trained, whether each value needs a gradient."""

    apart: Apart
    trained: list[bool]
    needed: list[bool]

    def sources(self, row: Row) -> list[bool]:
        """Whether each input of a row needs a gradient."""
        return [self.needed[source] for source in row.sources]


class BackwardMacs(NamedTuple):
    """MACs of the backward pass: of gradients of inputs, and of weights."""

    inputs: Any
    weights: Any


def gradients(trace: Trace) -> Gradients:
    """Which weights are trained and which values need a gradient.

    Raises:
        ConvcalcError: for paths that name no layer, and where repeats within repeats have too many different passes.
    """
    frozen, checkpoints = trace.execution.frozen, trace.execution.checkpoints
    apart = with_paths_apart(whole(trace), (*frozen, *checkpoints))
    check_named(apart.trace, [*(("--freeze", path) for path in frozen), *(("--checkpoint", path) for path in checkpoints)])
    while True:
        found = apart.trace
        trained = [is_trained(row, trace.execution.frozen) for row in found.rows]
        needed = [False] * len(found.inputs)
        for row, learns in zip(found.rows, trained, strict=True):
            needed.append(learns or any(needed[source] for source in row.sources))
        differing = {
            number: FIRST
            for number, scope in repeats(found).items()
            if needed[scope.entry] != needed[end_of(found, scope)] and bool(scope.times > 1)
        }
        if not differing:
            return Gradients(apart, trained, needed)
        apart = taken_apart(apart, differing)


def is_trained(row: Row, frozen: Sequence[str]) -> bool:
    """Whether a row has parameters that are trained; those of another layer are trained where that is."""
    return bool(weights_of(row.op, row.inputs)) and not any(is_named(row.shares or row.path, path) for path in frozen)


def trained_copies(trace: Trace) -> list[Any]:
    """How many sets of each row's parameters are trained; one that passes share is where any of them trains it."""
    if not trace.execution.frozen:
        return [row.copies for row in trace.rows]
    found = gradients(trace)
    passes: list[list[tuple[bool, Any]]] = [[] for _ in trace.rows]
    for origin, row, trained in zip(found.apart.origins, found.apart.trace.rows, found.trained, strict=True):
        passes[origin].append((trained, row.times))
    return [trained_of(row, some) for row, some in zip(trace.rows, passes, strict=True)]


def trained_of(row: Row, passes: Sequence[tuple[bool, Any]]) -> Any:
    """How many sets of a row's parameters are trained, of passes that are trained or not."""
    if not any(trained for trained, _ in passes):
        return 0
    return sum(times for trained, times in passes if trained) if owns_weights(row) else row.copies


def owns_weights(row: Row) -> bool:
    """Whether each layer that a row stands for has weights of its own."""
    return row.copies is row.times or bool(row.copies == row.times)


def backward_macs(trace: Trace) -> list[Any]:
    """The MACs of the backward pass of each row, all layers that it stands for and the whole batch."""
    return [macs.inputs + macs.weights for macs in backward_of_layers(trace)]


def input_gradient_macs(trace: Trace) -> list[Any]:
    """The MACs of the gradients of each row's inputs."""
    return [macs.inputs for macs in backward_of_layers(trace)]


def weight_gradient_macs(trace: Trace) -> list[Any]:
    """The MACs of the gradients of each row's weights."""
    return [macs.weights for macs in backward_of_layers(trace)]


def backward_of_layers(trace: Trace) -> list[BackwardMacs]:
    """The MACs of the backward pass of each row, all layers that it stands for and the whole batch."""
    apart = with_backward(trace)
    macs = [BackwardMacs(0, 0)] * len(trace.rows)
    for origin, row in zip(apart.origins, apart.trace.rows, strict=True):
        (of_inputs, of_weights), known = row.backward, macs[origin]
        macs[origin] = BackwardMacs(known.inputs + of_inputs * row.times, known.weights + of_weights * row.times)
    return macs


def with_backward(trace: Trace) -> Apart:
    """A trace whose rows know the MACs of their gradients, one pass of each."""
    found = gradients(trace)
    pairs = zip(found.apart.trace.rows, found.trained, strict=True)
    rows = [row._replace(backward=row_backward(row, trace.batch, found.sources(row), trained)) for row, trained in pairs]
    return found.apart._replace(trace=found.apart.trace._replace(rows=rows))


def row_backward(row: Row, batch: Any, needs: Sequence[bool], trained: bool) -> tuple[Any, Any]:
    """MACs of the gradients of a row's inputs and of its weights, one pass of it."""
    if hasattr(row.op, "backward"):
        of_inputs, of_weights = row.op.backward(row.inputs, needs, trained)
        samples = 1 if row.fixed else batch
        return of_inputs * samples, of_weights * samples
    return (row.cost.macs if any(needs) else 0), (row.cost.macs if trained else 0)
