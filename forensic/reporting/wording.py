"""Values in words that a person reads: harmless, whole, and without a word of the program's inside."""

from __future__ import annotations

import json
import re
from typing import Any

from forensic.model import KINDS, Fact, GapReason, ImageReport, SourceInfo, printable
from forensic.model.codec import encodable, to_builtins

PART_LIMIT = 32
"""Entries of a list in a value that are said in words."""

_SHA256 = re.compile(r"[0-9a-f]{64}")
_HIDDEN = re.compile(r"[^ -~]")

ORIGIN_WORDS = {
    "active": "active",
    "old": "a former installation that was kept",
    "shadow-copy": "in a shadow copy",
    "snapshot": "in a snapshot of the disk",
    "recovery": "a recovery environment",
    "collection": "from collected files",
    "master": "a captured master",
}
UNLOCKED_WORDS = {
    "recovery-key": "recovery key",
    "password": "password",
    "startup-key": "startup key",
    "clear-key": "own key, which lies in the clear while protection is suspended",
}
"""What opened an encrypted volume."""
REASON_WORDS: dict[GapReason, str] = {
    "unreadable": "there, but could not be read",
    "malformed": "there, but damaged",
    "unsupported": "there, but this program cannot interpret it",
    "not-found": "searched for, not there",
    "not-looked": "not looked for",
}
SHORT_REASONS: dict[GapReason, str] = {
    "unreadable": "could not be read",
    "malformed": "damaged",
    "unsupported": "not interpreted",
    "not-found": "not there",
    "not-looked": "not looked for",
}
"""The same where there is little room."""
FORMAT_WORDS = {
    "raw": "raw disk image",
    "ewf": "E01 (EWF) disk image",
    "vhd": "VHD disk image",
    "vhdx": "VHDX disk image",
    "vmdk": "VMDK disk image",
    "qcow2": "QCOW2 disk image",
    "vdi": "VDI disk image",
    "partclone": "Partclone image of a volume",
    "file": "single collected file",
    "directory": "directory of collected files",
    "zip": "zip of collected files",
    "tar": "tar of collected files",
    "ova": "OVA (virtual machine)",
    "wim": "WIM (captured images)",
    "l01": "L01 (logical evidence file)",
    "vma": "VMA (backup of Proxmox VE)",
}
POLICY_HEADS = {
    "none-found": "NOTHING FOUND",
    "compliant": "COMPLIANT",
    "suspect": "SUSPECT",
    "violation": "VIOLATION",
    "undetermined": "UNDETERMINED",
}
"""What each policy code says at first sight."""
FORMAT_NAMES = {
    "raw": "raw",
    "ewf": "E01 (EWF)",
    "vhd": "VHD",
    "vhdx": "VHDX",
    "vmdk": "VMDK",
    "qcow2": "QCOW2",
    "vdi": "VDI",
    "partclone": "Partclone",
    "directory": "folder of collected files",
    "zip": "zip of collected files",
    "tar": "tar of collected files",
    "ova": "OVA",
    "wim": "WIM",
    "l01": "L01",
    "vma": "VMA",
    "file": "single file",
}
"""Formats in the words of the first line."""
COLLECTED = frozenset({"directory", "zip", "tar", "ova", "wim", "l01", "vma", "file"})
"""Formats of files without their disk."""


def manner(report: ImageReport) -> list[str]:
    """Return what was done otherwise than usual, since that changes what a report means."""
    said = ["triage only: event logs, logs of Setup and Sysprep and other files were not looked at"] if report.depth == "triage" else []
    made = report.examination.cross_check
    if report.cross_check:
        counts = f"{made.agree:,} values read alike, {made.differ:,} differently, {made.one_reader:,} by one reader only"
        said.append(f"cross-checked by a second library: {counts}")
    if report.examination.redacted:
        said.append("redacted: names of computers, people, domains and folders were replaced, each by one label everywhere")
    return said


