"""Networks on devices: floors against published times, cycles against SCALE-Sim and Vela, and what people see of them."""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import convcalc
from convcalc.analysis.cycles import array_cycles, cycles_of
from convcalc.analysis.roofline import (
    compute_seconds,
    cycles,
    floor_seconds,
    floors,
    intensities,
    intensity,
    memory_seconds,
    product_bytes,
    unfused_seconds,
)
from convcalc.core.device import Array, Device
from convcalc.core.execution import Execution
from convcalc.core.ops import build, products_of
from convcalc.core.quantity import parse_quantity
from convcalc.core.shape import Features, Map, Shape, Tensor
from convcalc.core.trace import Trace, trace
from convcalc.errors import ConvcalcError, Refusal
from convcalc.inputs.designs import read_given
from convcalc.inputs.designs import traced as spec
from convcalc.layout.library import Library
from convcalc.rules.devices import device_names, read_device, shipped_devices
from tests.conftest import FACTS, Run, Snapshot
from tests.layouts import network as built
from tests.layouts import traced
from tests.nested import random_network

FOLDER = FACTS / "devices"
TYPES = {"amp": "fp16", "amp_bf16": "bf16"}
LIBRARY = Library()
TITAN = Device("titan-x-maxwell", "", {"fp32": 6_600_000_000_000}, 336_500_000_000, winograd=4)
ORIN_CORE = 70_400_000_000  # fp16 operations of a Cortex-A78AE at 2.2 GHz


