"""Event logs: `.evtx` of Vista and later, `.Evt` of NT 4.0 to 2003, as one sequence of events."""

from __future__ import annotations

from typing import TYPE_CHECKING

from forensic.errors import NotFound
from forensic.model import Locator, State

if TYPE_CHECKING:
    from forensic.model import FileTime
    from forensic.windows.installation import Installation


class EventLog:
    """One event log file."""

    raw = b""
    written: FileTime | None = None
    state: State = "stored"

    def __init__(self, place: Locator) -> None:
        """Describe the log at `place`."""
        self.place = place
        self.problems: list[str] = []


def open_log(installation: Installation, channel: str) -> EventLog:
    """Return the log of a channel; NotFound when the installation has none."""
    raise NotFound(f"{installation.id} has no log {channel}")
