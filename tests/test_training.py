"""What training costs: MACs of the backward pass, and what autograd saves, against what PyTorch was seen to do."""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import convcalc
from convcalc.analysis.gradients import BackwardMacs, backward_macs, backward_of_layers, gradients, trained_copies
from convcalc.analysis.saved_tensors import Saved, recomputed_macs
from convcalc.analysis.training import (
    OPTIMIZERS,
    gradient_bytes,
    optimizer_bytes,
    output_bytes,
    saved,
    saved_bytes,
    step_bytes,
    training_bytes,
    training_macs,
)
from convcalc.core.execution import Execution
from convcalc.core.ops import NOTHING_KEPT, TRAITS, Kept, build, keeps_of, kept_by
from convcalc.core.shape import Features, Map, Shape, Tensor
from convcalc.core.trace import Trace, of_one_sample, trace
from convcalc.errors import ConvcalcError
from convcalc.report.memory import TrainingReport
from tests.conftest import FACTS, Run, Snapshot
from tests.layouts import network as built
from tests.layouts import traced
from tests.nested import Maker, random_network
from tests.test_memory import network

FOLDER = FACTS / "memory"


def facts(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return found


BACKWARD, SAVED, FROZEN, OPTIMIZER, CHECKPOINTING, STEPS = map(
    facts, ("backward_flops", "saved_bytes", "frozen", "optimizer_state", "checkpointing", "training_step_peak")
)
# At batch 1 PyTorch makes no copies of keys and values where one window covers the map: it keeps the joint tensor of queries, keys
# and values beside the scaled queries. At larger batches it copies, as the layout says.
ONE_WINDOW = ("swin_t", "swin_s", "swin_b")
# Their layer norms and residual streams stay partly in 32 bits under autocast.
PARTLY_FULL = ("convnext_tiny", "convnext_small", "vit_b_16", "vit_b_32", "swin_t")
FREEZES = {
    "all trained": (),
    "stem and first stage frozen": ("stem", "layer1", "stage1", "stage2"),  # MobileNetV2's first stage is two here
    "norms frozen (their parameters)": ("*.norm",),
}
NAMES = {
    "SGD": "sgd", "SGD momentum": "momentum", "SGD nesterov": "nesterov", "Adam amsgrad": "amsgrad",
    "RMSprop momentum": "rmsprop-momentum", "RMSprop centered momentum": "rmsprop-centered-momentum",
}  # fmt: skip


def with_(found: Trace, **execution: Any) -> Trace:
    return found._replace(execution=Execution(**execution))


def of_facts(name: str) -> Trace:
    return network(name, BACKWARD[name]["input"])


def report(spec: str, **given: Any) -> TrainingReport:
    [model] = convcalc.training(spec, **given).models
    assert model.training is not None
    return model.training


@pytest.mark.parametrize("name", BACKWARD)
def test_macs_of_the_backward_pass(name: str) -> None:
    """Twice the forward MACs, less those of layers that read the network's input; equal by kind of layer to what PyTorch does."""
    wanted, found = BACKWARD[name], of_facts(name)
    macs = backward_of_layers(found)
    assert sum(one.inputs + one.weights for one in macs) == wanted["backward_macs"]
    assert sum(row.total.macs for row in found.rows) == wanted["forward_macs"]
    if name == "lenet5":
        return  # whose third convolution is a linear layer in the facts
    by_kind = {kind: one for kind, one in wanted["by_kind"].items() if "grad_input_macs" in one}
    kinds = {kind: [0, 0] for kind in by_kind}
    for row, one in zip(found.rows, macs, strict=True):
        if (kind := kind_of(row)) in kinds:
            kinds[kind] = [kinds[kind][0] + one.inputs, kinds[kind][1] + one.weights]
    assert kinds == {kind: [one["grad_input_macs"], one["grad_weight_macs"]] for kind, one in by_kind.items()}


def kind_of(row: Any) -> str:
    """The facts' kind of a convolution."""
    name, groups, cin = row.op.name, getattr(row.op, "groups", 1), row.inputs[0].channels if row.inputs else 0
    if name == "depthwise_conv":
        return "conv_depthwise" if cin > 1 else "conv"
    if name not in ("conv", "conv_transpose") or groups == 1:
        return str(name)
    return f"{name}_depthwise" if groups == cin else f"{name}_grouped"


@pytest.mark.parametrize("name", SAVED)
def test_bytes_that_autograd_saves(name: str) -> None:
    """Distinct storages that PyTorch packs, at batch 1 and 2, in 32 bits and under autocast."""
    wanted, found = SAVED[name], of_facts(name)
    plain, mixed = saved(found), saved(with_(found, amp="bf16"))
    for batch in (1, 2) if name not in ONE_WINDOW else (2,):
        assert plain.of(batch) == wanted[f"fp32_batch{batch}"]["saved_bytes"]
    if name not in PARTLY_FULL and "autocast_bf16_batch1" in wanted:
        assert mixed.of(1) == wanted["autocast_bf16_batch1"]["saved_bytes"]


@pytest.mark.parametrize("case", FROZEN)
def test_parts_that_are_frozen(case: str) -> None:
    """A frozen prefix costs nothing, a frozen layer above a trained one its input's gradient, and frozen norms change nothing."""
    name, _, what = case.partition(": ")
    wanted, found = FROZEN[case], of_facts(name)
    names = list(dict.fromkeys(row.path.split(".")[0] for row in found.rows))
    if what not in FREEZES:
        head, first = names[-1:], ["stem.norm", *(one for one in names if one != "stem")]
        frozen = {"head frozen": head, "only the head": names[:-1], "only the first convolution": first}[what]
    else:
        frozen = [path for path in FREEZES[what] if path == "*.norm" or (path in names and not (path[:5] == "stage" and "layer1" in names))]
    found = with_(found, frozen=tuple(frozen))
    macs = backward_of_layers(found)
    assert sum(gradient_bytes(found)) == 4 * wanted["trained_params"]
    assert [sum(one.inputs for one in macs), sum(one.weights for one in macs)] == [wanted["grad_input_macs"], wanted["grad_weight_macs"]]
    assert saved(found).of(1) == wanted["saved_bytes"]


@pytest.mark.parametrize("case", OPTIMIZER)
def test_state_of_optimizers(case: str) -> None:
    """What torch.optim keeps after a step, a parameter and a tensor; Adafactor by rows and columns."""
    name, _, optimizer = case.partition(": ")
    found = with_(of_facts(name), optimizer=NAMES.get(optimizer, optimizer.lower()))
    assert sum(optimizer_bytes(found)) == OPTIMIZER[case]["state_bytes"]


def test_all_optimizers_are_measured() -> None:
    """Each is among the facts."""
    assert {NAMES.get(one, one.lower()) for one in (case.partition(": ")[2] for case in OPTIMIZER)} == {*OPTIMIZERS}


SEGMENTS = {"none": (), "layer1..4": ("layer1", "layer2", "layer3", "layer4"), "every block": ("layer*.*",)}


@pytest.mark.parametrize("case", [case for case in CHECKPOINTING if case.partition(": ")[2] in SEGMENTS])
def test_checkpointing(case: str) -> None:
    """What is computed again are the forward MACs of the segments; what is saved is their inputs, and what the rest keeps."""
    name, _, what = case.partition(": ")
    wanted, found = CHECKPOINTING[case], with_(of_facts(name), checkpoints=SEGMENTS[what])
    assert 2 * sum(recomputed_macs(found)) == wanted["recompute_flops"]
    assert saved(found).of(1) == wanted["saved_after_forward"]


def test_a_segment_ends_where_something_is_kept() -> None:
    """conv-relu-conv: the second convolution keeps its input alone, and is not computed again (PyTorch's early stop)."""
    body = "{conv: {name: a, cout: 8, kernel: 3}}, {relu: {name: b}}, {conv: {name: c, cout: 16, kernel: 3}}"
    text = "input: 8x16x16\nblocks: {g: {layers: [%s]}}\nlayers: [{g: {name: g}}]\n"
    found = with_(traced(text % body), checkpoints=("g",))
    wanted = CHECKPOINTING["conv8-relu-conv16, 16x16, early_stop=True"]
    assert 2 * found.total.macs == 3 * wanted["recompute_flops"]
    assert recomputed_macs(found) == [found.rows[0].cost.macs, 0, 0]
    inside = with_(traced(text % f"{body}, {{batch_norm: {{name: d}}}}"), checkpoints=("*",))
    assert recomputed_macs(inside) == [row.cost.macs for row in inside.rows]


def test_each_name_is_a_segment() -> None:
    """A pattern that names layers checkpoints each by itself, with its norm and activation, and keeps what each reads."""
    layers = ", ".join(f"{{conv: {{name: c{one}, cout: 8, kernel: 3, norm: batch_norm, activation: relu}}}}" for one in range(3))
    found = traced(f"input: 8x16x16\nlayers: [{layers}]\n")
    assert saved(with_(found, checkpoints=("c*",))) == Saved(0, 3 * 4 * 8 * 256)
    assert sum(recomputed_macs(with_(found, checkpoints=("c*",)))) == found.total.macs
    assert sum(recomputed_macs(with_(found, checkpoints=("c1",)))) == found.rows[3].cost.macs


def test_resnet50_by_segments() -> None:
    """Four segments, and every block, as PyTorch was measured: 15,061,504 and 31,117,824 bytes."""
    found = of_facts("resnet50")
    assert saved(with_(found, checkpoints=SEGMENTS["layer1..4"])).of(1) == 15_061_504
    assert saved(with_(found, checkpoints=SEGMENTS["every block"])).of(1) == 31_117_824


@pytest.mark.parametrize("name", ["resnet18", "resnet50", "densenet121"])
def test_after_the_forward_pass(name: str) -> None:
    """What is live after a forward pass is what is saved and the output, and the loss's four bytes."""
    found = of_facts(name)
    assert saved(found).of(1) + 4 * found.output.elements + 4 == STEPS[name]["live_after_forward"]


@pytest.mark.parametrize("case", STEPS)
def test_the_estimate_of_a_step(case: str) -> None:
    """The sum without weights and optimizer is at least 0.95 of what a step was measured to need, but for two tiny networks."""
    name, _, batch = case.partition(" batch ")
    if case in ("lenet5", "grouped_up"):
        return
    found, samples = of_facts(name), int(batch or 1)
    estimate = step_bytes(found).of(samples) - 4 * found.total.params
    assert estimate >= STEPS[case]["step_peak"] * 0.995


# What PyTorch keeps of each op, as the facts have it


def tape(found: Trace) -> tuple[int, int]:
    """Fixed bytes, and bytes a sample, that a network without repeats saves: a set of storages, filled op by op."""
    inputs = len(found.inputs)
    storage = list(range(inputs))
    needs = [False] * inputs
    kept: set[int] = set()
    fixed = sample = 0
    for number, row in enumerate(found.rows, inputs):
        learns = row.op.name in ("conv", "depthwise_conv", "batch_norm", "group_norm", "scale")
        drops = row.op.name == "dropout" and row.op.p != 0  # type: ignore[attr-defined]
        storage.append(storage[row.sources[0]] if TRAITS[row.op.name].view and not drops else number)
        needs.append(learns or any(needs[source] for source in row.sources))
        if not needs[-1]:
            continue
        first = row.inputs[0]
        if row.op.name in ("conv", "depthwise_conv", "batch_norm", "group_norm", "scale", "relu6", "max_pool", "avg_pool"):
            kept.add(storage[row.sources[0]])
        if row.op.name == "relu":
            kept.add(storage[-1])
        if row.op.name == "mul":
            pairs = [(row.sources[0], row.sources[1]), (row.sources[1], row.sources[0])]
            kept |= {storage[one] for one, other in pairs if needs[other]}
        fixed += 8 * first.channels * (row.op.name == "batch_norm")
        sample += {"group_norm": 2 * 4 * 2, "max_pool": 8 * row.output.elements}.get(row.op.name, 0) + 4 * first.elements * drops
    return fixed, sample + sum(4 * found.value(one).elements for one in kept)


@given(st.integers(0, 10**9))
def test_what_random_networks_save(seed: int) -> None:
    """A network that holds its repeats once saves what its unrolled form does, which is what a tape of storages holds."""
    once, unrolled = map(traced, random_network(seed))
    assert saved(once) == saved(unrolled) == Saved(*tape(unrolled))
    assert sum(saved_bytes(once)) == saved(once).of(1)


@given(st.integers(0, 10**9))
def test_backward_macs_of_random_networks(seed: int) -> None:
    """Held once or unrolled: each layer's MACs once for its weights, and once where something trained lies before it."""
    once, unrolled = map(traced, random_network(seed))
    needs = [False]
    wanted = 0
    for row in unrolled.rows:
        upstream = any(needs[source] for source in row.sources)
        wanted += row.cost.macs * (1 + upstream)
        needs.append(upstream or row.cost.params > 0)
    assert sum(backward_macs(once)) == sum(backward_macs(unrolled)) == wanted


@given(st.integers(0, 10**9), st.integers(0, 3))
def test_a_frozen_pass(seed: int, number: int) -> None:
    """A pass that is frozen by its number is as in the unrolled form; so is what is checkpointed."""
    body = "[{conv: {cout: 4, kernel: 3}}, batch_norm, relu, {conv: {cout: 4, kernel: 1}}]"
    once = traced(f"input: 4x6x6\nlayers: [{{conv: {{cout: 4, kernel: 1}}}}, {{repeat: {{name: r, times: 4, layers: {body}}}}}]\n")
    layers = ", ".join(f"{{p: {{name: p{one}}}}}" for one in range(4))
    text = f"input: 4x6x6\nblocks: {{p: {{layers: {body}}}}}\nlayers: [{{conv: {{cout: 4, kernel: 1}}}}, {layers}]\n"
    unrolled = traced(text)
    kind = "frozen" if seed % 2 else "checkpoints"
    a, b = with_(once, **{kind: (f"r.{number}",)}), with_(unrolled, **{kind: (f"p{number}",)})
    assert saved(a) == saved(b)
    assert sum(recomputed_macs(a)) == sum(recomputed_macs(b))
    assert sum(backward_macs(a)) == sum(backward_macs(b))
    assert sum(gradient_bytes(a)) == sum(gradient_bytes(b))


def test_shared_weights_have_one_gradient() -> None:
    """Passes that share their weights have one set of gradients, trained where any pass trains it, and each its own MACs."""
    text = "input: 4x6x6\nlayers: [{repeat: {name: r, times: 3, shared: true, layers: [{conv: {cout: 4, kernel: 1}}]}}]\n"
    found = traced(text)
    assert (sum(gradient_bytes(found)), sum(backward_macs(found))) == (4 * (16 + 4), 36 * 16 * 5)
    assert trained_copies(with_(found, frozen=("r.1",))) == [1]
    assert trained_copies(with_(found, frozen=("r",))) == [0]


MATMULS = [
    # two products of activations, both of which need a gradient: twice
    ("{tokens: [6, 8]}", "[{linear: {name: a, cout: 8}}, {matmul: {from: [a, a], transpose: true}}]", 6 * 64 + 2 * 6 * 6 * 8),
    # one of them is the input: once
    ("{tokens: [6, 8]}", "[{linear: {name: a, cout: 8}}, {matmul: {from: [a, input], transpose: true}}]", 6 * 64 + 6 * 6 * 8),
    # attention on the input: no gradient of its projections' input, but of the output's, and both products'
    ("{tokens: [6, 8]}", "[{attention: {heads: 2}}]", 4 * 6 * 64 + 6 * 64 + 4 * 6 * 6 * 8),
    # steps behind the first read the state: their products have an input gradient, those of the input have none (torch 2.14 without oneDNN)
    ("{tokens: [6, 8]}", "[{lstm: {hidden: 5}}]", 6 * 20 * (8 + 5) + 5 * 20 * 5),
    ("{tokens: [6, 8]}", "[{linear: 8}, {lstm: {hidden: 5}}]", 6 * 64 + 2 * 6 * 20 * (8 + 5) - 20 * 5),
]


@pytest.mark.parametrize(("shape", "layers", "macs"), MATMULS)
def test_products_of_values(shape: str, layers: str, macs: int) -> None:
    """A product of two values costs its MACs once for each that needs a gradient."""
    assert sum(backward_macs(traced(f"inputs: {{x: {shape}}}\nlayers: {layers}\n".replace("input]", "x]")))) == macs


HEAD = "{conv: {cout: 8, kernel: 3}}"
TOKENS = "{linear: {name: a, cout: 16}}, {attention: {name: b, heads: 4}}"
KEPT_BY_MODULES = [
    # network, layers, frozen, amp, the bytes that torch.autograd.graph.saved_tensors_hooks saw of batch 2 (torch 2.14.1)
    ("3x6x6", f"[{HEAD}, {{instance_norm: {{}}}}]", (), "", 3296),
    ("3x6x6", f"[{HEAD}, {{instance_norm: {{affine: true}}}}]", (), "", 3360),
    ("3x6x6", f"[{HEAD}, {{scale: {{name: b}}}}]", ("b",), "", 864),
    ("3x6x6", f"[{HEAD}, {{scale: {{name: b}}}}]", (), "", 864 + 2304),
    ("{tokens: [10, 16]}", f"[{TOKENS}]", ("b",), "", 6720),
    ("{tokens: [10, 16]}", f"[{TOKENS}]", (), "", 8000),
    ("16", "[{linear: 8}, relu, {linear: 4}]", (), "bf16", 160),
    (
        "3x6x6",
        "[{conv: {name: a, cout: 8, kernel: 3}}, {conv: {name: b, cout: 8, kernel: 3, from: input}}, {pow: {from: [a, b]}}]",
        (),
        "",
        7776,
    ),
    *(
        (
            "3x6x6",
            "[{conv: {name: a, cout: 8, kernel: 3}}, {conv: {name: b, cout: 8, kernel: 3, from: input}},"
            f" {{conv: {{name: d, cout: 8, kernel: 3, from: input}}}}, {{{join}: {{from: [a, b, d]}}}}]",
            (),
            "",
            10080,
        )
        for join in ("mul", "max", "min")
    ),
]


@pytest.mark.parametrize(("shape", "layers", "frozen", "amp", "kept"), KEPT_BY_MODULES)
def test_what_modules_keep(shape: str, layers: str, frozen: tuple[str, ...], amp: str, kept: int) -> None:
    """A layer saves what PyTorch's module does: also where it is frozen, joins three values, or casts its weights."""
    found = with_(traced(f"input: {shape}\nlayers: {layers}\n"), frozen=frozen, amp=amp)
    assert saved(found).of(2) == kept


def test_copies_that_autocast_makes() -> None:
    """One 16-bit copy serves all uses of a trained weight, a frozen one is copied at each use, and the head alone copies none."""
    repeat = "{repeat: {name: r, times: 3, shared: true, layers: [{conv: {cout: 8, kernel: 3}}]}}"
    shared = f"input: 8x6x6\nlayers: [{{conv: {{name: a, cout: 8, kernel: 3}}}}, {repeat}]\n"
    weight = 8 * 8 * 9 * 2
    values = sum(saved_bytes(with_(traced(shared), amp="bf16"))) - 2 * weight
    frozen = with_(traced(shared), amp="bf16", frozen=("r",))
    assert sum(saved_bytes(frozen)) == values + 4 * weight
    head = with_(of_facts("resnet50"), amp="bf16", frozen=("stem", "layer1", "layer2", "layer3", "layer4"))
    assert sum(saved_bytes(head)) == 4096  # of one sample: the pooled vector, whose gradient nobody needs


def test_a_step_in_the_report() -> None:
    """The parts of a step sum to it, and the largest batch is the last that fits."""
    found = report("resnet50", optimizer="adamw", batch=16, fit="24GiB", images="1.28M", epochs=90)
    params = 25_557_032
    assert found.training_macs == 16 * (3 * 4_089_184_256 - 118_013_952)
    assert found.weight_bytes == found.gradient_bytes == 4 * params
    assert found.optimizer_bytes == 8 * params + 4 * 161
    assert found.saved_bytes == 212_480 + 16 * 85_909_504
    parts = (found.weight_bytes, found.gradient_bytes, found.optimizer_bytes, found.saved_bytes, found.output_bytes)
    assert found.training_bytes == sum(parts)
    assert found.run is not None
    assert found.run.flops == 2 * 1_280_000 * 90 * (3 * 4_089_184_256 - 118_013_952)
    assert found.fit is not None
    largest = found.fit.largest_batch
    assert largest is not None
    assert report("resnet50", optimizer="adamw", batch=largest).training_bytes <= 24 * 2**30
    assert report("resnet50", optimizer="adamw", batch=largest + 1).training_bytes > 24 * 2**30


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"freeze": "stam"}, "--freeze stam: resnet18 has no such layer"),
        ({"checkpoint": ["layer1", "layer5"]}, "--checkpoint layer5: resnet18 has no such layer"),
        ({"optimizer": "adamx"}, "--optimizer adamx: there is no such choice"),
        ({"amp": "int8"}, "--amp int8: there is no such choice"),
        ({"images": 10}, "--images and --epochs belong together"),
        ({"images": 10, "epochs": 0}, "--images and --epochs are at least 1"),
        ({"fit": "24 Gib"}, "--fit 24 Gib: expected a quantity"),
    ],
)
def test_what_is_refused(given: dict[str, Any], message: str) -> None:
    """Paths that name nothing, unknown words and halves of pairs are errors."""
    with pytest.raises(ConvcalcError, match=message):
        convcalc.training("resnet18", **given)


