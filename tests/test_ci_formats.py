"""What CI shows: one list of findings in every format, and nothing in them that a spec could make a CI do."""

from __future__ import annotations

import csv
import io
import json
import os
import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree

import jsonschema
import junitparser
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convcalc.analysis.blame import Subject, Written, evidence
from convcalc.analysis.metrics import additive
from convcalc.cli.check import FORMATS as CHECK_FORMATS
from convcalc.cli.run import rendered
from convcalc.commands.check.findings import against
from convcalc.errors import Source, Span
from convcalc.report.contract import LayerReport, ModelReport, Report
from convcalc.report.location import Location
from convcalc.report.saved import load_report
from convcalc.rules.budgets import Budget
from tests.conftest import HERE, Run, convcalc
from tests.repositories import git

SARIF = HERE / "schemas" / "sarif-2.1.0.json"  # as OASIS published it
SEVERITIES = {"info", "minor", "major", "critical", "blocker"}
FORMATS = ("table", "markdown", "html", "svg", "csv", "json", "github", "junit", "gitlab", "sarif")


def model_of(value: int) -> ModelReport:
    """A network of one layer whose every metric is this."""
    metrics: dict[str, Any] = {**dict.fromkeys(additive(), value), "receptive_field": [1]}
    layer = LayerReport("stem", "conv", 1, [1], [1], {}, metrics, Location("net.yaml", 2, 1))
    return ModelReport("net", {"path": "net.yaml"}, [1], [1], 1, metrics, [layer], ())


COUNTS = st.one_of(st.integers(0, 2000), st.integers(0, 10**21))
TEXTS = st.text(st.characters(codec="utf-8"), max_size=12) | st.sampled_from(
    [
        "@all",
        "| a | b |",
        "<!-- convcalc:check -->",
        "\x1b[31m",
        "a\n::error::b",
        "##[error]c",
        "#1",
        "https://x.y",
        "&lt;",
        "]]>",
        "\u202e",
    ]
)
BUDGETS = st.builds(
    Budget,
    metric=st.sampled_from([*additive(), "layer.macs"]),
    kind=st.sampled_from(["max", "increase"]),
    limit=COUNTS,
    growth=st.fractions(0, 500, max_denominator=1000),
    text=st.sampled_from(["4.2G", "2%", "26,000"]),
    warn=st.none() | st.fractions(0, 100, max_denominator=10),
    message=TEXTS,
    span=st.none() | st.builds(Span, st.just(Source("convcalc.yaml", ())), st.integers(1, 9), st.integers(1, 9)),
)


@st.composite
def reports(draw: st.DrawFn) -> Report:
    """A check of a few specs: random figures, limits, names and messages; each finding is what the rule says."""
    findings = []
    for _ in range(draw(st.integers(1, 12))):
        base, value, name, budget = draw(st.none() | COUNTS), draw(COUNTS), draw(TEXTS.filter(bool)), draw(BUDGETS)
        model = model_of(value)
        subject = Subject(name, model, model_of(base) if base is not None else None, [], Written("net.yaml", ("a", "b")))
        finding = against(budget, subject, evidence(budget.metric, subject), "convcalc check net.yaml --update")
        grows = budget.kind == "increase"
        limit = (base or 0) + (base or 0) * budget.growth // 100 if grows else budget.limit
        near = budget.warn is not None and value > 0 and 100 * value >= limit * budget.warn
        status = "ok" if grows and base is None else "fail" if value > limit else "warn" if near else "ok"
        assert (finding.value, finding.base, finding.limit, finding.status) == (value, base, limit, status)
        findings.append(finding)
    return Report("check", findings=tuple(findings), exit_code=int(any(finding.status == "fail" for finding in findings)))


def whole_numbers(text: str) -> set[int]:
    """Every number of a text, its digits with or without commas."""
    return {int(number.replace(",", "")) for number in re.findall(r"\d[\d,]*\d|\d", text)}


