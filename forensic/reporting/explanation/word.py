"""Pages of the glossary's words."""

from __future__ import annotations

from forensic.reporting.explanation.layout import Page, filled, head

WORD = "Word"
"""The group of these pages."""


def word_page(word: str, meaning: str, section: str) -> Page:
    """Return the page of one word; other words of the glossary stand in *italics*."""
    return Page(WORD, meaning, f"{head(word, f'word of the glossary, {section}', meaning)}\n\n{filled(_MORE)}\n")


_MORE = "Words between asterisks have a page of their own."
