"""`convcalc diff`, in real git repositories and against saved reports."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import convcalc
from convcalc.cli import main
from convcalc.formats.figures import exact
from convcalc.formats.parts import difference
from convcalc.report.envelope import render
from convcalc.report.numbers import percent_text
from tests.conftest import Run
from tests.repositories import HOSTILE, NET, git, leaves

EMPTY = '{"schema_version": "1.0", "status": "ok", "convention": {}, "models": []}'


def changed(run: Run, *arguments: str, code: int = 0) -> dict[str, dict[str, object]]:
    """Changes of a diff by path."""
    ran = run("diff", *arguments, "--format", "json")
    assert ran.code == code, ran.err
    return {change["path"]: change for change in json.loads(ran.out)["changes"]}


def test_a_change_names_its_attribute_its_place_and_its_cost(repository: Path, run: Run) -> None:
    """groups 1 → 16 is one row, at its line, with costs worked out by hand."""
    (repository / "net.yaml").write_text(NET.replace("groups: 1}", "groups: 16}"), encoding="utf-8")
    found = changed(run, "HEAD:net.yaml", "net.yaml")
    assert list(found) == ["mid"]
    assert found["mid"]["attributes"] == [{"name": "groups", "old": 1, "new": 16}]
    location = found["mid"]["location"]
    assert isinstance(location, dict)
    assert (location["path"], location["line"]) == ("net.yaml", 6)
    old, new = found["mid"]["old"], found["mid"]["new"]
    assert isinstance(old, dict)
    assert isinstance(new, dict)
    assert (old["macs"], new["macs"]) == (16 * 16 * 16 * 16 * 9, 16 * 16 * 16 * 9)


def test_an_inserted_layer_is_the_only_new_one(repository: Path, run: Run) -> None:
    """Layers after an insertion keep their partners."""
    (repository / "net.yaml").write_text(NET.replace("  - conv: {name: last", "  - conv: {cout: 16, kernel: 3}\n  - conv: {name: last"))
    found = changed(run, "HEAD:net.yaml", "net.yaml")
    assert [change["status"] for change in found.values()] == ["new"]


def test_a_renamed_layer_is_no_change(repository: Path, run: Run) -> None:
    """Content matches where paths do not; `any` has nothing to fail on."""
    (repository / "net.yaml").write_text(NET.replace("name: mid", "name: middle"), encoding="utf-8")
    assert changed(run, "HEAD:net.yaml", "net.yaml", "--fail-on", "any") == {}


def test_a_renamed_stage_that_changed_keeps_its_layers(repository: Path, run: Run) -> None:
    """Widened and renamed at once, each layer still meets its own."""
    stage = "convcalc: 1\nname: net\ninput: 8x16x16\nblocks:\n  two:\n    params: {cout: required}\n    layers:\n"
    stage += "      - conv: {name: a, cout: cout, kernel: 3}\n      - conv: {name: b, cout: cout, kernel: 1}\n"
    (repository / "net.yaml").write_text(stage + "layers:\n  - two: {name: old, cout: 8}\n", encoding="utf-8")
    git(repository, "commit", "-qam", "stage")
    (repository / "net.yaml").write_text(stage + "layers:\n  - two: {name: new, cout: 16}\n", encoding="utf-8")
    found = changed(run, "HEAD:net.yaml", "net.yaml")
    assert {path: change["old_path"] for path, change in found.items()} == {"new.a": "old.a", "new.b": "old.b"}


def test_deeper_stages_are_the_same_stages(run: Run) -> None:
    """ResNet-34 is ResNet-18 with more passes of the same layers (He et al. 2016, table 1): nothing is new or removed."""
    found = changed(run, "resnet18", "resnet34")
    assert {change["status"] for change in found.values()} == {"changed"}
    assert all(str(change["old_path"]).split(".")[0] == path.split(".")[0] for path, change in found.items())


def test_models_of_one_name_all_count(repository: Path, run: Run) -> None:
    """Two files with networks of one name are two models, in order."""
    for side, channels in (("old", 32), ("new", 64)):
        (repository / side).mkdir()
        for name in ("a.yaml", "b.yaml"):
            (repository / side / name).write_text(NET.replace("cout: 32", f"cout: {channels}"), encoding="utf-8")
    (repository / "new" / "c.yaml").write_text(NET.replace("name: net", "name: other"), encoding="utf-8")
    totals = json.loads(run("diff", "old", "new", "--format", "json").out)["totals"]
    assert [(total["old_name"], total["name"]) for total in totals] == [("net", "net"), ("net", "net"), ("", "other")]


def test_models_of_one_name_meet_those_of_their_file(repository: Path, run: Run) -> None:
    """A file before them, or one that was renamed, does not shift the others onto each other."""
    (repository / "m").mkdir()
    for name, channels in (("a", 32), ("b", 64)):
        (repository / "m" / f"{name}.yaml").write_text(NET.replace("cout: 32", f"cout: {channels}"), encoding="utf-8")
    (repository / "old.json").write_text(run("summary", "m", "--format", "json").out, encoding="utf-8")
    (repository / "m" / "a.yaml").rename(repository / "m" / "c.yaml")
    assert changed(run, "old.json", "m", "--fail-on", "any") == {}


def test_new_and_removed_have_no_percentage(repository: Path, run: Run) -> None:
    """A removed layer has null costs after, and no NaN or 100% in the table."""
    (repository / "net.yaml").write_text(NET.replace("  - conv: {name: mid, cout: 16, kernel: 3, groups: 1}\n", ""))
    found = changed(run, "HEAD:net.yaml", "net.yaml")
    assert found["mid"]["status"] == "removed"
    assert set(dict(found["mid"]["new"]).values()) == {None}  # type: ignore[call-overload]
    table = run("diff", "HEAD:net.yaml", "net.yaml").out
    assert "removed" in table
    assert "NaN" not in table
    assert "100%" not in table


def test_includes_come_from_the_same_revision(repository: Path, run: Run) -> None:
    """A block that changed since is read as it was."""
    (repository / "part.yaml").write_text("convcalc: 1\nname: part\nlayers:\n  - conv: {cout: 4, kernel: 3}\n")
    (repository / "whole.yaml").write_text("convcalc: 1\nname: whole\ninclude: [part.yaml]\ninput: 8x16x16\nlayers:\n  - part\n")
    git(repository, "add", ".")
    git(repository, "commit", "-qm", "block")
    (repository / "part.yaml").write_text("convcalc: 1\nname: part\nlayers:\n  - conv: {cout: 8, kernel: 3}\n")
    totals = json.loads(run("diff", "HEAD:whole.yaml", "whole.yaml", "--format", "json").out)["totals"][0]
    assert (totals["old"]["macs"], totals["new"]["macs"]) == (16 * 16 * 8 * 4 * 9, 16 * 16 * 8 * 8 * 9)


def test_a_detached_head_and_odd_names(repository: Path, run: Run) -> None:
    """Spaces, colons and letters beyond ASCII are names like others."""
    name = "größe: netz 1.yaml"
    (repository / name).write_text(NET, encoding="utf-8")
    git(repository, "add", ".")
    git(repository, "commit", "-qm", "odd")
    git(repository, "checkout", "-q", "--detach")
    assert changed(run, f"HEAD:{name}", f"./{name}", "--fail-on", "any") == {}


def test_a_file_named_like_a_revision(repository: Path, run: Run) -> None:
    """`HEAD:net.yaml` is the revision; `./HEAD:net.yaml` is the file."""
    (repository / "HEAD:net.yaml").write_text(NET.replace("cout: 32", "cout: 64"), encoding="utf-8")
    assert list(changed(run, "HEAD:net.yaml", "./HEAD:net.yaml")) == ["last"]


def test_a_shallow_clone_gets_the_command(repository: Path, run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What is not fetched is an error with the exact command to run; and the command helps."""
    git(repository, "branch", "base")
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", "--depth=1", "--branch", "main", repository.as_uri(), str(clone))
    monkeypatch.chdir(clone)
    ran = run("diff", "origin/base:net.yaml", "net.yaml")
    assert ran.code == 2
    command = "git fetch --depth=1 origin base:refs/remotes/origin/base"
    assert command in ran.err
    git(clone, *command.split()[1:])
    assert changed(run, "origin/base:net.yaml", "net.yaml") == {}


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("nowhere:net.yaml", "unknown-revision"),
        ("--help:net.yaml", "unknown-revision"),
        ("nowhere:old.json", "unknown-revision"),
        ("HEAD:gone.yaml", "file-missing"),
        ("HEAD:gone.json", "file-missing"),
        ("HEAD:../../etc/passwd", "file-missing"),
        ("HEAD:resnet18", "file-missing"),  # a shipped network is of no revision
        ("gone.yaml", "file-missing"),
        ("gone.json", "file-missing"),
        ("HEAD:sub", "file-kind"),
    ],
)
def test_what_no_revision_has_is_bad_input(repository: Path, run: Run, name: str, code: str) -> None:
    """Unknown revisions and files exit 2 and say which, whatever they look like."""
    (repository / "sub").mkdir()
    (repository / "sub" / "net.yaml").write_text(NET, encoding="utf-8")
    git(repository, "add", ".")
    git(repository, "commit", "-qm", "sub")
    ran = run("diff", "--", name, "net.yaml")
    assert (ran.code, ran.out) == (2, "")
    assert f"error[{code}]" in ran.err