@pytest.mark.parametrize("columns", [120, 80, 40])
def test_what_people_see(run: Run, snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch, columns: int) -> None:
    """MACs of the passes by stage, the bytes of a step, whether they fit, and all epochs."""
    monkeypatch.setenv("COLUMNS", str(columns))
    options = ("--optimizer", "adamw", "--batch", "256", "--fit", "24GiB", "--images", "1.28M", "--epochs", "90")
    ran = run("training", "resnet50", *options)
    assert ran.code == 0
    assert max(map(len, ran.out.splitlines())) <= columns
    snapshot(f"training-{columns}.txt", ran.out)


UNIT = 4 * 4 * 4 * 4  # bytes of a 4×4×4 map in 32 bits
MACS = 16 * 4 * 4  # of a pointwise convolution of one
ONE = "input: 4x4x4\n"
A = "{conv: {name: a, cout: 4, kernel: 1}}"
B = "{conv: {name: b, cout: 4, kernel: 1, from: input}}"
CONV = "{conv: {cout: 4, kernel: 1}}"
BODY = "{conv: {cout: 4, kernel: 1}}, relu, {conv: {cout: 4, kernel: 3}}"  # of which 10 MACS
WIDE = "{conv: {cout: 8, kernel: 3}}"
LEARNED = "{learned: {sizes: [4, 4, 4], to: map, join: none}}"


