"""Hardware configurations that this installation was started on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from forensic.artifacts import reference
from forensic.artifacts.declaration import artifact
from forensic.artifacts.optional_values import Deferred, OptionalValues
from forensic.errors import Malformed, NotFound
from forensic.model import Basis, Change, Claim, Fact, FileTime, Guid, Kind, Origin, always, kept

if TYPE_CHECKING:
    from forensic.registry.key import Key

_TO_GO = "https://gist.github.com/muink/1f963c5229328c4f5da408076af13448"
_WTGA = "nkc3g4/wtg-assistant, README"
_EXTERNAL_BOOT = "https://learn.microsoft.com/windows/client-management/mdm/policy-csp-admx-externalboot"
_ANTI_VM = "public code that reads HardwareConfig\\…\\ComputerIds"


class HardwareConfiguration(msgspec.Struct, frozen=True):
    """One machine (by its firmware) that the installation was started on."""

    id: Guid
    is_last: bool
    """Whether `LastConfig` names it."""
    number: int | None = None
    """`Id`: counts the configurations in the order in which they were first started on, from 0."""
    last_use: FileTime | None = None
    manufacturer: str | None = None
    product: str | None = None
    family: str | None = None
    bios_vendor: str | None = None
    bios_version: str | None = None
    bios_date: str | None = None
    """As the firmware writes it, e.g. `12/27/2013`."""
    board: str | None = None
    boot_drivers: int | None = None
    """`BootDriverFlags`: which buses' drivers start at once; with `FROM_USB` set, Windows can be started from a USB disk."""


FROM_USB = 0x14
"""Bits of `BootDriverFlags` without which Windows does not start from USB."""


class SystemInformation(msgspec.Struct, frozen=True):
    """The machine of the last start, by its firmware."""

    manufacturer: str | None = None
    product: str | None = None
    bios_version: str | None = None
    bios_date: str | None = None


HARDWARE_CONFIG = Kind(
    "hardware-config",
    HardwareConfiguration,
    "HardwareConfig: every machine that this installation was started on",
    origin=Origin.HARDWARE,
    renews={Change.SID_CHANGER: kept(Basis.INFERRED), Change.RENAME: kept(Basis.INFERRED), Change.NEW_HARDWARE: always(Basis.INFERRED)},
    claims=(
        Claim(
            "`BootDriverFlags` of 0x14 lets Windows start from a USB disk; it is 0 on ordinary computers.",
            Basis.SOURCED,
            "blog.zorinaq.com, Booting unmodified Windows 10 over USB",
        ),
        Claim(
            "One subkey for each hardware configuration ever started; LastConfig names the latest.",
            Basis.OBSERVED,
            "dissect.regf SYSTEM and regipy SYSTEM_WIN_10_1709 (Windows 10)",
        ),
        Claim("More than one subkey: started on more than one machine, or on one whose firmware identity changed.", Basis.INFERRED),
        Claim(
            "The name of the subkey is the SMBIOS system UUID: its bytes had the form that VMware gives its machines, `56 4d 31 67 …`.",
            Basis.INFERRED,
            "dissect.regf SYSTEM and regipy SYSTEM_WIN_10_1709 (Windows 10)",
        ),
        Claim("Subkeys hold the strings of BIOS and board.", Basis.SOURCED, _ANTI_VM),
        Claim(
            "No action of generalize that is known names it; whether its subkeys outlive one was never seen.",
            Basis.INFERRED,
            reference.GENERALIZE_XML,
        ),
        Claim("A virtual machine that is copied with its configuration keeps its UUID.", Basis.UNVERIFIED),
    ),
)

SYSTEM_INFORMATION = Kind(
    "system-information",
    SystemInformation,
    "System information: maker, model and BIOS of the machine of the last start",
    origin=Origin.HARDWARE,
    renews={Change.NEW_HARDWARE: always(Basis.UNVERIFIED), Change.USE: always(Basis.UNVERIFIED)},
    claims=(
        Claim("Absent from the hives seen of Windows 8.1 and 10.", Basis.OBSERVED, "regipy SYSTEM_2, SYSTEM_B"),
        Claim("Written anew at each start.", Basis.SOURCED, "public list of hardware-identifier locations, of low authority"),
        Claim("Equal on all machines of one model: never an identity.", Basis.UNVERIFIED),
    ),
)


