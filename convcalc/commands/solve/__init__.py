"""`convcalc solve`: the largest design within limits."""

from __future__ import annotations
