"""`convcalc sweep`: every point of a design space, exactly."""

from __future__ import annotations
