"""What a step of training takes: MACs of the backward pass, and bytes of weights, gradients, optimizer and what is saved.

Their sum is an upper estimate of a step's peak: what is saved goes as gradients come. Weights, gradients and the optimizer's
state are in 32 bits; with autocast (--amp) the weights are the master copies, and their copies of 16 bits are among what is
saved, as PyTorch keeps them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from convcalc.analysis.gradients import backward_macs, trained_copies
from convcalc.analysis.saved_tensors import FULL, Saved, recomputed_macs, saved_by_layer
from convcalc.core.cost import elements_of
from convcalc.core.execution import bytes_of
from convcalc.core.ops import weight_tensors
from convcalc.core.size import product
from convcalc.core.trace import Row, Trace
from convcalc.record import NamedTuple

Sizes = tuple[Any, ...]


class Optimizer(NamedTuple):
    """Numbers of 32 bits that an optimizer of torch.optim (2.14) keeps: so many a parameter, and so many a tensor."""

    parameter: int
    tensor: int
    own: Callable[[Sizes], Any] | None = None  # for a tensor, beside those


def factored(shape: Sizes) -> Any:
    """Adafactor's means of squares (Shazeer and Stern 2018): by row and by column, of a vector each."""
    elements = product(shape)
    return elements // shape[-1] + elements // shape[-2] if len(shape) > 1 else elements


OPTIMIZERS = {
    "sgd": Optimizer(0, 0),
    "momentum": Optimizer(1, 0),
    "nesterov": Optimizer(1, 0),
    "adam": Optimizer(2, 1),
    "adamw": Optimizer(2, 1),
    "amsgrad": Optimizer(3, 1),
    "nadam": Optimizer(2, 2),
    "radam": Optimizer(2, 1),
    "adamax": Optimizer(2, 1),
    "adadelta": Optimizer(2, 1),
    "adagrad": Optimizer(1, 1),
    "adafactor": Optimizer(0, 1, factored),
    "rmsprop": Optimizer(1, 1),
    "rmsprop-momentum": Optimizer(2, 1),
    "rmsprop-centered-momentum": Optimizer(3, 1),
    "rprop": Optimizer(2, 1),
    "asgd": Optimizer(1, 3),
}
NUMBER = 4  # bytes


def gradient_bytes(trace: Trace) -> list[Any]:
    """The gradients of each row's trained parameters."""
    return [NUMBER * row.cost.params * copies for row, copies in zip(trace.rows, trained_copies(trace), strict=True)]


def optimizer_bytes(trace: Trace) -> list[Any]:
    """What the optimizer keeps for each row's trained parameters."""
    optimizer = OPTIMIZERS[trace.execution.optimizer]
    return [state_bytes(row, optimizer) * copies for row, copies in zip(trace.rows, trained_copies(trace), strict=True)]


def state_bytes(row: Row, optimizer: Optimizer) -> Any:
    """What an optimizer keeps for a set of a row's parameters."""
    found: Any = 0
    for shape, times in weight_tensors(row.op, row.inputs):
        numbers = optimizer.parameter * elements_of([shape]) + optimizer.tensor
        found = found + (numbers + (optimizer.own(shape) if optimizer.own is not None else 0)) * times
    return NUMBER * found


def saved(trace: Trace) -> Saved:
    """What a network saves for the backward pass."""
    found = Saved()
    for layer in saved_by_layer(trace):
        found = found.plus(layer)
    return found


def step_bytes(trace: Trace) -> Saved:
    """An upper estimate of the bytes of a step: what is fixed, and what each sample adds."""
    fixed = NUMBER * trace.total.params + sum(gradient_bytes(trace)) + sum(optimizer_bytes(trace))
    return saved(trace).plus(Saved(fixed, output_bytes(trace)))


def output_bytes(trace: Trace) -> Any:
    """The bytes of the outputs for one sample."""
    return bytes_of(elements_of(trace.value(number).sizes for number in trace.outputs), trace.execution.amp or FULL)


# As metrics


def saved_bytes(trace: Trace) -> list[Any]:
    """The bytes that are saved of each row, for the whole batch."""
    return [layer.of(trace.batch) for layer in saved_by_layer(trace)]


def training_macs(trace: Trace) -> list[Any]:
    """The MACs of each row in a step, forward, backward and computed again."""
    columns = zip(trace.rows, backward_macs(trace), recomputed_macs(trace), strict=True)
    return [row.total.macs + backward + again for row, backward, again in columns]


def training_bytes(trace: Trace, _: Any = None) -> Any:
    """An upper estimate of the bytes of a step."""
    return step_bytes(trace).of(trace.batch)
