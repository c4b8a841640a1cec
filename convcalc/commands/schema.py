"""`convcalc schema`: JSON Schema of layouts, of devices, and of reports."""

from __future__ import annotations

from importlib import import_module
from typing import Any

DRAFT = "https://json-schema.org/draft/2020-12/schema"
WRITERS = {"layout": "layout.schema.layout_schema", "device": "rules.devices.device_schema", "output": "report.schema.output_schema"}


def schema(what: str) -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of the layout language ("layout"), of devices ("device") or of reports ("output")."""
    module, _, function = WRITERS[what].rpartition(".")
    return {"$schema": DRAFT, **getattr(import_module(f"convcalc.{module}"), function)()}