@pytest.mark.parametrize(
    ("join", "frozen", "maps"),
    [
        # beside the input, which a trained convolution keeps
        ("div: {from: [a, b]}", "b", 2),  # the gradient of a needs b
        ("div: {from: [b, a]}", "b", 3),  # that of a divisor needs both
        ("div: {from: [a, b]}", "", 3),
        ("mul: {from: [a, b]}", "b", 2),
        ("mul: {from: [b, a]}", "b", 2),
        ("mul: {from: [a, b]}", "", 3),
    ],
)
def test_what_products_and_quotients_keep(join: str, frozen: str, maps: int) -> None:
    """A product keeps the factor of each that needs a gradient, a quotient its divisor, and both where the divisor needs one."""
    found = traced(f"{ONE}layers: [{A}, {B}, {{{join}}}]\n")
    assert saved(with_(found, frozen=(frozen,) if frozen else ())) == Saved(0, maps * UNIT)


def test_a_quotient_keeps_its_divisor() -> None:
    """Where only the dividend needs a gradient the divisor is kept, here a mean of 4 channels, and not the dividend."""
    found = traced(f"{ONE}layers: [{A}, {B}, {{global_avg_pool: {{name: g}}}}, {{div: {{from: [a, g]}}}}]\n")
    assert saved(with_(found, frozen=("b",))) == Saved(0, UNIT + 4 * 4)


