"""EWF1 image (EnCase E01, SMART S01): compressed chunks in any number of segment files.

What the segment files say is read in `ewf_section`; here their tables become one sequence of chunks, and chunks become bytes. Every chunk
carries an Adler-32 (uncompressed ones behind their bytes, compressed ones inside the zlib stream), and no byte is given out unchecked.

A chunk's number follows only from the numbers of chunks in all tables before it. Where a table or a whole segment is lost, the chunks
before the loss are counted from the start and those after the last loss from the end, which is exact where the image is complete otherwise;
what lies between two losses cannot be placed and is unreadable. Of the chunks at the first loss those whose bytes are there are found by
`ewf_salvage`.
"""

from __future__ import annotations

import re
import sys
import zlib
from array import array
from bisect import bisect_right
from collections import Counter, OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from forensic.containers.chunk import Chunks, Coding, Extent
from forensic.containers.ewf_section import HEADER_SIZE, LOGICAL, SIGNATURE, Gap, Geometry, Segment, Table, read_segment, segment_number
from forensic.containers.image import Image
from forensic.containers.segment import siblings, split_name
from forensic.errors import ForensicError, Malformed, NotFound, Unreadable, Unsupported
from forensic.model import Problem
from forensic.storage.source import EvidenceFile, FilePool

if TYPE_CHECKING:
    from forensic.containers.ewf_salvage import Salvage

TABLE_CACHE = 4 << 20
"""Bytes of table entries kept."""
PAGE = 1 << 16
"""Table entries read at a time; most tables have no more."""
BLOCK = 1 << 20
"""Bytes of a table read at a time to check it."""
COMPRESSED = 1 << 31
PLAIN_OR_DEFLATE: tuple[Coding, Coding] = ("plain", "deflate")


def detect(head: bytes, tail: bytes) -> bool:
    """Tell whether `head` begins an EWF1 segment file, by its signature or, where that is damaged, by its first section."""
    del tail
    return head.startswith((SIGNATURE, LOGICAL)) or segment_number(head) is not None


def open_container(file: EvidenceFile) -> Image:
    """Open the image that `file` is a segment of; a later segment leads to the first one beside it."""
    if file.read_at(0, 8) == LOGICAL:
        raise Unsupported(f"{file.name} is a logical evidence file (L01): it holds copied files, not a disk")
    problems: list[Problem] = []
    roster = FilePool()
    files = _find(file, roster, problems)
    try:
        segments = _read(files, roster, problems)
        geometry = _agree(segments, problems)
        chunks = _TableChunks(geometry, _place(segments, geometry, problems), roster, problems)
    except BaseException:
        for segment_file in files.values():
            segment_file.close()
        raise
    for number in files.keys() - segments.keys():
        files[number].close()
    image = Image(file.where, "ewf", chunks, [segment.file for segment in segments.values()], file.accounting)
    image.problems = problems
    image.sector_size = geometry.bytes_per_sector
    for segment in segments.values():
        image.stored_hashes |= segment.hashes
    return image


def _numbering(letter: str) -> Callable[[str], int | None]:
    """Return how extensions of the family of `letter` (E or S) are read: 01 to 99 after it, then three letters from EAA (SAA) on."""

    def number(extension: str) -> int | None:
        text = extension.upper()
        if re.fullmatch(letter + r"[0-9]{2}", text):
            return int(text[1:])
        if re.fullmatch(r"[A-Z]{3}", text):
            value = ((ord(text[0]) - ord(letter)) * 26 + ord(text[1]) - ord("A")) * 26 + ord(text[2]) - ord("A")
            return 100 + value if value >= 0 else None
        return None

    return number


