"""Event logs of an installation: where the log of a channel lies, by the release of Windows."""

from __future__ import annotations

from forensic.errors import NotFound
from forensic.eventlog.evt import EvtLog
from forensic.eventlog.evtx import EvtxLog
from forensic.eventlog.log import EventLog
from forensic.windows.installation import Installation

CLASSIC_LOGS = {"System": "SysEvent.Evt", "Security": "SecEvent.Evt", "Application": "AppEvent.Evt"}
"""Files of the logs that NT 4.0 to 2003 have, in `System32/config`."""


def open_log(installation: Installation, channel: str) -> EventLog:
    """Return the log of a channel, e.g. `System`.

    Vista and later: `%SystemRoot%/System32/winevt/Logs/<channel>.evtx`, where `/` is written `%4`. NT 4.0 to 2003: `System32/config`.
    NotFound when the installation has none; Unreadable, Malformed or Unsupported when it cannot be read.
    """
    tree, path = installation.resolve(f"%SystemRoot%/System32/winevt/Logs/{channel.replace('/', '%4')}.evtx")
    try:
        return EvtxLog(tree.open(path))
    except NotFound as error:
        absent = str(error)
    if channel in CLASSIC_LOGS:
        tree, path = installation.resolve(f"%SystemRoot%/System32/config/{CLASSIC_LOGS[channel]}")
        try:
            return EvtLog(tree.open(path))
        except NotFound:
            pass  # the newer place is the one to name
    raise NotFound(absent, code="no-log")
