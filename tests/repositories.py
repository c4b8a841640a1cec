"""Real git repositories for tests, the network that is in them, and values that saved reports may hold."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

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


def leaves(data: Any, place: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where each value of a JSON text stands."""
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return [place, *(found for key, value in items for found in leaves(value, (*place, key)))]


HOSTILE = st.sampled_from([None, True, -1, 1.5, float("inf"), 10**30, "", "\x1b[31m\u202e", [], [None], {}, {"a": [{"b": {}}]}])
