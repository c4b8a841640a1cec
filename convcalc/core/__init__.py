"""Sizes, shapes, ops, costs, networks and their trace: pure Python, standard library only."""
