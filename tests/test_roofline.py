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
from convcalc.analysis.roofline import compute_seconds, floor_seconds, floors, unfused_seconds
from convcalc.core.device import Array, Device
from convcalc.core.execution import Execution
from convcalc.core.quantity import parse_quantity
from convcalc.core.trace import Trace
from convcalc.errors import ConvcalcError
from convcalc.inputs.designs import read_given
from convcalc.inputs.designs import traced as spec
from convcalc.layout.library import Library
from convcalc.rules.devices import device_names, read_device, shipped_devices
from tests.conftest import FACTS, Run, Snapshot
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
