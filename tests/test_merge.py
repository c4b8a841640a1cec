"""Parts of a sweep that make the whole, and what is no part."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Run

AXES = ("--set", "cin=8:256:8", "--set", "hw=4:32:4", "--set", "groups=1:4")


def parts(run: Run, folder: Path, *arguments: str) -> list[str]:
    """A sweep in three parts, each saved."""
    paths = []
    for number in (1, 2, 3):
        path = folder / f"part{number}.json"
        ran = run("sweep", "bottleneck", *AXES, *arguments, "--shard", f"{number}/3", "--format", "json")
        assert ran.code == 0, ran.err
        path.write_text(ran.out, encoding="utf-8")
        paths += ["--merge", str(path)]
    return paths


def test_merged_parts_are_the_whole(run: Run, tmp_path: Path) -> None:
    """Points, reasons and counts; and a front of the parts' fronts is the front."""
    whole = json.loads(run("sweep", "bottleneck", *AXES, "--format", "json").out)
    merged = json.loads(run("sweep", *parts(run, tmp_path), "--format", "json").out)
    assert (merged["points"], merged["done"]) == (whole["points"], whole["done"])
    assert [(r["reason"], r["count"]) for r in merged["invalid"]] == [(r["reason"], r["count"]) for r in whole["invalid"]]
    goals = ("--pareto", "macs:max,activations")
    front = json.loads(run("sweep", "bottleneck", *AXES, *goals, "--format", "json").out)
    for paths in (parts(run, tmp_path, *goals), parts(run, tmp_path)):
        assert json.loads(run("sweep", *paths, *goals, "--format", "json").out)["points"] == front["points"]


def test_parts_that_are_missing_or_there_twice(run: Run, tmp_path: Path) -> None:
    """Told, or refused: a merged sweep says whether it is whole."""
    paths = parts(run, tmp_path)
    assert (run("sweep", *paths).err, run("sweep", *paths).code) == ("", 0)
    lacking = run("sweep", *paths[2:4], "--format", "json")
    assert lacking.code == 1
    assert "of 3 parts 1, 3 are missing" in lacking.out
    assert json.loads(lacking.out)["asked"]["shard"] is None
    assert "part2.json: it is part 2 of 3, as" in run("sweep", *paths, *paths[2:4]).err
    assert run("sweep", *paths, *paths[2:4]).code == 2
    other = tmp_path / "half.json"
    other.write_text(run("sweep", "bottleneck", *AXES, "--shard", "1/2", "--format", "json").out, encoding="utf-8")
    assert "half.json: it is part 1 of 2" in run("sweep", *paths, "--merge", str(other)).err
    saved = json.loads((tmp_path / "part3.json").read_text(encoding="utf-8"))
    (tmp_path / "part3.json").write_text(json.dumps({**saved, "done": 5}), encoding="utf-8")
    assert f"part3.json was interrupted after 5 of {saved['done']} points" in run("sweep", *paths).err
    assert "--merge and --set exclude each other" in run("sweep", *paths, "--set", "cin=8").err


def test_parts_are_chosen_from_again(run: Run, tmp_path: Path) -> None:
    """As each of them was; a choice from what they have not kept is refused."""
    goals = ("--pareto", "macs:max,activations", "--where", "macs < 1M")
    whole = json.loads(run("sweep", "bottleneck", *AXES, *goals, "--format", "json").out)
    paths = parts(run, tmp_path, *goals)
    merged = json.loads(run("sweep", *paths, "--format", "json").out)
    assert {key: merged[key] for key in ("points", "front", "done", "met", "asked")} == {
        key: whole[key] for key in ("points", "front", "done", "met", "asked")
    }
    assert run("sweep", "--merge", *paths[1::2], *goals).out == run("sweep", "bottleneck", *AXES, *goals).out
    assert "have only kept what --pareto macs:max,activations chose" in run("sweep", *paths, "--where", "params < 1k").err
    assert run("sweep", *paths, "--pareto", "macs").code == 2
    best = json.loads(run("sweep", "bottleneck", *AXES, "--sort", "macs:desc", "--top", "4", "--format", "json").out)["points"]
    paths = parts(run, tmp_path, "--sort", "macs:desc", "--top", "4")
    assert json.loads(run("sweep", *paths, "--format", "json").out)["points"] == best
    assert json.loads(run("sweep", *paths, "--top", "2", "--format", "json").out)["points"] == best[:2]
    assert run("sweep", *paths, "--top", "5").code == 2
    assert run("sweep", *paths, "--sort", "params").code == 2


