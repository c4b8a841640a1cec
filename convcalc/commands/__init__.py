"""The commands, a file or folder each: what is asked → report → parts to show. None imports another."""

from __future__ import annotations
