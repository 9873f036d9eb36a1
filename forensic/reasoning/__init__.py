"""Reasoning: pure rules over facts, and the weighing of their evidence."""
