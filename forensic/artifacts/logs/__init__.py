"""Logs: what Windows writes down as it runs."""
