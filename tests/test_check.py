"""`convcalc check` in real git repositories: budgets, growth, limits that a change loosens, and their acceptance."""

from __future__ import annotations

import html
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from convcalc.commands.check.run import changed_lines
from tests.conftest import Run, convcalc
from tests.repositories import git

# Of 8×16×16: stem 16·16·8·16·9 = 294,912 MACs; layer1.a 589,824 and .b 65,536; layer2.a 1,179,648 and .b 262,144.
STAGES = """convcalc: 1
name: net
input: 8x16x16
# What we agreed on.
budgets:
  macs: 2.5M  # of June
  params: {max: 10k, warn: 90%}
blocks:
  stage:
    params: {cout: required}
    layers:
      - conv: {name: a, cout: cout, kernel: 3}
      - conv: {name: b, cout: cout, kernel: 1}
layers:
  - conv: {name: stem, cout: 16, kernel: 3}
  - stage: {name: layer1, cout: 16}
  - stage:
      name: layer2
      cout: 32
"""
MACS = 294_912 + 589_824 + 65_536 + 1_179_648 + 262_144
WIDE = 294_912 + 589_824 + 65_536 + 2 * 1_179_648 + 4 * 262_144  # layer2 twice as wide: a twice, b four times
WIDENED = STAGES.replace("cout: 32", "cout: 64")
LIMITS = "  macs: 2.5M  # of June\n  params: {max: 10k, warn: 90%}\n"
CONFIG = """budgets:
  - spec: models/*.yaml
    increase: {macs: 2%}
    message: Ask the team.
"""


@pytest.fixture(name="project")
def _project(repository: Path) -> Path:
    """A repository with models/net.yaml and a convcalc.yaml, committed; the current directory."""
    (repository / "models").mkdir()
    (repository / "models" / "net.yaml").write_text(STAGES, encoding="utf-8")
    (repository / "convcalc.yaml").write_text(CONFIG, encoding="utf-8")
    commit(repository)
    return repository


def commit(folder: Path) -> None:
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "change")


def write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="")


def findings(run: Run, *arguments: str, code: int = 0) -> list[dict[str, Any]]:
    ran = run("check", *arguments, "--format", "json")
    assert ran.code == code, ran.out + ran.err
    found = json.loads(ran.out)["findings"]
    assert isinstance(found, list)
    return found


def kinds(found: list[dict[str, Any]]) -> list[tuple[str, str, str]]:
    return [(finding["status"], finding["kind"], finding["metric"]) for finding in found]


# A pull request, from its first red to its green


def test_a_widened_stage_fails_at_the_line_that_widened_it(project: Path, run: Run) -> None:
    """The annotation stands at line 19 of the spec, the finding names the stage, the amounts and the limit's place."""
    write(project / "models" / "net.yaml", WIDENED)
    ran = run("check", "--base", "HEAD", "--format", "github")
    assert ran.code == 1
    assert [line.split(",")[:2] for line in ran.out.splitlines()] == [["::error file=models/net.yaml", "line=19"]] * 3
    macs, params, growth = findings(run, "--base", "HEAD", code=1)
    assert (macs["value"], macs["limit"], macs["base"]) == (WIDE, 2_500_000, MACS)
    assert macs["growth"] == [{"path": "layer2", "value": WIDE - MACS}]
    assert macs["carriers"][0] == {"path": "layer2", "value": 2 * 1_179_648 + 4 * 262_144}
    assert macs["limit_location"] == {"path": "models/net.yaml", "line": 6, "column": 9}
    assert f"{WIDE:,} exceed 2,500,000 by {WIDE - 2_500_000:,}" in macs["message"]
    assert (growth["kind"], growth["limit"], growth["note"]) == ("increase", MACS + MACS * 2 // 100, "Ask the team.")
    assert kinds([params]) == [("fail", "max", "params")]


def test_markdown_says_which_stage(project: Path, run: Run) -> None:
    """The comment begins with its marker and names the stage, its layers and what they were told."""
    write(project / "models" / "net.yaml", WIDENED)
    text = run("check", "--base", "HEAD", "--format", "markdown").out
    assert text.startswith("<!-- convcalc:check -->\n### convcalc: 3 of 3 budgets exceeded · counted by mac\n")
    assert f"grew most: layer2 +{WIDE - MACS:,}" in text
    assert "layer2.a | cout 32 → 64" in text


def test_update_accepts_and_the_base_sees_it(project: Path, run: Run) -> None:
    """The limits are raised in place, rounded up as they were written; all else stays; the raise is a finding against the base."""
    write(project / "models" / "net.yaml", WIDENED)
    assert run("check", "--base", "HEAD").code == 1
    ran = run("check", "--base", "HEAD", "--update")
    assert ran.code == 0
    assert "macs 2.5M raised to 4.36M, for 4,358,144" in ran.err
    raised = WIDENED.replace("macs: 2.5M  # of June", "macs: 4.36M  # of June").replace("max: 10k", "max: 17.2k")
    assert (project / "models" / "net.yaml").read_text(encoding="utf-8") == raised
    assert (project / "convcalc.yaml").read_text(encoding="utf-8") == CONFIG.replace("2%", "82.2%")
    found = findings(run, "--base", "HEAD")
    assert kinds(found)[3:] == [("warn", "raised", "macs"), ("warn", "raised", "params"), ("warn", "raised", "macs")]
    assert found[3]["message"] == "the limit of macs is raised from 2.5M to 4.36M"
    assert found[3]["location"] == {"path": "models/net.yaml", "line": 6, "column": 9}
    commit(project)
    assert len(findings(run, "--base", "HEAD")) == 3  # the base has them now


def test_update_twice_writes_once(project: Path, run: Run) -> None:
    """What is met is not rewritten, and a limit that was raised is met."""
    write(project / "models" / "net.yaml", WIDENED)
    assert "raised to" in run("check", "--update").err
    once = (project / "models" / "net.yaml").read_bytes()
    again = run("check", "--update")
    assert (again.code, "raised to" in again.err) == (0, False)
    assert (project / "models" / "net.yaml").read_bytes() == once


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("2.0M", "2.4M"),
        ("2.00 MMACs", "2.40 MMACs"),
        ("4 MFLOPs", "4.79 MFLOPs"),
        ("2000k", "2393k"),
        ("2000000", "2392064"),
        ('"2,000,000"', '"2,392,064"'),
        ("2_000_000", "2_392_064"),
        ("0.002G", "0.0024G"),
        ("1M", "2.4M"),
        ("'1.9M'", "'2.4M'"),
        ("&limit 2.0M", "&limit 2.4M"),
        ("&l1 2.0M", "&l1 2.4M"),
    ],
)
def test_update_keeps_the_writing(project: Path, run: Run, old: str, new: str) -> None:
    """Prefix, unit, decimals, separators, quotes and anchors stay as they were."""
    write(project / "models" / "net.yaml", STAGES.replace("2.5M", old))
    assert run("check", "--update").code == 0
    assert (project / "models" / "net.yaml").read_text(encoding="utf-8") == STAGES.replace("2.5M", new)


