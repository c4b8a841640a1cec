"""`convcalc memory`: does it fit; the peak of live values at inference, what lives then, and the weights."""

from convcalc.commands.memory.run import memory as memory
from convcalc.commands.memory.show import parts as parts
from convcalc.commands.memory.show import rows as rows
