"""Rules that people write in YAML beside layouts: counting conventions and budgets."""

from __future__ import annotations
