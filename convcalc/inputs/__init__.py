"""What users may write, one reader each, for every command and for Python."""

from __future__ import annotations
