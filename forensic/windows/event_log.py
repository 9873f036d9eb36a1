"""Event logs of an installation: where the log of a channel lies, by the release of Windows."""

from __future__ import annotations

from forensic.errors import NotFound
from forensic.eventlog.evt import EvtLog
from forensic.eventlog.evtx import EvtxLog
from forensic.eventlog.log import EventLog
from forensic.volumes.tree import File
from forensic.windows.collected_files import CollectedFiles
from forensic.windows.installation import Installation

CLASSIC_LOGS = {"System": "SysEvent.Evt", "Security": "SecEvent.Evt", "Application": "AppEvent.Evt"}
"""Files of the logs that NT 4.0 to 2003 have, in `System32/config`."""

FORWARDED = "ForwardedEvents"


def log_paths(channel: str) -> tuple[str, ...]:
    """Return where the log of a channel, e.g. `System`, lies on any release.

    Vista and later: `%SystemRoot%/System32/winevt/Logs/<channel>.evtx`, where `/` is written `%4`. NT 4.0 to 2003: `System32/config`.
    """
    path = f"%SystemRoot%/System32/winevt/Logs/{channel.replace('/', '%4')}.evtx"
    return (path, f"%SystemRoot%/System32/config/{CLASSIC_LOGS[channel]}") if channel in CLASSIC_LOGS else (path,)


def collected_channels(files: CollectedFiles) -> list[str]:
    """Return the channels whose logs were collected without their folder, but for the one that holds events of other computers."""
    try:
        names = [entry.name for entry in files.list("%SystemRoot%/System32/winevt/Logs") if not entry.is_directory]
    except NotFound:
        return []
    found = (name[: -len(".evtx")].replace("%4", "/") for name in names if name.lower().endswith(".evtx"))
    return sorted(channel for channel in found if channel != FORWARDED)


def log_of(file: File) -> EventLog:
    """Return the event log that a file is, of the newer format unless its header or its name is that of the older."""
    if file.read_at(4, 4) == b"LfLe" or (file.path.lower().endswith(".evt") and file.read_at(0, 8) != b"ElfFile\0"):
        return EvtLog(file)
    return EvtxLog(file)


def find_log(installation: Installation, channel: str) -> File:
    """Return the file of a channel's log; NotFound when the installation has none, and what opening it says."""
    absent = ""
    for path in log_paths(channel):
        tree, place = installation.resolve(path)
        try:
            return tree.open(place)
        except NotFound as error:
            absent = absent or str(error)  # the newer place is the one to name
    raise NotFound(absent, code="no-log")


def open_log(file: File, channel: str) -> EventLog:
    """Return the log of a channel; Unreadable, Malformed or Unsupported when it cannot be read."""
    log = log_of(file)
    log.channel = channel
    return log
