"""Sweeps: ratios of one run, taken in turn, inside one process each; memory and start-up of whole processes.

python tests/benchmarks/sweeps.py [ROUNDS]
"""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from limits import at_least, at_most, finish

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import convcalc  # the checkout's own, wherever this is run from
from convcalc.analysis.totals import numbers
from convcalc.core.execution import Execution
from convcalc.core.trace import trace
from convcalc.layout.build import Argument
from convcalc.layout.library import Library
from convcalc.layout.network import build_network
from convcalc.rules.devices import read_device
from convcalc.space.pareto import front
from convcalc.space.points import columns_cost

ROOT = Path(__file__).resolve().parents[2]
POINTS = 1_000_000
FAMILY = """
params: {width: 64, resolution: 224, reduction: 4, d1: 3, d2: 4, d3: 6, d4: 3, norm: batch_norm, activation: relu}
input: [3, resolution, resolution]
blocks:
  stage:
    params: {cout: required, depth: required, stride: 1}
    layers:
      - repeat: {times: depth, layers: [{bottleneck_residual: {cout: cout, reduction: reduction, stride: stride if first else 1}}]}
layers:
  - conv: {name: stem, cout: width, kernel: 7, stride: 2}
  - max_pool: {kernel: 3, stride: 2, padding: 1}
  - stage: {cout: 4 * width, depth: d1}
  - stage: {cout: 8 * width, depth: d2, stride: 2}
  - stage: {cout: 16 * width, depth: d3, stride: 2}
  - stage: {cout: 32 * width, depth: d4, stride: 2}
  - global_avg_pool
  - linear: 1000
"""
FAMILY_AXES = ("width", "resolution", "reduction", "d1", "d2", "d3", "d4")
GRID = ["cin=32:1024:32", "cout=32:1024:32", "hw=4:112:4", "reduction=1:35"]  # 1,003,520 points
BIG = ["cin=8:800:8", "cout=8:800:8", "hw=1:100", "reduction=1:100"]  # 100 to the fourth
STREAM = f"""
import resource, convcalc
found = convcalc.sweep("bottleneck", set={BIG!r}, pareto="params:max,macs", metrics="params,macs")
print(found.done, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""
# Arrays of millions of numbers cost as much again, or not, by whether the allocator gives their pages back to the system and
# takes them anew: a thing of luck. Where both sides are arithmetic and nothing else, it keeps them (glibc).
KEEPING_PAGES = {"MALLOC_MMAP_THRESHOLD_": "1000000000", "MALLOC_TRIM_THRESHOLD_": "4000000000"}
AGAINST_HAND = "against-hand"  # the argument of a process that measures that
IMPORTS = "import numpy, click, yaml, rich.console, rich.table"
TEN = ["sweep", "bottleneck", "--set", "cin=256", "--set", "hw=56", "--set", "reduction=1:10"]


def seconds(work: Callable[[], object]) -> float:
    gc.collect()
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def ratio(work: Callable[[], object], other: Callable[[], object], rounds: int) -> float:
    """The median over rounds of one time by the other, each round running both."""
    seconds(work)
    seconds(other)
    return median(seconds(work) / seconds(other) for _ in range(rounds))


def random_columns(**ranges: tuple[int, int]) -> dict[str, Any]:
    """Independent columns, as many points as rows."""
    numbers = np.random.default_rng(1)
    return {name: numbers.integers(low, high, POINTS, dtype=np.int64) for name, (low, high) in ranges.items()}


def by_hand(columns: dict[str, Any]) -> tuple[Any, Any]:
    """MACs and parameters of a bottleneck, as anyone would write them."""
    cin, cout, hw, reduction = columns.values()
    mid = cin // reduction
    params = cin * mid + 9 * mid * mid + mid * cout
    return hw * hw * params, params


def family(values: dict[str, Any], metrics: tuple[str, ...] = ("macs", "params", "activations")) -> dict[str, Any]:
    """What a member of the ResNet-50 family costs."""
    network = build_network(LIBRARY, LAYOUT, {name: Argument(value) for name, value in values.items()})
    return numbers(trace(network, 1, ON_DEVICE), metrics)


LIBRARY = Library()
ON_DEVICE = Execution(dtype="fp16", device=read_device("a100-sxm-80gb"))
LAYOUT = LIBRARY.text(FAMILY, "family.yaml")


def process(command: list[str]) -> float:
    started = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True, cwd=ROOT)
    return time.perf_counter() - started


def against_hand(rounds: int) -> float:
    """Columns of bottlenecks, all their metrics, against MACs and parameters by hand."""
    columns = random_columns(cin=(64, 1024), cout=(64, 1024), hw=(7, 112), reduction=(1, 16))

    def swept() -> dict[str, Any]:
        return convcalc.cost_columns("bottleneck", columns)

    found = swept()
    assert all((a == b).all() for a, b in zip(by_hand(columns), (found["macs"], found["params"]), strict=True))
    return ratio(swept, lambda: by_hand(columns), rounds)


def main(rounds: int) -> None:
    """Print the ratios."""

    def keeping_pages() -> float:
        command = [sys.executable, __file__, AGAINST_HAND, str(rounds)]
        return float(subprocess.run(command, check=True, capture_output=True, env={**os.environ, **KEEPING_PAGES}).stdout)

    at_most("1,000,000 bottlenecks against a formula by hand", 4, keeping_pages)

    members = random_columns(width=(8, 129), resolution=(64, 449), reduction=(1, 9), d1=(1, 7), d2=(1, 9), d3=(1, 37), d4=(1, 7))
    assert family(dict(zip(FAMILY_AXES, (64, 224, 4, 3, 4, 6, 3), strict=True)))["macs"] == 4_089_184_256

    def rate(*metrics: str) -> float:
        work = [seconds(lambda: columns_cost(partial(family, metrics=metrics), members, metrics)) for _ in range(rounds)]
        return POINTS / median(work)

    at_least("ResNet-50 variants a second", 500_000, lambda: rate("macs", "params", "activations"))
    at_least("ResNet-50 variants a second, with peak_bytes", 300_000, lambda: rate("macs", "params", "peak_bytes"))
    at_least("ResNet-50 variants a second, with floor_seconds", 300_000, lambda: rate("macs", "params", "floor_seconds"))

    def grid() -> Any:
        return convcalc.sweep("bottleneck", set=GRID, metrics=("params", "macs", "activations"))

    found = grid().columns
    two = [-found["params"], found["macs"]]
    three = [*two, found["activations"]]
    at_most("front of params:max, macs against the sweep", 1, lambda: ratio(lambda: front(two), grid, rounds))
    at_most("front of three metrics against the sweep", 5, lambda: ratio(lambda: front(three), grid, rounds))
    random = np.random.default_rng(2)
    x, y = random.permutation(POINTS), random.permutation(POINTS)
    all_on = [x, y, 2 * POINTS - x - y]
    at_most("three, every point on the front", 30, lambda: ratio(lambda: front(all_on), grid, max(1, rounds // 3)))

    def streamed() -> float:
        done, peak = subprocess.run([sys.executable, "-c", STREAM], check=True, capture_output=True, cwd=ROOT, text=True).stdout.split()
        assert int(done) == 100**4
        return float(peak)

    at_most("100,000,000 points streamed", 1024, streamed, "MiB")
    ours, bare = [sys.executable, "-m", "convcalc", *TEN], [sys.executable, "-c", IMPORTS]
    process(ours)
    process(bare)
    at_most("a sweep of ten points against its imports", 1.3, lambda: median(process(ours) / process(bare) for _ in range(rounds)))
    finish()


if __name__ == "__main__":
    if sys.argv[1:2] == [AGAINST_HAND]:
        print(against_hand(int(sys.argv[2])))
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 9)