@pytest.mark.parametrize(
    ("layers", "fixed", "sample"),
    [
        # two groups' means and deviations; what is learned is a parameter, and the sum keeps nothing
        (f"{LEARNED}, {{group_norm: {{groups: 2}}}}", 16, 0),
        (f"{LEARNED}, batch_norm", 2 * 4 * 4, 0),
        # indices of 64 bits
        (f"{LEARNED}, sigmoid, {{max_pool: {{kernel: 1}}}}", UNIT + 8 * 64, 0),
    ],
)
def test_what_is_kept_of_what_no_input_reaches(layers: str, fixed: int, sample: int) -> None:
    """It does not grow with the batch, neither the values nor what is made beside them."""
    found = traced(f"{ONE}layers: [{layers}, {{add: {{from: [previous, input]}}}}]\n")
    assert saved(found) == Saved(fixed, sample)


def test_one_copy_for_passes_that_differ() -> None:
    """Autocast copies a shared weight once, though the input of its first use needs no gradient."""
    text = "input: 8x6x6\nlayers: [{repeat: {times: 3, shared: true, layers: [{conv: {cout: 8, kernel: 3}}]}}]\n"
    assert sum(saved_bytes(with_(traced(text), amp="bf16"))) == 3 * 2 * 8 * 36 + 2 * 8 * 8 * 9


COMPUTED_AGAIN = [
    # layers behind a trained convolution, what is checkpointed, and the MACS that are computed again
    # a pass is a segment: its last convolution keeps its input alone, and is not computed in any of them
    (f"{{repeat: {{name: r, times: 3, layers: [{BODY}]}}}}", "r.*", 3),
    # one segment of all passes: that of the last alone is not computed
    (f"{{g: {{name: g}}}} = {{repeat: {{times: 3, layers: [{BODY}]}}}}, global_avg_pool", "g", 3 * 10 - 9),
    (f"{{g: {{name: g}}}} = {CONV}, {{repeat: {{times: 3, layers: [{BODY}]}}}}", "g", 1 + 3 * 10 - 9),
    # segments in each of two passes, of two passes each
    (
        f"{{repeat: {{times: 2, layers: [{{g: {{name: g}}}}]}}}} = {CONV}, {{repeat: {{times: 2, layers: [{BODY}]}}}}",
        "*.g",
        2 * (1 + 2 * 10 - 9),
    ),
    # a segment within each pass, with a layer before and behind it
    (f"{{repeat: {{times: 3, layers: [{CONV}, {{g: {{name: g}}}}, {CONV}]}}}} = {BODY}", "*.g", 3),
    # the last that keeps something is the first of its pass
    (f"{{g: {{name: g}}}} = {CONV}, {{repeat: {{times: 3, layers: [{CONV}, neg]}}}}", "g", 1 + 3 - 1),
    # a sum keeps nothing: the convolution before it is not computed
    (f"{{g: {{name: g}}}} = {{residual: {{body: [{BODY}]}}}}", "g", 1),
]


@pytest.mark.parametrize(("layers", "checkpoint", "macs"), COMPUTED_AGAIN)
def test_how_far_segments_are_computed(layers: str, checkpoint: str, macs: int) -> None:
    """A segment is computed again up to the last layer that keeps something, each time that it is one."""
    used, _, body = layers.partition(" = ")
    blocks = f"blocks: {{g: {{layers: [{body}]}}}}\n" if body else ""
    found = with_(traced(f"{ONE}{blocks}layers: [{A}, {used}]\n"), checkpoints=(checkpoint,))
    assert sum(recomputed_macs(found)) == macs * MACS


IN_TOKENS = "inputs: {x: {tokens: [6, 8]}}\n"
LAST = [
    # a frozen linear layer keeps its weight, for the gradient of its input: what it reads is computed
    ("[{linear: {name: p, cout: 8}}, {linear: {name: q, cout: 8}}]", ("g.q",), 6 * 64),
    # attention keeps what it makes beside its result: it is computed to its end
    ("[{attention: {name: p, heads: 2}}]", (), 4 * 6 * 64 + 2 * 6 * 6 * 8),
    # what needs no gradient keeps nothing: p keeps its input alone, and is the last
    ("[{add: {paths: {a: [{linear: {name: p, cout: 8}}], b: [{linear: {name: q, cout: 8}}]}}}]", ("g.b.q",), 0),
    ("[{add: {paths: {a: [{linear: {name: p, cout: 8}}], b: [{attention: {name: q, heads: 2}}]}}}]", ("g.b.q",), 0),
    ("[{add: {paths: {a: [{linear: {name: p, cout: 8}}], b: [{repeat: {name: q, times: 3, layers: [{linear: 8}]}}]}}}]", ("g.b.q",), 0),
]


@pytest.mark.parametrize(("layers", "frozen", "macs"), LAST)
def test_the_last_that_keeps_something(layers: str, frozen: tuple[str, ...], macs: int) -> None:
    """It keeps its inputs, its result, what it makes beside that, or its weights; what needs no gradient keeps nothing."""
    found = traced(f"{IN_TOKENS}blocks: {{g: {{layers: {layers}}}}}\nlayers: [{{g: {{name: g}}}}]\n")
    assert sum(recomputed_macs(with_(found, frozen=frozen, checkpoints=("g",)))) == macs


