"""What the README and the guides print is what their commands print."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import convcalc
from convcalc.commands.summary.page import svg
from tests.conftest import HERE, ROOT, environment

README = ROOT / "README.md"
GUIDES = sorted((ROOT / "convcalc" / "guides").glob("*.md"))
DOCUMENTS = [README, *GUIDES]
COLUMNS = 76  # of the terminal that the documents show
CONSOLE = re.compile(r"```console\n(.*?)```", re.DOTALL)
COMMAND = re.compile(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", re.MULTILINE)
YAML = re.compile(r"```yaml\n# (\S+)\n(.*?)```", re.DOTALL)
PYTHON = re.compile(r"```python\n(.*?)```", re.DOTALL)
CODE = re.compile(r"```\w+\n(.*?)```", re.DOTALL)
one_document = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.stem)


def shown(text: str) -> list[tuple[str, str]]:
    """Commands and what a document says they print."""
    return [found for block in CONSOLE.findall(text) for found in COMMAND.findall(block)]


def folder_of(text: str, folder: Path) -> Path:
    """A folder with a document's files, and `convcalc` on the path."""
    for name, content in YAML.findall(text):
        (folder / name).write_text(f"# {name}\n{content}", encoding="utf-8")
    for name, model in (("resnet18", "resnet18.ts"), ("open", "resnet18.ts_dyn")):
        shutil.copy(HERE / "facts" / "onnx" / f"{model}.onnx", folder / f"{name}.onnx")
    binary = folder / ".bin"
    binary.mkdir()
    (binary / "convcalc").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m convcalc "$@"\n')
    (binary / "convcalc").chmod(0o755)
    return folder


def printed(command: str, folder: Path) -> str:
    """What a command prints, both streams as a terminal would mix them."""
    env = environment(PATH=f"{folder / '.bin'}{os.pathsep}{os.environ['PATH']}", COLUMNS=str(COLUMNS))
    done = subprocess.run(["bash", "-c", command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=folder, env=env, check=False)
    return done.stdout.decode("utf-8")


@one_document
def test_commands_print_what_stands_there(request: pytest.FixtureRequest, tmp_path: Path, document: Path) -> None:
    """Every console block, to the letter, in order; --update-snapshots writes them."""
    text = document.read_text(encoding="utf-8")
    folder = folder_of(text, tmp_path)
    assert shown(text) or document.stem == "programs"
    outputs = {command: printed(command, folder) for command, _ in shown(text)}
    if request.config.getoption("--update-snapshots"):
        rewritten = CONSOLE.sub(
            lambda block: "```console\n" + "".join(f"$ {c}\n{outputs[c]}" for c, _ in COMMAND.findall(block[1])) + "```", text
        )
        document.write_text(rewritten, encoding="utf-8")
        return
    assert [(command, outputs[command]) for command, _ in shown(text)] == shown(text)


@one_document
def test_python_runs(tmp_path: Path, document: Path) -> None:
    """The Python blocks run as they stand."""
    for code in PYTHON.findall(document.read_text(encoding="utf-8")):
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment(), cwd=tmp_path, check=False)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout


@pytest.mark.parametrize(("documents", "lines"), [([README], 200), (GUIDES, 150)], ids=["README", "guides"])
def test_documents_are_short(documents: list[Path], lines: int) -> None:
    """The README has at most 200 lines, a guide 150; each guide is in the README's table."""
    assert documents
    for path in documents:
        text = path.read_text(encoding="utf-8")
        assert len(text.splitlines()) <= lines, path.name
        assert f"convcalc/guides/{path.name}" in README.read_text(encoding="utf-8") or path == README


def test_no_code_of_the_readme_is_wide() -> None:
    """76 columns, but for the commands to paste, which are one line each."""
    blocks = CODE.findall(README.read_text(encoding="utf-8"))
    lines = [line for block in blocks for line in block.splitlines() if not line.startswith(("python3 -m venv", "$ "))]
    assert max(map(len, lines)) <= COLUMNS


def test_two_lines_from_nothing() -> None:
    """The README has the two one-line commands that .ci/run executes."""
    lines = [line for line in README.read_text(encoding="utf-8").splitlines() if line.startswith("python3 -m venv")]
    assert len(lines) == 2
    assert lines[0].endswith("compare --cin 256 --cout 256 --hw 56")
    assert "pytest" in lines[1]


def test_the_picture_is_a_real_output(request: pytest.FixtureRequest) -> None:
    """The README's picture is what `convcalc summary resnet50 --format svg` prints."""
    path = HERE / "pictures" / "resnet50.svg"
    drawn = svg(convcalc.summary("resnet50"))
    if request.config.getoption("--update-snapshots"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(drawn, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == drawn
    assert f"tests/pictures/{path.name}" in README.read_text(encoding="utf-8")
