"""A layout beside its model: what differs is told by layer, and what exports do to every layer is not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import convcalc
from convcalc.analysis.drift import Drift, costly, drift, is_imported, passes, plain, single, told
from convcalc.commands.importing import imported
from convcalc.report.contract import LayerReport, ModelReport, Report
from convcalc.report.results import AttributeChange, Change
from tests.conftest import Run
from tests.test_changes import layer
from tests.test_changes import model as made
from tests.test_onnx import FILES, OWN

RESNET50 = str(OWN / "resnet50.ts.onnx")
# Shipped networks, whose figures are the papers', and the files that PyTorch exported of the same: parameters of norms that are folded.
FOLDED = {
    "resnet18": 4_800,
    "resnet50": 26_560,
    "densenet121": 7_488,
    "mobilenet_v2": 17_056,
    "efficientnet_b0": 21_008,
    "googlenet": 7_280,
    "r3d_18": 4_800,
    "shufflenet_v2_x1_0": 8_090,
    "mobilenet_v3_small": 6_056,
}


def notes(report: Report, code: str) -> list[str]:
    return [diagnostic.message for diagnostic in report.diagnostics if diagnostic.code == code]


@pytest.mark.parametrize("name", [name for name in FOLDED if (FILES / f"{name}.ts.onnx").exists()])
@pytest.mark.parametrize("turned", [False, True])
def test_folded_norms_are_told_once(name: str, turned: bool) -> None:
    """Names differ, repeats are written out, every norm is folded: nothing differs, in either direction."""
    sides = (name, str(FILES / f"{name}.ts.onnx"))
    report = convcalc.diff(*(sides[::-1] if turned else sides), fail_on="any")
    assert (report.exit_code, report.changes) == (0, ())
    assert notes(report, "folded-norms") == [
        f"{FOLDED[name]:,} parameters of batch norms are folded into the layers before them in {name}.ts.onnx"
    ]


@pytest.mark.parametrize("name", ["squeezenet1_1", "vit_b_16"])
def test_models_without_batch_norms_have_none_folded(name: str) -> None:
    """The same layers in both: no difference, and no note. Attention is one layer here and twenty nodes there."""
    if not (FILES / f"{name}.ts.onnx").exists():
        pytest.skip("this file is not among the fixtures")
    report = convcalc.diff(name, str(FILES / f"{name}.ts.onnx"), fail_on="any")
    assert (report.exit_code, report.changes, report.diagnostics) == (0, (), ())


def test_two_exports_of_a_model_are_the_same() -> None:
    """PyTorch's older and newer exporter name and order nodes otherwise."""
    new = FILES / "resnet50.dynamo.onnx"
    if not new.exists():
        pytest.skip("this file is not among the fixtures")
    assert convcalc.diff(RESNET50, str(new), fail_on="any").exit_code == 0


@pytest.fixture(name="layout")
def _layout(tmp_path: Path) -> Path:
    """The layout of ResNet-50 as it is written."""
    path = tmp_path / "net.yaml"
    path.write_text(imported(RESNET50).text, encoding="utf-8")
    return path


def changed(layout: Path, old: str, new: str) -> str:
    text = layout.read_text(encoding="utf-8")
    assert old in text
    layout.write_text(text.replace(old, new), encoding="utf-8")
    return str(layout)


def test_a_layout_as_written_is_its_model(layout: Path) -> None:
    """What import writes does not differ from what it read."""
    assert convcalc.diff(str(layout), RESNET50, fail_on="any").exit_code == 0


def test_a_stride_is_told_with_both_sides(layout: Path) -> None:
    """The layers at fault are named with both values; those that follow their input are not."""
    report = convcalc.diff(RESNET50, changed(layout, "c: 256, stride: 2", "c: 256, stride: 1"), fail_on="any")
    assert report.exit_code == 1
    assert notes(report, "drift") == [
        "layer3.0.conv2: stride 2 in resnet50.ts.onnx, 1 in net.yaml",
        "layer3.0.shortcut.conv4: stride 2 in resnet50.ts.onnx, 1 in net.yaml",
    ]


