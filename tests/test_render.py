"""`convcalc render`: what was saved is shown as it was made, merged where that means something, and hostile reports are refused."""

from __future__ import annotations

import io
import json
from contextlib import redirect_stderr, redirect_stdout
from copy import deepcopy
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convcalc.cli import main
from convcalc.commands.schema import schema
from convcalc.formats.csv import cell
from tests.conftest import Run
from tests.repositories import HOSTILE, leaves

LIMITS = ("--max", "macs=1k", "--max", "params=99M", "--max", "layer.macs=1k")
COMMANDS = [
    ("compare", "plain", "bottleneck", "--baseline", "bottleneck", "--cin", "8", "--hw", "8"),
    ("compare", "plain", "convnext", "--cin", "8", "--hw", "8", "--stride", "2"),
    ("summary", "lenet5", "resnet18"),
    ("summary", "pan_neck"),
    ("summary", "resnet18", "--by", "op"),
    ("summary", "vgg16", "--by", "stage"),
    ("summary", "resnet18", "--sort", "params", "--top", "3"),
    ("summary", "resnet18", "--convention", "fvcore"),
    ("explain", "bottleneck", "--cin", "64", "--hw", "8"),
    ("explain", "resnet18", "layer1.0.conv1"),
    ("conventions", "lenet5"),
    ("conventions", "lenet5", "--match", "416k"),
    ("diff", "resnet18", "resnet34"),
    ("check", "lenet5", "resnet18", *LIMITS),
    ("list", "blocks"),
    ("validate", "lenet5"),
    ("sweep", "plain", "--set", "cin=8,16", "--set", "hw=8", "--set", "groups=1,3", "--where", "macs < 1G"),
    ("solve", "plain", "--for", "kernel", "--set", "cin=8", "--set", "hw=7", "--set", "kernel=1x3,3x3", "--max", "macs=10k"),
]
FORMATS = {"list": (), "validate": ("table", "json", "github", "junit", "gitlab", "sarif")}
PEOPLE = ("table", "json", "csv", "markdown", "html", "svg")
SHORT = [command for command in COMMANDS if command[1] in ("plain", "lenet5", "bottleneck")]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_what_was_saved_is_shown_as_it_was(command: tuple[str, ...], run: Run, tmp_path: Path) -> None:
    """Every command's report, in every format it has, to the letter, from what was saved beside it; rendering exits 0."""
    saved = tmp_path / "report.json"
    extra = ("github", "junit", "gitlab", "sarif") if command[0] == "check" else ()
    for format_ in FORMATS.get(command[0]) or (*PEOPLE, *extra):
        shown = run(*command, "--format", format_, "--output", str(saved))
        again = run("render", str(saved), "--format", format_)
        assert again.code == 0
        assert again.out == shown.out


def test_failed_runs_are_shown_too(run: Run, tmp_path: Path) -> None:
    """A report of an error is its diagnostics, in the formats of CI as well; it is no base and no side of a diff."""
    saved = tmp_path / "report.json"
    saved.write_text(run("check", "gone.yaml", "--max", "macs=1", "--format", "json").out, encoding="utf-8")
    assert run("render", str(saved)).out.startswith("error[file-missing]: there is no file gone.yaml")
    assert run("render", str(saved), "--format", "github").out.startswith("::error title=convcalc file-missing::")
    assert run("render", str(saved), "--format", "csv").code == 2
    assert run("diff", str(saved), "resnet18").code == 2
    assert run("check", "resnet18", "--max", "macs=1", "--base", str(saved)).code == 2


@pytest.mark.parametrize("command", [("summary",), ("check", *LIMITS), ("conventions",)], ids=" ".join)
def test_merged_reports_are_one(command: tuple[str, ...], run: Run, tmp_path: Path) -> None:
    """Two reports of single networks are one of both."""
    paths = []
    for name in ("lenet5", "resnet18"):
        path = tmp_path / f"{name}.json"
        path.write_text(run(command[0], name, *command[1:], "--format", "json").out, encoding="utf-8")
        paths.append(str(path))
    merged = run("render", *paths, "--format", "json").out
    jsonschema.validate(json.loads(merged), schema("output"))
    if command[0] != "conventions":  # which takes one network
        assert merged == run(command[0], "lenet5", "resnet18", *command[1:], "--format", "json").out
    assert run("render", *paths).code == 0


def test_what_does_not_go_together_is_refused(run: Run, tmp_path: Path) -> None:
    """Other commands, other conventions, two baselines, no report, another schema version: exit 2 and what to do."""
    paths = {}
    for name, command in (
        ("summary", ("summary", "lenet5")),
        ("fvcore", ("summary", "lenet5", "--convention", "fvcore")),
        ("compare", ("compare", "--cin", "8", "--hw", "8")),
    ):
        paths[name] = str(tmp_path / f"{name}.json")
        Path(paths[name]).write_text(run(*command, "--format", "json").out, encoding="utf-8")
    newer = Path(paths["summary"]).read_text(encoding="utf-8").replace('"schema_version": "1.0"', '"schema_version": "2.0"')
    paths["newer"] = str(tmp_path / "newer.json")
    Path(paths["newer"]).write_text(newer, encoding="utf-8")
    for names, said in (
        (("summary", "compare"), "do not go together"),
        (("summary", "fvcore"), "different conventions"),
        (("compare", "compare"), "are not merged"),
        (("newer",), "its schema version is 2.0, this is 1.0"),
        ((), "no report is given"),
    ):
        ran = run("render", *(paths[name] for name in names))
        assert (ran.code, ran.out) == (2, "")
        assert said in ran.err
    ran = run("render", paths["summary"], "--format", "junit")
    assert (ran.code, "has no such format" in ran.out) == (2, True)  # as JUnit, which was asked for


