"""CSV: the names of the JSON contract, nested keys joined with `_`, lists as `3x3`, missing as empty."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from typing import Any

from convcalc.formats.text import visible


def written(rows: Iterable[Mapping[str, Any]], convention: str) -> str:
    """Rows as CSV, each the dict of a record, the convention that counted it in the last column."""
    cells = [{**flat(row), "convention": cell(row.get("convention") or convention)} for row in rows]
    header = [*dict.fromkeys(key for row in cells for key in row if key != "convention"), "convention"]
    out = io.StringIO()
    writer = csv.DictWriter(out, header, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(cells)
    return out.getvalue()


def flat(row: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested keys joined with `_`; names of parameters among them may hold anything."""
    found: dict[str, Any] = {}
    for key, item in row.items():
        if isinstance(item, dict):
            found |= flat(item, f"{prefix}{key}_")
        elif isinstance(item, list | tuple) and item and all(isinstance(part, dict) for part in item):
            for number, part in enumerate(item):
                found |= flat(part, f"{prefix}{key}_{number}_")
        elif key.endswith("location") and item is None:
            continue  # its parts are empty cells, where other rows have them
        else:
            found[cell(prefix + key)] = cell(item)
    return found


def cell(value: Any) -> Any:
    """One value: lists as `3x3`, pairs in them as `1:1`, truth as JSON writes it."""
    if isinstance(value, list | tuple):
        return "x".join(":".join(str(cell(side)) for side in part) if isinstance(part, list | tuple) else str(cell(part)) for part in value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return inert(visible(value)) if isinstance(value, str) else value


def inert(text: str) -> str:
    """Text that a spreadsheet takes for text: a quote before what it would take for a formula."""
    if not text.startswith(("=", "+", "-", "@")):
        return text
    try:
        float(text)
    except ValueError:
        return f"'{text}"
    return text
