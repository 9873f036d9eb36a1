"""Media time: when the installation media that this installation came from was built."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from forensic.artifacts.declaration import artifact
from forensic.errors import NotFound
from forensic.model import Basis, Change, Claim, Fact, FileTime, Kind, Origin, always, kept

if TYPE_CHECKING:
    from forensic.registry.key import Key

_SEEN = "regipy SYSTEM_2 (8.1), SYSTEM_B (10 1709), SYSTEM_WIN_10_1709 (upgraded to 1903)"

FOLDERS = (("Control", r"Control\Class"), ("Services",))
"""Keys of the control set whose direct subkeys are looked at, most of them never written again after the build: some two hundred,
and only where these do not suffice some six hundred more."""
_HOUR = 3600 * 10_000_000
GAP = 6 * _HOUR
"""A longer time without a write ends a cluster; one build of media took at most 2 h 20 min in the hives seen."""
DENSE = 20
"""Fewest keys of a cluster that counts."""
MEDIA_REVISIONS = range(10, 13)
"""Revisions of the policy database, Vista to 8.1, whose key carries the time of the media."""


class MediaTime(msgspec.Struct, frozen=True):
    """An estimate of when the media was built."""

    newest: FileTime
    """Newest time of the cluster."""
    keys: int
    """Keys in the cluster."""
    of: int
    """Keys looked at."""
    basis: str
    """What was looked at."""
    oldest: FileTime | None = None
    """Oldest time of the cluster."""


MEDIA_TIME = Kind(
    "media-time",
    MediaTime,
    "Media time: when the installation media that this installation came from was built",
    origin=Origin.MEDIA,
    renews={
        Change.SETUP: kept(Basis.OBSERVED, _SEEN, machines=2),
        Change.GENERALIZE: kept(Basis.INFERRED),
        Change.SPECIALIZE: kept(Basis.INFERRED),
        Change.SID_CHANGER: kept(Basis.INFERRED),
        Change.UPGRADE: always(Basis.OBSERVED, "regipy SYSTEM_WIN_10_1709", machines=1),
    },
    claims=(
        Claim(
            "Hundreds of keys still carry the time at which Microsoft built the image; Setup copies them as they are.",
            Basis.OBSERVED,
            _SEEN,
        ),
        Claim(
            "The CloneTag of the media lies at the end of that build: seen up to 87 minutes before its newest key.", Basis.OBSERVED, _SEEN
        ),
        Claim(
            "Media that Microsoft itself booted, updated and generalized again keeps an older cluster: on 8.1 with Update it is of "
            "2013-08-22, the CloneTag of 2014-03-18. The media time is then too early, and the CloneTag looks like an administrator's.",
            Basis.OBSERVED,
            "regipy SYSTEM_2",
        ),
        Claim("Media with a built-in service pack, such as Windows 7 with SP1, is expected to be alike.", Basis.INFERRED),
        Claim("An upgrade in place brings the keys of the newer media; most are then written anew, fewer remain.", Basis.OBSERVED, _SEEN),
        Claim(
            "The key SECURITY\\Policy\\PolRevision carries the time of the media until 8.1: 2008-01-19 on Server 2008, 2009-07-14 on "
            "2008 R2, 2012-07-26 on 2012, 2013-08-22 on 8.1; from Windows 10 on that of the installation.",
            Basis.OBSERVED,
            "SECURITY hives of aiowinreg (Server 2008 to 2022) and of EricZimmerman/Registry",
        ),
        Claim(
            "The revision of the policy database is 7 on XP, 10 on 2008, 11 on 2008 R2, 12 on 2012 and 8.1, 14 on 2016 and an early 10, "
            "18 on 2019, 2022 and a later 10.",
            Basis.OBSERVED,
            "twelve SECURITY hives (M57-PAT, MSEDGEWIN10, aiowinreg, EricZimmerman/Registry, DFIRArtifactMuseum, regipy)",
        ),
        Claim("Media serviced offline (DISM) holds keys that are later than its build: the time can then be too late.", Basis.INFERRED),
        Claim("In an image that an administrator built up from Microsoft's media the oldest cluster remains Microsoft's.", Basis.INFERRED),
    ),
)


@artifact("SYSTEM", "", MEDIA_TIME, since=(6, 0))
def media_time(key: Key) -> Iterator[Fact[MediaTime]]:
    r"""State when the media was built, estimated from last-written times that nobody touched since.

    Looks at the direct subkeys of `Control` and `Control\Class` in the control set in use (and of `Services` where these do not
    suffice), leaves out times that are not earlier than the deployment (last-written time of `Setup\SetupCl`), sorts the others and
    cuts them into clusters where six hours pass without a write. The oldest cluster of at least twenty keys is the build; its newest time
    is stated, with the number of keys in the cluster and of keys looked at.

    Use: a CloneTag that is later than this by more than a day (it is local time) is not of this build.

    It cannot tell an administrator's later generalize from Microsoft's own second one (8.1 with Update), and it knows nothing of the
    media before an in-place upgrade. Not-found when no such cluster exists, and where there is no `Setup\SetupCl`: then nothing
    separates the media from the installation (XP and earlier write their keys during Setup).
    """
    number = key.key("Select").value("Current").number()
    control_set = key.key(f"ControlSet{number:03d}")
    deployed = key.key(r"Setup\SetupCl").written
    times: list[FileTime] = []
    looked: list[str] = []
    keys, build = 0, None
    for folders in FOLDERS:
        for folder in filter(None, map(control_set.find, folders)):
            written = list(folder.subkey_times())
            keys += len(written)
            times += [time for time in written if 0 < time < deployed]
        looked += folders
        build = next((cluster for cluster in _clusters(sorted(times)) if len(cluster) >= DENSE), None)
        if build is not None:
            break
    if build is None:
        raise NotFound(f"no {DENSE} keys among {keys} are older than the deployment and close in time")
    yield MEDIA_TIME.fact(MediaTime(build[-1], len(build), keys, f"key times below {', '.join(looked)}", build[0]), control_set)


def _clusters(times: list[FileTime]) -> list[list[FileTime]]:
    clusters: list[list[FileTime]] = []
    for time in times:
        if clusters and time - clusters[-1][-1] <= GAP:
            clusters[-1].append(time)
        else:
            clusters.append([time])
    return clusters


@artifact("SECURITY", r"Policy\PolRevision", MEDIA_TIME, since=(6, 0), until=(6, 3))
def policy_revision(key: Key) -> Iterator[Fact[MediaTime]]:
    r"""State the last-written time of `Policy\PolRevision`, which is the media's until 8.1 and Server 2012 R2.

    A second basis, independent of SYSTEM. From Windows 10 on the key is written during installation and says nothing of the media.
    The revision in its default value tells them apart where no other hive names the release: not-found unless it is 10 to 12.
    """
    revision = int.from_bytes(key.value("").raw[:2], "little")
    if revision not in MEDIA_REVISIONS:
        raise NotFound(f"the database has revision {revision}: its key was not written with the media")
    yield MEDIA_TIME.fact(MediaTime(key.written, 1, 1, "key time of Policy\\PolRevision", key.written), key.written_span)
