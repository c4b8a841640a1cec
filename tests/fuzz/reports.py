"""Saved reports with values replaced, dropped and added."""

from __future__ import annotations

import json
from copy import deepcopy
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from tests.fuzz.campaign import captured

COMMANDS = (
    ("compare", "--cin", "8", "--hw", "8"),
    ("summary", "resnet18"),
    ("summary", "lenet5", "--by", "op"),
    ("summary", "lenet5", "--columns", "peak_bytes,saved_bytes,backward_macs"),
    ("summary", "lenet5", "--columns", "peak_bytes,bytes,intensity"),
    ("memory", "lenet5", "--fit", "9kB"),
    ("training", "lenet5", "--optimizer", "adam", "--fit", "9MB", "--images", "9", "--epochs", "2"),
    ("roofline", "lenet5", "--device", "ethos-u55-64", "--dtype", "int8"),
    ("compare", "--cin", "8", "--hw", "8", "--device", "t4", "--dtype", "fp16"),
    ("explain", "conv", "--cin", "8", "--cout", "8", "--kernel", "3", "--hw", "8"),
    ("conventions", "lenet5"),
    ("diff", "resnet18", "resnet34"),
    ("sweep", "bottleneck", "--set", "cin=8,16", "--set", "hw=8"),
    ("sweep", "bottleneck", "--set", "cin=8,16,24", "--set", "hw=8", "--shard", "1/2"),
    ("solve", "bottleneck", "cin", "--max", "macs=1M", "--set", "hw=8"),
    ("check", "lenet5", "--max", "macs=1"),
    ("suggest", "lenet5", "--max", "macs=300k"),
    ("compare", "lenet5", "--replace", "c3=bottleneck"),
    ("validate", "lenet5"),
    ("list", "metrics"),
    ("summary", "nosuch"),
)
VALUES: tuple[Any, ...] = (None, True, 0, -1, 1.5, 10**30, "", "x", "a\x00b", "=1", [], [1], {}, {"a": 1}, "1.0", "summary", "../../etc")
READERS = (("render",), ("diff", "lenet5"), ("check", "lenet5", "--max", "macs=1", "--base"), ("sweep", "--merge"))
FORMATS = ("table", "json", "csv", "markdown", "html", "html", "svg")


@cache
def saved(number: int) -> str:
    """The report of a command."""
    return captured((*COMMANDS[number], "--format", "json")).out


def changed(random: Random, data: Any) -> Any:
    """A document with one value replaced, dropped or added."""
    parent, key = data, None
    while isinstance(parent, dict | list) and parent:
        key = random.choice(list(parent) if isinstance(parent, dict) else range(len(parent)))
        child = parent[key]
        if not isinstance(child, dict | list) or not child or random.random() < 0.25:
            break
        parent = child
    if not isinstance(parent, dict | list) or key is None:
        return deepcopy(random.choice(VALUES))
    kind = random.randrange(3)
    if kind == 0:
        parent[key] = deepcopy(random.choice(VALUES))
    elif kind == 1:
        del parent[key]
    elif isinstance(parent, dict):
        parent[random.choice(("a", "macs", "location", "name"))] = deepcopy(random.choice(VALUES))
    else:
        parent.append(deepcopy(random.choice(VALUES)))
    return data


def case(random: Random, folder: Path) -> tuple[str, ...]:
    """Write a changed report; the command line to run on it."""
    data = json.loads(saved(random.randrange(len(COMMANDS))))
    for _ in range(random.randint(1, 3)):
        data = changed(random, data)
    path = folder / "report.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    command, *options = random.choice(READERS)
    formats = ("--format", random.choice(FORMATS)) if command == "render" else ()
    return command, *options, str(path), *formats
