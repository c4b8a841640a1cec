"""Pure functions of a trace: totals, receptive field, comparison."""
