"""`convcalc compare`: designs side by side."""

from convcalc.commands.compare.run import compare as compare
from convcalc.commands.compare.show import parts as parts
from convcalc.commands.compare.show import rows as rows
