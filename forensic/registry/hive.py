r"""Hive: a registry hive read lazily, a page at a time, with the changes that its transaction logs still hold.

Nothing is read that was not asked for, nothing is ever written, and no byte is trusted: every offset, size and count is
checked against the hive. Each structure of the format has its own module: `base_block`, `cell`, `key_node`, `subkey_list`,
`key_value`, `big_data`, `key_security`; of the logs `transaction_log`, `log_entry`, `dirty_vector`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from forensic.errors import Malformed
from forensic.model import Locator
from forensic.registry.base_block import BLOCK_SIZE, SECTOR_SIZE, BaseBlock
from forensic.registry.cell import DAMAGED, OLD_CELLS, Cells, HiveProblem
from forensic.registry.cross_check import CrossCheck
from forensic.registry.key import Key, KeyTree
from forensic.registry.page import Pages
from forensic.registry.transaction_log import NOT_APPLIED, Recovery, recover
from forensic.storage.source import Source

VERSIONS = frozenset((1, minor) for minor in range(7))
"""Versions of hives that Windows has written."""

MOST_BINS = 0xFFFFFFFF
"""Bytes of hive bins that offsets of cells can reach."""

_NOWHERE = Locator()


class Hive:
    """A registry hive: keys and values in one file, with the transaction logs that complete it."""

    def __init__(self, source: Source, place: Locator = _NOWHERE, *, logs: Sequence[Source] = (), cross_check: bool = False) -> None:
        """Read the base block of `source`, and the `logs` where the hive is dirty; Malformed when it is no hive.

        `place` names the volume and the file. `cross_check` has every value and class name that is asked for read a second
        time by an independent reader, and each disagreement added to `problems`.
        """
        base, recovery = _open(source, logs)
        self.dirty = recovery is not None
        self.recovered: Literal["none", "logs"] = "logs" if recovery is not None and recovery.applied else "none"
        pages = Pages(source, recovery.sectors if recovery is not None and recovery.applied else {})
        bins_size = base.hive_bins_data_size if recovery is None else recovery.hive_bins_data_size
        self.cells = Cells(pages, base, bins_size, place)
        self.place, self.size = place, source.size
        self.version, self.written, self.file_name = base.version, base.last_written, base.file_name
        self._check(base, recovery)
        tree = KeyTree(self.cells)
        try:
            self.root = Key(tree, base.root_cell_offset, None)
        except Malformed as error:
            error.code = "hive-broken"
            raise
        self.cross_check: CrossCheck | None = None
        """How the cross-check went, where one was asked for and can be made."""
        if cross_check and base.version in OLD_CELLS:
            self.cells.note(f"cross-check was not made: python-registry does not know version {base.major_version}.{base.minor_version}")
        elif cross_check:
            tree.checker = self.cross_check = CrossCheck(self.root)

    @property
    def is_thorough(self) -> bool:
        """Whether a key is called absent only where every hint of its list was checked, not by the order of the list (`subkey_search`)."""
        return self.root.tree.searches.thorough

    def look(self, *, thoroughly: bool) -> None:
        """Set how an absent key is shown to be absent; what was answered before is forgotten where it changes."""
        tree = self.root.tree
        if tree.searches.thorough != thoroughly:
            tree.searches.thorough = thoroughly
            tree.looked_up.clear()

    @property
    def problems(self) -> list[str]:
        """What is wrong with the hive as far as it was read, in sentences."""
        return self.cells.problems

    @property
    def coded_problems(self) -> list[HiveProblem]:
        """The same, each with its code."""
        return self.cells.noted

    def key(self, path: str) -> Key:
        r"""Return the key at `path` (`\` between names, '' for the root, upper and lower case alike).

        NotFound names the deepest key that exists; Malformed or Unreadable when damage hides the answer.
        """
        return self.root.key(path)

    def _check(self, base: BaseBlock, recovery: Recovery | None) -> None:
        note = self.cells.note
        if recovery is not None:
            for problem in recovery.problems:
                note(*problem)
            if not recovery.applied:
                what = f"hive is dirty ({_reason(base)}) and no transaction log could be applied: changes Windows had begun are missing"
                note(what, NOT_APPLIED)
        if base.version not in VERSIONS:
            note(f"base block gives the unknown version {base.major_version}.{base.minor_version}")
        stated, available = self.cells.bins_size, min(max(0, self.size - BLOCK_SIZE), MOST_BINS) // BLOCK_SIZE * BLOCK_SIZE
        if not stated or stated % BLOCK_SIZE or not (base.is_sound or stated > available):
            note(f"base block is damaged: it gives {stated} bytes of hive bins; the {available} of the file are read", DAMAGED)
            self.cells.bins_size = available
        elif any(
            sector not in self.cells.pages.overlay
            for sector in range((BLOCK_SIZE + available) // SECTOR_SIZE, (BLOCK_SIZE + stated) // SECTOR_SIZE)
        ):
            note(f"hive is cut short: the base block gives {stated} bytes of hive bins, the file has {available}", DAMAGED)


def _open(source: Source, logs: Sequence[Source]) -> tuple[BaseBlock, Recovery | None]:
    """Return the base block in force, and what the logs give where the hive is dirty."""
    primary = _base_block(source)
    if isinstance(primary, Malformed):
        if not _has_bins(source):
            raise primary  # no hive whose base block was damaged, but another thing altogether
        recovery = recover(None, source, logs)
        if recovery.base is None:
            raise primary
        return recovery.base, recovery
    if primary.file_type and not _has_bins(source):
        raise Malformed(f"a transaction log (file type {primary.file_type}), not a hive,", 28, code="hive-broken")
    if not primary.is_dirty:
        return primary, None
    recovery = recover(primary, source, logs)
    return recovery.base or primary, recovery


def _base_block(source: Source) -> BaseBlock | Malformed:
    """Return the base block that the file itself has, or why it has none."""
    head = source.read_at(0, BLOCK_SIZE)
    if not head:
        return Malformed("hive is empty", 0, BLOCK_SIZE, 0, code="hive-broken")
    if not head.strip(b"\0"):
        return Malformed("hive holds only zeros where its base block should be", 0, code="hive-broken")
    try:
        return BaseBlock.parse(head)
    except Malformed as error:
        return error


def _has_bins(source: Source) -> bool:
    return source.read_at(BLOCK_SIZE, 4) == b"hbin"


def _reason(base: BaseBlock) -> str:
    if not base.is_sound:
        return "the checksum of its base block is wrong"
    return f"sequence numbers {base.primary_sequence_number} and {base.secondary_sequence_number}"
