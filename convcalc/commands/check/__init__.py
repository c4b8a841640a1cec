"""`convcalc check`: budgets held against what designs cost."""

from __future__ import annotations
