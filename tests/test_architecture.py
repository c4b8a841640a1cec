"""The rooms of the house and the arrows between them, read from every file's imports."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT

PACKAGE = ROOT / "convcalc"
FILES = sorted(PACKAGE.rglob("*.py"))
# Rooms from the bottom up; those of one tier may import each other, and every room what lies below it.
TIERS = (
    ("record", "spelling"),
    ("errors", "version"),
    ("core",),
    ("layout", "interop", "writer"),
    ("report", "analysis", "rules", "files", "inputs", "space", "formats"),
    ("commands",),
    ("cli",),
)
# Of tiers of several rooms, what a room may import beside its own, core and layout.
MIDDLE = {
    "layout": {"interop"},
    "interop": {"layout"},
    "writer": {"layout"},
    "report": {"analysis"},
    "analysis": {"report"},
    "rules": {"analysis", "inputs", "report"},
    "files": set(),
    "inputs": {"analysis", "report", "rules"},
    "space": {"analysis", "inputs", "report"},
    "formats": {"analysis", "report", "rules"},
}
THIRD_PARTY = {
    "numpy": {"space"},
    "yaml": {"layout"},
    "rich": {"formats/table.py", "formats/manual.py"},
    "click": {"cli"},
    "torch": {"interop/torch/host.py"},
    "matplotlib": {"formats/picture.py"},
    "distributed": {"commands/sweep/run.py"},
}


def allowed_rooms(name: str) -> set[str]:
    """The rooms that a room may import."""
    tier = next(number for number, rooms in enumerate(TIERS) if name in rooms)
    below = {other for rooms in TIERS[:tier] for other in rooms}
    return below | MIDDLE.get(name, set()) | {name}


def module_of(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_of(path): path for path in FILES}


def imported_files(path: Path) -> set[str]:
    """The files of the package that a file imports, wherever in it, the type checker's imports among them."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module in MODULES:
            names = {f"{node.module}.{name.name}" for name in node.names}
            found |= {name if name in MODULES else node.module for name in names}
    return found - {module_of(path)}


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
    """An import of another room of the package goes down the tiers."""
    if room(path) in ("__init__", "__main__"):
        return
    used = {name.split(".")[1] for name in imports(path) if name.startswith("convcalc.")}
    assert used <= allowed_rooms(room(path))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_commands_do_not_import_each_other(path: Path) -> None:
    """What two commands need stands in a room below."""
    parts = path.relative_to(PACKAGE).parts
    if parts[0] == "commands":
        own = parts[1].removesuffix(".py")
        others = {name.split(".")[2] for name in imports(path) if name.startswith("convcalc.commands.")}
        assert others <= {own}


def test_no_circle_between_files() -> None:
    """Files can be read in an order in which each knows those before it."""
    waiting = {name: imported_files(path) for name, path in MODULES.items()}
    while waiting:
        ready = [name for name, needs in waiting.items() if not needs & set(waiting)]
        assert ready, f"a circle among {sorted(waiting)}"
        for name in ready:
            del waiting[name]


def test_the_probe_sees_imports_in_functions() -> None:
    """The law would notice a circle: what is imported late or for types alone counts."""
    assert "convcalc.report.results" in imported_files(PACKAGE / "report" / "contract.py")  # for types alone
    assert "convcalc.report.results" in imported_files(PACKAGE / "report" / "envelope.py")  # in a function


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
