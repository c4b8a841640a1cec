"""`convcalc check`: budgets held against what designs cost."""

from convcalc.commands.check.run import check as check
from convcalc.commands.check.show import markdown as markdown
from convcalc.commands.check.show import parts as parts
from convcalc.commands.check.show import rows as rows
