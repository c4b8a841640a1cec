"""Long sweeps: their bar, an interrupt, a closed pipe."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import INTERRUPTIBLE, LOST, environment

BILLION = ("--set", "cin=8:8000:8", "--set", "hw=1:1000", "--set", "reduction=1:1000")


@pytest.mark.slow
def test_an_interrupted_sweep_keeps_what_is_done(tmp_path: Path) -> None:
    """Ctrl-C: exit 130, whole lines, and how far it came."""
    command = [
        *INTERRUPTIBLE,
        "sweep",
        "bottleneck",
        "--set",
        "cin=8:8000:8",
        "--set",
        "hw=1:1000",
        "--set",
        "reduction=1:1000",
    ]
    with open(tmp_path / "points.csv", "wb") as out:
        started = subprocess.Popen([*command, "--format", "csv"], stdout=out, stderr=subprocess.PIPE, env=environment())
        while os.path.getsize(tmp_path / "points.csv") < 10_000_000:
            time.sleep(0.05)
            assert started.poll() is None
        started.send_signal(signal.SIGINT)
        _, err = started.communicate(timeout=LOST)
    assert started.returncode == 130
    assert b"interrupted after" in err
    assert (tmp_path / "points.csv").read_bytes().endswith(b",mac\n")


def test_a_bar_for_long_runs(tmp_path: Path) -> None:
    """On a terminal after a second; Ctrl-C ends it too."""
    pty = pytest.importorskip("pty", reason="there are no terminals of this kind")
    ours, theirs = pty.openpty()
    command = [*INTERRUPTIBLE, "sweep", "bottleneck", *BILLION, "--format", "jsonl"]
    with open(tmp_path / "points.jsonl", "wb") as out:
        started = subprocess.Popen(command, stdout=out, stderr=theirs, env={**environment(), "TERM": "xterm"})
        shown = b""
        while b"sweep" not in shown or b"%" not in shown:
            shown += os.read(ours, 1024)
        started.send_signal(signal.SIGINT)
        lost = time.monotonic() + LOST
        while started.poll() is None and time.monotonic() < lost:  # what it writes is read, so that it never waits for room
            if select.select([ours], [], [], 0.1)[0]:
                os.read(ours, 1024)
        assert started.poll() == 130
    os.close(theirs)
    os.close(ours)


def test_a_closed_pipe_is_silent() -> None:
    """`head` ends a stream of a billion points at once."""
    text = f'set -o pipefail; "{sys.executable}" -m convcalc sweep bottleneck {" ".join(BILLION)} --format jsonl | head -n 2'
    done = subprocess.run(["bash", "-c", text], capture_output=True, env=environment(), timeout=60, check=False)
    assert (done.returncode, done.stderr, done.stdout.count(b"\n")) == (0, b"", 2)
