"""Search for a subkey by its name: by its hint, by the order of the list, and where these are not to be believed by every name.

Windows keeps the names of subkeys in order of their upper-cased UTF-16 units, and with each a hint (`subkey_list`). That a key is absent
can be told in two ways:

* **By order and hint** (a triage): its neighbours are found by bisection, a few key nodes of sixty thousand. Each name on the way has to
  lie between those before it, and each hint has to fit its name; the hints of the list where the key would be must not mean it. Where any
  of that fails, order or hints are damaged or planted, and every name is compared.
* **By every hint** (thorough): only a list that was once read whole and told the truth is believed. One wrong hint would hide a key, and
  one in a wrong place too; so does a look at each name. That costs a pass over all key nodes, once for each list.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from forensic.errors import ForensicError, Malformed
from forensic.registry.base_block import BLOCK_SIZE
from forensic.registry.subkey_list import INDEX_ROOT, SubkeyList, read_list

if TYPE_CHECKING:
    from forensic.registry.cell import Cells

SHORT = 16
"""Subkeys up to which all hints are checked at once: no more work than a bisection."""
INDEXED_LIMIT = 1_000_000
"""Names that are kept of lists whose hints are wrong, all lists of a hive together."""


class Subkey(Protocol):
    """What a search needs to know of a key that it finds."""

    @property
    def folded(self) -> str:
        """Its upper-cased name."""


Found_co = TypeVar("Found_co", bound=Subkey, covariant=True)


class Parent(Protocol[Found_co]):
    """A key whose subkeys are searched."""

    offset: int

    @property
    def cells(self) -> Cells:
        """The cells of its hive."""

    @property
    def key_count(self) -> int:
        """How many subkeys it states."""

    @property
    def first_list(self) -> int:
        """The cell of the list of its subkeys."""

    def subkey_lists(self, damage: list[ForensicError]) -> Iterator[SubkeyList]:
        """Yield the lists of its subkeys."""

    def subkey_offsets(self, damage: list[ForensicError]) -> Iterator[int]:
        """Yield the cells of its subkeys, each once."""

    def subkey_at(self, offset: int, damage: list[ForensicError]) -> Found_co | None:
        """Return the subkey in a cell, None where it is damaged."""

    def folded_name(self, offset: int, damage: list[ForensicError]) -> str | None:
        """Return the upper-cased name of the subkey in a cell, None where it is damaged."""


class Searches:
    """What the searches in one hive remember of its lists."""

    def __init__(self) -> None:
        """Remember nothing yet."""
        self.thorough = True
        """Whether a key is called absent only where every hint of the list was found to be right."""
        self._proven: set[int] = set()
        """Lists whose hints were all found to be right."""
        self._indexed: dict[int, tuple[dict[str, int], list[ForensicError]]] = {}
        """Of lists with wrong hints or damage: the cell of each upper-cased name, of several the first, and the damage."""
        self._names = 0

    def find(self, parent: Parent[Found_co], wanted: str, damage: list[ForensicError]) -> Found_co | None:
        """Return the subkey with the upper-cased name `wanted`, None where there is none; `damage` takes what may hide it."""
        if not self.thorough and parent.key_count > SHORT:
            try:
                return _Bisection(parent, wanted).run()
            except ForensicError:
                pass  # damage, or a list that contradicts itself: every name has to be looked at, and what is damaged told
        for found in parent.subkey_lists(damage):
            for offset in found.hinted(wanted):
                child = parent.subkey_at(offset, damage)
                if child is not None and child.folded == wanted:
                    return child
        first = parent.first_list
        if first in self._proven:
            return None
        if first not in self._indexed and _hints_hold(parent, damage) and not damage:
            self._proven.add(first)
            return None
        at = self._index(parent, first, damage).get(wanted)
        return None if at is None else parent.subkey_at(at, damage)

    def _index(self, parent: Parent[Found_co], first: int, damage: list[ForensicError]) -> dict[str, int]:
        """Return the cells of all subkeys by name: a list with wrong hints or damage is read once, not for each question."""
        known = self._indexed.get(first)
        if known is None:
            index, met = dict[str, int](), list[ForensicError]()
            for offset in parent.subkey_offsets(met):
                name = parent.folded_name(offset, met)
                if name is not None:
                    index.setdefault(name, offset)
            if self._names + len(index) > INDEXED_LIMIT:
                self._indexed, self._names = {}, 0
            known = self._indexed[first] = index, met
            self._names += len(index)
        damage += known[1]  # it is told to everyone who asks
        return known[0]


def _hints_hold(parent: Parent[Found_co], damage: list[ForensicError]) -> bool:
    """Whether every hint of the lists leads to its key: one that is wrong, by damage or on purpose, would hide a key."""
    for found in parent.subkey_lists(damage):
        for offset, hint in found.hints():
            folded = parent.folded_name(offset, damage)
            if folded is not None and not found.is_right(hint, folded):
                if hint:
                    what = "a hint in the list of subkeys is wrong, all names are compared instead,"
                    parent.cells.note(str(Malformed(what, BLOCK_SIZE + parent.first_list)))
                return False
    return True


class _Bisection(Generic[Found_co]):
    """One search by order; Malformed where the list contradicts itself, or has no hints that could confirm it."""

    def __init__(self, parent: Parent[Found_co], wanted: str) -> None:
        self._parent, self._wanted, self._target = parent, wanted, _ordered(wanted)
        self._below: bytes | None = None
        self._above: bytes | None = None
        """The nearest names that are known to come before and after the wanted one."""

    def run(self) -> Found_co | None:
        cells, key = self._parent.cells, self._parent.offset
        damage: list[ForensicError] = []
        top = read_list(cells, self._parent.first_list, key, damage)
        leaf, first = top, 0
        if top.signature == INDEX_ROOT:
            leaves = list(top.offsets())
            before = self._bisect(0, len(leaves), lambda number: (read_list(cells, leaves[number], key, damage), 0))
            leaf = read_list(cells, leaves[max(0, before - 1)], key, damage)
            first = 1 if before else leaf.length
        child = self._by_hint(leaf, damage)
        if child is None:
            self._bisect(first, leaf.length, lambda number: (leaf, number))
        if damage:
            raise damage[0]
        return child

    def _by_hint(self, leaf: SubkeyList, damage: list[ForensicError]) -> Found_co | None:
        for offset in leaf.hinted(self._wanted):
            child = self._parent.subkey_at(offset, damage)
            if child is not None and child.folded == self._wanted:
                return child
        return None

    def _bisect(self, low: int, high: int, place: Callable[[int], tuple[SubkeyList, int]]) -> int:
        """Return before which place, from `low` to `high`, the wanted name belongs; behind the one that has it."""
        while low < high:
            middle = (low + high) // 2
            name = self._name(*place(middle))
            if (self._below is not None and name <= self._below) or (self._above is not None and name >= self._above):
                raise Malformed("subkeys are not in order")
            if name <= self._target:
                low, self._below = middle + 1, name
            else:
                high, self._above = middle, name
        return low

    def _name(self, leaf: SubkeyList, number: int) -> bytes:
        """Return the name of a subkey as it is ordered, its hint confirmed."""
        damage: list[ForensicError] = []
        offset, hint = leaf.element(number)
        folded = self._parent.folded_name(offset, damage)
        if folded is None or not leaf.is_right(hint, folded):
            raise Malformed("subkey is damaged, or its hint is wrong")
        return _ordered(folded)


def _ordered(folded: str) -> bytes:
    """Return a name in upper case as bytes that compare as its UTF-16 units do."""
    return folded.encode("utf-16-be", "surrogatepass")
