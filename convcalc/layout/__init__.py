"""The layout language: YAML text with positions → layouts → networks."""
