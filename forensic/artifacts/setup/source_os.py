"""Earlier installations that in-place upgrades left on record."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from forensic.artifacts.declaration import artifact
from forensic.artifacts.optional_values import Deferred, OptionalValues
from forensic.errors import NotFound
from forensic.model import Basis, Change, Claim, Fact, FileTime, Kind, Origin, always, kept

if TYPE_CHECKING:
    from forensic.registry.key import Key

_PREFIX = "source os"
_REGRIPPER = "keydet89/RegRipper3.0, source_os.pl"


class SourceOs(msgspec.Struct, frozen=True):
    """One earlier state of this installation."""

    label: str
    """Name of the key, e.g. `Source OS (Updated on 3/27/2018 12:13:23)`: local time, in the format of the machine's region."""
    product: str | None = None
    version: str | None = None
    build: str | None = None
    installed: FileTime | None = None


SOURCE_OS = Kind(
    "source-os",
    SourceOs,
    "Source OS: the release and installation time before an in-place upgrade",
    origin=Origin.OBSERVED,
    renews={
        Change.GENERALIZE: kept(Basis.INFERRED),
        Change.SPECIALIZE: kept(Basis.INFERRED),
        Change.SID_CHANGER: kept(Basis.INFERRED),
        Change.UPGRADE: always(Basis.SOURCED, _REGRIPPER),
        Change.NEW_DISK: kept(Basis.INFERRED),
        Change.USE: kept(Basis.INFERRED),
    },
    namespace="install-date",
    identity=lambda value: value.installed,
    standing="former",
    claims=(
        Claim(
            "An in-place upgrade archives the former CurrentVersion values, InstallDate and InstallTime among them.",
            Basis.SOURCED,
            _REGRIPPER,
        ),
        Claim(
            "The label holds the time of the upgrade, in local time; seen a quarter of a day before the keys were written.",
            Basis.OBSERVED,
            "regipy SYSTEM_WIN_10_1709",
        ),
        Claim("Equal chains of upgrades, with equal times, point to one installation that was copied later.", Basis.INFERRED),
    ),
    references=("https://github.com/keydet89/RegRipper3.0/blob/master/plugins/source_os.pl",),
)


@artifact("SYSTEM", "Setup", SOURCE_OS, since=(6, 0))
def source_os(key: Key) -> Iterator[Fact[SourceOs]]:
    r"""State every earlier installation that an in-place upgrade archived as `Setup\Source OS (…)`.

    Each key repeats values of the CurrentVersion key as they were before the upgrade: `ProductName`, `CurrentBuild` or
    `CurrentBuildNumber`, `InstallTime` (FILETIME) or `InstallDate` (seconds since 1970). The fact's `written` is the latest
    upgrade, which writes the older keys again; the label keeps the time of each.
    An installation that was never upgraded has none: not-found.
    """
    failures, found = Deferred(), False
    for block in key.keys():
        if not block.name.lower().startswith(_PREFIX):
            continue
        found = True
        with failures:
            yield from _state(block)
    failures.settle()
    if not found:
        raise NotFound("no Source OS key: no in-place upgrade is on record")


def _state(block: Key) -> Iterator[Fact[SourceOs]]:
    optional = OptionalValues(block)
    major, minor, ticks = (
        optional.number("CurrentMajorVersionNumber"),
        optional.number("CurrentMinorVersionNumber"),
        optional.number("InstallTime"),
    )
    earlier = SourceOs(
        label=block.name,
        product=optional.text("ProductName"),
        version=f"{major}.{minor or 0}" if major else optional.text("CurrentVersion"),
        build=optional.text("CurrentBuildNumber") or optional.text("CurrentBuild"),
        installed=FileTime(ticks) if ticks else optional.unix_time("InstallDate"),
    )
    yield SOURCE_OS.fact(earlier, block)
    optional.settle()