def test_what_one_side_alone_has_is_told(layout: Path) -> None:
    """A layer that was added, and a stage that is a unit shorter."""
    one = convcalc.diff(
        RESNET50, changed(layout, "  - global_avg_pool\n", "  - conv: {name: extra, cout: 64, kernel: 1}\n  - global_avg_pool\n")
    )
    assert "extra: conv in net.yaml alone, not in resnet50.ts.onnx" in notes(one, "drift")
    two = convcalc.diff(RESNET50, changed(layout, "name: layer3, times: 6", "name: layer3, times: 5"))
    assert {change.status for change in two.changes if change.path.startswith("layer3")} == {"removed"}
    assert sum("layer3.5.conv" in note for note in notes(two, "drift")) == 3


def test_a_norm_that_only_one_side_has_is_a_difference(layout: Path) -> None:
    """A norm where the other side has neither norm nor bias is not folded: it is missing."""
    text = layout.read_text(encoding="utf-8")
    layout.write_text(
        text.replace("{name: conv1, cout: 64, kernel: 7, stride: 2}", "{name: conv1, cout: 64, kernel: 7, stride: 2, bias: false}")
    )
    report = convcalc.diff(RESNET50, str(layout), fail_on="any")
    assert report.exit_code == 1
    assert notes(report, "drift") == ["conv1: bias true in resnet50.ts.onnx, false in net.yaml"]


def test_saved_reports_and_formats_hold_the_differences(run: Run, layout: Path, tmp_path: Path) -> None:
    """A report of the model, saved, stands for it; a CI reads the same messages."""
    saved = tmp_path / "model.json"
    assert run("summary", RESNET50, "--format", "json", "--output", str(saved)).code == 0
    path = changed(layout, "c: 256, stride: 2", "c: 256, stride: 1")
    assert run("diff", str(saved), path, "--fail-on", "any").code == 1
    ran = run("diff", RESNET50, path, "--format", "github", "--fail-on", "any")
    assert "layer3.0.conv2: stride 2 in resnet50.ts.onnx, 1 in net.yaml" in ran.out


def test_layouts_alone_are_compared_as_before() -> None:
    """Between two layouts a norm that goes is a change of its layer."""
    report = convcalc.diff("resnet18", "resnet34")
    assert notes(report, "drift") == notes(report, "folded-norms") == []


CONV = "{conv: {name: %s, cout: 4, kernel: 3, bias: false}}"
BIASED = "{conv: {name: %s, cout: 4, kernel: 3, bias: true}}"
NORMED = f"{CONV}, {{batch_norm: {{name: %s}}}}"
STRIDED = "{conv: {name: c, cout: 4, kernel: 1, stride: %s}}"
POINTWISE = "{conv: {name: a%d, cout: 4, kernel: 1}}"
ALONE, UNBIASED = "n: batch_norm in a.yaml alone, not in b.yaml", "c: bias false in a.yaml, true in b.yaml"


def model(folder: Path, name: str, layers: str, shape: str = "4x8x8") -> ModelReport:
    path = folder / f"{name}.yaml"
    path.write_text(f"input: {shape}\nlayers: [{layers}]\n", encoding="utf-8")
    return convcalc.summary([str(path)]).models[0]


def between(folder: Path, a: str, b: str) -> Drift:
    return drift(model(folder, "a", a), model(folder, "b", b))


def messages(found: Drift) -> list[str]:
    return [note.message for note in found.notes]


def folded(parameters: int, holder: str) -> list[str]:
    return [f"{parameters} parameters of batch norms are folded into the layers before them in {holder}.yaml"]


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize(
    ("long", "short", "parameters"),
    [
        # a norm has 2·4 parameters, the bias that holds it 4
        (NORMED % ("c", "n"), BIASED % "k", 4),
        # three times, in a repeat and written out
        (f"{{repeat: {{name: r, times: 3, layers: [{NORMED % ('c', 'n')}]}}}}", ", ".join(BIASED % f"k{one}" for one in range(3)), 12),
        # a linear layer beside a norm of vectors
        (
            "global_avg_pool, {linear: {name: c, cout: 5, bias: false}}, {batch_norm: {name: n}}",
            "global_avg_pool, {linear: {name: k, cout: 5}}",
            5,
        ),
        # one of two norms is folded
        (f"{NORMED % ('c', 'n')}, {NORMED % ('d', 'm')}", f"{BIASED % 'c'}, {NORMED % ('d', 'm')}", 4),
    ],
)
def test_norms_that_one_side_has_folded(tmp_path: Path, long: str, short: str, parameters: int, turned: bool) -> None:
    """A norm on one side and a bias on the other are the same, and the parameters that are gone are told, in either direction."""
    found = between(tmp_path, *((short, long) if turned else (long, short)))
    assert (found.same, found.changes, messages(found)) == (True, (), folded(parameters, "a" if turned else "b"))


