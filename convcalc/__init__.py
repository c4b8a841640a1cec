"""convcalc: exact MACs, FLOPs and parameters of convolutional networks, without a framework.

>>> import convcalc
>>> report = convcalc.compare(["plain", "bottleneck"], cin=256, cout=256, hw=56)
>>> round(report.models[1].reduction["macs"], 2)
8.47
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from convcalc.api.check import check as check
    from convcalc.api.compare import compare as compare
    from convcalc.api.conventions import conventions as conventions
    from convcalc.api.diff import diff as diff
    from convcalc.api.explain import explain as explain
    from convcalc.api.solve import solve as solve
    from convcalc.api.summary import summary as summary
    from convcalc.api.sweep import cost_columns as cost_columns
    from convcalc.api.sweep import sweep as sweep
    from convcalc.api.validate import validate as validate
    from convcalc.errors import ConvcalcError as ConvcalcError
    from convcalc.errors import Diagnostic as Diagnostic
    from convcalc.report.model import Report as Report

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
    "check": "convcalc.api.check",
    "compare": "convcalc.api.compare",
    "conventions": "convcalc.api.conventions",
    "cost_columns": "convcalc.api.sweep",
    "diff": "convcalc.api.diff",
    "explain": "convcalc.api.explain",
    "solve": "convcalc.api.solve",
    "summary": "convcalc.api.summary",
    "sweep": "convcalc.api.sweep",
    "validate": "convcalc.api.validate",
    "ConvcalcError": "convcalc.errors",
    "Diagnostic": "convcalc.errors",
    "Report": "convcalc.report.model",
}


def __getattr__(name: str) -> Any:
    if name not in PLACES:
        raise AttributeError(f"module 'convcalc' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(PLACES[name]), name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
