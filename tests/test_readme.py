"""What the README prints is what its commands print."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT, environment

README = (ROOT / "README.md").read_text(encoding="utf-8")
CONSOLE = re.compile(r"```console\n(.*?)```", re.DOTALL)
COMMAND = re.compile(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", re.MULTILINE)
YAML = re.compile(r"```yaml\n# (\S+)\n(.*?)```", re.DOTALL)
PYTHON = re.compile(r"```python\n(.*?)```", re.DOTALL)


def shown() -> list[tuple[str, str]]:
    """Commands and what the README says they print."""
    return [found for block in CONSOLE.findall(README) for found in COMMAND.findall(block)]


@pytest.fixture(name="folder", scope="module")
def _folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the README's files, and `convcalc` on the path."""
    folder = tmp_path_factory.mktemp("readme")
    for name, text in YAML.findall(README):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(f"# {name}\n{text}", encoding="utf-8")
    binary = folder / ".bin"
    binary.mkdir()
    (binary / "convcalc").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m convcalc "$@"\n')
    (binary / "convcalc").chmod(0o755)
    return folder


def printed(command: str, folder: Path) -> str:
    """What a command prints, both streams as a terminal would mix them."""
    env = environment(PATH=f"{folder / '.bin'}{os.pathsep}{os.environ['PATH']}")
    done = subprocess.run(["bash", "-c", command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=folder, env=env, check=False)
    return done.stdout.decode("utf-8")


def test_readme_is_what_its_commands_print(request: pytest.FixtureRequest, folder: Path) -> None:
    """Every console block, to the letter, in order; --update-snapshots writes them."""
    assert len(shown()) >= 5
    outputs = {command: printed(command, folder) for command, _ in shown()}
    if request.config.getoption("--update-snapshots"):
        rewritten = CONSOLE.sub(
            lambda block: "```console\n" + "".join(f"$ {c}\n{outputs[c]}" for c, _ in COMMAND.findall(block[1])) + "```", README
        )
        (ROOT / "README.md").write_text(rewritten, encoding="utf-8")
        return
    assert [(command, outputs[command]) for command, _ in shown()] == shown()


def test_python_in_the_readme_runs(folder: Path) -> None:
    """The Python block runs as it stands."""
    for code in PYTHON.findall(README):
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment(), cwd=folder, check=False)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout


def test_two_lines_from_nothing() -> None:
    """The README has the two one-line commands that .ci/run executes."""
    lines = [line for line in README.splitlines() if line.startswith("python3 -m venv")]
    assert len(lines) == 2
    assert lines[0].endswith("compare --cin 256 --cout 256 --hw 56")
    assert "pytest" in lines[1]