@pytest.mark.parametrize(
    ("a", "b", "told"),
    [
        # neither norm nor bias
        (NORMED % ("c", "n"), CONV % "c", [ALONE]),
        (CONV % "c", NORMED % ("c", "n"), ["n: batch_norm in b.yaml alone, not in a.yaml"]),
        # a norm whose input another layer reads too cannot be folded
        (
            f"{NORMED % ('c', 'n')}, {{add: {{from: [n, c]}}}}",
            f"{BIASED % 'c'}, {{add: {{from: [c, c]}}}}",
            [UNBIASED, ALONE],
        ),
        # nor one of the network's input, or of a layer without weights
        (f"{{batch_norm: {{name: n}}}}, {CONV % 'c'}", BIASED % "c", [ALONE, UNBIASED]),
        (f"{CONV % 'c'}, relu, {{batch_norm: {{name: n}}}}", f"{BIASED % 'c'}, relu", [UNBIASED, ALONE]),
        # a folded norm does not hide what else differs, but what only follows its input is not told
        (
            f"{NORMED % ('c', 'n')}, {CONV % 'd'}",
            "{conv: {name: c, cout: 4, kernel: 3, stride: 2, bias: true}}, " + CONV % "d",
            ["c: stride 1 in a.yaml, 2 in b.yaml", *folded(4, "b")],
        ),
        (STRIDED % "[1, 2]", STRIDED % "[2, 2]", ["c: stride 1×2 in a.yaml, 2 in b.yaml"]),
    ],
)  # fmt: skip
def test_what_differs_is_told(tmp_path: Path, a: str, b: str, told: list[str]) -> None:
    """Each difference in words, with the value of each side."""
    found = between(tmp_path, a, b)
    assert not found.same
    assert sorted(messages(found)) == sorted(told)


OUTER = "{repeat: {name: r, times: 2, layers: [{conv: {name: a, cout: 4, kernel: 1}}, {repeat: {name: s, times: 3, layers: [%s]}}]}}"


def test_repeats_within_repeats_are_written_out(tmp_path: Path) -> None:
    """Two passes of a layer and three of another are eight layers, and one that differs is that pass alone."""
    written = [part for one in range(2) for part in (POINTWISE % one, *(BIASED % f"c{one}{two}" for two in range(3)))]
    assert between(tmp_path, OUTER % (BIASED % "c"), ", ".join(written)) == between(
        tmp_path, OUTER % (BIASED % "c"), OUTER % (BIASED % "c")
    )
    written[7] = written[7].replace("kernel: 3", "kernel: 3, dilation: 2")  # c12, the last layer of the second pass
    found = between(tmp_path, OUTER % (BIASED % "c"), ", ".join(written))
    assert [(change.status, change.old_path, change.path) for change in found.changes] == [("changed", "r.1.s.2.c", "c12")]


def test_only_so_many_differences_are_told(tmp_path: Path) -> None:
    """Fifty, and how many more there are."""
    layers = ", ".join(CONV % f"c{one}" for one in range(53))
    exact = between(
        tmp_path,
        ", ".join(CONV % f"c{one}" for one in range(50)),
        ", ".join(CONV % f"c{one}" for one in range(50)).replace("bias: false", "bias: true"),
    )
    assert [message for message in messages(exact) if "more" in message] == []
    found = between(tmp_path, layers, layers.replace("bias: false", "bias: true"))
    assert messages(found)[49:] == ["c49: bias false in a.yaml, true in b.yaml", "3 more differences"]
    assert {(note.code, note.severity) for note in found.notes} == {("drift", "warning")}


def test_a_layer_that_moved_is_beside_itself(tmp_path: Path) -> None:
    """What one side alone has stands beside what the other has of that op and as many parameters."""
    moved = "{conv: {name: m, cout: 4, kernel: 3%s}}"
    kept = "{conv: {name: a, cout: 4, kernel: 1}}, {conv: {name: b, cout: 4, kernel: 5}}"
    found = between(tmp_path, f"{moved % ''}, {kept}", f"{kept}, {(moved % ', dilation: 2').replace('m,', 'z,')}")
    assert [(change.status, change.old_path, change.path) for change in found.changes] == [("changed", "m", "z")]
    two = [
        ", ".join((moved % f", dilation: {one + many}").replace("m,", f"{name}{one},") for one in (1, 2))
        for name, many in (("m", 0), ("z", 2))
    ]
    found = between(tmp_path, f"{two[0]}, {kept}", f"{kept}, {two[1]}")
    assert [(change.old_path, change.path) for change in found.changes] == [("m1", "z1"), ("m2", "z2")]  # in their order


