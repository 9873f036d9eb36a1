r"""Hive: a registry hive read lazily, a page at a time, with the changes that its transaction logs still hold.

Nothing is read that was not asked for, nothing is ever written, and no byte is trusted: every offset, size and count is
checked against the hive, a key has one parent and a list is entered once, so that every walk ends.

Cells (Windows registry file format specification, M. Suhanov). Offsets count from the start of the hive bins, which is
4096 bytes into the file; a cell starts with its size, negative when it is in use:

Key node `nk`:

| Offset | Size | Field | Notes |
|---|---|---|---|
| 0 | 2 | signature | `nk` |
| 2 | 2 | flags | 0x01 volatile, 0x04 root, 0x10 symbolic link, 0x20 name in Latin-1 (else UTF-16LE) |
| 4 | 8 | last written | FILETIME, UTC |
| 12 | 4 | access bits | |
| 16 | 4 | parent | offset of a key node |
| 20 | 4 | number of subkeys | |
| 24 | 4 | number of volatile subkeys | meaningless on disk |
| 28 | 4 | subkey list | offset of `li`, `lf`, `lh` or `ri` |
| 32 | 4 | volatile subkey list | meaningless on disk |
| 36 | 4 | number of values | |
| 40 | 4 | value list | offset of a list of offsets |
| 44 | 4 | security | offset of `sk` |
| 48 | 4 | class name | offset of the text, UTF-16LE |
| 52 | 20 | longest names and data, work area | not used |
| 72 | 2 | length of the name | bytes |
| 74 | 2 | length of the class name | bytes |
| 76 | … | name | |

Value `vk`:

| Offset | Size | Field | Notes |
|---|---|---|---|
| 0 | 2 | signature | `vk` |
| 2 | 2 | length of the name | bytes; 0: the default value |
| 4 | 4 | size of the data | highest bit set: at most 4 bytes, in the next field |
| 8 | 4 | data | offset of the data, or of `db` when the data are longer than 16344 bytes |
| 12 | 4 | type | |
| 16 | 2 | flags | 0x01 name in Latin-1 (else UTF-16LE) |
| 20 | … | name | |

Subkey lists: two bytes of signature, a 16-bit count, then per entry an offset (`li`, `ri`), an offset and the first four
characters of the name (`lf`), or an offset and a hash of the name (`lh`). `ri` refers to further lists.
Big data `db`: signature, 16-bit number of segments, offset of a list of their offsets; a segment holds 16344 bytes.
Security `sk`: at 16 the size of the security descriptor, which starts at 20.

In versions 1.0 and 1.1 (Windows NT 3.1) the header of a cell has 8 bytes and all names are UTF-16LE.
"""

from __future__ import annotations

import hashlib
import re
import struct
from collections.abc import Callable, Container, Iterator, Sequence
from functools import cached_property
from operator import mul
from typing import TYPE_CHECKING, Literal

from forensic.errors import ForensicError, Malformed, NotFound, Unsupported
from forensic.model import FileTime, Locator, Span, State, decode_utf16, printable
from forensic.registry.base_block import BLOCK_SIZE, BaseBlock
from forensic.registry.cell import KEPT_LIMIT, NAMED_LIMIT, OLD_CELLS, Cells, Pages
from forensic.registry.cross_check import SecondReader
from forensic.registry.transaction_log import SECTOR, Recovery, recover
from forensic.registry.upcase import upcase
from forensic.storage.source import Source

if TYPE_CHECKING:
    from forensic.registry.key_sample import KeySample

REG_NONE, REG_SZ, REG_EXPAND_SZ, REG_BINARY, REG_DWORD, REG_DWORD_BIG_ENDIAN, REG_LINK, REG_MULTI_SZ = range(8)
REG_QWORD = 11

DATA_LIMIT = 2 << 20
"""Bytes of one value that are read at most: far more than anything that is stated has, and planted values may share their data.

Windows writes values of 1 MiB at most before version 1.4 and of any size since (Microsoft, "Registry Element Size Limits")."""
DEPTH_LIMIT = 512
"""Levels of keys, as in Windows."""
SEGMENT_SIZE = 16344
"""Bytes of a segment of big data."""

VERSIONS = frozenset((1, minor) for minor in range(7))
"""Versions of hives that Windows has written."""
IMAGE_LIMIT = 1 << 30
"""Bytes of a hive up to which the second reader is asked: it needs the whole in memory."""
INDEX_DEPTH_LIMIT = 4
"""Levels of lists of subkey lists; Windows writes one."""

