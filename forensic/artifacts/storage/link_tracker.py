r"""Shortcuts: the name and the network card of the machine on which their targets were last found."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from forensic.artifacts.declaration import artifact_folder
from forensic.artifacts.optional_values import Deferred
from forensic.errors import Malformed, NotFound
from forensic.model import Basis, Change, Claim, Fact, FileTime, Guid, Kind, MacAddress, Origin, Span, always, kept

if TYPE_CHECKING:
    from forensic.volumes.tree import File
    from forensic.windows.folder import Folder

LINK_LIMIT = 500
"""Shortcuts of one folder that are read at most."""
TRACKER_LIMIT = 100
"""Pairs of name and address that are stated at most, those of most shortcuts first."""
SIZE_LIMIT = 1 << 20

_MS_SHLLINK = "Microsoft, [MS-SHLLINK] Shell Link (.LNK) Binary File Format, 2.5.10 TrackerDataBlock"
_CLASS = bytes.fromhex("4c0000000114020000000000c000000000000046")
_TRACKER = struct.pack("<III", 0x60, 0xA0000003, 0x58)


class LinkTracker(msgspec.Struct, frozen=True):
    """A machine that shortcuts of one folder name."""

    machine: str
    """NetBIOS name, as it is written there."""
    mac: MacAddress | None
    """Node of the object ids: the network card's address; None where they are no version-1 GUIDs."""
    count: int
    """Shortcuts that name both."""
    first: FileTime | None = None
    """Time of the earliest of these object ids."""
    last: FileTime | None = None


LINK_TRACKER = Kind(
    "link-tracker",
    LinkTracker,
    "Machine name and network address in shortcuts",
    origin=Origin.OBSERVED,
    renews={
        Change.GENERALIZE: kept(Basis.INFERRED),
        Change.SPECIALIZE: kept(Basis.INFERRED),
        Change.SID_CHANGER: kept(Basis.INFERRED),
        Change.RENAME: kept(Basis.INFERRED),
        Change.NEW_HARDWARE: kept(Basis.INFERRED),
        Change.NEW_PROFILE: kept(Basis.INFERRED),
        Change.USE: always(Basis.INFERRED),
    },
    claims=[
        Claim(
            "A shortcut keeps the NetBIOS name of the machine where its target was last known, and two object ids.",
            Basis.SOURCED,
            _MS_SHLLINK,
        ),
        Claim(
            "The ids of files are version-1 GUIDs, whose node is a network card's address and whose time is when the id was made.",
            Basis.INFERRED,
        ),
        Claim("Targets on other machines' shares name those machines: a foreign name alone shows no copy.", Basis.INFERRED),
        Claim("A former name beside a former card: the installation lived on that machine, or the profile did.", Basis.INFERRED),
        Claim("Shortcuts of the start menu that came with media or programs have no such block, or their maker's.", Basis.UNVERIFIED),
    ],
    references=[_MS_SHLLINK],
)


@artifact_folder("%AppData%/Microsoft/Windows/Recent", LINK_TRACKER, since=(6, 0), takes=("*.lnk",))
def recent_link(folder: Folder) -> Iterator[Fact[LinkTracker]]:
    r"""State the machines that the shortcuts of a profile's recent documents name: `Microsoft\Windows\Recent` of the roaming data.

    The block that counts may lie anywhere behind the first 76 bytes:

    | Offset | Size | Field | Notes |
    |---|---|---|---|
    | 0 | 4 | block size | 96 |
    | 4 | 4 | signature | A0000003 (hex) |
    | 8 | 4 | length | 88 |
    | 12 | 4 | version | 0 |
    | 16 | 16 | machine | NetBIOS name, ends with NUL |
    | 32 | 16 | volume | object id of the target's volume |
    | 48 | 16 | file | object id of the target |
    | 64 | 32 | birth | both as they were when the shortcut was made; not stated |

    One fact for each pair of name and address, of at most 500 shortcuts, the newest not preferred.
    """
    yield from _trackers(folder)


@artifact_folder("%UserProfile%/Recent", LINK_TRACKER, since=(5, 0), until=(5, 2), takes=("*.lnk",))
def recent_link_xp(folder: Folder) -> Iterator[Fact[LinkTracker]]:
    r"""State the machines that the shortcuts of a profile's recent documents name: folder `Recent`."""
    yield from _trackers(folder)


@artifact_folder("%UserProfile%/Desktop", LINK_TRACKER, since=(5, 0), takes=("*.lnk",))
def desktop_link(folder: Folder) -> Iterator[Fact[LinkTracker]]:
    r"""State the machines that the shortcuts on a user's desktop name: folder `Desktop`."""
    yield from _trackers(folder)


@artifact_folder("%ProgramData%/Microsoft/Windows/Start Menu/Programs", LINK_TRACKER, since=(6, 0), takes=("*.lnk",))
def start_menu_link(folder: Folder) -> Iterator[Fact[LinkTracker]]:
    r"""State the machines that the shortcuts of all users' start menu name: `ProgramData\Microsoft\Windows\Start Menu\Programs`."""
    yield from _trackers(folder)


def _trackers(folder: Folder) -> Iterator[Fact[LinkTracker]]:
    found: dict[tuple[str, MacAddress | None], tuple[Span, list[FileTime], list[str]]] = {}
    failures, links = Deferred(), [entry for entry in folder.entries() if entry.name.lower().endswith(".lnk") and not entry.is_directory]
    for entry in links[:LINK_LIMIT]:
        with failures:
            file = folder.file(entry.name)
            tracker = _tracker(file)
            if tracker is not None:
                machine, guid, reading = tracker
                mac = guid.node if guid.version == 1 else None
                _, times, names = found.setdefault((machine, mac), (reading, [], []))
                names.append(entry.name)
                if mac is not None:
                    times.append(FileTime(max(0, guid.ticks)))
    most_first = sorted(found.items(), key=lambda item: (-len(item[1][2]), item[0][0], item[0][1] or ""))
    for (machine, mac), (reading, times, names) in most_first[:TRACKER_LIMIT]:
        value = LinkTracker(machine, mac, len(names), min(times, default=None), max(times, default=None))
        yield LINK_TRACKER.fact(value, reading)
    failures.settle()
    if len(links) > LINK_LIMIT or len(found) > TRACKER_LIMIT:
        raise Malformed(f"{folder.path}: {len(links)} shortcuts with {len(found)} machines are more than are stated")
    if not found:
        raise NotFound("no shortcut in it names a machine")


def _tracker(file: File) -> tuple[str, Guid, Span] | None:
    """Return machine, object id of the target and the block's bytes; None when the shortcut has no such block."""
    data = file.read_all(SIZE_LIMIT)
    if not data.startswith(_CLASS):
        raise Malformed(f"{file.path}: no shortcut", 0)
    at = data.find(_TRACKER, 76)
    if at < 0 or at + 96 > len(data):
        return None
    machine = data[at + 16 : at + 32].partition(b"\0")[0].decode("latin-1")
    span = Span(file.place.inside(offset=at), data[at : at + 96], file.written)
    return (machine, Guid.from_bytes(data, at + 48), span) if machine else None
