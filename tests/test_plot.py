"""Plots of a sweep, on a terminal and in a file."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from convcalc.analysis.metrics import plotted
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


@pytest.mark.parametrize("suffix", ["svg", "png", "pdf"])
def test_a_plot_in_a_file(run: Run, tmp_path: Path, suffix: str) -> None:
    """A picture, the same at every run, all but SVG by matplotlib; a wrong suffix is exit 2."""
    if suffix != "svg":
        pytest.importorskip("matplotlib", reason="matplotlib is not installed")
    pictures = []
    for number in (1, 2):
        path = tmp_path / f"front{number}.{suffix}"
        assert run("sweep", "bottleneck", *AXES, "--plot", str(path)).code == 0
        pictures.append(path.read_bytes())
    assert pictures[0] == pictures[1]
    assert pictures[0].startswith({"svg": b"<svg ", "png": b"\x89PNG", "pdf": b"%PDF"}[suffix])
    ran = run("sweep", "bottleneck", *AXES, "--plot", str(tmp_path / "front.gif"))
    assert (ran.code, ran.out) == (2, "")


def test_settings_of_the_current_folder_are_not_read(run: Run, tmp_path: Path) -> None:
    """A checkout must not say how matplotlib draws: with LaTeX it would start a program."""
    pytest.importorskip("matplotlib")
    (tmp_path / "matplotlibrc").write_text("text.usetex: True\nfigure.facecolor: red\n")
    arguments = [sys.executable, "-m", "convcalc", "sweep", "bottleneck", "--set", "cin=8,16", "--set", "hw=8", "--plot", "x.png"]
    done = subprocess.run(arguments, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120, env=environment())
    assert done.returncode == 0, done.stderr
    plain = [*arguments[:-1], "y.png"]
    (tmp_path / "matplotlibrc").unlink()
    subprocess.run(plain, cwd=tmp_path, capture_output=True, check=True, timeout=120, env=environment())
    assert (tmp_path / "x.png").read_bytes() == (tmp_path / "y.png").read_bytes()


def test_crowded_points_are_dots(run: Run) -> None:
    """Where more points than cells would be marked, each is one of eight dots of a character; as ASCII, . : and #."""
    arguments = ("sweep", "bottleneck", "--set", "cin=64:512:16", "--set", "hw=7:56", "--plot")
    drawn = run(*arguments).out.partition("by mac\n")[2]
    field = [line.partition("│")[2] for line in drawn.splitlines() if "│" in line]
    dots = sum((ord(glyph) - 0x2800).bit_count() for line in field for glyph in line if glyph != " ")
    assert len(field) == 16
    assert all("\u2800" < glyph <= "\u28ff" or glyph == " " for line in field for glyph in line)
    assert dots > 4 * sum(glyph != " " for line in field for glyph in line) > 0  # of 1,450 points
    environ = environment(PYTHONIOENCODING="ascii")
    done = subprocess.run([sys.executable, "-m", "convcalc", *arguments], capture_output=True, check=False, timeout=120, env=environ)
    shown = done.stdout.decode("ascii").partition("by mac\n")[2]
    assert {glyph for line in shown.splitlines() if "|" in line for glyph in line.partition("|")[2]} == set(" .:#")


def test_dots_stand_where_points_are(run: Run) -> None:
    """Twice two equal points: the corners of the field, bottom left and top right."""
    axes = ("--set", "cin=8,16", "--set", "cout=8", "--set", "hw=8", "--set", "activation=relu,silu")
    drawn = run("sweep", "plain", *axes, "--columns", "params,macs", "--plot").out.partition("by mac\n")[2]
    field = [line.partition("│")[2] for line in drawn.splitlines() if "│" in line]
    assert field == [" " * 59 + "⠈", *[""] * 14, "⡀"]


def test_the_axes_of_a_plot(run: Run) -> None:
    """Unless others are asked for: what a design needs across, what it writes upwards."""
    assert plotted() == ["macs", "activations"]
    lines = run("sweep", "plain", "--set", "cin=8:32:8", "--set", "hw=8", "--plot", "-").out.splitlines()
    assert "macs" in lines[-2]
    assert any(line.strip() == "activations" for line in lines)
