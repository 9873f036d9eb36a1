"""Reporting: one module per format, each `render(report)` and nothing else."""
