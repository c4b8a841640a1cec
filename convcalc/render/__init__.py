"""Reports as text. Every renderer reads the same report and shows the same numbers."""
