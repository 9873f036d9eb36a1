"""EWF1 image (EnCase E01, SMART S01): compressed chunks in any number of segment files.

What a segment file says is read in `ewf_segment`, its tables become one sequence of chunks in `ewf_sequence`, and chunks become bytes in
`ewf_table`. Every chunk carries an Adler-32 (uncompressed ones behind their bytes, compressed ones inside the zlib stream), and no byte is
given out unchecked. Of the chunks whose table is lost those whose bytes are there are found by `ewf_salvage`.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import partial

from forensic.containers.ewf_name import numbering, segment_extension, segment_name
from forensic.containers.ewf_section import DESCRIPTOR, FILE_HEADER, Geometry
from forensic.containers.ewf_segment import Segment, read_segment, segment_number
from forensic.containers.ewf_sequence import place_chunks
from forensic.containers.ewf_table import TableChunks
from forensic.containers.formats import L01
from forensic.containers.image import Image
from forensic.containers.segment import siblings, split_name
from forensic.errors import ForensicError, Malformed, NotFound
from forensic.model import Problem
from forensic.storage.file import EvidenceFile, FilePool

_HEAD = FILE_HEADER.size + DESCRIPTOR.size
"""Bytes by which a segment file is told."""


def open_container(file: EvidenceFile) -> Image:
    """Open the image that `file` is a segment of; a later segment leads to the first one beside it."""
    image, segments = open_segments(file)
    if any(segment.lists for segment in segments):
        image.close()
        raise L01.refuse(file.name)
    return image


def open_segments(file: EvidenceFile) -> tuple[Image, list[Segment]]:
    """Open the segments to which `file` belongs; return what lies in their chunks, and what each of them says."""
    problems: list[Problem] = []
    pool = FilePool()
    files = _find(file, pool, problems)
    try:
        segments = _read(files, pool, problems)
        geometry = _agree(segments, problems)
        chunks = TableChunks(geometry, place_chunks(segments, geometry, problems), pool, problems)
        sector = geometry.bytes_per_sector
        places = [(first * sector, (first + count) * sector) for segment in segments.values() for first, count in segment.unread]
        chunks.mark_unread(file.name, places)
    except BaseException:
        for segment_file in files.values():
            segment_file.close()
        raise
    for number in files.keys() - segments.keys():
        files[number].close()
    image = Image(file.location.path, "ewf", chunks, [segment.file for segment in segments.values()], file.meter)
    image.problems = problems
    image.sector_size = geometry.bytes_per_sector
    for segment in segments.values():
        image.stored_hashes |= segment.hashes
    return image, list(segments.values())


def _find(file: EvidenceFile, pool: FilePool, problems: list[Problem]) -> dict[int, EvidenceFile]:
    """Return the segments beside `file` by their number, checked by content; report what is missing or misnamed."""
    stem, extension = split_name(file.name)
    own = segment_number(file.read_at(0, _HEAD))
    if own is None:
        raise Malformed(f"{file.name} is cut short in the header of an EWF segment file", 0, FILE_HEADER.size, file.size)
    found: dict[int, str] = {}
    if re.fullmatch(r"[A-Za-z]([0-9]{2}|[A-Za-z]{2})", extension):
        for letter in (extension[0].upper(),) if extension[1:].isdigit() else ("E", "S"):
            found = siblings(file, numbering(letter), partial(segment_extension, extension), first=1)
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
                written = segment_number(pool.acquire(segment).read_at(0, _HEAD))
            except ForensicError as error:
                refused[number] = Problem("error", name, str(error), "missing-segment")
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
            problems.append(Problem("error", opened[number].name, what, "set-aside"))
            opened.pop(number).close()
            del inside[number]
    if any(number != written for number, written in inside.items()):
        if sorted(inside.values()) == list(range(1, len(inside) + 1)):
            what, code = "the segment numbers in the files differ from those in their names: the files are followed", ""
            opened = {inside[number]: segment for number, segment in opened.items()}
        else:
            what = "the segment numbers in the files differ from those in their names and are not a sequence: the names are followed"
            code = "container-malformed"
        problems.append(Problem("warning", given, what, code))
    if 1 not in opened:
        first = f"its first segment, {segment_name(stem, extension, 1)}," if extension else "its first segment"
        raise NotFound(f"{given} is a later segment of an EWF image, and {first} is not beside it", code="no-file")
    return dict(sorted(opened.items()))


def _read(files: dict[int, EvidenceFile], pool: FilePool, problems: list[Problem]) -> dict[int, Segment]:
    """Read the sections of all segments, up to the one that says it is the last."""
    segments: dict[int, Segment] = {}
    for number, file in files.items():
        segment = segments[number] = read_segment(pool.acquire(file))
        problems.extend(segment.problems)
        if segment.ending == "done" and number != max(files):
            what = "says that it is the last segment: those after it are not used"
            problems.append(Problem("error", file.name, what, "container-malformed"))
            break
    first = segments[1]
    if first.number != 1 and not first.begins:
        what = f"{first.file.name} is segment {first.number} of an EWF image, whatever its name, and the first one is not there"
        raise NotFound(what, code="no-file")
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
            what = f"belongs to another image than {first}: it is set aside"
            problems.append(Problem("error", segment.file.name, what, "set-aside"))
            del segments[number]
    return geometry
