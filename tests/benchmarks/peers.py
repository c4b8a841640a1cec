"""convcalc beside the counters that run a framework's model: ResNet-50 as whole processes, taken in turn.

    python tests/benchmarks/peers.py [ROUNDS] [PYTHON]

PYTHON is an interpreter that has torch, torchvision and the peers; those that it lacks are passed over.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from statistics import median

from limits import at_least, finish

MODEL = "import torch, torchvision; m = torchvision.models.resnet50(); x = torch.zeros(1, 3, 224, 224)"
PEERS = {
    "torchinfo": "from torchinfo import summary; print(summary(m, input_data=x).total_mult_adds)",
    "fvcore": "from fvcore.nn import FlopCountAnalysis; print(FlopCountAnalysis(m.eval(), x).total())",
    "ptflops": "from ptflops import get_model_complexity_info as f; print(f(m, (3, 224, 224), print_per_layer_stat=False))",
    "thop": "from thop import profile; print(profile(m, (x,)))",
    "torch.utils.flop_counter": "import torch.utils.flop_counter as c\nwith c.FlopCounterMode(display=False) as f: m(x)",
}


def seconds(command: list[str]) -> float | None:
    """The time of a process, or None where it fails."""
    started = time.perf_counter()
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    return time.perf_counter() - started if done.returncode == 0 else None


def main(rounds: int, python: str) -> None:
    """Print how many times faster convcalc is."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    ours = [sys.executable, "-m", "convcalc", "summary", "resnet50"]
    for name, code in PEERS.items():
        command = [python, "-c", f"{MODEL}\n{code}"]
        if seconds(command) is None:
            print(f"{name:26} skipped: not installed")
            continue
        seconds(ours)
        at_least(
            f"{name} against summary resnet50",
            30,
            lambda command=command: median((seconds(command) or 0) / (seconds(ours) or 1) for _ in range(rounds)),
        )
    finish()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3, sys.argv[2] if len(sys.argv) > 2 else sys.executable)
