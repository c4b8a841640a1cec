"""`python -m tests.fuzz KIND [--cases N] [--seed N]`: exit 1 where a case must not be."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path
from random import Random

from tests.fuzz.campaign import KINDS, LONGEST, run


def main() -> None:
    """Run a campaign, and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=Random().randrange(10**6))
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp())
    found = run(options.kind, options.cases, options.seed, folder, LONGEST)
    shutil.rmtree(folder, ignore_errors=True)
    codes = ", ".join(f"{count:,} × exit {code}" for code, count in sorted(found.codes.items()))
    print(f"{options.kind}: {options.cases:,} cases, seed {options.seed}: {codes}; {len(found.bad)} bad")
    for bad in found.bad[:20]:
        print(f"  case {bad.number}: {' '.join(bad.arguments)}\n    {bad.why}")
    sys.exit(bool(found.bad))


if __name__ == "__main__":
    main()
