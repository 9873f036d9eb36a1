"""Entry: a report made ready to be kept, and read back: compressed JSON, what lists say of it, and by which values it is found."""

from __future__ import annotations

from collections.abc import Collection, Iterator

import msgspec
import zstandard

from forensic.catalog.key import PREFIX
from forensic.catalog.record import Entry, StateEntry
from forensic.errors import Malformed
from forensic.model import Identifier, ImageReport, InstallationReport
from forensic.model.pair import Pair
from forensic.reasoning.pair.meeting import identifiers_of
from forensic.reasoning.pair.side import Side, sides_of

LEVEL = 3
"""Of zstd: higher ones cost a hundred times the time for a sixth of the size."""
REPORT_LIMIT = 1 << 30
"""Bytes of a report that is unpacked; those of many thousand accounts have some hundred megabytes."""
GRAVITY = ("violation", "suspect", "undetermined", "compliant", "none-found")
"""Policies, the gravest first."""


def entry_of(report: ImageReport) -> Entry:
    """Return a report ready to be kept. It takes some milliseconds: a program that examines in several processes makes it there."""
    sides = sides_of(report)
    states = tuple(map(_state, sides))
    policies = {one.policy for one in states}
    gravest = next((one for one in GRAVITY if one in policies), "none")
    return Entry(
        body=packed(report),
        format=report.source.format,
        size=report.source.size,
        examined=report.examination.started,
        depth=report.depth,
        tool=report.tool.version,
        knowledge=report.tool.knowledge,
        policy=gravest,
        incomplete=any(problem.is_incomplete for problem in report.problems),
        extraction=_extraction(report.installations),
        states=states,
    )


def packed(report: ImageReport) -> bytes:
    """Return a report as compressed JSON."""
    return zstandard.ZstdCompressor(level=LEVEL).compress(report.to_json(indent=None).encode())


def unpacked(body: bytes) -> ImageReport:
    """Return the report of an entry; Malformed where the bytes are none."""
    return ImageReport.from_json(_inflated(body))


def json_of(body: bytes) -> str:
    """Return the JSON of a report, as it is kept; Malformed where the bytes are none."""
    return _inflated(body).decode("utf-8", "backslashreplace")


def packed_pair(pair: Pair) -> bytes:
    """Return all of a pair as compressed JSON."""
    return zstandard.ZstdCompressor(level=LEVEL).compress(msgspec.json.encode(pair))


def unpacked_pair(body: bytes, at: tuple[int, int]) -> Pair:
    """Return a pair that was kept, its sides at these positions; Malformed where the bytes are none."""
    try:
        pair = msgspec.json.decode(_inflated(body), type=Pair)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Malformed(f"a stored pair is damaged: {error}") from None
    return msgspec.structs.replace(pair, a=at[0], b=at[1])


def _inflated(body: bytes) -> bytes:
    try:
        if zstandard.frame_content_size(body) > REPORT_LIMIT:
            raise Malformed("a stored report claims to be larger than any report")
        return zstandard.ZstdDecompressor().decompress(body, max_output_size=REPORT_LIMIT)
    except zstandard.ZstdError as error:
        raise Malformed(f"a stored report is damaged: {error}") from None


def _state(side: Side) -> StateEntry:
    one, found = side.installation, identifiers_of(side)
    prefixes = {Identifier(PREFIX, each.text[:8], each.standing) for each in found if each.namespace == "machine-guid"}
    return StateEntry(
        installation=one.id,
        origin=one.origin,
        computer_name=one.computer_name,
        machine_sid=None if one.machine_sid is None else str(one.machine_sid),
        domain_sid=None if one.domain_sid is None else str(one.domain_sid),
        product=one.product.name,
        era=one.era,
        role=one.role,
        history=one.verdict.history,
        policy=one.verdict.policy,
        strength=one.verdict.strength,
        identifiers=tuple(sorted({*found, *prefixes})),
    )


def _extraction(installations: Collection[InstallationReport]) -> dict[str, int]:
    """Return the version of each artifact; of several installations the oldest."""
    found: dict[str, int] = {}
    for name, version in _versions(installations):
        found[name] = min(version, found.get(name, version))
    return dict(sorted(found.items()))


def _versions(installations: Collection[InstallationReport]) -> Iterator[tuple[str, int]]:
    for one in installations:
        for name, how in one.extraction.items():
            yield name, how.version