def table(name: str) -> list[dict[str, str]]:
    with (FOLDER / f"{name}.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@cache
def network(name: str, settings: str, size: str) -> Trace:
    """A network of the facts, for one sample."""
    given_ = settings.split()
    channels = spec(LIBRARY, name, read_given(given_, None, 1)).trace.inputs[0].channels
    return spec(LIBRARY, name, read_given(given_, f"{channels}x{size}x{size}", 1)).trace


def on(found: Trace, device: Device, dtype: str, batch: int = 1) -> Trace:
    """A network on a device, for a batch."""
    rows = [row._replace(cost=row.cost.batched(batch)) for row in found.rows]
    return found._replace(rows=rows, batch=batch, execution=Execution(dtype=dtype, device=device))


def milliseconds(seconds: Any) -> float:
    return float(1000 * seconds)


REFERENCE = [row for row in table("reference_floor") if row["device"] in device_names()]
CONFIGURATIONS = sorted({(row["device"], row["dtype"], row["runtime"]) for row in REFERENCE})


@cache
def worked_out(device: str, dtype: str, name: str, settings: str, size: str, batch: str) -> tuple[float, ...]:
    """Compute time, floor and time op by op without Winograd, and the floor as the device is shipped, in milliseconds."""
    shipped = read_device(device)
    plain = on(network(name, settings, size), shipped._replace(winograd=0), dtype, int(batch))
    own = plain._replace(execution=plain.execution._replace(device=shipped))
    return tuple(map(milliseconds, (sum(compute_seconds(plain)), floor_seconds(plain), sum(unfused_seconds(plain)), floor_seconds(own))))


def of_row(row: dict[str, str]) -> tuple[float, ...]:
    dtype = TYPES.get(row["dtype"], row["dtype"])
    return worked_out(row["device"], dtype, row["convcalc_spec"], row["convcalc_set"], row["img_size"], row["batch_used"])


@pytest.mark.parametrize("configuration", CONFIGURATIONS, ids=" ".join)
def test_published_times(configuration: tuple[str, str, str]) -> None:
    """Each figure of the reference to the digit that it has, and no measured time below the floor of its network."""
    rows = [row for row in REFERENCE if (row["device"], row["dtype"], row["runtime"]) == configuration]
    for row in rows:
        compute, direct, unfused, floor = of_row(row)
        wanted = [float(row[key]) for key in ("compute_ms", "floor_ms", "unfused_ms")]
        assert [compute, direct, unfused] == pytest.approx(wanted, abs=1.01e-6)
        assert float(row["measured_ms_of_batch_used"]) >= floor


def ranks(values: list[float]) -> list[float]:
    """The rank of each value, that of equal ones in the middle."""
    ordered = sorted(values)
    return [(ordered.index(value) + len(ordered) - 1 - ordered[::-1].index(value)) / 2 for value in values]


def spearman(a: list[float], b: list[float]) -> float:
    x, y = ranks(a), ranks(b)
    mean = (len(x) - 1) / 2
    spread = [sum((one - mean) ** 2 for one in values) for values in (x, y)]
    return sum((i - mean) * (j - mean) for i, j in zip(x, y, strict=True)) / float(spread[0] * spread[1]) ** 0.5


TIMM = [one for one in CONFIGURATIONS if one[2].startswith(("nchw", "nhwc"))]


@pytest.mark.parametrize("configuration", TIMM, ids=" ".join)
def test_floors_rank_networks(configuration: tuple[str, str, str]) -> None:
    """Per sample the floor ranks a configuration's networks with 0.93 or more, and better than MACs do."""
    rows = [row for row in REFERENCE if (row["device"], row["dtype"], row["runtime"]) == configuration]
    times = [float(row["measured_ms_of_batch_used"]) / int(row["batch_used"]) for row in rows]
    floors_ = [of_row(row)[3] / int(row["batch_used"]) for row in rows]
    macs = [network(row["convcalc_spec"], row["convcalc_set"], row["img_size"]).total.macs for row in rows]
    assert spearman(times, floors_) >= max(0.93, spearman(times, macs))


def winograd_rows() -> list[tuple[str, Device, str, dict[str, str], float]]:
    """Times of runtimes that use Winograd's algorithm, with their devices as they would be shipped."""
    found = []
    for row in table("ncnn_measured"):
        threads = int(row["threads"])
        if row["device"] == "raspberry-pi-5":
            whole = read_device("raspberry-pi-5")
            device = whole._replace(peak={key: peak * threads // 4 for key, peak in whole.peak.items()})
        elif row["device"] == "jetson-agx-orin-cpu":
            device = Device("orin", "", {"fp16": ORIN_CORE * threads}, 204_800_000_000, winograd=6)
        else:
            continue
        found.append((row["device"], device, row["dtype"], row, float(row["ms"])))
    titans = [row for row in table("reference_floor") if row["device"] == "titan-x-maxwell"]
    return found + [("titan", TITAN, "fp32", row, float(row["measured_ms_of_batch_used"])) for row in titans]


def test_direct_convolution_is_no_floor() -> None:
    """With Winograd's MACs no time is undercut; without them some are, so that the rule matters."""
    undercut = 0
    for name, device, dtype, row, measured in winograd_rows():
        batch = int(row.get("batch_used") or row["batch"])
        found = on(network(row["convcalc_spec"], row.get("convcalc_set") or "", row["img_size"]), device, dtype, batch)
        direct = found._replace(execution=found.execution._replace(device=device._replace(winograd=0)))
        if name != "titan":
            wanted = [float(row["floor_direct_ms"]), float(row["floor_f6_ms"])]
            assert [milliseconds(floor_seconds(one)) for one in (direct, found)] == pytest.approx(wanted, rel=1e-9)
        assert measured >= milliseconds(floor_seconds(found))
        undercut += measured < milliseconds(floor_seconds(direct))
    assert undercut == 14


def test_training_takes_three_floors() -> None:
    """No published training step is below three floors of its network."""
    rows = [row for row in table("timm_measured") if row["mode"] == "train"]
    assert len(rows) > 100
    for row in rows:
        found = on(
            network(row["convcalc_spec"], row["convcalc_set"], row["img_size"]), read_device(row["device"]), "fp16", int(row["batch"])
        )
        assert float(row["step_ms"]) >= 3 * milliseconds(floor_seconds(found))


def test_a_step_on_a_device(run: Run) -> None:
    """A step takes three floors where all is trained, and is only known to take one where parts are frozen."""
    command = ("training", "resnet50", "--device", "rtx-3090", "--amp", "fp16")
    floor = floor_seconds(on(network("resnet50", "", "224"), read_device("rtx-3090"), "fp16"))
    for frozen, floors_, words in ((), 3, "three floors of the forward pass"), (("--freeze", "stem"), 1, "the floor of the forward pass"):
        found = json.loads(run(*command, *frozen, "--format", "json").out)["models"][0]["training"]
        assert found["least_seconds"] == float(floors_ * floor)
        assert words in run(*command, *frozen).out


def test_scale_sim() -> None:
    """The closed forms are the cycles of SCALE-Sim's own classes, for each dataflow and array."""
    for row in table("scalesim_cycles"):
        m, n, k = (int(row[key]) for key in "MNK")
        assert array_cycles(Array(int(row["rows"]), int(row["cols"]), row["dataflow"]), m, k, n) == int(row["scalesim_cycles"])


def test_vela_is_never_undercut() -> None:
    """The cycles of a block are the facts', and none are more than Vela's."""
    rows = {row.path: row for row in spec(LIBRARY, "mobilenet_v1", read_given(["width=0.25", "classes=2"], "3x96x96", 1)).trace.rows}
    for row in table("vela_cycles"):
        cores, name = (2, "ethos-u55-256") if row["accelerator"] == "ethos-u65-512" else (1, row["accelerator"])
        found = cycles_of(rows[row["layer"]], read_device(name), 1) / cores
        assert found == int(row["block_floor_cycles"]) <= int(row["vela_npu_cycles"])


def digits(device: str) -> float:
    """How close an example is: those of the Jetson Nano have its peak to seven digits (471.8592T), its datasheet to four."""
    return 1e-4 if device == "jetson-nano" else 1e-9


@pytest.mark.parametrize("place", sorted({(row["device"], row["batch"]) for row in table("examples_networks")}), ids=" ".join)
def test_networks_worked_out(place: tuple[str, str]) -> None:
    """Compute, floor, time op by op, what binds, and the most of the peak."""
    for row in table("examples_networks"):
        if (row["device"], row["batch"]) != place:
            continue
        name, dtype = row["device"].split()
        [model] = convcalc.roofline(row["network"], batch=row["batch"], device=name, dtype=dtype).models
        assert model.device is not None
        found = [model.device.compute_seconds, model.device.floor_seconds, model.device.unfused_seconds]
        assert [1000 * one for one in found] == pytest.approx(
            [float(row[key]) for key in ("compute_ms", "floor_ms", "unfused_ms")], rel=digits(name)
        )
        shares = [model.device.bandwidth_share, model.device.peak_at_most]
        assert shares == pytest.approx([float(row["bandwidth_share"]), float(row["peak_at_most"])], rel=digits(name))


@pytest.mark.parametrize("device", sorted({row["device"] for row in table("examples_blocks")}))
def test_blocks_worked_out(device: str) -> None:
    """FLOPs, bytes, intensity, what binds and the times of each product of a block."""
    by_design: dict[tuple[str, str], list[dict[str, str]]] = defaultdict(list)
    for row in table("examples_blocks"):
        if row["device"] == device:
            by_design[row["design"], row["batch"]].append(row)
    name, dtype = device.split()
    metrics = ("bytes", "intensity", "compute_seconds", "memory_seconds", "floor_seconds")
    for (design, batch), rows in by_design.items():
        report = convcalc.compare(design.split()[0], cin=256, cout=256, hw=56, batch=batch, device=name, dtype=dtype, metrics=metrics)
        layers = [layer for layer in report.models[0].layers if layer.metrics["macs"]]
        assert len(layers) == len(rows)
        for layer, row in zip(layers, rows, strict=True):
            assert (layer.metrics["flops"], layer.metrics["bytes"], layer.bound) == (
                int(row["flops"]), int(row["bytes_no_on_chip"]), row["bound"],
            )  # fmt: skip
            found = [layer.metrics["intensity"], *(1e6 * layer.metrics[key] for key in metrics[2:])]
            assert found == pytest.approx(
                [float(row[key]) for key in ("intensity", "compute_us", "memory_us", "floor_us")], rel=digits(name)
            )


def test_a_scratchpad_holds_weights() -> None:
    """The Coral holds 8 MiB: VGG-16's other weights come through its link in 260 ms, MobileNet's are there."""
    found = on(network("vgg16", "", "224"), read_device("coral-edge-tpu-usb"), "int8")
    assert 259 < milliseconds(floor_seconds(found)) < 261
    small = on(network("mobilenet_v1", "", "224"), read_device("coral-edge-tpu-usb"), "int8")
    assert floor_seconds(small) == Fraction(2 * small.total.macs, 4 * 10**12)


def test_a_cache_holds_values_where_that_is_asked() -> None:
    """Without --cached it holds nothing; with it what fits, so that a small map is bound by compute."""
    without = on(traced("input: 64x8x8\nlayers: [{conv: {cout: 64, kernel: 1}}]\n"), read_device("a100-sxm-80gb"), "fp16")
    cached = without._replace(execution=without.execution._replace(cached=True))
    assert floor_seconds(without) > floor_seconds(cached) == sum(compute_seconds(cached))


@given(st.integers(0, 10**9), st.integers(1, 64))
def test_floors_of_random_networks(seed: int, batch: int) -> None:
    """Repeats held once have the floor of their unrolled form; it is no more than the time op by op, nor less than compute."""
    device = read_device("a100-sxm-80gb")
    once, unrolled = (on(traced(text), device, "fp16", batch) for text in random_network(seed))
    assert floor_seconds(once) == floor_seconds(unrolled) == sum(floors(unrolled))
    assert sum(compute_seconds(once)) <= floor_seconds(once) <= sum(unfused_seconds(once)) == sum(unfused_seconds(unrolled))


PRODUCTS = [
    # M × K by K × N of each, by hand: grouped by groups, depthwise by channels, both products of each head
    ("input: 8x4x4", "conv: {cout: 6, kernel: 3, groups: 2, padding: 1}", [(2, 16, 36, 3)]),
    ("input: 8x4x4", "depthwise_conv: {kernel: 3, padding: 1}", [(8, 16, 9, 1)]),
    ("input: 8x4x4", "conv_transpose: {cout: 6, kernel: 2, stride: 2}", [(1, 16, 8, 24)]),
    ("inputs: {x: {tokens: [5, 8]}}", "linear: 3", [(1, 5, 8, 3)]),
    ("inputs: {x: {tokens: [5, 8]}}", "attention: {heads: 2}", [(1, 5, 8, 8), (2, 5, 8, 8), (1, 5, 8, 8), (2, 5, 4, 5), (2, 5, 5, 4)]),
    ("inputs: {x: {tokens: [5, 8]}}", "lstm: {hidden: 3}", [(1, 5, 8, 12), (5, 1, 3, 12)]),
]


@pytest.mark.parametrize(("shape", "layer", "products"), PRODUCTS)
@pytest.mark.parametrize("dataflow", ["os", "ws", "is"])
def test_products_on_an_array(shape: str, layer: str, products: list[tuple[int, ...]], dataflow: str) -> None:
    """Each product of a layer takes its cycles, one after the other; their MACs are the layer's."""
    [row] = traced(f"{shape}\nlayers: [{{{layer}}}]\n").rows
    array = Array(4, 8, dataflow)
    wanted = sum(times * array_cycles(array, m, k, n) for times, m, k, n in products)
    assert cycles_of(row, Device("a", "", {"int8": 1}, array=array, clock=1), 1) == wanted
    assert sum(times * m * k * n for times, m, k, n in products) == row.cost.macs


DEVICE = """
convcalc: 1
device: ours
summary: an array of ours
peak: {int8: {units: 1024, per_cycle: 2, clock: 940M}}
bandwidth: 20G
scratchpad: 1MiB
array: {rows: 32, cols: 32, dataflow: os}
clock: 940M
source: ourselves
"""


@pytest.fixture(name="ours")
def _ours(tmp_path: Path) -> str:
    path = tmp_path / "ours.yaml"
    path.write_text(DEVICE, encoding="utf-8")
    return str(path)


def test_sweeps_equal_each_point(ours: str) -> None:
    """Over width, map and the sizes of the array: as each point alone has them, to the last digit but one of a double."""
    axes = {"cin": [8, 32], "hw": [7, 14], "rows": [8, 16, 100], "cols": [8, 24]}
    metrics = ("floor_seconds", "unfused_seconds", "compute_seconds", "intensity", "cycles")
    found = convcalc.sweep("bottleneck", set=axes, metrics=metrics, device=ours, dtype="int8")
    assert found.points.size == 24
    base = read_device(ours)
    for place in range(found.points.size):
        point = {name: int(found.columns[name][place]) for name in axes}
        device = base._replace(array=Array(point.pop("rows"), point.pop("cols"), "os"))
        alone = spec_on_array("bottleneck", point, device, metrics)
        assert found.columns["cycles"][place] == alone["cycles"]
        assert [found.columns[key][place] for key in metrics] == pytest.approx([float(alone[key]) for key in metrics], rel=1e-15)


def spec_on_array(name: str, point: dict[str, int], device: Device, metrics: tuple[str, ...]) -> dict[str, Any]:
    """Metrics of a block on one input and device."""
    from convcalc.analysis.totals import numbers
    from convcalc.core.shape import Map
    from convcalc.core.trace import trace
    from convcalc.inputs.designs import STYLE_IN_FORCE, network_of, read_design

    shape = Map(point["cin"], (point["hw"],) * 2)
    network_ = network_of(LIBRARY, read_design(LIBRARY, name), (shape,), style=STYLE_IN_FORCE)
    return numbers(trace(network_, 1, Execution(dtype="int8", device=device)), metrics)


def test_devices_of_ones_own(run: Run, ours: str) -> None:
    """A file is read with its peaks multiplied out, and stands wherever a device is named."""
    device = read_device(ours)
    assert (device.name, device.peak, device.bandwidth, device.scratchpad) == ("ours", {"int8": 1_925_120_000_000}, 20 * 10**9, 2**20)
    assert device.array == Array(32, 32, "os")
    found = json.loads(run("roofline", "lenet5", "--device", ours, "--dtype", "int8", "--format", "json").out)["models"][0]
    assert found["device"]["name"] == "ours"
    assert found["device"]["cycles"] == sum(layer["cycles"] for layer in found["layers"])
    assert (
        run("sweep", "lenet5", "--set", "rows=8,16", "--set", "cols=8", "--device", ours, "--dtype", "int8", "--columns", "cycles").code
        == 0
    )
    assert "--set rows: only the array of a device has it" in run("sweep", "lenet5", "--set", "rows=8,16").err


def test_devices_are_listed_as_they_are(run: Run) -> None:
    """`list devices` rounds nothing: its figures are those of the files."""
    items = json.loads(run("list", "devices", "--format", "json").out)["items"]
    assert [item["name"] for item in items] == device_names()
    for item, device in zip(items, shipped_devices(), strict=True):
        scratchpad = item["parameters"].pop("scratchpad", "0")
        shown_ = {key: parse_quantity(text, key).value for key, text in item["parameters"].items()}
        assert shown_ == {**device.peak, "bandwidth": device.bandwidth}
        assert parse_quantity(scratchpad, "scratchpad", "bytes").value == device.scratchpad


BAD = [
    ("peak: {fp16: 312T}\nbandwith: 1G\n", "unknown-key", "did you mean `bandwidth`?"),
    ("peak: {fp61: 312T}\n", "unknown-key", "did you mean `fp64`?"),
    ("peak: {fp16: 312 TFLOPS}\n", "bad-value", "312T"),
    ("peak: {fp16: {units: 3}}\n", "missing-key", "per_cycle"),
    ("bandwidth: 1G\n", "missing-key", "add peak"),
    ("peak: {fp16: 1T}\nscratchpad: 8Mi\n", "bad-value", "256KiB"),
    ("peak: {fp16: 1T}\narray: {rows: 8, cols: 8}\n", "missing-key", "add clock"),
    ("peak: {fp16: 1T}\nclock: 1G\narray: {rows: 8, cols: 8, dataflow: rs}\n", "bad-value", "one of: os, ws, is"),
    ("peak: {fp16: 1T}\nclock: 1G\nblock: [1, 2]\n", "wrong-type", "write block"),
    ("peak: {fp16: 0}\n", "bad-value", "write 312T"),
]


@pytest.mark.parametrize(("text", "code", "hint"), BAD)
def test_bad_devices_have_places(tmp_path: Path, text: str, code: str, hint: str) -> None:
    """Each error has a line and a fix; nothing half-read is used."""
    path = tmp_path / "bad.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConvcalcError) as caught:
        read_device(str(path))
    [found, *_] = caught.value.diagnostics
    assert found.code == code
    assert found.span is not None
    assert hint in f"{found.message} {found.hint}"


def test_shipped_devices_say_where_they_are_from() -> None:
    """Each has a name like its file's, a summary, a source and a bandwidth."""
    for name, device in zip(device_names(), shipped_devices(), strict=True):
        assert device.name == name
        assert device.summary
        assert device.source
        assert device.bandwidth


def test_words_of_proof(run: Run) -> None:
    """A failing floor is a proof, a passing one none; a comparison says how far floors differ and not how far times do."""
    options = ("--device", "jetson-nano", "--dtype", "fp16")
    failed = run("check", "resnet50", "--max", "floor_seconds=2ms", *options)
    passed = run("check", "resnet50", "--max", "floor_seconds=2s", *options)
    assert (failed.code, passed.code) == (1, 0)
    assert "a proof: nothing that runs is faster" in failed.out
    assert "no proof: what runs may be slower" in passed.out
    sentence = convcalc.compare(cin=256, cout=256, hw=56, device="a100-sxm-80gb", dtype="fp16").models[1].sentence
    assert sentence.endswith(
        "; on a100-sxm-80gb (fp16) its floor is 4.32× lower, 2.742 µs against 11.86 µs: both 1×1 are bandwidth-bound "
        "(50 FLOPs a byte, the device needs 153), so it reaches at most 51.1% of the peak."
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["roofline", "lenet5"], "there is no device"),
        (["roofline", "lenet5", "--device", "a1000"], "there is no such device"),
        (["roofline", "lenet5", "--device", "coral-edge-tpu-usb"], "coral-edge-tpu-usb has no fp32"),
        (["summary", "lenet5", "--columns", "floor_seconds"], "there is no device"),
        (["summary", "lenet5", "--columns", "cycles", "--device", "t4"], "t4 has no array or block"),
        (["check", "lenet5", "--max", "floor_seconds=2KiB", "--device", "t4"], "expected a quantity"),
    ],
)
def test_what_is_refused(run: Run, arguments: list[str], message: str) -> None:
    """What a device does not have, and what needs one, are errors with a fix."""
    ran = run(*arguments)
    assert ran.code == 2
    assert message in ran.err
    assert "fix:" in ran.err


@pytest.mark.parametrize("columns", [120, 80, 40])
def test_what_people_see(run: Run, snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch, columns: int) -> None:
    """The floor and what binds it, a plot, and a line a layer."""
    monkeypatch.setenv("COLUMNS", str(columns))
    ran = run("roofline", "mobilenet_v2", "--device", "a100-sxm-80gb", "--dtype", "fp16", "--batch", "256", "--top", "6")
    assert ran.code == 0
    assert max(map(len, ran.out.splitlines())) <= columns
    snapshot(f"roofline-{columns}.txt", ran.out)


@pytest.mark.parametrize("form", ["table", "json", "csv", "markdown", "html", "svg"])
def test_saved_reports_are_shown_again(run: Run, tmp_path: Path, form: str) -> None:
    """`render` gives what the command itself gives, in every format."""
    options = ("lenet5", "--device", "t4", "--dtype", "fp16")
    path = tmp_path / "saved.json"
    path.write_text(run("roofline", *options, "--format", "json").out, encoding="utf-8")
    assert run("render", str(path), "--format", form).out == run("roofline", *options, "--format", form).out


@pytest.mark.parametrize("file", ["roof.svg", "roof.png", "roof.pdf"])
def test_pictures(run: Run, tmp_path: Path, file: str) -> None:
    """The plot of several networks as a picture, the same bytes at every run."""
    pytest.importorskip("matplotlib")
    command = ("roofline", "resnet50", "mobilenet_v2", "--device", "t4", "--dtype", "fp16", "--plot", str(tmp_path / file))
    assert run(*command).code == 0
    first = (tmp_path / file).read_bytes()
    assert run(*command).code == 0
    assert (tmp_path / file).read_bytes() == first


PLAIN = Device("ours", "", {"fp32": 1024, "int8": 4096}, 100)  # operations and bytes a second
ONE = "input: 4x4x4\n"
WIDE = "{conv: {cout: 8, kernel: 1}}"  # 512 MACs, 40 parameters; 64 elements read and 128 written
MASK = "{learned: {sizes: [4, 4, 4], to: map, join: none}}"


def built_on(text: str, device: Device, batch: int = 1, **execution: Any) -> Trace:
    return trace(built(text), batch, Execution(device=device, **execution))


FLOORS = [
    # device, batch, execution, and seconds: of compute, of memory, of the network, op by op
    (PLAIN, 1, {}, (1, "9.28", "9.28", "9.28")),
    (PLAIN, 3, {}, (3, "24.64", "24.64", "24.64")),  # the weights are read once
    (PLAIN, 1, {"weights_dtype": "int8"}, (1, "8.08", "8.08", "8.08")),
    (PLAIN, 1, {"dtype": "int8"}, ("0.25", "2.32", "2.32", "2.32")),
    (PLAIN._replace(bandwidth=None), 1, {}, (1, 0, 1, 1)),
    (PLAIN._replace(bandwidth=10_000), 1, {}, (1, "0.0928", 1, 1)),
    # 416 bytes are read and 512 written, of which each 200 stay on the chip; of all 928 as many, and that is more
    (PLAIN._replace(scratchpad=200), 1, {}, (1, "5.28", "7.28", "9.28")),
    (PLAIN._replace(scratchpad=450), 1, {}, (1, "0.62", "4.78", "9.28")),
    (PLAIN._replace(scratchpad=2000), 1, {}, (1, 0, 1, "9.28")),
    # a cache holds where that is asked, beside the scratchpad; it alone says nothing of the network as a whole
    (PLAIN._replace(cache=200), 1, {}, (1, "9.28", "9.28", "9.28")),
    (PLAIN._replace(cache=200), 1, {"cached": True}, (1, "5.28", "5.28", "9.28")),
    (PLAIN._replace(cache=100, scratchpad=100), 1, {"cached": True}, (1, "5.28", "7.28", "9.28")),
    (PLAIN._replace(cache=100, scratchpad=100), 1, {}, (1, "7.28", "8.28", "9.28")),
    # at batch 3 the outputs and inputs are three times as many, the weights are not
    (PLAIN._replace(scratchpad=200), 3, {}, (3, "20.64", "22.64", "24.64")),
]


@pytest.mark.parametrize(("device", "batch", "execution", "seconds"), FLOORS)
def test_a_convolution_on_a_device(device: Device, batch: int, execution: dict[str, Any], seconds: tuple[Any, ...]) -> None:
    """2·MACs ÷ peak against bytes ÷ bandwidth: what is read and written once, less what stays on the chip, weights once a batch."""
    found = built_on(f"{ONE}layers: [{WIDE}]\n", device, batch, **execution)
    sums = [sum(compute_seconds(found)), sum(memory_seconds(found)), floor_seconds(found), sum(unfused_seconds(found))]
    assert sums == list(map(Fraction, seconds))


@pytest.mark.parametrize(("outputs", "seconds"), [("[a, b]", "9.28"), ("[b]", "4.16")])
def test_the_ends_of_a_network(outputs: str, seconds: str) -> None:
    """On a scratchpad the network's inputs, all its outputs and its weights bound it, where its layers take less."""
    layers = "{conv: {name: a, cout: 8, kernel: 1}}, {conv: {name: b, cout: 4, kernel: 1}}"
    found = built_on(f"{ONE}outputs: {outputs}\nlayers: [{layers}]\n", PLAIN._replace(scratchpad=400))
    assert sum(memory_seconds(found)) == Fraction((416 - 400) + (512 - 400) + (656 - 400), 100)
    assert floor_seconds(found) == Fraction(seconds)  # 4·(64 + 128 + 64 + 76) − 400 bytes, or without the 128


WINOGRAD = [
    ("conv: {cout: 4, kernel: 3}", True),
    ("conv: {cout: 4, kernel: 1}", False),
    ("conv: {cout: 4, kernel: 5}", False),
    ("conv: {cout: 4, kernel: 3x1}", False),
    ("conv: {cout: 4, kernel: 1x3}", False),
    ("conv: {cout: 4, kernel: 3, stride: 2}", False),
    ("conv: {cout: 4, kernel: 3, stride: 1x2}", False),
    ("conv: {cout: 4, kernel: 3, groups: 2}", False),
    ("depthwise_conv: {kernel: 3}", False),
    ("conv_transpose: {cout: 4, kernel: 3}", False),
]


@pytest.mark.parametrize(("layer", "fewer"), WINOGRAD)
@pytest.mark.parametrize(("tile", "share"), [(0, Fraction(1)), (2, Fraction(16, 36)), (4, Fraction(36, 144)), (6, Fraction(64, 324))])
def test_what_winograd_makes_faster(layer: str, fewer: bool, tile: int, share: Fraction) -> None:
    """F(m×m, 3×3) multiplies (m+2)² times for m² outputs of 9 taps; no other kernel, stride or group is made faster."""
    found = built_on(f"{ONE}layers: [{{{layer}}}]\n", PLAIN._replace(winograd=tile))
    assert compute_seconds(found) == [Fraction(2 * found.total.macs, 1024) * (share if fewer else 1)]


def test_a_convolution_of_a_line_is_direct() -> None:
    """One axis of three taps is no 3×3."""
    found = built_on("input: 4x16\nlayers: [{conv: {cout: 4, kernel: 3}}]\n", PLAIN._replace(winograd=4))
    assert compute_seconds(found) == [Fraction(2 * 16 * 4 * 4 * 3, 1024)]


REPEATED = f"{ONE}layers: [{{repeat: {{times: 3, layers: [{{conv: {{cout: 4, kernel: 1}}}}, relu]}}}}]\n"


def test_passes_on_a_device() -> None:
    """Three convolutions of 256 MACs that read 64 elements and 20 parameters and write 64; op by op the ReLU's bytes too."""
    found = built_on(REPEATED, PLAIN)
    assert product_bytes(found) == [3 * 4 * (64 + 20 + 64), 0]
    assert (compute_seconds(found), memory_seconds(found)) == ([Fraction(3, 2), 0], [Fraction(3 * 592, 100), 0])
    assert unfused_seconds(found) == [Fraction(3 * 592, 100), Fraction(3 * 512, 100)]
    assert (intensities(found), intensity(found)) == ([Fraction(512, 592), None], Fraction(512, 592))


OS = Device("array", "", {"fp32": 1}, 100, array=Array(4, 8, "os"), clock=10)
TOKENS = "inputs: {x: {tokens: [5, 8]}}\n"
LEARNED = "{learned: {name: l, sizes: [5, 8], to: tokens, join: none}}"
BATCHES = [
    # ⌈M/4⌉·⌈N/8⌉·(K + 4 + 8 − 2) of each product; samples are rows of what has weights, and products of what has none
    (f"{TOKENS}layers: [{{linear: 3}}]\n", [18 * 2, 18 * 3, 18 * 4]),
    (f"{TOKENS}layers: [{{matmul: {{from: [x, x], transpose: true}}}}]\n", [18 * 2, 2 * 18 * 2, 3 * 18 * 2]),
    # what is the same for every sample is computed once
    (f"{TOKENS}layers: [{LEARNED}, {{linear: {{name: y, cout: 8}}}}, {{add: {{from: [y, x]}}}}]\n", [18 * 2] * 3),
]


@pytest.mark.parametrize(("text", "wanted"), BATCHES)
def test_a_batch_on_an_array(text: str, wanted: list[int]) -> None:
    """Samples share the weights that an array holds: they are more rows of one product, and not more products."""
    assert [sum(cycles(built_on(text, OS, batch))) for batch in (1, 2, 3)] == wanted


BLOCK = Device("block", "", {"fp32": 1}, 100, block=(1, 2, 8, 4), clock=10)
BLOCKS = [
    # ⌈H/1⌉·⌈W/2⌉·⌈Cout/8⌉·K·⌈Cin/4⌉, a depthwise convolution without the last; groups have fewer channels in
    ("input: 8x3x5", "conv: {cout: 9, kernel: 3x1}", 3 * 3 * 2 * 3 * 2),
    ("input: 8x3x5", "conv: {cout: 6, kernel: 3, groups: 2}", 3 * 3 * 1 * 9 * 1),
    ("input: 16x3x5", "depthwise_conv: {kernel: 3}", 3 * 3 * 2 * 9),
    # a line and a product are ⌈rows/2⌉·⌈columns/8⌉·⌈inner/4⌉
    ("input: 8x5", "conv: {cout: 9, kernel: 3}", 3 * 2 * 6),
    ("inputs: {x: {tokens: [5, 8]}}", "linear: 9", 3 * 2 * 2),
]


@pytest.mark.parametrize(("shape", "layer", "wanted"), BLOCKS)
def test_layers_on_a_block(shape: str, layer: str, wanted: int) -> None:
    """A block covers output height, width and channels, and as many input channels a cycle."""
    found = built_on(f"{shape}\nlayers: [{{{layer}}}]\n", BLOCK)
    assert (cycles(found), compute_seconds(found)) == ([wanted], [Fraction(wanted, 10)])


def test_a_batch_on_a_block() -> None:
    """A map takes its cycles for each sample; rows of a product fill blocks together."""
    texts = ("input: 8x3x5\nlayers: [{conv: {cout: 6, kernel: 3}}]\n", f"{TOKENS}layers: [{{linear: 9}}]\n")
    assert [cycles(built_on(text, BLOCK, 2)) for text in texts] == [[2 * 3 * 3 * 9 * 2], [5 * 2 * 2]]


def test_cycles_of_passes() -> None:
    """A row's cycles are those of all its passes; what is free has none."""
    found = built_on(REPEATED, OS)
    assert cycles(found) == [3 * 4 * 1 * (4 + 10), 0]


def test_a_device_has_what_is_said_of_it() -> None:
    """What is not said is not there: no memory on the chip, no fast convolution, no array and no clock; an array holds weights."""
    assert Device("ours", "", {"fp32": 1}) == Device("ours", "", {"fp32": 1}, None, 0, 0, 0, None, (), 0, "", "")
    assert Array(4, 8) == Array(4, 8, "ws")
    devices = [PLAIN, OS, BLOCK, PLAIN._replace(clock=10)]
    assert [device.counts_cycles for device in devices] == [False, True, True, False]


@pytest.mark.parametrize(("name", "values"), [("n", [1, 2, 4]), ("m", [5, 10, 1000])])
def test_intensity_where_one_part_is_swept(tmp_path: Path, name: str, values: list[int]) -> None:
    """FLOPs a byte of a layer whose MACs or whose bytes alone are swept: 2·m over 64, 16·n and 8 numbers of four bytes."""
    path = tmp_path / "n.yaml"
    path.write_text(f"{ONE}params: {{n: 1, m: 1000}}\nlayers: [{{custom: {{cout: n, macs: m, params: 8}}}}]\n", "utf-8")
    found = convcalc.sweep(str(path), set={name: values}, metrics=["intensity"])
    wanted = [2 * (one if name == "m" else 1000) / (4 * (64 + 16 * (one if name == "n" else 1) + 8)) for one in values]
    assert list(found.columns["intensity"]) == pytest.approx(wanted, rel=1e-15)


def test_a_layer_without_products_is_free_at_its_point_of_a_sweep(tmp_path: Path) -> None:
    """Where a parameter makes a layer's MACs 0 it moves no bytes that count, as alone: 64 values in and out, and 8 weights."""
    path = tmp_path / "net.yaml"
    path.write_text("params: {m: 5}\ninput: 4x4x4\nlayers: [{custom: {cout: 4, macs: m, params: 8}}]\n", encoding="utf-8")
    found = convcalc.sweep(str(path), set={"m": "0,5"}, metrics="bytes").points
    assert list(found.metrics["bytes"]) == [0, 4 * (64 + 64 + 8)]


X = Map(8, (4, 5))
WINDOW = {"kernel": (3, 2), "stride": (1, 1), "padding": ((0, 0), (0, 0)), "dilation": (1, 1)}
OFFSETS = Map(12, (2, 4))  # two numbers a tap, at each of 2×4 positions
PRODUCTS_OF = [
    # 4 rows less 2, 5 columns less 1: 2×4 positions of 6 taps; a group has 4 channels of 8 and 3 of 6
    ("conv", {"cout": 6, "groups": 2, **WINDOW}, (X,), [(2, 8, 24, 3, True)]),
    ("deform_conv", {"cout": 6, "groups": 2, **WINDOW}, (X, OFFSETS), [(2, 8, 24, 3, True)]),
    ("depthwise_conv", {"multiplier": 3, **WINDOW}, (X,), [(8, 8, 6, 3, True)]),
    # 20 input positions give 6 taps of 3 channels each
    ("conv_transpose", {"cout": 6, "groups": 2, "output_padding": (0, 0), **WINDOW}, (X,), [(2, 20, 4, 18, True)]),
    ("linear", {"cout": 3}, (Features((2, 5, 8)),), [(1, 10, 8, 3, True)]),
    ("matmul", {}, (Features((2, 5, 8)), Features((2, 8, 3))), [(2, 5, 8, 3, False)]),
    ("einsum", {"equation": "bhik,bkj->bhij"}, (Tensor((2, 3, 5, 7)), Tensor((2, 7, 4))), [(2, 15, 7, 4, False)]),
    ("einsum", {"equation": "kj,ik->ji"}, (Tensor((7, 4)), Tensor((5, 7))), [(1, 4, 7, 5, False)]),
    # 3 groups of 5 queries and 7 keys; 4 heads of 3 channels, 2 of them with keys and values
    (
        "attention",
        {"heads": 4, "kv_heads": 2, "dim": 12, "cout": 10},
        (Features((3, 5, 8)), Features((3, 7, 6))),
        [(1, 15, 8, 12, True), (2, 21, 6, 6, True), (1, 15, 12, 10, True), (12, 5, 3, 7, False), (12, 5, 7, 3, False)],
    ),
    # two directions of 4 gates of 3 units; the second and third layer read both, and each of 6·2·5 steps waits for the one before
    (
        "lstm",
        {"hidden": 3, "layers": 3, "bidirectional": True},
        (Features((5, 8)),),
        [(2, 5, 8, 12, True), (4, 5, 6, 12, True), (30, 1, 3, 12, True)],
    ),
    # two sequences of 5 steps, and no layer behind the first
    ("rnn", {"hidden": 3}, (Tensor((2, 5, 8)),), [(1, 10, 8, 3, True), (0, 10, 3, 3, True), (10, 1, 3, 3, True)]),
]


@pytest.mark.parametrize(("op_name", "attributes", "inputs", "products"), PRODUCTS_OF)
def test_the_products_of_an_op(op_name: str, attributes: dict[str, Any], inputs: tuple[Shape, ...], products: list[Any]) -> None:
    """An op is so many products of rows × inner by inner × columns, of weights or of two values; their MACs are its own."""
    op = build(op_name, attributes)
    assert products_of(op, inputs) == products
    assert sum(times * m * k * n for times, m, k, n, _ in products) == op.cost(*inputs).macs


@pytest.mark.parametrize(("layer", "wanted"), [("linear: 3", [(1, 15, 8, 3)]), ("matmul: {from: [x, x], transpose: true}", [(3, 5, 8, 5)])])
def test_samples_are_rows_or_products(layer: str, wanted: list[tuple[int, ...]]) -> None:
    """A batch makes a product with weights longer, and a product of two values as many."""
    array = Array(4, 8, "os")
    [row] = traced(f"inputs: {{x: {{tokens: [5, 8]}}}}\nlayers: [{{{layer}}}]\n").rows
    cycles = sum(times * array_cycles(array, m, k, n) for times, m, k, n in wanted)
    assert cycles_of(row, Device("a", "", {"int8": 1}, array=array, clock=1), 3) == cycles


def test_what_is_no_product_has_no_cycles() -> None:
    """An op whose products nobody knows is refused, and its layer is named."""
    with pytest.raises(Refusal, match="relu is no matrix product"):
        products_of(build("relu", {}), (X,))
    [row] = traced("input: 4x4x4\nlayers: [{relu: {name: a}}]\n").rows
    with pytest.raises(ConvcalcError, match="a: relu is no matrix product"):
        cycles_of(row, Device("a", "", {"int8": 1}, array=Array(4, 8, "os"), clock=1), 1)
