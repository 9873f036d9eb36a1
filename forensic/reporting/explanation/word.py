"""Pages of the glossary's words."""

from __future__ import annotations

from forensic.reporting.explanation.layout import Page, filled, head

WORD = "Word"
"""The group of these pages."""


def word_page(word: str, meaning: str, section: str) -> Page:
    """Return the page of one word; other words of the glossary stand in *italics*."""
    parts = [head(word, f"word of the glossary, {section}", meaning)] + [filled(_MORE)] * ("*" in meaning)
    return Page(WORD, meaning, "\n\n".join(parts) + "\n")


_MORE = "Words between asterisks have a page of their own."