def saved_reports() -> list[Any]:
    """A short report of each command."""
    found = []
    for command in SHORT:
        output = io.StringIO()
        with redirect_stdout(output):
            main([*command, "--format", "json"])
        found.append(json.loads(output.getvalue()))
    return found


SAVED = saved_reports()
PLACES = [(number, place) for number, report in enumerate(SAVED) for place in leaves(report)[1:]]


@given(place=st.sampled_from(PLACES), value=HOSTILE, format_=st.sampled_from([*PEOPLE, "github", "junit", "gitlab", "sarif"]))
def test_a_report_with_any_value_replaced(tmp_path_factory: pytest.TempPathFactory, place: Any, value: Any, format_: str) -> None:
    """One wrong value is shown or refused, in every format, and never a crash or an escape."""
    number, keys = place
    report = deepcopy(SAVED[number])
    holder = report
    for key in keys[:-1]:
        holder = holder[key]
    holder[keys[-1]] = value
    path = tmp_path_factory.getbasetemp() / "hostile-render.json"
    path.write_text(json.dumps(report).replace("Infinity", "1e999"), encoding="utf-8")
    output = io.StringIO()
    with redirect_stdout(output), redirect_stderr(output):
        code = main(["render", str(path), "--format", format_])
    assert code in (0, 2), output.getvalue()
    assert "\x1b" not in output.getvalue()


def groups(*bounds: tuple[int, int]) -> list[dict[str, Any]]:
    return [{"path": f"g{start}", "kind": "stage", "times": 1, "start": start, "stop": stop, "location": None} for start, stop in bounds]


@pytest.mark.parametrize(
    "bounds",
    [[(0, 99)], [(2, 1)], [(1, 1)], [(-1, 2)], [(0, 2), (1, 3)], [(0, 2)] * 500],
    ids=["beyond", "backwards", "empty", "before", "crossing", "deep"],
)
def test_groups_that_do_not_nest_are_passed_over(run: Run, tmp_path: Path, bounds: list[tuple[int, int]]) -> None:
    """A tree is built of those that do; places below zero are no places."""
    report = deepcopy(next(saved for saved in SAVED if saved["command"] == "summary"))
    report["models"][0]["groups"] = groups(*bounds)
    (tmp_path / "report.json").write_text(json.dumps(report), encoding="utf-8")
    ran = run("render", str(tmp_path / "report.json"))
    assert ran.code == (2 if bounds == [(-1, 2)] else 0), ran.err


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("command", "x\n::error::forged"),
        ("exit_code", int("9" * 4000)),
        ("findings", [{"value": -1}]),
    ],
)
def test_what_no_run_writes_is_refused(run: Run, tmp_path: Path, key: str, value: Any) -> None:
    """A command that is no word, numbers beyond all costs, costs below zero."""
    report = deepcopy(next(saved for saved in SAVED if saved["command"] == "check"))
    if key == "findings":
        report["findings"][0] |= value[0]
    else:
        report[key] = value
    (tmp_path / "report.json").write_text(json.dumps(report), encoding="utf-8")
    ran = run("render", str(tmp_path / "report.json"), "--format", "github")
    assert (ran.code, ran.out) == (2, ran.out)
    assert "bad-report" in ran.out + ran.err
    assert "forged" not in ran.out + ran.err


def test_long_names_do_not_widen_every_row(run: Run, tmp_path: Path) -> None:
    """A name of a megabyte among thousands of rows is cut; figures stay."""
    report = deepcopy(next(saved for saved in SAVED if saved["command"] == "check"))
    report["findings"] = [dict(report["findings"][0], spec="s" * (10**6 if not number else 1)) for number in range(2_000)]
    (tmp_path / "report.json").write_text(json.dumps(report), encoding="utf-8")
    for format_ in ("table", "markdown", "html"):
        assert len(run("render", str(tmp_path / "report.json"), "--format", format_).out) < 30 * 10**6


def test_a_missing_file_has_a_fix(run: Run, tmp_path: Path) -> None:
    """The file of its folder whose name is nearest; a name that shares nothing but the suffix is not."""
    (tmp_path / "report.json").write_text("{}")
    for name, fix in (("reprt.json", "did you mean `report.json`?"), ("x.json", "paths start at the current folder")):
        assert f"fix: {fix}" in run("render", str(tmp_path / name)).err


def test_cells_are_no_formulas(run: Run, tmp_path: Path) -> None:
    """What a spreadsheet would run is quoted as text; negative numbers stay numbers."""
    path = tmp_path / "net.yaml"
    path.write_text("input: 4\nbudgets: {macs: {max: 1, message: \"=HYPERLINK('x')\"}}\nlayers: [linear: 3]\n")
    out = run("check", str(path), "--format", "csv").out
    assert ",'=HYPERLINK('x')," in out
    assert [cell(value) for value in ("-1", "-1.5e3", "-x", "+x", "@x", -1, "a=b")] == ["-1", "-1.5e3", "'-x", "'+x", "'@x", -1, "a=b"]
