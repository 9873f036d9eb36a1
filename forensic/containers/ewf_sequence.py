"""Sequence of EWF chunks: their numbers, which follow only from the numbers of chunks in all tables before them.

Where a table or a whole segment is lost, the chunks before the loss are counted from the start and those after the last loss from the end,
which is exact where the image is complete otherwise; what lies between two losses cannot be placed and is unreadable.
"""

from __future__ import annotations

from typing import NamedTuple

from forensic.containers.ewf_name import segment_name
from forensic.containers.ewf_section import Geometry
from forensic.containers.ewf_segment import Gap, Segment, Table
from forensic.containers.segment import split_name
from forensic.model import Problem

_UNFINISHED = Gap("no table lists them; the acquisition was not finished", code="truncated-image")


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
    name = segment_name(stem, extension, first)
    through = f" to {segment_name(stem, extension, last)}" if last > first else ""
    problems.append(
        Problem(
            "error",
            name,
            "missing, damaged or not of this image" if last == first else f"segments{through}: missing, damaged or not of this image",
            "missing-segment",
        )
    )
    return Gap(f"segment {name}{through} is missing", code="missing-segment")


def place_chunks(segments: dict[int, Segment], geometry: Geometry, problems: list[Problem]) -> list[Run]:
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
        if harmless:
            problems.append(Problem("warning", name, what))
        else:
            code = (_loss(sequence).code if known < total else "") or "container-malformed"
            problems.append(Problem("error", name, what, code))
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
    return next((part for part in parts if isinstance(part, Gap)), _UNFINISHED)
