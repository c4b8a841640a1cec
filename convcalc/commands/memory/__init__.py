"""`convcalc memory`: does it fit; the peak of live values at inference, what lives then, and the weights."""

from convcalc.commands.memory.run import memory as memory
