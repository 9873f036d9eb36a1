"""Pages of gap codes: what exactly is absent, and what that means."""

from __future__ import annotations

from forensic.model.gap import GapCode
from forensic.reporting.explanation.layout import Page, filled, head
from forensic.reporting.wording import REASON_WORDS

NO_EVIDENCE = (
    "A gap is never evidence. Where what is absent would decide, it holds the strength of the verdict down, and the verdict says so."
)


def gap_page(code: str, gap: GapCode) -> Page:
    """Return the page of one gap code."""
    parts = [head(code, "gap code", gap.title), filled(gap.says), filled(f"Reason: {gap.reason}, {REASON_WORDS[gap.reason]}.")]
    return Page("Gap code", gap.title, "\n\n".join([*parts, filled(NO_EVIDENCE)]) + "\n")
