"""What years of use leave on the volume of the benchmark image besides hives: logs, names of files, security descriptors."""

import ctypes
import ctypes.util
import random
from pathlib import Path

from forensic.model import FileTime, Sid
from tests.builders import world_setup_log, world_volume
from tests.builders.event_log import Logged, dense_evtx
from tests.builders.hive import REG_DWORD, REG_SZ, HiveBuilder
from tests.builders.world import DAY, MINUTE, SECOND

LOGS = {"System": 6 << 20, "Security": 10 << 20, "Application": 3 << 20}
"""Bytes of the event logs, about; seven others have an eighth of a MB each."""
OTHERS = (
    "Setup",
    "Microsoft-Windows-Kernel-PnP%4Configuration",
    "Microsoft-Windows-PushNotification-Platform%4Operational",
    "Microsoft-Windows-LiveId%4Operational",
    "Microsoft-Windows-NetworkProfile%4Operational",
    "Microsoft-Windows-User Profile Service%4Operational",
    "Microsoft-Windows-TerminalServices-LocalSessionManager%4Operational",
)
DEVICE_LOG, PANTHER_LOG = 20 << 20, 4 << 20
DESCRIPTORS = 5000
"""Of about 200 bytes each: 1 MB, and their copies."""
KEY_FILES, PREFETCH, SHORTCUTS, TASKS, PROGRAMS = 3000, 1000, 300, 200, 3000
_ALL_PARTS = 0x1 | 0x2 | 0x4
"""Owner, group and access list."""


def traces(life) -> dict[str, bytes]:
    """Return path below the drive root and content of the files."""
    names = random.Random(8)
    files = {path: data for path, data in world_volume.traces(life).items() if not path.startswith(("$Secure", "$Extend"))}
    files |= world_setup_log.traces(life)
    root = life.release.root
    for channel, size in {**LOGS, **dict.fromkeys(OTHERS, 1 << 17)}.items():
        files[f"{root}/System32/winevt/Logs/{channel}.evtx"] = dense_evtx(_events(life, channel, size, names), channel.replace("%4", "/"))
    files[f"{root}/INF/setupapi.dev.log"] = _device_log(life, names)
    files[f"{root}/Panther/setupact.log"] = _panther(life, names)
    for number in range(KEY_FILES):
        files[f"ProgramData/Microsoft/Crypto/RSA/MachineKeys/{number:032x}_{life.state.machine_guid}"] = names.randbytes(64)
    for number in range(PREFETCH):
        path = rf"\DEVICE\HARDDISKVOLUME2\PROGRAM FILES\SUITE {number}\PROGRAM{number}.EXE"
        data = world_volume.prefetch_file(path, [life.state.last_use - number * MINUTE], number)
        files[f"{root}/Prefetch/PROGRAM{number}.EXE-{names.randrange(1 << 32):08X}.pf"] = world_volume.mam(data)
    recent = f"{life.release.profiles}/{life.state.users[0].name}/AppData/Roaming/Microsoft/Windows/Recent"
    for number in range(SHORTCUTS):
        target = life.world.guid_v1(life.state.last_use - number * DAY, life.computer.mac)
        files[f"{recent}/Document {number}.lnk"] = world_volume.shortcut(life.state.name.lower(), target)
    for number in range(TASKS):
        files[f"{root}/System32/Tasks/Microsoft/Windows/Subject {number // 5}/Task {number}"] = world_volume.task()
    files[f"{root}/AppCompat/Programs/Amcache.hve"] = _programs(names)
    return files


def _events(life, channel, size, names):
    """Yield events of a dozen kinds over the life, as many as fill about `size` bytes."""
    state = life.state
    users = [Sid(f"{state.sid}-{user.rid}") for user in state.users]
    count = size // (640 if channel == "Security" else 250)
    start = state.finished + MINUTE
    step = (state.last_use - start) // count
    version = ["10.00.", life.release.build, "", "Multiprocessor Free"]
    for number in range(count):
        time, user = FileTime(start + number * step), users[number % len(users)]
        if channel == "Security":
            logon = {
                "SubjectUserSid": "S-1-5-18", "SubjectUserName": f"{state.name}$", "SubjectDomainName": "WORKGROUP",
                "SubjectLogonId": "0x3e7",
                "TargetUserSid": user if number % 3 == 0 else "S-1-5-18", "TargetUserName": "SYSTEM", "TargetDomainName": state.name,
                "TargetLogonId": hex(names.randrange(1 << 32)), "LogonType": str(number % 11), "LogonProcessName": "Advapi  ",
                "AuthenticationPackageName": "Negotiate", "WorkstationName": "-", "LogonGuid": "{00000000-0000-0000-0000-000000000000}",
                "TransmittedServices": "-", "LmPackageName": "-", "KeyLength": "0", "ProcessId": hex(names.randrange(1 << 16)),
                "ProcessName": r"C:\Windows\System32\services.exe", "IpAddress": "-", "IpPort": "-", "ImpersonationLevel": "%%1833",
            }  # fmt: skip
            yield Logged((4624, 4672, 4688, 4634)[number % 4], time, "Microsoft-Windows-Security-Auditing", state.name, data=logon)
        elif number % 200 == 0:
            yield Logged(6009, time, computer=state.name, data=version)
        elif number % 200 == 1:
            yield Logged(6005, time, computer=state.name)
        elif number % 200 == 199:
            yield Logged(6006, time, computer=state.name)
        elif number % 10 == 2:
            data = {"TSId": "1", "UserSid": user}
            yield Logged(7001, time, "Microsoft-Windows-Winlogon", state.name, user, data)
        else:
            data = {"param1": f"Service {number % 97}", "param2": ("running", "stopped")[number % 2], "Binary": names.randbytes(20).hex()}
            provider = ("Service Control Manager", "Microsoft-Windows-Kernel-General", "Microsoft-Windows-DNS-Client")[number % 3]
            yield Logged((7036, 16, 1014)[number % 3], time, provider, state.name, "S-1-5-18" if number % 2 else None, data)


