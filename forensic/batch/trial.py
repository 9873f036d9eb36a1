"""Trial: a guarded process started only to see which parts of the guard can be put on here."""

from __future__ import annotations

import tempfile
from threading import Event

from forensic.batch.child import Child
from forensic.batch.plan import MEMORY
from forensic.batch.protection import Protection

PATIENCE = 100
"""Tenths of a second."""


def tried() -> list[Protection]:
    """Return the parts of the guard; one that says why where no guarded process starts. OSError where the system starts none."""
    news = Event()
    child = Child([tempfile.gettempdir()], memory=MEMORY, news=news)
    try:
        for _ in range(PATIENCE):
            child.answer()
            if child.guard is not None:
                return child.guard
            if child.has_ended:
                break
            news.wait(0.1)
            news.clear()
    finally:
        child.kill()
        how = child.end()
    return [Protection("guard", on=False, detail=f"a guarded process does not start: {how}")]
