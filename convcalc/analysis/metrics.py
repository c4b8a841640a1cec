"""THE table of metrics: columns, limits, sort keys, JSON, its schema, sweeps and sentences read it, and nothing else lists them.

It stands in this room and not in core because it holds the functions that compute what it names, peaks and extents among them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from convcalc.analysis.metric import AS_TORCH, UNRANKED, Metric, bytes_of, counted_as, inside, macs_of, seconds_of, worked_out
from convcalc.analysis.receptive_field import extents, receptive_field
from convcalc.core.ops import TRAITS, mixes_channels, weighted_layers

Values = dict[str, Any]  # by the keys of metrics
BRIEF = 3  # ranks below it are what a table of little room shows
LAYER = "layer."  # layer.macs: a limit on that of each layer
COUNTED = "counted"  # the metric that a convention counts
UNCOUNTED = "uncounted"  # layers that nobody can count

METRICS: dict[str, Metric] = {
    "params": Metric(
        "Parameters",
        "learned values, batch or not",
        lambda _, cost: cost.params,
        short="Params",
        word="parameters",
        rank=1,
        verb="needs",
        origin=f"{AS_TORCH}: `numel` of all `parameters()`",
        of_copies=True,
    ),
    "buffers": Metric(
        "Buffers",
        "values that are kept and not learned, such as running means",
        lambda _, cost: cost.buffers,
        less_is_better=False,
        origin=f"{AS_TORCH}: `numel` of all `buffers()`; a batch norm has 2C + 1",
        of_copies=True,
    ),
    "macs": Metric(
        "MACs",
        "multiply-accumulates of convolutions, linear layers and matrix products",
        lambda _, cost: cost.macs,
        word="MACs",
        written="MAC",
        rank=0,
        verb="needs",
        origin="half of what torch.utils.flop_counter counts; taps on zero padding in full",
    ),
    "flops": Metric(
        "FLOPs", "two for each MAC", lambda _, cost: 2 * cost.macs, word="FLOPs", written="FLOP", rank=3, origin="torch.utils.flop_counter"
    ),
    "activations": Metric(
        "Activations",
        "output elements of weighted layers",
        lambda _, cost: cost.activations,
        short="Activ.",
        rank=2,
        verb="writes",
        origin="Radosavovic et al. 2020 (RegNet), and fvcore's ActivationCountAnalysis",
    ),
    "nonlinearities": Metric(
        "Non-linearities",
        "activation layers on all paths",
        lambda row, _: row.times if TRAITS[row.op.name].nonlinear else 0,
        short="Non-lin.",
        less_is_better=False,
        rank=5,
        origin="layers of an activation function, whatever their elements",
    ),
    "weighted_layers": Metric(
        "Weighted layers",
        "convolutions, linear layers, the four projections of an attention, recurrent layers a direction",
        lambda row, _: weighted_layers(row.op) * row.times,
        short="Layers",
        less_is_better=False,
        rank=6,
        origin="He et al. 2015 count a network's depth so (shortcuts included here)",
    ),
    "channel_mixing_layers": Metric(
        "Channel-mixing layers",
        "weighted layers in which every output channel sees every input channel",
        lambda row, _: weighted_layers(row.op) * row.times if mixes_channels(row.op, row.inputs) else 0,
        short="Mixing",
        less_is_better=False,
        rank=7,
        origin="a convolution without groups, a linear layer, a projection",
    ),
    "adds": counted_as("adds", "Adds", "additions that are no part of a MAC"),
    "multiplies": counted_as("multiplies", "Multiplies", "multiplications that are no part of a MAC", "Mult."),
    "comparisons": counted_as("comparisons", "Comparisons", "comparisons, as of ReLU and maximum", "Comp."),
    "divisions": counted_as("divisions", "Divisions", "divisions", "Div."),
    "transcendentals": counted_as("transcendentals", "Transcendentals", "calls of exp, erf, tanh, sqrt and pow", "Transc."),
    "elements_read": counted_as("read", "Elements read", "elements of feature maps that layers read", "Read"),
    "elements_written": counted_as("written", "Elements written", "elements of feature maps that layers write", "Written"),
    "macs_inside": Metric(
        "MACs inside",
        "MACs without those of taps on padding, and of transposed convolutions on what is cut off",
        inside,
        word="MACs inside the map",
        written="MAC",
        origin="XLA's cost analysis counts two FLOPs for each (jax 0.10.2)",
        on_demand=True,
    ),
    "backward_macs": macs_of(
        "Backward MACs",
        "MACs of the backward pass: of the gradients of inputs and of weights",
        "gradients.backward_macs",
        "MACs of the backward pass",
        "half of what torch.utils.flop_counter counts, but for the gradients of grouped weights, which that takes for dense",
    ),
    "input_gradient_macs": macs_of(
        "Input gradients",
        "MACs of the gradients of layers' inputs; none where nothing upstream is trained",
        "gradients.input_gradient_macs",
        "MACs of input gradients",
        "a part of backward_macs",
    ),
    "weight_gradient_macs": macs_of(
        "Weight gradients",
        "MACs of the gradients of weights; none of frozen ones",
        "gradients.weight_gradient_macs",
        "MACs of weight gradients",
        "a part of backward_macs",
    ),
    "training_macs": macs_of(
        "Training MACs",
        "MACs of a step of training: forward, backward, and what is computed again",
        "training.training_macs",
        "MACs of a step",
        "forward and backward MACs together",
    ),
    "weight_bytes": bytes_of(
        "Weight bytes",
        "bytes of the parameters in their type",
        "memory.weight_bytes",
        "parameters times the bytes of --dtype, or of --weights-dtype",
    ),
    "peak_bytes": bytes_of(
        "Peak bytes",
        "the most bytes of values that live at once; of a layer those that live while it runs",
        "memory.peaks",
        "the lifetimes of `help memory`; TensorFlow Lite Micro's arena, where its planner leaves no gaps",
        of_trace="memory.peak_bytes",
    ),
    "saved_bytes": bytes_of(
        "Saved bytes",
        "bytes that are kept for the backward pass",
        "training.saved_bytes",
        "torch.autograd.graph.saved_tensors_hooks: distinct storages, without parameters and buffers",
    ),
    "gradient_bytes": bytes_of(
        "Gradient bytes",
        "bytes of the gradients of parameters, four each",
        "training.gradient_bytes",
        f"{AS_TORCH}: `grad` of all trained `parameters()`",
    ),
    "optimizer_bytes": bytes_of(
        "Optimizer bytes",
        "bytes of the optimizer's state",
        "training.optimizer_bytes",
        f"{AS_TORCH}: `state` of torch.optim's after a step",
    ),
    "training_bytes": bytes_of(
        "Training bytes",
        "an upper estimate of the peak of a step: weights, gradients, optimizer, what is saved, and the output",
        "",
        "the sum of what `convcalc training` lists",
        of_trace="training.training_bytes",
    ),
    "bytes": bytes_of(
        "Bytes moved",
        "bytes that convolutions, linear layers and matrix products read and write, their weights among them",
        "roofline.product_bytes",
        "each input, weight and output once",
    ),
    "intensity": Metric(
        "Intensity",
        "FLOPs a byte moved",
        of_trace=worked_out("roofline.intensity"),
        of_layers=worked_out("roofline.intensities"),
        unit="ratio",
        exact=False,
        less_is_better=False,
        origin="flops divided by bytes (Williams, Waterman and Patterson 2009)",
        on_demand=True,
    ),
    "compute_seconds": seconds_of(
        "Compute time", "MACs at the peak of --device and --dtype", "roofline.compute_seconds", "two operations a MAC, by the device's peak"
    ),
    "memory_seconds": seconds_of(
        "Memory time", "bytes moved at the bandwidth of --device", "roofline.memory_seconds", "bytes by the device's bandwidth"
    ),
    "floor_seconds": seconds_of(
        "Floor",
        "the time that no implementation undercuts on --device, layer by layer",
        "roofline.floors",
        "the rule of `help devices`",
        of_trace="roofline.floor_seconds",
    ),
    "unfused_seconds": seconds_of(
        "Op by op",
        "the time on --device where each op pays its bytes: an estimate, no bound",
        "roofline.unfused_seconds",
        "`help devices`",
    ),
    "cycles": Metric(
        "Cycles",
        "cycles on the array or block of --device",
        of_layers=worked_out("roofline.cycles"),
        origin="the closed forms of SCALE-Sim 3.0.0; Ethos-U's blocks",
        on_demand=True,
    ),
    UNCOUNTED: Metric(
        "Uncounted",
        "layers of an imported model whose op is not known: their MACs, if they have any, are missing",
        lambda row, _: row.times if row.op.name == UNCOUNTED else 0,
        origin="the rules of `help models` by domain and op",
    ),
    COUNTED: Metric(
        "Counted",
        "what the chosen convention counts",
        lambda _, cost: cost.macs,
        unit="operations",
        origin="the rules of --convention; MACs unless given",
    ),
    "receptive_field": Metric(
        "Receptive field",
        "input positions, an axis, that a value of the last map before the first global operation sees",
        of_trace=receptive_field,
        of_layers=extents,
        short="Field",
        unit="sizes",
        less_is_better=False,
        rank=4,
        origin="Araujo, Norris and Sim 2019; norms do not end it, attention and pooling of the whole map do",
    ),
}


# Which metrics


def additive() -> list[str]:
    """Metrics that add up over layers."""
    return [key for key, metric in METRICS.items() if metric.adds_up]


def usual() -> list[str]:
    """Metrics that add up and that nobody has to ask for."""
    return [key for key in additive() if not METRICS[key].on_demand]


def dear(names: Iterable[str]) -> tuple[str, ...]:
    """Of what is asked for by name the metrics that are not there otherwise."""
    return tuple(name for name in METRICS if METRICS[name].on_demand and name in names)


def beside_macs(convention: str) -> list[str]:
    """The metric to show beside the MACs where another convention than mac counts."""
    return [COUNTED] if convention != "mac" else []


def is_counted(name: str) -> bool:
    """Whether a limit's figure depends on the convention: counted, layer.counted."""
    return name.removeprefix(LAYER) == COUNTED


