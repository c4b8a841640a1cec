"""The schemas of layouts and of reports, against files and outputs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from convcalc.commands.schema import schema
from tests.conftest import ROOT, Run


def report(run: Run, *arguments: str) -> Any:
    return json.loads(run(*arguments, "--format", "json").out)


LAYOUTS = sorted(path for path in (ROOT / "configs").rglob("*.yaml") if path.parent.name != "conventions")
GOLDEN = [
    ("compare", "--cin", "256", "--cout", "256", "--hw", "56"),
    ("compare", "plain", "convnext", "--cin", "8", "--hw", "8", "--stride", "2"),
    ("compare", "plain", "--cin", "0", "--hw", "8"),
    ("compare", "resnet50", "mobilenet_v2"),
    ("summary", "resnet50", "pan_neck"),
    ("summary", "resnet50", "--by", "op", "--top", "3"),
    ("summary", "nothing"),
    ("diff", "resnet50_v1", "resnet50"),
    ("diff", "resnet18", "resnet34"),
    ("explain", "bottleneck", "--cin", "64", "--hw", "8"),
    ("conventions", "lenet5", "--match", "4M"),
    ("list", "blocks"),
    ("check", "resnet50", "--max", "macs=4G", "--max", "layer.macs=300M"),
    ("check", "resnet50"),
    ("validate", "resnet50"),
    ("validate", str(ROOT / "tests" / "gallery")),
    ("unknown",),
]


@pytest.mark.parametrize("what", ["layout", "device"])
def test_shipped_schema_is_the_generated_one(what: str) -> None:
    """configs/layout.schema.json is what `convcalc schema layout` prints, and so is that of devices."""
    shipped = (ROOT / "configs" / f"{what}.schema.json").read_text(encoding="utf-8")
    assert json.loads(shipped) == schema(what)


@pytest.mark.parametrize("path", LAYOUTS, ids=lambda path: path.stem)
def test_shipped_files_follow_the_schema(path: Path) -> None:
    """Every shipped layout and device is valid by its schema, and carries the editor's modeline."""
    what = "device" if path.parent.name == "devices" else "layout"
    jsonschema.validate(yaml.safe_load(path.read_text(encoding="utf-8")), schema(what))
    assert path.read_text(encoding="utf-8").startswith("# yaml-language-server: $schema=")


@pytest.mark.parametrize(
    "text",
    [
        "layers: [{conv: {cout: 8, kernal: 3}}]",
        "layers: [{conv: {cout: 8}}]",
        "layer: [relu]",
        "layers: [{residual: {bodi: []}}]",
        "layers: [{plain: {cot: 3}}]",
        "layers: relu",
    ],
)
def test_the_schema_finds_slips(text: str) -> None:
    """Unknown and missing keys are found by the schema alone."""
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(yaml.safe_load(text), schema("layout"))


@pytest.mark.parametrize("arguments", GOLDEN, ids=" ".join)
def test_outputs_follow_the_schema(run: Run, arguments: tuple[str, ...]) -> None:
    """Every kind of output, failures included, is valid by `convcalc schema output`."""
    jsonschema.validate(report(run, *arguments), schema("output"))


def test_the_output_schema_finds_slips(run: Run) -> None:
    """A missing metric, or a rounded one, does not pass."""
    found = report(run, "compare", "--cin", "8", "--hw", "8")
    for broken in ({"macs": 1.5}, {"macs": None}, {"macs": -1}):
        totals = {**found["models"][0]["totals"], **broken}
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({**found, "models": [{**found["models"][0], "totals": totals}]}, schema("output"))


def test_schemas_are_schemas(run: Run) -> None:
    """Both are valid JSON Schema, and what the command prints."""
    for what in ("layout", "output"):
        printed = json.loads(run("schema", what).out)
        jsonschema.Draft202012Validator.check_schema(printed)
        assert printed == schema(what)
