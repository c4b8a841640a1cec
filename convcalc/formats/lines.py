"""Lines of a tree of layers as text."""

from __future__ import annotations

from convcalc.analysis.tree import Line, owner


def line_label(line: Line) -> str:
    """The name with its times, behind the guides of the tree."""
    times = f" ×{line.node.times}" if line.node.times > 1 else ""
    times += f" (shares {name})" if (name := owner(line.node)) else " (shared)" if line.node.shared else ""
    if not line.depth:
        return line.label + times
    rails = "".join("   " if end else "│  " for end in line.ends[1:-1])
    return f"{rails}{'└─' if line.ends[-1] else '├─'} {line.label}{times}"
