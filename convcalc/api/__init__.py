"""What the command line does, as functions: load → analyse → report."""
