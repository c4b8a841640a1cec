"""`convcalc schema`: JSON Schema of the layout language, and of reports."""

from __future__ import annotations

from typing import Any


def schema(what: str) -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of the layout language ("layout") or of reports ("output")."""
    if what == "layout":
        from convcalc.layout.schema import layout_schema

        return layout_schema()
    from convcalc.report.schema import output_schema

    return output_schema()
