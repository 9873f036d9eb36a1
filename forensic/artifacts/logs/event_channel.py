"""Further event logs: those whose records name the computer or its users, beside System, Security and Application."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from forensic.artifacts.declaration import OTHER_CHANNELS, NtVersion, artifact_events
from forensic.artifacts.logs.event_log import EVENT_COMPUTER_NAME, EVENT_LOG_SPAN, EVENT_USER_SID, state_whole
from forensic.model import Fact

if TYPE_CHECKING:
    from forensic.eventlog.log import EventLog

CHANNELS: dict[str, tuple[str, NtVersion]] = {
    "setup": ("Setup", (6, 0)),
    "devices": ("Microsoft-Windows-Kernel-PnP/Configuration", (6, 2)),
    "push_notifications": ("Microsoft-Windows-PushNotification-Platform/Operational", (6, 2)),
    "microsoft_accounts": ("Microsoft-Windows-LiveId/Operational", (6, 2)),
    "network_profiles": ("Microsoft-Windows-NetworkProfile/Operational", (6, 1)),
    "user_profiles": ("Microsoft-Windows-User Profile Service/Operational", (6, 1)),
    "terminal_sessions": ("Microsoft-Windows-TerminalServices-LocalSessionManager/Operational", (6, 0)),
    "remote_connections": ("Microsoft-Windows-TerminalServices-RemoteConnectionManager/Operational", (6, 0)),
    "group_policy": ("Microsoft-Windows-GroupPolicy/Operational", (6, 0)),
    "bitlocker": ("Microsoft-Windows-BitLocker/BitLocker Management", (6, 2)),
    "sysmon": ("Microsoft-Windows-Sysmon/Operational", (6, 1)),
}
"""Name of the artifact -> channel, and the first release that has it."""


def _declare(name: str, channel: str, since: NtVersion) -> None:
    def read(log: EventLog) -> Iterator[Fact[Any]]:
        return state_whole(log, channel)

    read.__name__ = f"event_log_{name}"
    read.__doc__ = f"State what the log {channel} spans, its computer names and its account prefixes."
    artifact_events(channel, EVENT_LOG_SPAN, EVENT_COMPUTER_NAME, EVENT_USER_SID, since=since)(read)


for _name, (_channel, _since) in CHANNELS.items():
    _declare(_name, _channel, _since)


@artifact_events(OTHER_CHANNELS, EVENT_LOG_SPAN, EVENT_COMPUTER_NAME, EVENT_USER_SID)
def event_log_other(log: EventLog) -> Iterator[Fact[Any]]:
    """State what any other log spans that was collected without the folders around it, its computer names and its account prefixes.

    Among files that were picked, each may be the only one that names the computer. A whole Windows has hundreds of logs: of it only those
    that are named are read. The log ForwardedEvents is left out: its records are of other computers.
    """
    return state_whole(log, log.channel)
