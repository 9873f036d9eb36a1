r"""What a life leaves in the registry besides the core: devices, secrets, certificates, networks, runs.

```python
hives = {"SYSTEM": …, "SOFTWARE": …, "SECURITY": …, "NTUSER ann": …}   # builders, not yet built
add(hives, life)
```

All that is random is derived from the boot key and from identifiers of hardware, which a life keeps and changes as it should.
"""

import codecs
import hashlib
import struct
import uuid

from forensic.model import FileTime, Guid
from tests.builders.hive import REG_BINARY, REG_DWORD, REG_NONE, REG_SZ, HiveBuilder

MINUTE = 600_000_000
DAY = 864_000_000_000
FILETIME = 0xFFFF0010
PROPERTIES = r"Properties\{83da6326-97a6-4088-9453-a1923f573b29}"
SYSTEM_CLASS, NETWORK_CLASS, DISK_CLASS, CONTROLLER_CLASS, PROCESSOR_CLASS, VOLUME_CLASS = (
    "{4d36e97d-e325-11ce-bfc1-08002be10318}",
    "{4d36e972-e325-11ce-bfc1-08002be10318}",
    "{4d36e967-e325-11ce-bfc1-08002be10318}",
    "{4d36e96a-e325-11ce-bfc1-08002be10318}",
    "{50127dc3-0f36-415e-a6cc-4cb3be910b65}",
    "{71a27cdd-812a-11d0-bec7-08002be2092f}",
)


def add(hives: dict[str, HiveBuilder], life) -> None:
    """Add the traces of `life` to the hives that are there: SYSTEM, SOFTWARE, SECURITY, and `NTUSER` with a user's name behind it."""
    if life.release.nt < (5, 0) or life.state.specialized is None:
        return
    for name, step in (("SYSTEM", _system), ("SOFTWARE", _software), ("SECURITY", _security)):
        if name in hives:
            step(hives[name], life)
    for user in life.state.users:
        hive = hives.get(f"NTUSER {user.name}")
        if hive is not None:
            _profile(hive, life, user)


def derive(life, name: str, size: int) -> bytes:
    """Return bytes that stay as long as the boot key does."""
    return hashlib.shake_256(life.state.boot_key + name.encode()).digest(size)


def _guid(data: bytes) -> Guid:
    return Guid(str(uuid.UUID(bytes=data[:16], version=4)))


def _system(hive: HiveBuilder, life) -> None:
    state, nt = life.state, life.release.nt
    seen = [(computer, max(time, state.specialized) if state.source_os else time) for computer, time in state.hardware]
    if state.source_os:
        seen = [entry for entry in seen if entry[0] is life.computer]  # an upgrade writes the devices anew
    for number, (computer, time) in enumerate(seen):
        gone = number + 1 < len(seen)
        arrived = FileTime(max(time, seen[number + 1][1] - DAY)) if gone else FileTime(max(time, state.last_use))
        for device, kind in _devices(computer):
            key = rf"ControlSet001\Enum\{device}"
            known = hive.key(key).values
            _device(hive, key, kind, FileTime(time), arrived, nt, known=bool(known))
    for adapter in state.adapters:  # a card that was added by itself
        if not any(adapter.computer.network_card == one.network_card and adapter.computer.slot == one.slot for one, _ in seen):
            card = rf"ControlSet001\Enum\{adapter.computer.network_card}\{adapter.computer.slot}"
            since = FileTime(max(adapter.seen, state.specialized) if state.source_os else adapter.seen)
            known = hive.key(card).values
            _device(hive, card, NETWORK_CLASS, since, FileTime(max(since, state.last_use)), nt, known=bool(known))
    for service in _guest_tools(life.computer.manufacturer) if life.computer else ():
        hive.value(rf"ControlSet001\Services\{service}", "Start", REG_DWORD, 2)
    sealed = state.generalization == 4 and int(life.release.build) >= 15063  # where generalize is known to delete it
    if nt >= (6, 2) and not sealed:
        hive.value(r"ControlSet001\Services\TPM\WMI", "WindowsAIKHash", REG_BINARY, derive(life, "WindowsAIKHash", 32))
    if nt >= (5, 1):
        name = "8DEC0AF1-0341-4b93-85CD-72606C2DF94C-7P-1" if nt >= (6, 0) else "SigningHash-V44KQMCFXKQCTQ"
        hive.value(rf"WPA\{name}", "" if nt >= (6, 0) else "SigningHashData", REG_BINARY, derive(life, "WPA", 64))


