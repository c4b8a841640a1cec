"""What each command imports, and so costs every user at every call."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import environment

HEAVY = {"yaml", "rich", "numpy", "importlib.metadata", "tempfile", "pathlib", "json", "dataclasses"}
COMPARE = ["compare", "--cin", "256", "--cout", "256", "--hw", "56"]


def imported(code: str, **extra: str) -> set[str]:
    """The heavy modules that a fresh interpreter has after running some code."""
    probe = f"import sys\n{code}\nprint(*sys.modules, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, env=environment(**extra), check=True, timeout=60)
    return HEAVY & set(done.stderr.split())


def after(*arguments: str, **extra: str) -> set[str]:
    return imported(f"from convcalc.cli import main\nmain({list(arguments)!r})", **extra)


def test_importing_the_package_costs_nothing() -> None:
    """`import convcalc` loads none of the heavy modules."""
    assert imported("import convcalc") == set()


def test_help_imports_click_alone() -> None:
    """`--help` needs no command's file, no YAML, no table."""
    assert after("--help") == set()


def test_json_adds_nothing_heavy(tmp_path: Path) -> None:
    """`--format json` needs no rich, and the parser of YAML only until Python keeps what it composed of the designs."""
    run = [*COMPARE, "--format", "json"]
    assert [after(*run, PYTHONPYCACHEPREFIX=str(tmp_path)) for _ in range(2)] == [{"yaml", "json"}, {"json"}]


def test_table_adds_rich() -> None:
    """A table needs no numpy, and the metadata of no package."""
    assert after(*COMPARE) & {"rich", "numpy", "importlib.metadata", "json", "tempfile"} == {"rich"}


@pytest.mark.parametrize("command", ["sweep", "solve"])
def test_help_of_a_search_needs_no_numpy(command: str) -> None:
    """Only what computes points pays for numpy."""
    assert "numpy" not in after(command, "--help")
    assert "numpy" in after("sweep", "plain", "--set", "cin=8", "--set", "hw=8", "--format", "csv")


@pytest.mark.parametrize("module", sorted(HEAVY))
def test_the_probe_can_fail(module: str) -> None:
    """The probe sees a heavy module where one is loaded."""
    assert module in imported(f"import {module}")
