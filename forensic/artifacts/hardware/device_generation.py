r"""Device generations: which hardware was found when, and whether a second hardware set came to the first without a generalize."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Literal

import msgspec

from forensic.artifacts import reference
from forensic.artifacts.declaration import artifact
from forensic.artifacts.optional_values import Deferred
from forensic.errors import NotFound
from forensic.model import Basis, Change, Claim, Fact, FileTime, Kind, MacAddress, Origin, always, kept, usually

if TYPE_CHECKING:
    from forensic.model import Span
    from forensic.registry.key import Key
    from forensic.registry.value import Value


class Device(msgspec.Struct, frozen=True):
    """One network card or disk."""

    id: str
    r"""Bus and model, e.g. `PCI\VEN_8086&DEV_100F&SUBSYS_075015AD&REV_01`."""
    instance: str
    """Which of that model: slot, or serial number."""
    time: FileTime
    arrived: FileTime | None = None
    """When it was last found after it had been absent: at the latest start, for most; since Windows 8."""
    mac: MacAddress | None = None
    """Where the card's serial number, made of its MAC address, is the instance."""
    serial: str | None = None
    """Of an IDE disk."""


class DeviceGeneration(msgspec.Struct, frozen=True):
    """Devices that were found together: no more than ten minutes lie between one and the next."""

    first: FileTime
    last: FileTime
    """When the first and the last of them was installed, or last found (see `basis`)."""
    basis: Literal["first-install", "key-written"]
    """`first-install`: the device's FirstInstallDate. `key-written`, to 2003: the time of its key, at which it was last found."""
    arrived: FileTime | None
    """The latest LastArrivalDate among them, disks and volumes apart; since Windows 8."""
    devices: int
    """All of them."""
    chipset: tuple[str, ...] = ()
    r"""Bridges and other system devices on PCI, by model without subsystem and revision, e.g. `PCI\VEN_8086&DEV_7190`."""
    processors: tuple[str, ...] = ()
    controllers: tuple[str, ...] = ()
    """Disk controllers on PCI, by model."""
    network: tuple[Device, ...] = ()
    disks: tuple[Device, ...] = ()
    volumes: tuple[str, ...] = ()
    """Volumes on fixed disks: names of their nodes, made of disk signature or GUID, and offset."""
    left_out: int = 0
    """Entries beyond the first 64 of a list."""
    smaller: int = 0
    """Further generations of this installation, of fewer devices, that are not stated."""


_REMOVED = usually(Basis.SOURCED, reference.GENERALIZE, exception="PersistAllDeviceInstalls in the answer file keeps devices")

DEVICE_GENERATION = Kind(
    "device-generation",
    DeviceGeneration,
    "Device generation: hardware that was found at one time",
    origin=Origin.HARDWARE,
    renews={
        Change.GENERALIZE: _REMOVED,
        Change.SPECIALIZE: _REMOVED,
        Change.SID_CHANGER: kept(Basis.INFERRED),
        Change.UPGRADE: always(Basis.OBSERVED, "SYSTEM of DESKTOP-2KGM189", machines=1),
        Change.RENAME: kept(Basis.INFERRED),
        Change.NEW_HARDWARE: always(Basis.INFERRED),
    },
    claims=(
        Claim(
            "A generalize uninstalls devices, unless PersistAllDeviceInstalls was set; the specialize pass removes those that are not "
            "present, unless DoNotCleanUpNonPresentDevices was set.",
            Basis.SOURCED,
            reference.GENERALIZE,
        ),
        Claim(
            "Two generations that both have a whole chipset: the installation was started on two bodies of hardware, with no generalize "
            "in between. A new board in the same computer does that too.",
            Basis.INFERRED,
        ),
        Claim(
            "A second network card of one model in another slot, and a second node of the system volume, came with the move of a virtual "
            "machine.",
            Basis.OBSERVED,
            "regipy SYSTEM (Windows 7, WKS-WIN732BITA), 2010-11-10 and 2011-07-05",
        ),
        Claim(
            "A processor that comes alone: the virtual machine was moved to, or its disk copied to, another host.",
            Basis.OBSERVED,
            "SYSTEM of DESKTOP-2KGM189: i7-6820HQ of 2019-05-16, i9-9880H of 2020-02-13T11:59, the chipset of VMware unchanged",
        ),
        Claim("A move to a computer of the same model brings no new chipset: one generation shows nothing.", Basis.INFERRED),
        Claim(
            "An upgrade in place writes the devices anew: their first generation then is that of the last upgrade.",
            Basis.OBSERVED,
            "SYSTEM of DESKTOP-2KGM189: set up in 2017, chipset of 2019-05-16T08:21, beside `Source OS (Updated on 5/16/2019 …)`",
        ),
        Claim(
            "FirstInstallDate is property 0065, LastArrivalDate 0066 of {83da6326-97a6-4088-9453-a1923f573b29}, FILETIME in UTC.",
            Basis.SOURCED,
            reference.WINREG_KB,
        ),
        Claim(
            "To 2003 devices have no such times; the key of one that is present is written at each start.",
            Basis.OBSERVED,
            "SYSTEM of M57-PAT: all 30 devices on ACPI, IDE and PCI within two seconds",
        ),
        Claim(
            "The clock may step while Windows is set up: devices of one setup can then lie hours apart.",
            Basis.OBSERVED,
            "SYSTEM of DESKTOP-PM6C56D: first devices from 09:21, the chipset from 12:11 of one day",
        ),
        Claim(
            "A network card on PCI Express has its MAC address in its instance, as a serial number with FFFF in the middle.",
            Basis.OBSERVED,
            "SYSTEM of DESKTOP-2KGM189 and its DHCP unique identifier",
        ),
    ),
    references=(reference.GENERALIZE, reference.WINREG_KB),
)

