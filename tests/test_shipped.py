"""Shipped files are composed once, and kept as Python keeps what it compiles."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from convcalc.errors import ConvcalcError
from convcalc.layout import shipped
from convcalc.layout.shipped import frozen, node_of, thawed
from convcalc.layout.source import Mapping, Scalar
from convcalc.layout.yaml_nodes import compose
from tests.conftest import ROOT

FILES = sorted((ROOT / "configs").glob("*/*.yaml"))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that counts as the shipped one, in which Python keeps what it compiles."""
    monkeypatch.setattr(shipped, "CONFIGS", str(tmp_path))
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.setattr(sys, "pycache_prefix", None)
    return tmp_path


def write(path: Path, text: str) -> str:
    """A file of a fixed time, so that those of equal size look alike."""
    path.write_text(text, encoding="utf-8")
    os.utime(path, (1e9, 1e9))
    return str(path)


def value(path: str) -> str:
    """What stands under the first key of a file."""
    node = node_of(path, "shown.yaml")
    assert isinstance(node, Mapping)
    found = node.items[0][1]
    assert isinstance(found, Scalar)
    return found.text


def test_what_is_kept_is_what_was_composed() -> None:
    """Every shipped file comes back with each word, place and quote of its nodes."""
    assert len(FILES) > 100
    for path in FILES:
        node = compose(path.read_text(encoding="utf-8"), path.name)
        assert repr(thawed(frozen(node), node.span.source)) == repr(node)  # tuples of other kinds may be equal


def test_a_kept_file_is_not_composed_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The parser is asked once."""
    path = write(folder / "net.yaml", "a: 1\n")
    first = node_of(path, "shown.yaml")
    monkeypatch.setattr(shipped, "composed", lambda *_: pytest.fail("composed again"))
    again = node_of(path, "shown.yaml")
    assert again == first
    assert again.span.source.lines == ("a: 1", "")


def test_a_file_of_the_same_size_and_time_is_read_for_itself(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What Python would take for unchanged is not: the text decides, and is kept in the place of the other's."""
    path = write(folder / "net.yaml", "a: 1\n")
    assert value(path) == "1"
    write(folder / "net.yaml", "a: 2\n")
    assert value(path) == "2"
    assert is_kept(path, monkeypatch)


def test_another_form_is_not_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What an older convcalc kept is composed anew."""
    path = write(folder / "net.yaml", "a: 1\n")
    assert value(path) == "1"
    monkeypatch.setattr(shipped, "FORM", shipped.FORM + 1)
    with monkeypatch.context() as patch:
        patch.setattr(shipped, "thawed", lambda *_: pytest.fail("read"))
        assert value(path) == "1"
    assert is_kept(path, monkeypatch)


def is_kept(path: str, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether the next run but one does without the parser."""
    node_of(path, "shown.yaml")
    with monkeypatch.context() as patch:
        patch.setattr(shipped, "composed", lambda *_: pytest.fail("composed again"))
        node_of(path, "shown.yaml")
    return True


@pytest.mark.parametrize("damage", [*(f"cut {size}" for size in (0, 7, 15, 16, 30)), *(f"put {sign}" for sign in "N(FTi")])
def test_a_damaged_file_is_composed_anew(folder: Path, damage: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was kept in part only, of a full disk, or is no code, is no error, and is kept again."""
    path = write(folder / "net.yaml", "a: 1\n")
    node_of(path, "shown.yaml")
    [kept] = (folder / "__pycache__").iterdir()
    what, _, how = damage.partition(" ")
    data = kept.read_bytes()
    kept.write_bytes(data[: int(how)] if what == "cut" else data[:16] + how.encode() + data[17:])
    assert value(path) == "1"
    assert is_kept(path, monkeypatch)


def test_nothing_is_kept_where_python_keeps_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """PYTHONDONTWRITEBYTECODE holds here too, and so does a folder that cannot be written."""
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    assert value(write(folder / "net.yaml", "a: 1\n")) == "1"
    assert not (folder / "__pycache__").exists()
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    (folder / "__pycache__").write_text("no folder", encoding="utf-8")
    assert value(str(folder / "net.yaml")) == "1"


def test_files_of_others_are_not_kept(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beside a user's file nothing appears."""
    monkeypatch.setattr(shipped, "CONFIGS", str(folder / "configs"))
    monkeypatch.setattr(shipped, "Keeper", lambda *_: pytest.fail("kept"))
    beside = folder / "configs_of_mine"  # begins like the shipped folder
    beside.mkdir()
    assert value(write(beside / "net.yaml", "a: 1\n")) == "1"
    assert [path.name for path in beside.iterdir()] == ["net.yaml"]


def test_errors_of_a_shipped_file_have_their_place(folder: Path) -> None:
    """A slip in one is told as in any other, and is not kept."""
    path = write(folder / "net.yaml", "a: [1\n")
    for _ in range(2):
        with pytest.raises(ConvcalcError) as caught:
            node_of(path, "shown.yaml")
        assert caught.value.diagnostics[0].span is not None
    assert not list(folder.glob("__pycache__/*"))