PORTABLE_SYSTEM = Kind(
    "portable-system",
    int,
    "PortableOperatingSystem: whether this Windows was made to be started on many computers (Windows To Go)",
    origin=Origin.CHOSEN,
    renews={
        Change.GENERALIZE: always(Basis.SOURCED, reference.GENERALIZE_XML),
        Change.SPECIALIZE: always(Basis.SOURCED, reference.GENERALIZE_XML),
    },
    claims=(
        Claim("1 makes an installation a Windows To Go workspace, 0 an ordinary one.", Basis.SOURCED, _TO_GO),
        Claim("Such a drive is carried from computer to computer, so that several machines are on record.", Basis.SOURCED, _WTGA),
        Claim("Microsoft removed it in Windows 10 2004; other programs go on making such drives.", Basis.SOURCED, _EXTERNAL_BOOT),
        Claim("Generalize deletes the value, from Windows 10 1703 on.", Basis.SOURCED, reference.GENERALIZE_XML),
        Claim("So 1 also says: not generalized since it was made a workspace.", Basis.INFERRED, reference.GENERALIZE_XML),
        Claim("Any administrator can set the value, and hide a move by it.", Basis.INFERRED),
    ),
    references=(_TO_GO, _EXTERNAL_BOOT),
)


@artifact("SYSTEM", r"CurrentControlSet\Control", PORTABLE_SYSTEM, since=(6, 2))
def portable_system(key: Key) -> Iterator[Fact[int]]:
    """State PortableOperatingSystem, REG_DWORD value `PortableOperatingSystem`: 1 on Windows To Go. Absent or 0 elsewhere."""
    value = key.value("PortableOperatingSystem")
    yield PORTABLE_SYSTEM.fact(value.number(), value)


@artifact("SYSTEM", "HardwareConfig", HARDWARE_CONFIG, since=(6, 2))
def hardware_config(key: Key) -> Iterator[Fact[HardwareConfiguration]]:
    """State every hardware configuration: each subkey of HardwareConfig that is named by a GUID in braces.

    | Value of the subkey | Type | Field |
    |---|---|---|
    | `Id` | REG_DWORD | number |
    | `LastUse` | REG_BINARY | last_use, FILETIME |
    | `SystemManufacturer`, `SystemProductName`, `SystemFamily` | REG_SZ | manufacturer, product, family |
    | `BIOSVendor`, `BIOSVersion`, `BIOSReleaseDate` | REG_SZ | bios_vendor, bios_version, bios_date |
    | `BaseBoardProduct` | REG_SZ | board |
    | `BootDriverFlags` | REG_DWORD | boot_drivers |

    Value `LastConfig` of HardwareConfig itself names the configuration of the last start. `Current` is a link, and left out.
    """
    optional = OptionalValues(key)
    last = optional.guid("LastConfig")
    found = False
    for child in key.keys():
        if child.is_link or child.name.lower() == "current":
            continue
        found = True
        with optional:
            yield from _state(child, last)
    optional.settle()
    if not found:
        raise NotFound("HardwareConfig has no configuration")


def _state(key: Key, last: Guid | None) -> Iterator[Fact[HardwareConfiguration]]:
    try:
        identity = Guid.parse(key.name)
    except Malformed:
        raise Malformed("a subkey of HardwareConfig is not named by a GUID", key.place.offset) from None
    optional = OptionalValues(key)
    configuration = HardwareConfiguration(
        id=identity,
        is_last=identity == last,
        number=optional.number("Id"),
        last_use=_last_use(key, optional),
        manufacturer=optional.text("SystemManufacturer"),
        product=optional.text("SystemProductName"),
        family=optional.text("SystemFamily"),
        bios_vendor=optional.text("BIOSVendor"),
        bios_version=optional.text("BIOSVersion"),
        bios_date=optional.text("BIOSReleaseDate"),
        board=optional.text("BaseBoardProduct"),
        boot_drivers=optional.number("BootDriverFlags"),
    )
    yield HARDWARE_CONFIG.fact(configuration, key)
    optional.settle()


def _last_use(key: Key, failures: Deferred) -> FileTime | None:
    with failures:
        value = key.find_value("LastUse")
        return None if value is None else value.filetime()
    return None


@artifact("SYSTEM", r"CurrentControlSet\Control\SystemInformation", SYSTEM_INFORMATION, depth="full", since=(6, 0))
def system_information(key: Key) -> Iterator[Fact[SystemInformation]]:
    """State maker, model and BIOS of the machine of the last start.

    Values `SystemManufacturer`, `SystemProductName`, `BIOSVersion`, `BIOSReleaseDate`, each REG_SZ.
    """
    optional = OptionalValues(key)
    information = SystemInformation(
        manufacturer=optional.text("SystemManufacturer"),
        product=optional.text("SystemProductName"),
        bios_version=optional.text("BIOSVersion"),
        bios_date=optional.text("BIOSReleaseDate"),
    )
    if information != SystemInformation():
        yield SYSTEM_INFORMATION.fact(information, key)
    optional.settle()
    if information == SystemInformation():
        raise NotFound("the key names neither maker nor BIOS")
