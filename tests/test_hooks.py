"""What sets up a CI: the action, the workflow, the job and the hooks, run as their readers run them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import ROOT, Run, environment
from tests.repositories import git

NO_INDEX = re.compile(r"No matching distribution|Could not find a version|NewConnectionError|Temporary failure in name|Max retries")
BUDGETS = "budgets: [{spec: net.yaml, macs: 700k, message: Ask the team.}]\n"


@pytest.fixture(name="binary")
def _binary(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with `convcalc`, and with a `gh` that writes down how it was called and knows one comment."""
    folder = tmp_path_factory.mktemp("bin")
    calls = folder / "calls"
    known = folder / "known"
    known.write_text("", encoding="utf-8")
    for name, text in (
        ("convcalc", f'exec "{sys.executable}" -m convcalc "$@"'),
        ("gh", f'printf "%s\\n" "$*" >> "{calls}"\ncase "$*" in *--paginate*) cat "{known}";; esac'),
    ):
        (folder / name).write_text(f"#!/bin/sh\n{text}\n")
        (folder / name).chmod(0o755)
    return folder


def bash(script: str, cwd: Path, **extra: str) -> subprocess.CompletedProcess[str]:
    """A step as GitHub runs it."""
    command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script]
    return subprocess.run(command, cwd=cwd, env=environment(**extra), capture_output=True, text=True, check=False, timeout=120)


def steps() -> list[dict[str, Any]]:
    action = yaml.safe_load((ROOT / ".github" / "action.yml").read_text(encoding="utf-8"))
    found = action["runs"]["steps"]
    assert isinstance(found, list)
    return found