def shown(text: str) -> str:
    """Return text from evidence so that it is harmless, visible where it is empty, and its outer spaces can be seen."""
    harmless = printable(text)
    if not harmless:
        return "(empty)"
    return f'"{harmless}"' if harmless != harmless.strip() or "  " in harmless else harmless


def short_size(size: int) -> str:
    """Return e.g. `60.5 GiB`."""
    return bytes_in_words(size).partition(" (")[0]


def hashes_in_words(source: SourceInfo) -> str:
    """Return whether the container stores hashes of its content, and whether they were compared."""
    if source.format in COLLECTED:
        return ""
    return {
        "match": "verified: as acquired",
        "mismatch": "NOT AS ACQUIRED: hashes differ",
        "none-stored": "no stored hash",
        "not-run": f"stored {', '.join(map(shown, sorted(source.stored_hashes)))} not verified"
        if source.stored_hashes
        else "no stored hash",
    }[source.verification]


def bytes_in_words(size: int) -> str:
    """Return e.g. `60.5 GiB (64,996,425,728 bytes)`."""
    for power, unit in reversed(tuple(enumerate(("KiB", "MiB", "GiB", "TiB", "PiB"), 1))):
        if size >= 1024**power:
            tenths = (size * 10 + 1024**power // 2) // 1024**power
            return f"{tenths // 10}.{tenths % 10} {unit} ({size:,} bytes)"
    return f"{size:,} bytes"


def fact_in_words(fact: Fact[Any]) -> str:
    """Return the value of a fact in one line; a digest is called one, so that nobody takes it for the value itself."""
    return value_in_words(labelled(fact))


def labelled(fact: Fact[Any]) -> Any:
    """Return the value of a fact as plain JSON types, in which the digests that a secret kind states are called digests."""
    value = to_builtins(fact.value)
    if not is_secret(fact.kind):
        return value
    if isinstance(value, dict):
        return {name: _digest(part) if "sha256" not in name else part for name, part in value.items()}
    return _digest(value)


def is_secret(kind: str) -> bool:
    """Return whether values of this kind are stated by their SHA-256 only."""
    declared = KINDS.named(kind)
    return declared is not None and declared.secret


def _digest(value: object) -> object:
    return f"SHA-256 of the stored bytes: {value}" if isinstance(value, str) and _SHA256.fullmatch(value) else value


def value_in_words(value: object) -> str:
    """Return the value of a fact in one line: the parts that it has as `name: value`, separated by semicolons."""
    if isinstance(value, dict):
        if value.keys() == {"time", "local"}:
            return f"{shown(str(value['time']))} (local time)"
        return (
            "; ".join(f"{name_in_words(name)}: {part_in_words(name, part)}" for name, part in value.items() if part is not None)
            or "(no parts)"
        )
    if isinstance(value, list | tuple):
        said = ", ".join(value_in_words(part) for part in value[:PART_LIMIT]) or "(none)"
        rest = len(value) - PART_LIMIT
        return f"{said}, and {rest:,} more: the JSON report has all" if rest > 0 else said
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return shown(str(value))


def part_in_words(name: object, part: object) -> str:
    """Return one part of a value in one line; packed records are for programs, so only their size is said."""
    if isinstance(part, str) and str(name).endswith("packed"):
        return f"{len(part) * 3 // 4 - part.count('='):,} bytes, which the JSON report has"
    return value_in_words(part)


def name_in_words(name: object) -> str:
    """Return the name of a part of a value as people write it: `last_logon` as `last logon`."""
    return shown(str(name)).replace("_", " ").replace("sha256", "SHA-256")


def json_in_words(value: object) -> str:
    """Return plain JSON types as one line of JSON in which whatever could act on a reader or hide itself is escaped."""
    return _HIDDEN.sub(_escaped, json.dumps(encodable(value), ensure_ascii=False))


def _escaped(found: re.Match[str]) -> str:
    character = found[0]
    return character if printable(character) == character else json.dumps(character)[1:-1]
