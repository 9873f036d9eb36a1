"""The Windows release: what is installed, since when, and in which product type it runs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from forensic.artifacts.declaration import artifact
from forensic.artifacts.known_values.default import EMPTY_GUIDS
from forensic.artifacts.optional_values import Deferred, OptionalValues, unix_time
from forensic.errors import NotFound
from forensic.model import Basis, Change, Claim, Fact, FileTime, Guid, Kind, Origin, always, kept

if TYPE_CHECKING:
    from forensic.registry.key import Key

_WINREG_KB = "https://winreg-kb.readthedocs.io/en/latest/sources/system-keys/Windows-product-information.html"
_CURRENT_VERSION = "Psmths/windows-forensic-artifacts, enumeration/current-version.md"


class WindowsRelease(msgspec.Struct, frozen=True):
    """The release as the registry names it; values that a release does not write are None."""

    name: str | None = None
    """`ProductName`; still says Windows 10 on Windows 11."""
    edition: str | None = None
    """`EditionID`, since Vista."""
    version: str | None = None
    """`4.0` … `10.0`: from the major and minor number where they are written (since 10), else `CurrentVersion`."""
    build: str | None = None
    ubr: int | None = None
    """Update build revision, since 10."""
    display_version: str | None = None
    """`22H2`, or `1709` from `ReleaseId` before 20H2."""
    installation_type: str | None = None
    """`Client`, `Server`, `Server Core`; since Vista."""
    build_lab: str | None = None
    csd: str | None = None
    """Service pack."""


WINDOWS_RELEASE = Kind(
    "windows-release",
    WindowsRelease,
    "Windows release: product, edition, version and build",
    origin=Origin.MEDIA,
    renews={Change.SETUP: always(Basis.SOURCED, _WINREG_KB), Change.UPGRADE: always(Basis.SOURCED, _WINREG_KB)},
    claims=(
        Claim("The values name the installed release and describe no single machine.", Basis.SOURCED, _WINREG_KB),
        Claim("ProductName stays `Windows 10 …` on Windows 11; builds from 22000 on are Windows 11.", Basis.UNVERIFIED),
    ),
    references=(_WINREG_KB,),
)

PRODUCT_ID = Kind(
    "product-id",
    str,
    "ProductId: the product identifier that Windows derives from the product key",
    origin=Origin.ASSIGNED,
    renews={Change.SETUP: always(Basis.UNVERIFIED)},
    claims=(
        Claim("Setup from media writes it, not generalize.", Basis.OBSERVED, "Panther/setupact.log of a Windows 10 1709: UpdateProductKey"),
        Claim("Volume-licence and OEM keys give unrelated machines the same ProductId: equality is weak.", Basis.INFERRED),
        Claim(
            "The key holds it beside DigitalProductId, whose structure repeats it.", Basis.SOURCED, "fox-it/dissect.target, productkey.py"
        ),
    ),
    references=(_WINREG_KB,),
)

INSTALL_DATE = Kind(
    "install-date",
    FileTime,
    "Installation time: when Setup, or the latest upgrade, finished on this installation",
    origin=Origin.OBSERVED,
    renews={
        Change.SETUP: always(Basis.SOURCED, _WINREG_KB),
        Change.SPECIALIZE: always(Basis.UNVERIFIED),
        Change.SID_CHANGER: kept(Basis.INFERRED),
        Change.UPGRADE: always(Basis.SOURCED, "keydet89/RegRipper3.0, source_os.pl"),
    },
    namespace="install-date",
    claims=(
        Claim("InstallDate holds seconds since 1970 in UTC.", Basis.SOURCED, _WINREG_KB),
        Claim("InstallTime holds a FILETIME; it was seen on a current installation.", Basis.OBSERVED, _CURRENT_VERSION),
        Claim(
            "An in-place upgrade writes new values and keeps the former ones under Setup\\Source OS.",
            Basis.SOURCED,
            "keydet89/RegRipper3.0, source_os.pl",
        ),
        Claim("After a generalize the deployment writes the time of deployment; on XP this is not known.", Basis.UNVERIFIED),
        Claim(
            "The clock may still run on another time zone while Setup writes: seen stepping back 2 h and 9 h before the first sign-in.",
            Basis.OBSERVED,
            "SYSTEM hives of regipy (Windows 7) and dissect.regf (Windows 10)",
        ),
    ),
    references=(_WINREG_KB, _CURRENT_VERSION),
)

BUILD_GUID = Kind(
    "build-guid",
    Guid,
    "BuildGUID: an identifier of the Windows build",
    origin=Origin.MEDIA,
    known_values=EMPTY_GUIDS,
    claims=(Claim("All ones on current builds, so that unrelated machines share it.", Basis.OBSERVED, _CURRENT_VERSION),),
    references=(_CURRENT_VERSION,),
)

PRODUCT_TYPE = Kind(
    "product-type",
    str,
    "Product type: workstation (`WinNT`), server (`ServerNT`) or domain controller (`LanmanNT`)",
    origin=Origin.OBSERVED,
    renews={Change.DC_PROMOTION: always(Basis.UNVERIFIED)},
    claims=(Claim("LanmanNT marks a domain controller, whose registry SID is made new when it is promoted.", Basis.UNVERIFIED),),
)


@artifact("SOFTWARE", r"Microsoft\Windows NT\CurrentVersion", WINDOWS_RELEASE)
def windows_release(key: Key) -> Iterator[Fact[WindowsRelease]]:
    """State the Windows release, as the values of the CurrentVersion key name it.

    | Value | Type | Field |
    |---|---|---|
    | `ProductName` | REG_SZ | name |
    | `EditionID` | REG_SZ | edition |
    | `CurrentMajorVersionNumber`, `CurrentMinorVersionNumber` | REG_DWORD | version, since Windows 10 |
    | `CurrentVersion` | REG_SZ | version; frozen at `6.3` since Windows 10 |
    | `CurrentBuildNumber`, `CurrentBuild` | REG_SZ | build |
    | `UBR` | REG_DWORD | ubr |
    | `DisplayVersion`, `ReleaseId` | REG_SZ | display_version |
    | `InstallationType` | REG_SZ | installation_type |
    | `BuildLabEx`, `BuildLab` | REG_SZ | build_lab |
    | `CSDVersion` | REG_SZ | csd |

    A key without any of these values is not-found: it belongs to no installation.
    """
    optional = OptionalValues(key)
    major, minor = optional.number("CurrentMajorVersionNumber"), optional.number("CurrentMinorVersionNumber")
    release = WindowsRelease(
        name=optional.text("ProductName"),
        edition=optional.text("EditionID"),
        version=f"{major}.{minor or 0}" if major else optional.text("CurrentVersion"),
        build=optional.text("CurrentBuildNumber") or optional.text("CurrentBuild"),
        ubr=optional.number("UBR"),
        display_version=optional.text("DisplayVersion") or optional.text("ReleaseId"),
        installation_type=optional.text("InstallationType"),
        build_lab=optional.text("BuildLabEx") or optional.text("BuildLab"),
        csd=optional.text("CSDVersion"),
    )
    if release != WindowsRelease():
        yield WINDOWS_RELEASE.fact(release, key)
    optional.settle()
    if release == WindowsRelease():
        raise NotFound("the key names no release")


@artifact("SOFTWARE", r"Microsoft\Windows NT\CurrentVersion", PRODUCT_ID)
def product_id(key: Key) -> Iterator[Fact[str]]:
    """State the ProductId, text in value `ProductId`."""
    value = key.value("ProductId")
    yield PRODUCT_ID.fact(value.text(), value)


@artifact("SOFTWARE", r"Microsoft\Windows NT\CurrentVersion", INSTALL_DATE)
def install_date(key: Key) -> Iterator[Fact[FileTime]]:
    """State the installation time, once for each value that holds it.

    | Value | Type | Notes |
    |---|---|---|
    | `InstallDate` | REG_DWORD | seconds since 1970-01-01T00:00:00Z; 0 before Setup ended |
    | `InstallTime` | REG_QWORD | FILETIME; since Windows 10 |

    The key's last-written time says little here: every update of Windows writes to this key.
    """
    failures, found = Deferred(), False
    with failures:
        if (date := key.find_value("InstallDate")) is not None and (installed := unix_time(date)) is not None:
            found = True
            yield INSTALL_DATE.fact(installed, date)
    with failures:
        if (time := key.find_value("InstallTime")) is not None and (ticks := time.number()):
            found = True
            yield INSTALL_DATE.fact(FileTime(ticks), time)
    failures.settle()
    if not found:
        raise NotFound("neither InstallDate nor InstallTime is set")


@artifact("SOFTWARE", r"Microsoft\Windows NT\CurrentVersion", BUILD_GUID, depth="full", since=(6, 0))
def build_guid(key: Key) -> Iterator[Fact[Guid]]:
    """State the BuildGUID, text in value `BuildGUID`."""
    value = key.value("BuildGUID")
    yield BUILD_GUID.fact(Guid.parse(value.text()), value)


@artifact("SYSTEM", r"CurrentControlSet\Control\ProductOptions", PRODUCT_TYPE)
def product_type(key: Key) -> Iterator[Fact[str]]:
    """State the product type, text in value `ProductType`: `WinNT`, `ServerNT` or `LanmanNT`."""
    value = key.value("ProductType")
    yield PRODUCT_TYPE.fact(value.text(), value)
