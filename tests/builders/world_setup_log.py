"""What a life leaves in the logs of Setup, Sysprep and NetSetup. The clock of every computer shows UTC.

Only the last specialize run is written, as if each generalize cleared the logs; whether it does is not known.
"""

import hashlib
import uuid

from forensic.model import FileTime
from tests.builders.world import HOUR, MINUTE, SECOND

BLOCK_BUILD = 19041
"""First build whose log names the computer here; which one it really was is not known, 10240 did not."""
PROVIDERS = (("Sysprep_Clean_Validate_Opk", "spopk.dll"), ("Sysprep_Generalize_Pnp", "sppnp.dll"), ("SLReArmWindows", "slc.dll"))


def traces(life) -> dict[str, bytes]:
    """Return path below the drive root and content of every log."""
    release, state = life.release, life.state
    files = {}
    if release.nt >= (6, 0):
        files[f"{release.root}/INF/setupapi.setup.log"] = setup_log(life)
        files[f"{release.root}/INF/setupapi.dev.log"] = device_log(life)
        files[f"{release.root}/Panther/setupact.log"] = _panther(state.specialized - HOUR, state.specialized, "IBS")
        files[f"{release.root}/Panther/UnattendGC/setupact.log"] = _panther(state.specialized, state.finished, "windeploy.exe")
        if state.tag is not None or state.generalization == 3:
            files[f"{release.root}/System32/Sysprep/Panther/setupact.log"] = sysprep_log(life)
    elif release.nt >= (5, 0):
        files[f"{release.root}/setupapi.log"] = old_log(life)
    if release.nt >= (5, 0):
        files[f"{release.root}/debug/NetSetup.LOG"] = net_log(life)
    return files


def clock(time, thousandths=".", separator="/"):
    """Return a time as these logs spell it; `thousandths` is what stands before them, empty for none."""
    text = str(FileTime(time))
    digits = f"{text[:10].replace('-', separator)} {text[11:19]}"
    return f"{digits}{thousandths}{text[20:23]}" if thousandths else digits


def run_guid(time):
    """Return the GUID of the run that began then: the same in every copy."""
    return uuid.UUID(bytes=hashlib.sha256(f"{int(time)}".encode()).digest()[:16], version=4)


def specialized_on(life):
    """Return the computer on which the last specialize run happened; None once a generalize forgot it."""
    seen = [computer for computer, time in life.state.hardware if time <= life.state.specialized]
    return seen[-1] if seen else None


def _header(life):
    return (
        f"[Device Install Log]\r\n     OS Version = {life.release.version}.{life.release.build}\r\n     Service Pack = 0.0\r\n"
        "     Suite = 0x0100\r\n     ProductType = 1\r\n     Architecture = amd64\r\n\r\n[BeginLog]\r\n\r\n"
    )


def _session(time):
    return f"[Boot Session: {clock(time)}]\r\n\r\n"


def _section(title, start, end, *lines):
    body = "".join(f"     {line}\r\n" for line in lines)
    return (
        f">>>  [{title}]\r\n>>>  Section start {clock(start)}\r\n{body}"
        f"<<<  Section end {clock(end)}\r\n<<<  [Exit status: SUCCESS]\r\n\r\n\r\n"
    )


def setup_log(life) -> bytes:
    """Return setupapi.setup.log."""
    start, computer = life.state.specialized, specialized_on(life)
    lines = []
    if computer is not None and int(life.release.build) >= BLOCK_BUILD:
        lines = [
            "set: System Information:",
            "set:      BIOS Release Date: 03/14/2019",
            f"set:      BIOS Vendor: {computer.manufacturer}",
            "set:      BIOS Version: 1.21",
            f"set:      System Manufacturer: {computer.manufacturer}",
            f"set:      System Product Name: {computer.product}",
        ]
    title = f"Sysprep Specialize - {{{run_guid(start)}}}"
    return (_header(life) + _session(start - MINUTE) + _section(title, start, start + MINUTE, *lines)).encode()


def device_log(life) -> bytes:
    """Return setupapi.dev.log: a session for each computer that it was started on, and the last one."""
    state, text = life.state, _header(life)
    for computer, time in state.hardware:
        text += _session(time)
        text += _section(f"Device Install (Hardware initiated) - {computer.network_card}", time + 5 * SECOND, time + 9 * SECOND)
    return (text + _session(max(state.last_use, state.finished))).encode()


def old_log(life) -> bytes:
    """Return setupapi.log of 2000 to 2003."""
    state = life.state
    mini = " -mini" if state.clone_tag is not None and not state.setup else ""
    text = f"[SetupAPI Log]\r\nOS Version = {life.release.version}.{life.release.build}\r\nPlatform ID = 2 (NT)\r\n"
    for number in range(3):
        text += f"[{clock(state.specialized + number * MINUTE, '')} 264.{number + 1} Driver Install]\r\n"
        text += f'#-199 Executing "C:\\WINDOWS\\system32\\setup.exe" with command line: setup -newsetup{mini}\r\n'
    text += f"[{clock(max(state.last_use, state.finished), '')} 700.1 Driver Install]\r\n"
    return (text + '#-199 Executing "C:\\WINDOWS\\system32\\services.exe" with command line: services.exe\r\n').encode()


