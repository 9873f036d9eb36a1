"""WIM: images of Windows as builders keep them (WIM, ESD, split SWM), the files of each read where they lie (`wim_tree`).

The header (`wim_header`) leads to a table of blobs, which says for a SHA-1 where the content lies (`wim_resource`), and for each image to a
resource with its directory entries (`wim_dentry`). A file is unpacked as a whole when it is first read, once, and its SHA-1 checked; of a
large one that lies by itself only the chunks that are asked for. In a solid resource (ESD) a file lies among many others, in chunks of up
to 64 MiB, of which two are kept.
"""

from __future__ import annotations

import hashlib
import html
import re
from collections.abc import Iterator
from typing import NamedTuple

from forensic.containers.formats import ENCRYPTED_ESD, PIPED_WIM
from forensic.errors import ForensicError, Malformed, NotFound, Unreadable
from forensic.model import Problem
from forensic.model.problem import Severity
from forensic.storage.file import EvidenceFile
from forensic.storage.location import Where
from forensic.storage.meter import ReadMeter
from forensic.storage.source import Source, Window
from forensic.storage.unpacked import Unpacked
from forensic.volumes.wim_dentry import Metadata
from forensic.volumes.wim_header import BEING_WRITTEN, BLOB_SIZE, COMPRESSED, SOLID, Entry, Header
from forensic.volumes.wim_part import Part
from forensic.volumes.wim_resource import KEPT, SOLID_KEPT, ChunkCache, Decompressors, SolidResource, pieces_of, plain_or_compressed

IMAGE_LIMIT = 64
"""Images of one file that are looked at most; install media hold up to about twenty."""
MAGIC, PIPABLE = b"MSWIM\0\0\0", b"WLPWM\0\0\0"
CHECKED = 64 << 20
"""Bytes of the largest file outside of solid resources that is read as a whole, and checked."""
CHECKED_DIRECTORIES, CHECKED_SLOWLY = 2 << 30, 8 << 20
"""Bytes of the directories of all images together that are checked at most; and where our own decompressors have to unpack them."""
_TABLE_LIMIT, _XML_LIMIT = 64 << 20, 8 << 20
_PARTS_LIMIT = 1000
_IMAGE = re.compile(r'<IMAGE\s+INDEX="(\d{1,9})"[^>]*>(.*?)</IMAGE>', re.DOTALL | re.IGNORECASE)
_ENCRYPTED_ESD = re.compile(r"<ESD>\s*<ENCRYPTED>", re.IGNORECASE)


class ImageInfo(NamedTuple):
    """What a WIM says of one of its images."""

    number: int
    """From 1."""
    name: str
    size: int
    """Bytes of all files, as the WIM says; 0 where it does not."""


