"""Metering: what an examination costs, and how far it is."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import msgspec

from forensic.model import ImageReport
from forensic.storage.meter import ReadMeter

Progress = Callable[[str, int, int], None]
"""Called with the stage in words, how much of it is done and how much there is (0: not known)."""


class Metering:
    """Accounts for one examination: bytes and requests to the evidence, seconds per stage."""

    def __init__(self, progress: Progress | None = None) -> None:
        """Start counting; tell `progress` about each stage."""
        self.reads = ReadMeter()
        self._progress = progress
        self._seconds: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str, done: int = 0, total: int = 0) -> Iterator[None]:
        """Measure a stage; the time of stages inside it counts for them and not for it."""
        if self._progress is not None:
            self._progress(name, done, total)
        inside_before, start = sum(self._seconds.values()), time.perf_counter()
        try:
            yield
        finally:
            spent = time.perf_counter() - start - (sum(self._seconds.values()) - inside_before)
            self._seconds[name] = self._seconds.get(name, 0.0) + spent

    def with_stats(self, report: ImageReport) -> ImageReport:
        """Return the report with what was counted."""
        stats: dict[str, Any] = {
            "bytes_read": self.reads.bytes_read,
            "read_requests": self.reads.requests,
            **self._traffic(),
            "seconds": {name: round(seconds, 4) for name, seconds in self._seconds.items()},
            "peak_memory": _peak_memory(),
        }
        return msgspec.structs.replace(report, stats=stats)

    def _traffic(self) -> dict[str, int]:
        """Return what went over the network, where a source lies behind a URL."""
        traffic = self.reads.traffic()
        return {} if traffic is None else {"network_requests": traffic[0], "network_bytes": traffic[1]}


def _peak_memory() -> int | None:
    """Return the largest resident size of this process in bytes; None where the system does not tell."""
    try:
        import resource
    except ImportError:  # Windows
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
