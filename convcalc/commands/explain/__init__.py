"""`convcalc explain`: every formula, with the numbers put in."""

from __future__ import annotations
