"""Artifacts: one module per family of facts; kinds, where to look, what it means."""
