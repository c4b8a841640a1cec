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
