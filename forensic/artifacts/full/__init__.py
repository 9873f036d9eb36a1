"""Artifacts of depth `full` only: one module per family, imported and run only by examinations of that depth."""
