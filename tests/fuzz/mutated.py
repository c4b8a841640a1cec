"""Shipped layouts with characters, lines and words changed."""

from __future__ import annotations

from pathlib import Path
from random import Random

from convcalc.layout.library import CONFIGS, YAML
from tests.fuzz.tiny import COMMANDS, VALUES

SHIPPED = sorted(path for path in Path(CONFIGS).rglob("*") if path.suffix in YAML)
SIGNS = (
    "",
    " ",
    "\n",
    "\t",
    ":",
    "- ",
    "{",
    "}",
    "[",
    "]",
    ",",
    "#",
    "'",
    '"',
    "&",
    "*",
    "!",
    "|",
    ">",
    "%",
    "@",
    "é",
    "\x00",
    "\r",
    "0",
    "9",
)


def changed(random: Random, text: str) -> str:
    """A text with one change."""
    kind = random.randrange(5)
    place = random.randrange(len(text) + 1)
    if kind == 0:
        return text[:place] + random.choice(SIGNS) + text[place + 1 :]
    if kind == 1:
        return text[:place] + random.choice(SIGNS) + text[place:]
    lines = text.splitlines(keepends=True)
    line = random.randrange(len(lines)) if lines else 0
    if kind == 2:
        return "".join(lines[:line] + lines[line + 1 :])
    if kind == 3:
        return "".join([*lines[: line + 1], *lines[line : line + 1], *lines[line + 1 :]])
    words = text.split(" ")
    words[random.randrange(len(words))] = random.choice(VALUES)
    return " ".join(words)


def case(random: Random, folder: Path) -> tuple[str, ...]:
    """Write a changed layout; the command line to run on it."""
    text = random.choice(SHIPPED).read_text(encoding="utf-8")
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        text = changed(random, text)
    path = folder / "mutated.yaml"
    path.write_bytes(text.encode())
    command, *options = random.choice(COMMANDS)
    return command, str(path), *options
