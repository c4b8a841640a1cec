"""How work grows with what is written: each shape at twice its size, and large layouts within fixed time and memory.

python tests/benchmarks/growth.py
"""

from __future__ import annotations

import gc
import io
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

from limits import at_most, finish, pace

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from convcalc.cli import main as command_line  # the checkout's own, wherever this is run from

LINEAR = 2.4  # times the time, at most, for twice the text
MAP = "input: 4x8x8\n"


def listed(line: str, head: str = "") -> Callable[[int], str]:
    """A layout of so many layers that are written alike; `{}` is the layer's number."""
    return lambda count: head + MAP + "layers:\n" + "".join(f"- {line.replace('{}', str(number))}\n" for number in range(count))


def wrong_sources(count: int) -> str:
    return listed("relu: {name: a{}}")(count) + "".join(f"- relu: {{from: b{number}}}\n" for number in range(150))


def presets(count: int) -> str:
    names = "".join(f"  p{number}: {{params: {{a: 2}}}}\n" for number in range(count))
    return f"params: {{a: 1}}\ninput: 4\nlayers: [linear: {{cout: a}}]\npresets:\n{names}"


def chained(count: int) -> str:
    names = "".join(f"  p{number + 1}: p{number}\n" for number in range(count))
    return f"params:\n  p0: 1\n{names}input: 4\nlayers: [linear: {{cout: p{count} - 1}}]\n"


def parameters(count: int) -> str:
    names = ", ".join(f"p{number}: 1" for number in range(100))
    return listed("b", f"blocks:\n  b: {{params: {{{names}}}, layers: [relu]}}\n")(count)


BLOCK = "blocks:\n  b: {layers: [relu]}\n"
SHAPES: dict[str, tuple[Callable[[int], str], int, tuple[str, ...]]] = {
    "layers": (listed("relu"), 10_000, ("summary",)),
    "layers, all different, as JSON": (listed("conv: {cout: 1{}, kernel: 1}"), 4_000, ("summary", "--format", "json")),
    "layers, all different, as a table": (listed("conv: {cout: 1{}, kernel: 1}"), 4_000, ("summary",)),
    "repeats": (listed("repeat: {times: 3, layers: [relu]}"), 4_000, ("summary",)),
    "joins": (listed("residual: {body: [relu], shortcut: [relu]}"), 1_500, ("summary",)),
    "calls": (listed("b", BLOCK), 6_000, ("summary",)),
    "named calls": (listed("b: {name: n{}}", BLOCK), 4_000, ("summary",)),
    "calls with parameters": (parameters, 400, ("validate",)),
    "names like automatic ones": (lambda count: listed("relu: {name: relu{}}")(count) + "- relu\n" * count, 4_000, ("validate",)),
    "windows that do not fit": (listed("max_pool: {kernel: 99, from: input}"), 5_000, ("validate",)),
    "groups that do not divide": (listed("conv: {cout: 7, kernel: 1, groups: 7, from: input}"), 3_000, ("validate",)),
    "layers that reach no output": (listed("relu: {from: input}"), 5_000, ("validate",)),
    "sources that are not there": (wrong_sources, 10_000, ("validate",)),
    "presets": (presets, 1_500, ("validate",)),
    "parameters in a chain": (chained, 10_000, ("validate",)),
}

# A layout, and the seconds (at the pace of the machine of `YARDSTICK`) and megabytes that an answer may take on two cores.
LARGE: dict[str, tuple[Callable[[], str], tuple[str, ...], float, float]] = {
    "100 KB of calls": (lambda: listed("b", BLOCK)(25_000), ("summary",), 5, 500),
    "100 KB of calls with parameters": (lambda: parameters(25_000), ("validate",), 5, 500),
    "2.6 KB of passes that do not settle": (
        lambda: f'input: 1x9999999\nlayers: [repeat: {{times: 9800, layers: [{"relu, " * 100}linear: {{cout: previous.c + 1}}]}}]\n',
        ("validate",), 5, 500,
    ),
    "2 MB of layers": (lambda: listed("relu")(280_000), ("summary",), 20, 1_500),
    "2 MB of calls": (lambda: f"{BLOCK}{MAP}layers: [{'b,' * 500_000}]\n", ("summary",), 20, 1_500),
    "16 MB of nothing": (lambda: "a," * 8_000_000, ("validate",), 20, 1_500),
    "1,000,000 layers": (lambda: f"{MAP}layers: [{'relu,' * 1_000_000}]\n", ("summary",), 25, 2_000),
    "100,000 layers as a table": (
        lambda: "input: 4\nlayers:\n" + "".join(f"- linear: {number}\n" for number in range(1, 100_001)),
        ("summary",), 8, 1_000,
    ),
    "a doubling of 40 empty blocks": (
        lambda: "blocks:\n" + "".join(f"  b{n}: {{layers: [b{n + 1}, b{n + 1}]}}\n" for n in range(40))
        + f"  b40: {{layers: []}}\n{MAP}layers: [b0]\n",
        ("summary",), 5, 500,
    ),
}  # fmt: skip


def seconds(path: Path, command: tuple[str, ...]) -> float:
    """CPU seconds of an answer in this process."""
    gc.collect()
    started = time.process_time()
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        command_line((command[0], str(path), *command[1:]))
    return time.process_time() - started


def growth(path: Path, shape: Callable[[int], str], count: int, command: tuple[str, ...]) -> float:
    """The time of twice the text by that of the text."""
    taken = []
    for times in (1, 2):
        path.write_text(shape(times * count), encoding="utf-8")
        taken.append(min(seconds(path, command) for _ in range(3)))
    return taken[1] / taken[0]


def measured(path: Path, command: tuple[str, ...]) -> tuple[float, float]:
    """CPU seconds and megabytes of an answer in a process of its own."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    code = (
        "import gc, resource, sys; gc.disable(); from convcalc.cli import main; main(sys.argv[1:]);"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.__stderr__)"
    )
    arguments = [sys.executable, "-c", code, command[0], str(path), *command[1:]]
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    done = subprocess.run(arguments, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False, timeout=600)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    taken = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    return taken, int(done.stderr.split()[-1]) / 1024


def main() -> None:
    """Print growths, times and sizes."""
    path = Path(tempfile.mkdtemp()) / "growth.yaml"
    for name, (shape, count, command) in SHAPES.items():
        at_most(name, LINEAR, lambda: growth(path, shape, count, command))  # noqa: B023  # called at once
    slower = pace()
    print(f"plain Python takes {slower:.2f} × as long here as on the machine that the seconds below are of", flush=True)
    for name, (text, command, most_seconds, most_megabytes) in LARGE.items():
        path.write_text(text(), encoding="utf-8")
        memory: list[float] = []

        def timed() -> float:
            taken, size = measured(path, command)  # noqa: B023
            memory.append(size)  # noqa: B023
            return taken / slower

        at_most(name, most_seconds, timed, "s")
        at_most("", most_megabytes, lambda: min(memory), "MB")  # noqa: B023
    finish()


if __name__ == "__main__":
    main()