def _panther(start, end, component):
    return "".join(f"{clock(time, '', '-')}, Info                  {component} step\r\n" for time in (start, end)).encode()


def sysprep_log(life) -> bytes:
    """Return setupact.log of the last run of Sysprep: one that succeeded, or one that a provider ended."""
    state = life.state
    failed = state.generalization == 3
    end = state.last_use if failed or state.tag is None else state.tag
    lines = [
        (0, "=" * 56),
        (0, "===          Beginning of a new sysprep run          ==="),
        (0, f"The time is now {clock(end - 5 * MINUTE, '', '-')}"),
        *((0, f"ParseCommands:Found supported command line option '{option}'") for option in ("GENERALIZE", "OOBE", "SHUTDOWN")),
    ]
    build = int(life.release.build)
    for name, module in PROVIDERS:
        call, success, failure = provider_lines(build, name, f"C:\\Windows\\System32\\{module}")
        lines += [(1, words) for words in (*_session_lines(build, name), *call)]
        lines.append((2, failure) if failed and name == "SLReArmWindows" else (1, success))
    if failed:
        lines.append((2, "WinMain:Hit failure while processing sysprep generalize internal providers; hr = 0xc004d307"))
    else:
        lines.append((5, r"FCreateTagFile:Successfully created tag file C:\Windows\System32\Sysprep\Sysprep_succeeded.tag"))
    lines.append((5, "Shutting down SysPrep log"))
    text = ""
    for minute, words in lines:
        level = "Error" if minute == 2 else "Info"
        text += f"{clock(end - 5 * MINUTE + minute * MINUTE, '', '-')}, {level:<21} SYSPRP {words}\r\n"
    return text.encode()


def provider_lines(build, name, module):
    """Return the lines of a provider's call, of its success, and of its failure, as this release spells them."""
    if build < 9200:
        said = f"'{module},{name}'"
        failure = f"LaunchDll:Failure occurred while executing {said}, returned error code -1073425657"
        return [f"LaunchDll:Found {said}; executing it"], f"LaunchDll:Successfully executed {said} without error", failure
    caller, good = "ActionPlatform::LaunchModule:", f"'{name}' from {module}" + (" without error" if build < 18362 else "")
    call = [] if 16299 <= build < 18362 else [f"{caller} Executing method '{name}' from {module}"]
    if build < 16299:
        call = [f"{caller} Found '{name}' in {module}; executing it"]
    return (
        call,
        f"{caller} Successfully executed {good}",
        f"{caller} Failure occurred while executing '{name}' from {module}; dwRet = 0xc004d307",
    )


def _session_lines(build, name):
    """Return what stands before the check, and before the first provider that works, from Windows 8 on."""
    step = {"Sysprep_Clean_Validate_Opk": "Validate", "Sysprep_Generalize_Pnp": "Execute"}.get(name)
    if build < 9200 or step is None:
        return []
    said = "Pre-validing 'generalize' internal providers." if step == "Validate" else "Processing 'generalize' internal provider request."
    file = r"C:\Windows\System32\Sysprep\ActionFiles\Generalize.xml"
    return [f"WinMain:{said}", f"SysprepSession::{step}: Beginning action execution from {file}"]


def net_log(life) -> bytes:
    """Return NetSetup.LOG: Setup's workgroup, and the domain."""
    state = life.state
    name = (state.old_name or state.name).upper()

    def lines(time, *texts):
        month_first = f"{str(FileTime(time))[5:7]}/{str(FileTime(time))[8:10]}/{str(FileTime(time))[:4]} {str(FileTime(time))[11:19]}:000"
        return "".join(f"{month_first} {text}\r\n" for text in ("-" * 65, *texts))

    text = lines(
        state.finished - 2 * MINUTE,
        "NetpDoDomainJoin",
        f"NetpMachineValidToJoin: '{name}'",
        f"NetpJoinWorkgroup: joining computer '{name}' to workgroup 'WORKGROUP'",
        "NetpDoDomainJoin: status: 0x0",
    )
    if state.domain is not None and not state.controller:
        text += lines(
            state.domain_written,
            "NetpDoDomainJoin",
            f"NetpMachineValidToJoin: '{state.name.upper()}'",
            "NetpJoinDomain",
            f"\tHostName: {state.name.upper()}",
            f"\tDomain: {state.domain[1]}",
            "NetpDoDomainJoin: status: 0x0",
        )
    return text.encode()
