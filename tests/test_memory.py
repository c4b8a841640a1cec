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
from convcalc.analysis.memory import INPUT, live_at, memory
from convcalc.core.device import Device
from convcalc.core.execution import BITS, IN_PLACE, Execution, bytes_of, execution_dict
from convcalc.core.ops import TRAITS, build
from convcalc.core.shape import Features, Map, Shape, Tensor
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


UNIT = 4 * 4 * 4 * 4  # bytes of a 4×4×4 map in 32 bits
TWO = "inputs: {x: 4x4x4, y: 4x4x4}\n"
ONE = "input: 4x4x4\n"
CONV = "{conv: {cout: 4, kernel: 1}}"
WIDE = "{conv: {cout: 12, kernel: 1}}"
AB = "{conv: {name: a, cout: 4, kernel: 1}}, {conv: {name: b, cout: 4, kernel: 1}}"
READS_A = "{add: {from: [previous, a]}}"
MASK = "{learned: {sizes: [4, 4, 4], to: map, join: none}}, {sigmoid: {name: s}}"


def lives(text: str, **execution: Any) -> list[float]:
    """The bytes that live while each row runs, in maps of 4×4×4."""
    found = memory(traced(text)._replace(execution=Execution(**execution)))
    return [live / UNIT for live in found.timeline]


OUTSIDE = [
    # what passes read from outside, a and then c, lives to the end of the last pass, and no longer
    (
        f"{TWO}layers: [{{add: {{name: a, from: [x, y]}}}}, {CONV}, {{repeat: {{times: 3, layers: [{CONV}, {READS_A}, {WIDE}, {CONV}]}}}},"
        f" {{add: {{name: c, from: [previous, a]}}}}, {CONV},"
        f" {{repeat: {{times: 3, layers: [{{add: {{from: [previous, c]}}}}, {WIDE}, {CONV}]}}}}, {{conv: {{cout: 16, kernel: 1}}}}]\n",
        [3, 2, *[3, 3, 5, 5] * 2, 3, 2, *[3, 5, 5] * 2, 5],
    ),
    # the row behind a repeat reads what stands before it
    (f"{ONE}layers: [{AB}, {{repeat: {{times: 3, layers: [{CONV}, {CONV}]}}}}, {READS_A}, {WIDE}]\n", [2, 2, 3, 3, 3, 4]),
    # as many inputs as rows of a pass: a stands before the repeat, though its number is not
    (
        f"inputs: {{x: 4x4x4, y: 4x4x4, z: 4x4x4, v: 4x4x4}}\nlayers: [{{add: {{name: a, from: [x, y, z, v]}}}}, {CONV},"
        f" {{repeat: {{times: 3, layers: [{READS_A}, {CONV}]}}}}, {WIDE}]\n",
        [5, 2, *[3, 3] * 2, 4],
    ),
    # passes within passes: a lives to the end of the outer ones
    (
        f"{TWO}layers: [{{add: {{name: a, from: [x, y]}}}}, {CONV}, {{repeat: {{times: 3, layers: ["
        f"{CONV}, {{repeat: {{times: 3, layers: [{READS_A}, {CONV}]}}}}, {WIDE}, {CONV}]}}}}, {CONV}]\n",
        [3, 2, *[3, *[3, 3] * 2, 5, 5] * 2, 2],
    ),
]


@pytest.mark.parametrize(("text", "maps"), OUTSIDE)
def test_what_passes_read_from_outside(text: str, maps: list[int]) -> None:
    """What a repeat reads from outside lives to the end of its last pass, and no longer."""
    assert lives(text, in_place="none") == maps


ONTO = [
    # the sum of a map and its mean, where the map lives on: it is not written onto the small one
    (f"{ONE}layers: [{AB}, {{global_avg_pool: {{name: g}}}}, {{add: {{name: h, from: [g, b]}}}}, {{sub: {{from: [h, b]}}}}]\n", 2 + 1 / 16),
    # it is written onto the map where that is read no more, whichever comes first
    (f"{ONE}layers: [{AB}, {{global_avg_pool: {{name: g}}}}, {{add: {{from: [g, b]}}}}]\n", 1 + 1 / 16),
    (f"{ONE}layers: [{AB}, {{global_avg_pool: {{name: g}}}}, {{add: {{from: [b, g]}}}}]\n", 1 + 1 / 16),
    # what is the same for every sample is not written over
    (f"{ONE}layers: [{AB}, {MASK}, {{add: {{name: h, from: [s, b]}}}}, {{sub: {{from: [h, b]}}}}]\n", 3),
]


