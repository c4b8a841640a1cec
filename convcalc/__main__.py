"""`python -m convcalc`, and the `convcalc` command."""

from __future__ import annotations

import gc
import sys


def run() -> None:
    """Run the command line, and exit. The process is short: to collect its garbage would cost more than it frees."""
    gc.disable()
    from convcalc.cli import main

    sys.exit(main())


if __name__ == "__main__":
    run()
