"""Name finder: replaces known names in text and finds them in bytes, in a time that does not grow with their number."""

from __future__ import annotations

import re
from bisect import bisect_right, insort
from collections import deque
from collections.abc import Iterator
from os.path import commonprefix

IDENTIFIER = re.compile(r"S-1-\d+(?:-\d+)+|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
"""SIDs and GUIDs: no name is looked for inside them."""
LONGEST = 256
"""Characters of a name that are compared: no computer, account or domain has a longer one."""
LENGTHS = 40
"""Different lengths of names up to which bytes are searched for them."""

_RUN = re.compile(r"[^\W_]+")
_TELLING = 5
"""Characters of a name with a digit or hyphen from which on it is one also before more letters."""
_SHORT = 2
"""Characters; a name as short as this, or of digits alone, is replaced as a part of a path and as a whole text only."""


class NameFinder:
    """Known names with their labels; upper and lower case are one.

    A name is found where a run of letters and digits begins with it, and ends there; one that no word holds by chance, since it has a
    digit or a hyphen, also where more letters follow (`WKS-7B` in `WKS-7Bcopy`). A longer name is found before one that it begins with.
    """

    def __init__(self) -> None:
        """Start without any name."""
        self._labels: dict[str, str] = {}
        self._sorted: list[str] = []
        self._befores: set[int] = set()
        self._lengths: set[int] = set()

    def __contains__(self, name: str) -> bool:
        """Whether this name is known."""
        return _folded(name[:LONGEST]) in self._labels

    def add(self, name: str, label: str) -> None:
        """Learn a name that is not known, and that has a letter or digit."""
        name = _folded(name[:LONGEST])
        run = _RUN.search(name)
        if run is not None:
            self._labels[name] = label
            insort(self._sorted, name)
            self._befores.add(run.start())
            if len(name) > _SHORT:
                self._lengths.add(len(name))

    def replaced(self, text: str) -> str:
        """Return a text with every name replaced by its label."""
        if not self._labels:
            return text
        parts, done, folded = list[str](), 0, _folded(text)
        kept = deque(found.span() for found in IDENTIFIER.finditer(text))
        for run in _RUN.finditer(text):
            while kept and kept[0][1] <= run.start():
                kept.popleft()
            if run.start() < done or (kept and kept[0][0] <= run.start()):
                continue
            for start in sorted(run.start() - before for before in self._befores if run.start() - before >= done):
                name = next((one for one in self._beginning(folded[start : start + LONGEST]) if _stands(folded, start, one)), None)
                if name is not None:
                    parts += [text[done:start], self._labels[name]]
                    done = start + len(name)
                    break
        return "".join([*parts, text[done:]])

    def _beginning(self, text: str) -> Iterator[str]:
        """Yield the names with which a text begins, the longest first."""
        while text:
            place = bisect_right(self._sorted, text)
            if not place:
                return
            name = self._sorted[place - 1]  # of all names that are a beginning of the text the longest is the last one up to it
            if text.startswith(name):
                yield name
                text = name[:-1]
            else:
                text = commonprefix([name, text])  # noqa: RUF071  characters are meant, not parts of a path

    def gives_away(self, data: bytes) -> bool:
        """Return whether bytes hold a name, as text of one or of two bytes a character; of very many unlike names: whether it may be."""
        if len(self._lengths) > LENGTHS:
            return True
        readings = (data.decode("latin-1"), data.decode("utf-8", "replace"), *(data[at:].decode("utf-16-le", "replace") for at in (0, 1)))
        return any(
            folded[at : at + length] in self._labels
            for folded in map(_folded, readings)
            for length in self._lengths
            for at in range(len(folded) - length + 1)
        )


def _stands(text: str, start: int, name: str) -> bool:
    """Return whether a name that is at this place is one of its own there."""
    after = text[start + len(name) : start + len(name) + 1]
    if len(name) <= _SHORT or name.isdigit():
        return text[max(0, start - 1) : start] in ("", "/", "\\") and after in ("", "/", "\\")
    if len(name) >= _TELLING and re.search(r"[\d-]", name):
        return not (name[-1].isdigit() and after.isdigit())
    return not after.isalnum()


def _folded(text: str) -> str:
    """Return a text in which upper and lower case are one; every character stays where it is."""
    folded = text.casefold()
    return folded if len(folded) == len(text) else "".join(one if len(one.casefold()) > 1 else one.casefold() for one in text)
