"""Completion in a shell."""

from __future__ import annotations

import subprocess
import sys

import pytest

from convcalc.layout.shipped import shipped_names
from tests.conftest import environment


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("bottlen", ["bottleneck", "bottleneck_residual", "bottleneck_residual_v1"]),
        ("bottleneck:re", ["bottleneck:reduction="]),
        ("ghost:ratio=2,k", ["ghost:ratio=2,kernel="]),
    ],
)
def test_shell_completion(typed: str, offered: list[str]) -> None:
    """Design names, and after a colon their parameters."""
    words = f"convcalc compare {typed}"
    code = "from convcalc.cli import main; main()"
    env = environment(_CONVCALC_COMPLETE="bash_complete", COMP_WORDS=words, COMP_CWORD="2")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=env, check=False, timeout=60)
    assert [line.partition(",")[2] for line in done.stdout.splitlines()] == offered


@pytest.mark.parametrize("option", ["-h", "--help", "-V"])
def test_help_is_not_shown_by_a_tab(option: str) -> None:
    """Behind an option that ends a run the others are offered."""
    words = f"convcalc {option} --h" if option == "-V" else f"convcalc sweep {option} --se"
    env = environment(_CONVCALC_COMPLETE="bash_complete", COMP_WORDS=words, COMP_CWORD="2" if option == "-V" else "3")
    command = [sys.executable, "-c", "from convcalc.cli import main; main()"]
    done = subprocess.run(command, capture_output=True, text=True, env=env, check=False, timeout=60)
    assert [line.partition(",")[2] for line in done.stdout.splitlines()] == (["--help"] if option == "-V" else ["--set", "--seed"])


def test_completion_of_specs() -> None:
    """Networks by name, and files."""
    env = environment(_CONVCALC_COMPLETE="bash_complete", COMP_WORDS="convcalc summary resnet50", COMP_CWORD="2")
    done = subprocess.run(
        [sys.executable, "-c", "from convcalc.cli import main; main()"], capture_output=True, text=True, env=env, check=False
    )
    offered = [line.partition(",")[2] for line in done.stdout.splitlines()]
    assert offered == ["resnet50", "resnet50_v1", "resnet50_fpn", "resnet50"]
    assert len(shipped_names()) == 135