_PROPERTIES = r"Properties\{83da6326-97a6-4088-9453-a1923f573b29}"
_FIRST_INSTALL, _LAST_ARRIVAL = 0x65, 0x66
_APART = 600 * 10_000_000
"""Ten minutes in ticks of 100 ns."""
_GENERATIONS, _LISTED, _INSTANCES = 64, 64, 20_000
_BUSES = frozenset({"ACPI", "IDE", "PCI", "SCSI", "VMBUS", "XEN", "XENBUS", "XENVBD", "XENVIF"})
_CLASSES = {
    "{4d36e97d-e325-11ce-bfc1-08002be10318}": "system",
    "{50127dc3-0f36-415e-a6cc-4cb3be910b65}": "processor",
    "{4d36e96a-e325-11ce-bfc1-08002be10318}": "controller",
    "{4d36e97b-e325-11ce-bfc1-08002be10318}": "controller",
    "{4d36e972-e325-11ce-bfc1-08002be10318}": "network",
    "{4d36e967-e325-11ce-bfc1-08002be10318}": "disk",
}
_MODEL = re.compile(r"(VEN_[0-9A-F]{4}&DEV_[0-9A-F]{4})", re.IGNORECASE)
_CARD_SERIAL = re.compile(r"([0-9A-F]{6})FFFF([0-9A-F]{6})00", re.IGNORECASE)
_DISK_SERIAL = re.compile(r"(?:[0-9a-f]{4}){4,20}", re.IGNORECASE)
_FIXED_VOLUME = re.compile(r"\{[0-9a-f-]{36}\}#[0-9a-f]{16}|1&[0-9a-f]+&0&Signature[0-9A-F]+Offset[0-9A-F]+Length[0-9A-F]+", re.IGNORECASE)


class _Found(msgspec.Struct):
    """One device instance."""

    bus: str
    model: str
    key: Key
    role: str
    installed: Value | None = None
    time: FileTime = FileTime(0)
    arrived: FileTime | None = None

    @property
    def reading(self) -> Value | Span:
        """Where the time was read."""
        return self.key.written_span if self.installed is None else self.installed


@artifact("SYSTEM", r"CurrentControlSet\Enum", DEVICE_GENERATION, since=(5, 0))
def device_generation(key: Key) -> Iterator[Fact[DeviceGeneration]]:
    r"""State the generations of hardware that the list of devices still holds, in the order of time.

    In the SYSTEM hive, below `Enum`: bus, model, instance. Of the buses ACPI, IDE, PCI, SCSI, VMBUS and Xen every device counts, of
    `STORAGE\Volume` the volumes on fixed disks; USB and what people plug in does not.

    | Where | Field |
    |---|---|
    | value `ClassGUID` of the instance | chipset (system devices on PCI), processors, controllers, network, disks |
    | `Properties\{83da6326-97a6-4088-9453-a1923f573b29}\0065` (to 7 `00000065\00000000`) | first-install: FILETIME, UTC |
    | the same, `0066` | arrived, since Windows 8 |
    | last-written time of the instance | time where no device has properties (to 2003): when it was last found |

    A generation ends where no device follows within ten minutes. At most the 64 with the most devices are stated, and 64 entries of each
    list. The fact was read from the time of its first device. Caveats: see the claims; a computer whose board was replaced looks like one
    that was moved, and one whose twin has the same model does not.
    """
    failures = Deferred()
    found = list(islice(_devices(key, failures), _INSTANCES))
    dated = [device for device in found if device.installed is not None]
    for device in found if not dated else ():
        device.time = device.key.written
    devices = sorted(dated or found, key=lambda device: (device.time, device.key.path))
    if not devices:
        failures.settle()
        raise NotFound("no device of the computer itself is listed")
    groups: list[list[_Found]] = []
    for device in devices:
        if not groups or device.time - groups[-1][-1].time > _APART:
            groups.append([])
        groups[-1].append(device)
    largest = sorted(range(len(groups)), key=lambda number: -len(groups[number]))[:_GENERATIONS]
    for group in (groups[number] for number in sorted(largest)):
        generation = _generation(group, "first-install" if dated else "key-written", len(groups) - len(largest))
        yield DEVICE_GENERATION.fact(generation, group[0].reading)
    failures.settle()


