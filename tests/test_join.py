"""Measurements beside the points of a sweep."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conftest import Run


def test_measurements(run: Run, tmp_path: Path) -> None:
    """ImageNet top-1 of MobileNetV2 by width (Sandler et al. 2018, table 4): the front of MACs and accuracy."""
    table = tmp_path / "measured.csv"
    table.write_text("width,accuracy\n0.50,65.4\n0.75,69.8\n1.0,71.8\n", encoding="utf-8")
    arguments = ("sweep", "mobilenet_v2", "--set", "width=0.25:1:0.25", "--join", str(table))
    rows = json.loads(run(*arguments, "--pareto", "macs,accuracy:max", "--format", "json").out)["points"]
    assert [(row["width"], row["accuracy"]) for row in rows] == [(0.5, 65.4), (0.75, 69.8), (1, 71.8)]
    table.write_text("\ufeffwidth,accuracy\r\n0.50,65.4\r\n\r\n0.75,698e-1\r\n1.0,71.8\r\n", encoding="utf-8")
    saved = tmp_path / "saved.json"
    saved.write_text(run(*arguments, "--format", "json").out, encoding="utf-8")
    merged = json.loads(run("sweep", "--merge", str(saved), "--where", "accuracy >= 69.8", "--format", "json").out)["points"]
    assert [row["width"] for row in merged] == [0.75, 1]
    rows = json.loads(run(*arguments, "--where", "accuracy >= 69.8", "--sort", "accuracy:desc", "--format", "json").out)["points"]
    assert [row["width"] for row in rows] == [1, 0.75]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("width,accuracy\n0.6,65.4\n", "no such point: line 2: width=0.6"),
        ("depth,accuracy\n1,65.4\n", "its columns name no axis"),
        ("width\n0.5\n", "nothing that was measured"),
        ("width,accuracy\n0.5,good\n", "`good` is no number"),
        ("width,accuracy\n0.5\n", "line 2 has 1 of 2 columns"),
        ("width,accuracy\n0.5,1\n0.50,2\n", "line 3 names a point that stands above"),
        ("width,macs\n0.5,1\n", "the column `macs` cannot be a measurement"),
        ("", "it has no header"),
        ("width,accuracy\n0.5,65,4\n", "line 2 has 3 of 2 columns"),
        ("width,accuracy,accuracy\n0.5,65,4\n", "the column `accuracy` stands twice"),
        ("\n\nwidth,accuracy\n\n0.5,65,4\n", "line 5 has 3 of 2 columns"),
        ("width;accuracy\n0.5;65\n", "commas separate columns"),
        ("width,accuracy\n0.5,1e999999999\n", "`1e999999999` is no number"),
        ("width,accuracy\n1e999999999,5\n", "no such point: line 2: width=1e999999999"),
        ("width,accuracy\n0.5," + "9" * 200_000 + "\n", "line 2: field larger than field limit"),
        ("width,top-1\n0.5,65\n", "letters, digits and _"),
        ("width,accuracy\n0.5,nan\n", "`nan` is no number"),
    ],
)
def test_measurements_that_do_not_fit(run: Run, tmp_path: Path, text: str, said: str) -> None:
    """Which row, and why."""
    (tmp_path / "measured.csv").write_text(text, encoding="utf-8")
    ran = run("sweep", "mobilenet_v2", "--set", "width=0.25:1:0.25", "--join", str(tmp_path / "measured.csv"))
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err