@given(report=reports())
def test_every_format_shows_the_same_figures(report: Report) -> None:
    """Value and limit of each finding stand in every format to the last digit; CI formats leave out what passes."""
    texts = {name: rendered(report, name, None, False)[0] for name in CHECK_FORMATS}
    lines = list(csv.DictReader(io.StringIO(texts["csv"])))
    documents = json.loads(texts["json"])["findings"]
    assert [(int(line["value"]), int(line["limit"])) for line in lines] == [(f.value, f.limit) for f in report.findings]
    assert [(f["value"], f["limit"], f["base"]) for f in documents] == [(f.value, f.limit, f.base) for f in report.findings]
    cases = list(ElementTree.fromstring(texts["junit"]).iter("testcase"))
    assert len(cases) == len(report.findings)
    failing = [finding for finding in report.findings if finding.status != "ok"]
    results = json.loads(texts["sarif"])["runs"][0]["results"]
    issues = json.loads(texts["gitlab"])
    assert [(r["properties"]["value"], r["properties"]["limit"]) for r in results] == [(f.value, f.limit) for f in failing]
    assert all(whole_numbers(issue["description"]) >= {f.value, f.limit} for issue, f in zip(issues, failing, strict=True))
    table = texts["table"].splitlines()[2:]  # below the header and its rule
    comment = [line for line in texts["markdown"].splitlines() if line.startswith("| ")][2:]
    specs = [finding.spec for finding in report.findings]
    by_suite = [number for number, _ in sorted(enumerate(report.findings), key=lambda pair: specs.index(pair[1].spec))]
    for place, case in zip(by_suite, cases, strict=True):
        finding = report.findings[place]
        new = finding.kind == "increase" and finding.base is None  # it has no limit
        figures = {finding.value} if new else {finding.value, finding.limit}
        assert figures <= whole_numbers("".join(case.itertext()))
        assert figures <= whole_numbers(table[place])
        for name in ("html", "svg"):
            assert figures <= whole_numbers(texts[name].replace("&#160;", " ")), name
    if "which the JSON report has" not in texts["markdown"]:
        order = sorted(report.findings, key=lambda finding: ("fail", "warn", "ok").index(finding.status))
        for finding, row in zip(order, comment, strict=False):
            assert finding.value in whole_numbers(row)
    told = [line for line in texts["github"].splitlines() if "more; run convcalc" not in line]
    for status, kind in (("fail", "error"), ("warn", "warning")):
        own = [finding for finding in failing if finding.status == status]
        for finding, line in zip(own, [line for line in told if line.startswith(f"::{kind} ")], strict=False):
            assert {finding.value, finding.limit} <= whole_numbers(line.replace("%0A", "\n").replace("%25", " "))


@given(report=reports())
def test_nothing_in_a_report_gets_out_of_its_place(report: Report) -> None:
    """One line an annotation, one marker, no mention, no new cell or row, no escape; XML and JSON that parse."""
    texts = {name: rendered(report, name, None, False)[0] for name in CHECK_FORMATS}
    for line in texts["github"].splitlines():
        assert re.match(r"::(error|warning) (file=net\.yaml,line=\d+,endLine=\d+,col=\d+,)?title=convcalc[^:]*::", line), line
    assert 1 <= len(texts["github"].splitlines()) <= 20 or all(f.status == "ok" for f in report.findings)
    assert texts["markdown"].startswith("<!-- convcalc:check -->\n")
    assert texts["markdown"].count("<!--") == 1
    assert not re.search(r"@(?!&#8203;)|://", texts["markdown"])
    for table in re.findall(r"(?:^\|.*\|\n)+", texts["markdown"], re.MULTILINE):
        assert len({line.count("|") for line in table.splitlines()}) == 1
    for text in texts.values():
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]", text)


@given(report=reports())
def test_a_saved_report_is_shown_alike(report: Report) -> None:
    """What `render` reads back gives the same text in every format."""
    saved = load_report(rendered(report, "json", None, False)[0], "report.json")
    for name in FORMATS:
        assert rendered(saved, name, None, False) == rendered(report, name, None, False), name


def test_share_of_a_limit_never_looks_like_all(run: Run) -> None:
    """One beyond the limit and one below do not print as 100.0%, nor a growth of one as none."""
    for metric, value in (("macs", 4_089_184_256), ("params", 25_557_032)):
        for limit in (value - 1, value + 1):
            table = run("check", "resnet50", "--max", f"{metric}={limit}").out
            assert "100.0%" not in table
            assert "(0.0%)" not in table


# Each format as its readers have it


