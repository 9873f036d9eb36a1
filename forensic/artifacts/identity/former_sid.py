r"""SIDs of former days: the machine and domain SIDs that still stand in security descriptors, folder names and scheduled tasks.

A SID changer rewrites what it knows of, and Sysprep too; what they do not reach keeps the SID of the master. But media and programs bring
foreign SIDs of their own: a prefix that is not the machine's is a question, and how often it stands where is half of the answer.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from forensic.artifacts import reference
from forensic.artifacts.declaration import artifact_folder
from forensic.artifacts.identity.security_descriptor import BLOCK, find_stream, read_block, sids_in
from forensic.artifacts.known_values.media import is_media_sid
from forensic.artifacts.optional_values import Deferred
from forensic.errors import Malformed, NotFound, Unsupported
from forensic.model import Basis, Change, Claim, Fact, Kind, Locator, Origin, Reading, Sid, Span, always, kept

if TYPE_CHECKING:
    from forensic.windows.folder import Folder

STREAM_LIMIT = 256 << 20
"""Bytes of security descriptors that are read at most."""
PREFIX_LIMIT = 1000
"""Prefixes that are stated from one place at most, those that stand there most often."""
RID_LIMIT = 32
"""RIDs of one prefix that are stated at most, the smallest ones."""
SEEN_LIMIT = 10_000
"""Prefixes, and RIDs of one prefix, that are counted at most."""
SID_TEXT = re.compile(r"S-1-5-21(?:-\d{1,10}){3}(?:-\d{1,10})?", re.IGNORECASE)
"""SID of a machine, a domain, or an account of one, as text."""

_MACHINE = b"\x01\x04\0\0\0\0\0\x05\x15\0\0\0"
_LIBFSNTFS = "libyal, NTFS documentation, https://github.com/libyal/libfsntfs/blob/main/documentation/New%20Technologies%20File%20System%20(NTFS).asciidoc"
_SMB_TESTS = "Azure SDKs, tests of file permissions (public source code): security descriptors with these domains"
_CTF = "a public write-up of its image (Belkasoft CTF, March 2021) lists the recycle bins of both"
_AUTOPSY = "a public report on another Windows 10, where Autopsy listed S-1-5-21-3933942852-973373972-2766786355-1032 as a foreign user"


class FormerSid(msgspec.Struct, frozen=True):
    """A machine or domain SID that stands somewhere on the volume: the present one or a former one."""

    prefix: Sid
    where: str
    """`security-descriptor`, `recycle-bin`, `dpapi-folder`, or `task`."""
    count: int
    """Descriptors, folders or tasks in which it stands."""
    rids: tuple[int, ...] = ()
    """The accounts and groups of it, at most 32, the smallest first."""
    omitted: int = 0
    """How many more there are; no more than 10,000 are counted."""
    owners: int = 0
    """Descriptors whose owner it is."""
    groups: int = 0
    """Descriptors whose primary group it is."""
    access: int = 0
    """Descriptors in whose access lists it stands."""
    first_id: int | None = None
    """The smallest security id of these descriptors: NTFS counts up from 256 as descriptors are first used on the volume."""


FORMER_SID = Kind(
    "former-sid",
    FormerSid,
    "Machine or domain SID that stands in security descriptors, folder names or tasks, the present one among them",
    origin=Origin.OBSERVED,
    renews={
        Change.SID_CHANGER: kept(Basis.INFERRED, reference.NEWSID),
        Change.USE: always(Basis.OBSERVED, "$SDS of win10-rathbun and win10-belkasoft", machines=2),
    },
    namespace="machine-sid",
    identity=lambda value: None if is_media_sid(value.prefix) else value.prefix,
    standing="former",
    claims=[
        Claim(
            "$Secure:$SDS holds every security descriptor once; a second copy of each follows 256 KiB later and is not counted.",
            Basis.SOURCED,
            _LIBFSNTFS,
        ),
        Claim("Descriptors that no file uses any more stay in the stream: superseded ones keep the former machine SID.", Basis.INFERRED),
        Claim("NewSID rewrites the security descriptors of files.", Basis.SOURCED, reference.NEWSID),
        Claim("It leaves the names of folders as they are, as those of the recycle bin.", Basis.INFERRED, reference.NEWSID),
        Claim("Sysprep has SetupCl rewrite the descriptors of files, from Windows Vista on.", Basis.INFERRED),
        Claim(
            "Media and programs bring descriptors of the machines and domains where they were built: mostly as primary group with RID 513 "
            "alone, now and then as an owner or in an access list once beside it.",
            Basis.OBSERVED,
            "$SDS of win10-rathbun (five such prefixes) and win10-belkasoft (six)",
        ),
        Claim(
            "The machine's own prefix is owner, group and in access lists alike, with RIDs 513 and 1000 and above.",
            Basis.OBSERVED,
            "$SDS of win10-rathbun and win10-belkasoft",
        ),
        Claim(
            "A foreign prefix with users in many access lists need not be a former machine SID: a domain, files that were copied with "
            "their permissions, and another computer on which the volume was opened leave it too, recycle bin and all.",
            Basis.OBSERVED,
            f"win10-belkasoft: a domain (RIDs 512, 1106), and RID 1001 of a machine that is not this one; {_CTF}",
        ),
        Claim(
            "Security ids tell the order. A former machine SID came before the present one: a prefix whose `first_id` is greater than that "
            "of the machine's own is none.",
            Basis.INFERRED,
            "win10-belkasoft: own 808, the domain that it joined 1199, the other machine 1569",
        ),
        Claim("Domains of Microsoft stand on unrelated machines.", Basis.OBSERVED, _SMB_TESTS),
        Claim("One of the prefixes of win10-rathbun stands on an unrelated machine too, with the same RID.", Basis.OBSERVED, _AUTOPSY),
        Claim(
            "The folder of a profile's master keys is named after the user's SID when the first key was made: another prefix than the "
            "machine's and the domain's shows that the SID changed after the profile was used.",
            Basis.INFERRED,
        ),
    ],
    references=[_LIBFSNTFS, reference.NEWSID, reference.MS_DTYP],
)


class Sighting:
    """What was seen of one prefix."""

    def __init__(self, reading: Reading) -> None:
        """Start with `reading`, where it was first seen."""
        self.reading = reading
        self.rids: set[int] = set()
        self.roles: dict[str, set[int]] = defaultdict(set)

    def add(self, unit: int, role: str, rid: int | None) -> None:
        """Count the descriptor, folder or task `unit`, in which the prefix has this role, and the RID that follows it."""
        self.roles[role].add(unit)
        if rid is not None and len(self.rids) < SEEN_LIMIT:
            self.rids.add(rid)

    def fact(self, prefix: Sid, where: str, first_id: int | None = None) -> Fact[FormerSid]:
        """State it."""
        rids = sorted(self.rids)
        counts = {role: len(units) for role, units in self.roles.items()}
        value = FormerSid(
            prefix,
            where,
            len(set().union(*self.roles.values())),
            tuple(rids[:RID_LIMIT]),
            max(0, len(rids) - RID_LIMIT),
            counts.get("owner", 0),
            counts.get("group", 0),
            counts.get("access", 0),
            first_id,
        )
        return FORMER_SID.fact(value, self.reading)

    @property
    def count(self) -> int:
        """Descriptors, folders or tasks in which it was seen."""
        return len(set().union(*self.roles.values()))


@artifact_folder("%SystemDrive%/", FORMER_SID, since=(5, 0), takes=("$Secure:$SDS",))
def security_descriptor_stream(folder: Folder) -> Iterator[Fact[FormerSid]]:
    """State each machine and domain SID that stands in the security descriptors of the volume: stream `$SDS` of `$Secure` (NTFS 3).

    Collections have it as the file `$Secure_$SDS`, which is what KAPE calls it.

    Entries begin at multiples of 16 and do not cross 256 KiB. Blocks of 256 KiB alternate: one of entries, then one with their copies,
    which is read only where an entry in the first is damaged.

    | Offset | Size | Field | Notes |
    |---|---|---|---|
    | 0 | 4 | hash of the descriptor | not verified |
    | 4 | 4 | security id | counts up from 256 |
    | 8 | 8 | offset of this entry | in the stream; also in the copy |
    | 16 | 4 | size of the entry | this header included |
    | 20 | … | security descriptor | self-relative (MS-DTYP 2.4.6): owner, group, SACL, DACL |

    A SID counts where it is the descriptor's owner or group, or lies inside one of its access lists; bytes elsewhere do not.
    One fact for each prefix, those of most descriptors first, at most 1,000.
    """
    stream = find_stream(folder)
    if stream.size > STREAM_LIMIT:
        raise Malformed(f"{stream.path}: {stream.size} bytes are more than the {STREAM_LIMIT} that are plausible here")
    sightings: dict[bytes, Sighting] = {}
    first_ids: dict[bytes, int] = {}
    failures = Deferred()
    for base in range(0, stream.size, 2 * BLOCK):
        with failures:
            data, entries, lost = read_block(stream, base)
            for sid, at, role, entry in sids_in(data, entries):
                prefix = sid[12:24]
                if prefix not in sightings:
                    if len(sightings) >= SEEN_LIMIT:
                        raise Malformed(f"{stream.path}: more than {SEEN_LIMIT} prefixes; no more are looked for", base + at)
                    sightings[prefix] = Sighting(Span(stream.place.inside(offset=base + at), sid))
                    first_ids[prefix] = entry.id
                sightings[prefix].add(entry.id, role, int.from_bytes(sid[24:], "little") if sid[1] == 5 else None)
                first_ids[prefix] = min(entry.id, first_ids[prefix])
            if lost is not None:
                raise lost
    most_first = sorted(sightings.items(), key=lambda item: (-item[1].count, item[0]))
    for prefix, sighting in most_first[:PREFIX_LIMIT]:
        yield sighting.fact(Sid.from_bytes(_MACHINE + prefix), "security-descriptor", first_ids[prefix])
    failures.settle()
    if len(sightings) > PREFIX_LIMIT:
        raise Malformed(f"{stream.path}: {len(sightings)} prefixes, of which {PREFIX_LIMIT} are stated")
    if not sightings:
        raise NotFound(f"{stream.path}: no machine or domain SID in any descriptor")


@artifact_folder("%SystemDrive%/", FORMER_SID, until=(4, 0))
def security_descriptor_attribute(folder: Folder) -> Iterator[Fact[FormerSid]]:
    """State nothing: NTFS 1.2, the file system of NT 4.0, keeps a security descriptor in each file, and those are not read."""
    names = {entry.name for entry in folder.entries()}
    if "$MFT" not in names:
        raise NotFound("the system drive is no NTFS volume")
    if "$Secure" in names and "$Extend" in names:
        return  # NTFS 3, under a Windows whose release is not known or that did not format it: `$Secure` answers
    raise Unsupported("NTFS 1.2 keeps the security descriptors in the files themselves, which are not read for it")
    yield  # makes it a generator, as all artifacts are


@artifact_folder("%SystemDrive%/$Recycle.Bin", FORMER_SID, since=(6, 0), takes=("*/desktop.ini",))
def recycle_bin(folder: Folder) -> Iterator[Fact[FormerSid]]:
    r"""State each machine and domain SID after which folders of the recycle bin are named: `$Recycle.Bin\<SID>`, one for each user."""
    yield from _folder_names(folder, "recycle-bin")


@artifact_folder("%SystemDrive%/RECYCLER", FORMER_SID, until=(5, 2))
def recycler(folder: Folder) -> Iterator[Fact[FormerSid]]:
    r"""State each machine and domain SID after which folders of the recycle bin are named: `RECYCLER\<SID>`, one for each user."""
    yield from _folder_names(folder, "recycle-bin")


@artifact_folder("%AppData%/Microsoft/Protect", FORMER_SID, since=(5, 0), names=("*/*",))
def protect_folder(folder: Folder) -> Iterator[Fact[FormerSid]]:
    r"""State the machine or domain SID after which the folder of a profile's master keys is named: `Protect\<SID>`.

    Caveat: until 2003 `Application Data`, where Windows is not English, has another name and is not found.
    """
    yield from _folder_names(folder, "dpapi-folder")


def _folder_names(folder: Folder, where: str) -> Iterator[Fact[FormerSid]]:
    """State the prefixes of SIDs that name folders in `folder`, each at the first of them."""
    sightings: dict[Sid, Sighting] = {}
    for number, entry in enumerate(folder.entries()):
        if not entry.is_directory or (match := SID_TEXT.fullmatch(entry.name)) is None:
            continue
        sid = Sid(match[0].upper())
        prefix, rid = (sid.prefix, sid.rid) if sid.is_account else (sid, None)
        if prefix not in sightings:
            sightings[prefix] = Sighting(Span(folder.place.inside(file=f"{folder.path}/{entry.name}".lstrip("/")), b""))
        sightings[prefix].add(number, "folder", rid)
    yield from facts_of(sightings, where, folder.place)
    if not sightings:
        raise NotFound("no folder in it is named after a machine's or domain's SID")


def facts_of(sightings: dict[Sid, Sighting], where: str, place: Locator) -> Iterator[Fact[FormerSid]]:
    """State the prefixes, those seen most often first; Malformed after them when there are more than 1,000."""
    most_first = sorted(sightings.items(), key=lambda item: (-item[1].count, item[0]))
    for prefix, sighting in most_first[:PREFIX_LIMIT]:
        yield sighting.fact(prefix, where)
    if len(sightings) > PREFIX_LIMIT:
        raise Malformed(f"{place}: {len(sightings)} prefixes, of which {PREFIX_LIMIT} are stated")
