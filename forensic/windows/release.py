"""Release: which Windows an installation is, read from its SOFTWARE and SYSTEM hives."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from forensic.errors import ForensicError
from forensic.model import Era, FileTime, Product, Role
from forensic.model.era import era_of

if TYPE_CHECKING:
    from forensic.registry.key import Key

CURRENT_VERSION = r"Microsoft\Windows NT\CurrentVersion"

ROLES: dict[str, Role] = {"winnt": "workstation", "servernt": "server", "lanmannt": "domain-controller"}
"""`Control\\ProductOptions` value ProductType, in lower case."""


class Release(msgspec.Struct, frozen=True):
    """What the registry says the installation is; None where it does not say."""

    product: Product = Product()
    era: Era | None = None
    role: Role | None = None
    nt_version: tuple[int, ...] | None = None
    """`(6, 1, 7601)`."""
    is_preinstallation: bool = False
    """Whether this is Windows PE or RE (two of its marks, or one before setup is over), not an installation that anybody uses."""


def read_release(software: Key | None, control_set: Key | None, setup: Key | None = None) -> Release:
    """Read the release from the roots of SOFTWARE and of the current control set, and from the key `Setup`; any may be missing.

    One mark of Windows PE (key `MiniNT`, key `WinPE`, InstallationType) makes none of a Windows whose setup is over: `MiniNT` is also
    planted, because it silences the event log, and any of them would hide the installation.
    """
    version = _find(software, CURRENT_VERSION)
    role = ROLES.get((_text(control_set, r"Control\ProductOptions", "ProductType") or "").lower())
    major, minor, build = _version(version)
    nt_version = None if major is None or minor is None else (major, minor, *(() if build is None else (build,)))
    is_set_up = _number(setup, "SystemSetupInProgress") == 0 and _number(setup, "SetupType") == 0
    installation_type = (_text(version, "", "InstallationType") or "").lower()
    marks = [_find(control_set, r"Control\MiniNT") is not None, installation_type == "windowspe", _find(version, "WinPE") is not None]
    preinstallation = sum(marks) > 1 or (any(marks) and not is_set_up)
    product = Product(
        name=_text(version, "", "ProductName"),
        edition=_text(version, "", "EditionID"),
        version=None if nt_version is None else f"{major}.{minor}",
        build=_text(version, "", "CurrentBuildNumber") or _text(version, "", "CurrentBuild"),
        architecture=_text(control_set, r"Control\Session Manager\Environment", "PROCESSOR_ARCHITECTURE"),
        installed=_installed(version),
    )
    era = era_of(nt_version, is_server=_is_server(installation_type, role, product))
    return Release(product, era, role, nt_version, preinstallation)


def _is_server(installation_type: str, role: Role | None, product: Product) -> bool | None:
    """Return whether it is a release for servers; None where nothing says.

    InstallationType goes before the role: Windows 10 and 11 for several users at once are clients with the product type of a server.
    """
    if installation_type == "client" or "server" in installation_type:
        return installation_type != "client"
    if role is not None:
        return role != "workstation"
    name = f"{product.name or ''}{product.edition or ''}".lower()
    return "server" in name if name else None


def _version(key: Key | None) -> tuple[int | None, int | None, int | None]:
    """Return major, minor and build; from Windows 10 on, CurrentVersion stays at 6.3 and two DWORDs tell the truth."""
    build = _text(key, "", "CurrentBuildNumber") or _text(key, "", "CurrentBuild") or ""
    number = int(build) if build.isascii() and build.isdigit() and len(build) < 7 else None
    major, minor = _number(key, "CurrentMajorVersionNumber"), _number(key, "CurrentMinorVersionNumber")
    if major is not None and 10 <= major < 100:
        return major, minor or 0, number
    parts = (_text(key, "", "CurrentVersion") or "").split(".")
    if len(parts) == 2 and all(part.isascii() and part.isdigit() and len(part) < 3 for part in parts):
        return int(parts[0]), int(parts[1]), number
    return None, None, number


def _installed(key: Key | None) -> FileTime | None:
    """Return InstallTime (FILETIME, Windows 10 and later) or InstallDate (seconds since 1970)."""
    ticks, seconds = _number(key, "InstallTime"), _number(key, "InstallDate")
    if ticks:
        return FileTime(ticks)
    return FileTime.from_unix(seconds) if seconds else None


def _find(key: Key | None, path: str) -> Key | None:
    if key is None:
        return None
    try:
        return key.find(path)
    except ForensicError:
        return None


def _text(key: Key | None, path: str, name: str) -> str | None:
    if key is None:
        return None
    try:
        return key.key(path).value(name).text() if path else key.value(name).text()
    except ForensicError:
        return None  # the artifact over the same value states the gap


def _number(key: Key | None, name: str) -> int | None:
    if key is None:
        return None
    try:
        return key.value(name).number()
    except ForensicError:
        return None
