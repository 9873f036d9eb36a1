"""Lookup: which pages a person means who types a name as Windows or the field writes it."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from forensic.reporting.explanation.kind import Reader
    from forensic.reporting.explanation.layout import Page

NEAR = 5
"""Names that are suggested."""
SHORTEST = 3
"""Letters of a word that is looked for in the pages."""
_CODE = re.compile(r"`([^`\n]+)`")
_BRACKETS = re.compile(r"\s*\([^)]*\)")


def squashed(name: str) -> str:
    """Return a name without case and without what stands between its words: `Machine SID`, `machine_sid` and `MachineSid` are one."""
    return re.sub(r"[\W_]", "", name.casefold())


class Names:
    """The names of all pages, and the words by which Windows and the field know what they are about."""

    def __init__(self, pages: Mapping[str, Iterable[Page]], readers: Iterable[Reader] = ()) -> None:
        """Collect the names of `pages`, and from the declarations of `readers` the keys, values and files that they read."""
        self._pages = {name: tuple(found) for name, found in pages.items()}
        self._names: dict[str, list[str]] = {}
        self._words: dict[str, dict[str, None]] = {}
        for name, found in self._pages.items():
            self._names.setdefault(squashed(name), []).append(name)
            for page in found:
                for word in _words_of_title(page.title):
                    self._words.setdefault(squashed(word), {})[name] = None
        for reader in readers:
            for word in _words_of_place(reader):
                self._words.setdefault(squashed(word), {}).update((kind.name, None) for kind in reader.kinds if kind.name in self._pages)

    def meant(self, asked: str) -> list[str]:
        r"""Return the pages that have this name, or else those of what is read under it; none where it is not known.

        Of a path (`SOFTWARE\Microsoft\Cryptography\MachineGuid`) the last part is taken where the whole is no name, and of several words
        (`event 6167`) the one that is.
        """
        for one in (asked, re.split(r"[\\/]", asked)[-1], *asked.split()):
            key = squashed(one)
            if key and (found := self._names.get(key) or self._words.get(key)):
                return list(found)
        return []

    def near(self, asked: str) -> list[str]:
        """Return the names whose spelling comes nearest to one that is not known."""
        key = squashed(asked)
        alike = difflib.get_close_matches(key, self._names, n=NEAR, cutoff=0.65) if key else []
        written = difflib.get_close_matches(key, self._words, n=NEAR, cutoff=0.85) if key else []
        found = (*(name for one in alike for name in self._names[one]), *(name for one in written for name in self._words[one]))
        return list(dict.fromkeys(found))[:NEAR]

    def mentions(self, asked: str) -> list[str]:
        """Return the names of the pages that hold this word, those first that have it most often."""
        if len(squashed(asked)) < SHORTEST:
            return []
        holds = re.compile(rf"(?<!\w){re.escape(asked.strip())}(?!\w)", re.IGNORECASE)
        counts = {name: sum(len(holds.findall(page.text)) for page in pages) for name, pages in self._pages.items()}
        return sorted((name for name, count in counts.items() if count), key=lambda name: -counts[name])[:NEAR]


def _words_of_title(title: str) -> Iterator[str]:
    """Yield the heading of a title, `MachineGuid` of `MachineGuid: random identifier …`, and the numbers of events in it."""
    before, colon, _ = title.partition(":")
    if colon:
        yield _BRACKETS.sub("", before)
        yield from re.findall(r"\b\d{4}\b", before)


def _words_of_place(reader: Reader) -> Iterator[str]:
    """Yield how Windows calls what an artifact reads: the last part of its path, and the names in its description."""
    last = re.split(r"[\\/]", reader.path)[-1]
    if "*" not in last:
        yield last
    yield from _CODE.findall(reader.documentation)