def test_parts_of_other_sweeps_are_refused(run: Run, tmp_path: Path) -> None:
    """A layout that has been edited since, another design, another condition: which file, and what differs."""
    spec = tmp_path / "net.yaml"
    paths = []
    for number, (kernel, extra) in enumerate(((3, ()), (3, ("--where", "macs > 1")), (5, ()))):
        spec.write_text(f"params: {{cout: required}}\nlayers: [conv: {{cout: cout, kernel: {kernel}}}]\n", encoding="utf-8")
        for design in [str(spec), "plain"] if number == 0 else [str(spec)]:
            path = tmp_path / f"{len(paths)}.json"
            axes = ("--set", "cin=4", "--set", "hw=8", "--set", "cout=1:4")
            path.write_text(
                run("sweep", design, *axes, "--shard", f"{1 + bool(paths)}/2", *extra, "--format", "json").out, encoding="utf-8"
            )
            paths.append(str(path))
    for path, said in zip(paths[1:], ("its designs differ", "its where differ", "the layouts it was computed from differ"), strict=True):
        ran = run("sweep", "--merge", paths[0], path)
        assert (ran.code, f"{path}: {said}" in ran.err) == (2, True), ran.err


@pytest.mark.parametrize(
    "change",
    [
        {"axes": []},
        {"axes": [{"name": "cin", "values": [[[1, 2], 3]]}]},
        {"axes": [{"name": "cin", "values": [8, 8]}]},
        {"axes": [{"name": f"a{number}", "values": list(range(100))} for number in range(12)], "points": []},
        {"axes": [{"name": "cin", "values": [2**70]}], "points": []},
        {"metrics": ["macs", "macs"]},
        {"done": 10**6},
        {"points": None},
        {"asked": {"shard": [2, 300_000_000_000]}},
        {"asked": {"shard": [3, 3]}},
        {"asked": {"shard": None}},
        {"asked": {"top": -3}},
    ],
)
def test_edited_parts_are_refused(run: Run, tmp_path: Path, change: dict[str, Any]) -> None:
    """Whatever was changed by hand: exit 2, at once."""
    path = tmp_path / "part.json"
    arguments = ("plain", "--set", "cin=8,16,24", "--set", "hw=8", "--shard", "2/3", "--columns", "macs", "--format", "json")
    saved = json.loads(run("sweep", *arguments).out)
    asked = {**saved["asked"], **change.get("asked", {})}
    edited = {key: value for key, value in {**saved, **change, "asked": asked}.items() if value is not None}
    path.write_text(json.dumps(edited), encoding="utf-8")
    ran = run("sweep", "--merge", str(path), "--sort", "cin")
    assert (ran.code, ran.out) == (2, ""), ran.err


def test_an_incomplete_merge_is_not_merged_again(run: Run, tmp_path: Path) -> None:
    """What is missing in it would be forgotten."""
    merged = tmp_path / "merged.json"
    merged.write_text(run("sweep", *parts(run, tmp_path)[2:], "--format", "json").out, encoding="utf-8")
    assert "some of which were missing" in run("sweep", "--merge", str(merged)).err


def test_parts_of_impossible_points_are_impossible(run: Run, tmp_path: Path) -> None:
    """All of them together are what the whole sweep is: exit 2."""
    paths = []
    for number in (1, 2):
        path = tmp_path / f"{number}.json"
        arguments = ("plain", "--set", "cin=8", "--set", "hw=7", "--set", "groups=3,5", "--shard", f"{number}/2", "--format", "json")
        path.write_text(run("sweep", *arguments).out, encoding="utf-8")
        paths += ["--merge", str(path)]
    assert run("sweep", *paths).code == 2


