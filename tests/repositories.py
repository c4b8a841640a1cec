"""Real git repositories for tests, and the network that is in them."""

from __future__ import annotations

import subprocess
from pathlib import Path

NET = """convcalc: 1
name: net
input: 8x16x16
layers:
  - conv: {name: stem, cout: 16, kernel: 3}
  - conv: {name: mid, cout: 16, kernel: 3, groups: 1}
  - conv: {name: last, cout: 32, kernel: 1}
"""


def git(folder: Path, *arguments: str) -> str:
    """Git with an author of its own, in a folder."""
    settings = ["-c", "user.name=A", "-c", "user.email=a@b.c", "-c", "init.defaultBranch=main", "-c", "protocol.file.allow=always"]
    return subprocess.run(["git", *settings, *arguments], cwd=folder, capture_output=True, text=True, check=True).stdout
