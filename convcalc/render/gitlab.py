"""Remarks as GitLab's code quality report."""

from __future__ import annotations

import hashlib
import json

from convcalc.render.remarks import Remark, Where, remarks
from convcalc.render.text import visible
from convcalc.report.model import Report

SEVERITIES = {"error": "major", "warning": "minor", "note": "info"}
NOWHERE = "convcalc.yaml"  # of an option, or of a spec that is no file: GitLab wants a path


def render(report: Report, where: Where) -> str:
    """A JSON list of what does not pass."""
    shown = [remark for remark in remarks(report, where) if remark.level != "ok"]
    issues = [
        {
            "description": visible(" ".join(remark.lines)),
            "check_name": f"convcalc-{remark.rule}",
            "fingerprint": mark,
            "severity": SEVERITIES[remark.level],
            "location": {"path": visible(remark.path or NOWHERE), "lines": {"begin": remark.line}},
        }
        for remark, mark in zip(shown, fingerprints(shown), strict=True)
    ]
    return json.dumps(issues, indent=2, ensure_ascii=False) + "\n"


def fingerprints(shown: list[Remark]) -> list[str]:
    """One a remark, unique among them, the same when figures and lines move: of what it is about, and which of several."""
    seen: dict[str, int] = {}
    found = []
    for remark in shown:
        key = "\0".join((remark.rule, remark.subject, remark.name, remark.path, *([] if remark.figures else remark.lines[:1])))
        seen[key] = seen.get(key, 0) + 1
        found.append(hashlib.sha256(f"{key}\0{seen[key]}".encode(errors="surrogatepass")).hexdigest())
    return found
