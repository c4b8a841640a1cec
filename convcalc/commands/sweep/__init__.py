"""`convcalc sweep`: every point of a design space, exactly."""

from convcalc.commands.sweep.run import cost_columns as cost_columns
from convcalc.commands.sweep.run import sweep as sweep