def test_paths_of_a_revision_begin_where_git_says(repository: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a subdirectory `HEAD:net.yaml` is the top's file, `HEAD:./net.yaml` the one here."""
    (repository / "sub").mkdir()
    (repository / "sub" / "net.yaml").write_text(NET.replace("cout: 32", "cout: 64"), encoding="utf-8")
    git(repository, "add", ".")
    git(repository, "commit", "-qm", "sub")
    monkeypatch.chdir(repository / "sub")
    assert list(changed(run, "HEAD:net.yaml", "net.yaml")) == ["last"]
    assert list(changed(run, "HEAD:../net.yaml", "net.yaml")) == ["last"]
    assert changed(run, "HEAD:./net.yaml", "net.yaml", "--fail-on", "any") == {}


def test_a_saved_report_of_a_revision(repository: Path, run: Run) -> None:
    """A report that is kept in the repository is read from a revision like a spec."""
    (repository / "old.json").write_text(run("summary", "net.yaml", "--format", "json").out, encoding="utf-8")
    git(repository, "add", ".")
    git(repository, "commit", "-qm", "report")
    (repository / "old.json").unlink()
    assert changed(run, "HEAD:old.json", "net.yaml", "--fail-on", "any") == {}


def test_a_link_in_a_revision_is_not_followed(repository: Path, run: Run) -> None:
    """A link of the tree is no regular file."""
    (repository / "link.yaml").symlink_to("net.yaml")
    git(repository, "add", ".")
    git(repository, "commit", "-qm", "link")
    ran = run("diff", "HEAD:link.yaml", "net.yaml")
    assert ran.code == 2
    assert "not a regular file" in ran.err


def test_a_saved_report_is_what_it_was_made_of(repository: Path, run: Run) -> None:
    """A report against its own spec shows nothing; against a wider one the growth."""
    (repository / "old.json").write_text(run("summary", "net.yaml", "--format", "json").out, encoding="utf-8")
    assert changed(run, "old.json", "net.yaml", "--fail-on", "any") == {}
    (repository / "net.yaml").write_text(NET.replace("cout: 32", "cout: 64"), encoding="utf-8")
    assert list(changed(run, "old.json", "net.yaml", "--fail-on", "increase", code=1)) == ["last"]


@pytest.mark.parametrize(
    "text",
    ["", "{}", "[]", "null", '{"schema_version": "2.0"}', '{"schema_version": NaN}', "[" * 100_000, EMPTY],
    ids=lambda text: text[:24],
)
def test_what_is_no_report_is_refused(repository: Path, run: Run, text: str) -> None:
    """Anything else that ends in .json exits 2."""
    (repository / "bad.json").write_text(text, encoding="utf-8")
    ran = run("diff", "bad.json", "net.yaml")
    assert (ran.code, ran.out) == (2, "")
    assert "bad-report" in ran.err


def test_other_conventions_are_not_compared(repository: Path, run: Run) -> None:
    """A report made under fvcore does not meet one under mac."""
    (repository / "old.json").write_text(run("summary", "net.yaml", "--convention", "fvcore", "--format", "json").out, encoding="utf-8")
    assert run("diff", "old.json", "net.yaml").code == 2
    assert changed(run, "old.json", "net.yaml", "--convention", "fvcore") == {}


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        ("any", 1),
        ("increase", 1),
        ("macs>10%", 1),
        ("macs>60%", 0),
        ("macs>1 MACs", 1),
        ("params>1k", 0),
        ("macs", 2),
        ("macs>x", 2),
        ("macs>2x%", 2),
        ("params>-1%", 2),
        ("params>1 GMACs", 2),  # a unit that is not the metric's
        ("macs>1 GFLOPs", 0),  # two FLOPs a MAC, as for `check`
        ("receptive_field>10", 0),  # what does not add up is a metric like all others
    ],
)
def test_fail_on(repository: Path, run: Run, rule: str, code: int) -> None:
    """Exit 1 where the rule holds, 2 where it is none. 32 → 64 channels of a 1×1 add 131,072 MACs, 12.9%, and 544 parameters."""
    (repository / "net.yaml").write_text(NET.replace("cout: 32", "cout: 64"), encoding="utf-8")
    assert run("diff", "HEAD:net.yaml", "net.yaml", "--fail-on", rule).code == code


