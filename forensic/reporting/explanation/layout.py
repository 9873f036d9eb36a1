"""Layout: pages of plain text, filled to one width."""

from __future__ import annotations

import inspect
import re
import textwrap

import msgspec

WIDTH = 96
"""Columns of a page."""

_BEGINS = re.compile(r"[-*|]|[0-9]+\. |[A-Z][a-z]+(?: [a-z]+){0,2}:(?: |$)")
"""What begins a line of its own: an entry of a list, a row of a table, a field such as `Supports:`."""


class Page(msgspec.Struct, frozen=True):
    """One page."""

    group: str
    """What it is about: `Fact kind`, `Rule`, …"""
    title: str
    text: str


def head(name: str, group: str, title: str) -> str:
    """Return the heading of a page."""
    first = f"{name} ({group})"
    return f"{first}\n{'=' * len(first)}\n\n{filled(title)}"


def filled(text: str, width: int = WIDTH) -> str:
    """Return one paragraph, filled."""
    return textwrap.fill(text, width, break_on_hyphens=False, break_long_words=False)


def refilled(documentation: str) -> str:
    """Return a docstring with its paragraphs, entries of lists and fields filled anew; tables stay as they are."""
    lines: list[str] = []
    for line in inspect.cleandoc(documentation).split("\n"):
        if lines and line and lines[-1] and not _BEGINS.match(line) and not lines[-1].startswith("|"):
            lines[-1] += f" {line.lstrip()}"
        else:
            lines.append(line)
    return "\n".join(line if line.startswith("|") else filled(line, WIDTH - 2) for line in lines)


def listed(title: str, items: list[str]) -> str:
    """Return a list below its title."""
    whole = textwrap.TextWrapper(WIDTH, initial_indent="  - ", subsequent_indent="    ", break_on_hyphens=False, break_long_words=False)
    lines = [whole.fill(item) for item in items]
    return "\n".join([f"{title}:", *lines])
