"""Help, version, options before the command and names of commands."""

from __future__ import annotations

import subprocess
import sys

from convcalc.cli import COMMANDS
from tests.conftest import Ran, Run, Snapshot

SHAPE = ("--cin", "256", "--cout", "256", "--hw", "56")
FOUNDING = ("compare", *SHAPE)


def test_options_may_stand_before_the_command(run: Run) -> None:
    """Common options in any position."""
    assert run("--format", "json", *FOUNDING).out == run(*FOUNDING, "--format", "json").out


def test_help(run: Run, snapshot: Snapshot) -> None:
    """Short help and each command's help, to the letter; `convcalc` alone prints help and is fine."""
    alone = run()
    assert (alone.code, alone.out) == (0, run("--help").out)
    assert run("-h").out == alone.out
    snapshot("help.txt", alone.out)
    snapshot("help-compare.txt", run("compare", "-h").out)


def test_version(run: Run) -> None:
    """`convcalc 0.1.0`, plain, on standard output."""
    from convcalc import __version__

    assert run("--version") == run("-V") == Ran(0, f"convcalc {__version__}\n", "")


def test_unknown_commands_get_a_suggestion(run: Run) -> None:
    """copmare → compare."""
    ran = run("copmare")
    assert (ran.code, "compare" in ran.err) == (2, True)


def test_help_without_docstrings() -> None:
    """`python -OO` drops them; what a command is for is said still."""
    done = subprocess.run(
        [sys.executable, "-OO", "-m", "convcalc", "summary", "--help"], capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, COMMANDS["summary"] in " ".join(done.stdout.split())) == (0, True), done.stdout
