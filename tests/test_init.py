"""`convcalc init`: starters that work as they are."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from convcalc.commands.schema import schema
from tests.conftest import Run


def test_init(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A starter that validates and summarises; nothing is overwritten."""
    monkeypatch.chdir(tmp_path)
    ran = run("init")
    assert (ran.code, ran.out) == (0, "")
    assert "convcalc summary ./network.yaml" in ran.err
    assert run("validate", "network.yaml").code == 0
    assert run("summary", "./network.yaml").code == 0
    assert json.loads(Path("convcalc.schema.json").read_text(encoding="utf-8")) == schema("layout")
    assert run("init").code == 2
    assert run("init", "-").out == Path("network.yaml").read_text(encoding="utf-8")
    first = Path("network.yaml").read_text(encoding="utf-8").splitlines()[0]
    assert first == "# yaml-language-server: $schema=./convcalc.schema.json"