def _devices(computer) -> list[tuple[str, str]]:
    model = hashlib.sha256(f"{computer.manufacturer} {computer.product}".encode()).hexdigest()
    vendor, slot = f"PCI\\VEN_{model[:4].upper()}", f"3&{model[4:12]}&0&"
    subsystem = f"SUBSYS_{model[12:20].upper()}&REV_01"
    devices = [(rf"{vendor}&DEV_{0x1200 + number:04X}&{subsystem}\{slot}{number:02X}", SYSTEM_CLASS) for number in range(6)]
    disk = computer.disk
    name = f"{disk.signature:08x}" if disk.signature is not None else disk.guid.replace("-", "")
    volume = _guid(hashlib.sha256(name.encode()).digest())
    return [
        *devices,
        (rf"{vendor}&DEV_2829&{subsystem}\{slot}FA", CONTROLLER_CLASS),
        (rf"ACPI\GenuineIntel_-_Intel64_Family_6_Model_{int(model[20:22], 16)}\_0", PROCESSOR_CLASS),
        (rf"{computer.network_card}\{computer.slot}", NETWORK_CLASS),
        (rf"SCSI\Disk&Ven_{computer.manufacturer[:8]}&Prod_Disk\4&{model[22:30]}&0&000000", DISK_CLASS),
        (rf"STORAGE\Volume\{{{volume}}}#{disk.start:016X}", VOLUME_CLASS),
    ]


def _device(hive: HiveBuilder, key: str, kind: str, time: FileTime, arrived: FileTime, nt, *, known: bool) -> None:
    hive.key(key, written=arrived)
    hive.value(key, "ClassGUID", REG_SZ, kind)
    if nt < (6, 0):
        return
    for number, moment in ((0x65, time), (0x66, arrived)):
        if (number == 0x65 and known) or (number == 0x66 and nt < (6, 2)):
            continue
        if nt >= (6, 2):
            hive.value(rf"{key}\{PROPERTIES}\{number:04X}", "", FILETIME, moment.to_bytes(8, "little"))
        else:
            hive.value(rf"{key}\{PROPERTIES}\{number:08X}\00000000", "Data", REG_BINARY, moment.to_bytes(8, "little"))


def _guest_tools(manufacturer: str) -> tuple[str, ...]:
    return {"VMware, Inc.": ("VMTools", "vmci"), "innotek GmbH": ("VBoxGuest", "VBoxService")}.get(manufacturer, ())


def _security(hive: HiveBuilder, life) -> None:
    state = life.state
    names = {"DPAPI_SYSTEM": state.specialized + 5 * MINUTE, "NL$KM": state.specialized + 5 * MINUTE}
    if state.domain:
        names["$MACHINE.ACC"] = state.domain_written
    for name, time in names.items():
        key = rf"Policy\Secrets\{name}"
        data = derive(life, f"{name} {state.domain_written if name == '$MACHINE.ACC' else ''}", 156)
        for form, moment in (("CurrVal", "CupdTime"), ("OldVal", "OupdTime")):
            hive.value(rf"{key}\{form}", "", REG_NONE, data if form == "CurrVal" else data[::-1])
            hive.value(rf"{key}\{moment}", "", REG_NONE, int(time).to_bytes(8, "little"))
    for number in range(1, 11):
        hive.value("Cache", f"NL${number}", REG_BINARY, (b"\x14\0\x1c\0" if state.domain and number == 1 else bytes(4)).ljust(168, b"\0"))


def _software(hive: HiveBuilder, life) -> None:
    state, nt = life.state, life.release.nt
    hive.value(rf"Classes\CID\{_guid(derive(life, 'MSDTC', 16))}\Description", "", REG_SZ, "MSDTC")
    if nt < (6, 0):
        return
    profile = _guid(derive(life, "network", 16))
    network = r"Microsoft\Windows NT\CurrentVersion\NetworkList"
    hive.value(rf"{network}\Profiles\{{{profile}}}", "ProfileName", REG_SZ, "Network")
    hive.value(rf"{network}\Profiles\{{{profile}}}", "DateCreated", REG_BINARY, _system_time(FileTime(state.specialized + 10 * MINUTE)))
    for number, adapter in enumerate(state.adapters):
        signature = rf"{network}\Signatures\Unmanaged\010103000F0000F0{number:04X}"
        gateway = hashlib.sha256(adapter.computer.manufacturer.encode()).digest()[:5]
        hive.value(signature, "ProfileGuid", REG_SZ, f"{{{profile}}}")
        hive.value(signature, "DefaultGatewayMac", REG_BINARY, b"\0" + gateway)


def _system_time(time: FileTime) -> bytes:
    text = str(time)
    year, month, day, hour, minute, second = (int(text[a:b]) for a, b in ((0, 4), (5, 7), (8, 10), (11, 13), (14, 16), (17, 19)))
    return struct.pack("<8H", year, month, 0, day, hour, minute, second, 0)


def _profile(hive: HiveBuilder, life, user) -> None:
    """Record the run of NewSID by whoever ran it."""
    if not user.sid_changer:
        return
    root, time = r"Software\Microsoft\Windows\CurrentVersion\Explorer\UserAssist", life.state.changed.to_bytes(8, "little")
    if life.release.nt >= (6, 1):
        key, name = rf"{root}\{{CEBFF5CD-ACE2-4F4F-9178-9926F41749EA}}\Count", r"C:\Tools\newsid.exe"
        data = struct.pack("<II", 0, 1).ljust(60, b"\0") + time + bytes(4)
    else:
        key, name = rf"{root}\{{75048700-EF1F-11D0-9888-006097DEACF9}}\Count", r"UEME_RUNPATH:C:\Tools\newsid.exe"
        data = struct.pack("<II", 1, 6) + time
    hive.value(key, codecs.encode(name, "rot13"), REG_BINARY, data)
