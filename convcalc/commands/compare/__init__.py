"""`convcalc compare`: designs side by side."""

from __future__ import annotations
