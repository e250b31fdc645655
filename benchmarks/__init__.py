"""Figures of a running site, printed as ratios of what was measured in the same run."""
