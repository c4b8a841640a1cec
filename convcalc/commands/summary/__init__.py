"""`convcalc summary`: networks layer by layer."""

from __future__ import annotations