@pytest.mark.parametrize(("text", "maps"), ONTO)
def test_what_a_sum_is_written_onto(text: str, maps: float) -> None:
    """A sum needs no room beside an input that dies, is as large, and is a sample's own; else it has a buffer of its own."""
    found = memory(traced(text)._replace(execution=Execution(in_place="fused-add")))
    rows = [row.path for row in found.apart.trace.rows]
    assert found.timeline[rows.index("h" if "name: h" in text else "add1")] / UNIT == maps


def test_outputs_are_kept() -> None:
    """An output lives to the end though it is no more read, and the caller is who reads it."""
    found = memory(traced(f"{ONE}outputs: [a, c]\nlayers: [{AB}, {{conv: {{name: c, cout: 4, kernel: 1}}}}]\n"))
    assert [live / UNIT for live in found.timeline] == [2, 2, 3]
    assert [one.next for one in live_at(found, 2)] == [None, "c", None]


def test_views_read_nothing() -> None:
    """What reads a value is the layer behind a view of it."""
    found = memory(traced(f"{ONE}layers: [{CONV}, flatten, {{linear: 8}}]\n"))
    assert [(one.path, one.next) for one in live_at(found, 0)] == [("input", "conv1"), ("conv1", "linear1")]


@pytest.mark.parametrize("layer", ["{dropout: 0.5}", CONV])
def test_equal_passes_stay_together(layer: str) -> None:
    """Passes are one row where each gives the very value that it began with, or a new one as large."""
    found = memory(traced(f"{ONE}layers: [{CONV}, {{repeat: {{times: 9, layers: [{layer}]}}}}, {CONV}]\n"))
    assert ([row.times for row in found.apart.trace.rows], found.peak) == ([1, 9, 1], 2 * UNIT)


def test_passes_that_give_a_part() -> None:
    """Where a pass gives a slice of a wide map, the next one begins with all of it beside its own."""
    text = f"{ONE}layers: [{{repeat: {{times: 3, layers: [{WIDE}, {{slice: {{start: 0, stop: 4}}}}]}}}}, {CONV}]\n"
    assert lives(text, in_place="none") == [4, 3, 6, 3, 4]


def moments(found: Trace, in_place: str, hold: bool) -> list[int]:
    """The bytes that live while each row of a network without repeats runs, value by value."""
    inputs, level = len(found.inputs), list(IN_PLACE).index(in_place)
    values = range(inputs + len(found.rows))
    root = list(values)
    for number, row in enumerate(found.rows, inputs):
        root[number] = root[row.sources[0]] if TRAITS[row.op.name].view else number
    end = [inputs + len(found.rows) if one in found.outputs or (hold and one < inputs) else one for one in values]
    for number, row in enumerate(found.rows, inputs):
        for source in row.sources:
            end[source] = max(end[source], number)
    end = [max(end[other] for other in values if root[other] == one) if root[one] == one else -1 for one in values]
    onto = set()
    for number, row in enumerate(found.rows, inputs):
        traits, dies = TRAITS[row.op.name], any(end[root[source]] == number for source in row.sources)
        kinds = (traits.nonlinear, row.op.name in ("batch_norm", "scale"), row.op.name == "add", row.op.name == "depthwise_conv")
        if dies and any(kinds[:level]):
            onto.add(number)
    return [
        sum(4 * found.value(one).elements for one in values if one < now <= end[one] or (one == now == root[one] and one not in onto))
        + (16 if found.rows[now - inputs].op.name == "group_norm" else 0)  # mean and deviation of two groups
        for now in values[inputs:]
    ]


@given(st.integers(0, 10**9), st.sampled_from(list(IN_PLACE)), st.booleans())
def test_timelines_of_random_networks(seed: int, in_place: str, hold: bool) -> None:
    """While a layer runs there live the values that are made and not yet read for the last time, each counted by itself."""
    found = traced(random_network(seed)[1])
    assert memory(found._replace(execution=Execution(in_place=in_place, hold_input=hold))).timeline == moments(found, in_place, hold)


def test_the_first_pass_of_a_sweep(tmp_path: Path) -> None:
    """Where a shortcut keeps what a repeat begins with, one pass holds a map less than several."""
    path = tmp_path / "n.yaml"
    path.write_text(f"{ONE}params: {{n: 1}}\nlayers: [{{residual: {{body: [{{repeat: {{times: n, layers: [{CONV}]}}}}]}}}}]\n", "utf-8")
    found = convcalc.sweep(str(path), set={"n": [1, 2, 3]}, metrics=["peak_bytes"], in_place="fused-add")
    assert list(found.columns["peak_bytes"]) == [2 * UNIT, 3 * UNIT, 3 * UNIT]


