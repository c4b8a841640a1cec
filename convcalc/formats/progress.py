"""A bar on a terminal for what takes long, drawn by Rich."""

from __future__ import annotations

from collections.abc import Callable

from rich.console import Console
from rich.progress import Progress


def started(what: str, whole: int) -> tuple[Callable[[int], None], Callable[[], None]]:
    """A bar on standard error: what says how much is done, and what takes it away again."""
    bar = Progress(console=Console(stderr=True), transient=True)
    task = bar.add_task(what, total=whole)
    bar.start()
    return lambda done: bar.update(task, completed=done), bar.stop
