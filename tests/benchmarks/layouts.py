"""Reading and tracing, inside one process: ratios of one run, taken in turn.

python tests/benchmarks/layouts.py [ROUNDS]
"""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import yaml
from limits import at_most, finish

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from convcalc.core.trace import trace  # the checkout's own, wherever this is run from
from convcalc.layout.library import Library
from convcalc.layout.network import build_network


def flat(layers: int) -> str:
    """A file of so many convolutions, one a line."""
    return "name: flat\ninput: 64x32x32\nlayers:\n" + "  - conv: {cout: 64, kernel: 3}\n" * layers


def repeated(times: int) -> str:
    return f"name: deep\ninput: 64x32x32\nlayers: [{{repeat: {{times: {times}, layers: [{{bottleneck: {{cout: 64}}}}]}}}}]\n"


def traced(text: str) -> int:
    """Load and trace; the parameters, so that nothing can be left out."""
    library = Library()
    layout = library.text(text, "flat.yaml")
    params: int = trace(build_network(library, layout, {})).total.params
    return params


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


def main(rounds: int) -> None:
    """Print the ratios."""
    ten, hundred = flat(10_000), flat(100_000)

    def composed() -> object:
        return yaml.compose(ten, Loader=yaml.CSafeLoader)

    at_most("10,000 layers against PyYAML's C compose", 3, lambda: ratio(lambda: traced(ten), composed, rounds))
    at_most("100,000 layers against 10,000", 16, lambda: ratio(lambda: traced(hundred), lambda: traced(ten), max(1, rounds // 3)))

    def fifty(times: int) -> Callable[[], object]:
        return lambda: [traced(repeated(times)) for _ in range(50)]

    at_most("a repeat of 1,000,000 against one of 2", 1.2, lambda: ratio(fifty(10**6), fifty(2), rounds))
    finish()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 9)
