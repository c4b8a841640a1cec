"""What training costs: MACs of the backward pass, and what autograd saves, against what PyTorch was seen to do."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import convcalc
from convcalc.analysis.gradients import backward_macs, backward_of_layers, trained_copies
from convcalc.analysis.saved_tensors import Saved, recomputed_macs
from convcalc.analysis.training import OPTIMIZERS, gradient_bytes, optimizer_bytes, saved, saved_bytes, step_bytes
from convcalc.core.execution import Execution
from convcalc.core.ops import TRAITS
from convcalc.core.trace import Trace
from convcalc.errors import ConvcalcError
from convcalc.report.memory import TrainingReport
from tests.conftest import FACTS, Run, Snapshot
from tests.layouts import traced
from tests.nested import random_network
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
