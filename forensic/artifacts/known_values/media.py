"""Media: what Microsoft's installation media carry, so that unrelated machines share it.

A release that is not listed is said to be unknown.
"""

from __future__ import annotations

import msgspec

from forensic.artifacts.known_values import KnownValue
from forensic.artifacts.known_values.default import EMPTY_GUIDS
from forensic.model import Basis, FileTime, Guid, Sid

_SEEN, _UNVERIFIED = Basis.OBSERVED, Basis.UNVERIFIED
_WIN7, _WIN81 = "mkorman90/regipy, SYSTEM (WKS-WIN732BITA)", "mkorman90/regipy, SYSTEM_2 (SENSEI)"
_WIN1709, _WIN1903 = "mkorman90/regipy, SYSTEM_B (DESKTOP-PM6C56D)", "mkorman90/regipy, SYSTEM_WIN_10_1709 (DESKTOP-2KGM189)"
_WIN2004 = "fox-it/dissect.regf, SYSTEM"
_HIVES = "29 public SAM hives, two unrelated ones each"
_GENERAL = "general knowledge, no document"

CLONE_TAGS = {
    "Mon Jul 13 21:55:53 2009": KnownValue("Windows 7 RTM x86 (6.1.7600)", _SEEN, _WIN7),
    "Tue Mar 18 03:20:53 2014": KnownValue("Windows 8.1 with Update (6.3.9600)", _SEEN, _WIN81),
    "Fri Sep 29 06:49:45 2017": KnownValue("Windows 10 1709 (10.0.16299)", _SEEN, _WIN1709),
    "Mon Mar 18 21:56:38 2019": KnownValue("Windows 10 1903 (10.0.18362)", _SEEN, _WIN1903),
    "Sat Dec 07 09:18:25 2019": KnownValue("Windows 10 2004 to 22H2 (10.0.19041 to 19045)", _SEEN, _WIN2004),
}
"""Tags of Microsoft's own media. Far from complete: an unlisted tag says nothing. Each was seen on one machine, within minutes of the
newest key that Microsoft's build left in the same hive and in the time zone of Redmond (UTC for 19041). Those of Windows 7 RTM x64 and of
SP1 x64 are not known to the second: by the generalizes in `SETUP_STEPS` they are of about 22:14 and 19:58."""

HARDWARE_PROFILES = {
    Guid("e29ac6c0-7037-11de-816d-806e6f6e6963"): KnownValue("Windows 7 (6.1)", _SEEN, _WIN7),
    Guid("bbed3e02-0b41-11e3-8249-806e6f6e6963"): KnownValue("Windows 8.1 (6.3)", _SEEN, _WIN81),
}
"""Hardware profiles that were made with the media; XP and Windows 10 make their own."""

GUID_SUFFIXES = {
    "-7037-11de-816d-806e6f6e6963": KnownValue("Windows 7, 2009-07-14: `{e29ac6c0-…}`, `{e29ac6c2-…}`", _SEEN, _WIN7),
    "-0b41-11e3-8249-806e6f6e6963": KnownValue("Windows 8.1, 2013-08-22: `{bbed3e02-…}`, `{bbed3e08-…}`", _SEEN, _WIN81),
}
"""Ends of version-1 GUIDs that were made while media was built; seen as hardware profile and as TCP/IP interface."""


_TUNNELS = "public lists of interfaces, from unrelated machines"
INTERFACES = {
    Guid("07374750-e68b-490e-9330-9fd785cd71b6"): KnownValue("6to4 adapter of Windows", _SEEN, _TUNNELS),
    Guid("2ee2c70c-a092-4d88-a654-98c8d7645cd5"): KnownValue("IP-HTTPS adapter of Windows", _SEEN, _TUNNELS),
    Guid("93123211-9629-4e04-82f0-ea2e4f221468"): KnownValue("Teredo adapter of Windows", _SEEN, _TUNNELS),
}
"""Network interfaces that Windows itself makes, with one GUID everywhere."""


def is_media_guid(guid: Guid) -> bool:
    """Return whether unrelated machines share this GUID: made with the media, given by Windows everywhere, or never set."""
    return guid in EMPTY_GUIDS or guid in INTERFACES or guid.endswith(tuple(GUID_SUFFIXES))


SAM_CREATED = {
    FileTime.from_iso("2009-07-14T04:34:12.1664573Z"): KnownValue("Windows 7 (6.1), x86 by the minute of its setup log", _SEEN, _HIVES),
    FileTime.from_iso("2009-07-14T04:45:46.6768459Z"): KnownValue(
        "Windows 7 or Server 2008 R2 (6.1), x64 by the minute of its setup log", _SEEN, _HIVES
    ),
    FileTime.from_iso("2013-08-22T14:45:11.0121636Z"): KnownValue("Windows 8.1 or Server 2012 R2", _SEEN, _HIVES),
}
"""Creation times of the account domain that come with the media, to the tick."""

SID_PREFIXES = {
    Sid("S-1-5-21-397955417-626881126-188441444"): KnownValue(
        "Windows 10", _SEEN, "a domain of Microsoft; both machines of DFIRArtifactMuseum have it"
    ),
    Sid("S-1-5-21-2127521184-1604012920-1887927527"): KnownValue("Windows 10", _SEEN, "a domain of Microsoft; win10-belkasoft has it"),
    Sid("S-1-5-21-854245398-2111687655-1801674531"): KnownValue(
        "Windows 10", _SEEN, "stands beside the domains of Microsoft in one descriptor of win10-belkasoft"
    ),
    Sid("S-1-5-21-3933942852-973373972-2766786355"): KnownValue(
        "Windows 10", _SEEN, "win10-rathbun and an unrelated Windows 10 have it, both with RID 1032"
    ),
}
"""Machine and domain SIDs that media and programs bring along in security descriptors."""