@pytest.fixture(name="failing")
def _failing(repository: Path) -> Path:
    """A repository whose net.yaml exceeds two limits and warns of one, under a name that needs escaping."""
    name = "a b: ü%,.yaml"
    text = (repository / "net.yaml").read_text(encoding="utf-8") + "budgets: {macs: 1k, params: 2k, activations: {max: 99k, warn: 1%}}\n"
    (repository / name).write_text(text, encoding="utf-8")
    (repository / "convcalc.yaml").write_text('budgets: [{spec: "a*.yaml", message: "ask <us> & @them", buffers: 5}]\n', encoding="utf-8")
    git(repository, "add", "-A")
    git(repository, "commit", "-qm", "budgets")
    return repository / name


def test_sarif_places_are_uris(failing: Path, run: Run) -> None:
    """Three results, at a URI of the file."""
    ran = run("check", "--format", "sarif")
    assert ran.code == 1
    results = json.loads(ran.out)["runs"][0]["results"]
    assert [result["level"] for result in results] == ["error", "error", "warning"]
    assert {unquote(r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]) for r in results} == {failing.name}
    assert ":" not in results[0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]


@pytest.mark.parametrize("arguments", [(), ("--base", "HEAD"), ("gone.yaml",)], ids=["limits", "base", "error"])
def test_sarif_is_valid(failing: Path, run: Run, arguments: tuple[str, ...]) -> None:
    """By the schema of the standard, which finds a slip."""
    schema = json.loads(SARIF.read_text(encoding="utf-8"))
    found = json.loads(run("check", *arguments, "--format", "sarif").out)
    jsonschema.validate(found, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**found, "version": "1"}, schema)


def test_junit_is_read_back(failing: Path, run: Run) -> None:
    """By junitparser: a case a budget, those that pass among them, failures with their figures."""
    xml = junitparser.JUnitXml.fromstring(run("check", "--format", "junit").out.encode())
    [suite] = list(xml)
    assert (suite.name, suite.tests, suite.failures, suite.errors) == (failing.name, 4, 2, 0)
    cases = list(suite)
    assert [case.name for case in cases] == ["macs", "params", "activations", "buffers"]
    assert [[type(result).__name__ for result in case.result] for case in cases] == [["Failure"], ["Failure"], [], []]
    assert "exceed 1,000 by" in cases[0].result[0].message
    broken = junitparser.JUnitXml.fromstring(run("check", "gone.yaml", "--format", "junit").out.encode())
    assert (broken.errors, broken.failures) == (1, 0)


def test_gitlab_has_its_fields(failing: Path, run: Run) -> None:
    """Description, check_name, a fingerprint unique within the report and stable, severity, path and line."""
    found = json.loads(run("check", "--format", "gitlab").out)
    assert len(found) == 3
    for issue in found:
        assert issue["description"]
        assert issue["check_name"] == "convcalc-budget"
        assert issue["severity"] in SEVERITIES
        assert issue["location"] == {"path": failing.name, "lines": {"begin": issue["location"]["lines"]["begin"]}}
        assert issue["location"]["lines"]["begin"] >= 1
    marks = [issue["fingerprint"] for issue in found]
    assert len(set(marks)) == 3
    failing.write_text("# another line\n" + failing.read_text(encoding="utf-8").replace("1k", "1.1k"), encoding="utf-8")
    assert [issue["fingerprint"] for issue in json.loads(run("check", "--format", "gitlab").out)] == marks


def test_github_shows_ten_of_a_kind(repository: Path, run: Run) -> None:
    """Of twelve failures nine are shown and the tenth counts the rest; the step's summary has them all."""
    limits = [argument for metric in additive()[:12] for argument in ("--max", f"{metric}=0")]
    lines = run("check", "resnet18", *limits, "--format", "github").out.splitlines()
    assert len(lines) == 10
    assert lines[-1] == "::error title=convcalc::3 more; run convcalc check to see all"


