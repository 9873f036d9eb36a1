"""Cross-check: values and class names that were asked for are read a second time by python-registry, and disagreements told."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from forensic.errors import ForensicError, Unsupported
from forensic.model import upcase
from forensic.registry.cell import HiveProblem
from forensic.registry.hive_library import LibraryHive
from forensic.registry.key import Key
from forensic.registry.value import Value

IMAGE_LIMIT = 256 << 20
"""Bytes of a hive up to which it is cross-checked: the library needs the whole in memory."""


class CrossCheck:
    """Compares what is read of one hive with what the library reads, each value and class name once."""

    def __init__(self, root: Key) -> None:
        """Compare what is found below `root`; the library is asked when the first value is."""
        self.agree = self.differ = self.one_reader = 0
        """Values and class names that both read alike, that they read differently, and that only one could read."""
        self._root, self._cells = root, root.tree.cells
        self._asked: set[tuple[int, str | None]] = set()
        self._sound = set[int]()
        """Keys whose lists of subkeys were found without damage."""
        self._damage: dict[int, ForensicError | None] = {}
        self._library: LibraryHive | None = None
        self._is_refused = False

    def check_value(self, key: Key, value: Value) -> None:
        """Compare a value; of several with one name the first, which a name finds."""
        name = upcase(value.name)
        if (key.offset, name) in self._asked:
            return
        self._asked.add((key.offset, name))
        try:
            ours = value.raw
        except ForensicError:
            return  # whoever asked for the value will meet this
        self._compare(key, str(key.place.inside(value=value.name, offset=None)), ours, lambda library: library.raw(key.path, value.name))

    def check_class_name(self, key: Key, data: bytes) -> None:
        """Compare the class name of a key."""
        if (key.offset, None) not in self._asked:
            self._asked.add((key.offset, None))
            where = str(key.place.inside(field="class name", offset=None))
            self._compare(key, where, data, lambda library: library.class_name(key.path))

    def _compare(self, key: Key, where: str, ours: bytes, ask: Callable[[LibraryHive], bytes | None]) -> None:
        if key.offset not in self._damage:
            self._damage[key.offset] = self._first_damage(key)
        damage = self._damage[key.offset]
        if damage is not None:
            self.one_reader += 1
            self._cells.note(f"cross-check of {where} was not made, since python-registry may not survive this: {damage}")
            return
        try:
            if self._root.key(key.path).offset != key.offset:
                self.one_reader += 1
                return  # a second key of the same name, which a path cannot reach
            if self._library is None:
                self._library = self._opened()
            if self._library is None:
                self.one_reader += 1
                return
            theirs = ask(self._library)
        except ForensicError as error:
            self.one_reader += 1
            self._cells.note(f"cross-check of {where} failed: {error}")
            return
        if theirs == ours:
            self.agree += 1
            return
        self.differ += 1
        # Digests only: what the hives of accounts hold is secret. Told even where damage has filled the problems.
        other = "nothing there" if theirs is None else _digest(theirs)
        self._cells.noted.append(HiveProblem(f"cross-check disagrees about {where}: {_digest(ours)} against {other}"))

    def _opened(self) -> LibraryHive | None:
        """Return the hive as the library reads it; None, told once, where it is too large for that."""
        if self._is_refused:
            return None
        try:
            return LibraryHive(self._cells.image(IMAGE_LIMIT))
        except Unsupported as error:
            self._is_refused = True
            self._cells.note(f"cross-check was not made: {error}")
            return None

    def _first_damage(self, key: Key) -> ForensicError | None:
        """Return the first damage to the lists on the way to this key, which python-registry might follow without end."""
        damage: list[ForensicError] = []
        for _ in key.listed_values(damage):
            pass
        step = key.parent
        while step is not None and not damage:
            if step.offset not in self._sound:
                for _ in step.subkey_lists(damage):
                    pass
                if not damage:
                    self._sound.add(step.offset)
            step = step.parent
        return damage[0] if damage else None


def _digest(data: bytes) -> str:
    return f"{len(data)} bytes with SHA-256 {hashlib.sha256(data).hexdigest()[:16]}…"
