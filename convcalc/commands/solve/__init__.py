"""`convcalc solve`: the largest design within limits."""

from convcalc.commands.solve.search import solve as solve