SAVED = json.loads(render(convcalc.summary(["lenet5"])))


@given(place=st.sampled_from(leaves(SAVED)[1:]), value=HOSTILE)
def test_a_report_with_any_value_replaced(tmp_path_factory: pytest.TempPathFactory, place: tuple[Any, ...], value: Any) -> None:
    """Reports come from elsewhere: one wrong value is compared or refused, in every format, and never a crash."""
    report = deepcopy(SAVED)
    holder = report
    for key in place[:-1]:
        holder = holder[key]
    holder[place[-1]] = value
    folder = tmp_path_factory.getbasetemp()
    (folder / "hostile.json").write_text(json.dumps(report).replace("Infinity", "1e999"), encoding="utf-8")
    for format_ in ("table", "json", "csv", "markdown"):
        for sides in (("lenet5", str(folder / "hostile.json")), (str(folder / "hostile.json"), "lenet5")):
            output = io.StringIO()
            with redirect_stdout(output), redirect_stderr(output):
                code = main(["diff", *sides, "--format", format_])
            assert code in (0, 2), output.getvalue()
            assert "\x1b" not in output.getvalue()


def test_diff_as_people_see_it(run: Run, snapshot: Callable[[str, str], None]) -> None:
    """The paper's ResNet-50 and torchvision's: the stride moves, in a table and in Markdown."""
    snapshot("diff-resnet50.txt", run("diff", "resnet50_v1", "resnet50").out)
    snapshot("diff.md", run("diff", "resnet50_v1", "resnet50", "--format", "markdown").out)