def test_a_vector_by_any_name(tmp_path: Path) -> None:
    """A linear layer of C×1×1 is one of C, and a bias tells two of them apart."""
    assert drift(
        model(tmp_path, "a", "{linear: {name: a, cout: 5}}", "8"), model(tmp_path, "b", "{linear: {name: a, cout: 5}}", "8x1x1")
    ).same
    found = drift(
        model(tmp_path, "a", "{linear: {name: a, cout: 5, bias: false}}", "1"),
        model(tmp_path, "b", "{linear: {name: a, cout: 5}}", "1x1x1"),
    )
    assert messages(found) == ["a: bias false in a.yaml, true in b.yaml"]


@pytest.mark.parametrize(
    ("path", "imported"),
    [("net.onnx", True), ("a/net.pt2", True), ("net.yaml", False), ("net.yml", False), ("<stdin>", False), ("", False)],
)
def test_what_is_written_in_the_language(path: str, imported: bool) -> None:
    """Neither a layout, nor what stands on standard input, nor a report that does not say where it is from is a model."""
    assert is_imported(made("net")._replace(source={"path": path} if path else {})) == imported


@pytest.mark.parametrize(
    ("fields", "wanted"),
    [
        ({"macs": 1}, True), ({"params": 1}, True), ({"op": "uncounted"}, True), ({}, False), ({"op": "copy", "adds": 5}, False),
    ],
)  # fmt: skip
def test_what_costs_something(fields: dict[str, Any], wanted: bool) -> None:
    """A layer with MACs or parameters, and one whose cost nobody knows."""
    assert costly(layer("a", **fields)) == wanted


@pytest.mark.parametrize(
    ("fields", "params"),
    [
        ({"attributes": {"bias": True}, "params": 40}, 36),  # a bias for each of 4 channels, which come first
        ({"attributes": {"bias": False}, "params": 36}, 36),
        ({"op": "deform_conv", "output": [3, 8, 8], "attributes": {"bias": True}, "params": 40}, 37),
        ({"op": "linear", "output": [7, 5], "attributes": {"bias": True}, "params": 40}, 35),  # which come last
        ({"attributes": {"bias": True, "weights": "b"}}, 0),  # it has none of its own
        ({"op": "attention", "attributes": {"bias": True, "dim": 8}, "params": 40}, 40),
        ({"op": "batch_norm", "attributes": {"bias": True}, "params": 8}, 8),  # not a weighted layer
        ({"op": "of another version", "attributes": {"bias": True}, "params": 8}, 8),
    ],
)
def test_a_layer_without_its_bias(fields: dict[str, Any], params: int) -> None:
    """A layer is compared as if it had no bias, one number an output channel."""
    found = plain(layer("a", **fields))
    assert found.metrics["params"] == params
    assert "bias" not in found.attributes


@pytest.mark.parametrize(
    ("op", "sizes", "wanted"),
    [
        ("linear", [8], [8]),
        ("linear", [8, 1, 1], [8]),
        ("linear", [1, 5, 8], [5, 8]),
        ("linear", [1, 1, 1], [1]),
        ("conv", [1, 8, 8], [1, 8, 8]),
    ],
)
def test_axes_of_one_say_nothing_to_a_linear_layer(op: str, sizes: list[int], wanted: list[int]) -> None:
    """A vector is one by any name; how the original calls a layer is not compared."""
    found = plain(layer("a", op=op, input=sizes, attributes={"cout": 5, "as": "function"}))
    assert (found.input, found.attributes) == (wanted, {"cout": 5})


def passes_of(*layers: LayerReport) -> list[tuple[str, int, int, Any]]:
    return [
        (one.path, one.times, one.metrics["macs"], one.metrics["receptive_field"]) for one, _ in passes([(layer, None) for layer in layers])
    ]


