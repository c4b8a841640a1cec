"""`convcalc training`: what a step of training takes, in MACs and in bytes, and all of its epochs."""

from convcalc.commands.training.run import training as training
