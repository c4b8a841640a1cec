"""`convcalc solve`: the largest design within limits."""

from convcalc.commands.solve.search import solve as solve
from convcalc.commands.solve.show import parts as parts
from convcalc.commands.solve.show import rows as rows
