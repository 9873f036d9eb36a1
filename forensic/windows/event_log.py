"""Event logs of an installation: where the log of a channel lies, by the release of Windows."""

from __future__ import annotations

from forensic.errors import NotFound
from forensic.eventlog.evt import EvtLog
from forensic.eventlog.evtx import EvtxLog
from forensic.eventlog.log import EventLog
from forensic.windows.installation import Installation

CLASSIC_LOGS = {"System": "SysEvent.Evt", "Security": "SecEvent.Evt", "Application": "AppEvent.Evt"}
"""Files of the logs that NT 4.0 to 2003 have, in `System32/config`."""


def log_paths(channel: str) -> tuple[str, ...]:
    """Return where the log of a channel, e.g. `System`, lies on any release.

    Vista and later: `%SystemRoot%/System32/winevt/Logs/<channel>.evtx`, where `/` is written `%4`. NT 4.0 to 2003: `System32/config`.
    """
    path = f"%SystemRoot%/System32/winevt/Logs/{channel.replace('/', '%4')}.evtx"
    return (path, f"%SystemRoot%/System32/config/{CLASSIC_LOGS[channel]}") if channel in CLASSIC_LOGS else (path,)


def open_log(installation: Installation, channel: str) -> EventLog:
    """Return the log of a channel.

    NotFound when the installation has none; Unreadable, Malformed or Unsupported when it cannot be read.
    """
    absent = ""
    for path in log_paths(channel):
        tree, place = installation.resolve(path)
        try:
            file = tree.open(place)
        except NotFound as error:
            absent = absent or str(error)  # the newer place is the one to name
            continue
        return EvtxLog(file) if path.endswith(".evtx") else EvtLog(file)
    raise NotFound(absent, code="no-log")