def _name(stem: str, extension: str, number: int) -> str:
    """Return the name of segment `number` beside the one with this extension."""
    letter = extension[0].upper() if extension[1:].isdigit() else "E"
    if number < 100:
        text = f"{letter}{number:02d}"
    else:
        high, low = divmod(number - 100, 26)
        text = chr(ord(letter) + high // 26) + chr(ord("A") + high % 26) + chr(ord("A") + low)
    return f"{stem}.{text.lower() if extension.islower() else text}"


def _find(file: EvidenceFile, roster: FilePool, problems: list[Problem]) -> dict[int, EvidenceFile]:
    """Return the segments beside `file` by their number, checked by content; report what is missing or misnamed."""
    stem, extension = split_name(file.name)
    own = segment_number(file.read_at(0, 89))
    if own is None:
        raise Malformed(f"{file.name} is cut short in the header of an EWF segment file", 0, HEADER_SIZE, file.size)
    found: dict[int, str] = {}
    if re.fullmatch(r"[A-Za-z]([0-9]{2}|[A-Za-z]{2})", extension):
        for letter in (extension[0].upper(),) if extension[1:].isdigit() else ("E", "S"):
            found = siblings(file, _numbering(letter))
            if found.keys() & {1, 2}:
                break
        else:
            found = {}  # a name such as `.raw` or `.bin` counts nothing
    if file.name not in found.values():
        found = {own: file.name}

    opened: dict[int, EvidenceFile] = {}
    inside: dict[int, int] = {}
    refused: dict[int, Problem] = {}
    try:
        for number, name in found.items():
            try:
                segment = file if name == file.name else file.beside(name)
                written = segment_number(roster.acquire(segment).read_at(0, 89))
            except ForensicError as error:
                refused[number] = Problem("error", name, str(error))
                continue
            if written is None:
                segment.close()
                continue
            opened[number], inside[number] = segment, written
        # further off than the next number it is no segment's name but that of another file, such as `.log`
        problems.extend(problem for number, problem in refused.items() if number <= max(opened) + 1)
        return _number(stem, extension, opened, inside, problems)
    except BaseException:
        for segment in opened.values():
            segment.close()
        raise


def _number(
    stem: str, extension: str, opened: dict[int, EvidenceFile], inside: dict[int, int], problems: list[Problem]
) -> dict[int, EvidenceFile]:
    """Decide between the numbers in the names and those in the files: the files know better where theirs make a whole sequence."""
    given = f"{stem}.{extension}" if extension else stem
    strays = {number for number, written in inside.items() if number != written == inside.get(written)}
    if 2 * len(strays) < len(inside):  # where most numbers are right, one that a right segment has is not a slip of the writer
        for number in strays:
            what = f"says that it is segment {inside[number]}, which {opened[inside[number]].name} is: it is set aside"
            problems.append(Problem("error", opened[number].name, what))
            opened.pop(number).close()
            del inside[number]
    if any(number != written for number, written in inside.items()):
        if sorted(inside.values()) == list(range(1, len(inside) + 1)):
            what = "the segment numbers in the files differ from those in their names: the files are followed"
            opened = {inside[number]: segment for number, segment in opened.items()}
        else:
            what = "the segment numbers in the files differ from those in their names and are not a sequence: the names are followed"
        problems.append(Problem("warning", given, what))
    if 1 not in opened:
        first = f"its first segment, {_name(stem, extension, 1)}," if extension else "its first segment"
        raise NotFound(f"{given} is a later segment of an EWF image, and {first} is not beside it")
    return dict(sorted(opened.items()))


def _read(files: dict[int, EvidenceFile], roster: FilePool, problems: list[Problem]) -> dict[int, Segment]:
    """Read the sections of all segments, up to the one that says it is the last."""
    segments: dict[int, Segment] = {}
    for number, file in files.items():
        segment = segments[number] = read_segment(roster.acquire(file))
        problems.extend(segment.problems)
        if segment.ending == "done" and number != max(files):
            problems.append(Problem("error", file.name, "says that it is the last segment: those after it are not used"))
            break
    first = segments[1]
    if first.number != 1 and not first.begins:
        raise NotFound(f"{first.file.name} is segment {first.number} of an EWF image, whatever its name, and the first one is not there")
    return segments


def _agree(segments: dict[int, Segment], problems: list[Problem]) -> Geometry:
    """Return the geometry of the image; set aside segments that belong to another one."""
    geometry = next((segment.geometry for segment in segments.values() if segment.geometry is not None), None)
    first = segments[1].file.name
    if geometry is None:
        raise Malformed(f"{first}: no sound volume section says how large the image is")
    sizes = Counter(segment.geometry.sectors for segment in segments.values() if segment.geometry is not None)
    for number, segment in list(segments.items()):
        other = segment.geometry
        if other is None:
            continue
        strange = any(geometry.set_identifier) and any(other.set_identifier) and geometry.set_identifier != other.set_identifier
        if geometry.sectors not in {0, other.sectors} and other.sectors:
            strange = strange or sizes[geometry.sectors] > 1  # further segments confirm the first one's
        if strange or other.chunk_size != geometry.chunk_size:
            problems.append(Problem("error", segment.file.name, f"belongs to another image than {first}: it is set aside"))
            del segments[number]
    return geometry


class Run(NamedTuple):
    """Consecutive chunks of which one thing is known: the table that lists them, or why none does."""

    first: int
    length: int
    where: Table | Gap


def _sequence(segments: dict[int, Segment], problems: list[Problem]) -> list[Table | Gap]:
    """Return the tables of all segments in order, and what is lost between them."""
    stem, extension = split_name(segments[1].file.name)
    sequence: list[Table | Gap] = []
    expected = 1
    for number, segment in segments.items():
        if number > expected:
            sequence.append(_missing(stem, extension, expected, number - 1, problems))
        sequence.extend(segment.parts)
        expected = number + 1
    if segments[expected - 1].ending == "next":
        sequence.append(_missing(stem, extension, expected, expected, problems))
    return sequence


def _missing(stem: str, extension: str, first: int, last: int, problems: list[Problem]) -> Gap:
    name = _name(stem, extension, first)
    through = f" to {_name(stem, extension, last)}" if last > first else ""
    problems.append(Problem("error", name, f"{name}{through}: missing, damaged or not of this image"))
    return Gap(f"segment {name}{through} is missing")


def _place(segments: dict[int, Segment], geometry: Geometry, problems: list[Problem]) -> list[Run]:
    """Number the chunks: from the start up to the first loss, from the end back to the last one."""
    sequence = _sequence(segments, problems)
    name = segments[1].file.name
    known = sum(part.count for part in sequence if isinstance(part, Table))
    total = -(-geometry.sectors // geometry.sectors_per_chunk)
    if total != geometry.chunks:
        what = f"the volume section counts {geometry.chunks} chunks, but its {geometry.sectors} sectors make {total}"
        problems.append(Problem("warning", name, what))
    if known != total:
        for number, segment in segments.items():
            if segment.number != number and segment.parts:  # one may have been lost and the later ones renamed
                sequence.insert(sequence.index(segment.parts[0]), Gap(f"{segment.file.name} says that it is segment {segment.number}"))
        what = f"the tables list {known} chunks, the image has {total}" + (f": {_loss(sequence).why}" if known < total else "")
        harmless = known > total > 0 and not any(isinstance(part, Gap) for part in sequence)
        problems.append(Problem("warning" if harmless else "error", name, what))
    else:  # every chunk is listed: whatever was lost listed none
        sequence = [part for part in sequence if isinstance(part, Table)]

    loss = next((index for index, part in enumerate(sequence) if isinstance(part, Gap)), len(sequence))
    runs: list[Run] = []
    position = 0
    for part in sequence[:loss]:
        if isinstance(part, Table):
            runs.append(Run(position, part.count, part))
            position += part.count
    tail: list[Run] = []
    end = total
    if segments[max(segments)].ending == "done" and known <= total:
        for part in reversed(sequence[loss:]):
            if isinstance(part, Gap):
                break
            end -= part.count
            tail.append(Run(end, part.count, part))
    if tail and end > position:
        problems.append(Problem("warning", name, f"chunks from number {end} on are placed by counting back from the end of the image"))
    if end > position:
        runs.append(Run(position, end - position, _loss(sequence[loss:])))
    return [run for run in runs + tail[::-1] if run.length]


def _loss(parts: list[Table | Gap]) -> Gap:
    unfinished = Gap("no table lists them; the acquisition was not finished")
    return next((part for part in parts if isinstance(part, Gap)), unfinished)


class _TableChunks(Chunks):
    """Chunks by the tables of EWF1."""

    def __init__(self, geometry: Geometry, runs: list[Run], roster: FilePool, problems: list[Problem]) -> None:
        """Read by `geometry` the chunks that `runs` place."""
        super().__init__(geometry.size, geometry.chunk_size, roster, problems)
        self._runs, self._firsts = runs, [run.first for run in runs]
        self._pages: OrderedDict[tuple[int, int], tuple[array[int], int]] = OrderedDict()
        self._paged = 0
        self._tables: dict[int, _Entries | str] = {}
        self._salvage: Salvage | None = None
        """Of the one run that no table lists."""

    def _extent(self, number: int) -> Extent:
        index = bisect_right(self._firsts, number) - 1
        run = self._runs[index] if index >= 0 else None
        if run is None or number >= run.first + run.length:
            raise Unreadable(f"media offset {number * self._chunk_size:#x}: no table lists chunk {number}")
        if isinstance(run.where, Gap):
            return self._salvaged(run, run.where, number)
        table = run.where
        entry = number - run.first
        page, overflow = self._page(index, table, number, entry // PAGE)
        position = entry % PAGE
        raw = page[position]
        start, coding = raw & ~COMPRESSED, PLAIN_OR_DEFLATE[raw >> 31]
        if entry >= overflow:
            start, coding = raw, "unknown"
        end = table.end - table.base
        if entry + 1 < table.count:
            following = page[position + 1] if entry + 1 >= overflow else page[position + 1] & ~COMPRESSED
            end = following if following > start else end
        size = min(end - start, self._chunk_size * 2 + 1024)
        if coding == "plain":
            size = max(size, self._expected(number) + 4)
        offset = table.base + start
        extent = Extent(table.file, offset, min(size, table.file.size - offset), coding)
        if extent.size <= 0:
            raise self._damage(number, extent, "it lies past the end of the segment file")
        return extent

    def _salvaged(self, run: Run, gap: Gap, number: int) -> Extent:
        """Return where a chunk lies that no table lists; Unreadable when it cannot be found without one."""
        if gap.file is not None and gap.start:
            if self._salvage is None:
                from forensic.containers.ewf_salvage import Salvage

                self._salvage = Salvage(gap.file, gap, self._chunk_size, self._inflate)
                what = f"chunks from number {run.first} on are found without a table, each behind the one before it"
                self._problems.append(Problem("warning", gap.file.name, what))
            self._roster.acquire(gap.file)
            last = -(-self._size // self._chunk_size) - 1
            found = self._salvage.find(number - run.first, self._expected(last), last - run.first)
            if found is not None:
                offset, size, plain = found
                return Extent(gap.file, offset, size, "plain" if plain else "deflate")
        raise Unreadable(f"media offset {number * self._chunk_size:#x}: {gap.why}")

    def _page(self, index: int, table: Table, number: int, page: int) -> tuple[array[int], int]:
        """Return a page of a table's entries, with the first entry of the next one, and from which entry on offsets use all 32 bits."""
        known = self._pages.get((index, page))
        if known is not None:
            self._pages.move_to_end((index, page))
            return known
        self._roster.acquire(table.file)
        entries = self._tables.get(index)
        if entries is None:
            try:
                entries = _Entries(table)
            except Unreadable as error:
                entries = str(error)
                first = self._runs[index].first
                what = f"{entries}: chunks {first} to {first + table.count - 1} are unreadable"
                self._problems.append(Problem("error", table.file.name, what))
            self._tables[index] = entries
        if isinstance(entries, str):
            raise Unreadable(f"media offset {number * self._chunk_size:#x}: {entries}")
        found = entries.page(page), entries.overflow
        self._pages[index, page] = found
        self._paged += 4 * len(found[0])
        while self._paged > TABLE_CACHE and len(self._pages) > 1:
            self._paged -= 4 * len(self._pages.popitem(last=False)[1][0])
        return found


class _Entries:
    """The entries of one table: the copy whose checksum holds."""

    def __init__(self, table: Table) -> None:
        """Choose between the copies; Unreadable when neither is sound."""
        self._table = table
        self._whole = b""
        """The entries of a small table as they were checked, until they are used."""
        self.overflow = table.count
        sums: list[int] = []
        for start in table.copies:
            self._start = start
            try:
                sound, computed = self._check(start)
            except Unreadable:
                continue  # the copy may lie on readable ground
            if sound or computed in sums:  # two copies that agree outweigh a checksum
                break
            sums.append(computed)
        else:
            raise Unreadable(f"{table.file.name}: the table at offset {table.copies[0]:#x} and its copy are damaged")
        if table.end - table.base > COMPRESSED:
            self.overflow = self._find_overflow()

    def _check(self, start: int) -> tuple[bool, int]:
        """Tell whether the entries at `start` are sound, and their checksum."""
        table = self._table
        size = 4 * table.count
        checksum, first, block = 1, b"", b""
        for position in range(0, size + 4, BLOCK):
            block = table.file.read_at(start + position, min(BLOCK, size + 4 - position))
            first = first or block
            checksum = zlib.adler32(block[: max(0, size - position)], checksum)
        self._whole = first if len(first) == size + 4 else b""
        # where the data begin right behind the entries there is no checksum between them
        data = table.base + (int.from_bytes(first[:4], "little") & ~COMPRESSED)
        return data == start + size or checksum == int.from_bytes(block[-4:], "little"), checksum

    def page(self, number: int) -> array[int]:
        """Return the entries of a page, and the first one of the next."""
        first = number * PAGE
        count = min(PAGE + 1, self._table.count - first)
        data, self._whole = self._whole[4 * first : 4 * (first + count)], b""
        if len(data) < 4 * count:
            data = self._table.file.read_at(self._start + 4 * first, 4 * count)
        if len(data) < 4 * count:
            raise Unreadable(f"{self._table.file.name}: the table at offset {self._start:#x} is cut off")
        return _uint32(data)

    def _find_overflow(self) -> int:
        """Return the first entry whose offset needs bit 31: there the offsets, taken without it, begin to fall.

        EnCase 6 before 6.7 wrote segment files of more than 2 GiB without base offsets.
        """
        before = 0
        for number in range(-(-self._table.count // PAGE)):
            for index, entry in enumerate(self.page(number)):
                if entry & ~COMPRESSED < before <= entry:
                    return number * PAGE + index
                before = entry & ~COMPRESSED
        return self._table.count


def _uint32(data: bytes) -> array[int]:
    entries = array("I", data)
    if sys.byteorder == "big":
        entries.byteswap()
    return entries