def _device_log(life, names):
    """Return setupapi.dev.log with thousands of installations of devices."""
    parts = [world_setup_log.device_log(life).decode()]
    size, number = len(parts[0]), 0
    start = life.state.hardware[-1][1] + DAY
    while size < DEVICE_LOG:
        time = FileTime(start + number * MINUTE)
        now, later = world_setup_log.clock(time), world_setup_log.clock(FileTime(time + 2 * SECOND))
        device = rf"SWD\DRIVERENUM\{{{names.randrange(1 << 32):08x}}}#Device&{number}&{names.randrange(1 << 20):x}"
        session = f"[Boot Session: {now}]\r\n\r\n" if number % 40 == 0 else ""
        lines = (
            f"     ump: Creating Install Process: DrvInst.exe {now[11:]}\r\n"
            f"     ndv: Retrieving device info...\r\n     ndv: Searching {{{device}}} with hardware id 'root\\device{number % 97}'\r\n"
            f"     dvi: {{Build Driver List}} {now[11:]}\r\n"
            + "".join(
                f"     dvi:      Created Driver Node:\r\n     dvi:           HardwareID   - PCI\\VEN_8086&DEV_{part:04X}\r\n"
                f"     dvi:           InfName      - C:\\Windows\\System32\\DriverStore\\FileRepository\\{part:016x}\\oem{part}.inf\r\n"
                for part in range(number % 13)
            )
            + f"     dvi: {{Build Driver List - exit(0x00000000)}} {later[11:]}\r\n"
        )
        parts.append(
            f"{session}>>>  [Device Install (Hardware initiated) - {device}]\r\n>>>  Section start {now}\r\n{lines}"
            f"<<<  Section end {later}\r\n<<<  [Exit status: SUCCESS]\r\n\r\n\r\n"
        )
        size += len(parts[-1])
        number += 1
    return "".join(parts).encode()


def _panther(life, names):
    """Return Panther's setupact.log."""
    lines, size, number = [], 0, 0
    while size < PANTHER_LOG:
        clock = world_setup_log.clock(FileTime(life.state.specialized + number * SECOND // 20), "", "-")
        what = (
            "IBS    Callback_Setup: part",
            "CBS    Session: initialized by client",
            "MOUPG  SetupManager: volume",
            "SP     Unpacking file",
        )
        lines.append(f"{clock}, Info                  {what[number % 4]} {number} {names.randrange(1 << 40):x} completed with 0x0\r\n")
        size += len(lines[-1])
        number += 1
    return "".join(lines).encode()


def _programs(names):
    """Return Amcache.hve with the files of programs."""
    hive = HiveBuilder(file_name="Amcache.hve")
    for number in range(PROGRAMS):
        key = rf"Root\InventoryApplicationFile\program{number}.exe|{names.randrange(1 << 64):x}"
        hive.value(key, "LowerCaseLongPath", REG_SZ, rf"c:\program files\suite {number % 97}\program{number}.exe")
        hive.value(key, "FileId", REG_SZ, f"0000{names.randrange(1 << 160):040x}")
        hive.value(key, "Publisher", REG_SZ, "contoso")
        hive.value(key, "Size", REG_DWORD, number)
    return hive.build()


def describe(volume: Path, life, paths: list[str]) -> None:
    """Give each of these files a security descriptor of its own; NTFS keeps them in `$Secure:$SDS`."""
    library = ctypes.CDLL(ctypes.util.find_library("ntfs-3g"), use_errno=True)
    library.ntfs_initialize_file_security.restype = ctypes.c_void_p
    library.ntfs_set_file_security.argtypes = (ctypes.c_void_p, ctypes.c_char_p, ctypes.c_uint32, ctypes.c_char_p)
    library.ntfs_leave_file_security.argtypes = (ctypes.c_void_p,)
    handle = library.ntfs_initialize_file_security(str(volume).encode(), 0)
    if not handle:
        raise OSError(ctypes.get_errno(), "the volume could not be opened")
    names, users = random.Random(9), [Sid(f"{life.state.sid}-{user.rid}") for user in life.state.users]
    media = [Sid(f"{prefix}-513") for prefix in world_volume.MEDIA]
    for number, path in enumerate(paths):
        own = users[number % len(users)]
        capability = Sid("S-1-15-3-1024-" + "-".join(str(names.randrange(1 << 32)) for _ in range(8)))
        access = [world_volume.SYSTEM, world_volume.ADMINISTRATORS, own, capability]
        owner, group = (own, media[number % 2]) if number % 50 == 0 else (world_volume.SYSTEM, own)
        if not library.ntfs_set_file_security(handle, f"/{path}".encode(), _ALL_PARTS, world_volume.descriptor(owner, group, access)):
            raise OSError(ctypes.get_errno(), path)
    if not library.ntfs_leave_file_security(handle):
        raise OSError(ctypes.get_errno(), "the volume could not be closed")
