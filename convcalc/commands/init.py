"""`convcalc init`: a first network, and what sets up a CI."""

from __future__ import annotations

import os

from convcalc.layout.shipped import CONFIGS, shipped_text

SNIPPETS = ("github", "gitlab", "pre-commit")


def snippet(name: str) -> str:
    """What sets up a CI, or the hooks of pre-commit."""
    return shipped_text(os.path.join(CONFIGS, "ci", f"{name}.txt"))


def budgets() -> str:
    """A commented convcalc.yaml for the first network."""
    return shipped_text(os.path.join(CONFIGS, "ci", "budgets.txt"))


def starter() -> str:
    """A commented first network."""
    return shipped_text(os.path.join(CONFIGS, "starter.yaml"))
