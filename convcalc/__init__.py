"""convcalc: exact MACs, FLOPs and parameters of convolutional networks, without a framework.

>>> import convcalc
>>> report = convcalc.compare(["plain", "bottleneck"], cin=256, cout=256, hw=56)
>>> round(report.models[1].reduction["macs"], 2)
8.47
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from convcalc.commands.check import check
    from convcalc.commands.compare import compare
    from convcalc.commands.conventions import conventions
    from convcalc.commands.diff import diff
    from convcalc.commands.explain import explain
    from convcalc.commands.memory import memory
    from convcalc.commands.roofline import roofline
    from convcalc.commands.solve import solve
    from convcalc.commands.suggest import suggest
    from convcalc.commands.summary import summary
    from convcalc.commands.sweep import cost_columns, sweep
    from convcalc.commands.training import training
    from convcalc.commands.validate import validate
    from convcalc.errors import ConvcalcError, Diagnostic
    from convcalc.interop.torch.network import from_torch
    from convcalc.report.contract import Report

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
    "from_torch",
    "memory",
    "roofline",
    "solve",
    "suggest",
    "summary",
    "sweep",
    "training",
    "validate",
]

# Imported when first asked for, so that `import convcalc` costs nothing.
PLACES = {
    "check": "convcalc.commands.check",
    "compare": "convcalc.commands.compare",
    "conventions": "convcalc.commands.conventions",
    "cost_columns": "convcalc.commands.sweep",
    "diff": "convcalc.commands.diff",
    "explain": "convcalc.commands.explain",
    "from_torch": "convcalc.interop.torch.network",
    "memory": "convcalc.commands.memory",
    "roofline": "convcalc.commands.roofline",
    "solve": "convcalc.commands.solve",
    "suggest": "convcalc.commands.suggest",
    "summary": "convcalc.commands.summary",
    "sweep": "convcalc.commands.sweep",
    "training": "convcalc.commands.training",
    "validate": "convcalc.commands.validate",
    "ConvcalcError": "convcalc.errors",
    "Diagnostic": "convcalc.errors",
    "Report": "convcalc.report.contract",
    "__version__": "convcalc.version",
}


def __getattr__(name: str) -> Any:
    if name not in PLACES:
        raise AttributeError(f"module 'convcalc' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(PLACES[name]), name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
