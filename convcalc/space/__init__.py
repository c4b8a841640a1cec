"""Design spaces: axes, exact formulas over them, and their evaluation at NumPy speed."""