@given(old=st.integers(1, 10**30), new=st.integers(0, 10**30))
def test_a_difference_never_looks_like_none(old: int, new: int) -> None:
    """Figures that differ print a difference and a percentage that are not zero."""
    if old != new:
        assert any(digit in "123456789" for digit in exact(difference(old, new)))
        assert any(digit in "123456789" for digit in percent_text(old, new))


FOLLOWED = """input: 3x32x32
layers:
  - conv: {name: stem, cout: 32, kernel: 3, norm: batch_norm, activation: relu}
  - max_pool: 2
  - dropout
  - conv: {name: head, cout: 64, kernel: 3}
"""


@pytest.fixture(name="followed")
def _followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A network, and one whose stem is wider."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "old.yaml").write_text(f"name: net\n{FOLLOWED}")
    (tmp_path / "new.yaml").write_text(f"name: net\n{FOLLOWED.replace('cout: 32', 'cout: 48')}")
    return tmp_path


def test_layers_that_follow_their_input_are_counted(followed: Path, run: Run) -> None:
    """Norm, activation, pool and dropout follow, at no MACs; the convolution behind them does not; --all shows all, as JSON does."""
    ran = run("diff", "old.yaml", "new.yaml")
    assert [line.split()[1] for line in ran.out.splitlines() if line.startswith("~")] == ["stem", "head"]
    assert "\n4 more layers follow their input\n" in ran.out
    assert "layers: 2 changed, 4 follow their input." in ran.out
    every = run("diff", "old.yaml", "new.yaml", "--all")
    paths = ["stem", "stem.norm", "stem.activation", "max_pool1", "dropout1", "head"]
    assert [line.split()[1] for line in every.out.splitlines() if line.startswith("~")] == paths
    assert "follow their input\n" not in every.out.partition("Total")[0]
    report = json.loads(run("diff", "old.yaml", "new.yaml", "--format", "json").out)
    assert [change["path"] for change in report["changes"]] == paths


def test_one_layer_that_follows(followed: Path, run: Run) -> None:
    """In the singular, and where nothing else changed."""
    (followed / "small.yaml").write_text("name: net\ninput: 3x8x8\nlayers: [relu]\n")
    (followed / "large.yaml").write_text("name: net\ninput: 3x9x9\nlayers: [relu]\n")
    assert "\n1 layer follows its input\n" in run("diff", "small.yaml", "large.yaml").out