def of_layers() -> list[str]:
    """Metrics that layers have."""
    return [key for key, metric in METRICS.items() if metric.of_each_layer]


def ranked(below: int = UNRANKED) -> list[str]:
    """Metrics that are shown where there is room for so many, the first to keep first."""
    return sorted((key for key, metric in METRICS.items() if metric.rank < below), key=lambda key: METRICS[key].rank)


def brief() -> list[str]:
    """What tables of many designs show unless others are asked for, in the order of the table."""
    return [key for key, metric in METRICS.items() if metric.rank < BRIEF]


def decisive() -> list[str]:
    """Metrics that make a layer a changed one, and that a growth of a design is of: the brief ones, and what is counted."""
    return [key for key, metric in METRICS.items() if metric.rank < BRIEF or metric.unit == "operations"]


def plotted() -> list[str]:
    """The axes of a plot unless others are asked for: the foremost metric that a design needs, and the one that it writes."""
    return list({METRICS[key].verb: key for key in reversed(ranked(BRIEF))}.values())[::-1]


def short_label(key: str) -> str:
    return METRICS[key].short or METRICS[key].label


def word_of(key: str) -> str:
    """A metric in a sentence: `MACs`, `elements read`."""
    return METRICS[key].word or key.replace("_", " ")


def is_metric(text: str) -> bool:
    """Whether a limit may name it: every metric, and behind `layer.` those that layers have and that add up."""
    name = text.removeprefix(LAYER)
    return name in METRICS and (name == text or METRICS[name].adds_up)
