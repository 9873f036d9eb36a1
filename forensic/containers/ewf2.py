"""EWF2 image (EnCase 7 Ex01): compressed chunks in any number of segment files, their numbers written in the tables.

What a segment file says is read in `ewf2_segment`, and chunks become bytes in `ewf2_table`. What cannot be interpreted here is left to
libewf (`ewf_library`).
"""

from __future__ import annotations

import re
from functools import partial

from forensic.containers.chunk import MAX_CHUNK, MAX_SIZE
from forensic.containers.ewf2_segment import DONE, NEXT, SIGNATURE, FileHeader, Segment, read_segment
from forensic.containers.ewf2_table import TableChunks
from forensic.containers.image import Image
from forensic.containers.segment import siblings, split_name
from forensic.errors import ForensicError, Malformed, NotFound
from forensic.model import Problem
from forensic.storage.file import EvidenceFile, FilePool


def open_container(file: EvidenceFile) -> Image:
    """Open the image that `file` is a segment of; a later segment leads to the first one beside it."""
    problems: list[Problem] = []
    pool = FilePool()
    files = _find(file, pool, problems)
    try:
        segments = {number: read_segment(pool.acquire(one), problems) for number, one in files.items()}
        try:
            return _assemble(file, segments, pool, problems)
        except Malformed:
            if any(problem.severity == "error" for problem in problems):  # damage, which libewf would pass over
                raise
        from forensic.containers import ewf_library

        return ewf_library.open_files(file, list(files.values()), pool, problems)
    except BaseException:
        for one in files.values():
            one.close()
        raise


def _number(extension: str) -> int | None:
    """Read the extensions Ex01 to Ex99, then ExAA to ExZZ, EyAA to EzZZ."""
    text = extension.upper()
    if re.fullmatch(r"EX[0-9]{2}", text):
        return int(text[2:])
    if re.fullmatch(r"E[X-Z][A-Z]{2}", text):
        return 100 + ((ord(text[1]) - ord("X")) * 26 + ord(text[2]) - ord("A")) * 26 + ord(text[3]) - ord("A")
    return None


def _extension(extension: str, number: int) -> str:
    """Return the extension of segment `number` beside the one with this extension."""
    high, low = divmod(number - 100, 26)
    text = f"Ex{number:02d}" if number < 100 else f"E{chr(ord('x') + high // 26)}{chr(ord('A') + high % 26)}{chr(ord('A') + low)}"
    return text.lower() if extension.islower() else text.upper() if extension.isupper() and extension[1] == "X" else text


def _find(file: EvidenceFile, pool: FilePool, problems: list[Problem]) -> dict[int, EvidenceFile]:
    """Return the segments of the same set beside `file`, by the number in them; report what is missing."""
    extension = split_name(file.name)[1]
    named = siblings(file, _number, partial(_extension, extension), first=1) if _number(extension) is not None else {}
    own = FileHeader.read(file)
    found: dict[int, EvidenceFile] = {}
    try:
        for name in dict.fromkeys([file.name, *named.values()]):
            try:
                segment = file if name == file.name else file.beside(name)
            except ForensicError as error:
                problems.append(Problem("error", name, str(error), "missing-segment"))
                continue
            head = FileHeader.read(pool.acquire(segment))
            if head.signature == SIGNATURE and head.set_identifier == own.set_identifier and 0 < head.number not in found:
                found[head.number] = segment
            else:
                problems.append(Problem("warning", name, f"is no segment of the image that {file.name} belongs to", "set-aside"))
                segment.close()
    except BaseException:
        for segment in found.values():
            segment.close()
        raise
    found = dict(sorted(found.items()))
    if 1 not in found:
        raise NotFound(f"{file.name} is a later segment of an EWF image, and its first segment is not beside it", code="no-file")
    expected = 1
    for number in found:
        if number > expected:
            problems.append(Problem("error", file.name, f"segment {expected} of this image is missing or damaged", "missing-segment"))
        expected = number + 1
    return found


def _assemble(file: EvidenceFile, segments: dict[int, Segment], pool: FilePool, problems: list[Problem]) -> Image:
    name = file.name
    values: dict[str, str] = {}
    hashes: dict[str, str] = {}
    for segment in segments.values():
        values = segment.values | values
        hashes |= segment.hashes
    try:
        sectors, sector_size, sectors_per_chunk = (int(values[key]) for key in ("ts", "bp", "sb"))
    except (KeyError, ValueError):
        raise Malformed(f"{name}: no sound device information says how large the image is") from None
    size, chunk_size = sectors * sector_size, sectors_per_chunk * sector_size
    if not (0 <= size <= MAX_SIZE and 0 < chunk_size <= MAX_CHUNK and 0 < sector_size <= 1 << 16):
        raise Malformed(f"{name}: impossible device information: {sectors} sectors of {sector_size} bytes, {sectors_per_chunk} in a chunk")
    if not any(segment.runs for segment in segments.values()):
        raise Malformed(f"{name}: no table of chunks")
    last = segments[max(segments)]
    if last.ending == NEXT:
        problems.append(Problem("error", last.file.name, "the segment after this one is missing", "missing-segment"))
    elif last.ending != DONE:
        what = "does not say that it is the last segment: the acquisition was not finished"
        problems.append(Problem("error", last.file.name, what, "truncated-image"))
    runs = sorted((run for segment in segments.values() for run in segment.runs if run.length), key=lambda run: run.first)
    total, known = -(-size // chunk_size), 0
    for run in runs:
        if run.first != known:
            what = f"its table begins with chunk {run.first} where {known} should follow"
            problems.append(Problem("error", run.file.name, what, "container-malformed"))
        known = max(known, run.first + run.length)
    if known < total:
        problems.append(Problem("error", name, f"the tables list {known} chunks, the image has {total}", "container-malformed"))
    chunks = TableChunks(size, chunk_size, runs, FileHeader.read(file).compression, pool, problems)
    image = Image(file.location.path, "ewf2", chunks, [segment.file for segment in segments.values()], file.meter)
    image.problems, image.sector_size, image.stored_hashes = problems, sector_size, hashes
    return image
