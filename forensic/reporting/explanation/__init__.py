"""Explanation: the pages of `forensic explain`, made from what the program itself declares; one module for each sort of page."""

from __future__ import annotations

import textwrap
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from forensic.model import Kind
from forensic.model.gap import CODES as GAPS
from forensic.model.problem import CODES as PROBLEMS
from forensic.reporting.explanation.gap import gap_page
from forensic.reporting.explanation.glossary import GLOSSARY
from forensic.reporting.explanation.kind import Reader, kind_page
from forensic.reporting.explanation.layout import WIDTH, Page, filled
from forensic.reporting.explanation.lookup import Names, squashed
from forensic.reporting.explanation.problem import problem_page
from forensic.reporting.explanation.relation import TABLE, Column, Relation, relation_page, table_page
from forensic.reporting.explanation.rule import Rule, rule_page
from forensic.reporting.explanation.verdict import Verdict, verdict_page
from forensic.reporting.explanation.word import WORD, word_page

__all__ = ["WIDTH", "Names", "Page", "contents", "group_named", "pages", "told", "unknown"]

MEANT_LIMIT = 3
"""Names whose pages are printed; where a word stands for more, they are listed."""


def pages(
    kinds: Mapping[str, Kind[Any]],
    readers: Iterable[Reader],
    rules: Mapping[str, Rule],
    verdicts: Mapping[str, Verdict],
    relations: Mapping[str, Relation] | None = None,
    table: tuple[str, Sequence[Column]] | None = None,
) -> dict[str, tuple[Page, ...]]:
    """Return all pages by name: of what is given, and of the codes and words of the program; `table` is its documentation and columns.

    A name may stand for more than one thing, as that of a fact kind does for the rule about it.
    """
    places: dict[str, list[Reader]] = {name: [] for name in kinds}
    for reader in readers:
        for kind in reader.kinds:
            places[kind.name].append(reader)
    made = [(name, kind_page(kinds[name], places[name], rules, verdicts)) for name in sorted(kinds)]
    made += [(name, rule_page(name, rules[name])) for name in sorted(rules)]
    made += [(code, verdict_page(code, verdict)) for code, verdict in verdicts.items()]
    made += [(code, relation_page(code, relation)) for code, relation in (relations or {}).items()]
    made += [(TABLE, table_page(*table))] if table else []
    made += [(code, gap_page(code, GAPS[code])) for code in sorted(GAPS)]
    made += [(code, problem_page(code, PROBLEMS[code])) for code in sorted(PROBLEMS)]
    made += [(word, word_page(word, words[word], section)) for section, words in GLOSSARY.items() for word in words]
    found: dict[str, tuple[Page, ...]] = {}
    for name, page in made:
        found[name] = (*found.get(name, ()), page)
    return found


def contents(pages: Mapping[str, Iterable[Page]], group: str | None = None) -> str:
    """Return the list of all names with their titles, by group; of one group where it is given. Of words there are the names alone."""
    column = max(len(name) for name, found in pages.items() if any(page.group != WORD for page in found)) + 4
    groups: dict[str, list[str]] = {}
    words: list[str] = []
    for name, found in pages.items():
        for page in found:
            if page.group == WORD and group is None:
                words.append(name)
                continue
            line = textwrap.fill(page.title, WIDTH, initial_indent=f"  {name}  ".ljust(column), subsequent_indent=" " * column)
            groups.setdefault(page.group, []).append(line)
    if group is not None:
        groups = {group: groups[group]}
    elif words:
        groups[WORD] = textwrap.indent(filled(", ".join(sorted(words, key=str.casefold)), WIDTH - 2), "  ").splitlines()
    return "\n\n".join("\n".join([f"{title}s", *lines]) for title, lines in groups.items()) + "\n"


def group_named(asked: str, pages: Mapping[str, Iterable[Page]]) -> str | None:
    """Return the group that is asked for by its name in the plural, such as `verdicts`; None where it is none."""
    named = {squashed(f"{page.group}s"): page.group for found in pages.values() for page in found}
    return named.get(squashed(asked), WORD if squashed(asked) == "glossary" else None)


def told(asked: str, pages: Mapping[str, Iterable[Page]], meant: Collection[str]) -> str:
    """Return the pages that were asked for; where a word stands for many names, their list."""
    if len(meant) > MEANT_LIMIT:
        return filled(f"{asked!r} stands in the description of several:") + "\n\n" + contents({name: pages[name] for name in meant})
    return "\n\n".join(page.text for name in meant for page in pages[name])


def unknown(asked: str, names: Names) -> str:
    """Return the sentence for a name that has no page, with the names that come nearest."""
    near, mentions = names.near(asked), names.mentions(asked)
    hint = f"; did you mean {' or '.join(near)}?" if near else ""
    hint += f"{' It' if near else '; it'} stands on the pages of {', '.join(mentions)}" if mentions else ""
    return f"{asked!r} is not the name of a page{hint or '; `forensic explain` lists all names'}"
