"""convcalc: exact MACs, FLOPs and parameters of convolutional networks, without a framework.

>>> import convcalc
>>> report = convcalc.compare(["plain", "bottleneck"], cin=256, cout=256, hw=56)
>>> round(report.models[1].reduction["macs"], 2)
8.47
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from convcalc.commands.check.run import check
    from convcalc.commands.compare.run import compare
    from convcalc.commands.conventions import conventions
    from convcalc.commands.diff import diff
    from convcalc.commands.explain.run import explain
    from convcalc.commands.solve.search import solve
    from convcalc.commands.summary.run import summary
    from convcalc.commands.sweep.run import cost_columns, sweep
    from convcalc.commands.validate import validate
    from convcalc.errors import ConvcalcError, Diagnostic
    from convcalc.report.records import Report

__all__ = [
    "ConvcalcError",
    "Diagnostic",
    "Report",
    "check",
    "compare",
    "conventions",
    "cost_columns",
    "diff",
    "explain",
    "solve",
    "summary",
    "sweep",
    "validate",
]
__version__ = "0.1.0"

# Imported when first asked for, so that `import convcalc` costs nothing.
PLACES = {
    "check": "convcalc.commands.check.run",
    "compare": "convcalc.commands.compare.run",
    "conventions": "convcalc.commands.conventions",
    "cost_columns": "convcalc.commands.sweep.run",
    "diff": "convcalc.commands.diff",
    "explain": "convcalc.commands.explain.run",
    "solve": "convcalc.commands.solve.search",
    "summary": "convcalc.commands.summary.run",
    "sweep": "convcalc.commands.sweep.run",
    "validate": "convcalc.commands.validate",
    "ConvcalcError": "convcalc.errors",
    "Diagnostic": "convcalc.errors",
    "Report": "convcalc.report.records",
}


def __getattr__(name: str) -> Any:
    if name not in PLACES:
        raise AttributeError(f"module 'convcalc' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(PLACES[name]), name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
