"""The JSON Schema of reports, from their records and the table of metrics."""

from __future__ import annotations

from typing import Any

from convcalc.analysis.metrics import METRICS
from convcalc.report import codec, contract, device, location, memory, results
from convcalc.report.codec import DEFINITIONS, Contract
from convcalc.report.contract import SCHEMA_VERSION, Report
from convcalc.report.results import Head


def whole_contract() -> Contract:
    """The contract that the records and the table of metrics make."""
    return codec.Contract({**vars(codec), **vars(location), **vars(contract), **vars(results), **vars(memory), **vars(device)}, METRICS)


def output_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of everything that `--format json` prints. More keys may come within a version; none go."""
    known = whole_contract()
    head, report = known.record(Head).schema, known.record(Report).schema
    whole = {
        "type": "object",
        "required": [*head["required"], *report["required"]],
        "properties": {**head["properties"], **report["properties"]},
        "$defs": DEFINITIONS,
    }
    return {"title": f"convcalc output {SCHEMA_VERSION}", **whole}
