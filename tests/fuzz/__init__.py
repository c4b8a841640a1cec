"""Campaigns of odd input against the command line, each with a number of cases and a seed.

    python -m tests.fuzz tiny --cases 200000 --seed 7

Whatever a person or a program writes: exit 0, 1 or 2, no traceback, an answer within seconds.
"""
