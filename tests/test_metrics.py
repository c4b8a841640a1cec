"""The table of metrics is the only list of them: what is added to it is known to every command."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import Any

import jsonschema
import pytest

import convcalc
from convcalc.analysis.metric import Metric
from convcalc.analysis.metrics import METRICS
from convcalc.commands.schema import schema
from tests.conftest import Run

BLOCK = ("--set", "cin=8", "--set", "hw=8")
# Of plain on 8×8×8: 8·8·8·8·9 = 36,864 MACs; with the bias that sweep has not, 576 weights.
MACS, PARAMS = 36_864, 576
ADDED = {
    "thrice": Metric("Thrice", "three a MAC", lambda _, cost: 3 * cost.macs, short="3 MACs"),
    "depth": Metric("Depth", "rows", of_trace=lambda trace, _: len(trace.rows), unit="count"),
    "work": Metric("Work", "what a convention might count", lambda _, cost: cost.macs, unit="operations", rank=2),
    "reuse": Metric("Reuse", "MACs a parameter", of_trace=lambda trace, _: reuse(trace), unit="ratio", exact=False),
}


def reuse(trace: Any) -> Any:
    """MACs a parameter, exact: a fraction, or one of formulas in a sweep."""
    total = trace.total
    return Fraction(total.macs, total.params) if isinstance(total.macs, int) else total.macs / total.params


@pytest.fixture(autouse=True)
def _added(monkeypatch: pytest.MonkeyPatch) -> None:
    for key, metric in ADDED.items():
        monkeypatch.setitem(METRICS, key, metric)


def of(run: Run, *arguments: str) -> Any:
    """What a command prints as JSON, which its schema accepts."""
    ran = run(*arguments, "--format", "json")
    assert ran.code in (0, 1), ran.out + ran.err
    found = json.loads(ran.out)
    jsonschema.validate(found, schema("output"))
    return found


def test_it_is_a_field_of_models_layers_changes_and_points(run: Run) -> None:
    """JSON has it wherever it has metrics, with what the function gives."""
    [plain, _] = of(run, "compare", "--cin", "8", "--hw", "8")["models"]
    assert (plain["totals"]["thrice"], plain["totals"]["depth"], plain["totals"]["reuse"]) == (3 * MACS, 2, MACS / PARAMS)
    assert plain["reduction"]["thrice"] == 1.0
    assert [layer["thrice"] for layer in plain["layers"]] == [3 * MACS, 0]
    assert "depth" not in plain["layers"][0]
    [model] = of(run, "summary", "lenet5", "--by", "op")["models"]
    assert sum(entry["thrice"] for entry in model["entries"]) == model["totals"]["thrice"] == 3 * 416_520
    [total] = of(run, "diff", "resnet18", "resnet34")["totals"]
    assert total["new"]["thrice"] == 3 * total["new"]["macs"]
    assert total["new"]["depth"] == len(convcalc.summary("resnet34").models[0].layers)


def test_a_saved_report_has_it(run: Run, tmp_path: Any) -> None:
    """What was saved is read back, and shown as it was."""
    saved = tmp_path / "report.json"
    saved.write_text(run("compare", "--cin", "8", "--hw", "8", "--columns", "reuse,thrice", "-f", "json").out, encoding="utf-8")
    assert run("render", str(saved), "-f", "json").out == saved.read_text(encoding="utf-8")


def test_it_is_a_column(run: Run) -> None:
    """Of comparisons, summaries, sweeps and solutions, under its label."""
    assert "Thrice" in run("compare", "--cin", "8", "--hw", "8", "--columns", "macs,thrice").out
    assert "3 MACs" in run("summary", "lenet5", "--columns", "thrice").out
    found = of(run, "sweep", "plain", *BLOCK, "--set", "kernel=1,3", "--columns", "thrice,depth,reuse")
    points = [[point[key] for key in ("thrice", "depth", "reuse")] for point in found["points"]]
    assert points == [[3 * MACS // 9, 2, 64.0], [3 * MACS, 2, 64.0]]
    assert "totals_thrice" in run("compare", "--cin", "8", "--hw", "8", "--format", "csv").out


def test_it_is_a_limit(run: Run) -> None:
    """Of `check`, `solve`, `diff --fail-on` and budgets in files, in its own unit; whole where it is counted whole."""
    assert run("check", "lenet5", "--max", "thrice=1M").code == 1
    assert run("check", "lenet5", "--max", "layer.thrice=720k").code == 0
    assert run("check", "lenet5", "--max", "reuse=6.75").code == 1  # 416,520 / 61,706 = 6.7501…
    assert run("check", "lenet5", "--max", "reuse=6.76").code == 0
    assert "not a whole number" in run("check", "lenet5", "--max", "thrice=0.5").err
    [found] = of(run, "solve", "plain", "--for", "cout", *BLOCK, "--set", "cout=1:64", "--max", "thrice=100k")["solutions"]
    assert found["values"]["cout"] == 100_000 // (3 * MACS // 8)
    assert run("diff", "resnet18", "resnet34", "--fail-on", "thrice>10%").code == 1


def test_it_is_an_order_a_condition_and_a_goal(run: Run) -> None:
    """`--sort`, `--where`, `--pareto`, `--maximize`."""
    [model] = of(run, "summary", "lenet5", "--sort", "thrice", "--top", "1")["models"]
    assert model["entries"][0]["label"] == "c3"
    arguments = ("sweep", "plain", *BLOCK, "--set", "kernel=1,3,5")
    assert [point["kernel"] for point in of(run, *arguments, "--where", "thrice < 100k")["points"]] == [1]
    assert [point["kernel"] for point in of(run, *arguments, "--pareto", "thrice:max")["points"]] == [5]
    assert [point["kernel"] for point in of(run, *arguments, "--sort", "thrice:desc", "--top", "1")["points"]] == [5]
    assert [point["kernel"] for point in of(run, *arguments, "--where", "reuse <= 64 and depth < 3")["points"]] == [1, 3, 5]
    assert of(run, "solve", "plain", "--for", "cout,kernel", *BLOCK, "--set", "cout=1:8", "--set", "kernel=1,3", "--max", "macs=5k",
              "--maximize", "thrice")["solutions"]  # fmt: skip


def test_its_unit_and_rank_decide_how_it_is_shown(run: Run) -> None:
    """What is counted by a convention has its unit beside it, and what ranks among the foremost is in tables by default."""
    [plain, _] = of(run, "compare", "--cin", "8", "--hw", "8")["models"]
    assert plain["totals"]["work"] == {"value": MACS, "unit": "MAC"}
    assert "Work" in run("compare", "--cin", "8", "--hw", "8").out
    summary, sweep = run("summary", "lenet5"), run("sweep", "plain", *BLOCK)
    assert (summary.code, sweep.code) == (0, 0)
    assert "Work" in summary.out
    assert "work" in sweep.out


def test_it_is_listed_and_completed(run: Run) -> None:
    """`list metrics` has it, and the shell offers it."""
    from convcalc.cli.complete import limits, metrics

    assert ("thrice", "three a MAC") in [(item["name"], item["meaning"]) for item in of(run, "list", "metrics")["items"]]
    assert metrics("macs,thr") == ["macs,thrice"]
    assert [item.value for item in limits("thr")] == ["thrice="]


def test_python_has_it() -> None:
    """Reports and columns hold it too."""
    assert convcalc.summary("lenet5").models[0].totals["thrice"] == 3 * 416_520
    assert convcalc.sweep("plain", set={"cin": 8, "hw": 8}, metrics="reuse").columns["reuse"].tolist() == [64.0]
    assert convcalc.cost_columns("plain", {"cin": [8, 8], "hw": [8, 4], "kernel": [3, 3]}, "reuse")["reuse"].tolist() == [64.0, 16.0]


@pytest.mark.parametrize("option", ["--max receptive_field=4", "--max receptive_field=4 --max macs=1G"])
def test_what_does_not_add_up_is_a_limit_everywhere(run: Run, option: str) -> None:
    """Of a map one number, its largest side: a 3×3 sees 3, a 5×5 sees 5."""
    [found] = of(run, "solve", "plain", "--for", "kernel", *BLOCK, "--set", "kernel=1,3,5", *option.split())["solutions"]
    assert found["values"]["kernel"] == 3
    assert [
        point["kernel"] for point in of(run, "sweep", "plain", *BLOCK, "--set", "kernel=1,3,5", "--where", "receptive_field > 1")["points"]
    ] == [3, 5]
    assert of(run, "summary", "lenet5", "--sort", "receptive_field")["models"][0]["entries"][0]["label"] == "c5"
