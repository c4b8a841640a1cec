"""A layout beside its model: what differs is told by layer, and what exports do to every layer is not."""

from __future__ import annotations

from pathlib import Path

import pytest

import convcalc
from convcalc.commands.importing import imported
from convcalc.report.contract import Report
from tests.conftest import Run
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
