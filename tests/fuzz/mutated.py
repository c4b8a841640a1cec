"""Shipped layouts and devices with characters, lines and words changed."""

from __future__ import annotations

from pathlib import Path
from random import Random

from convcalc.layout.library import YAML
from convcalc.layout.shipped import CONFIGS
from tests.fuzz.tiny import COMMANDS, VALUES

SHIPPED = sorted(path for path in Path(CONFIGS).rglob("*") if path.suffix in YAML)
ARRAY = """convcalc: 1
device: ours
peak: {int8: {units: 64, per_cycle: 2, clock: 940M}, fp32: 312T}
bandwidth: 20G
scratchpad: 1MiB
winograd: 4
array: {rows: 8, cols: 8, dataflow: os}
clock: 940M
"""
ON_DEVICES: tuple[tuple[str, ...], ...] = (
    ("roofline", "lenet5"), ("roofline", "mobilenet_v2", "--dtype", "int8", "--batch", "8", "--format", "json"),
    ("compare", "--cin", "8", "--hw", "8"), ("sweep", "lenet5", "--set", "rows=4,8", "--set", "cols=8", "--columns", "cycles"),
    ("summary", "lenet5", "--cached", "--columns", "floor_seconds,intensity"), ("check", "resnet18", "--max", "floor_seconds=1us"),
)  # fmt: skip
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
    """Write a changed layout or device; the command line to run on it."""
    shipped = random.choice(SHIPPED)
    text = ARRAY if shipped.parent.name == "devices" and random.random() < 0.5 else shipped.read_text(encoding="utf-8")
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        text = changed(random, text)
    path = folder / "mutated.yaml"
    path.write_bytes(text.encode())
    if shipped.parent.name == "devices":
        return *random.choice(ON_DEVICES), "--device", str(path)
    command, *options = random.choice(COMMANDS)
    return command, str(path), *options
