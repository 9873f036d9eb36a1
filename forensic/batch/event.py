"""Events: what a scan tells whoever watches it."""

from __future__ import annotations

from typing import Protocol

import msgspec

from forensic.batch.headline import Headline
from forensic.batch.summary import Summary
from forensic.catalog.record import Entry, Job


class Examined(msgspec.Struct, frozen=True):
    """A source was examined, and its report is stored."""

    job: Job
    headline: Headline
    entry: Entry
    bytes_read: int
    seconds: float


class GaveUp(msgspec.Struct, frozen=True):
    """A source could not be examined."""

    job: Job
    reason: str
    again: bool
    """Whether it is tried again."""


class Said(msgspec.Struct, frozen=True):
    """Something that a person should know while the scan goes on."""

    sentence: str


Event = Examined | GaveUp | Said


class Watcher(Protocol):
    """Is told what happens."""

    def happened(self, event: Event) -> None:
        """Take notice of an event."""

    def progressed(self, summary: Summary) -> None:
        """Take notice of how far the scan is; called some times a second."""


class Nobody:
    """A watcher that takes no notice."""

    def happened(self, event: Event) -> None:
        """Do nothing."""

    def progressed(self, summary: Summary) -> None:
        """Do nothing."""
