"""Command lines of words, options and values, in any order."""

from __future__ import annotations

from pathlib import Path
from random import Random

import click

from convcalc.cli import COMMANDS, cli

WORDS = (
    *("resnet18", "bottleneck", "plain", "conv", "relu", "lenet5", "nosuch", "./no.yaml", "net.yaml", "net.yaml:p", "-", "--", "", "."),
    *("macs", "macs:max", "params:desc", "macs=1M", "macs<1G", "cin=8", "cin=8,16", "cin=8:64:8", "hw=8", "cout=64:512:x2", "1/2", "0/0"),
    *(
        "8",
        "0",
        "-1",
        "1e3",
        "8x8",
        "3x32x32",
        "x",
        "true",
        "json",
        "csv",
        "table",
        "markdown",
        "github",
        "fp16",
        "torch",
        "HEAD",
        "é\x1b[31m",
    ),
    *(
        "256KiB",
        "24GiB",
        "adam",
        "bf16",
        "*",
        "*.norm",
        "layer1",
        "layer1.1",
        "peak_bytes",
        "peak_bytes=1MiB",
        "depthwise",
        "int4",
        "1.28M",
    ),
    *("bottleneck:reduction=8", "plain:", "a=b=c", "9" * 60, "params and", "macs < 300M and params < 5M", "import os", "blocks", "layout"),
)


def options_of(command: str) -> list[click.Option]:
    """The options of a command."""
    found = cli.get_command(click.Context(cli), command)
    assert found is not None
    return [parameter for parameter in found.params if isinstance(parameter, click.Option)]


def case(random: Random, folder: Path) -> tuple[str, ...]:
    """A command line; files go into the folder."""
    command = random.choice(list(COMMANDS))
    (folder / "net.yaml").write_text("input: 4x8x8\nlayers: [conv: {cout: 4, kernel: 3}]\npresets: {p: {}}\n", encoding="utf-8")
    words: list[str] = []
    for _ in range(random.randint(0, 5)):
        options = options_of(command)
        if not options or random.random() < 0.5:
            words.append(random.choice(WORDS))
            continue
        option = random.choice(options)
        words.append(random.choice([*option.opts, *option.secondary_opts]))
        if option.name in ("output", "plot", "dask"):
            words[-1:] = ["--output", str(folder / random.choice(["o.json", "o.csv", "o.html", "o.x"]))]
        elif not option.is_flag and random.random() < 0.9:
            words.append(random.choice(WORDS))
    if command == "init":
        words = [word for word in words if not word.endswith(".yaml")][:1] or ["-"]
    if "--update" in words:
        words.remove("--update")
    return (*words[:1], command, *words[1:]) if random.random() < 0.05 else (command, *words)
