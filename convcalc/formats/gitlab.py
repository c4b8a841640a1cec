"""Remarks as GitLab's code quality report."""

from __future__ import annotations

import json

from convcalc.formats.remarks import Where, fingerprints, remarks
from convcalc.formats.text import visible
from convcalc.report.contract import Report

SEVERITIES = {"error": "major", "warning": "minor", "note": "info"}
NOWHERE = "convcalc.yaml"  # of an option, or of a spec that is no file: GitLab wants a path


def render(report: Report, where: Where) -> str:
    """A JSON list of what does not pass."""
    shown = [remark for remark in remarks(report, where) if remark.level != "ok"]
    issues = [
        {
            "description": visible("; ".join(remark.lines)),
            "check_name": f"convcalc-{remark.rule}",
            "fingerprint": mark,
            "severity": SEVERITIES[remark.level],
            "location": {"path": visible(remark.path or NOWHERE), "lines": {"begin": remark.line}},
        }
        for remark, mark in zip(shown, fingerprints(shown), strict=True)
    ]
    return json.dumps(issues, indent=2, ensure_ascii=False) + "\n"
