"""Reasoning: pure rules over facts, and the weighing of their evidence. Nothing here needs an image."""

KNOWLEDGE = "2026-11-29"
"""The day of the knowledge about artifacts and about what they mean; moves with every change of a kind, a rule or their weights."""