@pytest.mark.parametrize(("norm", "kept"), [("none", Saved(0, 2 * UNIT)), ("batch_norm", Saved(2 * 4 * 4, 3 * UNIT))])
def test_a_layer_with_its_own_norm_is_a_segment(norm: str, kept: Saved) -> None:
    """A checkpointed layer keeps its input, the one behind it is as ever: it keeps its input, and that of its norm."""
    layers = "{conv: {name: c, cout: 4, kernel: 1}}, {conv: {name: d, cout: 4, kernel: 1}}"
    found = traced(f"{ONE}params: {{norm: {norm}, activation: none}}\nlayers: [{layers}]\n")
    assert saved(with_(found, checkpoints=("c",))) == kept


def test_the_last_layer_is_a_segment() -> None:
    """It keeps its input, as the one before does."""
    found = traced(f"{ONE}layers: [{A}, {CONV}]\n")
    assert saved(with_(found, checkpoints=("conv1",))) == Saved(0, 2 * UNIT)


KEPT_BY_ROW = [
    # the input with the first that keeps it; each other value with the row that makes it
    (f"{A}, {CONV}", [2, 0]),
    # three results of the ReLU, each kept by itself alone; a negation keeps nothing
    (f"{A}, {{repeat: {{times: 3, layers: [neg, relu]}}}}", [1, 0, 3]),
    # what passes begin with: that of the first is the row's before
    (f"{A}, {{repeat: {{times: 3, layers: [neg, {CONV}]}}}}", [1, 3, 0]),
    (f"{A}, {{repeat: {{times: 3, layers: [{CONV}, neg]}}}}", [2, 0, 2]),
    (f"{A}, {{repeat: {{times: 3, layers: [neg, {{repeat: {{times: 2, layers: [neg, relu]}}}}]}}}}, {CONV}", [1, 0, 0, 6, 0]),
    (f"{A}, {{repeat: {{times: 3, layers: [neg, {{repeat: {{times: 2, layers: [{CONV}, neg]}}}}]}}}}, {CONV}", [1, 3, 0, 4, 0]),
    # a repeat behind one whose first pass stands apart, as it reads the input; the last result is not kept
    (f"{{repeat: {{times: 3, layers: [{CONV}]}}}}, {{repeat: {{times: 2, layers: [{CONV}]}}}}", [4, 1]),
    (f"{{repeat: {{name: r, times: 3, layers: [{CONV}]}}}}, {{repeat: {{times: 2, layers: [{CONV}]}}}}", [4, 1]),
]


@pytest.mark.parametrize(("layers", "maps"), KEPT_BY_ROW)
def test_which_layer_made_what_is_kept(layers: str, maps: list[int]) -> None:
    """A value that is kept counts where it is made, once for each pass that makes one; an input where it is kept first."""
    assert saved_bytes(traced(f"{ONE}layers: [{layers}]\n")) == [UNIT * one for one in maps]


def test_segments_whose_first_pass_differs() -> None:
    """Passes that read the network's input first are segments like the later ones: each computes its first convolution again."""
    found = with_(traced(f"{ONE}layers: [{{repeat: {{name: r, times: 3, layers: [{BODY}]}}}}]\n"), checkpoints=("r.*",))
    assert sum(recomputed_macs(found)) == 3 * MACS


@pytest.mark.parametrize(("last", "macs"), [("{avg_pool: {kernel: 1}}", 1), ("relu", 1), ("global_avg_pool", 0), ("{dropout: 0}", 0)])
def test_what_a_segment_ends_with(last: str, macs: int) -> None:
    """What a pool reads and what a ReLU gives is kept: the convolution before is computed; a mean and a view keep nothing."""
    found = traced(f"{ONE}blocks: {{g: {{layers: [{CONV}, {last}]}}}}\nlayers: [{A}, {{g: {{name: g}}}}]\n")
    assert sum(recomputed_macs(with_(found, checkpoints=("g",)))) == macs * MACS


def test_a_frozen_segment_keeps_nothing() -> None:
    """Where nothing needs a gradient nothing is kept or computed again: the next layer keeps its own input alone."""
    found = with_(traced(f"{ONE}layers: [{A}, {CONV}]\n"), frozen=("a",), checkpoints=("a",))
    assert (saved(found), recomputed_macs(found)) == (Saved(0, UNIT), [0, 0])


@pytest.mark.parametrize(
    ("text", "frozen", "copied"),
    [
        # a weight a pass, frozen or not
        (f"input: 8x6x6\nlayers: [{WIDE}, {{repeat: {{name: r, times: 3, layers: [{WIDE}]}}}}]\n", "r.0", 4 * 8 * 8 * 9),
        # two directions of two layers, biases stay as they are
        (
            "inputs: {x: {tokens: [6, 8]}}\nlayers: [{lstm: {hidden: 5, layers: 2, bidirectional: true}}]\n",
            "",
            2 * (20 * 8 + 20 * 5) + 2 * (20 * 10 + 20 * 5),
        ),
    ],
)
def test_weights_that_autocast_copies(text: str, frozen: str, copied: int) -> None:
    """Each weight is copied once in 16 bits, one a pass, a layer and a direction."""
    found = with_(traced(text), amp="bf16", frozen=(frozen,) if frozen else ())
    assert saved(found).fixed == 2 * copied


def test_what_autocast_does_not_copy() -> None:
    """A position embedding and a norm stay in 32 bits, and a first linear layer needs no copy for a gradient of its input."""
    text = "inputs: {x: {tokens: [6, 8]}}\nlayers: [{linear: 8}, position_embedding, layer_norm, {linear: 8}]\n"
    assert saved(with_(traced(text), amp="bf16")).fixed == 2 * 8 * 8


@pytest.mark.parametrize("batch", [1, 3])
def test_gradients_of_a_batch(batch: int) -> None:
    """A batch has so many times the products of a sample; what no input reaches has its own once."""
    text = "inputs: {x: {tokens: [6, 8]}}\nlayers: [{attention: {heads: 2}}]\n"
    [attention] = backward_of_layers(trace(built(text), batch))
    inputs, weights = 4 * 6 * 6 * 8 + 6 * 64, 4 * 6 * 64  # of two products, and of the output's projection; of four weights
    assert (attention.inputs, attention.weights) == (batch * inputs, batch * weights)
    fixed = "{learned: {sizes: [6, 8], to: tokens, join: none}}, {attention: {heads: 2}}, {add: {from: [previous, x]}}"
    [_, attention, _] = backward_of_layers(trace(built(f"inputs: {{x: {{tokens: [6, 8]}}}}\nlayers: [{fixed}]\n"), batch))
    assert (attention.inputs, attention.weights) == (inputs + 3 * 6 * 64, weights)  # what is learned needs a gradient


def test_borrowed_weights_are_frozen_with_their_owner() -> None:
    """Where a layer is frozen, so are those that use its weights: nothing is computed back or kept."""
    found = traced(f"{ONE}layers: [{A}, {{conv: {{cout: 4, kernel: 1, weights: a}}}}]\n")
    assert [sum(one) for one in backward_of_layers(found)] == [MACS, 2 * MACS]
    frozen = with_(found, frozen=("a",))
    assert ([sum(one) for one in backward_of_layers(frozen)], saved(frozen)) == ([0, 0], Saved(0, 0))