@pytest.mark.parametrize(
    ("options", "macs"),
    [
        # 9 taps, 3 and 32 or 48 channels, at 16×16; then 9 taps to 64 channels at 8×8
        (("--input", "3x16x16"), (27 * 32 * 256 + 9 * 32 * 64 * 64, 27 * 48 * 256 + 9 * 48 * 64 * 64)),
        (("--batch", "2", "--input", "3x16x16"), (2 * (27 * 32 * 256 + 9 * 32 * 64 * 64), 2 * (27 * 48 * 256 + 9 * 48 * 64 * 64))),
    ],
)
def test_both_sides_are_given_the_same(followed: Path, run: Run, options: tuple[str, ...], macs: tuple[int, int]) -> None:
    """--input and --batch hold for old and new."""
    report = json.loads(run("diff", "old.yaml", "new.yaml", *options, "--format", "json").out)
    [total] = report["totals"]
    assert (total["old"]["macs"], total["new"]["macs"]) == macs


def test_parameters_of_both_sides(run: Run) -> None:
    """--set is for both, and a saved report refuses it."""
    halved = json.loads(run("diff", "resnet50_v1", "resnet50", "--set", "classes=10", "--format", "json").out)
    [total] = halved["totals"]
    assert total["new"]["params"] == 25_557_032 - 2_049_000 + 2048 * 10 + 10


def test_a_saved_side_cannot_be_given_anything(followed: Path, run: Run) -> None:
    """What is saved is what it is."""
    (followed / "old.json").write_text(run("summary", "old.yaml", "--format", "json").out)
    for option in (("--set", "a=1"), ("--input", "3x8x8"), ("--batch", "2")):
        ran = run("diff", "old.json", "new.yaml", *option)
        assert (ran.code, "is a saved report" in ran.err) == (2, True)
    assert run("diff", "old.json", "new.yaml").code == 0


def test_changes_are_annotated(followed: Path, run: Run) -> None:
    """A notice at the line of each changed layer, in GitHub's form, and a warning for a rule that fails."""
    lines = run("diff", "old.yaml", "new.yaml", "--format", "github", "--fail-on", "any").out.splitlines()
    assert lines[0].startswith("::warning title=convcalc fail-on::")
    place = "::notice file=new.yaml,line={0},endLine={0},col=5,title=convcalc change::"
    assert lines[1].startswith(place.format(4) + "stem is changed: MACs grow by 50.0%25 (442,368), parameters")
    assert lines[2].startswith(place.format(7) + "head is changed: ")
    assert len(lines) == 3


def changes_of(run: Run, folder: Path, old: str, new: str, *options: str) -> list[dict[str, Any]]:
    """What `diff` finds between two texts."""
    (folder / "old.yaml").write_text(old, encoding="utf-8")
    (folder / "new.yaml").write_text(new, encoding="utf-8")
    out = run("diff", str(folder / "old.yaml"), str(folder / "new.yaml"), *options, "--format", "json").out
    return json.loads(out)["changes"]  # type: ignore[no-any-return]


def net(*layers: str, shape: str = "3x8x8", blocks: str = "") -> str:
    return f"input: {shape}\n{blocks}layers: [{', '.join(layers)}]\n"


def conv(name: str, cout: int = 8, kernel: int = 3, more: str = "") -> str:
    return f"{{conv: {{name: {name}, cout: {cout}, kernel: {kernel}{more}}}}}"


def test_a_deeper_stage_has_more_passes(run: Run) -> None:
    """layer1.1 of resnet18 stands twice in resnet34: the attribute that differs is how often."""
    changes = {change["path"]: change for change in json.loads(run("diff", "resnet18", "resnet34", "--format", "json").out)["changes"]}
    assert changes["layer1.1-2.conv1"]["attributes"] == [{"name": "times", "old": 1, "new": 2}]


def test_inputs_that_differ_are_named(run: Run, tmp_path: Path) -> None:
    """Of a layer that follows its input the input; of several inputs the one that changed."""
    [change] = changes_of(run, tmp_path, net("relu"), net("relu", shape="3x9x9"), "--all")
    assert change["attributes"] == [{"name": "input", "old": [3, 8, 8], "new": [3, 9, 9]}]
    paths = "{{concat: {{name: cat, paths: {{p: [{}], q: [{}]}}}}}}"
    old, new = (net(paths.format(conv("a", cout), conv("b"))) for cout in (8, 9))
    [joined] = [change for change in changes_of(run, tmp_path, old, new, "--all") if change["op"] == "concat"]
    assert joined["attributes"] == [{"name": "input", "old": [8, 8, 8], "new": [9, 8, 8]}]


