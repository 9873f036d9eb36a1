"""Pages of a comparison: what each relation of two installations says, and how to read the table from which it comes."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Sequence
from typing import Protocol

from forensic.model import Policy
from forensic.model.judgement import POLICY_WORDS
from forensic.reporting.explanation.layout import Page, filled, head, listed, refilled

TABLE = "hypothesis-table"
"""Name of the page of the table."""
CELLS = (
    "expected: what happened by this column leads one to expect what is observed",
    "possible: it may be so; where a value stays that is usually renewed, the exception is named",
    "contradicted: by what is known of this kind of identifier, what is observed speaks against it",
    "blank: of this kind and this change nothing is known",
)
OBSERVED = (
    "equal: both have one value now",
    "differs: both have a value, and not the same",
    "crossed: what one has now, the other had before",
    "one-sided: one has a value, and where the other would have it there is none",
)
WEIGHTS = "A contradiction weighs strong or moderate, by how well it is known what renews the value; what is unverified weighs nothing."


class Relation(Protocol):
    """What a page says of a relation."""

    @property
    def title(self) -> str:
        """The relation in a few words."""

    @property
    def policy(self) -> Policy:
        """What it means under Microsoft's policy."""

    @property
    def says(self) -> str:
        """What it says."""

    @property
    def rests_on(self) -> tuple[str, ...]:
        """What shows it."""

    @property
    def beware(self) -> tuple[str, ...]:
        """What else looks like it."""

    @property
    def not_excluded(self) -> tuple[str, ...]:
        """What it leaves open."""

    @property
    def remedies(self) -> tuple[str, ...]:
        """What to do."""


class Change(Protocol):
    """One change that a column supposes."""

    @property
    def value(self) -> str:
        """Its name."""


class Column(Protocol):
    """One column of the table."""

    @property
    def name(self) -> str:
        """Its name, as reports give it."""

    @property
    def title(self) -> str:
        """The same in words."""

    @property
    def changes(self) -> Iterable[Change]:
        """The decisive changes that it supposes."""


def relation_page(code: str, relation: Relation) -> Page:
    """Return the page of one relation."""
    parts = [
        head(code, "relation of two installations", relation.title),
        filled(relation.says),
        filled(f"Policy: {relation.policy}, {POLICY_WORDS[relation.policy]} (KB 314828)."),
        *(listed(title, list(said)) for title, said in lists_of(relation)),
    ]
    return Page("Relation", relation.title, "\n\n".join(parts) + "\n")


def lists_of(relation: Relation) -> list[tuple[str, tuple[str, ...]]]:
    """Return what a relation lists, with titles, as far as there is any."""
    remedies = tuple(text.format(a="A", b="B") for text in relation.remedies)
    lists = [
        ("Rests on", relation.rests_on),
        ("Beware", relation.beware),
        ("Not excluded", relation.not_excluded),
        ("What to do", remedies),
    ]
    return [(title, said) for title, said in lists if said]


def table_page(documentation: str, columns: Sequence[Column]) -> Page:
    """Return the page of the hypothesis table."""
    title, _, body = inspect.cleandoc(documentation).partition("\n")
    parts = [
        head(TABLE, "table of a comparison", title),
        refilled(body.strip()),
        listed("Columns", columns_in_words(columns)),
        listed("What is observed", list(OBSERVED)),
        listed("Cells", list(CELLS)),
        filled(WEIGHTS),
    ]
    return Page("Table", title, "\n\n".join(parts) + "\n")


def columns_in_words(columns: Sequence[Column]) -> list[str]:
    """Return what each column supposes; the first one supposes that there is no common origin."""
    words = []
    for number, one in enumerate(columns):
        changes = ", ".join(sorted(change.value for change in one.changes))
        supposed = changes or ("no common origin" if number == 0 else "no decisive change: use, renames, joins and the like alone")
        words.append(f"{one.name}: {one.title}; supposes {supposed}")
    return words
