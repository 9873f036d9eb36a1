"""Rules over disk and volume: does the installation lie where it was used?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from forensic.artifacts.storage.disk import DISK_SIGNATURE, PARTITION, VOLUME_CREATED
from forensic.artifacts.storage.mounted_device import MOUNTED_DEVICE, MountedDevice
from forensic.artifacts.users.profile_list import PROFILE_SID
from forensic.model import Fact, FileTime
from forensic.reasoning.installation.rules.network import cards_of
from forensic.reasoning.installation.setup_time import MARGIN, generalized_since_setup, mini_setup_may_explain, whole_setup
from forensic.reasoning.rule import Finding, rule
from forensic.reasoning.subject import BEFORE_HARDWARE_CONFIG, Subject, day, listed, moment

_LETTER = re.compile(r"([A-Za-z]):\\")


class _Real:
    """The disk or partition that the installation lies on, in the terms of MountedDevices."""

    def __init__(self, subject: Subject) -> None:
        places, signatures = subject.facts.of(PARTITION), subject.facts.of(DISK_SIGNATURE)
        self.scheme, self.identity = "", ""
        self.facts: tuple[Fact[Any], ...] = ()
        if len(places) != 1:
            return
        place = places[0]
        if place.value.scheme == "gpt" and place.value.guid is not None:
            self.scheme, self.identity, self.facts = "gpt", str(place.value.guid), (place,)
        elif place.value.scheme == "mbr" and len(signatures) == 1 and signatures[0].value not in DISK_SIGNATURE.known_values:
            self.scheme, self.identity, self.facts = "mbr", signatures[0].value, (place, signatures[0])

    @property
    def word(self) -> str:
        return "partition GUID" if self.scheme == "gpt" else "disk signature"


def _identity(device: MountedDevice) -> str | None:
    return str(device.partition_guid) if device.partition_guid else device.disk_signature


def _place(device: MountedDevice) -> tuple[str | None, int | None]:
    return _identity(device), device.offset


def _entries(subject: Subject, scheme: str) -> list[Fact[MountedDevice]]:
    return [fact for fact in subject.facts.of(MOUNTED_DEVICE) if fact.value.scheme == scheme]


def _system_letter(subject: Subject) -> str | None:
    """The drive letter of the system, from the folders of profiles; None where they name none, or several."""
    matches = (_LETTER.match(fact.value.path or "") for fact in subject.facts.of(PROFILE_SID))
    letters = {match[1].upper() for match in matches if match}
    return letters.pop() if len(letters) == 1 else None


@rule(group="disk", supports="installed")
def disk_is_known(subject: Subject) -> Iterator[Finding]:
    """The installation knows the disk that it lies on.

    Supports: an installation that was used on this disk.
    Against: nothing.
    Does not say: that the disk is the original: a copy of all sectors carries the disk signature and the partition GUID along.
    Overturned by: hardware that appeared later.
    References: libyal winreg-kb, MountedDevices.
    """
    real = _Real(subject)
    known = [fact for fact in _entries(subject, real.scheme) if _identity(fact.value) == real.identity]
    if known:
        names = listed(fact.value.name for fact in known)
        because = f"MountedDevices names the {real.word} {real.identity} of this disk"
        yield Finding("moderate", f"{because} ({names})", (*real.facts, *known), because)


@rule(group="disk", supports="relocated-not-generalized")
def disk_is_another(subject: Subject) -> Iterator[Finding]:
    """The drive letter of the system names another disk than the one the installation lies on, and nothing names this one.

    Supports: this volume was copied to another disk, or its disk was given another signature, after Windows last ran. Weak, because Windows
    was not started there: its first start names the new disk.
    Against: nothing.
    Does not say: that there are two computers. The file of a backup or of a conversion, which has a disk signature of its own, a larger
    disk that is to take the place of the old one, and a signature changed because two equal disks met in one computer, leave the same.
    Overturned by: any entry that names this disk.
    References: libyal winreg-kb, MountedDevices; Mark Russinovich, Fixing Disk Signature Collisions (2011).
    """
    real = _Real(subject)
    entries = _entries(subject, real.scheme)
    if (
        not real.identity
        or not subject.is_settled
        or generalized_since_setup(subject)
        or any(_identity(fact.value) == real.identity for fact in entries)
    ):
        return
    letter = _system_letter(subject)
    name = f"\\DOSDEVICES\\{letter or 'C'}:"
    system = sorted((fact for fact in entries if fact.value.name.upper() == name), key=lambda one: _identity(one.value) or "")
    if not system:
        return
    fact = system[0]
    because = (
        f"MountedDevices has {letter or 'C'}: on the {real.word} {_identity(fact.value)}, the disk has {real.identity},"
        " and no entry names this disk: the volume was copied to another disk and not started there since, or the disk was signed anew"
    )
    yield Finding("weak", because, (*real.facts, fact))


def _named(fact: Fact[MountedDevice]) -> int:
    guid = fact.value.volume_guid
    return guid.ticks if guid is not None and guid.version == 1 else 0


@rule(group="disk", supports="relocated-not-generalized")
def system_volume_named_later(subject: Subject) -> Iterator[Finding]:
    """Before Windows 8: the volume of the system got its name after setup, and a volume of another disk has the name that setup gave.

    Supports: the installation was started from another disk than the one it was set up on. Moderate where the network cards changed in the
    same days: every card that was there before has had no lease since, and one was set up then. Else weak, because a larger disk put in
    place of the old one is ordinary.
    Against: nothing.
    Does not say: that there are two computers. A computer repaired with another board and disk, and a backup restored on other hardware,
    leave the same.
    Overturned by: a setup pass after the volume got its name; a clock that was wrong by days.
    References: RFC 9562, section 5.1 (the time in version 1); SYSTEM hives of XP and Windows 7.
    """
    done, entries = whole_setup(subject), _entries(subject, "mbr")
    if done is None or subject.era not in BEFORE_HARDWARE_CONFIG or not subject.is_settled or generalized_since_setup(subject):
        return
    name = f"\\DOSDEVICES\\{_system_letter(subject) or 'C'}:"
    system = {_place(fact.value) for fact in entries if fact.value.name.upper() == name}
    lettered = {_place(fact.value) for fact in entries if fact.value.name.upper().startswith("\\DOSDEVICES\\")}
    now = sorted((fact for fact in entries if _named(fact) and _place(fact.value) in system), key=_named)
    if len(system) != 1 or not now or _named(now[0]) <= done.latest.time + MARGIN:
        return
    born, (disk, _) = _named(now[0]), next(iter(system))
    if mini_setup_may_explain(subject, FileTime(born)):
        return
    first = min(clock.time for clock in done.known) - MARGIN
    former = [
        fact
        for fact in entries
        if first <= _named(fact) <= done.latest.time + MARGIN and _identity(fact.value) != disk and _place(fact.value) not in lettered
    ]
    if not former:
        return
    old = min(former, key=lambda fact: (_named(fact), fact.value.name))
    because = (
        f"the volume of the system, on the disk {disk}, was named {moment(born)}; the one that was named {moment(_named(old))}, when"
        f" Windows was set up, is on the disk {_identity(old.value)} and has no drive letter any more"
    )
    cards = _cards_changed(subject, born)
    if cards:
        because += "; the network cards changed in the same days"
    brief = f"the system volume was named anew {day(born)} on another disk; the one of setup was on the disk {_identity(old.value)}"
    yield Finding("moderate" if cards else "weak", because, (now[0], old, done.latest.fact, *cards), brief)


def _cards_changed(subject: Subject, time: int) -> tuple[Fact[Any], ...]:
    """Return the cards, where all that were there before `time` have had no lease since and another was set up about then."""
    found = [card for card in cards_of(subject) if card.since is not None and card.interface is not None]
    before = [card for card in found if card.since is not None and card.since < time - MARGIN]
    then = [card for card in found if card.since is not None and abs(card.since - time) <= MARGIN]
    leases = [card.interface.value.lease_obtained for card in before if card.interface is not None and card.interface.value.dhcp]
    if not then or not before or len(leases) < len(before) or any(lease is None or lease >= time for lease in leases):
        return ()
    return tuple(fact for card in (*before, *then) for fact in card.facts)


@rule(group="disk", supports="relocated-not-generalized")
def volume_is_younger(subject: Subject) -> Iterator[Finding]:
    """The volume was formatted after the installation on it had been set up.

    Supports: the files were copied onto this volume, one by one, without a setup pass afterwards; weakly, because restoring a backup of
    files is ordinary, and before Vista converting a volume from FAT to NTFS makes it young too.
    Against: nothing.
    Does not say: that there are two computers, or other hardware.
    Overturned by: a setup pass after the formatting, whose record is lost.
    References: none; inferred from how images are applied.
    """
    done, made = whole_setup(subject), subject.facts.of(VOLUME_CREATED)
    if done is None or len(made) != 1 or not subject.is_settled or made[0].value <= done.latest.time + MARGIN:
        return
    because = (
        f"the volume was formatted {moment(made[0].value)}, after the setup of the Windows on it, whose last record is"
        f" {done.latest.what} of {moment(done.latest.time)}"
    )
    yield Finding("weak", because, (made[0], *(clock.fact for clock in done.known)))
