"""`convcalc check`: budgets held against what designs cost."""

from convcalc.commands.check.run import check as check