def test_parts_with_truths_and_numbers(run: Run, tmp_path: Path) -> None:
    """1 and true are two values of an axis."""
    path = tmp_path / "part.json"
    whole = run("sweep", "plain", "--set", "cin=8", "--set", "hw=8", "--set", "kernel=1,true,3", "--format", "json").out
    path.write_text(whole, encoding="utf-8")
    assert json.loads(run("sweep", "--merge", str(path), "--format", "json").out)["points"] == json.loads(whole)["points"]


def test_parts_without_points(run: Run, tmp_path: Path) -> None:
    """A part in which every point is impossible, or none meets the condition, is a part; alone it would be an error."""
    axes = ("--set", "cin=64", "--set", "hw=8", "--set", "groups=3,5,1,2")
    paths = []
    for number in (1, 2):
        path = tmp_path / f"{number}.json"
        ran = run("sweep", "bottleneck", *axes, "--shard", f"{number}/2", "--columns", "macs", "--format", "json")
        assert ran.code == 0
        path.write_text(ran.out, encoding="utf-8")
        paths += ["--merge", str(path)]
    found = json.loads(run("sweep", *paths, "--format", "json").out)
    assert [point["groups"] for point in found["points"]] == [1, 2]
    assert [reason["count"] for reason in found["invalid"]] == [2]
    assert run("sweep", "bottleneck", *axes, "--shard", "1/2", "--format", "csv").out.startswith("cin,hw,groups,params,")


def test_samples_share_points(run: Run, tmp_path: Path) -> None:
    """Two samples of one grid: each of their points once."""
    paths, rows = [], []
    for seed in (1, 2):
        path = tmp_path / f"{seed}.json"
        text = run("sweep", "bottleneck", *AXES, "--sample", "300", "--seed", str(seed), "--format", "json").out
        path.write_text(text, encoding="utf-8")
        paths += ["--merge", str(path)]
        rows += json.loads(text)["points"]
    merged = json.loads(run("sweep", *paths, "--format", "json").out)["points"]
    assert run("sweep", *paths, *paths[:2]).code == 2  # the same sample twice
    distinct = {json.dumps(row) for row in rows}
    assert len(distinct) < len(rows)
    assert sorted(json.dumps(row) for row in merged) == sorted(distinct)


def test_json_lines_in_a_file_and_a_plot_beside_data(run: Run, tmp_path: Path) -> None:
    """A suffix of its own; and what a program reads is not mixed with a picture."""
    ran = run("sweep", "bottleneck", *AXES, "--columns", "macs", "--plot", "--format", "json", "--output", str(tmp_path / "points.jsonl"))
    rows = [json.loads(line) for line in (tmp_path / "points.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [{**row, "convention": "mac"} for row in json.loads(ran.out)["points"]] == rows
    assert "└──" in ran.err


def test_what_is_no_part_is_refused(run: Run, tmp_path: Path) -> None:
    """Another sweep, another report, no file."""
    paths = parts(run, tmp_path)
    (tmp_path / "other.json").write_text(run("sweep", "plain", "--set", "cin=8", "--set", "hw=8", "--format", "json").out, encoding="utf-8")
    (tmp_path / "summary.json").write_text(run("summary", "lenet5", "--format", "json").out, encoding="utf-8")
    for name, said in (("other.json", "not those of"), ("summary.json", "it is no sweep"), ("gone.json", "there is no file")):
        ran = run("sweep", *paths, "--merge", str(tmp_path / name))
        assert (ran.code, said in ran.err) == (2, True)


def test_a_saved_sweep_is_rendered(run: Run, tmp_path: Path) -> None:
    """As it was, in every format; and a solution too."""
    for command in (
        ("sweep", "bottleneck", *AXES, "--top", "3"),
        ("solve", "bottleneck", "--for", "mid", "--set", "cin=64", "--set", "hw=8", "--max", "macs=9M"),
    ):
        saved = tmp_path / "saved.json"
        extra = ("--columns", "macs,params") if command[0] == "sweep" else ()
        saved.write_text(run(*command, *extra, "--format", "json").out, encoding="utf-8")
        for format_ in ("table", "json", "csv", "markdown"):
            assert run("render", str(saved), "--format", format_).out == run(*command, *extra, "--format", format_).out
