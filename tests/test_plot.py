"""Plots of a sweep, on a terminal and in a file."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Run, environment

AXES = ("--set", "cin=8:256:8", "--set", "hw=4:32:4", "--set", "groups=1:4")


def test_a_plot_in_the_terminal(run: Run, snapshot: Callable[[str, str], None]) -> None:
    """Both axes logarithmic, with their ends; and the front."""
    arguments = ("sweep", "plain", "bottleneck", "--set", "cin=64:512:64", "--set", "hw=7:56:7", "--plot")
    snapshot(
        "plot.txt",
        run(*arguments).out.partition("mac\n")[2] + run(*arguments, "--pareto", "macs:max,activations").out.partition("by mac\n")[2],
    )


def test_a_plot_fits_the_terminal(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """No line of it is wider than 40 columns; an axis of numbers is drawn where there is but one metric."""
    monkeypatch.setenv("COLUMNS", "40")
    drawn = run("sweep", "bottleneck", *AXES, "--columns", "macs", "--plot").out.partition("mac\n")[2]
    assert max(map(len, drawn.splitlines())) == 40
    assert "cin" in drawn.splitlines()[0]
    assert "macs" in drawn.splitlines()[-2]


@pytest.mark.parametrize("suffix", ["svg", "png"])
def test_a_plot_in_a_file(run: Run, tmp_path: Path, suffix: str) -> None:
    """A picture by matplotlib, the same at every run; a wrong suffix is exit 2."""
    pytest.importorskip("matplotlib", reason="matplotlib is not installed")
    pictures = []
    for number in (1, 2):
        path = tmp_path / f"front{number}.{suffix}"
        assert run("sweep", "bottleneck", *AXES, "--plot", str(path)).code == 0
        pictures.append(path.read_bytes())
    assert pictures[0] == pictures[1]
    assert pictures[0].startswith({"svg": b"<?xml", "png": b"\x89PNG"}[suffix])
    ran = run("sweep", "bottleneck", *AXES, "--plot", str(tmp_path / "front.gif"))
    assert (ran.code, ran.out) == (2, "")


def test_settings_of_the_current_folder_are_not_read(run: Run, tmp_path: Path) -> None:
    """A checkout must not say how matplotlib draws: with LaTeX it would start a program."""
    pytest.importorskip("matplotlib")
    (tmp_path / "matplotlibrc").write_text("text.usetex: True\nfigure.facecolor: red\n")
    arguments = [sys.executable, "-m", "convcalc", "sweep", "bottleneck", "--set", "cin=8,16", "--set", "hw=8", "--plot", "x.svg"]
    done = subprocess.run(arguments, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120, env=environment())
    assert done.returncode == 0, done.stderr
    assert "#ff0000" not in (tmp_path / "x.svg").read_text()
