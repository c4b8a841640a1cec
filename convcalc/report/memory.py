"""Records of memory and training."""

from __future__ import annotations

from convcalc.record import NamedTuple
from convcalc.report.codec import Amount, Count, Positive


class LiveReport(NamedTuple):
    """Bytes that live while the layer of the peak runs: `path` made them (`input` stands for the network's), `next` reads them next.

    `next` is None where the caller reads them, or where the layer needs them inside it.
    """

    path: str
    bytes: Count
    next: str | None
    inner: bool = False


class MomentReport(NamedTuple):
    """The bytes that live while a layer runs."""

    path: str
    bytes: Count


class FitReport(NamedTuple):
    """Whether bytes are within a limit, and the largest batch for which they are; 0 for none, None where each is.

    `first` is the first layer that is beyond it, `largest_batch_with_weights` the batch for which weights fit beside the values.
    """

    limit: Count
    fits: bool
    largest_batch: Count | None
    first: str | None = None
    largest_batch_with_weights: Count | None = None

    @property
    def largest(self) -> str:
        """The largest batch in words."""
        return "any" if self.largest_batch is None else f"{self.largest_batch:,}"


class MemoryReport(NamedTuple):
    """The memory of inference: the peak of the bytes of live values, what lives then, and what lives while each layer runs."""

    dtype: str
    weights_dtype: str
    in_place: str
    hold_input: bool
    peak_bytes: Count
    peak_at: str
    live: tuple[LiveReport, ...]
    timeline: tuple[MomentReport, ...]
    weight_bytes: Count
    buffer_bytes: Count
    fit: FitReport | None = None


class RunReport(NamedTuple):
    """All samples of a training: MACs and FLOPs."""

    images: Positive
    epochs: Positive
    macs: Count
    flops: Count
    least_seconds: Amount | None = None  # on a device


class TrainingReport(NamedTuple):
    """A step of training: MACs of its passes, and bytes, whose sum is an upper estimate of its peak."""

    optimizer: str
    amp: str | None
    trained_params: Count
    forward_macs: Count
    backward_macs: Count
    input_gradient_macs: Count
    weight_gradient_macs: Count
    recomputed_macs: Count
    training_macs: Count
    training_flops: Count
    weight_bytes: Count
    gradient_bytes: Count
    optimizer_bytes: Count
    saved_bytes_fixed: Count
    saved_bytes_per_sample: Count
    saved_bytes: Count
    output_bytes: Count
    training_bytes: Count
    fit: FitReport | None = None
    run: RunReport | None = None
    least_seconds: Amount | None = None  # of a step on a device: three floors
