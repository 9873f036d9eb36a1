"""Verdicts over one installation: one module each, with everything that is known of it."""