def test_no_input_needs_a_gradient() -> None:
    """Each of several inputs is given: the layers that read them have gradients of their weights alone."""
    layers = "{conv: {name: p, cout: 4, kernel: 1, from: x}}, {conv: {name: q, cout: 4, kernel: 1, from: y}}, {mul: {from: [p, q]}}"
    found = traced(f"inputs: {{x: 4x4x4, y: 4x4x4}}\nlayers: [{layers}]\n")
    assert [sum(one) for one in backward_of_layers(found)] == [MACS, MACS, 0]
    assert saved(found) == Saved(0, 4 * UNIT)  # both inputs and both factors


@pytest.mark.parametrize(("lead", "rows"), [(f"{A}, ", [1, 9, 9, 9]), ("", [1, 1, 1, 8, 8, 8])])
def test_passes_that_learn_alike_stay_together(lead: str, rows: list[int]) -> None:
    """Only a first pass that begins with what needs no gradient stands apart."""
    found = traced(f"{ONE}layers: [{lead}{{repeat: {{times: 9, layers: [{BODY}]}}}}]\n")
    assert [row.times for row in gradients(found).apart.trace.rows] == rows


def test_macs_of_a_step_by_layer() -> None:
    """A layer's step is its forward pass, its two gradients, less that of an input that needs none, and what is computed again."""
    found = traced(f"{ONE}blocks: {{g: {{layers: [{CONV}, relu]}}}}\nlayers: [{A}, {{g: {{name: g}}}}]\n")
    assert training_macs(with_(found, checkpoints=("g",))) == [2 * MACS, 4 * MACS, 0]


@pytest.mark.parametrize(("amp", "size"), [("", 4), ("bf16", 2)])
def test_outputs_of_a_step(amp: str, size: int) -> None:
    """All outputs of a batch are among the bytes of a step, in the type that they are given in."""
    found = with_(traced(f"{ONE}outputs: [a, c]\nlayers: [{A}, {{conv: {{name: c, cout: 2, kernel: 1}}}}]\n"), amp=amp)
    assert output_bytes(found) == size * (64 + 32)
    kept, copies = size * 2 * 64, (size == 2) * 2 * (16 + 8)  # both inputs; both weights in 16 bits
    step = Saved(2 * 4 * (20 + 10) + copies, kept + size * 96)  # weights and gradients
    assert (step_bytes(found), training_bytes(found._replace(batch=3))) == (step, step.of(3))


@pytest.mark.parametrize(
    ("optimizer", "numbers"),
    [
        # of two directions of two layers: a number a row and a column of each matrix, one each of a vector, and one a tensor
        ("adafactor", 2 * (20 + 8 + 20 + 5 + 2 * 20 + 4) + 2 * (20 + 10 + 20 + 5 + 2 * 20 + 4)),
        ("adam", 2 * 2 * (160 + 100 + 2 * 20 + 200 + 100 + 2 * 20) + 16),
    ],
)
def test_state_of_a_stacked_layer(optimizer: str, numbers: int) -> None:
    """An optimizer keeps its numbers for each tensor of each layer and direction of an LSTM."""
    text = "inputs: {x: {tokens: [6, 8]}}\nlayers: [{lstm: {hidden: 5, layers: 2, bidirectional: true}}]\n"
    assert optimizer_bytes(with_(traced(text), optimizer=optimizer)) == [4 * numbers]


def test_passes_of_a_sweep(tmp_path: Path) -> None:
    """A point of one pass trains one, though the first pass, which reads the input, is unlike later ones."""
    path = tmp_path / "n.yaml"
    path.write_text(f"{ONE}params: {{n: 1}}\nlayers: [{{repeat: {{times: n, layers: [{CONV}]}}}}]\n", "utf-8")
    found = convcalc.sweep(str(path), set={"n": [1, 2, 3]}, metrics=["backward_macs", "training_bytes"])
    assert list(found.columns["backward_macs"]) == [MACS * (2 * n - 1) for n in (1, 2, 3)]
    assert list(found.columns["training_bytes"]) == [2 * 4 * 20 * n + UNIT * n + UNIT for n in (1, 2, 3)]


@pytest.mark.parametrize("amp", ["bf16", "fp16"])
def test_types_of_autocast(amp: str) -> None:
    """Both types of 16 bits are taken: ten classes are twenty bytes."""
    [model] = convcalc.training("lenet5", amp=amp).models
    assert model.training is not None
    assert (model.training.amp, model.training.output_bytes) == (amp, 2 * 10)


HELD = f"{{repeat: {{times: 3, layers: [{BODY}]}}}}"
WRITTEN = ", ".join([BODY] * 3)


@pytest.mark.parametrize("layers", [WRITTEN, f"{WRITTEN}, {{dropout: 0}}", HELD, f"{HELD}, {{dropout: 0}}"])
def test_a_segment_that_begins_with_a_repeat(layers: str) -> None:
    """One segment of three passes keeps what it reads, once, and computes all again but its last convolution, once."""
    found = traced(f"{ONE}blocks: {{g: {{layers: [{layers}]}}}}\nlayers: [{CONV}, {{g: {{name: g}}}}]\n")
    found = with_(found, checkpoints=("g",))
    assert (sum(recomputed_macs(found)), saved(found)) == ((3 * 10 - 9) * MACS, Saved(0, 2 * UNIT))


def test_a_checkpointed_encoder_keeps_what_it_reads_once() -> None:
    """ViT-B/16 keeps its tokens before the encoder, not those of each layer in it: 197 × 768 values, and what is outside."""
    found = convcalc.training("vit_b_16", checkpoint="encoder").models[0]
    whole = convcalc.training("vit_b_16").models[0]
    assert found.totals["saved_bytes"] == 2_419_240 < whole.totals["saved_bytes"]


@given(st.integers(0, 10**9))
def test_a_segment_of_random_layers(seed: int) -> None:
    """What a checkpointed call keeps and computes again is as in its unrolled form, wherever a repeat in it begins."""
    forms = ("".join(f"      {line}\n" for line in lines) for lines in Maker(seed).layers(2, 3))
    once, unrolled = (
        with_(traced(f"{ONE}blocks:\n  g:\n    layers:\n{form}layers: [{CONV}, {{g: {{name: g}}}}, {CONV}]\n"), checkpoints=("g",))
        for form in forms
    )
    assert (sum(recomputed_macs(once)), saved(once)) == (sum(recomputed_macs(unrolled)), saved(unrolled))


def test_a_custom_layer_without_parameters_is_not_trained() -> None:
    """It has no gradient of weights, and nothing is kept for one."""
    found = traced(f"{ONE}layers: [{{custom: {{cout: 4, macs: 100, params: 0}}}}]\n")
    assert (backward_of_layers(found), saved(found)) == ([BackwardMacs(0, 0)], Saved(0, 0))


X, Y = Features((3, 5, 8)), Features((3, 7, 6))  # 3 groups of 5 queries and of 7 keys
CROSS = {"heads": 4, "kv_heads": 2, "dim": 12, "cout": 10}
# What a product reads, how it is called, and its MACs: four projections (w), queries by keys, scores by values.
OF_STEPS = [
    ("q", "x", "w", 15 * 8 * 12), ("k", "y", "w", 21 * 6 * 6), ("v", "y", "w", 21 * 6 * 6),
    ("s", "q", "k", 12 * 5 * 3 * 7), ("m", "s", "v", 12 * 5 * 7 * 3), ("o", "m", "w", 15 * 12 * 10),
]  # fmt: skip