def test_sentences(run: Run, tmp_path: Path) -> None:
    """Equal specs say so; a layer more is one new."""
    text = net(conv("a"))
    (tmp_path / "a.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "b.yaml").write_text(net(conv("a"), conv("b")), encoding="utf-8")
    out = " ".join(run("diff", str(tmp_path / "a.yaml"), str(tmp_path / "a.yaml")).out.split())
    assert "all costs are the same; no layer changed." in out
    assert "layers: 1 new." in " ".join(run("diff", str(tmp_path / "a.yaml"), str(tmp_path / "b.yaml")).out.split())


def test_which_of_equal_layers_is_new(run: Run, tmp_path: Path) -> None:
    """Names tell equal layers apart: what was put in front of a and b is new, whatever it costs."""
    old, new = net(conv("a", 3), conv("b", 3)), net(conv("x", 3), conv("a", 3), conv("b", 3))
    assert [(change["status"], change["path"]) for change in changes_of(run, tmp_path, old, new)] == [("new", "x")]
    changes = changes_of(run, tmp_path, net(conv("a", 3), conv("b", 3)), net(conv("b", 3, 5)))
    assert {(change["status"], change["path"], change["old_path"]) for change in changes} == {("removed", "a", "a"), ("changed", "b", "b")}


def test_another_op_is_another_layer(run: Run, tmp_path: Path) -> None:
    """A pool of another kind in its place is one removed and one new."""
    blocks = "blocks: {{s: {{layers: [{}, {{{}: {{name: y, kernel: 2}}}}]}}}}\n"
    old, new = (net("{s: {name: t}}", blocks=blocks.format(conv("x"), op)) for op in ("max_pool", "avg_pool"))
    assert [(change["status"], change["op"]) for change in changes_of(run, tmp_path, old, new)] == [
        ("removed", "max_pool"),
        ("new", "avg_pool"),
    ]


def test_a_renamed_stage_keeps_its_layers(run: Run, tmp_path: Path) -> None:
    """u.y was t.y, and not t.x, though both are convolutions."""
    both, one = (f"blocks: {{s: {{layers: [{', '.join(layers)}]}}}}\n" for layers in ((conv("x"), conv("y")), (conv("y", 16),)))
    changes = changes_of(run, tmp_path, net("{s: {name: t}}", blocks=both), net("{s: {name: u}}", blocks=one))
    assert ("u.y", "t.y") in {(change["path"], change["old_path"]) for change in changes}


def test_attributes_that_change_no_cost_are_a_change(run: Run, tmp_path: Path) -> None:
    """A dilation moves taps and padding; MACs stay."""
    [change] = changes_of(run, tmp_path, net(conv("a")), net(conv("a", more=", dilation: 2")))
    assert {attribute["name"] for attribute in change["attributes"]} == {"dilation", "padding"}


def test_bytes_of_other_types_are_not_compared(tmp_path: Path, run: Run) -> None:
    """A saved report of int8 against fp32 is refused where bytes are in both, and is compared where they are not."""
    saved = tmp_path / "saved.json"
    saved.write_text(run("summary", "lenet5", "--dtype", "int8", "--columns", "macs,peak_bytes", "--format", "json").out, encoding="utf-8")
    refused = run("diff", str(saved), "lenet5", "--columns", "peak_bytes")
    assert refused.code == 2
    assert "error[execution-differs]: peak bytes of lenet5 cannot be compared: dtype int8 and dtype fp32" in refused.err
    assert run("diff", str(saved), "lenet5", "--columns", "peak_bytes", "--dtype", "int8").code == 0
    assert run("diff", str(saved), "lenet5", "--fail-on", "any").code == 0


def test_what_a_saved_report_lacks_is_no_change(tmp_path: Path, run: Run) -> None:
    """A metric of one side alone is left out; a rule on it is refused."""
    saved = tmp_path / "saved.json"
    saved.write_text(run("summary", "lenet5", "--format", "json").out, encoding="utf-8")
    ran = run("diff", str(saved), "lenet5", "--columns", "peak_bytes", "--format", "json")
    assert "peak_bytes" not in json.loads(ran.out)["totals"][0]["old"]
    refused = run("diff", str(saved), "lenet5", "--fail-on", "training_bytes>0")
    assert (refused.code, "a saved report does not have it" in refused.err) == (2, True)
