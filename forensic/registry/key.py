r"""Key: a registry key, its subkeys and values found by name or walked in their stored order.

No byte is trusted: a key has one parent and a list is entered once, so that every walk ends, and damage that could hide what was
asked for is told, never taken for its absence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from typing import Protocol

from forensic.errors import ForensicError, Malformed, NotFound
from forensic.model import FileTime, Locator, Span, State, decode_utf16, printable, upcase
from forensic.registry import key_node
from forensic.registry.base_block import BLOCK_SIZE
from forensic.registry.cell import ABSENT, DAMAGED, Cells
from forensic.registry.key_node import KEY_COMP_NAME, KEY_SYM_LINK, KEY_VOLATILE, KeyNode, glance
from forensic.registry.key_security import read_security_descriptor
from forensic.registry.key_value import listed_values
from forensic.registry.subkey_list import SubkeyList, subkey_lists
from forensic.registry.subkey_search import Searches
from forensic.registry.value import Value

DEPTH_LIMIT = 512
"""Levels of keys, as in Windows."""
LOOK_UP_LIMIT = 1024
"""Answers to look-ups of subkeys that are kept; one examination asks some hundred questions of a hive, many of them again and again."""
NO_STALE_LISTS = (1, 3)
"""Version of hives from which on a key without subkeys or values names no list of them: so it is in all of 210,000 keys that were seen."""
NAMED_LIMIT = 64
"""Values of a key up to which all are kept by name, once one was looked up."""

_CONTROL_SET = re.compile(r"ControlSet(\d{3})", re.IGNORECASE)


class Checker(Protocol):
    """Who is told of all that is read: see `cross_check.CrossCheck`."""

    def check_value(self, key: Key, value: Value) -> None:
        """Take note of a value."""

    def check_class_name(self, key: Key, data: bytes) -> None:
        """Take note of a class name."""


class KeyTree:
    """What the keys of one hive share: its cells, and what look-ups and walks remember of each other."""

    def __init__(self, cells: Cells) -> None:
        """Remember nothing yet."""
        self.cells = cells
        self.checker: Checker | None = None
        self.owners: dict[int, int] = {}
        """Key nodes that name another parent than the one that lists them, and the one key they belong to."""
        self.searches = Searches()
        self.looked_up: dict[tuple[int, str], Key | None] = {}
        """Subkeys by the offset of the key and the upper-cased name; None where there is none."""


class Key:
    """A registry key. As a `Reading`, its bytes are the key node up to the end of the name."""

    def __init__(self, tree: KeyTree, offset: int, parent: Key | None) -> None:
        """Read the key node whose cell lies `offset` bytes into the hive bins."""
        self.tree, self.offset, self.parent = tree, offset, parent
        self.node, self.start, self.raw = KeyNode.read(tree.cells, offset)
        self.name = tree.cells.name(self.raw[key_node.LAYOUT.size :], is_latin=bool(self.node.flags & KEY_COMP_NAME))
        self.written = FileTime(self.node.last_written)
        if parent is None:
            self.path, self.depth = "", 0
        else:
            self.path = f"{parent.path}\\{self.name}" if parent.path else self.name
            self.depth = parent.depth + 1
        self._value_damage: list[ForensicError] = []
        lists = (self.key_count, self.node.subkeys_list_offset), (self.value_count, self.node.key_values_list_offset)
        if any(not count and offset != ABSENT for count, offset in lists) and tree.cells.version >= NO_STALE_LISTS:
            tree.cells.note(str(Malformed("key states no subkeys or no values, and has a list of them,", self.start)), DAMAGED)

    @property
    def key_count(self) -> int:
        """How many subkeys the key node states."""
        return 0 if self.node.subkeys_count == ABSENT else self.node.subkeys_count

    @property
    def first_list(self) -> int:
        """The cell of the list of its subkeys."""
        return self.node.subkeys_list_offset

    @property
    def folded(self) -> str:
        """The name in upper case, as names are compared."""
        return upcase(self.name)

    @property
    def cells(self) -> Cells:
        """The cells of its hive."""
        return self.tree.cells

    @property
    def value_count(self) -> int:
        """How many values the key node states."""
        return 0 if self.node.key_values_count == ABSENT else self.node.key_values_count

    @property
    def is_volatile(self) -> bool:
        """Whether it should not have been stored."""
        return bool(self.node.flags & KEY_VOLATILE)

    @property
    def is_link(self) -> bool:
        """Whether it is a symbolic link to another key; never followed."""
        return bool(self.node.flags & KEY_SYM_LINK)

    @property
    def place(self) -> Locator:
        """Where the key node lies; names the control set where the path starts with one."""
        place = self.tree.cells.place.inside(key=self.path, offset=self.start)
        match = _CONTROL_SET.fullmatch(self.path.partition("\\")[0])
        return place.inside(control_set=int(match[1])) if match else place

    @property
    def state(self) -> State:
        """Whether the key node is stored in the file, or differs from it because a log was applied."""
        return self.tree.cells.state((self.start, len(self.raw)))

    @property
    def written_span(self) -> Span:
        """The eight bytes of the last-written time."""
        start = self.start + 4
        place = self.place.inside(field="last-written time", offset=start)
        return Span(place, self.raw[4:12], self.written, self.tree.cells.state((start, 8)))

    @property
    def class_name(self) -> Span:
        """The class name, as its bytes; NotFound where the key has none."""
        cells, size = self.tree.cells, self.node.class_name_length
        if self.node.class_name_offset == ABSENT or not size:
            raise NotFound(f"key '{printable(self.path)}' has no class name")
        start, _ = cells.find(self.node.class_name_offset, size, "class name")
        raw = cells.pages.read(start, size)
        if self.tree.checker is not None:
            self.tree.checker.check_class_name(self, raw)
        return Span(self.place.inside(field="class name", offset=start), raw, self.written, cells.state((start, size)))

    @property
    def class_text(self) -> str:
        """The class name as text."""
        return decode_utf16(self.class_name.raw).partition("\0")[0]

    @property
    def security(self) -> Span:
        """The security descriptor, self-relative, as its bytes; NotFound where the key has none."""
        if self.node.key_security_offset == ABSENT:
            raise NotFound(f"key '{printable(self.path)}' has no security descriptor")
        start, raw = read_security_descriptor(self.tree.cells, self.node.key_security_offset)
        place = self.place.inside(field="security descriptor", offset=start)
        return Span(place, raw, self.written, self.tree.cells.state((start, len(raw))))

    def key(self, path: str) -> Key:
        """Return the key at `path` below this one; NotFound names the deepest key that exists."""
        key = self
        for part in filter(None, path.split("\\")):
            child = key._subkey(part)
            if child is None:
                where = f"key '{printable(key.path)}'" if key.path else "root key"
                raise NotFound(f"key '{printable(path)}' does not exist: the {where} has no subkey '{printable(part)}'", code="no-key")
            key = child
        return key

    def find(self, path: str) -> Key | None:
        """Return the key at `path` below this one, or None where it does not exist; Malformed when damage hides the answer."""
        key = self
        for part in filter(None, path.split("\\")):
            child = key._subkey(part)
            if child is None:
                return None
            key = child
        return key

    def keys(self) -> Iterator[Key]:
        """Yield the subkeys in their stored order; damaged ones are left out and named in the hive's `problems`."""
        damage: list[ForensicError] = []
        for offset in self.subkey_offsets(damage):
            child = self.subkey_at(offset, damage)
            if child is not None:
                yield child

    def subkey_times(self) -> Iterator[FileTime]:
        """Yield the last-written times of the subkeys, of those that `keys` would yield, without making them."""
        damage: list[ForensicError] = []
        for offset in self.subkey_offsets(damage):
            seen = self._glance(offset)
            if seen is not None:
                yield FileTime(seen[0])
            elif (child := self.subkey_at(offset, damage)) is not None:
                yield child.written

    def value(self, name: str) -> Value:
        """Return the value `name` ('' for the default value); NotFound when the key has none of this name."""
        value = self.find_value(name)
        if value is None:
            where = f"in key '{printable(self.path)}'"
            raise NotFound(f"value '{printable(name) or '(default)'}' does not exist {where}", code="no-value")
        return value

    def find_value(self, name: str) -> Value | None:
        """Return the value `name`, or None where it does not exist; Malformed when damage hides the answer."""
        wanted = upcase(name)
        value = self._named.get(wanted) if self.value_count <= NAMED_LIMIT else self._first_value(wanted)
        if value is None and self._value_damage:
            raise self._value_damage[0]
        if value is not None and self.tree.checker is not None:
            self.tree.checker.check_value(self, value)
        return value

    def values(self) -> Iterator[Value]:
        """Yield the values in their stored order; damaged ones are left out and named in the hive's `problems`."""
        for value in self.listed_values([]):
            if self.tree.checker is not None:
                self.tree.checker.check_value(self, value)
            yield value

    def listed_values(self, damage: list[ForensicError]) -> Iterator[Value]:
        """Yield the values, unchecked; `damage` takes the first of the errors that were stepped over."""
        if not self.value_count:
            return
        cells = self.tree.cells
        for offset in listed_values(cells, self.node.key_values_list_offset, self.value_count, self.offset, damage):
            try:
                value = Value(self, cells, offset)
            except ForensicError as error:
                cells.step_over(error, damage)
            else:
                yield value

    def subkey_lists(self, damage: list[ForensicError]) -> Iterator[SubkeyList]:
        """Yield the lists of the subkeys; `damage` takes the first of the errors that were stepped over."""
        if self.key_count:
            yield from subkey_lists(self.tree.cells, self.node.subkeys_list_offset, self.offset, damage)

    def lists(self, offset: int) -> bool:
        """Whether the key node at `offset` stands in one of the lists of subkeys."""
        return any(found.holds(offset) for found in self.subkey_lists([]))

    @cached_property
    def _named(self) -> dict[str, Value]:
        """The values by upper-cased name, of several with one name the first."""
        named: dict[str, Value] = {}
        for value in self.listed_values(self._value_damage):
            named.setdefault(upcase(value.name), value)
        return named

    def _first_value(self, wanted: str) -> Value | None:
        return next((value for value in self.listed_values(self._value_damage) if upcase(value.name) == wanted), None)

    def _subkey(self, name: str) -> Key | None:
        wanted, damage = upcase(name), list[ForensicError]()
        known, at = self.tree.looked_up, (self.offset, wanted)
        if at in known:
            return known[at]
        child: Key | None = self.tree.searches.find(self, wanted, damage) if self.key_count else None
        if child is None and damage:
            raise damage[0]
        if len(known) >= LOOK_UP_LIMIT:
            known.clear()
        known[at] = child
        return child

    def folded_name(self, offset: int, damage: list[ForensicError]) -> str | None:
        """Return the upper-cased name of the subkey whose cell is at `offset`; None where it is damaged."""
        seen = self._glance(offset)
        if seen is not None:
            return seen[1].decode("ascii")
        child = self.subkey_at(offset, damage)
        return None if child is None else child.folded

    def _glance(self, offset: int) -> tuple[int, bytes] | None:
        return glance(self.tree.cells, offset, self.offset) if self.depth < DEPTH_LIMIT else None

    def subkey_offsets(self, damage: list[ForensicError]) -> Iterator[int]:
        """Yield the cells of the subkeys in their stored order, each once."""
        cells, seen, listed = self.tree.cells, set[int](), 0
        for found in self.subkey_lists(damage):
            listed += found.length
            for offset in found.offsets():
                if offset in seen:
                    cells.step_over(Malformed("subkey is listed twice", BLOCK_SIZE + offset), damage)
                else:
                    seen.add(offset)
                    yield offset
        if listed != self.key_count and not damage:
            cells.note(str(Malformed(f"key states {self.key_count} subkeys, its lists have {listed},", self.start)), DAMAGED)

    def subkey_at(self, offset: int, damage: list[ForensicError]) -> Key | None:
        """Return the subkey whose cell is at `offset`; None where it is damaged, or another key's."""
        try:
            if self.depth >= DEPTH_LIMIT:
                raise Malformed(f"keys are nested deeper than {DEPTH_LIMIT} levels", self.start, code="too-much")
            child = Key(self.tree, offset, self)
            self._adopt(child)
        except ForensicError as error:
            self.tree.cells.step_over(error, damage)
            return None
        return child

    def _adopt(self, child: Key) -> None:
        """Let a key node have one parent only, so that keys are always a tree.

        A key node that names another parent is that parent's where that one lists it; else it belongs to the first
        key that was found to list it, as Windows repairs such hives.
        """
        tree, stated = self.tree, child.node.parent
        if child.offset == tree.cells.root:
            raise Malformed("root key is listed as a subkey", child.start)
        if stated == self.offset:
            return
        owner = tree.owners.get(child.offset)
        if owner is None:
            owner = self.offset
            try:
                if Key(tree, stated, None).lists(child.offset):
                    owner = stated
            except ForensicError:
                pass  # what it names is no key
            tree.owners[child.offset] = owner
        problem = Malformed("key node names another parent than the key that lists it,", child.start)
        if owner != self.offset:
            raise problem
        tree.cells.note(str(problem))
