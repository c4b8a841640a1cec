"""`convcalc explain`: every formula, with the numbers put in."""

from convcalc.commands.explain.run import explain as explain
from convcalc.commands.explain.show import parts as parts
from convcalc.commands.explain.show import rows as rows
