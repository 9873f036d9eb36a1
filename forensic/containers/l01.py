"""L01, a logical evidence file of EnCase: the content of collected files as one run of bytes, stored as in an E01, and a list of the files.

The list is the content of the section `ltree`, behind a header: MD5 of the list (16), its size (8), checksum (4), zeros (20).
Source: as of `ewf`.
"""

from __future__ import annotations

import hashlib
import struct
from typing import NamedTuple

from forensic.containers.ewf import open_segments
from forensic.containers.image import Image
from forensic.errors import Malformed
from forensic.model import Problem
from forensic.storage.file import EvidenceFile
from forensic.storage.source import Source, Window

HEADER = struct.Struct("<16sQI20x")
_CHECKED = 256 << 20


class LogicalEvidence(NamedTuple):
    """An opened logical evidence file."""

    image: Image
    """The contents of all files, one behind another."""
    text: Source
    """The list of the files, UTF-16LE."""


def open_logical(file: EvidenceFile) -> LogicalEvidence:
    """Open the logical evidence file that `file` is a segment of; a ForensicError says why that is not possible."""
    image, segments = open_segments(file)
    image.format = "l01"
    try:
        return LogicalEvidence(image, _list(image, [(one.file, *place) for one in segments for place in one.lists]))
    except BaseException:
        image.close()
        raise


def _list(image: Image, places: list[tuple[EvidenceFile, int, int]]) -> Source:
    name = image.files[0].name
    if not places:
        raise Malformed(f"{name}: a logical evidence file without its list of files")
    holder, start, end = places[-1]  # one that was added to holds the list anew
    head = holder.read_at(start, HEADER.size)
    if len(head) < HEADER.size:
        raise Malformed(f"{name}: list of files", start, HEADER.size, len(head))
    digest, size, _ = HEADER.unpack(head)
    text = Window(holder, start + HEADER.size, min(size, end - start - HEADER.size))
    if text.size < size:
        image.problems.append(Problem("error", name, "truncated: the list of files is cut short", "truncated-image"))
    elif text.size <= _CHECKED and hashlib.md5(text.read_at(0, text.size), usedforsecurity=False).digest() != digest:
        image.problems.append(
            Problem("error", name, "the list of files has another MD5 than it had when it was written", "checksum-differs")
        )
    return text