@pytest.fixture(name="clone")
def _clone(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a runner checks out: a shallow clone of a pull request that has a budget and a wider layer."""
    (repository / "convcalc.yaml").write_text(BUDGETS, encoding="utf-8")
    git(repository, "add", "-A")
    git(repository, "commit", "-qm", "budget")
    git(repository, "checkout", "-q", "-b", "wider")
    text = (repository / "net.yaml").read_text(encoding="utf-8")
    (repository / "net.yaml").write_text(text.replace("name: mid, cout: 16", "name: mid, cout: 32"), encoding="utf-8")
    git(repository, "commit", "-qam", "wider")
    clone = tmp_path_factory.mktemp("runner") / "work"
    git(repository, "clone", "-q", "--depth=1", "--branch", "wider", repository.as_uri(), str(clone))
    return clone


def test_the_action_checks_and_keeps_one_comment(clone: Path, binary: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Its scripts fetch the base, annotate, fill the summary, and write the comment once: a second run changes that one."""
    _, check, comment = steps()
    temp = tmp_path_factory.mktemp("temp")
    (temp / "convcalc" / "bin").mkdir(parents=True)
    shutil.copy(binary / "convcalc", temp / "convcalc" / "bin" / "convcalc")
    own = {"RUNNER_TEMP": str(temp), "GITHUB_STEP_SUMMARY": str(temp / "summary.md"), "GITHUB_WORKSPACE": str(clone)}
    done = bash(check["run"], clone, BASE="", BRANCH="main", SPECS="", **own)
    assert done.returncode == 1, done.stderr
    assert "::error file=net.yaml,line=6," in done.stderr
    assert "mid" in (temp / "summary.md").read_text(encoding="utf-8")
    assert (temp / "convcalc.md").read_text(encoding="utf-8") == (temp / "summary.md").read_text(encoding="utf-8")
    path = f"{binary}{os.pathsep}{os.environ['PATH']}"
    for known in ("", "77\n88\n"):
        (binary / "known").write_text(known, encoding="utf-8")
        done = bash(comment["run"], clone, PATH=path, REPOSITORY="o/r", NUMBER="5", GH_TOKEN="t", **own)
        assert done.returncode == 0, done.stderr
    calls = (binary / "calls").read_text(encoding="utf-8").splitlines()
    assert calls[1] == f"api --silent --method POST repos/o/r/issues/5/comments --field body=@{temp}/convcalc.md"
    assert calls[3] == f"api --silent --method PATCH repos/o/r/issues/comments/77 --field body=@{temp}/convcalc.md"


def test_the_action_takes_specs_as_names(clone: Path, binary: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A spec a line; one that looks like an option or a command is a file that is not there."""
    check = steps()[1]
    temp = tmp_path_factory.mktemp("temp")
    (temp / "convcalc" / "bin").mkdir(parents=True)
    shutil.copy(binary / "convcalc", temp / "convcalc" / "bin" / "convcalc")
    own = {"RUNNER_TEMP": str(temp), "BASE": "", "BRANCH": "", "GITHUB_STEP_SUMMARY": str(temp / "summary.md")}
    assert bash(check["run"], clone, SPECS="net.yaml\n", **own).returncode == 1
    for spec in ("--output=evil.json", "$(touch evil)", "`touch evil`;touch evil"):
        assert bash(check["run"], clone, SPECS=f"net.yaml\n{spec}", **own).returncode == 2
    assert not list(clone.glob("evil*"))


def test_the_action_puts_no_input_into_a_script() -> None:
    """Inputs and names reach scripts through the environment alone; what they name is text there."""
    for step in steps():
        assert "${{" not in step["run"]
        assert step["shell"] == "bash"


def test_the_gitlab_job_makes_its_reports(clone: Path, binary: Path, run: Run) -> None:
    """Its script and what follows it, run as they are printed, leave both reports."""
    job = yaml.safe_load(run("init", "gitlab").out)["convcalc"]
    git(clone, "fetch", "-q", "--depth=1", "origin", "main:refs/remotes/origin/main")
    base = git(clone, "rev-parse", "origin/main").strip()
    own = {"PATH": f"{binary}{os.pathsep}{os.environ['PATH']}", "CI_PROJECT_DIR": str(clone), "CI_MERGE_REQUEST_DIFF_BASE_SHA": base}
    assert bash("\n".join(job["script"]), clone, **own).returncode == 1
    assert bash("\n".join(job["after_script"]), clone, **own).returncode == 0
    reports = job["artifacts"]["reports"]
    assert '"path": "net.yaml"' in (clone / reports["codequality"]).read_text(encoding="utf-8")
    assert "<failure" in (clone / reports["junit"]).read_text(encoding="utf-8")


def test_the_workflow_uses_what_there_is(run: Run) -> None:
    """The workflow names the action's folder and inputs that it has, the hooks' configuration hooks that there are."""
    workflow = yaml.safe_load(run("init", "github").out)
    used = workflow["jobs"]["budgets"]["steps"][-1]
    folder = used["uses"].split("@")[0].removeprefix("OWNER/convcalc/")
    action = yaml.safe_load((ROOT / folder / "action.yml").read_text(encoding="utf-8"))
    assert set(used["with"]) <= set(action["inputs"])
    [repository] = yaml.safe_load(run("init", "pre-commit").out)["repos"]
    hooks = {hook["id"] for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))}
    assert {hook["id"] for hook in repository["hooks"]} == hooks


@pytest.fixture(name="source", scope="module")
def _source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository of convcalc itself, as pre-commit clones it."""
    folder = tmp_path_factory.mktemp("source")
    for name in ("convcalc", "configs"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE", ".pre-commit-hooks.yaml"):
        shutil.copy(ROOT / name, folder / name)
    git(folder, "init", "-q", ".")
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "source")
    return folder


def test_hooks_run_through_pre_commit(clone: Path, source: Path, run: Run, tmp_path: Path) -> None:
    """A layout that is wrong and a budget that is exceeded stop a commit; once mended it goes through."""
    pytest.importorskip("pre_commit", reason="pre-commit is not installed")
    config = run("init", "pre-commit").out.replace("https://github.com/OWNER/convcalc", str(source))
    config = config.replace("rev: main", f"rev: {git(source, 'rev-parse', 'HEAD').strip()}").replace("models/.*", "net")
    (clone / ".pre-commit-config.yaml").write_text(config, encoding="utf-8")
    git(clone, "add", "-A")

    def hooks() -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "pre_commit", "run", "--all-files", "--color", "never"]
        env = environment(PRE_COMMIT_HOME=str(tmp_path / "pre-commit"))
        return subprocess.run(command, cwd=clone, env=env, capture_output=True, text=True, check=False, timeout=600)

    first = hooks()
    if NO_INDEX.search(first.stdout + first.stderr):
        pytest.skip("pre-commit cannot install the hooks: no package index is in reach")
    assert first.returncode == 1, first.stdout + first.stderr
    assert re.search(r"convcalc validate\.+Passed", first.stdout)
    assert re.search(r"convcalc check\.+Failed", first.stdout)
    assert "exceed 700,000 by" in first.stdout
    good = (clone / "net.yaml").read_text(encoding="utf-8")
    (clone / "net.yaml").write_text(good.replace("cout: 32, kernel: 3", "cout: 16, kernl: 3"), encoding="utf-8")
    assert re.search(r"convcalc validate\.+Failed", hooks().stdout)
    (clone / "net.yaml").write_text(good.replace("cout: 32, kernel: 3", "cout: 8, kernel: 3"), encoding="utf-8")
    last = hooks()
    assert last.returncode == 0, last.stdout