def is_media_sid(sid: Sid) -> bool:
    """Return whether media or programs bring this machine or domain SID along: then it says nothing of this machine."""
    return sid in SID_PREFIXES


_WIN7_LOG = "DtcInstall.log of a Windows 7 RTM x86 that was sealed twice"
_WIN7_SP1_LOG = "DtcInstall.log of a Windows 7 SP1 x64 from plain media"
_WIN10_LOG = "DtcInstall.log of Windows 10 15063 and 19041 and of Windows 11 22000 and 26100, published by their owners"
SETUP_STEPS = {
    "2009-07-13T21:34": KnownValue("Windows 7 RTM x86 (6.1.7600)", _SEEN, _WIN7_LOG),
    "2009-07-13T21:46": KnownValue("Windows 7 RTM x64 (6.1.7600)", _SEEN, _WIN7_SP1_LOG),
    "2009-07-13T21:55": KnownValue("Windows 7 RTM x86 (6.1.7600)", _SEEN, _WIN7_LOG),
    "2009-07-13T22:14": KnownValue("Windows 7 RTM x64 (6.1.7600)", _SEEN, _WIN7_SP1_LOG),
    "2010-11-20T18:43": KnownValue("Windows 7 SP1 x64 (6.1.7601)", _SEEN, _WIN7_SP1_LOG),
    "2010-11-20T19:58": KnownValue("Windows 7 SP1 x64 (6.1.7601)", _SEEN, _WIN7_SP1_LOG),
    "2017-03-18T14:05": KnownValue("Windows 10 1703 (10.0.15063)", _SEEN, _WIN10_LOG),
    "2019-12-07T09:17": KnownValue("Windows 10 2004 to 22H2 (10.0.19041 to 19045)", _SEEN, _WIN10_LOG),
    "2021-06-05T12:14": KnownValue("Windows 11 21H2 (10.0.22000)", _SEEN, _WIN10_LOG),
    "2024-04-01T07:29": KnownValue("Windows 11 24H2 (10.0.26100)", _SEEN, _WIN10_LOG),
}
"""Minutes, by the build computer's clock, at which Microsoft built, specialized and generalized its media."""


def is_media_step(minute: str | None) -> bool:
    """Return whether unrelated machines have a setup step at this minute, e.g. `2010-11-20T18:43`: Microsoft's own over the media."""
    return minute in SETUP_STEPS


_NOON_AND_ZONE = 36 * 3600 * 10_000_000
REFRESHES = {
    FileTime.from_iso("2016-11-20T12:00:00"): KnownValue(
        "Windows Server 2016 (10.0.14393), media refreshed in November 2016",
        _SEEN,
        "a public listing: lsasetup.log of that day beside setup logs of the deployment, 2019",
    ),
}
"""Noon of the day on which Microsoft itself set up server media that it shipped refreshed: the account domain, first SID and accounts of
every installation from it are of that day, and older than its own setup. Far from complete: on any server a first setup that is older than
the machine's own may be Microsoft's."""


def refreshed_media(ticks: int) -> KnownValue | None:
    """Return the refreshed media that was set up at this moment, in ticks of UTC or of any zone; None where none is known."""
    return next((media for noon, media in REFRESHES.items() if abs(ticks - noon) <= _NOON_AND_ZONE), None)


class MediaDay(msgspec.Struct, frozen=True):
    """When media was built, and how well that is known."""

    day: str
    """In UTC, as ISO 8601."""
    basis: Basis
    source: str


_DAYS_SEEN = {
    "7600": ("2009-07-14", f"{_HIVES}; {_WIN7_LOG}"),
    "7601": ("2010-11-21", f"SECURITY of aiowinreg (Server 2008 R2); {_WIN7_SP1_LOG}"),
    "9600": ("2013-08-22", _WIN81),
    "15063": ("2017-03-18", _WIN10_LOG),
    "16299": ("2017-09-29", _WIN1709),
    "18362": ("2019-03-19", _WIN1903),
    "19041": ("2019-12-07", f"{_WIN2004}; {_WIN10_LOG}"),
    "22000": ("2021-06-05", _WIN10_LOG),
    "26100": ("2024-04-01", _WIN10_LOG),
}
_DAYS_TOLD = {
    "6000": "2006-11-02", "6001": "2008-01-19", "6002": "2009-04-11", "9200": "2012-07-26",
    "10240": "2015-07-10", "10586": "2015-10-30", "14393": "2016-07-16", "17134": "2018-04-12", "17763": "2018-09-15",
    "18363": "2019-03-19", "19042": "2019-12-07",
    "19043": "2019-12-07", "19044": "2019-12-07", "19045": "2019-12-07", "20348": "2021-05-08",
    "22621": "2022-05-07", "22631": "2022-05-07", "26200": "2024-04-01",
}  # fmt: skip
BUILDS = {build: MediaDay(day, _SEEN, source) for build, (day, source) in _DAYS_SEEN.items()} | {
    build: MediaDay(day, _UNVERIFIED, _GENERAL) for build, day in _DAYS_TOLD.items()
}
"""Build number -> the day on which Microsoft built the first media of it, the day that untouched system files of plain installations
carry."""
