"""Plan: how a batch is examined."""

from __future__ import annotations

import os

import msgspec

from forensic.batch.order import EXAMINER
from forensic.model import Depth, Examination

MEMORY = 2 << 30
TIMEOUT = 600.0
TRIES = 3
RENEWED = 1000
"""Images after which a child is replaced: what libraries in C leak does not add up."""


class Plan(msgspec.Struct, frozen=True):
    """What every node of a scan has to know."""

    workers: int = 0
    """Children at once; 0: one for each processor that this process may use."""
    depth: Depth = "full"
    cross_check: bool = False
    timeout: float = TIMEOUT
    """Seconds that one source may take."""
    memory: int = MEMORY
    """Bytes that one child may take."""
    tries: int = TRIES
    """How often a source may end its child before it is set aside."""
    nice: int = 0
    require_guard: bool = False
    """Whether to refuse where a part of the guard cannot be put on."""
    examiner: str = EXAMINER
    """Module and name of the function that examines, as `module:function`; it is imported by the children."""
    about: Examination = Examination()
    """What reports say of case, examiner and notes."""
    renewed: int = RENEWED
    lease: float = 180.0
    """Seconds for which jobs are leased; they are renewed long before."""

    def children(self) -> int:
        """Return how many children work at once."""
        if self.workers > 0:
            return self.workers
        return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
