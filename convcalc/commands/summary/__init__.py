"""`convcalc summary`: networks layer by layer."""

from convcalc.commands.summary.run import summary as summary
from convcalc.commands.summary.show import parts as parts
from convcalc.commands.summary.show import rows as rows