_ABSENT = 0xFFFFFFFF
_NOWHERE = Locator()
_ENTRY_SIZES = {b"li": 4, b"lf": 8, b"lh": 8, b"ri": 4}
_OFFSET = struct.Struct("<I")
_HINT_ENTRY = struct.Struct("<I4s")
_KEY = struct.Struct("<2sHQ15I2H")
_PLAIN_KEY = struct.Struct("<i2sHQ4xI52xH2x")
"""A key node behind the size of its cell: flags, written time, parent and length of the name, which follows."""
_PLAIN_SIZE = 256
_VALUE = struct.Struct("<2sHIIIH")
_POWERS = tuple(pow(37, exponent, 1 << 32) for exponent in range(64))
_TEXT_TYPES = frozenset({REG_SZ, REG_EXPAND_SZ, REG_LINK, 0xFFFF0012})
_LIST_TYPES = frozenset({REG_MULTI_SZ, 0xFFFF2012})
_NUMBER_SIZES = {REG_DWORD: (4,), REG_DWORD_BIG_ENDIAN: (4,), REG_QWORD: (8,), REG_BINARY: (4, 8)}
_CONTROL_SET = re.compile(r"ControlSet(\d{3})", re.IGNORECASE)


class Hive:
    """A registry hive: keys and values in one file, with the transaction logs that complete it."""

    def __init__(self, source: Source, place: Locator = _NOWHERE, *, logs: Sequence[Source] = (), witness: bool = False) -> None:
        """Read the base block of `source`, and the `logs` where the hive is dirty; Malformed when it is no hive.

        `place` names the volume and the file. `witness` has every value and class name that is asked for read a second
        time by an independent reader, and each disagreement added to `problems`.
        """
        base, recovery = _open(source, logs)
        pages = Pages(source)
        self.dirty = recovery is not None
        self.recovered: Literal["none", "logs"] = "none"
        if recovery is not None and recovery.applied:
            self.recovered = "logs"
            pages.overlay = recovery.sectors
        self.cells = Cells(pages, base, base.bins_size if recovery is None else recovery.bins_size, place)
        self.place, self.size = place, source.size
        self.version, self.written, self.file_name = base.version, base.written, base.file_name
        self._check(base, recovery)
        self.root = Key(self.cells, base.root, None)
        if witness and base.version in OLD_CELLS:
            self.cells.note(f"second reader was not asked: it does not know version {base.version[0]}.{base.version[1]}")
        elif witness:
            self.cells.witness = Witness(self.cells, self.root)

    @property
    def problems(self) -> list[str]:
        """What is wrong with the hive as far as it was read, in sentences."""
        return self.cells.problems

    def key(self, path: str) -> Key:
        r"""Return the key at `path` (`\` between names, '' for the root, upper and lower case alike).

        NotFound names the deepest key that exists; Malformed or Unreadable when damage hides the answer.
        """
        return self.root.key(path)

    def _check(self, base: BaseBlock, recovery: Recovery | None) -> None:
        note = self.cells.note
        if recovery is not None:
            for problem in recovery.problems:
                note(problem)
            if not recovery.applied:
                note(f"hive is dirty ({_reason(base)}) and no transaction log could be applied: changes Windows had begun are missing")
        if base.version not in VERSIONS:
            note(f"base block gives the unknown version {base.version[0]}.{base.version[1]}")
        available = max(0, self.size - BLOCK_SIZE) // BLOCK_SIZE * BLOCK_SIZE
        if not self.cells.bins_size or self.cells.bins_size % BLOCK_SIZE or not (base.sound or self.cells.bins_size > available):
            note(f"base block is damaged: it gives {self.cells.bins_size} bytes of hive bins; the {available} of the file are read")
            self.cells.bins_size = available
        elif any(
            sector not in self.cells.pages.overlay
            for sector in range((BLOCK_SIZE + available) // SECTOR, (BLOCK_SIZE + self.cells.bins_size) // SECTOR)
        ):
            note(f"hive is cut short: the base block gives {self.cells.bins_size} bytes of hive bins, the file has {available}")


class Witness:
    """Asks the second reader about values and class names that the first one found, each once, and notes where they disagree."""

    def __init__(self, cells: Cells, root: Key) -> None:
        """Compare what is in `cells`."""
        self._cells, self._root = cells, root
        self._asked: set[tuple[int, str | None]] = set()
        self._sound = set[int]()
        """Keys whose lists of subkeys were found without damage."""
        self._damage: dict[int, ForensicError | None] = {}
        self._reader: SecondReader | None = None

    def __call__(self, value: Value) -> None:
        """Ask about a value; of several with one name about the first, which a name finds."""
        key, name = value.key, upcase(value.name)
        if (key.offset, name) in self._asked:
            return
        self._asked.add((key.offset, name))
        try:
            first = value.raw
        except ForensicError:
            return  # whoever asked for the value will meet this
        self._compare(key, str(key.place.inside(value=value.name, offset=None)), first, lambda reader: reader.raw(key.path, value.name))

    def class_name(self, key: Key, first: bytes) -> None:
        """Ask about the class name of a key."""
        if (key.offset, None) not in self._asked:
            self._asked.add((key.offset, None))
            where = str(key.place.inside(field="class name", offset=None))
            self._compare(key, where, first, lambda reader: reader.class_name(key.path))

    def _compare(self, key: Key, where: str, first: bytes, ask: Callable[[SecondReader], bytes | None]) -> None:
        if key.offset not in self._damage:
            self._damage[key.offset] = self._first_damage(key)
        damage = self._damage[key.offset]
        if damage is not None:
            self._cells.note(f"second reader was not asked about {where}, since it may not survive this: {damage}")
            return
        try:
            if self._root.key(key.path).offset != key.offset:
                return  # a second key of the same name, which a path cannot reach
            if self._reader is None:
                self._reader = SecondReader(self._cells.image(IMAGE_LIMIT))
            second = ask(self._reader)
        except ForensicError as error:
            self._cells.note(f"second reader could not read {where}: {error}")
            return
        if second != first:
            # Digests only: what the hives of accounts hold is secret. Told even where damage has filled the problems.
            other = "nothing there" if second is None else _digest(second)
            self._cells.problems.append(f"two readers disagree about {where}: {_digest(first)} against {other}")

    def _first_damage(self, key: Key) -> ForensicError | None:
        """Return the first damage to the lists on the way to this key, which python-registry might follow without end."""
        damage: list[ForensicError] = []
        for _ in key.entries(damage):
            pass
        step = key.parent
        while step is not None and not damage:
            if step.offset not in self._sound:
                for _ in step.leaves(damage):
                    pass
                if not damage:
                    self._sound.add(step.offset)
            step = step.parent
        return damage[0] if damage else None


def _digest(data: bytes) -> str:
    return f"{len(data)} bytes with SHA-256 {hashlib.sha256(data).hexdigest()[:16]}…"


def _open(source: Source, logs: Sequence[Source]) -> tuple[BaseBlock, Recovery | None]:
    """Return the base block in force, and what the logs give where the hive is dirty."""
    head = source.read_at(0, BLOCK_SIZE)
    if not head:
        raise Malformed("hive is empty", 0, BLOCK_SIZE, 0)
    failure = None
    try:
        primary = BaseBlock.parse(head)
    except Malformed as error:
        primary, failure = None, error
        if not head.strip(b"\0"):
            failure = Malformed("hive holds only zeros where its base block should be", 0)
    if primary is not None and primary.file_type and not _has_bins(source):
        raise Malformed(f"a transaction log (file type {primary.file_type}), not a hive,", 28)
    if primary is not None and not primary.dirty:
        return primary, None
    if failure is not None and not _has_bins(source):
        raise failure  # no hive whose base block was damaged, but another thing altogether
    recovery = recover(primary, source, logs)
    if recovery.base is None:
        raise failure or Malformed("base block", 0)
    return recovery.base, recovery


def _has_bins(source: Source) -> bool:
    return source.read_at(BLOCK_SIZE, 4) == b"hbin"


def _reason(base: BaseBlock) -> str:
    return f"sequence numbers {base.primary} and {base.secondary}" if base.sound else "the checksum of its base block is wrong"


class Key:
    """A registry key. As a `Reading`, its bytes are the key node up to the end of the name."""

    def __init__(self, cells: Cells, offset: int, parent: Key | None) -> None:
        """Read the key node whose cell lies `offset` bytes into the hive bins."""
        start, head, capacity = cells.record(offset, b"nk", _KEY.size, "key node")
        fields = _KEY.unpack_from(head)
        size = _KEY.size + fields[18]
        if size > capacity:
            raise Malformed("name of a key", start + _KEY.size, fields[18], capacity - _KEY.size)
        self.raw = head[:size] if size <= len(head) else cells.pages.read(start, size)
        self.name = cells.name(self.raw[_KEY.size :], narrow=bool(fields[1] & 0x20))
        self.written = FileTime(fields[2])
        self.key_count: int = 0 if fields[5] == _ABSENT else fields[5]
        self.value_count: int = 0 if fields[9] == _ABSENT else fields[9]
        self.is_volatile = bool(fields[1] & 0x01)
        self.is_link = bool(fields[1] & 0x10)
        self.offset = offset
        """Of the cell, from the start of the hive bins."""
        self._cells, self._start = cells, start
        self.parent_offset: int = fields[4]
        """Of the cell of the parent, as the key node states it."""
        self._subkeys: int = fields[7]
        self._values: int = fields[10]
        self._security: int = fields[11]
        self._class: int = fields[12]
        self._class_size: int = fields[19]
        self._value_damage: list[ForensicError] = []
        self.parent = parent
        if parent is None:
            self.path, self.depth = "", 0
        else:
            self.path = f"{parent.path}\\{self.name}" if parent.path else self.name
            self.depth = parent.depth + 1

    @property
    def place(self) -> Locator:
        """Where the key node lies; names the control set where the path starts with one."""
        place = self._cells.place.inside(key=self.path, offset=self._start)
        match = _CONTROL_SET.fullmatch(self.path.partition("\\")[0])
        return place.inside(control_set=int(match[1])) if match else place

    @property
    def state(self) -> State:
        """Whether the key node is stored in the file, or differs from it because a log was applied."""
        return self._cells.state((self._start, len(self.raw)))

    def keys(self) -> Iterator[Key]:
        """Yield the subkeys in their stored order; damaged ones are left out and named in the hive's `problems`."""
        return self._children()

    def subkey_times(self) -> Iterator[FileTime]:
        """Yield the last-written times of the subkeys, of those that `keys` would yield, without making them."""
        damage: list[ForensicError] = []
        for offset in self._offsets(damage):
            plain = self._plain(offset)
            if plain is not None:
                yield FileTime(plain[0])
            elif (child := self._child(offset, damage)) is not None:
                yield child.written

    def key(self, path: str) -> Key:
        """Return the key at `path` below this one; NotFound names the deepest key that exists."""
        key = self
        for part in filter(None, path.split("\\")):
            child = key.find(part)
            if child is None:
                where = f"key '{printable(key.path)}'" if key.path else "root key"
                raise NotFound(f"key '{printable(path)}' does not exist: the {where} has no subkey '{printable(part)}'")
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

    def values(self) -> Iterator[Value]:
        """Yield the values in their stored order; damaged ones are left out and named in the hive's `problems`."""
        for value in self.entries([]):
            if self._cells.witness is not None:
                self._cells.witness(value)
            yield value

    def value(self, name: str) -> Value:
        """Return the value `name` ('' for the default value); NotFound when the key has none of this name."""
        value = self.find_value(name)
        if value is None:
            raise NotFound(f"value '{printable(name) or '(default)'}' does not exist in key '{printable(self.path)}'")
        return value

    def find_value(self, name: str) -> Value | None:
        """Return the value `name`, or None where it does not exist; Malformed when damage hides the answer."""
        wanted = upcase(name)
        value = self._named.get(wanted) if self.value_count <= NAMED_LIMIT else self._first_value(wanted)
        if value is None and self._value_damage:
            raise self._value_damage[0]
        if value is not None and self._cells.witness is not None:
            self._cells.witness(value)
        return value

    @cached_property
    def _named(self) -> dict[str, Value]:
        """The values by folded name, of several with one name the first."""
        named: dict[str, Value] = {}
        for value in self.entries(self._value_damage):
            named.setdefault(upcase(value.name), value)
        return named

    def _first_value(self, wanted: str) -> Value | None:
        return next((value for value in self.entries(self._value_damage) if upcase(value.name) == wanted), None)

    @property
    def class_name(self) -> Span:
        """The class name, as its bytes; NotFound where the key has none."""
        if self._class == _ABSENT or not self._class_size:
            raise NotFound(f"key '{printable(self.path)}' has no class name")
        start, _ = self._cells.find(self._class, self._class_size, "class name")
        raw = self._cells.pages.read(start, self._class_size)
        if self._cells.witness is not None:
            self._cells.witness.class_name(self, raw)
        return Span(self.place.inside(field="class name", offset=start), raw, self.written, self._cells.state((start, len(raw))))

    @property
    def class_text(self) -> str:
        """The class name as text."""
        return decode_utf16(self.class_name.raw).partition("\0")[0]

    @property
    def written_span(self) -> Span:
        """The eight bytes of the last-written time."""
        start = self._start + 4
        return Span(self.place.inside(field="last-written time", offset=start), self.raw[4:12], self.written, self._cells.state((start, 8)))

    def sample_keys(self, size: int) -> KeySample:
        """Count the keys of the whole hive, with their first and last time, and sample at most `size` of them.

        Unreadable when bytes of the hive are missing, Unsupported for hives of Windows NT 3.1.
        """
        from forensic.registry.key_sample import sample_keys

        return sample_keys(self._cells, size)

    @property
    def security(self) -> bytes:
        """The security descriptor, self-relative; NotFound where the key has none."""
        if self._security == _ABSENT:
            raise NotFound(f"key '{printable(self.path)}' has no security descriptor")
        start, head, capacity = self._cells.record(self._security, b"sk", 20, "security descriptor")
        size = int.from_bytes(head[16:20], "little")
        if size > min(capacity - 20, DATA_LIMIT):
            raise Malformed("security descriptor", start + 20, size, capacity - 20)
        return self._cells.pages.read(start + 20, size)

    def _subkey(self, name: str) -> Key | None:
        wanted, damage = upcase(name), list[ForensicError]()
        kept, at = self._cells.kept, (self.offset, wanted)
        if at in kept:
            return kept[at]
        child = self._listed(wanted, damage)
        if child is None and damage:
            raise damage[0]
        if len(kept) >= KEPT_LIMIT:
            kept.clear()
        kept[at] = child
        return child

    def _listed(self, wanted: str, damage: list[ForensicError]) -> Key | None:
        for kind, body in self.leaves(damage):
            for offset in _hinted(kind, body, wanted):
                child = self._child(offset, damage)
                if child is not None and upcase(child.name) == wanted:
                    return child
        # Lists with wrong hints exist: only a list that was once read whole and told the truth is believed.
        proven = self._cells.proven_lists
        if self._subkeys not in proven and self._hints_hold(damage) and not damage:
            proven.add(self._subkeys)
        return None if self._subkeys in proven else self._search(wanted, damage)

    def _hints_hold(self, damage: list[ForensicError]) -> bool:
        """Whether every hint of the lists leads to its key: one that is wrong, by damage or on purpose, would hide a key."""
        for kind, body in self.leaves(damage):
            step = _ENTRY_SIZES[kind]
            for at in range(0, len(body), step):
                folded = self._folded_name(int.from_bytes(body[at : at + 4], "little"), damage)
                if folded is not None and not _is_hinted(kind, body[at + 4 : at + step], folded):
                    return False
        return True

    def _search(self, wanted: str, damage: list[ForensicError]) -> Key | None:
        """Return the subkey by comparing every name."""
        for offset in self._offsets(damage):
            if self._folded_name(offset, damage) == wanted:
                return self._child(offset, damage)
        return None

    def _folded_name(self, offset: int, damage: list[ForensicError]) -> str | None:
        plain = self._plain(offset)
        if plain is not None:
            return plain[1].decode("ascii")
        child = self._child(offset, damage)
        return None if child is None else upcase(child.name)

    def _plain(self, offset: int) -> tuple[int, bytes] | None:
        """Return written time and folded name of a subkey where nothing about it is odd; None where only making the key can tell.

        Long lists are read whole for one of the two, and most of what a key is made of would then be thrown away.
        """
        cells = self._cells
        if offset % 8 or offset < 32 or offset == cells.root or self.depth >= DEPTH_LIMIT or cells.version in OLD_CELLS:
            return None
        try:
            data = cells.pages.read(BLOCK_SIZE + offset, 4, _PLAIN_SIZE)
        except ForensicError:
            return None
        if len(data) < _PLAIN_KEY.size:
            return None
        size, signature, flags, written, parent, name_size = _PLAIN_KEY.unpack_from(data)
        end = _PLAIN_KEY.size + name_size
        if signature != b"nk" or not flags & 0x20 or parent != self.offset or not end <= min(-size, len(data)):
            return None
        name: bytes = data[_PLAIN_KEY.size : end]
        return (written, name.upper()) if offset - size <= cells.bins_size and name.isascii() else None

    def _children(self) -> Iterator[Key]:
        damage: list[ForensicError] = []
        for offset in self._offsets(damage):
            child = self._child(offset, damage)
            if child is not None:
                yield child

    def _offsets(self, damage: list[ForensicError]) -> Iterator[int]:
        """Yield the cells of the subkeys in their stored order, each once."""
        seen = set[int]()
        for kind, body in self.leaves(damage):
            for at in range(0, len(body), _ENTRY_SIZES[kind]):
                offset = int.from_bytes(body[at : at + 4], "little")
                if offset in seen:
                    self._step_over(Malformed("subkey is listed twice", BLOCK_SIZE + offset), damage)
                else:
                    seen.add(offset)
                    yield offset

    def _step_over(self, error: ForensicError, damage: list[ForensicError]) -> None:
        self._cells.skip(error)
        if not damage:
            damage.append(error)

    def _child(self, offset: int, damage: list[ForensicError]) -> Key | None:
        try:
            if self.depth >= DEPTH_LIMIT:
                raise Malformed(f"keys are nested deeper than {DEPTH_LIMIT} levels", self._start)
            child = Key(self._cells, offset, self)
            self._adopt(child)
        except ForensicError as error:
            self._step_over(error, damage)
            return None
        return child

    def _adopt(self, child: Key) -> None:
        """Let a key node have one parent only, so that keys are always a tree.

        A key node that names another parent is that parent's where that one lists it; else it belongs to the first
        key that was found to list it, as Windows repairs such hives.
        """
        owners = self._cells.owners
        if child.offset == self._cells.root:
            raise Malformed("root key is listed as a subkey", child.place.offset)
        if child.parent_offset == self.offset:
            return
        owner = owners.get(child.offset)
        if owner is None:
            owner = self.offset
            try:
                claimed = Key(self._cells, child.parent_offset, None)
                if claimed.lists(child.offset):
                    owner = child.parent_offset
            except ForensicError:
                pass
            owners[child.offset] = owner
        problem = Malformed("key node names another parent than the key that lists it,", child.place.offset)
        if owner != self.offset:
            raise problem
        self._cells.note(str(problem))

    def lists(self, offset: int) -> bool:
        """Whether `offset` stands in one of the lists of subkeys."""
        packed = _OFFSET.pack(offset)
        for kind, body in self.leaves([]):
            at = body.find(packed)
            while at >= 0:
                if at % _ENTRY_SIZES[kind] == 0:
                    return True
                at = body.find(packed, at + 1)
        return False

    def leaves(self, damage: list[ForensicError]) -> Iterator[tuple[bytes, bytes]]:
        """Yield signature and entries of each list of subkeys, through the lists of lists."""
        if not self.key_count:
            return
        cells, seen, waiting = self._cells, set[int](), [(self._subkeys, 0)]
        while waiting:
            offset, depth = waiting.pop()
            try:
                start, capacity, data = cells.open(offset, 4, "subkey list")
                if offset in seen or depth > INDEX_DEPTH_LIMIT:
                    raise Malformed("subkey list is entered twice, or nested too deep", start)
                seen.add(offset)
                head = data[:4] if len(data) >= 4 else cells.pages.read(start, 4)
                kind, count = head[:2], head[2] | head[3] << 8
                step = _ENTRY_SIZES.get(kind)
                if step is None:
                    raise Malformed(f"subkey list has no known signature ({head[:2].hex()})", start)
                cells.own_list(offset, self.offset, count, start)
                if count * step > capacity - 4:
                    self._step_over(Malformed("subkey list", start + 4, count * step, capacity - 4), damage)
                    count = (capacity - 4) // step
                body = data[4 : 4 + count * step]
                if len(body) < count * step:
                    body = cells.pages.read(start + 4, count * step)
            except ForensicError as error:
                self._step_over(error, damage)
                continue
            if kind == b"ri":
                waiting.extend((inner, depth + 1) for (inner,) in reversed(list(_OFFSET.iter_unpack(body))))
            else:
                yield kind, body

    def entries(self, damage: list[ForensicError]) -> Iterator[Value]:
        """Yield the values; `damage` takes the first of the errors that were stepped over."""
        if not self.value_count:
            return
        cells, count, seen = self._cells, self.value_count, set[int]()
        try:
            start, capacity = cells.find(self._values, 4, "value list")
            cells.own_list(self._values, self.offset, count, start)
        except ForensicError as error:
            self._step_over(error, damage)
            return
        if 4 * count > capacity:
            self._step_over(Malformed("value list", start, 4 * count, capacity), damage)
            count = capacity // 4
        for at in range(start, start + 4 * count, BLOCK_SIZE):
            for (offset,) in _OFFSET.iter_unpack(cells.pages.read(at, min(BLOCK_SIZE, start + 4 * count - at))):
                try:
                    if offset in seen:
                        raise Malformed("value is listed twice", BLOCK_SIZE + offset)
                    seen.add(offset)
                    value = Value(self, cells, offset)
                except ForensicError as error:
                    self._step_over(error, damage)
                else:
                    yield value


class Value:
    """A value of a registry key: a name, a type and data."""

    def __init__(self, key: Key, cells: Cells, offset: int) -> None:
        """Read the value record whose cell lies `offset` bytes into the hive bins; its data are read when asked for."""
        start, head, capacity = cells.record(offset, b"vk", 20, "value")
        _, name_size, size, data, kind, flags = _VALUE.unpack_from(head)
        if name_size > capacity - 20:
            raise Malformed("name of a value", start + 20, name_size, capacity - 20)
        self.key, self._cells = key, cells
        name = head[20 : 20 + name_size] if 20 + name_size <= len(head) else cells.pages.read(start + 20, name_size)
        self.name = cells.name(name, narrow=bool(flags & 0x01))
        self.type: int = kind
        """The type as it is stored, all 32 bits: 1 REG_SZ, 3 REG_BINARY, …, 0xffff0012 a device property's string."""
        self._start, self._record_size = start, 20 + name_size
        self._size: int = size
        self._data: int = data

    @property
    def written(self) -> FileTime:
        """Last-written time of the key; values have none of their own."""
        return self.key.written

    @property
    def place(self) -> Locator:
        """Where the first byte of the data lies; the value record itself where that cannot be told."""
        try:
            start = self._runs[0][0]
        except (ForensicError, IndexError):
            start = self._start
        return self.key.place.inside(value=self.name, offset=start)

    @cached_property
    def raw(self) -> bytes:
        """The data; Malformed or Unreadable when they cannot be had whole."""
        pages = self._cells.pages
        return b"".join(pages.read(start, size) for start, size in self._runs)

    @property
    def state(self) -> State:
        """Whether value record and data are stored in the file, or differ from it because a log was applied."""
        return self._cells.state((self._start, self._record_size), *self._runs)

    @cached_property
    def _runs(self) -> list[tuple[int, int]]:
        """Where the data lie: offset in the file and size of each run of bytes."""
        cells, size = self._cells, self._size
        if size & 0x80000000:
            size &= 0x7FFFFFFF
            if size > 4:
                raise Malformed("data of a value, said to lie in its record,", self._start + 8, size, 4)
            return [(self._start + 8, size)]
        if not size:
            return []
        if size > cells.bins_size:
            raise Malformed(f"value claims {size} bytes of data, more than the hive has", self._start + 4)
        if size > DATA_LIMIT:
            raise Unsupported(
                f"value claims {size} bytes of data, more than the {DATA_LIMIT} that are read, at offset {self._start + 4:#x}"
            )
        start, capacity = cells.find(self._data, 1, "data of a value")
        if capacity >= size:
            return [(start, size)]
        if size <= SEGMENT_SIZE or cells.version < (1, 4) or capacity < 8 or cells.pages.read(start, 2) != b"db":
            raise Malformed("data of a value", start, size, capacity)
        return self._segments(start, size)

    def _segments(self, start: int, size: int) -> list[tuple[int, int]]:
        cells = self._cells
        count, listing = struct.unpack("<HI", cells.pages.read(start + 2, 6))
        need = -(-size // SEGMENT_SIZE)
        if count < need:
            raise Malformed("list of big data", start, need, count)
        start, _ = cells.find(listing, 4 * need, "list of big data")
        runs = []
        for (offset,) in _OFFSET.iter_unpack(cells.pages.read(start, 4 * need)):
            part = min(SEGMENT_SIZE, size)
            runs.append((cells.find(offset, part, "segment of big data")[0], part))
            size -= part
        return runs

    def text(self) -> str:
        """Return the text of REG_SZ, REG_EXPAND_SZ and REG_LINK up to the first NUL; Malformed for other types."""
        self._require(_TEXT_TYPES, "text")
        return self._decoded().partition("\0")[0]

    def texts(self) -> list[str]:
        """Return the texts of REG_MULTI_SZ, empty ones among them too; Malformed for other types."""
        self._require(_LIST_TYPES, "a list of texts")
        text = self._decoded().removesuffix("\0").removesuffix("\0")
        return text.split("\0") if text else []

    def number(self) -> int:
        """Return the number of REG_DWORD, REG_DWORD_BIG_ENDIAN, REG_QWORD, and of REG_BINARY with 4 or 8 bytes."""
        self._require(_NUMBER_SIZES, "a number")
        sizes = _NUMBER_SIZES[self.type]
        if len(self.raw) not in sizes:
            raise Malformed(f"number in value '{printable(self.name)}'", self.place.offset, sizes[-1], len(self.raw))
        return int.from_bytes(self.raw, "big" if self.type == REG_DWORD_BIG_ENDIAN else "little")

    def filetime(self) -> FileTime:
        """Return the eight bytes as a FILETIME; Malformed when there are more or fewer."""
        if len(self.raw) != 8:
            raise Malformed(f"FILETIME in value '{printable(self.name)}'", self.place.offset, 8, len(self.raw))
        return FileTime.from_bytes_le(self.raw)

    def part(self, offset: int, size: int) -> Span:
        """Return `size` bytes that start `offset` bytes into the data, with their own place; Malformed out of range."""
        if offset < 0 or size < 0 or offset + size > len(self.raw):
            raise Malformed(f"part of value '{printable(self.name)}'", offset, size, max(0, len(self.raw) - max(0, offset)))
        within = offset
        start = self._start
        for run, length in self._runs:
            start = run + within
            if within < length:
                break
            within -= length
        return Span(self.place.inside(offset=start), self.raw[offset : offset + size], self.written, self.state)

    def _decoded(self) -> str:
        raw = self.raw
        return decode_utf16(raw[:-1] if len(raw) % 2 and not raw[-1] else raw)

    def _require(self, types: Container[int], what: str) -> None:
        if self.type not in types:
            raise Malformed(f"value '{printable(self.name)}' is not {what}: its type is {self.type:#x}", self._start + 12)


def _name_hash(folded: str) -> int:
    if folded.isascii() and len(folded) <= len(_POWERS):
        total: int = sum(map(mul, reversed(folded.encode()), _POWERS))
        return total & 0xFFFFFFFF
    total = 0
    for unit in memoryview(folded.encode("utf-16-le", "surrogatepass")).cast("H"):
        total = total * 37 + unit & 0xFFFFFFFF
    return total


def _hinted(kind: bytes, body: bytes, folded: str) -> Iterator[int]:
    """Yield the offsets of entries that could, by hash or first four characters, have this name; none in lists without hints."""
    if kind == b"lh":
        hint = _name_hash(folded).to_bytes(4, "little")
        at = body.find(hint)
        while at >= 0:
            if at % 8 == 4:
                yield int.from_bytes(body[at - 4 : at], "little")
            at = body.find(hint, at + 1)
    elif kind == b"lf":
        hint = _first_characters(folded)
        for offset, stored in _HINT_ENTRY.iter_unpack(body):
            if _could_begin(stored, hint):
                yield offset


def _is_hinted(kind: bytes, stored: bytes, folded: str) -> bool:
    """Tell whether the hint of one entry leads to a key of this name."""
    if kind == b"lh":
        return int.from_bytes(stored, "little") == _name_hash(folded)
    return kind == b"lf" and _could_begin(stored, _first_characters(folded))


def _first_characters(folded: str) -> bytes:
    return folded[:4].encode("latin-1", "replace").ljust(4, b"\0")


def _could_begin(stored: bytes, hint: bytes) -> bool:
    # A name outside Latin-1 has no hint, and one outside ASCII folds in ways that bytes do not show.
    return stored.upper() == hint or not stored[0] or not stored.isascii()
