"""`convcalc diff`: what a change does to the cost, layer by layer."""

from convcalc.commands.diff.run import diff as diff
