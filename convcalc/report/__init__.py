"""Frozen plain data that every renderer reads."""
