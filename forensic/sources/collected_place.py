"""Collected place: where a single file of a collection lay on its own computer, by the end of its path, its name, or its first bytes.

Collectors keep the whole path, a part of it, or only the name, often with the computer's name before it. What artifacts look at is known
by few paths, so that the name alone tells most; `setupact.log`, of which Windows has four, is told by its folder or its content.
"""

from __future__ import annotations

import re

from forensic.errors import ForensicError
from forensic.volumes.tree import Tree

LOGS = "%SystemRoot%/System32/winevt/Logs"
PANTHER, UNATTEND_GC, SYSPREP = "%SystemRoot%/Panther", "%SystemRoot%/Panther/UnattendGC", "%SystemRoot%/System32/Sysprep/Panther"
_NAMES = {
    "setupapi.dev.log": "%SystemRoot%/INF/setupapi.dev.log",
    "setupapi.setup.log": "%SystemRoot%/INF/setupapi.setup.log",
    "setupapi.log": "%SystemRoot%/setupapi.log",
    "dtcinstall.log": "%SystemRoot%/DtcInstall.log",
    "lsasetup.log": "%SystemRoot%/lsasetup.log",
    "tssysprep.log": "%SystemRoot%/TSSysprep.log",
    "windowsupdate.log": "%SystemRoot%/WindowsUpdate.log",
    "reportingevents.log": "%SystemRoot%/SoftwareDistribution/ReportingEvents.log",
    "netsetup.log": "%SystemRoot%/debug/NetSetup.LOG",
    "guestcust.log": "%SystemRoot%/Temp/vmware-imc/guestcust.log",
    "state.ini": "%SystemRoot%/Setup/State/State.ini",
    "smscfg.ini": "%SystemRoot%/SMSCFG.ini",
    "sysprep_succeeded.tag": "%SystemRoot%/System32/Sysprep/Sysprep_succeeded.tag",
    "recentfilecache.bcf": "%SystemRoot%/AppCompat/Programs/RecentFileCache.bcf",
    "sysevent.evt": "%SystemRoot%/System32/config/SysEvent.Evt",
    "secevent.evt": "%SystemRoot%/System32/config/SecEvent.Evt",
    "appevent.evt": "%SystemRoot%/System32/config/AppEvent.Evt",
    "sysprep.inf": "%SystemDrive%/sysprep/sysprep.inf",
}
"""File name in lower case -> where it lies. No two of them end alike."""
_CONTENTS: tuple[tuple[re.Pattern[bytes], str], ...] = (
    (re.compile(rb"DTC Install error = "), "%SystemRoot%/DtcInstall.log"),
    (re.compile(rb"In LsapSetRandomDomainSid"), "%SystemRoot%/lsasetup.log"),
    (re.compile(rb"\bNetp(?:DoDomainJoin|JoinDomain|UnJoinDomain|ValidateName)"), "%SystemRoot%/debug/NetSetup.LOG"),
    (re.compile(rb"Initializing Message Log:\s*TSSysprep", re.IGNORECASE), "%SystemRoot%/TSSysprep.log"),
    (re.compile(rb"\A(?:\xef\xbb\xbf)?\[Device Install Log\].*\[Sysprep", re.DOTALL), "%SystemRoot%/INF/setupapi.setup.log"),
    (re.compile(rb"\A(?:\xef\xbb\xbf)?\[Device Install Log\]"), "%SystemRoot%/INF/setupapi.dev.log"),
    (re.compile(rb"^ImageState\s*=", re.MULTILINE), "%SystemRoot%/Setup/State/State.ini"),
)
"""What stands at the beginning of a log -> where it lies."""
_SETUP_LINE = re.compile(
    rb"^(?:\xef\xbb\xbf|\xff\xfe)?\d{4}-\d\d-\d\d \d\d:\d\d:\d\d, (?:Info|Warning|Error|Fatal|Perf)\s+(?:\[\w+\]\s+)?"
    rb"(?:IBS|SYSPRP|MOUPG|PANTHR|SP|CMI|DIAG|\[windeploy|\[oobeldr|\[msoobe|\[setup|\[Shell Unattend)",
    re.MULTILINE,
)
"""Line of a log of setup by the part of it that writes: those of servicing (CBS, CSI, DISM) look alike and tell other things."""
_ROTATED = re.compile(r"setupapi\.(?:dev|setup)\.\w{1,30}\.log", re.IGNORECASE)
_EVENT_LOG = re.compile(r"(?:.*[_ -])?((?:System|Security|Application|Setup|Microsoft-.+)\.evtx)", re.IGNORECASE)
_CHANNEL = re.compile(r"[\w .,()&'#+/-]{1,200}")
_UNFIT = re.compile(r"[*?\[\]\\/\0]")
"""Characters that would mean something in a path that is searched."""
_ARCHIVE = re.compile(r"Archive-[\w .%-]{1,200}\.evtx", re.IGNORECASE)
"""Name that Windows gives to a full log that is to be kept."""
_HEAD = 64 << 10


