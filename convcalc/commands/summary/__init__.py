"""`convcalc summary`: networks layer by layer."""

from convcalc.commands.summary.run import summary as summary
