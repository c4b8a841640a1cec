"""The error gallery: one layout and one expected message a case, every code among them."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import HERE, ROOT, Ran

GALLERY = HERE / "gallery"
CASES = sorted(path.stem for path in GALLERY.glob("*.yaml"))
# Codes of diagnostics in the source, by the calls that make them.
CODE = re.compile(r'(?:refused|Refusal|Diagnostic|error|report|misnamed)\(\s*"([a-z]+(?:-[a-z]+)*)"')
# What no layout can cause; each has tests of its own.
ELSEWHERE = {
    "usage", "bug", "interrupted", "input-axes", "no-such-metric",
    "unknown-design", "option-unused", "unlike-shapes", "custom-layer", "convention-differs",
    "unknown-revision", "bad-report", "base-unusable", "nothing-matched", "spec-outside", "limit-unwritable",
    "no-product", "execution-differs", "cannot-replace", "nothing-replaced", "not-replaced", "limit-met", "limit-not-reached",
    "fail-on", "growth-unchecked", "git-failed", "every-point-impossible", "no-solution", "part-missing", "range-ends", "crosses-again",
    "bad-model", "uncounted", "folded-norms", "branches", "unused-parameters", "one-run", "not-written", "drift",
    "file-encoding", "file-kind", "file-too-large", "file-unreadable",
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_gallery(case: str, run: Callable[..., Ran], request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message is the expected one, to the letter; the exit code is 2, or 1 where only an expectation fails."""
    monkeypatch.chdir(GALLERY)
    ran = run("validate", f"{case}.yaml")
    expected = GALLERY / f"{case}.txt"
    if request.config.getoption("--update-snapshots"):
        expected.write_text(ran.out, encoding="utf-8", newline="\n")
    assert ran.out == expected.read_text(encoding="utf-8")
    assert (ran.code, ran.err) == (1 if case == "expect-differs" else 2, "")


def test_every_code_has_a_case() -> None:
    """A code of the source stands in the gallery, or is one that no layout can cause."""
    source = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "convcalc").rglob("*.py"))
    shown = set(re.findall(r"error\[([a-z-]+)\]", "".join(path.read_text(encoding="utf-8") for path in GALLERY.glob("*.txt"))))
    known = set(CODE.findall(source)) - {"convcalc"}  # codecs.register_error("convcalc", …)
    assert len(known) > 45
    assert known - shown == ELSEWHERE


def test_no_expectation_is_left_over() -> None:
    """Each expected message has its layout."""
    assert sorted(path.stem for path in GALLERY.glob("*.txt")) == CASES


@pytest.mark.parametrize("case", CASES)
def test_messages_point_somewhere_and_help(case: str) -> None:
    """The first line of a message names file, line and column."""
    text = (GALLERY / f"{case}.txt").read_text(encoding="utf-8")
    assert Path(GALLERY / f"{case}.yaml").is_file()
    for line in re.findall(r"^.*error\[[a-z-]+\]: .*$", text, re.MULTILINE):
        assert re.match(r"[\w/.-]+\.yaml:\d+:\d+: error", line), line
