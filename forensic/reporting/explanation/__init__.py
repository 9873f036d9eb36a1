"""Explanation: the pages of `forensic explain`, made from what the program itself declares; one module for each sort of page."""

from __future__ import annotations

import difflib
import textwrap
from collections.abc import Iterable, Mapping
from typing import Any

from forensic.model import Kind
from forensic.model.gap import CODES
from forensic.reporting.explanation.gap import gap_page
from forensic.reporting.explanation.kind import Reader, kind_page
from forensic.reporting.explanation.layout import WIDTH, Page
from forensic.reporting.explanation.rule import Rule, rule_page
from forensic.reporting.explanation.verdict import Verdict, verdict_page

__all__ = ["WIDTH", "Page", "contents", "pages", "unknown"]


def pages(
    kinds: Mapping[str, Kind[Any]], readers: Iterable[Reader], rules: Mapping[str, Rule], verdicts: Mapping[str, Verdict]
) -> dict[str, tuple[Page, ...]]:
    """Return all pages by name: of the fact kinds, rules and verdicts that are given, and of the gap codes.

    A name may stand for more than one thing, as that of a fact kind does for the rule about it.
    """
    places: dict[str, list[Reader]] = {name: [] for name in kinds}
    for reader in readers:
        for kind in reader.kinds:
            places[kind.name].append(reader)
    made = [(name, kind_page(kinds[name], places[name], rules, verdicts)) for name in sorted(kinds)]
    made += [(name, rule_page(name, rules[name])) for name in sorted(rules)]
    made += [(code, verdict_page(code, verdict)) for code, verdict in verdicts.items()]
    made += [(code, gap_page(code, CODES[code])) for code in sorted(CODES)]
    found: dict[str, tuple[Page, ...]] = {}
    for name, page in made:
        found[name] = (*found.get(name, ()), page)
    return found


def contents(pages: Mapping[str, Iterable[Page]]) -> str:
    """Return the list of all names with their titles, by group."""
    column = max(len(name) for name in pages) + 4
    groups: dict[str, list[str]] = {}
    for name, found in pages.items():
        for page in found:
            line = textwrap.fill(page.title, WIDTH, initial_indent=f"  {name}".ljust(column), subsequent_indent=" " * column)
            groups.setdefault(page.group, []).append(line)
    return "\n\n".join("\n".join([f"{group}s", *lines]) for group, lines in groups.items()) + "\n"


def unknown(name: str, pages: Iterable[str]) -> str:
    """Return the sentence for a name that has no page, with the names that come nearest."""
    near = difflib.get_close_matches(name.lower().replace("_", "-"), pages, n=3, cutoff=0.5)
    hint = f"; did you mean {' or '.join(near)}?" if near else "; `forensic explain` lists all names"
    return f"{name!r} is not a known fact kind, rule, verdict or gap code{hint}"
