"""`convcalc suggest`: what each design would save in the place of each layer."""

from convcalc.commands.suggest.run import suggest as suggest
