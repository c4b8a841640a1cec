"""`convcalc validate`: every error of every file, each once."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from convcalc.errors import ConvcalcError
from convcalc.layout.shipped import shipped_names
from convcalc.layout.source import read_text
from tests.conftest import ROOT, Run


def report(run: Run, *arguments: str) -> Any:
    return json.loads(run(*arguments, "--format", "json").out)


def refuse(real: Any, path: Any, *arguments: Any, **options: Any) -> Any:
    if str(path).endswith("odd.yaml"):
        raise PermissionError(13, "Permission denied")
    return real(path, *arguments, **options)


def test_validate_shipped_files(run: Run) -> None:
    """All shipped layouts are well, presets included."""
    ran = run("validate", str(ROOT / "configs"))
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.endswith("files checked, all is well\n")


def test_validate_finds_all_errors_of_all_files(run: Run, tmp_path: Path) -> None:
    """Two bad files and a good one: every error, exit 2, a status each."""
    (tmp_path / "a.yaml").write_text("layers: [cnv]\n")
    (tmp_path / "b.yaml").write_text("input: 3x8x8\nlayers: [{linear: 3}, {conv: {cout: 3}}]\n")
    (tmp_path / "c.yaml").write_text("layers: [relu]\n")
    ran = run("validate", str(tmp_path))
    assert ran.code == 2
    assert "unknown-op" in ran.out
    assert "missing-key" in ran.out
    assert [file["status"] for file in report(run, "validate", str(tmp_path))["files"]] == ["error", "error", "ok"]


def test_validate_checks_presets(run: Run, tmp_path: Path) -> None:
    """A preset that cannot be built is an error of its file."""
    path = tmp_path / "f.yaml"
    path.write_text("input: 4x8x8\nparams: {g: 1}\npresets: {bad: {params: {g: 3}}}\nlayers: [{conv: {cout: 4, kernel: 1, groups: g}}]\n")
    ran = run("validate", str(path))
    assert (ran.code, "groups=3 does not divide cin=4" in ran.out) == (2, True)


def test_github_annotations(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One workflow command an error, with its place; GitHub's escaping; at most ten."""
    monkeypatch.chdir(tmp_path)
    Path("a,b.yaml").write_text("layers:\n  - cnv: {a: 1}\n")
    out = run("validate", "a,b.yaml", "--format", "github").out
    assert out.startswith(
        "::error file=a%2Cb.yaml,line=2,endLine=2,col=5,endColumn=8,title=convcalc unknown-op::there is no op or block `cnv`%0A"
    )
    Path("many.yaml").write_text("layers:\n" + "  - cnv\n" * 30)
    lines = run("validate", "many.yaml", "--format", "github").out.splitlines()
    assert len(lines) == 10
    assert "21 more" in lines[-1]


@pytest.mark.parametrize("kind", ["fifo", "directory", "device", "large", "latin", "unreadable"])
def test_odd_files(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    """What is no regular file of text is refused by name, unread; as a spec and as an include."""
    monkeypatch.chdir(tmp_path)
    odd = Path("odd.yaml")
    expected = {"fifo": "file-kind", "directory": "file-kind", "device": "file-kind", "large": "file-too-large", "latin": "file-encoding"}
    if kind == "fifo":
        os.mkfifo(odd)
    elif kind == "directory":
        odd.mkdir()
    elif kind == "device":
        monkeypatch.setattr("convcalc.layout.library.is_inside", lambda *_: True)
        odd.symlink_to("/dev/zero")
    elif kind == "large":
        with odd.open("wb") as file:
            file.truncate(100 * 2**20)
    elif kind == "latin":
        odd.write_bytes(b"name: caf\xe9")
    else:
        odd.write_text("layers: [relu]\n")
        real = open
        monkeypatch.setattr("builtins.open", lambda path, *a, **k: refuse(real, path, *a, **k))
    Path("main.yaml").write_text("input: 3x8x8\ninclude: odd.yaml\nlayers: [relu]\n")
    code = expected.get(kind, "file-unreadable")
    if kind != "directory":
        assert f"error[{code}]" in run("validate", "odd.yaml").out
    assert f"error[{code}]" in run("validate", "main.yaml").out


def test_presets_leave_each_other_alone(run: Run, tmp_path: Path) -> None:
    """What one preset sets is not in force in the next, neither by the name of one nor as FILE:PRESET."""
    assert run("validate", *shipped_names(("networks",))).code == 0
    path = tmp_path / "family.yaml"
    path.write_text(
        "params: {width: 4, depth: 1}\ninput: 3\n"
        "layers: [{repeat: {times: depth, layers: [linear: {cout: 3, bias: false}]}}, linear: {cout: width}]\n"
        "presets:\n  wide: {params: {width: 8}, expect: {params: 41}}\n  deep: {params: {depth: 2}, expect: {params: 34}}\n"
    )
    assert [run("validate", spec).code for spec in (f"{path}:wide", f"{path}:deep", str(path))] == [0, 0, 0]


def test_a_folder_that_cannot_be_read(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What could not be looked at is an error with its name, not a file less."""
    (tmp_path / "locked").mkdir()
    (tmp_path / "net.yaml").write_text("input: 3\nlayers: [relu]\n")
    real = os.scandir

    def scandir(path: str) -> Any:
        if str(path).endswith("locked"):
            raise PermissionError(13, "Permission denied", str(path))
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    for command in (("validate",), ("summary",), ("check", "--max", "macs=1G")):
        ran = run(command[0], str(tmp_path), *command[1:])
        assert (ran.code, f"cannot read {tmp_path}/locked: Permission denied" in ran.err) == (2, True)


def test_a_link_out_of_the_checkout(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its lines are somebody else's, and are not shown; a link inside is followed, and so is the file named itself."""
    secret = tmp_path / "secret.yaml"
    secret.write_text("PASSWORD: hunter2\n")
    checkout = tmp_path / "checkout"
    (checkout / "nets").mkdir(parents=True)
    (checkout / ".git").mkdir()
    (checkout / "real.yaml").write_text("input: 3\nlayers: [relu]\n")
    (checkout / "nets" / "in.yaml").symlink_to("../real.yaml")
    (checkout / "nets" / "out.yaml").symlink_to(secret)
    (checkout / "away").symlink_to(tmp_path)
    monkeypatch.chdir(checkout)
    for path in ("nets/out.yaml", "./nets/out.yaml", "away/secret.yaml", str(checkout / "nets" / "out.yaml")):
        ran = run("validate", path)
        assert (ran.code, "link out of the checkout" in ran.out, "PASSWORD" in ran.out) == (2, True, False), ran
    assert run("summary", "nets/in.yaml").code == 0
    assert "PASSWORD" in run("validate", str(secret)).out


def test_a_file_that_becomes_a_fifo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is opened is checked again: nobody waits for a writer."""
    fifo, plain = tmp_path / "fifo.yaml", tmp_path / "plain.yaml"
    os.mkfifo(fifo)
    plain.write_text("layers: [relu]\n")
    status = os.stat(plain)
    monkeypatch.setattr(os, "stat", lambda *_, **__: status)
    with pytest.raises(ConvcalcError, match="not a regular file"):
        read_text(str(fifo), "fifo.yaml")
