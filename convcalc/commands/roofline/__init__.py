"""`convcalc roofline`: no faster than; the floor of a network on a device, and what binds each layer."""

from convcalc.commands.roofline.run import roofline as roofline
