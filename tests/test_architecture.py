"""The rooms of the house and the arrows between them, read from every file's imports."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT

PACKAGE = ROOT / "convcalc"
FILES = sorted(PACKAGE.rglob("*.py"))
# Room → what it may import besides itself; every room may import errors.
CORE = {"core"}
LAYOUT = {"core", "layout"}
MIDDLE = {"report", "analysis", "rules", "files", "inputs", "space", "formats"}
ARROWS = {
    "errors": set(),
    "core": set(),
    "layout": CORE,
    "report": {*CORE, "analysis", "commands"},
    "analysis": {*CORE, "report"},
    "rules": {*LAYOUT, "analysis", "report", "inputs"},
    "files": LAYOUT,
    "inputs": {*LAYOUT, "analysis", "report", "rules"},
    "space": {*LAYOUT, "analysis", "inputs"},
    "formats": {*CORE, "report", "analysis", "rules"},
    "commands": {*LAYOUT, *MIDDLE},
    "cli": {*LAYOUT, *MIDDLE, "commands"},
}
THIRD_PARTY = {
    "numpy": {"space"},
    "yaml": {"layout"},
    "rich": {"formats/table.py", "formats/progress.py"},
    "click": {"cli"},
    "matplotlib": {"commands/sweep/plot.py"},
    "distributed": {"commands/sweep/run.py"},
}


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def room(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_rooms_import_only_what_the_table_allows(path: Path) -> None:
    """An import of another room of the package is an arrow of the table."""
    if room(path) in ("__init__", "__main__"):
        return
    used = {name.split(".")[1] for name in imports(path) if name.startswith("convcalc.")}
    assert used <= ARROWS[room(path)] | {room(path), "errors"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_third_party_packages_stay_in_their_rooms(path: Path) -> None:
    """Core is standard library only; yaml, numpy and click have a room each, rich a single file."""
    own = {room(path), str(path.relative_to(PACKAGE))}
    for name in imports(path):
        allowed = THIRD_PARTY.get(name.split(".")[0])
        assert allowed is None or own & allowed, f"{path} imports {name}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_files_hold_one_idea(path: Path) -> None:
    """No file is far above 300 lines, and none is a drawer."""
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 330
    assert path.stem not in ("utils", "helpers", "common")


def test_nothing_prints_but_cli() -> None:
    """`print` and writes to the standard streams stand in cli alone."""
    for path in FILES:
        if room(path) not in ("cli", "__main__"):
            names = {node.id for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Name)}
            assert "print" not in names, path


def test_top_level_holds_what_the_design_allows() -> None:
    """Nothing else stands at the top of the repository."""
    allowed = {"pyproject.toml", "README.md", "CHANGELOG.md", "LICENSE", "convcalc", "configs", "tests"}
    listed = {path.name for path in ROOT.iterdir() if not path.name.startswith(".")}
    assert {name for name in listed if name not in ("build", "dist")} == allowed