def _devices(key: Key, failures: Deferred) -> Iterator[_Found]:
    for bus in key.keys():
        name = bus.name.upper()
        for model in bus.keys() if name in _BUSES or name == "STORAGE" else ():
            if name == "STORAGE" and model.name.upper() != "VOLUME":
                continue
            for instance in model.keys():
                with failures:
                    role = _role(name, instance)
                    if role is not None:
                        yield _dated(_Found(name, model.name, instance, role))


def _role(bus: str, instance: Key) -> str | None:
    if bus == "STORAGE":
        return "volume" if _FIXED_VOLUME.fullmatch(instance.name) else None
    value = instance.find_value("ClassGUID")
    return "other" if value is None else _CLASSES.get(value.text().lower(), "other")


def _dated(device: _Found) -> _Found:
    properties = device.key.find(_PROPERTIES)
    for child in () if properties is None else properties.keys():
        number = int(child.name, 16) if re.fullmatch("[0-9A-Fa-f]{1,8}", child.name) else 0
        if number in (_FIRST_INSTALL, _LAST_ARRIVAL):
            value = _time_value(child)
            if value is None:
                continue
            if number == _FIRST_INSTALL:
                device.installed, device.time = value, value.filetime()
            else:
                device.arrived = value.filetime()
    return device


def _time_value(key: Key) -> Value | None:
    """Return the value that holds a property: the key's default, or to Windows 7 `Data` of a subkey."""
    value = key.find_value("")
    if value is not None:
        return value
    inner = key.find("00000000")
    return None if inner is None else inner.find_value("Data")


def _generation(group: list[_Found], basis: Literal["first-install", "key-written"], smaller: int) -> DeviceGeneration:
    chipset, controllers = _models(group, "system"), _models(group, "controller")
    processors = sorted({device.model for device in group if device.role == "processor"})
    volumes = sorted({device.key.name for device in group if device.role == "volume"})
    network, disks = ([_device(device) for device in group if device.role == role] for role in ("network", "disk"))
    counts = (len(chipset), len(controllers), len(processors), len(volumes), len(network), len(disks))
    return DeviceGeneration(
        first=group[0].time,
        last=group[-1].time,
        basis=basis,
        arrived=max((found.arrived for found in group if found.arrived is not None and found.role not in ("disk", "volume")), default=None),
        devices=len(group),
        chipset=tuple(chipset[:_LISTED]),
        processors=tuple(processors[:_LISTED]),
        controllers=tuple(controllers[:_LISTED]),
        network=tuple(network[:_LISTED]),
        disks=tuple(disks[:_LISTED]),
        volumes=tuple(volumes[:_LISTED]),
        left_out=sum(max(0, count - _LISTED) for count in counts),
        smaller=smaller,
    )


def _models(group: list[_Found], role: str) -> list[str]:
    models = set()
    for device in group:
        match = _MODEL.match(device.model)
        if device.role == role and device.bus == "PCI":
            models.add(f"PCI\\{match[1].upper() if match else device.model}")
    return sorted(models)


def _device(found: _Found) -> Device:
    instance = found.key.name
    card, disk = _CARD_SERIAL.fullmatch(instance), _DISK_SERIAL.fullmatch(instance)
    return Device(
        id=f"{found.bus}\\{found.model}",
        instance=instance,
        time=found.time,
        arrived=found.arrived,
        mac=MacAddress.parse(card[1] + card[2]) if card and found.role == "network" else None,
        serial=_disk_serial(instance) if disk and found.bus == "IDE" else None,
    )


def _disk_serial(instance: str) -> str | None:
    """Return the serial number of an IDE disk, whose characters the drive gives in swapped pairs, spelled as hex digits."""
    raw = bytes.fromhex(instance)
    swapped = bytes(raw[at ^ 1] for at in range(len(raw)))
    return swapped.decode("latin-1").strip(" \0") or None
