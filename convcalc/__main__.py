"""`python -m convcalc`, and the `convcalc` command."""

from __future__ import annotations

import gc
import os
import sys


def run() -> None:
    """Run the command line, and exit.

    The process is short. To collect its garbage would cost more than it frees, and so would taking the interpreter
    apart at the end: whatever was written is flushed by then, and every file is closed.
    """
    gc.disable()
    try:
        from convcalc.cli import main

        code = main()
    except KeyboardInterrupt:  # while importing, or a second one
        code = 130
    if sys.getprofile() or sys.gettrace():
        sys.exit(code)
    os._exit(code)


if __name__ == "__main__":
    if not sys.flags.safe_path:
        del sys.path[0]  # the current folder: a checkout must not name what is imported
    run()
