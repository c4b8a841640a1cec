"""Failures that are no wrong input: an interrupt and a defect."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import HANDLED, LOST, Run, environment

SHAPE = ("--cin", "256", "--cout", "256", "--hw", "56")
FOUNDING = ("compare", *SHAPE)


def test_ctrl_c_is_130(tmp_path: Path) -> None:
    """Interrupted while it waits: one line, exit code 130, no traceback."""
    fifo = tmp_path / "ready"
    os.mkfifo(fifo)
    code = f"""
{HANDLED}
import sys, time
from convcalc.cli import main
import convcalc.commands.compare as module
def wait(*_, **__):
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    open({str(fifo)!r}, "w").close()
    while signal.SIGINT not in signal.sigpending():
        time.sleep(0.01)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT])
module.compare = wait
sys.exit(main(["compare"]))
"""
    started = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment())
    fifo.open().close()  # returns when the command has opened its end
    started.send_signal(signal.SIGINT)
    out, err = started.communicate(timeout=LOST)
    assert (started.returncode, out, err.strip()) == (130, "", "convcalc: interrupted")


def test_a_bug_is_exit_3(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """What convcalc did not foresee is called a bug, with a way to see where."""
    import convcalc.commands.compare as module

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("boom")

    monkeypatch.setattr(module, "compare", broken)
    ran = run(*FOUNDING)
    assert (ran.code, "a bug in convcalc: RuntimeError: boom" in ran.err, "CONVCALC_DEBUG=1" in ran.err) == (3, True, True)
    monkeypatch.setenv("CONVCALC_DEBUG", "1")
    assert "Traceback" in run(*FOUNDING).err


def test_a_folder_that_is_gone(tmp_path: Path) -> None:
    """Whoever stands in a folder that was removed reads that."""
    script = f"mkdir gone; cd gone; rmdir ../gone; {sys.executable} -P -m convcalc check"
    done = subprocess.run(["bash", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr.splitlines()[0]) == (2, "error[usage]: the current folder is gone")


def test_an_interrupt_while_importing(tmp_path: Path) -> None:
    """Ctrl-C before the command line stands is 130 too, without a traceback."""
    (tmp_path / "click.py").write_text("raise KeyboardInterrupt\n")
    script = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); from convcalc.__main__ import run; run()"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (130, "")


def test_the_current_folder_is_not_imported_from(tmp_path: Path) -> None:
    """A checkout must not say what `python -m convcalc` imports."""
    (tmp_path / "click.py").write_text("raise SystemExit('imported')\n")
    done = subprocess.run(
        [sys.executable, "-m", "convcalc", "--version"], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stdout.startswith("convcalc ")) == (0, True), done.stderr


def test_messages_hold_no_tabs(run: Run) -> None:
    """Choices that click lists with tabs stand in one line."""
    assert "Choose from: blocks, networks, ops" in run("list").err


def test_a_double_dash_alone(run: Run) -> None:
    """Nothing stands behind it, so it is the help."""
    assert run("--", "--").out == run().out
