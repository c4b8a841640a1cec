"""What tests share: a clean environment, the command line in this process, and the figures of others."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import settings

from convcalc.cli import main
from tests.repositories import NET, git

HERE = Path(__file__).parent
ROOT = HERE.parent
SHARED = ROOT.parent / "shared" / "facts"
FACTS = SHARED if SHARED.is_dir() else HERE / "facts"  # else a copy of the same figures
TERMINAL = ("NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE", "COLUMNS", "TERM", "TTY_COMPATIBLE", "TTY_INTERACTIVE", "CONVCALC_DEBUG")
CI = ("GITHUB_WORKSPACE", "CI_PROJECT_DIR", "GITHUB_STEP_SUMMARY")

# No deadlines: machines differ. In CI the same examples at each run, so that a change answers for itself alone.
settings.register_profile("here", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "here")


class Ran(NamedTuple):
    """What a command left behind."""

    code: int
    out: str
    err: str


Run = Callable[..., Ran]  # the command line in this process, as the fixture `run` gives it
Snapshot = Callable[[str, str], None]  # compares a text with the snapshot of that name


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-snapshots", action="store_true", help="write what was printed into tests/snapshots")
    parser.addoption("--fuzz-cases", type=int, default=400, help="cases of each campaign of tests/fuzz")
    parser.addoption("--fuzz-seed", type=int, default=1, help="the seed of each campaign of tests/fuzz")


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*TERMINAL, *CI):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(name="run")
def _run(capsys: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    """The command line in this process."""

    def run(*arguments: str) -> Ran:
        code = main(arguments)
        out, err = capsys.readouterr()
        return Ran(code, out, err)

    return run


@pytest.fixture(name="snapshot")
def _snapshot(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Compare a text with tests/snapshots/NAME to the letter."""

    def check(name: str, text: str) -> None:
        path = HERE / "snapshots" / name
        if request.config.getoption("--update-snapshots"):
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
        assert path.is_file(), f"no snapshot {name}; run pytest --update-snapshots and read what it wrote"
        assert text == path.read_text(encoding="utf-8")

    return check


@pytest.fixture(name="repository")
def _repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository whose first commit has net.yaml; the current directory."""
    git(tmp_path, "init", "-q", ".")
    (tmp_path / "net.yaml").write_text(NET, encoding="utf-8")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "first")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def environment(**extra: str) -> dict[str, str]:
    """The environment of a subprocess that finds this checkout."""
    kept = {key: value for key, value in os.environ.items() if key not in (*TERMINAL, *CI) and not key.startswith("PYTHON")}
    return {**kept, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", "PYTHONDONTWRITEBYTECODE": "", **extra}


# The command line in a process that can be interrupted, also where this one was started with interrupts ignored, as
# background jobs are: a child inherits that.
HANDLED = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
INTERRUPTIBLE = [sys.executable, "-c", f"{HANDLED}; from convcalc.__main__ import run; run()"]
LOST = 600  # seconds after which an interrupt counts as lost, however busy the machine is


def convcalc(*arguments: str, cwd: Path | None = None, **extra: str) -> Ran:
    """The command line as a process of its own, its streams read as bytes of UTF-8."""
    command = [sys.executable, "-m", "convcalc", *arguments]
    done = subprocess.run(command, capture_output=True, env=environment(**extra), cwd=cwd, check=False, timeout=120)
    return Ran(done.returncode, done.stdout.decode("utf-8"), done.stderr.decode("utf-8"))
