"""Whole processes against the bare imports that they cannot do without: ratios of one run, taken in turn.

    python tests/benchmarks/processes.py [ROUNDS]

What convcalc keeps of its shipped layouts is kept by then, as Python's own compiled modules are: the first round of each
does that. Times are wall-clock medians over rounds in which every command runs once, so that a machine that slows down slows
all alike; memory is the peak of the process.
"""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from statistics import median

from limits import at_most, finish

BARE = {
    "click": "import click",
    "click, yaml": "import click, yaml",
    "+ rich": "import click, yaml, rich.console, rich.table",
}
FOLDER = tempfile.mkdtemp()
MANY = os.path.join(FOLDER, "many.yaml")  # ten thousand convolutions, no two neighbours alike
FOUNDING = ["compare", "--cin", "256", "--cout", "256", "--hw", "56"]
# Command, the bare import it is held against, the most it may take of its time, and of its memory.
CASES: list[tuple[str, list[str], str, float, float | None]] = [
    ("compare --format json", [*FOUNDING, "--format", "json"], "click, yaml", 1.25, None),
    ("compare (table)", FOUNDING, "+ rich", 1.2, 1.15),
    ("--help", ["--help"], "click", 1.15, None),
    ("summary resnet50 --format json", ["summary", "resnet50", "--format", "json"], "click, yaml", 1.5, None),
    ("summary resnet50 (table)", ["summary", "resnet50"], "+ rich", 1.5, None),
    ("summary swin_t (table)", ["summary", "swin_t"], "+ rich", 1.6, None),
]


# What is held against nothing but others of convcalc's own.
OTHERS = {"summary densenet201 (table)": ["summary", "densenet201"], "10,000 layers (table)": ["summary", MANY]}
# Command, the command of convcalc's own that it is held against, and the most it may take of its time.
OWN_CASES = [
    ("conventions resnet50", ["conventions", "resnet50"], "summary resnet50 (table)", 1.2),
    ("memory resnet50", ["memory", "resnet50"], "summary resnet50 (table)", 1.3),
    ("roofline resnet50", ["roofline", "resnet50", "--device", "t4", "--dtype", "int8"], "summary resnet50 (table)", 1.3),
    ("training resnet50", ["training", "resnet50"], "summary resnet50 (table)", 1.3),
    ("summary resnet50 as a page", ["summary", "resnet50", "--format", "html"], "summary resnet50 (table)", 1.3),
    ("summary densenet201 as a page", ["summary", "densenet201", "--format", "html"], "summary densenet201 (table)", 1.3),
    ("10,000 layers as a page", ["summary", MANY, "--format", "html"], "10,000 layers (table)", 1.3),
]


def once(command: list[str]) -> tuple[float, int]:
    """Seconds and peak KiB of one process."""
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 1):
        raise SystemExit(f"{command} ended with {process.returncode}")
    return seconds, usage.ru_maxrss


def main(rounds: int) -> None:
    """Run every command in turn, print the ratios, and exit with 1 where one is beyond its limit."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # else every start would compile convcalc, and nothing else
    commands = {name: [sys.executable, "-c", code] for name, code in BARE.items()}
    commands |= {name: [sys.executable, "-m", "convcalc", *arguments] for name, arguments in OTHERS.items()}
    commands |= {name: [sys.executable, "-m", "convcalc", *arguments] for name, arguments, *_ in (*CASES, *OWN_CASES)}
    with open(MANY, "w", encoding="utf-8") as file:
        layers = "".join(f"  - conv: {{cout: {8 + number % 61}, kernel: {1 + 2 * (number % 3)}}}\n" for number in range(10_000))
        file.write(f"input: 3x32x32\nlayers:\n{layers}")
    print(f"{rounds} rounds, medians; Python {sys.version.split()[0]}; {resource.getpagesize()}-byte pages")
    for name, _, bare, most, most_memory in CASES:
        at_most(f"{name} / {bare}", most, lambda name=name, bare=bare: ratios(commands[name], commands[bare], rounds)[0])
        if most_memory:
            at_most(f"{name} / {bare}, memory", most_memory, lambda name=name, bare=bare: ratios(commands[name], commands[bare], rounds)[1])
    for name, _, other, limit in OWN_CASES:
        at_most(f"{name} / {other}", limit, lambda name=name, other=other: ratios(commands[name], commands[other], rounds)[0])
    shutil.rmtree(FOLDER)
    finish()


def ratios(command: list[str], other: list[str], rounds: int) -> tuple[float, float]:
    """The medians over rounds of time and memory of one process by those of another, each round running both."""
    pairs = [(once(command), once(other)) for _ in range(rounds + 1)][1:]  # the first round warms the caches
    return median(a[0] / b[0] for a, b in pairs), median(a[1] for a, _ in pairs) / median(b[1] for _, b in pairs)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20)
