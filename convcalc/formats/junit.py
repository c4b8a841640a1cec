"""Remarks as JUnit XML: a test suite a spec, a test case a budget, those that pass among them."""

from __future__ import annotations

from xml.etree import ElementTree as Xml

from convcalc.formats.remarks import Remark, Where, remarks
from convcalc.formats.text import visible
from convcalc.report.contract import Report

ELEMENTS = {"error": "failure", "warning": "system-out", "note": "system-out", "ok": "system-out"}


def render(report: Report, where: Where) -> str:
    """The XML document. What cannot be used at all is an error, what is exceeded a failure."""
    suites: dict[str, list[Remark]] = {}
    for remark in remarks(report, where):
        suites.setdefault(remark.subject, []).append(remark)
    root = Xml.Element("testsuites", {"name": "convcalc", **counts([remark for found in suites.values() for remark in found])})
    for subject, found in suites.items():
        suite = Xml.SubElement(root, "testsuite", {"name": visible(subject), **counts(found)})
        seen: dict[str, int] = {}
        for remark in found:
            seen[remark.name] = seen.get(remark.name, 0) + 1
            suite.append(case(remark, f"{remark.name} ({seen[remark.name]})" if seen[remark.name] > 1 else remark.name))
    Xml.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + Xml.tostring(root, encoding="unicode") + "\n"


def case(remark: Remark, name: str) -> Xml.Element:
    """A test case, with what there is to say of it."""
    place = {"file": visible(remark.path), "line": str(remark.line)} if remark.path else {}
    element = Xml.Element("testcase", {"classname": visible(remark.subject), "name": visible(name), **place})
    text = "\n".join(visible(line) for line in remark.lines)
    kind = kind_of(remark)
    said = {} if kind == "system-out" else {"message": visible(remark.lines[0]), "type": remark.rule}
    Xml.SubElement(element, kind, said).text = text
    return element


def kind_of(remark: Remark) -> str:
    """A diagnostic is an error of the run; a finding has figures and fails."""
    return "error" if remark.level == "error" and not remark.figures else ELEMENTS[remark.level]


def counts(found: list[Remark]) -> dict[str, str]:
    kinds = [kind_of(remark) for remark in found]
    return {"tests": str(len(found)), "failures": str(kinds.count("failure")), "errors": str(kinds.count("error"))}
