r"""Amcache: what Windows' own census wrote down about the device it runs on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from forensic.artifacts.declaration import artifact
from forensic.artifacts.optional_values import OptionalValues
from forensic.errors import Malformed
from forensic.model import Basis, Change, Claim, Fact, FileTime, Guid, Kind, Origin, always, kept

if TYPE_CHECKING:
    from forensic.registry.key import Key

_OBSERVED = "Amcache hives of regipy (2017) and win10-rathbun (2022)"
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,7})?")


class DeviceCensus(msgspec.Struct, frozen=True):
    """The hardware on which the census ran last; the fact's `written` says when."""

    manufacturer: str | None = None
    model: str | None = None
    serial: str | None = None
    inventory_id: Guid | None = None
    hardware_id: Guid | None = None
    """ComputerHardwareID: a hash of the makers' names."""
    device_name: str | None = None
    """The computer's name, on releases that note it."""


DEVICE_CENSUS = Kind(
    "device-census",
    DeviceCensus,
    "Hardware as Windows' census last saw it",
    origin=Origin.HARDWARE,
    renews={Change.SID_CHANGER: kept(Basis.INFERRED), Change.NEW_HARDWARE: always(Basis.INFERRED), Change.USE: always(Basis.INFERRED)},
    claims=[
        Claim("The serial number of a virtual machine of VMware spells its UUID.", Basis.OBSERVED, _OBSERVED),
        Claim("VirtualBox gives 0 as serial number.", Basis.OBSERVED, "Amcache hives of DFIRArtifactMuseum, plaso and Velociraptor"),
        Claim("`#` stands for what the census does not know.", Basis.OBSERVED, _OBSERVED),
        Claim(
            "It stays until the census runs again, which is a scheduled task: on a copy that was started it may still describe the master.",
            Basis.INFERRED,
        ),
        Claim("InventoryId is made from the hardware.", Basis.UNVERIFIED),
    ],
    references=[_OBSERVED],
)

OOBE_TIME = Kind(
    "oobe-time",
    FileTime,
    "When the out-of-box experience ended, as Windows' census noted it",
    origin=Origin.OBSERVED,
    renews={
        Change.SETUP: always(Basis.OBSERVED, "win10-rathbun", machines=1),
        Change.SPECIALIZE: always(Basis.INFERRED),
        Change.SID_CHANGER: kept(Basis.INFERRED),
        Change.RENAME: kept(Basis.INFERRED),
        Change.NEW_HARDWARE: kept(Basis.INFERRED),
        Change.NEW_DISK: kept(Basis.INFERRED),
    },
    namespace="oobe-time",
    claims=[
        Claim("It lies within minutes of the first user's account.", Basis.OBSERVED, "win10-rathbun: 19:32:40, the account 19:31:19"),
        Claim("That its clock is UTC.", Basis.INFERRED, "win10-rathbun: the account's time is UTC"),
    ],
    references=[_OBSERVED],
)


@artifact("AMCACHE", r"Root\DeviceCensus\Hardware", DEVICE_CENSUS, since=(10, 0), depth="full")
def device_census(key: Key) -> Iterator[Fact[DeviceCensus]]:
    r"""State the hardware of the census: Amcache.hve, `Root\DeviceCensus\Hardware`, REG_SZ values.

    `OEMManufacturerName`, `OEMModelNumber`, `OEMSerialNumber`, `InventoryId`, `ComputerHardwareID`, `DeviceName`; GUIDs in braces.
    """
    optional = OptionalValues(key)

    def guid(name: str) -> Guid | None:
        text = _known(optional.text(name))
        with optional:
            return None if text is None else Guid.parse(text)
        return None

    value = DeviceCensus(
        _known(optional.text("OEMManufacturerName")),
        _known(optional.text("OEMModelNumber")),
        _known(optional.text("OEMSerialNumber")),
        guid("InventoryId"),
        guid("ComputerHardwareID"),
        _known(optional.text("DeviceName")),
    )
    yield DEVICE_CENSUS.fact(value, key)
    optional.settle()


@artifact("AMCACHE", r"Root\DeviceCensus\OS", OOBE_TIME, since=(10, 0), depth="full")
def oobe_time(key: Key) -> Iterator[Fact[FileTime]]:
    r"""State when the out-of-box experience ended: Amcache.hve, `Root\DeviceCensus\OS`, value `OSOOBEDateTime`, text in ISO 8601."""
    value = key.value("OSOOBEDateTime")
    text = value.text()
    if _TIME.fullmatch(text) is None:
        raise Malformed("OSOOBEDateTime is no time", value.place.offset)
    try:
        time = FileTime.from_iso(text + "Z")
    except ValueError:
        raise Malformed("OSOOBEDateTime names no moment", value.place.offset) from None
    yield OOBE_TIME.fact(time, value)


def _known(text: str | None) -> str | None:
    return None if text is None or text.strip() in {"", "#"} else text.strip()