class Wim:
    """A WIM file with all its parts, open for reading."""

    def __init__(self, where: Where, meter: ReadMeter | None = None) -> None:
        """Read header and tables of the WIM at `where`, any part of a split one; a ForensicError says why that is not possible."""
        self.problems: list[Problem] = []
        self._parts: dict[int, Part] = {}
        given = EvidenceFile(where, meter)
        self.name = given.name
        self.files = [given]
        try:
            self.header = self._read_header(given)
            self._add(given, self.header)
            if self.header.parts > 1:
                self._find_parts(given)
            first = self._first()
            self.decompressors = Decompressors()
            self._cache, self._solid_cache = ChunkCache(KEPT), ChunkCache(SOLID_KEPT)
            self._store = Unpacked(sum(file.size for file in self.files))
            self._kept: dict[bytes, Source | ForensicError] = {}
            """By SHA-1: the content of a file, or why it cannot be had."""
            self._xml = self._read_xml(first)
            self._metadata = first.metadata()
            self._told = {int(number): text for number, text in _IMAGE.findall(self._xml)}
            self._checked_directories = 0
        except BaseException:
            self.close()
            raise
        if self.header.flags & BEING_WRITTEN:
            self._note("warning", "being written when it was copied: what was added last may be missing", "container-malformed")
        self.images_told = max(first.header.images, len(self._told))
        """How many images its header or its XML tells of, whichever are more."""
        if len(self._metadata) < self.images_told:
            told = f"its header tells of {first.header.images} images, its XML of {len(self._told)}"
            what = f"{told}, and its table leads to the directories of {len(self._metadata)}: what lies in the others was not read"
            self._note("error", what, "container-malformed")

    # The parts.

    @staticmethod
    def _read_header(file: EvidenceFile) -> Header:
        magic = file.read_at(0, 8)
        if magic == PIPABLE:
            raise PIPED_WIM.of(file.name)
        if magic != MAGIC:
            raise Malformed(f"{file.name} is no WIM", 0)
        return Header.read(file, file.name)

    def _add(self, file: EvidenceFile, header: Header) -> None:
        if header.blobs.size > _TABLE_LIMIT:
            raise Malformed(f"{file.name}: a table of {header.blobs.size} bytes", header.blobs.offset, code="too-much")
        unpack = Decompressors().of
        source = plain_or_compressed(
            file,
            header.part,
            header.blobs,
            file.name,
            header.chunk,
            lambda: unpack(header.compression, header.chunk, file.name),
            ChunkCache(KEPT),
        )
        table = source.read_at(0, header.blobs.size)
        if len(table) < header.blobs.size:
            what = (
                f"truncated: its table lies beyond the end of the file ({header.blobs.offset + header.blobs.packed} of {file.size} bytes)"
            )
            raise Malformed(f"{file.name}: {what}", header.blobs.offset, header.blobs.size, len(table))
        self._parts[header.part] = Part(file, header, table[: len(table) // BLOB_SIZE * BLOB_SIZE])

    def _find_parts(self, given: EvidenceFile) -> None:
        """Open the other parts: files beside it with the same ending that carry the same GUID."""
        ending = given.name.rpartition(".")[2].lower()
        beside = [name for name in given.location.siblings() if name.lower().endswith(f".{ending}") and name != given.name]
        for name in beside[:_PARTS_LIMIT]:
            if len(self._parts) == self.header.parts:
                break
            try:
                file = given.beside(name)
            except ForensicError:
                continue  # what matters of it is missed below
            try:
                header = self._read_header(file) if file.read_at(0, 8) == MAGIC else None
                if header is None or header.guid != self.header.guid or header.part in self._parts:
                    file.close()
                    continue
                self._add(file, header)
            except ForensicError as error:
                file.close()
                self._note("error", str(error), "container-malformed")
                continue
            self.files.append(file)
            file.release()
        missing = [str(number) for number in range(1, min(self.header.parts, _PARTS_LIMIT) + 1) if number not in self._parts]
        if missing:
            some = ", ".join(missing[:20])
            self._note("error", f"of its {self.header.parts} parts {len(missing)} are not beside it ({some})", "missing-segment")

    def _first(self) -> Part:
        """Return the part that holds the names and directories."""
        if 1 not in self._parts:
            what = f"{self.name} is part {self.header.part} of {self.header.parts}, and part 1 is not beside it"
            raise NotFound(what, code="no-file")
        return self._parts[1]

    @property
    def segments(self) -> tuple[str, ...]:
        """The names of all parts, the first one first."""
        return tuple(part.file.name for _, part in sorted(self._parts.items()))

    def release(self) -> None:
        """Let go of the files until the next read."""
        for file in self.files:
            file.release()

    @property
    def size(self) -> int:
        """Bytes of all parts."""
        return sum(part.file.size for part in self._parts.values())

    def close(self) -> None:
        """Release all files."""
        for file in self.files:
            file.close()

    # The images.

    def images(self) -> list[ImageInfo]:
        """Return the images, in their order; those that only the header or the XML tells of are left out, for they have no files.

        Where the XML tells of more images than there are, nobody knows which name is whose.
        """
        told = self._told if len(self._told) <= len(self._metadata) else {}
        found = []
        for number in range(1, len(self._metadata) + 1):
            text = told.get(number, "")
            size = _element(text, "TOTALBYTES")
            found.append(ImageInfo(number, _element(text, "NAME"), int(size) if size.isdigit() and len(size) < 19 else 0))
        return found

    def metadata(self, number: int, where: str = "") -> Metadata:
        """Return the directory entries of image `number`; a ForensicError says why they cannot be read.

        Where their SHA-1 is not that of the table, that is a problem of `where`, the id of the image; what can be read is read.
        """
        if not 1 <= number <= len(self._metadata):
            raise NotFound(f"{self.name} has no image {number}, only {len(self._metadata)}", code="no-file")
        part, entry = self._parts[1], self._metadata[number - 1]
        place = part.entry(entry)
        source = self._resource(part, place)
        self._check_directories(part, place, source, part.sha1(entry), where or f"image{number}")
        return Metadata(source, self.name)

    def _check_directories(self, part: Part, place: Entry, source: Source, sha1: bytes, where: str) -> None:
        """Read the directories of an image whole, within a budget, and name it where they are not what was packed."""
        if place.offset + place.packed > part.file.size:
            what = f"its directories reach to byte {place.offset + place.packed} of {part.file.name}, which has {part.file.size}"
            self.problems.append(Problem("error", where, what, "truncated-image"))
            return
        limit = CHECKED_DIRECTORIES if not place.flags & COMPRESSED or self.decompressors.are_fast else CHECKED_SLOWLY
        if self._checked_directories + source.size > limit:
            what = f"the SHA-1 of its directories was not checked: those of all images that were looked at are more than {limit} bytes"
            self.problems.append(Problem("warning", where, what))
            return
        self._checked_directories += source.size
        digest = hashlib.sha1(usedforsecurity=False)
        try:
            for piece in pieces_of(source):
                digest.update(piece)
        except ForensicError as error:
            self.problems.append(Problem("error", where, f"not all of its directories can be read: {error}", "damaged-chunk"))
            return
        if digest.digest() != sha1:
            what = f"SHA-1 of its directories is {digest.hexdigest()}, the WIM says {sha1.hex()}: names in it may be wrong, or missing"
            self.problems.append(Problem("error", where, what, "checksum-differs"))

    def _read_xml(self, part: Part) -> str:
        place = part.header.xml
        try:
            if place.size > _XML_LIMIT:
                raise Malformed(f"{place.size} bytes of XML", place.offset)
            data = self._resource(part, place).read_at(0, place.size)
        except ForensicError as error:
            self._note("warning", f"the names of its images cannot be read: {error}", "container-malformed")
            return ""
        text = data.decode("utf-16", "replace") if data[:2] in {b"\xff\xfe", b"\xfe\xff"} else data.decode("utf-16-le", "replace")
        if _ENCRYPTED_ESD.search(text):
            raise ENCRYPTED_ESD.of(self.name)
        return text

    # The content of files.

    def size_of(self, sha1: bytes, path: str) -> int:
        """Return how many bytes have this SHA-1, by the table alone."""
        part, number = self._find(sha1, path)
        place = part.entry(number)
        return place.packed if place.flags & SOLID else place.size

    def content(self, sha1: bytes, path: str) -> Source:
        """Return the bytes that have this SHA-1; Unreadable where no part has them."""
        kept = self._kept.get(sha1)
        if kept is None:
            try:
                kept = self._open(sha1, path)
            except ForensicError as error:
                kept = error
            self._kept[sha1] = kept
        if isinstance(kept, ForensicError):
            raise kept
        return kept

    def _open(self, sha1: bytes, path: str) -> Source:
        part, number = self._find(sha1, path)
        place = part.entry(number)
        if place.flags & SOLID:
            return self._checked(self._in_solid(part, number, path), sha1, path)
        source = self._resource(part, place)
        checked = source.size <= CHECKED and (not place.flags & COMPRESSED or self.decompressors.are_fast)
        return self._checked(source, sha1, path) if checked else source

    def _find(self, sha1: bytes, path: str) -> tuple[Part, int]:
        """Return in which part, and in which entry of its table, the bytes with this SHA-1 are; Unreadable where in none."""
        for part in self._parts.values():
            number = part.find(sha1)
            if number is not None:
                return part, number
        where = "in a part that is missing" if len(self._parts) < self.header.parts else "in none of its parts"
        raise Unreadable(f"{path}: its content lies {where}")

    def _resource(self, part: Part, place: Entry) -> Source:
        header = part.header
        if place.flags & SOLID:
            raise Malformed(f"{part.file.name}: a solid resource where one of its own is needed", place.offset)
        return plain_or_compressed(
            part.file,
            header.part,
            place,
            part.file.name,
            header.chunk,
            lambda: self.decompressors.of(header.compression, header.chunk, part.file.name),
            self._cache,
        )

    def _in_solid(self, part: Part, number: int, path: str) -> Window:
        """Return where the blob of entry `number` lies in a solid resource."""
        inside, run = part.entry(number), part.run_of(number)
        offset, size = inside.offset, inside.packed
        for place in () if run is None else run.resources:
            solid = part.solid.get(place.offset)
            if solid is None:
                solid = SolidResource(part.file, part.header.part, place, part.file.name, self.decompressors, self._solid_cache)
                part.solid[place.offset] = solid
            if offset + size <= solid.size:
                return Window(solid, offset, size)
            if offset < solid.size:
                break
            offset -= solid.size
        raise Malformed(f"{path}: {size} bytes that lie in no solid resource of {part.file.name}")

    def _checked(self, source: Source, sha1: bytes, path: str) -> Source:
        """Unpack what lies in `source`, once, and check its SHA-1; what differs is a problem, and keeps nobody from the bytes."""
        digest = hashlib.sha1(usedforsecurity=False)

        def pieces() -> Iterator[bytes]:
            for piece in pieces_of(source):
                digest.update(piece)
                yield piece

        plain = isinstance(source, Window) and isinstance(source.source, EvidenceFile)
        if plain:
            for _ in pieces():
                pass
        elif source.size > self._store.left:
            raise Malformed(f"{path}: its {source.size} bytes are more than may still be unpacked of {self.name}", code="too-much")
        kept = source if plain else self._store.add(path, pieces(), source.size)
        if digest.digest() != sha1:
            what = f"SHA-1 of its bytes is {digest.hexdigest()}, the WIM says {sha1.hex()}: not all of them are as they were packed"
            self.problems.append(Problem("error", path, what, "checksum-differs"))
        return kept

    def _note(self, severity: Severity, what: str, code: str) -> None:
        self.problems.append(Problem(severity, self.name, what, code))


def _element(text: str, name: str) -> str:
    """Return the text of an element of the XML, of the first one with this name; nothing where there is none."""
    found = re.search(rf"<{name}>(.*?)</{name}>", text, re.DOTALL)
    return html.unescape(found[1]).strip()[:1000] if found else ""
