"""Remarks as SARIF 2.1.0 (OASIS standard), which code scanning reads."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from convcalc.formats.remarks import RULES, Remark, Where, fingerprints, remarks
from convcalc.formats.text import visible
from convcalc.report.contract import Report
from convcalc.version import __version__

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
DESCRIPTIONS = dict(RULES.values())


def render(report: Report, where: Where) -> str:
    """One run, with a result for each remark that does not pass."""
    shown = [remark for remark in remarks(report, where) if remark.level != "ok"]
    rules = list(dict.fromkeys(remark.rule for remark in shown))
    driver = {"name": "convcalc", "version": __version__, "rules": [rule(name) for name in rules]}
    results = [result(remark, rules.index(remark.rule), mark) for remark, mark in zip(shown, fingerprints(shown), strict=True)]
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2, ensure_ascii=False) + "\n"


def rule(name: str) -> dict[str, Any]:
    return {"id": name, "shortDescription": {"text": DESCRIPTIONS.get(name, f"convcalc: {name.replace('-', ' ')}")}}


def result(remark: Remark, number: int, mark: str) -> dict[str, Any]:
    found: dict[str, Any] = {
        "ruleId": remark.rule,
        "ruleIndex": number,
        "level": remark.level,
        "message": {"text": visible_lines(remark)},
        "partialFingerprints": {"convcalc/v1": mark},
    }
    if remark.path:
        region = {"startLine": remark.line, "startColumn": remark.column}
        if remark.end_column is not None:
            region["endColumn"] = remark.end_column
        place = {"artifactLocation": {"uri": quote(remark.path, errors="surrogatepass")}, "region": region}
        found["locations"] = [{"physicalLocation": place}]
    if remark.figures:
        found["properties"] = remark.figures
    return found


def visible_lines(remark: Remark) -> str:
    return "\n".join(visible(line) for line in remark.lines)
