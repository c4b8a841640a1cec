"""`convcalc sweep`: every point of a design space, exactly."""

from convcalc.commands.sweep.run import cost_columns as cost_columns
from convcalc.commands.sweep.run import sweep as sweep
from convcalc.commands.sweep.show import csv as csv
from convcalc.commands.sweep.show import jsonl as jsonl
from convcalc.commands.sweep.show import parts as parts
