"""Summary: what a scan did and found, while it goes on and when it is over."""

from __future__ import annotations

import time

import msgspec

from forensic.batch.protection import Protection

NAMED = 1000
"""Failures that are named one by one; the catalog has all."""


class Failed(msgspec.Struct, frozen=True):
    """A source that could not be examined."""

    path: str
    reason: str
    tries: int


class Place(msgspec.Struct, frozen=True):
    """A place that was left out, and why."""

    path: str
    what: str
    lost: bool = False
    """Whether sources may have been missed by it."""


class Summary(msgspec.Struct):
    """One scan."""

    found: int = 0
    """Sources that discovery came upon."""
    unchanged: int = 0
    """Of these, stored already and as they were."""
    set_aside_before: int = 0
    """Of these, failed in an earlier scan and as they were: `forensic catalog retry-failed` tries them again."""
    done: int = 0
    """Examined and stored."""
    failed: int = 0
    """Set aside with a reason."""
    gone: int = 0
    """No longer there when their turn came: they wait in the catalog."""
    policies: dict[str, int] = {}
    """Policy code -> sources that were examined and have it; `none` where there is no installation."""
    failures: list[Failed] = []
    """The first `NAMED` of them."""
    left_out: list[Place] = []
    """Places that were not searched or not offered."""
    left_out_more: int = 0
    bytes_read: int = 0
    requests: int = 0
    network_bytes: int = 0
    """What came from stores and web servers while sources were examined."""
    network_requests: int = 0
    seconds: float = 0.0
    children: int = 0
    """Processes that were started."""
    killed: int = 0
    """Processes that ended before their time, or were ended for it."""
    compared: int = 0
    """States whose relatives were looked for, and the pairs judged."""
    grouped: int = 0
    """Installations that belong to a group of related ones when the scan is over."""
    rejudged: int = 0
    """Stored reports that were judged anew by today's knowledge."""
    guard: list[Protection] = []
    waiting: int = 0
    """Sources that are still to be examined."""
    unsaved: int = 0
    """Examined, and not stored, as the catalog could not be written to: the next scan examines them again."""
    rejudging: int = 0
    """Stored reports that are still to be judged by today's knowledge, before anything else is done."""
    comparing: bool = False
    """Whether everything is stored, and pairs are judged now."""
    searching: bool = True
    """Whether discovery goes on."""
    stopped: str = ""
    """Why the scan ended before all was done; empty where it did not."""

    @property
    def is_whole(self) -> bool:
        """Whether every source that was meant was examined, now or before."""
        return not (self.failed or self.set_aside_before or self.stopped or any(place.lost for place in self.left_out))

    @property
    def rate(self) -> float:
        """Sources a second."""
        return (self.done + self.failed) / self.seconds if self.seconds > 0 else 0.0

    def count(self, policy: str) -> None:
        """Count a report."""
        self.done += 1
        self.policies[policy] = self.policies.get(policy, 0) + 1


class Clock:
    """Seconds since it was made."""

    def __init__(self) -> None:
        """Start."""
        self._start = time.monotonic()

    def seconds(self) -> float:
        """Return them."""
        return time.monotonic() - self._start
