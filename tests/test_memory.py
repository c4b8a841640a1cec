"""Memory of inference: lifetimes against a simulation that allocates and frees, and peaks against what others measured."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import convcalc
from convcalc.analysis.memory import INPUT, memory
from convcalc.core.execution import BITS, IN_PLACE, Execution, bytes_of
from convcalc.core.ops import TRAITS
from convcalc.core.trace import Trace
from tests.conftest import FACTS, Run, Snapshot
from tests.layouts import traced
from tests.nested import random_network

PEAKS: dict[str, Any] = json.loads((FACTS / "memory" / "inference_peak.json").read_text(encoding="utf-8"))
ARENAS: dict[str, Any] = json.loads((FACTS / "memory" / "arena.json").read_text(encoding="utf-8"))
# The facts' names of what is written in place.
DEFINITIONS = {"none": "none", "act": "activations", "fused": "fused", "fused+": "fused-add"}
# torchvision keeps a list of features and joins it anew for each layer, the layout has one running concatenation.
ELSEWHERE = {("densenet121", "act"), ("densenet161", "act"), ("densenet169", "act"), ("densenet201", "act")}

# The facts' network of grouped and transposed convolutions.
GROUPED_UP = """
input: 3x64x64
params: {activation: none}
layers:
  - conv: {cout: 24, kernel: 3, stride: 2, bias: true, activation: relu}
  - conv: {cout: 48, kernel: 3, stride: 2, padding: 2, dilation: 2, groups: 4, bias: true, activation: gelu}
  - conv_transpose: {cout: 36, kernel: 4, stride: 2, padding: 1, groups: 6, bias: true, activation: leaky_relu}
  - conv_transpose: {cout: 36, kernel: 3, stride: 2, padding: 1, output_padding: 1, groups: 36, bias: true, activation: elu}
  - conv: {cout: 36, kernel: 1x5, groups: 9, bias: false}
  - group_norm: {groups: 6}
  - silu
  - conv: {cout: 4, kernel: 1, bias: true}
"""
# Keras networks after MLPerf Tiny's reference models (Banbury et al. 2021), and MobileNetV2 0.35, as the facts' arenas are of.
SEPARABLE = "[{depthwise_conv: {kernel: 3, stride: %d}}, {conv: {cout: %d, kernel: 1}}]"
KERAS = {
    "ad_autoencoder": "input: [640]\nlayers:\n"
    + "  - repeat: {times: 4, layers: [{linear: {cout: 128, activation: relu}}]}\n  - linear: {cout: 8, activation: relu}\n"
    + "  - repeat: {times: 4, layers: [{linear: {cout: 128, activation: relu}}]}\n  - linear: 640\n",
    "kws_dscnn": "input: 1x49x10\nparams: {norm: batch_norm, activation: relu}\nlayers:\n  - conv: {cout: 64, kernel: 10x4, stride: 2}\n"
    + f"  - repeat: {{times: 4, layers: {SEPARABLE % (1, 64)}}}\n  - global_avg_pool\n  - linear: 12\n",
    "ic_resnet8": "input: 3x32x32\nparams: {norm: batch_norm, activation: relu}\nlayers:\n  - conv: {cout: 16, kernel: 3}\n"
    + "".join(f"  - basic_residual: {{cout: {cout}, stride: {stride}}}\n" for cout, stride in ((16, 1), (32, 2), (64, 2)))
    + "  - global_avg_pool\n  - linear: 10\n",
    "vww_mobilenet_v1_025_96": "mobilenet_v1:width=0.25",
    "mobilenet_v2_035_96": "mobilenet_v2:width=0.35",
    "mobilenet_v2_035_144": "mobilenet_v2:width=0.35",
    # a fire module behind a strided convolution, at which the peak is
    "fire_48": "input: 3x48x48\nlayers:\n  - conv: {cout: 32, kernel: 3, stride: 2, padding: valid, activation: relu}\n"
    + "  - max_pool: {kernel: 3, stride: 2}\n  - fire: {cout: 64, squeeze: 8}\n",
}
FRAGMENTED = ("vww_mobilenet_v1_025_96",)  # whose arena is larger: the planner's greedy order leaves a gap
SIZES = {"vww_mobilenet_v1_025_96": 96, "mobilenet_v2_035_96": 96, "mobilenet_v2_035_144": 144}


def network(name: str, sizes: list[int]) -> Trace:
    """The trace of a network of the facts."""
    from convcalc.inputs.designs import read_given
    from convcalc.inputs.designs import traced as spec
    from convcalc.layout.library import Library

    return traced(GROUPED_UP) if name == "grouped_up" else spec(Library(), name, read_given((), "x".join(map(str, sizes)), 1)).trace


def peak(found: Trace, **execution: Any) -> Any:
    return memory(found._replace(execution=Execution(**execution))).peak


@pytest.mark.parametrize("name", PEAKS)
def test_peaks_that_others_measured(name: str) -> None:
    """All four definitions, the input held or freed, equal those of PyTorch's graph of the same network, to the byte."""
    facts = PEAKS[name]
    found = network(name, facts["input"])
    wanted = {
        (word, hold): facts["definitions"][definition]["input_held" if hold else "input_freed"]
        for definition, word in DEFINITIONS.items()
        for hold in (False, True)
        if (name, definition) not in ELSEWHERE
    }
    assert {(word, hold): peak(found, in_place=word, hold_input=hold) for word, hold in wanted} == wanted