def test_ci_github(failing: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Annotations on stderr, Markdown added to the step's summary, and the JSON on stdout is only JSON."""
    summary = failing.parent / "summary.md"
    summary.write_text("before\n", encoding="utf-8")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    ran = run("check", "--ci", "github", "--format", "json")
    assert json.loads(ran.out)["status"] == "fail"
    assert [line.partition(" ")[0] for line in ran.err.splitlines()] == ["::error", "::error", "::warning"]
    assert summary.read_text(encoding="utf-8").startswith("before\n<!-- convcalc:check -->\n### convcalc: 2 of 4 budgets exceeded")
    before = summary.read_text(encoding="utf-8")
    assert run("check", "--summary").err == ""
    assert summary.read_text(encoding="utf-8").startswith(before + "<!-- convcalc:check -->\n")


def test_what_cannot_be_used_is_annotated_too(failing: Path, run: Run) -> None:
    """A spec that is broken is shown at its line, in every CI format, with exit 2."""
    failing.write_text("input: 3x8x8\nlayers: [conv: {cout: 4}]\n", encoding="utf-8")
    ran = run("check", "--ci", "github")
    assert ran.code == 2
    assert "::error file=a b%3A ü%25%2C.yaml,line=2," in ran.err
    for format_ in ("github", "sarif", "gitlab", "junit"):
        ran = run("check", "--format", format_)
        assert (ran.code, ran.err) == (2, "")
        assert "conv needs `kernel`" in ran.out.replace("\\`", "`")


def test_a_comment_stays_below_60_kb(repository: Path, run: Run) -> None:
    """Three hundred specs and layers with long names: the marker and the verdict stay, what is left out is counted."""
    long_name = "l" * 3000
    layers = "".join(f"  - conv: {{name: {long_name}{number}, cout: 8, kernel: 1}}\n" for number in range(300))
    (repository / "big.yaml").write_text(f"input: 8x4x4\nlayers:\n{layers}", encoding="utf-8")
    git(repository, "add", "-A")
    git(repository, "commit", "-qm", "big")
    (repository / "big.yaml").write_text(f"input: 8x4x4\nlayers:\n{layers}".replace("kernel: 1", "kernel: 3"), encoding="utf-8")
    text = run("check", "big.yaml", "--base", "HEAD", "--max", "macs=1", "--format", "markdown").out
    assert len(text.encode()) < 60_000
    assert text.startswith(
        "<!-- convcalc:check -->\n### convcalc: the budget is exceeded" if False else "<!-- convcalc:check -->\n### convcalc: 1 of 1 budget"
    )
    assert "more, which the JSON report has" in text


# Hostile pull requests: through a real process, as a CI runs it

FORGED = "a\n::error file=x::forged\n##[error]forged\n<!-- convcalc:check -->\n@everyone | cell | \x1b[31mred \u202e https://evil.example"


@pytest.fixture(name="hostile")
def _hostile(repository: Path) -> Path:
    """A pull request with a hostile message, file names, and source lines that an error echoes."""
    name = "::error file=x::forged ##[error]b @everyone | <!-- convcalc:check -->.yaml"
    (repository / "convcalc.yaml").write_text(f"budgets: [{{spec: '*.yaml', macs: 1, message: {json.dumps(FORGED)}}}]\n", encoding="utf-8")
    (repository / name).write_text((repository / "net.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    return repository


@pytest.mark.parametrize("format_", FORMATS)
def test_names_and_messages_make_a_ci_do_nothing(hostile: Path, format_: str) -> None:
    """In a log no line is a command but our own, no terminal escape is raw, in Markdown there is one marker and no mention."""
    ran = convcalc("check", "--format", format_, cwd=hostile, GITHUB_ACTIONS="true")
    assert ran.code == 1
    for line in (ran.out + ran.err).splitlines():
        assert "##[" not in line or format_ == "github"
        assert not line.lstrip().startswith("::") or (format_ == "github" and re.match(r"::error file=[^:]*,title=convcalc budget::", line))
        assert "\x1b" not in line
        assert "\u202e" not in line
    if format_ == "markdown":
        assert ran.out.count("<!--") == 1
        assert not re.search(r"@(?!&#8203;)|://", ran.out)
    if format_ == "json":
        assert json.loads(ran.out)["findings"][0]["note"] == FORGED


def test_echoed_lines_make_a_ci_do_nothing(hostile: Path) -> None:
    """An error echoes its line; the log of a CI takes no command from it."""
    (hostile / "net.yaml").write_text("layers: [conv: {cout: '##[error]forged \\x1b[31m'}]\n::error::forged: 1\n", encoding="utf-8")
    for arguments in (("check",), ("validate", "net.yaml"), ("check", "--ci", "github"), ("summary", "./net.yaml", "--format", "json")):
        ran = convcalc(*arguments, cwd=hostile, GITHUB_ACTIONS="true")
        assert ran.code == 2
        lines = (ran.out + ran.err).splitlines()
        assert not [line for line in lines if "##[" in line and not line.startswith("::error file=")]
        commands = [line for line in lines if line.lstrip().startswith("::")]
        assert all(re.match(r"::error file=[^:]*,title=convcalc [a-z-]+::", line) for line in commands), commands
        assert bool(commands) == ("--ci" in arguments)


def test_outside_a_ci_text_is_as_it_is(hostile: Path) -> None:
    """Only a CI's log is spared: elsewhere `##[` is text like other text."""
    assert "##[error]b" in convcalc("check", cwd=hostile, CI="", GITHUB_ACTIONS="", TF_BUILD="", TEAMCITY_VERSION="").out


def test_a_spec_writes_nothing_and_runs_nothing(hostile: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """With attributes, filters, hooks and a monitor that would run a command, and a limit that is a path: nothing is made."""
    trap = tmp_path_factory.mktemp("trap") / "ran"
    (hostile / ".gitattributes").write_text("*.yaml filter=trap diff=trap\n", encoding="utf-8")
    for key in ("filter.trap.clean", "filter.trap.smudge", "diff.trap.textconv", "diff.trap.command", "core.fsmonitor", "diff.external"):
        git(hostile, "config", key, f"touch {trap}")
    hooks = hostile / ".git" / "hooks"
    for hook in ("post-index-change", "post-checkout"):
        (hooks / hook).write_text(f"#!/bin/sh\ntouch {trap}\n")
        (hooks / hook).chmod(0o755)
    before = {path for path in hostile.rglob("*") if ".git" not in path.parts}
    ran = convcalc("check", "--base", "HEAD", cwd=hostile, GIT_TRACE2_EVENT="")
    assert ran.code == 1
    assert not trap.exists()
    assert {path for path in hostile.rglob("*") if ".git" not in path.parts} == before
    git(hostile, "status")
    assert trap.exists(), "the trap springs where somebody steps on it"
    trap.unlink()
    git(hostile, "config", "remote.origin.url", f"ext::sh -c touch% {trap}")
    git(hostile, "config", "remote.origin.promisor", "true")
    assert convcalc("check", "--base", "origin/none", cwd=hostile).code == 2
    assert not trap.exists()


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("--output=evil", 2),
        ("-O", 2),
        ("--upload-pack=touch evil", 2),
        ("..", 2),
        ("HEAD^{tree}", 2),
        ("@{-1}", 2),
        ("HEAD", 1),
    ],
)
def test_names_are_no_options_of_git(hostile: Path, name: str, code: int) -> None:
    """A base or a spec that looks like an option or a path of git is a name that does not exist, or a revision, and no more."""
    before = sorted(hostile.iterdir())
    ran = convcalc("check", "--base", name, cwd=hostile)
    assert ran.code == code
    assert sorted(hostile.iterdir()) == before


def test_output_goes_where_the_user_says(hostile: Path) -> None:
    """Only --output and the step's summary name files that are written."""
    ran = convcalc("check", "--output", "r.json", "--output", "r.xml", "--output", "r.sarif", "--output", "r.md", cwd=hostile)
    assert ran.code == 1
    assert {path.name for path in hostile.glob("r.*")} == {"r.json", "r.xml", "r.sarif", "r.md"}
    assert junitparser.JUnitXml.fromfile(str(hostile / "r.xml")).failures == 2
    assert len(json.loads((hostile / "r.sarif").read_text(encoding="utf-8"))["runs"][0]["results"]) == 2


def test_a_cell_border_is_shown_as_it_is(repository: Path, run: Run) -> None:
    """What stops links does not get into the entities that stand for characters."""
    (repository / "net.yaml").write_text((repository / "net.yaml").read_text() + 'budgets: {macs: 1, message: "a | b #1 @c"}\n')
    assert "a &#124; b \\#&#8203;1 @&#8203;c" in run("check", "net.yaml", "--format", "markdown").out


def test_annotations_hold_no_commands_of_other_logs(tmp_path: Path, run: Run) -> None:
    """Azure Pipelines and TeamCity look for theirs anywhere in a line."""
    path = tmp_path / "net.yaml"
    path.write_text('input: 4\nbudgets: {macs: {max: 1, message: "##[command]x ##vso[y]"}}\nlayers: [linear: 3]\n')
    out = run("check", str(path), "--format", "github").out
    assert "#\u200b#[command]x #\u200b#vso[y]" in out
    assert "##" not in out


def test_a_summary_that_is_a_fifo(tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody reads it, so nothing waits for a reader."""
    os.mkfifo(tmp_path / "summary")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary"))
    assert run("check", "resnet18", "--max", "macs=1", "--ci", "github").code == 2
