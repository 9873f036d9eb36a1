"""Pages of verdicts: what each says, what it rests on, and the rows by which it is weighed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Protocol

from forensic.model import Kind, Policy
from forensic.model.judgement import POLICY_WORDS
from forensic.reporting.explanation.layout import Page, filled, head, listed


class Verdict(Protocol):
    """What a page says of a verdict."""

    @property
    def title(self) -> str:
        """The verdict in a few words."""

    @property
    def policy(self) -> Policy:
        """What it means under Microsoft's policy."""

    @property
    def says(self) -> str:
        """What it says."""

    @property
    def rests_on(self) -> tuple[str, ...]:
        """Traces from which it is drawn."""

    @property
    def beware(self) -> tuple[str, ...]:
        """What else leaves such traces."""

    @property
    def carries(self) -> Sequence[Row]:
        """Rows that carry it."""

    @property
    def vetoes(self) -> Sequence[Condition]:
        """Conditions under which it is not given."""

    @property
    def caps(self) -> Sequence[Condition]:
        """Conditions under which it is indicated at most."""

    @property
    def needs(self) -> Sequence[Kind[Any]]:
        """Facts without which it is indicated at most."""

    @property
    def beside(self) -> Collection[str]:
        """Causes that count only beside others."""

    @property
    def set_aside(self) -> Sequence[Condition]:
        """Conditions under which some evidence does not carry it."""


class Row(Protocol):
    """A row that carries a verdict."""

    @property
    def name(self) -> str:
        """Its name, as reports give it."""

    @property
    def gives(self) -> str:
        """The strength that it gives."""

    @property
    def documentation(self) -> str:
        """What it asks for."""


class Condition(Protocol):
    """A veto, a cap, or evidence set aside."""

    @property
    def name(self) -> str:
        """Its name, as reports give it."""

    @property
    def because(self) -> str:
        """What it is about."""


def verdict_page(code: str, verdict: Verdict) -> Page:
    """Return the page of one verdict."""
    parts = [
        head(code, "verdict", verdict.title),
        filled(verdict.says),
        filled(f"Policy: {verdict.policy}, {POLICY_WORDS[verdict.policy]} (KB 314828)."),
        listed("Rests on traces such as", list(verdict.rests_on)),
        listed("Beware", list(verdict.beware)),
    ]
    if verdict.carries:
        parts.append(
            listed(
                "Carried, from the first row that holds, by", [f"{one.name}: {one.documentation}; {one.gives}" for one in verdict.carries]
            )
        )
    if verdict.beside:
        parts.append(filled(f"Causes that count only beside others: {', '.join(sorted(verdict.beside))}."))
    if verdict.needs:
        parts.append(filled(f"Facts that it needs, to be more than indicated: {', '.join(kind.name for kind in verdict.needs)}."))
    for title, rows in (("Not counted", verdict.set_aside), ("Not given", verdict.vetoes), ("Indicated at most", verdict.caps)):
        if rows:
            parts.append(listed(title, [f"{one.name}: {one.because}" for one in rows]))
    return Page("Verdict", verdict.title, "\n\n".join(parts) + "\n")