@pytest.mark.parametrize("dtype", ["fp32", "int8"])
@pytest.mark.parametrize("name", KERAS)
def test_arenas_of_tensorflow_lite_micro(name: str, dtype: str) -> None:
    """The liveness of each network; the arena that TFLM's interpreter prints is as large, where its planner leaves no gap."""
    facts = ARENAS.get(f"{name}_{dtype}", {})
    size = SIZES.get(name)
    found = network(KERAS[name], [3, size, size]) if size else traced(KERAS[name])
    live = peak(found, dtype=dtype)
    published = {"kws_dscnn": 16_000, "mobilenet_v2_035_144": 311_040}  # int8, of the same measurement
    assert live == facts.get("liveness_bytes", published.get(name, 0) * BITS[dtype] // 8)
    if name not in FRAGMENTED and facts:
        assert facts["tflm_nonpersistent_arena"] == live
    elif facts:
        assert Fraction(facts["tflm_nonpersistent_arena"], live) == Fraction(4, 3)


def test_published_peaks() -> None:
    """MCUNet's figures: ResNet-50's 7.2 MB (its repository's issue 8), and MCUNetV2's 1372 KiB of MobileNetV2 in int8."""
    resnet, mobilenet = network("resnet50", [3, 224, 224]), network("mobilenet_v2", [3, 224, 224])
    assert peak(resnet, in_place="fused-add") == 4 * (64 + 256 + 256) * 56 * 56 == 7_225_344
    assert peak(mobilenet, in_place="depthwise", dtype="int8") == (16 + 96) * 112 * 112 == 1372 * 1024
    assert peak(mobilenet, dtype="int8") == 1470 * 1024


# The definition, simulated: buffers are allocated and freed one by one, each with a count of the readers left


def simulated(found: Trace, in_place: str, hold: bool) -> int:
    """The peak of a network without repeats, by allocating what each layer writes and freeing what nobody reads any more."""
    inputs, order = len(found.inputs), list(IN_PLACE)
    level = order.index(in_place)
    held: list[int] = []  # of each value the buffer that it lies in
    size: dict[int, int] = {}
    left: dict[int, int] = {}  # readers of each buffer, views included

    def readers(number: int) -> int:
        return sum(row.sources.count(number) for row in found.rows) + (number in found.outputs)

    for number, shape in enumerate(found.inputs):
        held.append(number)
        size[number], left[number] = 4 * shape.elements, readers(number) + hold
    most, live = sum(size.values()), sum(size.values())
    for place, row in enumerate(found.rows, inputs):
        traits = TRAITS[row.op.name]
        own = 4 * row.output.elements
        last = [
            held[source] for source in set(row.sources) if left[held[source]] == sum(held[other] == held[source] for other in row.sources)
        ]
        allowed = {
            1: traits.nonlinear,
            2: (row.op.name == "batch_norm" or traits.elementwise) and len(row.sources) == 1,
            3: row.op.name == "add",
            4: row.op.name == "depthwise_conv",
        }
        onto = any(allowed[kind] for kind in range(1, level + 1)) and any(size[buffer] >= own for buffer in last)
        if traits.view:
            held.append(held[row.sources[0]])
            left[held[-1]] += readers(place) - 1
        else:
            held.append(place)
            size[place], left[place] = own, readers(place)
            inner = 4 * 2 * 2 if row.op.name == "group_norm" else 0  # mean and deviation of two groups
            most = max(most, live + (0 if onto else own) + inner)
            live += own
            for source in row.sources:
                left[held[source]] -= 1
        for buffer in {held[source] for source in row.sources} | {held[place]}:
            if left[buffer] == 0:
                live -= size[buffer]
                left[buffer] = -1
        most = max(most, live if not onto else 0)
    return most


@given(st.integers(0, 10**9), st.sampled_from(list(IN_PLACE)), st.booleans())
def test_peaks_of_random_networks(seed: int, in_place: str, hold: bool) -> None:
    """A network that holds its repeats once has the peak of its unrolled form, which is that of a simulation."""
    once, unrolled = map(traced, random_network(seed))
    found = peak(unrolled, in_place=in_place, hold_input=hold)
    assert peak(once, in_place=in_place, hold_input=hold) == found
    assert found == simulated(unrolled, in_place, hold)


@given(st.integers(0, 10**9), st.integers(2, 9), st.sampled_from(sorted(BITS)))
def test_batch_and_type(seed: int, batch: int, dtype: str) -> None:
    """Every value is as large as its elements take in its type, for each sample; only int4 rounds up."""
    found = traced(random_network(seed)[0])
    assert peak(found._replace(batch=batch)) == batch * peak(found)
    if BITS[dtype] % 8 == 0:
        assert 32 * peak(found, dtype=dtype) == BITS[dtype] * peak(found)
    assert bytes_of(3, dtype) == -(-3 * BITS[dtype] // 8)


def test_cost_does_not_grow_with_times() -> None:
    """A million passes have the rows of two, whether or not what they begin with lives on."""
    body = "[{conv: {cout: 4, kernel: 1}}, relu]"
    text = f"input: 4x8x8\nlayers: [{{residual: {{body: [{{repeat: {{times: 1000000, layers: {body}}}}}]}}}}]\n"
    found = memory(traced(text))
    assert len(found.apart.trace.rows) == 5
    assert found.peak == 4 * 3 * 4 * 64  # what the sum reads, what a pass begins with, and what it writes
    assert [row.path for row in found.apart.trace.rows] == ["0.conv1", "0.relu1", "1-999999.conv1", "1-999999.relu1", "add1"]


INNER = [
    # x lives beside the 3 maps of queries, keys and values and their product, before the result is written
    ("tensor 6×8", "attention: {heads: 2}", 48 + 3 * 48 + 48),
    # one step's gates and states beside input and output
    ("tensor 6×8", "lstm: {hidden: 5}", 48 + 30 + 5 * (4 + 2)),
    ("tensor 6×8", "gru: {hidden: 5, layers: 3}", 48 + 30 + 5 * (3 + 1) + 30),
    # a map that is moved round before it is cut
    ("features 4×4×2", "windows: {size: 2, shift: 1}", 3 * 32),
    ("features 4×4×2", "windows: {size: 2}", 2 * 32),
]


@pytest.mark.parametrize(("shape", "layer", "elements"), INNER)
def test_what_a_layer_needs_inside(shape: str, layer: str, elements: int) -> None:
    """Attention, recurrent layers and shifted windows need room beside their inputs and their result."""
    kind, _, sizes = shape.partition(" ")
    text = f"inputs: {{x: {{{kind}: [{sizes.replace('×', ', ')}]}}}}\nlayers: [{{{layer}}}]\n"
    text = text.replace("tensor: [6, 8]", "tokens: [6, 8]")
    assert peak(traced(text)) == 4 * elements


def test_what_no_input_reaches_counts_once() -> None:
    """What is the same for every sample does not grow with the batch, and what is learned is among the weights."""
    learned = "{learned: {sizes: [4, 4, 4], to: map, join: none}}"
    text = f"input: 4x4x4\nlayers: [{learned}, sigmoid, {{add: {{from: [previous, input]}}}}]\n"
    found = traced(text)
    assert [peak(found._replace(batch=batch)) for batch in (1, 10)] == [4 * 64 * 3, 4 * 64 * 21]


def test_the_live_set() -> None:
    """What lives at the peak sums to it; each value says which layer reads it next, and the caller's is said to be."""
    [model] = convcalc.memory("mobilenet_v2", dtype="int8", fit="256KiB").models
    found = model.memory
    assert found is not None
    assert (found.peak_bytes, found.peak_at) == (1_505_280, "stage2.0.depthwise_conv1")
    assert [(live.path, live.bytes, live.next) for live in found.live] == [
        ("stage2.0.conv1", 1_204_224, "stage2.0.depthwise_conv1"),
        ("stage2.0.depthwise_conv1", 301_056, "stage2.0.conv2"),
    ]
    assert sum(live.bytes for live in found.live) == found.peak_bytes
    assert max(moment.bytes for moment in found.timeline) == found.peak_bytes
    assert (found.weight_bytes, found.buffer_bytes) == (3_504_872, 34_164)
    assert found.fit is not None
    assert (found.fit.fits, found.fit.largest_batch, found.fit.first) == (False, 0, "stem")


@pytest.mark.parametrize("dtype", ["fp32", "int4"])
def test_the_largest_batch(dtype: str) -> None:
    """It fits, and one more sample does not; beside the weights less does."""
    limit = 10_000_000
    [model] = convcalc.memory("lenet5", dtype=dtype, fit=limit).models
    assert model.memory is not None
    fit, weights = model.memory.fit, model.memory.weight_bytes
    assert fit is not None
    batch, beside = fit.largest_batch, fit.largest_batch_with_weights
    assert batch is not None
    assert beside is not None

    def needed(samples: int) -> int:
        [other] = convcalc.memory("lenet5", dtype=dtype, batch=samples).models
        assert other.memory is not None
        return other.memory.peak_bytes

    assert needed(batch) <= limit < needed(batch + 1)
    assert needed(beside) + weights <= limit < needed(beside + 1) + weights


def test_a_network_that_is_its_input(run: Run, tmp_path: Path) -> None:
    """It holds what it is given, and has no layer to be at."""
    text = "input: 4x8x8\nlayers: [{relu: {when: false}}]\n"
    found = memory(traced(text))
    assert (found.peak, found.timeline, [buffer.maker for buffer in found.buffers.values()]) == (4 * 256, [], [INPUT])
    (tmp_path / "n.yaml").write_text(text, encoding="utf-8")
    ran = run("memory", str(tmp_path / "n.yaml"), "--fit", "1000")
    assert (ran.code, ran.err) == (0, "")
    assert "Peak 1,024 B (1.00 KiB) at input" in ran.out
    assert "the first layer that does not: the input" in ran.out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["memory", "lenet5", "--in-place", "add"], "--in-place add: there is no such choice"),
        (["memory", "lenet5", "--dtype", "fp31"], "--dtype fp31: there is no such choice"),
        (["memory", "lenet5", "--fit", "256 Kib"], "--fit 256 Kib: expected a quantity"),
        (["memory", "lenet5", "--fit", "12MACs"], "--fit 12MACs: expected a quantity"),
        (["memory"], "no spec"),
    ],
)
def test_what_is_refused(run: Run, arguments: list[str], message: str) -> None:
    """Unknown words and units are errors with a fix, at exit 2."""
    ran = run(*arguments)
    assert ran.code == 2
    assert message in ran.err
    assert "fix:" in ran.err


@pytest.mark.parametrize("command", ["memory", "training"])
@pytest.mark.parametrize("form", ["table", "json", "csv", "markdown", "html", "svg"])
def test_saved_reports_are_shown_again(run: Run, tmp_path: Path, command: str, form: str) -> None:
    """`render` gives what the command itself gives, in every format."""
    options = ("lenet5", "--fit", "9MB", "--batch", "2")
    path = tmp_path / "saved.json"
    path.write_text(run(command, *options, "--format", "json").out, encoding="utf-8")
    assert run("render", str(path), "--format", form).out == run(command, *options, "--format", form).out


@pytest.mark.parametrize("columns", [120, 80, 40])
@pytest.mark.parametrize("name", ["mobilenet_v2", "unet", "vit_b_16"])
def test_what_people_see(run: Run, snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch, name: str, columns: int) -> None:
    """The peak, a timeline with the names of stages, the live set, the weights, and whether it fits."""
    monkeypatch.setenv("COLUMNS", str(columns))
    ran = run("memory", name, "--dtype", "int8", "--fit", "256KiB")
    assert ran.code == 0
    assert max(map(len, ran.out.splitlines())) <= columns
    snapshot(f"memory-{name}-{columns}.txt", ran.out)
