"""`convcalc compare`: designs side by side."""

from convcalc.commands.compare.run import compare as compare
