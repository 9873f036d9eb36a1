r"""The boot configuration: which disk and partition Windows boots from, by their signatures."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from forensic.artifacts import reference
from forensic.artifacts.declaration import artifact
from forensic.artifacts.optional_values import Deferred
from forensic.errors import Malformed, NotFound
from forensic.model import Basis, Change, Claim, Fact, Guid, Identifier, Kind, Origin, always, kept, usually

if TYPE_CHECKING:
    from forensic.registry.key import Key
    from forensic.registry.value import Value

OBJECT_LIMIT = 1000
"""Objects of the store that are read at most."""

_REACTOS = "ReactOS boot library, bl.h (public source code): device descriptors"
_LOG = "published setupact.log of Sysprep: provider Sysprep_Generalize_Bcd"
_SPECIALIZED = "Panther/setupact.log of a Server 2012 R2 deployed in Azure: SpecializeBcdStore"
_DEVICE = re.compile(r"[123]1[0-9a-f]{6}", re.IGNORECASE)
_BOOT, _LOCATE = 5, 8
_KNOWN = re.compile(rb"([\x05\x06])\0\0\0.{4}\x48\0\0\0.{4}(?=.{56})", re.DOTALL)
_GPT, _MBR = 0, 1


class BcdDevice(msgspec.Struct, frozen=True):
    """A device that an object of the boot configuration names."""

    object: Guid
    element: str
    """Eight hex digits: `11000001` where the program lies, `21000001` where Windows lies."""
    scheme: str
    """`gpt`, `mbr`; `boot` (whatever was booted from), `locate` (to be searched for), or `other`."""
    application: str | None = None
    """Path of the program, e.g. `\\Windows\\system32\\winload.exe`."""
    disk_signature: str | None = None
    """Eight lower-case hex digits, of an MBR disk."""
    offset: int | None = None
    """Of the partition on an MBR disk, in bytes."""
    disk_guid: Guid | None = None
    partition_guid: Guid | None = None


def _disks(value: BcdDevice) -> Iterator[Identifier]:
    """Yield the disk and the partition that are named: those on which the store was made or repaired."""
    for namespace, named in (("disk-signature", value.disk_signature), ("disk-guid", value.disk_guid), ("partition", value.partition_guid)):
        if named is not None:
            yield Identifier(namespace, named, "former")


BCD_DEVICE = Kind(
    "bcd-device",
    BcdDevice,
    "Disk and partition that the boot configuration names",
    origin=Origin.DERIVED,
    renews={
        Change.SETUP: always(Basis.INFERRED),
        Change.GENERALIZE: always(Basis.SOURCED, _LOG),
        Change.SPECIALIZE: always(Basis.OBSERVED, _SPECIALIZED, machines=1),
        Change.SID_CHANGER: kept(Basis.INFERRED),
        Change.RENAME: kept(Basis.INFERRED),
        Change.NEW_HARDWARE: kept(Basis.INFERRED),
        Change.NEW_DISK: usually(Basis.INFERRED, exception="nothing repaired the store since"),
    },
    also=_disks,
    claims=[
        Claim(
            "A partition is named by disk signature and offset (MBR), or by disk GUID and partition GUID (GPT).", Basis.SOURCED, _REACTOS
        ),
        Claim(
            "GPT disks and a ramdisk inside a partition look as described.",
            Basis.OBSERVED,
            "BCD of regipy: UEFI, Windows 10 beside Linux, on two disks",
        ),
        Claim("Sysprep has a provider that generalizes the store.", Basis.SOURCED, _LOG),
        Claim("Specialize sets the device of the loader again.", Basis.OBSERVED, _SPECIALIZED),
        Claim("A generalized store names the boot device, or leaves it to be searched for.", Basis.INFERRED),
        Claim(
            "Windows that names another disk than the one it lies on: the disk was copied, or its signature was changed, and the store was "
            "not repaired. Such Windows usually does not boot; firmware and tools repair it.",
            Basis.INFERRED,
        ),
        Claim("Objects that version-1 GUIDs name were made on the machine whose card is their node.", Basis.OBSERVED, "BCD of regipy"),
        Claim("Media carry a store too, whose devices are `boot`.", Basis.OBSERVED, "BCD of ericzimmerman: Windows Setup of 2011"),
    ],
    references=[_REACTOS, reference.REGIPY],
)


@artifact("BCD", "Objects", BCD_DEVICE, since=(6, 0), depth="full")
def bcd_device(key: Key) -> Iterator[Fact[BcdDevice]]:
    r"""State the devices that the boot configuration names: `Objects\<GUID>\Elements\<number>`, value `Element`, REG_BINARY.

    The hive is `Boot\BCD` on the active partition, or `EFI\Microsoft\Boot\BCD` on the EFI system partition. Elements whose number has 1
    as its second digit are devices:

    | Offset | Size | Field | Notes |
    |---|---|---|---|
    | 0 | 16 | options | GUID of an object, or zeros |
    | 16 | 4 | type | 0 in a file (ramdisk), 5 boot, 6 partition, 8 locate |
    | 20 | 4 | flags | |
    | 24 | 4 | size | from the type on; 72 |
    | 32 | 16 | partition | its GUID (GPT), its offset in bytes (MBR) |
    | 48 | 4 | class of the disk | 0: hard disk |
    | 52 | 4 | scheme | 0 GPT, 1 MBR |
    | 56 | 16 | disk | its GUID (GPT), its signature (MBR, 4 bytes) |

    A ramdisk holds the device of its file in the same form, further on. What MBR disks look like is sourced, and was not seen.
    """
    failures, stated = Deferred(), False
    for number, entry in enumerate(key.keys()):
        if number >= OBJECT_LIMIT:
            raise Malformed(f"more than {OBJECT_LIMIT} objects")
        with failures:
            elements = entry.find("Elements")
            if elements is None:
                continue
            guid, application = Guid.parse(entry.name), _text(elements)
            for element in elements.keys():
                if _DEVICE.fullmatch(element.name) is not None:
                    with failures:
                        value = element.value("Element")
                        stated = True
                        yield BCD_DEVICE.fact(_device(guid, element.name.lower(), application, value), value)
    failures.settle()
    if not stated:
        raise NotFound("no object names a device")


def _text(elements: Key) -> str | None:
    path = elements.find("12000002")
    value = None if path is None else path.find_value("Element")
    return None if value is None else value.text()


def _device(guid: Guid, element: str, application: str | None, value: Value) -> BcdDevice:
    data = value.raw
    if len(data) < 32:
        raise Malformed("device of the boot configuration", value.place.offset, 32, len(data))
    match = _KNOWN.search(data, 16)
    if match is None:
        scheme = "locate" if int.from_bytes(data[16:20], "little") == _LOCATE else "other"
        return BcdDevice(guid, element, scheme, application)
    if match[1][0] == _BOOT:
        return BcdDevice(guid, element, "boot", application)
    at = match.end()
    scheme_number = int.from_bytes(data[at + 20 : at + 24], "little")
    if scheme_number == _GPT:
        disk, partition = Guid.from_bytes(data, at + 24), Guid.from_bytes(data, at)
        return BcdDevice(guid, element, "gpt", application, disk_guid=disk, partition_guid=partition)
    if scheme_number == _MBR:
        (offset,), (signature,) = struct.unpack_from("<Q", data, at), struct.unpack_from("<I", data, at + 24)
        return BcdDevice(guid, element, "mbr", application, disk_signature=f"{signature:08x}", offset=offset)
    return BcdDevice(guid, element, "other", application)
