"""What a metric is, and the kinds of them that the table has several of."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

from convcalc.core.cost import Cost
from convcalc.core.trace import Row, Trace
from convcalc.record import NamedTuple

UNRANKED = 8  # the rank of what tables of designs show only where it is asked for
BY_HAND = "the arithmetic of the op's definition, step by step"
AS_TORCH = "as PyTorch has it"


class Metric(NamedTuple):
    """A figure of a network, and what every output has to know of it.

    `of_row` gives that of all layers that a row stands for, from the row and its total cost; such metrics add up over
    rows, and so do those that only `of_layers` gives, for all rows. What does not add up is given by `of_trace`, for a
    network, and where layers have it by `of_layers`, whose values `of_trace` is handed where they are known.
    """

    label: str
    meaning: str
    of_row: Callable[[Row, Cost], Any] | None = None
    of_trace: Callable[[Trace, list[Any] | None], Any] | None = None
    of_layers: Callable[[Trace], list[Any]] | None = None
    short: str = ""  # the label where there are many columns
    word: str = ""  # in a sentence
    unit: str = "count"  # count, operations (counted by a convention), bytes, seconds, ratio, or sizes: one a spatial axis
    exact: bool = True  # a whole number
    less_is_better: bool = True  # so that a reduction means something
    written: str = ""  # the unit that people may write behind its numbers: MAC or FLOP
    rank: int = UNRANKED  # the order in which tables of designs keep it where there is little room
    verb: str = ""  # what a design does with it in the sentence of a comparison
    origin: str = ""  # who counts like this, for the manual
    of_copies: bool = False  # of a set of weights, however often that is used
    of_parts: bool = False  # whether it adds up over layers, though a network may have more than their sum
    is_floor: bool = False  # a bound: what is beyond a limit is proved to be, what is within it is not
    on_demand: bool = False  # worked out only where it is asked for by name

    @property
    def adds_up(self) -> bool:
        """Whether that of a network is the sum of those of its layers."""
        return self.of_trace is None or self.of_parts

    @property
    def of_each_layer(self) -> bool:
        """Whether layers have it too."""
        return self.of_row is not None or self.of_layers is not None


def counted_as(cost: str, label: str, meaning: str, short: str = "") -> Metric:
    """A kind of elementwise work."""
    return Metric(label, meaning, lambda _, total: getattr(total, cost), short=short, origin=BY_HAND)


def worked_out(place: str) -> Callable[..., Any] | None:
    """A function of another file of this room, `memory.peaks`, imported when it is first asked; None for none."""
    file, _, function = place.partition(".")

    def found(*given: Any) -> Any:
        return getattr(import_module(f"convcalc.analysis.{file}"), function)(*given)

    return found if place else None


def macs_of(label: str, meaning: str, place: str, word: str, origin: str) -> Metric:
    """MACs of training, which layers have."""
    return Metric(label, meaning, of_layers=worked_out(place), word=word, written="MAC", origin=origin, on_demand=True)


def bytes_of(label: str, meaning: str, place: str, origin: str, of_trace: str = "") -> Metric:
    """Bytes of memory or training, which layers have where there is a place; they add up unless `of_trace` gives the network's."""
    found = worked_out(place), worked_out(of_trace)
    return Metric(label, meaning, of_layers=found[0], of_trace=found[1], unit="bytes", origin=origin, on_demand=True)


def seconds_of(label: str, meaning: str, place: str, origin: str, of_trace: str = "") -> Metric:
    """A time on a device, exact as a fraction, which layers have; `of_trace` gives a floor, of which a network may have more."""
    found = Metric(
        label, meaning, of_layers=worked_out(place), word=label.lower(), unit="seconds", exact=False, origin=origin, on_demand=True
    )
    return found._replace(of_trace=worked_out(of_trace), of_parts=True, is_floor=True) if of_trace else found


def inside(row: Row, cost: Cost) -> Any:
    """The MACs of a row without those of taps on padding."""
    if not hasattr(row.op, "taps"):
        return cost.macs
    every, some = row.op.taps(*row.inputs)
    return cost.macs // every * some
