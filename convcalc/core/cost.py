"""Cost: what a layer adds to a network's bill. Only quantities that sum; peaks and extents belong to `analysis`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from convcalc.core.size import product
from convcalc.record import NamedTuple


class Cost(NamedTuple):
    """Exact counts for one sample and one pass.

    `macs` are multiply-accumulates of convolutions, linear layers and matrix products; all other arithmetic
    (bias, normalisation, activation, pooling, joins) is counted by kind and never mixed with them.
    `read` and `written` are elements of feature maps (parameters are read once whatever the batch).
    """

    macs: Any = 0
    adds: Any = 0
    multiplies: Any = 0
    comparisons: Any = 0
    divisions: Any = 0
    transcendentals: Any = 0  # exp, erf, tanh, sqrt, pow: one call each
    params: Any = 0
    buffers: Any = 0
    activations: Any = 0  # output elements of weighted layers (Radosavovic et al. 2020, "activations")
    read: Any = 0
    written: Any = 0

    def repeated(self, times: Any) -> Cost:
        """The cost of `times` copies, each with parameters of its own."""
        return self if isinstance(times, int) and times == 1 else Cost(*(field * times for field in self))

    def batched(self, samples: Any) -> Cost:
        """The cost of `samples` samples: everything but parameters and buffers."""
        if isinstance(samples, int) and samples == 1:
            return self
        return self.repeated(samples)._replace(params=self.params, buffers=self.buffers)

    def shared(self, uses: Any, copies: Any) -> Cost:
        """The cost of `copies` sets of weights used `uses` times in all: parameters count once a set, all else each time."""
        return self.repeated(uses)._replace(params=self.params * copies, buffers=self.buffers * copies)


def total(costs: Iterable[Cost]) -> Cost:
    """The sum; no costs is no cost."""
    columns = list(zip(*costs, strict=True))
    return Cost(*map(sum, columns)) if columns else Cost()


def elements_of(shapes: Iterable[tuple[Any, ...]]) -> Any:
    """How many elements some shapes have together, as of the parameters of a layer."""
    return sum(product(shape) for shape in shapes)