@pytest.mark.parametrize(("query", "key", "trained"), [*product([False, True], repeat=3)])
@pytest.mark.parametrize("scores", [False, True])
def test_gradients_of_attention(query: bool, key: bool, trained: bool, scores: bool) -> None:
    """Each of its six products costs its MACs once for each side that needs a gradient."""
    needs = {"x": query, "y": key, "w": trained}
    of_values = of_weights = 0
    for made, left, right, macs in OF_STEPS:
        of_values += macs * (needs[left] + (right != "w" and needs[right]))
        of_weights += macs * (right == "w" and trained)
        needs[made] = needs[left] or needs[right]
    op = build("attention", {**CROSS, "scores": scores})
    inputs = (X, Y, Features((5, 7))) if scores else (X, Y)
    assert op.backward(inputs, [query, key, False][: len(inputs)], trained) == (of_values, of_weights)  # type: ignore[attr-defined]


@pytest.mark.parametrize("query", [False, True])
def test_gradients_of_attention_to_itself(query: bool) -> None:
    """Keys and values are made of the first input, whatever is added to the scores."""
    op = build("attention", {"heads": 2, "scores": True})
    inputs = (Features((5, 8)), Features((5, 5)))
    # trained: the output's product, and each side of queries by keys and scores by values; the projections' input where it needs one
    wanted = 5 * 8 * 8 + 4 * 5 * 5 * 8 + query * 3 * 5 * 8 * 8
    assert op.backward(inputs, [query, not query], True) == (wanted, 4 * 5 * 8 * 8)  # type: ignore[attr-defined]


# 3 groups of 2×2 tokens of 8 channels: queries, keys, values and their product are 96 elements each, scores of 2 heads 3·2·16.
SOME_TOKENS = Features((3, 4, 8))
KEPT = [
    ("attention", {"heads": 2}, (SOME_TOKENS,), Kept(4 * 96, bytes=4 * 3 * 2 * 4)),  # a statistic a query and head
    ("attention", {"heads": 2, "window": (2, 2)}, (SOME_TOKENS,), Kept(4 * 96 + 96)),  # the softmax
    # queries and keys divided by their length, the softmax, and the scores before they are scaled
    ("attention", {"heads": 2, "cosine": True}, (SOME_TOKENS,), Kept(4 * 96 + 2 * 96 + 2 * 96)),
    ("attention", {"heads": 2, "cosine": True, "window": (2, 2)}, (SOME_TOKENS,), Kept(4 * 96 + 2 * 96 + 2 * 96)),
    # 7 keys: 3·(5 + 7)·12 of queries and their product, 3·7·6 of keys and of values
    ("attention", CROSS, (X, Y), Kept(2 * 180 + 2 * 126, bytes=4 * 3 * 5 * 4)),
    ("attention", {**CROSS, "cosine": True}, (X, Y), Kept(2 * 180 + 2 * 126 + 180 + 126 + 2 * 12 * 5 * 7)),
    # worked out in steps, one of which is kept
    ("quick_gelu", {}, (Map(4, (3, 5)),), Kept(60)),
    ("softsign", {}, (Map(4, (3, 5)),), Kept(60)),
    ("logsigmoid", {}, (Map(4, (3, 5)),), Kept(60)),
    ("silu", {}, (Map(4, (3, 5)),), Kept()),
    # of more than two inputs the product of all but the last, stretched as far as they go
    ("mul", {}, (Map(4, (3, 5)), Map(4, (3, 5))), Kept()),
    ("mul", {}, (Map(4, (1, 1)), Map(4, (3, 1)), Map(4, (3, 5)), Map(1, (3, 5))), Kept(12 + 60)),
    ("add", {}, (Map(4, (3, 5)),) * 3, Kept()),
    ("sub", {}, (Map(4, (3, 5)),) * 3, Kept()),
    # mean and deviation, 4 bytes each: of a channel over the batch, a position, a group, a channel of each sample
    ("batch_norm", {}, (Map(4, (3, 5)),), Kept(fixed=8 * 4)),
    ("layer_norm", {}, (Map(4, (3, 5)),), Kept(bytes=8 * 15)),
    ("group_norm", {"groups": 2}, (Map(4, (3, 5)),), Kept(bytes=8 * 2)),
    ("instance_norm", {}, (Map(4, (3, 5)),), Kept(bytes=8 * 4)),
    ("instance_norm", {"affine": True}, (Map(4, (3, 5)),), Kept(bytes=12 * 4)),
    # the squares with 2 channels of zeros at each end, and twice the map
    ("local_response_norm", {"size": 5}, (Map(4, (3, 5)),), Kept(8 * 15 + 2 * 60)),
    # where each maximum was found, 8 bytes each
    ("global_max_pool", {}, (Map(4, (3, 5)),), Kept(bytes=8 * 4)),
    ("adaptive_max_pool", {"size": (2, 3)}, (Map(4, (3, 5)),), Kept(bytes=8 * 24)),
    ("adaptive_avg_pool", {"size": (2, 3)}, (Map(4, (3, 5)),), Kept()),
    # two directions of 5 units: in 3 layers 4 gates and 2 states of each of 6 steps, and what the first two give
    ("lstm", {"hidden": 5, "layers": 3, "bidirectional": True}, (Features((6, 8)),), Kept(6 * 10 * (3 * 6 + 2))),
    ("gru", {"hidden": 5}, (Features((6, 8)),), Kept(6 * 5 * 4)),
    ("rnn", {"hidden": 5, "layers": 2}, (Tensor((2, 6, 8)),), Kept(12 * 5 * (2 * 2 + 1))),
    # a factor an element, or one for the sample
    ("dropout", {}, (Map(4, (3, 5)),), Kept(60)),
    ("dropout", {"p": 0.5}, (Map(4, (3, 5)),), Kept(60)),
    ("dropout", {"p": 0}, (Map(4, (3, 5)),), Kept()),
    ("stochastic_depth", {"p": 0.5}, (Map(4, (3, 5)),), Kept(1)),
]


@pytest.mark.parametrize(("op_name", "attributes", "inputs", "kept"), KEPT)
def test_what_an_op_keeps(op_name: str, attributes: dict[str, Any], inputs: tuple[Shape, ...], kept: Kept) -> None:
    """What an op makes for its backward pass, tensor by tensor."""
    assert kept_by(build(op_name, attributes), inputs) == kept