def collected_place(tree: Tree, path: str) -> str | None:
    """Return the path, beginning with a variable, under which artifacts look for this file; None where none looks for it."""
    name = path.rpartition("/")[2]
    lower, above = name.lower(), [part.lower() for part in path.split("/")[:-1]]
    if lower.endswith((".evtx", ".evt")):
        return event_log_place(tree, path, name)
    if _ROTATED.fullmatch(name):
        return f"%SystemRoot%/INF/{name}"
    if lower.endswith(("setupact.log", "setuperr.log")):
        return _setup_log(tree, path, lower[-len("setupact.log") :], above)
    return next((place for known, place in _NAMES.items() if lower == known or lower.endswith((f"_{known}", f"-{known}"))), None)


def is_log_name(name: str) -> bool:
    """Whether a file of this name is one of the logs and settings of Windows that are looked for, wherever it lies."""
    lower = name.lower()
    return lower in _NAMES or lower in ("setupact.log", "setuperr.log") or _ROTATED.fullmatch(name) is not None


def is_renamed(path: str) -> bool:
    """Whether a file is an event log under a name that is not its channel's: one that has it goes before."""
    name = path.rpartition("/")[2]
    return name.lower().endswith((".evtx", ".evt")) and not _EVENT_LOG.fullmatch(name) and name.lower() not in _NAMES


def place_by_content(tree: Tree, path: str) -> str | None:
    """Return the same for a log under a name of its own, by what stands in it; None where nothing there tells.

    For a file that was handed in by itself: among many files one that only looks like a log of setup would be taken for it.
    """
    try:
        head = tree.open(path).read_at(0, _HEAD).replace(b"\0", b"")
    except ForensicError:
        return None
    if _SETUP_LINE.search(head):
        return _setup_log(tree, path, "setupact.log", [])
    return next((place for pattern, place in _CONTENTS if pattern.search(head)), None)


def event_log_place(tree: Tree, path: str, name: str) -> str | None:
    """Tell an event log by the channel that its content names; where it holds no record that does, by its name."""
    from forensic.eventlog.evt import EvtLog
    from forensic.windows.event_log import CLASSIC_LOGS, FORWARDED, log_of

    lower = name.lower()
    known = next((place for one, place in _NAMES.items() if one.endswith(".evt") and lower.endswith(one)), None)
    if known is not None or lower.endswith(f"{FORWARDED.lower()}.evtx"):
        return known  # the records of the latter are of other computers
    if _ARCHIVE.fullmatch(name):
        return f"{LOGS}/{name}"  # what a full log held before: a log of its own beside the one that goes on
    classic = False
    try:
        log = log_of(tree.open(path))
        channel, classic = log.find_channel(), isinstance(log, EvtLog)
    except ForensicError:
        channel = None  # opening it as a log states why
    if channel is not None and classic:
        return f"%SystemRoot%/System32/config/{CLASSIC_LOGS[channel]}"
    if channel is not None and _CHANNEL.fullmatch(channel):
        return f"{LOGS}/{channel.replace('/', '%4')}.evtx"
    match = _EVENT_LOG.fullmatch(name)
    return f"{LOGS}/{_UNFIT.sub('_', match[1] if match else name)}" if lower.endswith(".evtx") else None


def _setup_log(tree: Tree, path: str, name: str, above: list[str]) -> str | None:
    """Tell the logs of setup apart: by the folders above them, or by who writes into them."""
    if "sysprep" in above:
        folder: str | None = SYSPREP
    elif "unattendgc" in above:
        folder = UNATTEND_GC
    elif "panther" in above:
        folder = PANTHER
    else:
        folder = _written_by(tree, path)
    return None if folder is None else f"{folder}/{name}"


def _written_by(tree: Tree, path: str) -> str | None:
    try:
        head = tree.open(path).read_at(0, _HEAD).replace(b"\0", b"")
    except ForensicError:
        return None
    for mark, folder in ((b"SYSPRP", SYSPREP), (b"oobeldr", UNATTEND_GC), (b"windeploy.exe]", UNATTEND_GC)):
        if mark.lower() in head.lower():
            return folder
    return PANTHER
