"""`convcalc schema`, and what `convcalc init` writes."""

from __future__ import annotations

import os
from typing import Any

from convcalc.layout.library import CONFIGS, shipped_text


def schema(what: str) -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of the layout language ("layout") or of reports ("output")."""
    if what == "layout":
        from convcalc.layout.schema import layout_schema

        return layout_schema()
    from convcalc.report.schema import output_schema

    return output_schema()


SNIPPETS = ("github", "gitlab", "pre-commit")


def snippet(name: str) -> str:
    """What sets up a CI, or the hooks of pre-commit."""
    return shipped_text(os.path.join(CONFIGS, "ci", f"{name}.txt"))


def starter() -> str:
    """A commented first network."""
    return shipped_text(os.path.join(CONFIGS, "starter.yaml"))