# What PyTorch's tools/autograd/derivatives.yaml names in the formula of each gradient: `self` and other operands, `result`, or neither.
DERIVATIVES = {
    "inputs": (
        "conv", "depthwise_conv", "conv_transpose", "deform_conv", "lstm", "gru", "rnn", "max_pool", "avg_pool", "global_max_pool",
        "adaptive_avg_pool", "adaptive_max_pool", "batch_norm", "layer_norm", "group_norm", "instance_norm", "local_response_norm",
        "relu6", "leaky_relu", "prelu", "elu", "selu", "celu", "silu", "gelu", "gelu_tanh", "quick_gelu", "mish", "hardswish",
        "hardsigmoid", "hardtanh", "logsigmoid", "softplus", "softsign", "abs", "log", "sin", "cos", "erf", "clip", "pow", "min", "max",
        "grid_sample",
    ),
    "output": ("relu", "sigmoid", "tanh", "softmax", "reciprocal", "exp", "sqrt", "rsqrt"),
    "trained": ("linear", "attention", "scale"),  # of a matrix product the other side, where it needs a gradient
    "factors": ("matmul", "einsum", "mul"),
    "quotient": ("div",),
    "": (
        "global_avg_pool", "mean", "sum", "neg", "add", "sub", "concat", "slice", "select", "crop", "pad", "roll", "flatten", "tokens",
        "untokens", "channels_last", "channels_first", "reshape", "permute", "windows", "unwindows", "pixel_shuffle", "space_to_depth",
        "channel_shuffle", "unfold", "fold", "upsample", "class_token", "position_embedding",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("word", "ops"), DERIVATIVES.items())
def test_what_pytorch_keeps_of_an_op(word: str, ops: tuple[str, ...]) -> None:
    """An op keeps what the formula of its gradient reads."""
    assert {op: TRAITS[op].keeps for op in ops} == dict.fromkeys(ops, word)


def test_what_nobody_knows_is_taken_to_need_what_it_reads() -> None:
    """A custom layer, and one of an imported model that is not counted, keep their inputs."""
    assert [TRAITS[op].keeps for op in ("custom", "uncounted")] == ["inputs", "inputs"]


WHICH = [
    ("pow", {}, "both"),  # the base, and the power for the gradient of the exponent
    ("pow", {"by": 2}, "inputs"),
    ("mul", {"by": 2}, "factors"),
    ("max", {}, "inputs"),
    ("max", {"axes": (1,)}, "both"),  # which of the inputs was the output
    ("min", {"axes": (1,)}, "both"),
    ("mean", {"axes": (1,)}, ""),
    ("adaptive_avg_pool", {"size": (1, 1)}, ""),
    ("adaptive_avg_pool", {"size": (1, 2)}, "inputs"),
    ("adaptive_max_pool", {"size": (1, 1)}, "inputs"),
    ("learned", {"sizes": (4,), "join": "mul"}, "trained"),
    ("learned", {"sizes": (4,)}, ""),
]


@pytest.mark.parametrize(("op_name", "attributes", "wanted"), WHICH)
def test_what_attributes_say_of_what_is_kept(op_name: str, attributes: dict[str, Any], wanted: str) -> None:
    """Whether inputs or the output are kept follows from an op's attributes where they have a say."""
    assert keeps_of(build(op_name, attributes)) == wanted


@pytest.mark.parametrize(
    ("op_name", "attributes", "inputs"),
    [("relu", {}, 1), ("mul", {}, 2), ("add", {}, 3), ("adaptive_avg_pool", {"size": (2, 3)}, 1), ("dropout", {"p": 0}, 1)],
)
def test_an_op_that_makes_nothing_is_not_computed_again(op_name: str, attributes: dict[str, Any], inputs: int) -> None:
    """Nothing kept is told apart from no elements: a segment may end before such an op."""
    assert kept_by(build(op_name, attributes), (Map(4, (3, 5)),) * inputs) is NOTHING_KEPT


# Two directions of 5 units over 6 steps of 8 channels: products of 4 gates with the input, and with the state of 5.
FIRST, STATES = 2 * 6 * 20 * 8, 2 * 6 * 20 * 5


@pytest.mark.parametrize(("needs", "trained"), [*product([False, True], repeat=2)])
@pytest.mark.parametrize("layers", [1, 3])
def test_gradients_of_recurrent_layers(needs: bool, trained: bool, layers: int) -> None:
    """Each product costs its MACs once for each side that needs a gradient; the first of 6 states is given and needs none."""
    op = build("lstm", {"hidden": 5, "layers": layers, "bidirectional": True})
    later = (layers - 1) * 2 * 6 * 20 * 10  # of layers that read both directions
    of_states = layers * STATES * 5 // 6
    wanted = needs * FIRST + (needs or trained) * (later + of_states), trained * (FIRST + later + layers * STATES)
    assert op.backward((Features((6, 8)),), [needs], trained) == wanted  # type: ignore[attr-defined]


@pytest.mark.parametrize(("needs", "times"), [([False, False], 0), ([True, False], 1), ([False, True], 1), ([True, True], 2)])
def test_gradients_of_sums_of_products(needs: list[bool], times: int) -> None:
    """An einsum or a product of two values costs its MACs for each of them that needs a gradient, and has no weights."""
    for name, attributes in (("einsum", {"equation": "ik,kj->ij"}), ("matmul", {})):
        op = build(name, attributes)
        assert op.backward((Tensor((5, 8)), Tensor((8, 3))), needs, True) == (times * 5 * 8 * 3, 0)  # type: ignore[attr-defined]


@pytest.mark.parametrize(("layer", "tensors"), [("{hidden: 5, layers: 3, bidirectional: true}", 24), ("{hidden: 5, bias: false}", 2)])
def test_recurrent_layers_have_tensors_of_each_layer_and_direction(layer: str, tensors: int) -> None:
    """Adam keeps two numbers a parameter, and a step of 4 bytes a tensor: two weights and two biases a layer and direction."""
    found = traced(f"inputs: {{x: {{tokens: [6, 8]}}}}\nlayers: [{{lstm: {layer}}}]\n")
    found = found._replace(execution=Execution(optimizer="adam"))
    assert sum(optimizer_bytes(found)) == 8 * found.rows[0].cost.params + 4 * tensors


def test_a_run_does_not_depend_on_the_batch() -> None:
    """All epochs cost 2 FLOPs a MAC, image and epoch: 2,112 MACs forward and 3,072 back of an attention, whatever the batch."""
    # forward 4·6·8·8 + 2·6·6·8; back the projections' weights, the output projection's input, and both sides of both products
    layout = "inputs: {x: {tokens: [6, 8]}}\nlayers: [{attention: {heads: 2}}]\n"
    forward, back = 4 * 6 * 64 + 2 * 6 * 6 * 8, 4 * 6 * 64 + 6 * 64 + 4 * 6 * 6 * 8
    found = traced(layout)
    for batch in (1, 16):
        rows = [row._replace(cost=row.cost.batched(batch)) for row in found.rows]
        one = of_one_sample(found._replace(rows=rows, batch=batch))
        assert (sum(training_macs(one)), one.batch) == (forward + back, 1)


def test_scores_that_alone_need_a_gradient() -> None:
    """Behind frozen attention it goes back through the output's projection, 5·8·8, and the product of weights and values, 5·5·8."""
    op = build("attention", {"heads": 2, "scores": True})
    assert op.backward((Features((5, 8)), Tensor((5, 5))), [False, True], False) == (5 * 8 * 8 + 5 * 5 * 8, 0)


def test_offsets_that_alone_need_a_gradient() -> None:
    """It takes the gradient of the columns, Wᵀ·g: as many products as forward, 6·6 positions of 8·4·9 weights."""
    layers = "[{conv: {name: o, cout: 18, kernel: 3}}, {deform_conv: {cout: 8, kernel: 3, from: [input, o]}}]"
    assert backward_of_layers(traced(f"input: 4x6x6\nlayers: {layers}\n"))[1].inputs == 6 * 6 * 8 * 4 * 9


def test_where_keeps_which_it_was() -> None:
    """A truth is a byte; torch.where of PyTorch 2.14.1 keeps 64 for a map of 4×4×4, beside what convolutions keep of the input."""
    found = traced(f"{ONE}layers: [{A}, {B}, {{where: {{from: [input, a, b]}}}}]\n")
    assert saved(found) == Saved(0, UNIT + 64)