def test_update_keeps_line_ends_and_the_mark(project: Path, run: Run) -> None:
    """CRLF and a byte-order mark survive, and several limits of a line are raised."""
    text = "\ufeff" + STAGES.replace(LIMITS, "  {macs: 0.9M, params: 9k}\n").replace("\n", "\r\n")
    write(project / "models" / "net.yaml", text)
    assert run("check", "--update").code == 0
    with open(project / "models" / "net.yaml", encoding="utf-8", newline="") as file:
        assert file.read() == text.replace("0.9M", "2.4M").replace("9k", "9.46k")


@pytest.mark.parametrize("limit", ['"\\x32.0M"', ">-\n    2.0M"], ids=["escaped", "folded"])
def test_what_cannot_be_raised_in_place_is_left_alone(project: Path, run: Run, limit: str) -> None:
    """An error with the place, and not a byte of the file changed."""
    text = STAGES.replace("2.5M  # of June", limit)
    write(project / "models" / "net.yaml", text)
    ran = run("check", "--update")
    assert ran.code == 2
    assert "error[limit-unwritable]" in ran.err
    assert (project / "models" / "net.yaml").read_text(encoding="utf-8") == text


def test_update_follows_no_link(project: Path, run: Run, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A spec that is a link to elsewhere is read, and never written through."""
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "net.yaml"
    write(elsewhere, STAGES.replace("2.5M", "1M"))
    (project / "models" / "link.yaml").symlink_to(elsewhere)
    ran = run("check", "models/link.yaml", "--update")
    assert (ran.code, "link" in ran.err) == (2, True)
    assert elsewhere.read_text(encoding="utf-8") == STAGES.replace("2.5M", "1M")


def test_update_of_an_option_is_no_update(project: Path, run: Run) -> None:
    """A limit that stands in no file cannot be rewritten: exit 2 says so."""
    ran = run("check", "resnet18", "--max", "macs=1G", "--update")
    assert (ran.code, "stand in no file" in ran.err) == (2, True)


# Specs that come, go and move


def test_an_added_spec_has_limits_and_no_growth(project: Path, run: Run) -> None:
    """A new spec is held against absolute limits; of growth it says that it is new."""
    write(project / "models" / "more.yaml", WIDENED.replace("name: net", "name: more"))
    found = {(f["spec"], f["kind"], f["metric"]): f for f in findings(run, "--base", "HEAD", code=1)}
    assert found["models/more.yaml", "max", "macs"]["status"] == "fail"
    growth = found["models/more.yaml", "increase", "macs"]
    assert (growth["status"], growth["base"]) == ("ok", None)
    assert "new" in growth["message"]


def test_a_deleted_spec_takes_its_limits_along(project: Path, run: Run) -> None:
    """Its going is a finding; where nothing else is left to check, the pattern matches nothing and that is an error."""
    write(project / "models" / "other.yaml", STAGES.replace("name: net", "name: other"))
    commit(project)
    git(project, "rm", "-q", "models/other.yaml")
    [gone] = [finding for finding in findings(run, "--base", "HEAD") if finding["kind"] == "removed"]
    assert gone["message"] == "models/other.yaml is gone, and its limits with it: macs 2.5M, params 10k, macs growth 2%"
    git(project, "rm", "-q", "models/net.yaml")
    ran = run("check", "--base", "HEAD")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("convcalc.yaml:2:11: error[nothing-matched]: no file matches `models/*.yaml`")


def test_a_renamed_spec_is_the_same_spec(project: Path, run: Run) -> None:
    """Growth is measured from the old name, and no limit counts as removed."""
    git(project, "mv", "models/net.yaml", "models/renamed.yaml")
    write(project / "models" / "renamed.yaml", WIDENED)
    git(project, "add", "-A")
    found = findings(run, "--base", "HEAD", code=1)
    assert [(f["kind"], f["base"]) for f in found if f["metric"] == "macs"] == [("max", MACS), ("increase", MACS)]
    assert {f["kind"] for f in found} == {"max", "increase"}


def test_a_removed_limit_is_seen(project: Path, run: Run) -> None:
    """Out of the spec, out of convcalc.yaml, or with convcalc.yaml itself."""
    write(project / "models" / "net.yaml", STAGES.replace("  macs: 2.5M  # of June\n", ""))
    assert ("warn", "removed", "macs") in kinds(findings(run, "--base", "HEAD"))
    write(project / "models" / "net.yaml", STAGES)
    (project / "convcalc.yaml").unlink()
    found = findings(run, "models/net.yaml", "--base", "HEAD")
    assert kinds(found)[2:] == [("warn", "removed", "macs")]
    assert found[2]["message"] == "the limit of macs growth, 2%, is removed"


def test_a_limit_that_moved_or_shrank_is_no_finding(project: Path, run: Run) -> None:
    """From the spec into convcalc.yaml it is the same limit; a tighter one loosens nothing."""
    write(project / "models" / "net.yaml", STAGES.replace("  macs: 2.5M  # of June\n", ""))
    write(project / "convcalc.yaml", CONFIG.replace("    message", "    macs: 2.45M\n    message"))
    assert {kind for _, kind, _ in kinds(findings(run, "--base", "HEAD"))} == {"max", "increase"}


def test_a_limit_of_many_specs_is_told_once(project: Path, run: Run) -> None:
    """Raising one limit that three specs share is one finding."""
    for name in ("b", "c"):
        write(project / "models" / f"{name}.yaml", STAGES.replace("name: net", f"name: {name}"))
    commit(project)
    write(project / "convcalc.yaml", CONFIG.replace("2%", "5%"))
    [raised] = [finding for finding in findings(run, "--base", "HEAD") if finding["kind"] == "raised"]
    assert raised["message"] == "the limit of macs growth is raised from 2% to 5% (3 specs)"


def test_a_shallow_clone_gets_the_command(project: Path, run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What is not fetched is exit 2 with the exact command; after it the check runs."""
    git(project, "branch", "base")
    write(project / "models" / "net.yaml", WIDENED)
    commit(project)
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", "--depth=1", "--branch", "main", project.as_uri(), str(clone))
    monkeypatch.chdir(clone)
    ran = run("check", "--base", "origin/base")
    command = "git fetch --depth=1 origin base:refs/remotes/origin/base"
    assert (ran.code, command in ran.err) == (2, True)
    git(clone, *command.split()[1:])
    assert [finding["base"] for finding in findings(run, "--base", "origin/base", code=1) if finding["metric"] == "macs"] == [MACS, MACS]


def test_a_detached_head_and_odd_names(project: Path, run: Run) -> None:
    """Spaces, colons and letters beyond ASCII are names like others, in patterns and in annotations."""
    name = "größe: netz, 1.yaml"
    write(project / "models" / name, STAGES)
    commit(project)
    git(project, "checkout", "-q", "--detach")
    write(project / "models" / name, WIDENED)
    ran = run("check", "--base", "HEAD", "--format", "github")
    assert ran.out.count("file=models/größe%3A netz%2C 1.yaml,line=19,") == 3
    [growth] = [f for f in findings(run, f"models/{name}", "--base", "HEAD", code=1) if f["kind"] == "increase"]
    assert growth["base"] == MACS


def test_a_subdirectory_is_as_good(project: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Below the top, paths are those from here, and for GitHub those from the top of its workspace."""
    write(project / "models" / "net.yaml", WIDENED)
    write(project / "models" / "convcalc.yaml", "budgets: [{spec: net.yaml, macs: 3M}]\n")
    monkeypatch.chdir(project / "models")
    monkeypatch.setenv("GITHUB_WORKSPACE", str(project))
    found = findings(run, "--base", "HEAD", code=1)
    assert [(f["spec"], f["kind"], f["base"]) for f in found if f["metric"] == "macs"] == [
        ("net.yaml", "max", MACS),
        ("net.yaml", "max", MACS),
        ("net.yaml", "increase", MACS),
    ]
    assert "file=models/net.yaml,line=19," in run("check", "--base", "HEAD", "--format", "github").out


def test_a_saved_base(project: Path, run: Run) -> None:
    """A report of `check` is a base without git, with its limits; one of `summary` has figures alone."""
    for command in (("check",), ("summary", "models/net.yaml")):
        write(project / "models" / "net.yaml", STAGES)
        write(project / "base.json", run(*command, "--format", "json").out)
        write(project / "models" / "net.yaml", WIDENED.replace("2.5M", "9M").replace("10k", "99k"))
        found = findings(run, "models/net.yaml", "--base", "base.json", code=1)
        assert kinds(found)[2] == ("fail", "increase", "macs")
        assert found[2]["base"] == MACS
        assert [kind for _, kind, _ in kinds(found)[3:]] == (["raised", "raised"] if command == ("check",) else [])


def test_a_base_that_cannot_be_used_says_so(project: Path, run: Run) -> None:
    """A spec that was broken before is no error of this change: a warning, and it counts as new."""
    write(project / "models" / "net.yaml", "broken: [\n")
    commit(project)
    write(project / "models" / "net.yaml", STAGES)
    ran = run("check", "--base", "HEAD")
    assert ran.code == 0
    assert "warning[base-unusable]: models/net.yaml as of HEAD cannot be used, so it counts as new" in ran.err


def test_a_spec_that_nothing_names_any_more(project: Path, run: Run) -> None:
    """An entry that is dropped, or a pattern that is narrowed, is a finding: the spec is there and held against nothing."""
    write(project / "models" / "other.yaml", STAGES.replace("name: net", "name: other"))
    commit(project)
    write(project / "convcalc.yaml", CONFIG.replace("models/*.yaml", "models/n*.yaml"))
    [dropped] = [finding for finding in findings(run, "--base", "HEAD") if finding["kind"] == "removed"]
    assert dropped["message"] == "models/other.yaml is checked no more, and its limits with it: macs 2.5M, params 10k, macs growth 2%"


def test_patterns_are_read_alike_wherever_they_stand(project: Path, run: Run) -> None:
    """However a path is written, what finds the file also limits it, once."""
    for pattern in ("./models/net.yaml", "models/../models/net.yaml", "models//net.yaml", "models\\\\net.yaml"):
        write(project / "convcalc.yaml", f'budgets: [{{spec: "{pattern}", macs: 1}}, {{spec: "models/*.yaml", flops: 1}}]\n')
        found = findings(run, code=1)
        assert [(f["spec"], f["metric"]) for f in found if f["limit"] == 1] == [("models/net.yaml", "macs"), ("models/net.yaml", "flops")]


def test_all_configurations_of_a_spec_hold(project: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beside it, here and above: the same verdict whether the spec is named or found, and nothing seems to be raised."""
    write(project / "models" / "convcalc.yaml", "budgets: [{spec: net.yaml, macs: 3M}]\n")
    commit(project)
    for arguments in ((), ("models/net.yaml",), ("models",)):
        found = findings(run, *arguments, "--base", "HEAD")
        assert [(f["kind"], f["limit_text"]) for f in found] == [("max", "2.5M"), ("max", "10k"), ("max", "3M"), ("increase", "2%")]
    monkeypatch.chdir(project / "models")
    assert len(findings(run, "--base", "HEAD")) == 4
    assert len(findings(run, "net.yaml", "--base", "HEAD")) == 4


def test_a_preset_has_the_limits_of_its_file(project: Path, run: Run) -> None:
    """A pattern names the file; a preset of it is held alike, and nothing seems to be removed."""
    family = STAGES.replace("budgets:\n" + LIMITS, "").replace("cout: 32", "cout: wide")
    family += "params: {wide: 32}\npresets: {wider: {params: {wide: 64}}}\n"
    write(project / "models" / "net.yaml", family)
    write(project / "convcalc.yaml", CONFIG.replace("increase", "macs: 2.5M\n    increase"))
    commit(project)
    found = findings(run, "models/net.yaml:wider", "--base", "HEAD", code=1)
    assert kinds(found) == [("fail", "max", "macs"), ("ok", "increase", "macs")]
    assert (found[0]["value"], found[1]["base"]) == (WIDE, WIDE)


def test_the_line_of_a_parameter_or_the_input(project: Path, run: Run) -> None:
    """Where no layer was written otherwise, the finding stands at what all of them follow."""
    write(project / "models" / "net.yaml", STAGES.replace("input: 8x16x16", "input: 8x32x32"))
    found = findings(run, "--base", "HEAD", code=1)
    assert {finding["location"]["line"] for finding in found if finding["status"] == "fail"} == {3}
    family = STAGES.replace("cout: 32", "cout: wide") + "params: {wide: 32}\n"
    write(project / "models" / "net.yaml", family)
    commit(project)
    write(project / "models" / "net.yaml", family.replace("wide: 32", "wide: 64"))
    found = findings(run, "--base", "HEAD", code=1)
    assert {finding["location"]["line"] for finding in found if finding["status"] == "fail"} == {20}


def test_growth_is_of_the_layers_that_grew(project: Path, run: Run) -> None:
    """A part beside a backbone that did not change: only the part grew."""
    body = "layers: [conv: {name: a, cout: 8, kernel: 3}, conv: {name: b, cout: 8, kernel: 3}]"
    text = f"input: 8x16x16\nbudgets: {{macs: 1}}\nblocks: {{body: {{{body}}}}}\nlayers:\n  - body: {{name: backbone}}\n"
    write(project / "models" / "net.yaml", text)
    commit(project)
    write(project / "models" / "net.yaml", text + "  - conv: {name: head, cout: 8, kernel: 1}\n")
    assert findings(run, "--base", "HEAD", code=1)[0]["growth"] == [{"path": "head", "value": 16 * 16 * 8 * 8}]


def test_a_wider_receptive_field_stands_at_its_layer(project: Path, run: Run) -> None:
    """The layer whose field grew first, however few MACs it has."""
    text = "input: 8x32x32\nbudgets: {receptive_field: 3}\nlayers:\n  - conv: {cout: 8, kernel: 1}\n  - max_pool: {kernel: 3, stride: 1}\n"
    write(project / "models" / "net.yaml", text)
    commit(project)
    write(project / "models" / "net.yaml", text.replace("kernel: 3", "kernel: 7"))
    field = findings(run, "--base", "HEAD", code=1)[0]
    assert (field["value"], field["location"]["line"]) == (7, 5)


def test_a_removed_limit_stands_where_the_spec_is(project: Path, run: Run) -> None:
    """Never at a line or path of the base, which may be no more."""
    git(project, "mv", "models/net.yaml", "models/moved.yaml")
    write(project / "models" / "moved.yaml", STAGES.replace("  macs: 2.5M  # of June\n", ""))
    git(project, "add", "-A")
    [removed] = [finding for finding in findings(run, "--base", "HEAD") if finding["kind"] == "removed"]
    assert removed["location"] == {"path": "models/moved.yaml", "line": 1, "column": 1}


def test_a_limit_of_zero(project: Path, run: Run) -> None:
    """Zero of zero is met without a warning; what exceeds nothing has no percentage."""
    write(project / "models" / "net.yaml", STAGES.replace(LIMITS, "  buffers: {max: 0, warn: 90%}\n  params: 0\n"))
    buffers, params = findings(run, code=1)
    assert (buffers["status"], buffers["message"]) == ("ok", "buffers 0 of 0")
    assert params["message"].startswith("parameters 9,456 exceed 0 by 9,456; largest")


def test_what_went_wrong_is_written_where_the_report_was_to_go(project: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """An older report is not left to be read for a new one, nor an older comment."""
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(project / "step.md"))
    write(project / "convcalc.yaml", "budgets: [{spec: models/net.yaml, mac: 3}]\n")
    ran = run("check", "--ci", "github", "--output", "r.json", "--output", "r.md", "--output", "r.xml")
    assert ran.code == 2
    assert json.loads((project / "r.json").read_text(encoding="utf-8"))["diagnostics"][0]["code"] == "unknown-key"
    for name in ("r.md", "step.md"):
        text = (project / name).read_text(encoding="utf-8")
        assert text.startswith("<!-- convcalc:check -->\n### convcalc: could not check, 1 error · counted by mac\n")
        assert "convcalc.yaml:1:35: there is no metric \\`mac\\`" in text


def test_a_shared_value_is_not_raised(project: Path, run: Run) -> None:
    """A limit that stands for something else too is left alone: raising it would change the network, or what it expects."""
    for text in (
        STAGES.replace("2.5M  # of June", "*n").replace("convcalc: 1\n", "convcalc: 1\nparams: {n: &n 16}\n"),
        STAGES.replace("2.5M  # of June", "*n").replace("convcalc: 1\n", "convcalc: 1\nexpect: {macs: &n 2392060}\n"),
    ):
        write(project / "models" / "net.yaml", text)
        ran = run("check", "--update")
        assert (ran.code, "limit-unwritable" in ran.err) == (2, True)
        assert (project / "models" / "net.yaml").read_text(encoding="utf-8") == text


def test_moving_a_spec_out_of_sight_is_seen(project: Path, run: Run) -> None:
    """To a folder or a name that no pattern has, or behind a link: the limits that it had are told."""
    write(project / "models" / "other.yaml", STAGES.replace("name: net", "name: other"))
    (project / "away").mkdir()
    commit(project)
    for target in ("away/other.yaml", "models/other.txt"):
        git(project, "mv", "models/other.yaml", target)
        [gone] = [finding for finding in findings(run, "--base", "HEAD") if finding["kind"] == "removed"]
        assert gone["message"].startswith("models/other.yaml is ")
        git(project, "reset", "-q", "--hard")
    (project / "away").mkdir(exist_ok=True)
    write(project / "away" / "big.yaml", WIDENED)
    (project / "models" / "other.yaml").unlink()
    (project / "models" / "other.yaml").symlink_to("../away/big.yaml")
    git(project, "add", "-A")
    assert [finding["spec"] for finding in findings(run, "--base", "HEAD") if finding["kind"] == "removed"] == ["models/other.yaml"]
    git(project, "reset", "-q", "--hard")
    git(project, "rm", "-q", "models/other.yaml")
    assert [f["spec"] for f in findings(run, "models", "--base", "HEAD") if f["kind"] == "removed"] == ["models/other.yaml"]


def test_what_git_cannot_tell_is_not_new(project: Path, run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """In a partial clone the base's files are not here, and are not fetched: exit 2 instead of a green tick for a new spec."""
    write(project / "models" / "net.yaml", WIDENED)
    commit(project)
    git(project, "config", "uploadpack.allowFilter", "true")
    for kind in ("tree:0", "blob:none"):
        clone = tmp_path / kind.replace(":", "-")
        git(tmp_path, "clone", "-q", f"--filter={kind}", project.as_uri(), str(clone))
        monkeypatch.chdir(clone)
        ran = run("check", "models/net.yaml", "--base", "HEAD~1", "--max", "macs=99M")
        assert (ran.code, ran.out) == (2, "")
        assert "error[git-failed]" in ran.err


def test_an_absolute_path_is_as_good(project: Path, run: Run) -> None:
    """The base is found, and a limit that was raised."""
    write(project / "models" / "net.yaml", WIDENED.replace("2.5M", "9M"))
    found = findings(run, str(project / "models" / "net.yaml"), "--base", "HEAD", code=1)
    assert ("warn", "raised", "macs") in kinds(found)
    assert found[0]["base"] == MACS


def test_limits_of_shipped_networks_are_compared(project: Path, run: Run) -> None:
    """ResNet-18 costs 1.81 G MACs: the raise that lets it pass is a finding, and so is dropping it."""
    write(project / "convcalc.yaml", CONFIG + "  - {spec: resnet18, macs: 1G}\n")
    commit(project)
    write(project / "convcalc.yaml", CONFIG + "  - {spec: resnet18, macs: 10G}\n")
    assert ("warn", "raised", "macs") in kinds(findings(run, "--base", "HEAD"))
    write(project / "convcalc.yaml", CONFIG)
    assert "resnet18 is checked no more" in findings(run, "--base", "HEAD")[-1]["message"]


def test_a_saved_base_is_of_the_same_spec(project: Path, run: Run) -> None:
    """By path and name: another file of the same name, or another preset, is another network."""
    family = STAGES.replace("cout: 32", "cout: wide") + "params: {wide: 32}\npresets: {wider: {params: {wide: 64}}}\n"
    write(project / "models" / "net.yaml", family)
    write(project / "base.json", run("summary", "models/net.yaml", "models/net.yaml:wider", "--format", "json").out)
    growth = [f for f in findings(run, "models/net.yaml:wider", "--base", "base.json", code=1) if f["kind"] == "increase"]
    assert [(f["status"], f["base"]) for f in growth] == [("ok", WIDE)]
    write(project / "models" / "other.yaml", WIDENED)
    growth = [f for f in findings(run, "models/other.yaml", "--base", "base.json", code=1) if f["kind"] == "increase"]
    assert [(f["status"], f["base"]) for f in growth] == [("ok", None)]


def test_the_errors_of_the_base_are_no_errors_of_the_change(project: Path, run: Run) -> None:
    """A change that mends or deletes a spec with a wrong limit goes through, with a warning."""
    for name in ("net", "old"):
        write(project / "models" / f"{name}.yaml", STAGES.replace("2.5M", "3Q"))
    commit(project)
    write(project / "models" / "net.yaml", STAGES)
    git(project, "rm", "-q", "models/old.yaml")
    ran = run("check", "--base", "HEAD")
    assert ran.code == 0
    assert "warning[base-unusable]: models/net.yaml as of HEAD cannot be used" in ran.err


def test_nothing_is_told_of_what_did_not_change(project: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hidden files, links, a sparse checkout, several configurations, shipped networks, presets; from here and from below."""
    (project / ".github").mkdir()
    write(project / ".github" / "ci.yaml", "on: push\n")
    write(project / "models" / ".old.yaml", STAGES)
    (project / "models" / "link.yaml").symlink_to("net.yaml")
    (project / "other").mkdir()
    write(project / "other" / "b.yaml", STAGES + "presets: {small: {params: {}}}\n")
    entries = '{spec: "**/*.yaml", macs: 9G}, {spec: resnet18, macs: 9G}, {spec: "other/b.yaml:small", macs: 8G}'
    write(project / "convcalc.yaml", f"budgets: [{entries}]\n")
    write(project / "models" / "convcalc.yaml", "budgets: [{spec: '*.yaml', macs: 7G}]\n")
    commit(project)

    def looser(*arguments: str) -> list[str]:
        return [f["message"] for f in findings(run, *arguments, "--base", "HEAD") if f["kind"] in ("raised", "removed")]

    specs = (("models",), ("models/net.yaml",), (".",), (str(project / "models" / "net.yaml"),), ("models", "./models/net.yaml"))
    for arguments in ((), *specs):
        assert looser(*arguments) == []
    monkeypatch.chdir(project / "models")
    for arguments in ((), (".",), ("net.yaml",), ("../other",), ("net.yaml", "../models/net.yaml")):
        assert looser(*arguments) == []
    assert len({f["spec"] for f in findings(run, "--base", "HEAD")}) == 5  # net, other/b and its preset, the top's net, resnet18
    monkeypatch.chdir(project)
    git(project, "sparse-checkout", "set", "models")
    write(project / "convcalc.yaml", "budgets: [{spec: '**/*.yaml', macs: 9G}]\n")
    commit(project)
    assert looser() == []


def test_a_spec_in_two_shapes_has_two_bases(project: Path, run: Run) -> None:
    """Arguments and presets are told apart, in a saved report too; a removed entry of one is told."""
    family = STAGES.replace("budgets:\n" + LIMITS, "").replace("cout: 32", "cout: wide") + "params: {wide: 32}\n"
    write(project / "models" / "net.yaml", family)
    entries = [f"  - {{spec: 'models/net.yaml:wide={wide}', macs: 9M, increase: {{macs: 2%}}}}\n" for wide in (32, 64)]
    write(project / "convcalc.yaml", "budgets:\n" + "".join(entries))
    commit(project)
    write(project / "base.json", run("check", "--format", "json").out)
    for base in ("base.json", "HEAD"):
        assert [f["base"] for f in findings(run, "--base", base) if f["kind"] == "increase"] == [MACS, WIDE]
    write(project / "convcalc.yaml", "budgets:\n" + entries[0])
    [gone] = [f for f in findings(run, "--base", "HEAD") if f["kind"] == "removed"]
    assert gone["message"].startswith("models/net.yaml:wide=64 is checked no more")


def test_a_file_is_one_however_it_is_called(project: Path, run: Run, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Twice named, through a link to the directory, by its absolute path: one spec, one configuration, one base."""
    write(project / "models" / "net.yaml", WIDENED)
    link = tmp_path_factory.mktemp("link") / "project"
    link.symlink_to(project)
    for arguments in (("models/net.yaml", str(project / "models" / "net.yaml")), (str(link / "models" / "net.yaml"),)):
        found = findings(run, *arguments, "--base", "HEAD", code=1)
        assert kinds(found) == [("fail", "max", "macs"), ("fail", "max", "params"), ("fail", "increase", "macs")]
        assert found[2]["base"] == MACS
    assert run("check", "models/net.yaml", str(project / "models" / "net.yaml"), "--base", "HEAD", "--update").code == 0


def test_removed_limits_of_several_specs_are_each_told(project: Path, run: Run) -> None:
    """Only what stood in one place is told once."""
    for name in ("a", "b"):
        write(project / "models" / f"{name}.yaml", STAGES)
    commit(project)
    for name in ("a", "b"):
        write(project / "models" / f"{name}.yaml", STAGES.replace("  macs: 2.5M  # of June\n", ""))
    assert [f["spec"] for f in findings(run, "--base", "HEAD") if f["kind"] == "removed"] == ["models/a.yaml", "models/b.yaml"]


def test_a_raise_beside_a_spec_that_was_broken(project: Path, run: Run) -> None:
    """What the base limits is known from its configuration, though its spec cannot be used."""
    write(project / "models" / "net.yaml", STAGES.replace("kernel: 3", "kernel: 3, groups: 5"))
    commit(project)
    write(project / "models" / "net.yaml", STAGES)
    write(project / "convcalc.yaml", CONFIG.replace("2%", "9%"))
    assert ("warn", "raised", "macs") in kinds(findings(run, "--base", "HEAD"))


def test_the_line_is_in_the_change(project: Path, run: Run) -> None:
    """In a long file of layers that look alike, and past a summary that was reworded."""
    layers = [f"  - conv: {{cout: 16, kernel: {5 if number % 10 == 0 else 3}}}" for number in range(300)]
    head = "input: 16x8x8\nsummary: one\nbudgets: {macs: 1}\nlayers:\n"
    write(project / "models" / "net.yaml", head + "\n".join(layers) + "\n")
    commit(project)
    layers[49] = layers[49].replace("cout: 16", "cout: 64")
    layers[249] = layers[249].replace("kernel: 3", "kernel: 1")
    write(project / "models" / "net.yaml", head.replace("one", "two") + "\n".join(layers) + "\n")
    assert {f["location"]["line"] for f in findings(run, "--base", "HEAD", code=1) if f["status"] == "fail"} == {54}


def test_a_shipped_network_is_annotated_at_its_limit(project: Path, run: Run) -> None:
    """Its own file is none of the user's repository."""
    write(project / "convcalc.yaml", "budgets:\n  - spec: resnet18\n    macs: 1G\n")
    assert "::error file=convcalc.yaml,line=3," in run("check", "--format", "github").out


def test_hints_say_what_can_be_done(project: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Growth from none has no percentage, and standard input no file."""
    write(project / "models" / "net.yaml", STAGES)
    write(project / "convcalc.yaml", CONFIG.replace("macs", "comparisons"))
    commit(project)
    write(project / "models" / "net.yaml", STAGES + "  - max_pool: 2\n")
    growth = next(f for f in findings(run, "--base", "HEAD", code=1) if f["kind"] == "increase")
    assert growth["hint"] == "shrink it, or drop the limit: no percentage allows growth from none"


# Hostile configurations


def test_a_configuration_names_files_and_shipped_conventions_alone(project: Path, run: Run) -> None:
    """No standard input to wait for, and no convention of its own, which could be anywhere and say anything."""
    for entry in ('{spec: "-", macs: 1}', "{spec: models/net.yaml, counted: 1, convention: ../secret}"):
        write(project / "convcalc.yaml", f"budgets: [{entry}]\n")
        ran = run("check")
        assert (ran.code, ran.out) == (2, "")
        assert ran.err.startswith("convcalc.yaml:1:")


def test_a_configuration_is_no_link_to_elsewhere(project: Path, run: Run, tmp_path_factory: pytest.TempPathFactory) -> None:
    """An error in it would echo a line of any file."""
    secret = tmp_path_factory.mktemp("outside") / "secret"
    write(secret, "TOKEN=abc\n")
    (project / "convcalc.yaml").unlink()
    (project / "convcalc.yaml").symlink_to(secret)
    ran = run("check")
    assert (ran.code, "TOKEN" in ran.err) == (2, False)


def test_a_hint_runs_no_options_of_a_name(project: Path, run: Run) -> None:
    """A file that is called like an option is named as a file."""
    write(project / "--config=e.yaml", STAGES.replace("2.5M", "1k"))
    found = findings(run, ".", code=1)
    assert "accept it: convcalc check ./--config=e.yaml --update" in {f["hint"].partition("shrink it, or ")[2] for f in found}


def test_odd_file_names_are_files(project: Path, run: Run) -> None:
    """What looks like a design with arguments, or like a pattern, is the file that is there."""
    for name in ("k=1:c=2.yaml", "m[1].yaml"):
        write(project / "models" / name, STAGES)
        write(project / "convcalc.yaml", f"budgets: [{{spec: 'models/{name}', macs: 3M}}]\n")
        assert [finding["spec"] for finding in findings(run)] == [f"models/{name}"] * 3


def test_a_limit_on_a_field_that_is_none(project: Path, run: Run) -> None:
    """A network without maps has no receptive field, and a limit on it is not met by having none."""
    write(project / "flat.yaml", "input: 8\nlayers: [linear: 4]\n")
    ran = run("check", "flat.yaml", "--max", "receptive_field=5")
    assert (ran.code, "has no receptive field" in ran.err) == (2, True)


# What is held against what


@pytest.mark.parametrize(
    ("limit", "code"),
    [
        (f"macs={MACS}", 0),
        (f"macs={MACS - 1}", 1),
        ("macs=2.4M", 0),
        ("macs = 2.392064 MMACs", 0),
        (f"macs={2 * MACS} FLOPs", 0),
        (f"macs={2 * MACS - 1} FLOPs", 1),
        (f"flops={MACS} MACs", 0),
        (f"flops={2 * MACS - 1}", 1),
        ("layer.macs=1179648", 0),
        ("layer.macs=1179647", 1),
        ("layer.params=4640", 0),
        ("layer.params=4639", 1),
        ("weighted_layers=5", 0),
        ("weighted_layers=4", 1),
        ("nonlinearities=0", 0),
        ("receptive_field=7", 0),  # three 3×3 at stride 1
        ("receptive_field=6", 1),
        ("macs=2.5", 2),
        ("macs=-1", 2),
        ("macs=4.2 GB/s", 2),
        ("params=26 GMACs", 2),
        ("counted=4.2 GMACs", 2),
        ("macs", 2),
        ("mac=4G", 2),
        ("layer.receptive_field=3", 2),
        ("macs=1e9", 2),
        ("macs=", 2),
    ],
)
def test_a_limit_is_exact(project: Path, run: Run, limit: str, code: int) -> None:
    """At the limit is within it, one more is not; metrics, quantities and units are strict. Figures from the products above."""
    write(project / "plain.yaml", STAGES.replace(f"budgets:\n{LIMITS}", ""))
    assert run("check", "plain.yaml", "--max", limit).code == code


def test_another_unit_is_converted_and_said_so(project: Path, run: Run) -> None:
    """8.4 GFLOPs are 4.2 G MACs; GFLOPS are a rate, and get a note."""
    [macs] = findings(run, "resnet50", "--max", "macs=8.4 GFLOPs")
    assert (macs["limit"], macs["note"]) == (4_200_000_000, "8.4 GFLOPs are 4,200,000,000 MACs, two FLOPs a MAC")
    [flops] = findings(run, "resnet50", "--max", "flops=8.4 GFLOPS")
    assert flops["note"] == "FLOPS are a rate, read as FLOPs"


def test_counted_is_budgeted_under_its_convention(project: Path, run: Run) -> None:
    """The same network under fvcore and thop, as their own counters print it (facts): each budget by its own rules."""
    entries = "{spec: resnet50, convention: fvcore, counted: 4111512576}, {spec: resnet50, convention: thop, counted: 4.1G}"
    write(project / "convcalc.yaml", f"budgets: [{entries}]\n")
    fvcore, thop = findings(run, code=1)
    assert (fvcore["status"], fvcore["convention"], fvcore["value"]) == ("ok", "fvcore", 4_111_512_576)
    assert (thop["status"], thop["convention"], thop["value"]) == ("fail", "thop", 4_133_742_592)
    by_option = findings(run, "resnet50", "--convention", "ptflops-aten", "--max", "counted=4.2G", code=1)[0]
    assert (by_option["convention"], by_option["value"]) == ("ptflops-aten", 4_089_185_256)


def test_warn_comes_before_fail(project: Path, run: Run) -> None:
    """From the level on it warns and exits 0: 2,392,064 of 2.5 M are 95.7%."""
    for level, status in (("95%", "warn"), ("95.7%", "ok"), ("95.68256%", "warn")):
        write(project / "models" / "net.yaml", STAGES.replace("macs: 2.5M", f"macs: {{max: 2.5M, warn: {level}}}"))
        assert findings(run)[0]["status"] == status


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("models/*.yaml", ["models/net.yaml"]),
        ("./models/*.yaml", ["models/net.yaml"]),
        ("models/**/*.yaml", ["models/net.yaml", "models/deep/er.yaml"]),
        ("**/er.yaml", ["models/deep/er.yaml"]),
        ("models/ne?.yaml", ["models/net.yaml"]),
        ("models/[m-o]et.yaml", ["models/net.yaml"]),
        ("models/net.yaml", ["models/net.yaml"]),
        ("resnet18", ["resnet18"]),
        ("models/gone.yaml", []),
        ("models/*.yml", []),
        ("*", []),
        ("resnet19", []),
    ],
)
def test_patterns(project: Path, run: Run, pattern: str, names: list[str]) -> None:
    """`*` stays within a directory, `**` does not; what names nothing is exit 2."""
    (project / "net.yaml").unlink()
    (project / "models" / "deep").mkdir()
    write(project / "models" / "deep" / "er.yaml", STAGES)
    write(project / "convcalc.yaml", f'budgets: [{{spec: "{pattern}", macs: 99G}}]\n')
    ran = run("check", "--format", "json")
    found = json.loads(ran.out)
    assert [f["spec"] for f in found.get("findings", []) if f["limit"] == 99 * 10**9] == names
    assert ran.code == (0 if names else 2)
    assert [d["code"] for d in found["diagnostics"]] == ([] if names else ["nothing-matched"])


@pytest.mark.parametrize("pattern", ["../*.yaml", "../other/net.yaml", "/etc/*.yaml", "/etc/hostname.yaml", "out/net.yaml", "out/*.yaml"])
def test_patterns_stay_below_their_file(project: Path, run: Run, pattern: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A configuration names nothing outside its directory, nor through a link: an error would echo the file's lines."""
    outside = tmp_path_factory.mktemp("outside")
    write(outside / "net.yaml", "secret: [\n")
    (project / "out").symlink_to(outside)
    write(project / "convcalc.yaml", f'budgets: [{{spec: "{pattern}", macs: 99G}}]\n')
    ran = run("check")
    assert (ran.code, ran.out) == (2, "")
    assert "secret" not in ran.err
    assert "error[spec-outside]" in ran.err or "error[nothing-matched]" in ran.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "there is nothing to check"),
        (("resnet18",), "there is no budget to check"),
        (("gone.yaml", "--max", "macs=1G"), "there is no file gone.yaml"),
        (("resnet18", "--config", "gone.yaml"), "there is no file gone.yaml"),
        (("resnet18", "--max", "macs=1G", "--base", "nowhere"), "git knows no revision `nowhere`"),
        (("resnet18", "--max", "macs=1G", "--base", "--help"), "git knows no revision `--help`"),
        (("resnet18", "--max", "macs=1G", "--base", "gone.json"), "there is no file gone.json"),
        (("resnet18", "--max", "macs=4G", "--summary"), "GITHUB_STEP_SUMMARY is not set"),
        (("resnet18", "--max", "macs=4G", "--convention", "fvcor"), "fvcor"),
    ],
)
def test_no_green_without_a_check(repository: Path, run: Run, arguments: tuple[str, ...], said: str) -> None:
    """Nothing to check, no budget, or nothing to compare with is exit 2, on stderr, with nothing on stdout."""
    ran = run("check", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err


def test_growth_alone_needs_a_base(project: Path, run: Run) -> None:
    """A configuration of growth alone, without --base, is no green no-op."""
    write(project / "models" / "net.yaml", STAGES.replace(f"budgets:\n{LIMITS}", ""))
    ran = run("check")
    assert (ran.code, "all limits are on growth, and there is no base" in ran.err) == (2, True)
    assert run("check", "--base", "HEAD").code == 0


@pytest.mark.parametrize(
    "config",
    ["", "budgets: 3\n", "budgets: [3]\n", "budgets: [{macs: 4G}]\n", "budget: []\n", "budgets: [{spec: resnet18, macs: [4]}]\n", "- 1\n"],
    ids=["empty", "number", "entry", "no spec", "typo", "list", "sequence"],
)
def test_a_bad_configuration_is_located(project: Path, run: Run, config: str) -> None:
    """convcalc.yaml is checked like any file, by `check` and by `validate`."""
    write(project / "convcalc.yaml", config)
    for command in (("check",), ("validate", "convcalc.yaml"), ("validate", ".")):
        ran = run(*command)
        assert ran.code == 2
        assert "convcalc.yaml:1:" in ran.out + ran.err


def test_validate_takes_a_good_configuration(project: Path, run: Run) -> None:
    """A directory with a convcalc.yaml is well; other commands do not take it for a network."""
    assert run("validate", ".").out == "3 files checked, all is well\n"
    assert run("summary", ".").code == 0


@pytest.mark.parametrize("format_", ["table", "json", "csv", "markdown", "html", "svg", "github", "junit", "gitlab", "sarif"])
def test_output_is_the_same_at_every_run(project: Path, format_: str) -> None:
    """Byte for byte, in processes that order their sets differently."""
    write(project / "models" / "net.yaml", WIDENED)
    first, second = (convcalc("check", "--base", "HEAD", "--format", format_, cwd=project, PYTHONHASHSEED=seed) for seed in "12")
    assert first == second
    assert first.code == 1


def test_check_as_people_see_it(project: Path, run: Run, snapshot: Callable[[str, str], None], monkeypatch: pytest.MonkeyPatch) -> None:
    """The table at any width, at 80 and at 40 columns, and the comment, to the letter."""
    write(project / "models" / "net.yaml", WIDENED.replace("2.5M", "9M"))
    snapshot("check.txt", run("check", "--base", "HEAD").out)
    snapshot("check.md", run("check", "--base", "HEAD", "--format", "markdown").out)
    for columns in ("80", "40"):
        monkeypatch.setenv("COLUMNS", columns)
        ran = run("check", "--base", "HEAD")
        snapshot(f"check-{columns}.txt", ran.out + ran.err)


def test_a_picture_has_the_commands_whole(project: Path, run: Run) -> None:
    """What a terminal would break at its edge, SVG and HTML show to the end."""
    write(project / "models" / "net.yaml", WIDENED)
    for format_ in ("svg", "html"):
        text = html.unescape(run("check", "--base", "HEAD", "--format", format_).out).replace("\xa0", " ")
        assert "shrink it, or allow as much from now on: convcalc check models/net.yaml --update --base HEAD" in text


def test_hide_passed(project: Path, run: Run) -> None:
    """Budgets that are met are counted and not listed."""
    ran = run("check", "resnet18", "--max", "macs=4G", "--max", "params=1M", "--hide-passed")
    assert "\nFAIL  resnet18  params" in ran.out
    assert "\nok" not in ran.out
    assert "1 of 2 budgets exceeded" in ran.out


def test_many_changed_lines() -> None:
    """Every line that a change wrote, also where all lines but a few are alike: no search of all against all."""
    old = ("a", *["- relu"] * 3_000, "z")
    new = ("a", *["- relu"] * 1_000, "x", *[f"- relu: {{name: a{number}}}" for number in range(2_000)], "z")
    assert changed_lines(old, new) == frozenset(range(1_002, 3_003))
    assert changed_lines(("a", "b", "c"), ("a", "x", "c")) == {2}
    assert changed_lines(("a", "b"), ("a", "b", "b")) == {3}
    assert changed_lines((), ("a",)) == frozenset()


@pytest.mark.parametrize("pattern", ["", ".", "sub/models"])
def test_a_pattern_that_names_a_directory(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pattern: str) -> None:
    """Or nothing, which is the one it stands in: it is pointed at, and the pattern for all in it is offered."""
    (tmp_path / "sub" / "models").mkdir(parents=True)
    (tmp_path / "convcalc.yaml").write_text(f'budgets:\n- spec: "{pattern}"\n  macs: 1\n')
    monkeypatch.chdir(tmp_path)
    ran = run("check")
    assert (ran.code, ran.err.startswith("convcalc.yaml:2:9: error[nothing-matched]"), "**/*.yaml" in ran.err) == (2, True, True), ran.err


def test_a_saved_base_with_impossible_paths(run: Run, tmp_path: Path) -> None:
    """A NUL in a path of a report is no path."""
    saved = tmp_path / "base.json"
    saved.write_text(run("summary", "lenet5", "--format", "json").out.replace("configs/networks/lenet5.yaml", "a\\u0000b"))
    assert run("check", "lenet5", "--max", "macs=1G", "--base", str(saved)).code == 0


def test_budgets_of_memory(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A limit on a metric that is worked out on demand holds like any other; a saved base without it says nothing of its growth."""
    monkeypatch.chdir(tmp_path)
    text = "input: 4x8x8\nlayers: [{conv: {name: a, cout: 8, kernel: 3}}, {conv: {name: b, cout: 4, kernel: 3}}]\n"
    (tmp_path / "net.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "base.json").write_text(run("summary", "net.yaml", "--format", "json").out, encoding="utf-8")
    (tmp_path / "net.yaml").write_text(text + "budgets: {peak_bytes: 1KiB}\n", encoding="utf-8")
    found = json.loads(run("check", "net.yaml", "--base", "base.json", "--format", "json").out)
    [finding] = [one for one in found["findings"] if one["kind"] == "max"]
    assert (finding["value"], finding["limit"], finding["base"]) == (4 * 12 * 64, 1024, None)
    assert [part["path"] for part in finding["carriers"]] == ["a", "b"]
    assert "768  1,024  75.0%" in run("check", "net.yaml", "--dtype", "int8").out
    (tmp_path / "net.yaml").write_text(text + "budgets: {increase: {peak_bytes: 2%}}\n", encoding="utf-8")
    assert "the base has no peak bytes" in run("check", "net.yaml", "--base", "base.json").err
    (tmp_path / "base.json").write_text(run("summary", "net.yaml", "--columns", "peak_bytes", "--format", "json").out, encoding="utf-8")
    assert run("check", "net.yaml", "--base", "base.json").code == 0