def test_passes_of_repeats() -> None:
    """Every pass has its number in its path and its share of what adds up; repeats within others are written out too."""
    outer = layer("r.9-10.a", times=2, macs=6, receptive_field=9)
    inner = layer("r.9-10.s.0-2.b", times=6, macs=30, receptive_field=9)
    assert passes_of(outer, inner, layer("c", macs=7)) == [
        (path, 1, macs, field)
        for path, macs, field in [
            *((f"r.{one}.{path}", macs, 9) for one in (9, 10) for path, macs in (("a", 3), ("s.0.b", 5), ("s.1.b", 5), ("s.2.b", 5))),
            ("c", 7, None),
        ]
    ]
    assert [path for path, *_ in passes_of(layer("0-1.a", times=2))] == ["0.a", "1.a"]
    by_convention = outer._replace(metrics={**outer.metrics, "counted": 10})
    assert [one.metrics["counted"] for one, _ in passes([(by_convention, None)])] == [5, 5]
    on_device = outer._replace(metrics={**outer.metrics, "compute_seconds": 1.0})
    assert [one.metrics["compute_seconds"] for one, _ in passes([(on_device, None)])] == [0.5, 0.5]


def test_passes_that_stay_together() -> None:
    """Ten thousand layers are written out, no more; nor a number that is no repeat's."""
    assert len(passes_of(layer("r.0-9999.a", times=10_000))) == 10_000
    assert passes_of(layer("r.0-10000.a", times=10_001, macs=10_001)) == [("r.0-10000.a", 10_001, 10_001, None)]
    assert len(passes_of(layer("r.0-5000.a", times=5001), layer("r.0-5000.b", times=5001))) == 2
    assert [path for path, *_ in passes_of(layer("r.0-2.a", times=4), layer("v1-2.b", times=2))] == ["r.0-2.a", "v1-2.b"]


@pytest.mark.parametrize(
    ("a", "b", "told"),
    [
        (CONV % "c", f"{CONV % 'c'}, {{conv: {{name: d, cout: 4, kernel: 1}}}}", ["d: conv in b.yaml alone, not in a.yaml"]),
        (f"{CONV % 'c'}, {{conv: {{name: d, cout: 4, kernel: 1}}}}", CONV % "c", ["d: conv in a.yaml alone, not in b.yaml"]),
        (f"{CONV % 'c'}, relu", f"{CONV % 'c'}, silu", []),  # what costs nothing is not compared
        (f"{{learned: {{name: l, sizes: [4, 8, 8], to: map, join: none}}}}, {NORMED % ('c', 'n')}",
         f"{{learned: {{name: l, sizes: [4, 8, 8], to: map, join: none}}}}, {BIASED % 'c'}", folded(4, "b")),
    ],
)  # fmt: skip
def test_what_one_side_alone_has(tmp_path: Path, a: str, b: str, told: list[str]) -> None:
    """A layer of one side has no partner; what has neither MACs nor parameters needs none."""
    assert messages(between(tmp_path, a, b)) == told


def test_norms_of_networks_with_several_inputs(tmp_path: Path) -> None:
    """Which layer a norm reads does not depend on how many inputs there are."""
    sides = []
    for name, layers in (("a", NORMED % ("c", "n")), ("b", BIASED % "k")):
        path = tmp_path / f"{name}.yaml"
        path.write_text(f"inputs: {{x: 4x8x8, y: 4x8x8}}\nlayers: [{{add: {{from: [x, y]}}}}, {layers}]\n", encoding="utf-8")
        sides.append(convcalc.summary([str(path)]).models[0])
    found = drift(*sides)
    assert (found.same, messages(found)) == (True, folded(4, "b"))
    assert [(note.code, note.severity) for note in found.notes] == [("folded-norms", "note")]
    assert found.total.sentence.endswith("; no layer changed.")


def test_totals_that_differ_are_no_sameness() -> None:
    """MACs that no layer explains are a difference."""
    one = made("net", layer("a", macs=5))
    assert drift(one, one).same
    assert not drift(one, one._replace(totals={**one.totals, "macs": 6})).same


@pytest.mark.parametrize(
    ("value", "wanted"), [([3, 3], 3), ([3], 3), ([3, 2], [3, 2]), ([2, 3, 3], [2, 3, 3]), ([], []), ("3", "3"), (None, None)]
)
def test_one_number_for_all_axes(value: Any, wanted: Any) -> None:
    """Equal sizes are told as one."""
    assert single(value) == wanted


def test_an_attribute_that_one_side_lacks() -> None:
    """It is told as none there."""
    change = Change(
        "net", "changed", "p", "p", "conv", (AttributeChange("groups", None, 2), AttributeChange("input", [1], [2])), None, {}, {}
    )
    assert [*told(change, ("a", "b"))] == ["p: groups none in a, 2 in b"]