def test_sizes_that_a_sweep_does_not_change(tmp_path: Path) -> None:
    """A fixed input lives beside a result whose channels are swept."""
    path = tmp_path / "n.yaml"
    path.write_text(f"{ONE}params: {{n: 1}}\nlayers: [{{conv: {{cout: n, kernel: 1}}}}, relu]\n", "utf-8")
    found = convcalc.sweep(str(path), set={"n": [1, 4, 12]}, metrics=["peak_bytes"])
    assert list(found.columns["peak_bytes"]) == [UNIT + UNIT // 4 * n for n in (1, 4, 12)]


NAMED = (
    f"{ONE}params: {{norm: batch_norm, activation: relu}}\n"
    "layers: [{conv: {name: a, cout: 4, kernel: 1}}, {conv: {name: b, cout: 12, kernel: 1}}, {conv: {name: d, cout: 4, kernel: 1}},"
    " {add: {name: e, from: [d, a]}}, {batch_norm: {name: f}}]\n"
)
SETS: list[tuple[str, list[tuple[str, int, str | None]]]] = [
    # at which layer, and what lives: who made it, in maps, and who reads it next (None: the caller)
    ("a", [("input", 1, "a"), ("a", 1, "b")]),
    ("a.activation", [("input", 1, None), ("a", 1, "a.activation")]),
    ("b", [("input", 1, None), ("a", 1, "b"), ("b", 3, "d")]),  # behind its own norm and activation
    ("b.norm", [("input", 1, None), ("a", 1, "e"), ("b", 3, "b.norm")]),
    ("d", [("input", 1, None), ("a", 1, "e"), ("b", 3, "d"), ("d", 1, "e")]),
    ("e", [("input", 1, None), ("a", 1, "e"), ("d", 1, "e"), ("e", 1, "f")]),
    ("f", [("input", 1, None), ("e", 1, "f")]),
]


@pytest.mark.parametrize(("at", "live"), SETS)
def test_who_reads_what_lives(at: str, live: list[tuple[str, int, str | None]]) -> None:
    """Each value is read next by the first layer from one on that reads it, past a layer's own norm; what is held by the caller."""
    found = memory(traced(NAMED)._replace(execution=Execution(hold_input=True)))
    place = [row.path for row in found.apart.trace.rows].index(at)
    assert [(one.path, one.bytes / UNIT, one.next) for one in live_at(found, place)] == live


def test_what_lives_inside_a_layer() -> None:
    """Attention holds its queries, keys and values beside its tokens and its result; what is learned has no bytes here."""
    text = "inputs: {x: {tokens: [6, 8]}}\nlayers: [{learned: {sizes: [6, 8], to: tokens, join: none}}, {add: {from: [previous, x]}}, "
    found = memory(traced(text + "{attention: {heads: 2}}]\n")._replace(execution=Execution(in_place="none")))
    sum_, attention = [[(one.path, one.bytes, one.next, one.inner) for one in live_at(found, place)] for place in (1, 2)]
    assert sum_ == [("input", 192, "add1", False), ("add1", 192, "attention1", False)]
    assert attention == [("add1", 192, "attention1", False), ("attention1", 192, None, False), ("attention1", 576, None, True)]


def test_what_a_fixed_layer_needs_inside() -> None:
    """Attention over learned tokens needs its room once, whatever the batch."""
    text = "inputs: {x: {tokens: [6, 8]}}\nlayers: [{learned: {sizes: [6, 8], to: tokens, join: none}}, {attention: {heads: 2}}, "
    found = traced(text + "{add: {from: [previous, x]}}]\n")
    assert [memory(found._replace(batch=batch)).timeline[1] for batch in (1, 10)] == [4 * 48 * (1 + 3 + 1), 4 * 48 * (1 + 3 + 10)]


@given(st.integers(0, 10**9), st.sampled_from(list(IN_PLACE)), st.booleans())
def test_the_live_set_sums_to_the_timeline(seed: int, in_place: str, hold: bool) -> None:
    """At each layer of a network the values that live there have the bytes of its moment, and none is empty."""
    found = memory(traced(random_network(seed)[0])._replace(execution=Execution(in_place=in_place, hold_input=hold)))
    live = [[one.bytes for one in live_at(found, place)] for place in range(len(found.timeline))]
    assert ([sum(sizes) for sizes in live], all(map(all, live))) == (found.timeline, True)


TYPES = {"fp64": 64, "fp32": 32, "tf32": 32, "fp16": 16, "bf16": 16, "fp8": 8, "int8": 8, "int4": 4}  # TF32 is stored as a float


@pytest.mark.parametrize("dtype", TYPES)
def test_bytes_of_types(dtype: str) -> None:
    """A thousand values have a thousand times the bits of their type; a part of a byte counts whole."""
    assert (bytes_of(1000, dtype), bytes_of(1, dtype)) == (TYPES[dtype] * 125, max(TYPES[dtype] // 8, 1))
    assert bytes_of(3, "int4") == 2
    [model] = convcalc.memory("lenet5", dtype=dtype).models
    assert model.memory is not None
    assert model.memory.dtype == model.memory.weights_dtype == dtype


@pytest.mark.parametrize(("word", "count"), [("none", 1), ("activations", 2), ("fused", 3), ("fused-add", 4), ("depthwise", 5)])
def test_each_way_does_what_those_before_it_do(word: str, count: int) -> None:
    """What is written in place has an order: from nothing to depthwise convolutions."""
    kinds = ["none", "activations", "fused", "fused-add", "depthwise"]
    assert [kind for kind in kinds if Execution(in_place=word).allows(kind)] == kinds[:count]


def test_what_is_said_of_how_a_network_is_run() -> None:
    """What is as it is unless given is not said; devices are named, and paths are lists."""
    device = Device("ours", "", {"int8": 1})
    given_ = Execution("int8", "fp16", "none", True, "adam", "bf16", ("a",), ("b", "c"), device, True, ("conv=ghost",), True)
    assert (execution_dict(Execution()), execution_dict(Execution(frozen=("a",)))) == ({}, {"frozen": ["a"]})
    assert execution_dict(given_) == {
        "dtype": "int8", "weights_dtype": "fp16", "in_place": "none", "hold_input": True, "optimizer": "adam", "amp": "bf16",
        "frozen": ["a"], "checkpoints": ["b", "c"], "device": "ours", "cached": True, "replaced": ["conv=ghost"], "where_possible": True,
    }  # fmt: skip
    assert given_.as_written == given_._replace(replaced=(), where_possible=False)
    assert (given_.type_of_weights, Execution(dtype="int8").type_of_weights) == ("fp16", "int8")


def test_how_a_network_is_run_unless_said() -> None:
    """In 32 bits, fused as engines fuse, with the input freed; trained by plain SGD, and on no device."""
    assert Execution() == Execution("fp32", "", "fused", False, "sgd", "", (), (), None, False, (), False)


def test_what_the_next_pass_reads() -> None:
    """What each pass reads from outside is read next by the next pass, not by a layer that ran before."""
    body = "{add: {from: [previous, a]}}, {conv: {cout: 8 if first else 12, kernel: 1}}, {conv: {cout: 4, kernel: 1}}"
    lead = "{conv: {name: a, cout: 4, kernel: 1}}, {conv: {name: b, cout: 4, kernel: 1}}"
    text = f"input: 4x4x4\nlayers: [{lead}, {{repeat: {{name: r, times: 3, layers: [{body}]}}}}]\n"
    found = memory(traced(text)._replace(execution=Execution(in_place="none")))
    place = [row.path for row in found.apart.trace.rows].index("r.1-2.conv1")
    assert (found.timeline[place], live_at(found, place)[0][:3]) == (found.peak, ("a", 4 * 4 * 4 * 4, "r.1-2.add1"))


def test_what_attention_needs_inside() -> None:
    """Queries, keys, values and their product beside the input, less the result that is not yet; or what the result is made of."""
    x, y = Features((3, 5, 8)), Features((3, 7, 6))
    # 3 groups of 5·12 queries and as many products, 7·6 keys and values; the result has 5·10
    assert build("attention", {"heads": 4, "kv_heads": 2, "dim": 12, "cout": 10}).inner(x, y) == 3 * (2 * 60 + 2 * 42 - 50)  # type: ignore[attr-defined]
    # a result of 5·40 is larger than all four: it stands beside the product alone
    assert build("attention", {"heads": 4, "kv_heads": 2, "dim": 12, "cout": 40}).inner(x, y) == 3 * 60  # type: ignore[attr-defined]


INSIDE = [
    ("layer_norm", {}, Map(4, (3, 5)), 2 * 15),  # mean and deviation of each position, group or channel
    ("group_norm", {"groups": 2}, Map(4, (3, 5)), 2 * 2),
    ("instance_norm", {}, Map(4, (3, 5)), 2 * 4),
    # gates and states of one step of both directions, and of several layers what the one below gave of all 12 steps
    ("lstm", {"hidden": 5, "bidirectional": True}, Tensor((2, 6, 8)), 10 * (4 + 2)),
    ("gru", {"hidden": 5, "layers": 2, "bidirectional": True}, Tensor((2, 6, 8)), 10 * (3 + 1) + 12 * 10),
    # a map of two windows and one along its axes is moved along the first alone
    ("windows", {"size": (2, 4), "shift": (1, 0)}, Features((4, 4, 3)), 48),
    ("windows", {"size": (2, 4), "shift": (0, 2)}, Features((4, 4, 3)), 0),
    # 4 windows of 2×2 that cover a 3×3 map
    ("unwindows", {"size": (2, 2), "shift": (1, 1), "grid": False, "to": (3, 3)}, Tensor((4, 4, 3)), 48),
    ("unwindows", {"size": (2, 2), "shift": (0, 0), "grid": False, "to": (3, 3)}, Tensor((4, 4, 3)), 0),
]


@pytest.mark.parametrize(("op_name", "attributes", "x", "elements"), INSIDE)
def test_what_an_op_needs_inside(op_name: str, attributes: dict[str, Any], x: Shape, elements: int) -> None:
    """The elements that live beside an op's input and result while it runs."""
    assert build(op_name, attributes).inner(x) == elements  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("layer", "maps"),
    [
        ("conv: {cout: 4, kernel: 3, groups: 4}", 1),
        ("depthwise_conv: {kernel: 3}", 1),
        ("conv: {cout: 4, kernel: 3, groups: 2}", 2),
        ("conv: {cout: 4, kernel: 3}", 2),
        ("conv: {cout: 8, kernel: 3, groups: 4}", 3),
        ("depthwise_conv: {kernel: 3, multiplier: 2}", 3),
        ("conv_transpose: {cout: 4, kernel: 3, stride: 1, padding: 1, groups: 4}", 2),
    ],
)
def test_which_convolutions_are_depthwise(layer: str, maps: int) -> None:
    """A convolution of as many groups as channels in and out is written onto its input, as a depthwise one is; no other is."""
    found = traced(f"input: 4x6x6\nlayers: [{{{layer}}}]\n")
    assert memory(found._replace(execution=Execution(in_place="depthwise"))).peak == 4 * maps * 4 * 36


WRITTEN_ONTO = [
    # an activation function onto what it reads, where that is allowed
    *((one, "activations", 1) for one in ("relu", "relu6", "elu", "gelu", "mish", "hardswish", "sigmoid", "softplus", "tanh", "softmax")),
    *((one, "none", 2) for one in ("relu", "softmax", "batch_norm", "abs")),
    # other functions and batch norms only with what is fused
    *((one, "activations", 2) for one in ("abs", "exp", "sqrt", "batch_norm", "scale")),
    *((one, "fused", 1) for one in ("relu", "abs", "exp", "sqrt", "batch_norm", "scale")),
    # pools, local response norms and copies onto nothing
    *((one, "fused-add", 2) for one in ("local_response_norm", "channel_shuffle: {groups: 2}")),
    # a sum and its like onto one of two inputs, a product and a quotient, whose factors may gate, onto none
    *((f"{one}: {{from: [input, one]}}", "fused-add", 2) for one in ("add", "sub", "min", "max", "pow")),
    *((f"{one}: {{from: [input, one]}}", "fused-add", 3) for one in ("mul", "div")),
    *((f"{one}: {{from: [input, one]}}", "fused", 3) for one in ("add", "mul")),
]


@pytest.mark.parametrize(("layer", "in_place", "maps"), WRITTEN_ONTO)
def test_what_is_written_onto_its_input(layer: str, in_place: str, maps: int) -> None:
    """Which ops need no room for a result: the maps that live while the layer runs."""
    first = "{conv: {name: one, cout: 4, kernel: 1}}, " if "one" in layer else ""
    written = f"{{{layer}}}" if ":" in layer else layer
    found = memory(traced(f"input: 4x6x6\nlayers: [{first}{written}]\n")._replace(execution=Execution(in_place=in_place)))
    assert found.timeline[-1] == 4 * maps * 4 * 36


def test_an_embedding_is_written_onto_its_tokens() -> None:
    """What is added to each element of 5×8 tokens needs no room of its own where layers are fused."""
    found = traced("inputs: {x: {tokens: [5, 8]}}\nlayers: [position_embedding]\n")
    assert [memory(found._replace(execution=Execution(in_place=word))).peak for word in ("fused", "activations")] == [4 * 40, 4 * 80]
