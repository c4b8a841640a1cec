"""Files beside layouts: git revisions, and where specs and budgets are found."""

from __future__ import annotations
