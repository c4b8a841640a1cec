"""`convcalc explain`: every formula, with the numbers put in."""

from convcalc.commands.explain.run import explain as explain
