"""Sweeps beyond one process: parts and their merging, a cluster that loses a worker, pictures, measurements, interruption."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import convcalc
from convcalc.commands.sweep.request import read_request
from convcalc.commands.sweep.run import chunks
from tests.conftest import INTERRUPTIBLE, LOST, Ran, environment

Run = Callable[..., Ran]
LARGE = ["cin=8:1600:8", "hw=4:64:4", "reduction=1:200"]
BILLION = ("--set", "cin=8:8000:8", "--set", "hw=1:1000", "--set", "reduction=1:1000")
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


def test_a_plot_in_the_terminal(run: Run, snapshot: Callable[[str, str], None]) -> None:
    """Both axes logarithmic, with their ends; and the front."""
    arguments = ("sweep", "plain", "bottleneck", "--set", "cin=64:512:64", "--set", "hw=7:56:7", "--plot")
    snapshot(
        "plot.txt",
        run(*arguments).out.partition("apart\n")[2] + run(*arguments, "--pareto", "macs:max,activations").out.partition("apart\n")[2],
    )


def test_a_plot_fits_the_terminal(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """No line of it is wider than 40 columns; an axis of numbers is drawn where there is but one metric."""
    monkeypatch.setenv("COLUMNS", "40")
    drawn = run("sweep", "bottleneck", *AXES, "--columns", "macs", "--plot").out.partition("apart\n")[2]
    assert max(map(len, drawn.splitlines())) == 40
    assert "cin" in drawn.splitlines()[0]
    assert "macs" in drawn.splitlines()[-2]


@pytest.mark.parametrize("suffix", ["svg", "png"])
def test_a_plot_in_a_file(run: Run, tmp_path: Path, suffix: str) -> None:
    """A picture by matplotlib, the same at every run; a wrong suffix is exit 2."""
    pytest.importorskip("matplotlib", reason="matplotlib is not installed")
    pictures = []
    for number in (1, 2):
        path = tmp_path / f"front{number}.{suffix}"
        assert run("sweep", "bottleneck", *AXES, "--plot", str(path)).code == 0
        pictures.append(path.read_bytes())
    assert pictures[0] == pictures[1]
    assert pictures[0].startswith({"svg": b"<?xml", "png": b"\x89PNG"}[suffix])
    ran = run("sweep", "bottleneck", *AXES, "--plot", str(tmp_path / "front.gif"))
    assert (ran.code, ran.out) == (2, "")


@pytest.mark.slow
def test_an_interrupted_sweep_keeps_what_is_done(tmp_path: Path) -> None:
    """Ctrl-C: exit 130, whole lines, and how far it came."""
    command = [
        *INTERRUPTIBLE,
        "sweep",
        "bottleneck",
        "--set",
        "cin=8:8000:8",
        "--set",
        "hw=1:1000",
        "--set",
        "reduction=1:1000",
    ]
    with open(tmp_path / "points.csv", "wb") as out:
        started = subprocess.Popen([*command, "--format", "csv"], stdout=out, stderr=subprocess.PIPE, env=environment())
        while os.path.getsize(tmp_path / "points.csv") < 10_000_000:
            time.sleep(0.05)
            assert started.poll() is None
        started.send_signal(signal.SIGINT)
        _, err = started.communicate(timeout=LOST)
    assert started.returncode == 130
    assert b"interrupted after" in err
    assert (tmp_path / "points.csv").read_bytes().endswith(b",mac\n")


def test_a_bar_for_long_runs(tmp_path: Path) -> None:
    """On a terminal after a second; Ctrl-C ends it too."""
    pty = pytest.importorskip("pty", reason="there are no terminals of this kind")
    ours, theirs = pty.openpty()
    command = [*INTERRUPTIBLE, "sweep", "bottleneck", *BILLION, "--format", "jsonl"]
    with open(tmp_path / "points.jsonl", "wb") as out:
        started = subprocess.Popen(command, stdout=out, stderr=theirs, env={**environment(), "TERM": "xterm"})
        shown = b""
        while b"sweep" not in shown or b"%" not in shown:
            shown += os.read(ours, 1024)
        started.send_signal(signal.SIGINT)
        lost = time.monotonic() + LOST
        while started.poll() is None and time.monotonic() < lost:  # what it writes is read, so that it never waits for room
            if select.select([ours], [], [], 0.1)[0]:
                os.read(ours, 1024)
        assert started.poll() == 130
    os.close(theirs)
    os.close(ours)


def test_a_closed_pipe_is_silent() -> None:
    """`head` ends a stream of a billion points at once."""
    text = f'set -o pipefail; "{sys.executable}" -m convcalc sweep bottleneck {" ".join(BILLION)} --format jsonl | head -n 2'
    done = subprocess.run(["bash", "-c", text], capture_output=True, env=environment(), timeout=60, check=False)
    assert (done.returncode, done.stderr, done.stdout.count(b"\n")) == (0, b"", 2)


# A cluster


@pytest.fixture(name="cluster", scope="module")
def _cluster() -> Any:
    """Two worker processes on this machine."""
    distributed = pytest.importorskip("distributed", reason="dask.distributed is not installed")
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster:
        yield cluster


@pytest.mark.filterwarnings("ignore")
@pytest.mark.slow
def test_a_cluster_finds_the_same(run: Run, cluster: Any) -> None:
    """Points in order, fronts and counts, as one process has them."""
    axes = ["cin=8:800:8", "hw=4:64:4", "reduction=1:40", "groups=1,2,3"]
    for wanted in ({"top": 50, "sort": "macs:desc"}, {"pareto": "macs:max,activations"}, {"where": "macs < 1M"}):
        alone = convcalc.sweep("bottleneck", set=axes, **wanted)  # type: ignore[arg-type]
        shared = convcalc.sweep("bottleneck", set=axes, dask=cluster.scheduler_address, **wanted)  # type: ignore[arg-type]
        assert {name: column.tolist() for name, column in shared.columns.items()} == {
            name: column.tolist() for name, column in alone.columns.items()
        }
        assert (shared.done, shared.invalid) == (alone.done, alone.invalid)
    arguments = ("sweep", "bottleneck", *AXES, "--format", "csv")
    assert run(*arguments, "--dask", cluster.scheduler_address).out == run(*arguments).out


@pytest.mark.filterwarnings("ignore")
@pytest.mark.slow
def test_a_worker_that_dies_loses_nothing(cluster: Any) -> None:
    """One of the two is killed while they work; every point is there, once."""
    plan = read_request("bottleneck", LARGE, metrics="macs")
    expected = [int(value) for chunk in chunks(plan) for value in chunk.points.metrics["macs"]]
    killed: list[int] = []

    def told(more: int, whole: int) -> None:
        if not killed:
            pid = next(iter(cluster.workers.values())).pid
            os.kill(pid, signal.SIGKILL)
            killed.append(pid)

    found = convcalc.sweep("bottleneck", set=LARGE, metrics="macs", dask=cluster.scheduler_address, progress=told)
    assert killed
    assert found.columns["macs"].tolist() == expected
    assert found.done == plan.size


def test_a_cluster_that_does_not_answer(run: Run) -> None:
    """Exit 2, with the address."""
    pytest.importorskip("distributed", reason="dask.distributed is not installed")
    ran = run("sweep", "bottleneck", *AXES, "--dask", "tcp://127.0.0.1:9")
    assert (ran.code, "tcp://127.0.0.1:9: the cluster does not answer" in ran.err) == (2, True)
